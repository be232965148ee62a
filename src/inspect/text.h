/* SPDX-License-Identifier: MIT
 *
 * What the tree form and the view form have in common: names, kinds, owners, and the list of spaces
 * to print. Called by the other files of this room only, under the context's lock.
 */
#ifndef INSPECT_TEXT_H
#define INSPECT_TEXT_H

#include <stdio.h>

#include <physmem/space.h>

#include "base/context.h"

/* The context's spaces, the oldest first; an array for free(). */
AddressSpace **inspect_spaces_collect(MemoryContext *ctx, size_t *count);

/* "ramd", "romd", "rom", "ram" or "i/o"; for an alias, of the region that it leads to. */
const char *inspect_region_kind(const MemoryRegion *mr);

/* ` owner:{...} parent:{...}` or ` orphan`. */
void inspect_owner_print(FILE *out, const MemoryRegion *mr);

#endif
