/* SPDX-License-Identifier: MIT
 *
 * From the tree of regions to ranges: render.c is the only place that decides which region answers
 * an address, and splice.c brings a view up to date. Commits call this, under the context's lock.
 */
#ifndef VIEW_RENDER_H
#define VIEW_RENDER_H

#include "region/slot.h"
#include "view/range-tree.h"

/* Adds to 'out' the ranges that 'key' shows in a window (specification 6.1), not yet merged. If
 * 'key' is NULL there are none. */
void render_window(RangeTree *out, MemoryRegion *key, Window window);

/* Brings 'tree' up to date: it shows 'key' as that was before the regions in the window changed. */
void render_splice(RangeTree *tree, MemoryRegion *key, Window window);

/* Returns all ranges that 'key' shows. */
RangeTree render_all(MemoryRegion *key);

/* Returns the same ranges as render_all(), by code that follows the rules literally and shares
 * nothing with the renderer. Tests and memory_context_set_verify() compare the two. */
RangeTree oracle_render(MemoryRegion *key);

#endif
