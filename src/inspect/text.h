/* SPDX-License-Identifier: MIT
 *
 * The parts of a line that the texts of trees and views have in common: the word for a region's
 * kind, and its owner. tree.c and views.c call this under the context's lock.
 */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdio.h>

#include <physmem/space.h>

#include "base/context.h"

/* Returns the word for the region's kind: "ram", "rom", "ramd", "romd" or "i/o". For an alias,
 * this is the word for the region at the end of its chain of targets. */
const char *inspect_region_kind(const MemoryRegion *mr);

/* Prints ` owner:{...}` if the region has an owner, ` parent:{...}` if its parent is another
 * object, and ` orphan` if it has neither. */
void inspect_owner_print(FILE *out, const MemoryRegion *mr);

#endif
