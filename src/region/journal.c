/* SPDX-License-Identifier: MIT
 *
 * The journal of an open transaction: what regions were like before each edit. An address space
 * that begins inside a transaction must show the committed state (R19), so the tree is taken back
 * to it for a moment, without marks, and forward again.
 *
 * A record and its region exchange their states, so that the same walk in the other direction
 * undoes it.
 */
#include "region/journal.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"
#include "region/room.h"

typedef struct State {
    MemoryRegion *container;
    hwaddr addr;
    hwaddr alias_offset;
    Int128 size;
    uint64_t rank;
    int32_t priority;
    bool enabled, readonly, nonvolatile, romd_mode, unmergeable;
    uint8_t dirty_log_mask;
} State;

typedef struct Record {
    MemoryRegion *mr; /* NULL: it has ended */
    State state;
} Record;

struct Journal {
    Record *record;
    size_t count, room;
};

static State state_of(const MemoryRegion *mr)
{
    return (State){
        .container = mr->container,
        .addr = mr->addr,
        .alias_offset = mr->alias_offset,
        .size = mr->size,
        .rank = mr->rank,
        .priority = mr->priority,
        .enabled = mr->enabled,
        .readonly = mr->readonly,
        .nonvolatile = mr->nonvolatile,
        .romd_mode = mr->romd_mode,
        .unmergeable = mr->unmergeable,
        .dirty_log_mask = mr->dirty_log_mask,
    };
}

static void take_out(MemoryRegion *mr)
{
    if (mr->container) {
        TAILQ_REMOVE(&mr->container->subregions, mr, siblings);
        if (mr->enabled) {
            children_remove(mr->container, mr);
        }
    }
}

static void put_in(MemoryRegion *mr)
{
    if (mr->container) {
        TAILQ_INSERT_TAIL(&mr->container->subregions, mr, siblings);
        if (mr->enabled) {
            children_insert(mr->container, mr);
        }
    }
}

static void exchange(Record *record)
{
    MemoryRegion *mr = record->mr;
    State state = record->state;
    if (!mr) {
        return;
    }
    record->state = state_of(mr);
    take_out(mr);
    mr->container = state.container;
    mr->addr = state.addr;
    mr->alias_offset = state.alias_offset;
    mr->size = state.size;
    mr->rank = state.rank;
    mr->priority = state.priority;
    mr->enabled = state.enabled;
    mr->readonly = state.readonly;
    mr->nonvolatile = state.nonvolatile;
    mr->romd_mode = state.romd_mode;
    mr->unmergeable = state.unmergeable;
    mr->dirty_log_mask = state.dirty_log_mask;
    put_in(mr);
}

void journal_open(MemoryContext *ctx)
{
    struct RegionRoom *room = ctx->region;
    if (!room->journal) {
        room->journal = alloc_zero(sizeof *room->journal);
    }
}

void journal_close(MemoryContext *ctx)
{
    struct Journal *j = ctx->region->journal;
    if (j) {
        free(j->record);
        free(j);
        ctx->region->journal = NULL;
    }
}

void journal_note(MemoryRegion *mr)
{
    struct Journal *j = mr->context->region->journal;
    if (!j) {
        return;
    }
    if (j->count == j->room) {
        j->room = j->room ? 2 * j->room : 16;
        j->record = alloc_resize(j->record, j->room, sizeof *j->record);
    }
    j->record[j->count++] = (Record){ mr, state_of(mr) };
}

void journal_forget(MemoryRegion *mr)
{
    struct Journal *j = mr->context->region->journal;
    for (size_t i = 0; j && i < j->count; i++) {
        if (j->record[i].mr == mr) {
            j->record[i].mr = NULL;
        }
        if (j->record[i].state.container == mr) {
            j->record[i].state.container = NULL;
        }
    }
}

bool journal_rewind(MemoryContext *ctx)
{
    struct Journal *j = ctx->region->journal;
    if (!j || !j->count) {
        return false;
    }
    for (size_t i = j->count; i-- > 0;) {
        exchange(&j->record[i]);
    }
    return true;
}

void journal_replay(MemoryContext *ctx)
{
    struct Journal *j = ctx->region->journal;
    for (size_t i = 0; i < j->count; i++) {
        exchange(&j->record[i]);
    }
}
