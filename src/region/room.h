/* SPDX-License-Identifier: MIT
 *
 * The state that this room keeps for a context: the regions that live, and what edits leave for
 * the next commit. room.c makes and frees the structure. Its members belong to the files named
 * beside them, and are under the context's lock unless the comment says "atomic".
 */
#ifndef REGION_ROOM_H
#define REGION_ROOM_H

#include "base/address-table.h"
#include "base/context.h"

enum { FAILED_KEPT = 64 };

struct RegionRoom {
    const struct RegionAbove *above; /* above.h; set once, when topology/ begins */

    /* record.c */
    AddressTable records;                     /* of all regions, by the region's address */
    struct RegionRecord *failed[FAILED_KEPT]; /* of regions whose constructor failed, or NULL */
    unsigned failed_count;                    /* how many are not NULL */
    unsigned failures;                        /* how many there have ever been */

    /* Left for the next commit */
    TAILQ_HEAD(, ViewSlot) changed_views;          /* slot.h: slots with changed windows */
    TAILQ_HEAD(, RootResolver) changed_roots;      /* slot.h: roots to be resolved again */
    LIST_HEAD(, IoeventfdTable) edited_ioeventfds; /* ioeventfd.c: tables to be published */
    struct Journal *journal;                       /* journal.c; NULL: not open */

    uint64_t latest_rank; /* tree.c: the highest rank so far */
    uint64_t moves; /* tree.c: places given to regions, counted twice: odd during one; atomic */
    uint64_t latest_visit;  /* RegionExtras.visit as the last walk over the tree has set it */
    bool has_loops;         /* loop.c: some region has come to show a part of itself */
    size_t ioeventfds;      /* ioeventfd.c: published ones of all regions */
    uint64_t iommu_changes; /* iommu.c: events, and notifiers that came or went; atomic */
    LIST_HEAD(, IOMMUMemoryRegion) caching_iommus; /* iommu.c: threads keep their translations */

    /* watches.c */
    bool logs_migration; /* global_dirty_log of the specification */
    bool watches_writes; /* writes to all regions are watched */
    unsigned counting;   /* how many regions count their accesses */
};

void region_room_new(MemoryContext *ctx);
/* Called when the context ends. No region may live. */
void region_room_free(MemoryContext *ctx);

#endif
