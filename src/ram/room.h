/* SPDX-License-Identifier: MIT
 *
 * What this room keeps for a context: its blocks, the tables that find them, and claims about
 * discarding.
 */
#ifndef RAM_ROOM_H
#define RAM_ROOM_H

#include "base/name-table.h"
#include "ram/block.h"
#include "ram/discard-vetoes.h"
#include "ram/places.h"

struct RamRoom {
    InnerLock lock;                          /* of the lists; nests in the context's lock */
    RAMBlock *largest;                       /* the head of the list */
    TAILQ_HEAD(RAMRuns, RAMRun) runs;        /* the longest first */
    struct RamTable *table;                  /* block-table.h */
    RamPlaces places;                        /* under the context's lock */
    NameTable ids;                           /* RAMBlockId by text; under the context's lock */
    LIST_HEAD(, RAMBlockNotifier) notifiers; /* under the context's lock */
    InnerLock pins_lock;
    LIST_HEAD(, RAMPinRecord) pin_records; /* under pins_lock */
    unsigned pin_record_count;             /* atomic */
    RAMBlock *hosts[RAM_LANES];            /* the heads of the lanes of host-list.h */
    unsigned lanes;                        /* how many of them have had a block; atomic */
    bool overlaps; /* some blocks share memory, or once did (pins.c); atomic */
    RamVetoes vetoes;
};

void ram_room_new(MemoryContext *ctx);
/* All blocks must be gone. */
void ram_room_free(MemoryContext *ctx);
bool ram_room_is_empty(const MemoryContext *ctx);

/* Gives a block its place among the RAM addresses and lists it. Returns false, with an error, if no
 * gap is long enough or the host has no memory for the table of blocks; the block is not listed
 * then. Under the context's lock. */
bool ram_room_add(RAMBlock *rb, Error **errp);
/* Takes a block out of the list and gives back its place. Under the context's lock. */
void ram_room_remove(RAMBlock *rb);

/* The first block of the list, and the block after another one; NULL at the end. In a read section
 * or under the context's lock. */
static inline RAMBlock *ram_room_first(const MemoryContext *ctx)
{
    return __atomic_load_n(&ctx->ram->largest, __ATOMIC_ACQUIRE);
}

static inline RAMBlock *ram_block_next(const RAMBlock *rb)
{
    return __atomic_load_n(&rb->next, __ATOMIC_ACQUIRE);
}

#endif
