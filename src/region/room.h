/* SPDX-License-Identifier: MIT
 *
 * What this room keeps for a context: which regions live, and what edits leave for the next commit.
 * The structure is made and freed in room.c; its members belong to the files named beside them.
 * Everything is under the context's lock, unless a member says otherwise.
 */
#ifndef REGION_ROOM_H
#define REGION_ROOM_H

#include "base/address-table.h"
#include "base/context.h"

struct RegionRoom {
    const struct RegionAbove *above; /* above.h; set once, when topology/ begins */

    /* record.c */
    AddressTable records;              /* of all regions, by the region's address */
    TAILQ_HEAD(, RegionRecord) living; /* newest first */
    TAILQ_HEAD(, RegionRecord) failed; /* regions whose constructor failed, oldest first */
    unsigned failed_count;

    /* Left for the next commit: slot.h, ioeventfd.c. */
    TAILQ_HEAD(, ViewSlot) changed_views;     /* views that edits have touched */
    TAILQ_HEAD(, RootResolver) changed_roots; /* roots that may show another region now */
    LIST_HEAD(, IoeventfdTable) edited_ioeventfds;
    struct Journal *journal; /* of the open transaction (journal.c); NULL: nothing is noted */

    uint64_t latest_rank;     /* tree.c: the highest rank so far */
    uint64_t latest_visit;    /* marks of walks over the tree */
    bool has_loops;         /* loop.c: some region has come to show a part of itself */
    size_t ioeventfds;      /* ioeventfd.c: published ones of all regions */
    uint64_t iommu_changes; /* iommu-notify.c: events, and notifiers that came or went; atomic */

    /* watches.c */
    bool logs_migration; /* global_dirty_log of the specification */
    bool watches_writes; /* of all regions: all are logged, or writers need a full barrier */
    unsigned counting;   /* how many regions count their accesses */
};

void region_room_new(MemoryContext *ctx);
/* No region may live. */
void region_room_free(MemoryContext *ctx);

#endif
