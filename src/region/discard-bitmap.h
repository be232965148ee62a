/* SPDX-License-Identifier: MIT
 *
 * The library's own manager of discards, for its two files: discard-bitmap.c keeps which blocks
 * are populated, discard-listeners.c keeps and calls the listeners. Everything here is called
 * under the context's lock.
 *
 * While listeners are being called ('telling' is not 0), the manager refuses changes. So nothing
 * changes its bitmap or its list while they are walked over.
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
    bool holds_veto;  /* while it does, ram_block_discard_disable() is refused */
    unsigned telling; /* calls of listeners in progress */
    LIST_HEAD(, RamDiscardListener) listeners; /* newest first */
} DiscardBitmap;

#define TYPE_RAM_DISCARD_BITMAP "physmem:ram-discard-bitmap"
DECLARE_INSTANCE_CHECKER(DiscardBitmap, DISCARD_BITMAP, TYPE_RAM_DISCARD_BITMAP)

/* Whether the section is a part of the managed region. It must not be empty. */
bool discard_bitmap_holds(const DiscardBitmap *b, const MemoryRegionSection *section);

/* Calls fn for each populated stretch of the section, by ascending offset. Stops when fn returns
 * another value than 0. Returns fn's last value, or 0. */
int discard_bitmap_replay(const DiscardBitmap *b, const MemoryRegionSection *section,
                          ReplayRamPopulate fn, void *opaque);

/* Methods of the interface (RamDiscardManagerClass). */
void discard_listeners_register(RamDiscardManager *rdm, RamDiscardListener *rdl,
                                MemoryRegionSection *section);
void discard_listeners_unregister(RamDiscardManager *rdm, RamDiscardListener *rdl);

/* Asks the listeners whether [first, end) of the region may be populated. Returns 0 if all agree.
 * If one refuses, tells those that had agreed that the range is discarded, and returns the
 * refusal. */
int discard_listeners_ask(DiscardBitmap *b, uint64_t first, uint64_t end);

/* A discard is told in two ways. _tell_range() tells listeners with double_discard_supported,
 * once, that all of [first, end) is discarded, even if parts of it were not populated.
 * _tell_stretch() tells the other listeners of one stretch that was populated. */
void discard_listeners_tell_stretch(DiscardBitmap *b, uint64_t first, uint64_t end);
void discard_listeners_tell_range(DiscardBitmap *b, uint64_t first, uint64_t end);

/* Forgets all listeners, because the manager ends. Sends a MISUSE message if there are any. */
void discard_listeners_abandon(DiscardBitmap *b);

#endif
