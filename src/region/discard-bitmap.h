/* SPDX-License-Identifier: MIT
 *
 * The manager of RAM in blocks, for its two files: discard-bitmap.c knows which blocks are
 * populated, discard-listeners.c tells the listeners. Everything runs under the context's lock.
 *
 * While listeners are being called ('telling' is not 0), a manager refuses to change. So the walks
 * over its map and its list stay valid.
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
    bool holds_veto; /* it keeps others from disabling discards */
    unsigned telling;
    LIST_HEAD(, RamDiscardListener) listeners; /* newest first */
} DiscardBitmap;

#define TYPE_RAM_DISCARD_BITMAP "physmem:ram-discard-bitmap"
DECLARE_INSTANCE_CHECKER(DiscardBitmap, DISCARD_BITMAP, TYPE_RAM_DISCARD_BITMAP)

/* Whether the section is of the managed region and inside it. */
bool discard_bitmap_holds(const DiscardBitmap *b, const MemoryRegionSection *section);

/* Calls fn for each populated stretch of the section. Ends when fn returns other than 0, and
 * returns that; else 0. */
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

/* Tells the listeners that want to hear of each populated stretch (double_discard_supported is
 * false) that the stretch [first, end) is discarded. */
void discard_listeners_tell_stretch(DiscardBitmap *b, uint64_t first, uint64_t end);

/* Tells the other listeners, once, that all of [first, end) is discarded. */
void discard_listeners_tell_range(DiscardBitmap *b, uint64_t first, uint64_t end);

/* Forgets the listeners of a manager that ends, with a MISUSE message if there are any. */
void discard_listeners_abandon(DiscardBitmap *b);

#endif
