/* SPDX-License-Identifier: MIT
 *
 * Makes and frees what this room keeps for a context, and keeps the list of its blocks, longest
 * first. block.c makes blocks, places.c decides which RAM addresses a block gets, and block-table.c
 * finds blocks by these addresses.
 */
#include <stdlib.h>

#include <physmem/error.h>

#include "base/alloc.h"
#include "ram/block-table.h"
#include "ram/pins.h"

void ram_room_new(MemoryContext *ctx)
{
    struct RamRoom *room = alloc_new(struct RamRoom);

    inner_lock_init(ctx, &room->vetoes.lock);
    inner_lock_init(ctx, &room->pins_lock);
    inner_lock_init(ctx, &room->lock);
    LIST_INIT(&room->pin_records);
    TAILQ_INIT(&room->runs);
    room->table = ram_table_new();
    ram_places_init(&room->places, ctx->page_bits);
    LIST_INIT(&room->notifiers);
    ctx->ram = room;
}

void ram_room_free(MemoryContext *ctx)
{
    ram_places_clear(&ctx->ram->places);
    name_table_clear(&ctx->ram->ids);
    free(ctx->ram->table);
    inner_lock_destroy(&ctx->ram->vetoes.lock);
    inner_lock_destroy(&ctx->ram->pins_lock);
    inner_lock_destroy(&ctx->ram->lock);
    free(ctx->ram);
    ctx->ram = NULL;
}

bool ram_room_is_empty(const MemoryContext *ctx)
{
    return !ram_room_first(ctx);
}

/* ---- The list --------------------------------------------------------------------------- */

/* A run: all blocks of one maximum length, which stand next to each other in the list. A machine
 * may have many blocks, but they have few different lengths, so there are few runs. A new block is
 * put behind the last block of its run, and no walk along the blocks is needed. */
typedef struct RAMRun {
    ram_addr_t length;
    RAMBlock *last;
    TAILQ_ENTRY(RAMRun) link;
} RAMRun;

/* Returns the run for a length, and makes it if there is none. A new run is empty. */
static RAMRun *run_get(struct RamRoom *room, ram_addr_t length)
{
    RAMRun *run, *after;

    TAILQ_FOREACH(after, &room->runs, link) {
        if (after->length <= length) {
            break;
        }
    }
    if (after && after->length == length) {
        return after;
    }
    run = alloc_new(RAMRun);
    run->length = length;
    if (after) {
        TAILQ_INSERT_BEFORE(after, run, link);
    } else {
        TAILQ_INSERT_TAIL(&room->runs, run, link);
    }
    return run;
}

/* Returns the last of the blocks that are longer than those of a run, or NULL. */
static RAMBlock *last_before(RAMRun *run)
{
    RAMRun *longer = TAILQ_PREV(run, RAMRuns, link);

    return longer ? longer->last : NULL;
}

/* Returns the link to the block after 'previous', or to the first block if 'previous' is NULL. */
static RAMBlock **link_behind(struct RamRoom *room, RAMBlock *previous)
{
    return previous ? &previous->next : &room->largest;
}

/* The release pairs with the acquires of ram_room_first() and ram_block_next(), so that readers see
 * the block with all its members. */
static void insert_by_size(struct RamRoom *room, RAMBlock *rb)
{
    RAMRun *run = run_get(room, rb->max_length);
    RAMBlock **link;

    rb->run = run;
    rb->previous = run->last ? run->last : last_before(run);
    link = link_behind(room, rb->previous);
    rb->next = *link;
    if (rb->next) {
        rb->next->previous = rb;
    }
    run->last = rb;
    __atomic_store_n(link, rb, __ATOMIC_RELEASE);
}

static void leave_run(struct RamRoom *room, RAMBlock *rb)
{
    RAMRun *run = rb->run;

    if (run->last != rb) {
        return;
    }
    if (rb->previous && rb->previous->run == run) {
        run->last = rb->previous;
    } else {
        TAILQ_REMOVE(&room->runs, run, link);
        free(run);
    }
}

/* rb->next stays as it is, so that a reader that is at rb can go on. */
static void remove_by_size(struct RamRoom *room, RAMBlock *rb)
{
    leave_run(room, rb);
    if (rb->next) {
        rb->next->previous = rb->previous;
    }
    __atomic_store_n(link_behind(room, rb->previous), rb->next, __ATOMIC_RELEASE);
}

bool ram_room_add(RAMBlock *rb, Error **errp)
{
    struct RamRoom *room = rb->context->ram;

    rb->offset = ram_places_take(&room->places, rb->max_length);
    if (rb->offset == RAM_ADDR_INVALID) {
        error_setg(errp,
                   "region '%s': no gap of 0x%" PRIxPTR " bytes is left among the RAM addresses",
                   ram_label(rb->mr), rb->max_length);
        return false;
    }
    inner_lock(&room->lock);
    ram_pins_note_block(rb);
    bool added = ram_table_add(rb);
    if (added) {
        insert_by_size(room, rb);
    }
    inner_unlock(&room->lock);
    if (!added) {
        ram_places_give_back(&room->places, rb->offset, rb->max_length);
        error_setg(errp, "region '%s': the host has no memory for one more block",
                   ram_label(rb->mr));
    }
    return added;
}

void ram_room_remove(RAMBlock *rb)
{
    struct RamRoom *room = rb->context->ram;

    inner_lock(&room->lock);
    remove_by_size(room, rb);
    ram_table_remove(rb);
    inner_unlock(&room->lock);
    ram_places_give_back(&room->places, rb->offset, rb->max_length);
}

void qemu_mutex_lock_ramlist(void)
{
    inner_lock(&memory_context_current()->ram->lock);
}

void qemu_mutex_unlock_ramlist(void)
{
    inner_unlock(&memory_context_current()->ram->lock);
}

int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque)
{
    READ_SECTION;
    int result = 0;

    for (RAMBlock *rb = ram_room_first(memory_context_current()); rb && !result;
         rb = ram_block_next(rb)) {
        result = func(rb, opaque);
    }
    return result;
}
