/* SPDX-License-Identifier: MIT
 *
 * Makes and frees what this room keeps for a context (room.h). A new block gets its RAM addresses
 * here, and is entered into the lists and the table of blocks. block.c makes blocks.
 */
#include <stdlib.h>

#include <physmem/error.h>

#include "base/alloc.h"
#include "ram/block-list.h"
#include "ram/block-table.h"
#include "ram/host-list.h"
#include "ram/pins.h"
#include "ram/room.h"

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
        ram_list_add(room, rb);
        ram_hosts_add(room, rb);
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
    ram_list_remove(room, rb);
    ram_hosts_remove(room, rb);
    ram_table_remove(rb);
    inner_unlock(&room->lock);
    ram_places_give_back(&room->places, rb->offset, rb->max_length);
}
