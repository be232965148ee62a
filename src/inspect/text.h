/* SPDX-License-Identifier: MIT
 *
 * Words that the text of trees and the text of views have in common: kinds and owners. For tree.c
 * and views.c, under the context's lock.
 */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdio.h>

#include <physmem/space.h>

#include "base/context.h"

/* Returns "ramd", "romd", "rom", "ram" or "i/o". An alias has the word of the region that it leads
 * to. */
const char *inspect_region_kind(const MemoryRegion *mr);

/* Prints ` owner:{...} parent:{...}` or ` orphan`. */
void inspect_owner_print(FILE *out, const MemoryRegion *mr);

#endif
