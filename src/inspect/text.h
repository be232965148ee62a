/* SPDX-License-Identifier: MIT
 *
 * The words that the text of trees and the text of views have in common: kinds and owners. Called
 * by the other files of this room only, under the context's lock.
 */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdio.h>

#include <physmem/space.h>

#include "base/context.h"

/* "ramd", "romd", "rom", "ram" or "i/o"; for an alias, of the region that it leads to. */
const char *inspect_region_kind(const MemoryRegion *mr);

/* ` owner:{...} parent:{...}` or ` orphan`. */
void inspect_owner_print(FILE *out, const MemoryRegion *mr);

#endif
