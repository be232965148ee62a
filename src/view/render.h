/* SPDX-License-Identifier: MIT
 *
 * Makes ranges from the tree of regions. render.c alone decides which region answers an address;
 * splice.c uses it to bring a view up to date. Commits call this, under the context's lock. The
 * region whose subtree a view shows is called its key.
 */
#ifndef VIEW_RENDER_H
#define VIEW_RENDER_H

#include "region/slot.h"
#include "view/range-tree.h"

/* Adds to 'out' the ranges that 'key' shows in a window (specification 6.1). Ranges that continue
 * each other are not joined yet. If 'key' is NULL there are none. */
void render_window(RangeTree *out, MemoryRegion *key, Window window);

/* Brings 'tree' up to date after regions in the window have changed: replaces the ranges in the
 * window by those that 'key' shows there now. */
void render_splice(RangeTree *tree, MemoryRegion *key, Window window);

/* Returns all ranges that 'key' shows. */
RangeTree render_all(MemoryRegion *key);

/* Returns what render_all() must return. Its code (oracle.c) follows the rules literally and shares
 * nothing with the renderer. Tests and memory_context_set_verify() compare the two. */
RangeTree oracle_render(MemoryRegion *key);

#endif
