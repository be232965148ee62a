/* SPDX-License-Identifier: MIT
 *
 * The journal of an open transaction: the attributes that regions had before each edit. It exists
 * for one case: an address space that begins inside a transaction must show the committed state
 * (R19). So topology/space.c takes the tree back to that state for a moment, and then forward
 * again. Nothing is marked meanwhile.
 *
 * Each step exchanges the attributes of a record with those of its region. So a walk over the
 * records from the newest to the oldest takes the tree back, and a walk in the other direction
 * takes it forward.
 */
#include "region/journal.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"
#include "region/room.h"

typedef struct Record {
    MemoryRegion *mr; /* NULL: the region has ended */
    MemoryRegionAttributes attributes;
} Record;

struct Journal {
    Record *record;
    size_t count, room;
};

static void exchange(Record *record)
{
    MemoryRegionAttributes attributes = record->attributes;
    if (record->mr) {
        record->attributes = record->mr->attributes;
        region_tree_assign(record->mr, &attributes);
    }
}

void journal_open(MemoryContext *ctx)
{
    struct RegionRoom *room = ctx->region;
    if (!room->journal) {
        room->journal = alloc_new(struct Journal);
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
    struct Journal *j = mr->parent_obj.context->region->journal;
    if (!j) {
        return;
    }
    if (j->count == j->room) {
        j->room = j->room ? 2 * j->room : 16;
        j->record = alloc_resize(j->record, j->room, sizeof(*j->record));
    }
    j->record[j->count++] = (Record){ mr, mr->attributes };
}

void journal_forget(MemoryRegion *mr)
{
    struct Journal *j = mr->parent_obj.context->region->journal;
    for (size_t i = 0; j && i < j->count; i++) {
        if (j->record[i].mr == mr) {
            j->record[i].mr = NULL;
        }
        if (j->record[i].attributes.container == mr) {
            j->record[i].attributes.container = NULL;
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
