/* SPDX-License-Identifier: MIT
 *
 * From a tree of regions to ranges: the one place where it is decided who answers an address, and
 * the ways to bring a view up to date. Under the context's lock.
 */
#ifndef VIEW_RENDER_H
#define VIEW_RENDER_H

#include "region/slot.h"
#include "view/range-tree.h"

/* What 'key' shows in a window, by the rules of specification 6.1, not yet merged. 'key' may be
 * NULL: nothing. */
void render_window(RangeTree *out, MemoryRegion *key, Window window);

/* Brings 'tree', which shows 'key' as it was, up to date in a window in which it changed. */
void render_splice(RangeTree *tree, MemoryRegion *key, Window window);

/* The whole of what 'key' shows. */
RangeTree render_all(MemoryRegion *key);

/* The same by the rules read literally, from scratch, with nothing shared with the above: the
 * oracle of tests and of memory_context_set_verify(). */
RangeTree oracle_render(MemoryRegion *key);

#endif
