/* SPDX-License-Identifier: MIT
 *
 * Changes and searches the table of blocks (block-table.h). room.c adds and removes blocks.
 * host-address.c and dirty-address.c search it.
 */
#include "ram/block-table.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ram/room.h"

enum { FIRST_ROOM = 8 };

static RAMBlock *block_of(const RamEntry *entry)
{
    return __atomic_load_n(&entry->block, __ATOMIC_ACQUIRE);
}

/* Returns the index of the first entry that begins above addr, or 'count' if there is none. */
static size_t seek_above(const RamTable *table, size_t count, ram_addr_t addr)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if (table->entry[middle].start > addr) {
            count = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* ---- Searching -------------------------------------------------------------------------- */

RAMBlock *ram_block_at_or_behind(const MemoryContext *ctx, ram_addr_t addr)
{
    const RamTable *table = __atomic_load_n(&ctx->ram->table, __ATOMIC_ACQUIRE);
    size_t count = __atomic_load_n(&table->count, __ATOMIC_ACQUIRE);
    size_t i = seek_above(table, count, addr);
    RAMBlock *rb = i ? block_of(&table->entry[i - 1]) : NULL;

    if (rb && addr - rb->offset < rb->max_length) {
        return rb;
    }
    for (rb = NULL; !rb && i < count; i++) {
        rb = block_of(&table->entry[i]);
    }
    return rb;
}

RAMBlock *ram_block_of_ram_addr(const MemoryContext *ctx, ram_addr_t addr)
{
    RAMBlock *rb = ram_block_at_or_behind(ctx, addr);

    return rb && rb->offset <= addr ? rb : NULL;
}

/* ---- Making tables ------------------------------------------------------------------------ */

static void append(RamTable *table, RAMBlock *rb)
{
    table->entry[table->count] = (RamEntry){ rb->offset, rb };
    table->live++;
    __atomic_store_n(&table->count, table->count + 1, __ATOMIC_RELEASE);
}

static void append_live(RamTable *table, const RamEntry *entry, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (entry[i].block) {
            append(table, entry[i].block);
        }
    }
}

static size_t size_of(size_t room)
{
    return sizeof(RamTable) + room * sizeof(RamEntry);
}

RamTable *ram_table_new(void)
{
    RamTable *table = alloc_zero(size_of(FIRST_ROOM));

    table->room = FIRST_ROOM;
    return table;
}

static void table_gone(Deferred *d)
{
    free(d); /* the first member */
}

/* Publishes a new table. It has the blocks of the old table without the empty entries, and the
 * block 'more' unless that is NULL. Returns false, with nothing changed, if the host has no
 * memory. */
static bool renew(MemoryContext *ctx, RAMBlock *more)
{
    RamTable *old = ctx->ram->table;
    size_t at = more ? seek_above(old, old->count, more->offset) : old->count;
    size_t room = FIRST_ROOM + 2 * old->live;
    RamTable *table = calloc(1, size_of(room));

    if (!table) {
        return false;
    }
    table->room = room;
    append_live(table, old->entry, at);
    if (more) {
        append(table, more);
    }
    append_live(table, old->entry + at, old->count - at);
    __atomic_store_n(&ctx->ram->table, table, __ATOMIC_RELEASE);
    context_defer(ctx, &old->deferred, table_gone);
    return true;
}

/* ---- Changing a table --------------------------------------------------------------------- */

/* Returns whether a block of this length, at the start of entry i, ends before the next entry. */
static bool has_space(const RamTable *table, size_t i, ram_addr_t length)
{
    return i + 1 == table->count || table->entry[i + 1].start - table->entry[i].start >= length;
}

bool ram_table_add(RAMBlock *rb)
{
    RamTable *table = rb->context->ram->table;
    size_t above = seek_above(table, table->count, rb->offset);
    bool reuses = above && table->entry[above - 1].start == rb->offset;

    if (reuses && has_space(table, above - 1, rb->max_length)) {
        __atomic_store_n(&table->entry[above - 1].block, rb, __ATOMIC_RELEASE);
        table->live++;
    } else if (!reuses && above == table->count && table->count < table->room) {
        append(table, rb);
    } else {
        return renew(rb->context, rb);
    }
    return true;
}

/* A table that is mostly empty is replaced, so that no search walks over many empty entries. */
void ram_table_remove(RAMBlock *rb)
{
    RamTable *table = rb->context->ram->table;
    RamEntry *entry = &table->entry[seek_above(table, table->count, rb->offset) - 1];

    __atomic_store_n(&entry->block, NULL, __ATOMIC_RELEASE);
    table->live--;
    if (table->count > FIRST_ROOM && table->live < table->count / 4) {
        renew(rb->context, NULL);
    }
}
