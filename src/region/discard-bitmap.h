/* SPDX-License-Identifier: MIT
 *
 * The manager of RAM in blocks, between its two files: discard-bitmap.c knows what is populated,
 * discard-listeners.c whom to tell. All of it runs under the context's lock.
 *
 * While listeners are called ('telling') nothing of a manager changes, so the walks over its map
 * and its list hold.
 */
#ifndef REGION_DISCARD_BITMAP_H
#define REGION_DISCARD_BITMAP_H

#include <physmem/discard.h>

#include "base/context.h"
#include "region/block-map.h"

typedef struct DiscardBitmap {
    Object parent_obj;
    MemoryContext *context;
    MemoryRegion *mr;
    uint64_t block_size;
    BlockMap populated;
    bool holds_veto;
    unsigned telling;
    LIST_HEAD(, RamDiscardListener) listeners; /* the newest first */
} DiscardBitmap;

#define TYPE_RAM_DISCARD_BITMAP "physmem:ram-discard-bitmap"
DECLARE_INSTANCE_CHECKER(DiscardBitmap, DISCARD_BITMAP, TYPE_RAM_DISCARD_BITMAP)

/* A section of the managed region, inside it. */
bool discard_bitmap_holds(const DiscardBitmap *b, const MemoryRegionSection *section);

/* Calls fn for each populated stretch of the section. */
int discard_bitmap_replay(const DiscardBitmap *b, const MemoryRegionSection *section,
                          ReplayRamPopulate fn, void *opaque);

/* The methods that an interface's user calls. */
void discard_listeners_register(RamDiscardManager *rdm, RamDiscardListener *rdl,
                                MemoryRegionSection *section);
void discard_listeners_unregister(RamDiscardManager *rdm, RamDiscardListener *rdl);

/* Asks the listeners whether [first, end) of the region may be populated: 0, or what one refused
 * with, after those who agreed were told of the discard. */
int discard_listeners_ask(DiscardBitmap *b, uint64_t first, uint64_t end);

/* [first, end) was a populated stretch, and is gone: for those who are told of each. */
void discard_listeners_tell_stretch(DiscardBitmap *b, uint64_t first, uint64_t end);

/* All of [first, end) is gone: for those who are told once. */
void discard_listeners_tell_range(DiscardBitmap *b, uint64_t first, uint64_t end);

/* The manager ends. */
void discard_listeners_abandon(DiscardBitmap *b);

#endif
