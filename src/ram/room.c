/* SPDX-License-Identifier: MIT
 *
 * The blocks of a context: their list, largest first, and their layout among the RAM addresses.
 * What a block is made of is in alloc.c and backing.c.
 */
#include <stdlib.h>
#include <unistd.h>

#include <physmem/error.h>

#include "base/alloc.h"
#include "ram/block.h"

enum { PLACE_PAGES = 64 }; /* the bits of a word of a bitmap */

void ram_room_new(MemoryContext *ctx)
{
    struct RamRoom *room = alloc_zero(sizeof(*room));
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&room->lock, &attr);
    pthread_mutexattr_destroy(&attr);
    pthread_mutex_init(&room->vetoes.lock, NULL);
    pthread_mutex_init(&room->pins_lock, NULL);
    LIST_INIT(&room->pin_records);
    TAILQ_INIT(&room->placed);
    LIST_INIT(&room->notifiers);
    ctx->ram = room;
}

void ram_room_free(MemoryContext *ctx)
{
    pthread_mutex_destroy(&ctx->ram->vetoes.lock);
    pthread_mutex_destroy(&ctx->ram->pins_lock);
    pthread_mutex_destroy(&ctx->ram->lock);
    free(ctx->ram);
    ctx->ram = NULL;
}

bool ram_room_is_empty(const MemoryContext *ctx)
{
    return !ram_room_first(ctx);
}

size_t ram_host_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- Layout ----------------------------------------------------------------------------- */

typedef struct Gap {
    ram_addr_t start;
    ram_addr_t length;
} Gap;

static void consider(Gap *best, ram_addr_t start, ram_addr_t end, ram_addr_t length)
{
    ram_addr_t gap = end > start ? end - start : 0;

    if (gap >= length && gap < best->length) {
        *best = (Gap){ start, gap };
    }
}

/* Where the next block may begin behind one that ends at 'end'; the last address if nowhere. */
static ram_addr_t next_place(ram_addr_t end, ram_addr_t unit)
{
    return end > RAM_ADDR_INVALID - unit ? RAM_ADDR_INVALID : ram_round_up(end, unit);
}

/* The start of the smallest gap that fits, or RAM_ADDR_INVALID. */
static ram_addr_t find_place(const MemoryContext *ctx, ram_addr_t length)
{
    const ram_addr_t unit = (ram_addr_t)PLACE_PAGES << ctx->page_bits;
    Gap best = { RAM_ADDR_INVALID, RAM_ADDR_INVALID };
    ram_addr_t start = 0;
    RAMBlock *rb;

    TAILQ_FOREACH(rb, &ctx->ram->placed, placed) {
        consider(&best, start, rb->offset, length);
        start = next_place(rb->offset + rb->max_length, unit);
    }
    consider(&best, start, RAM_ADDR_INVALID - 1, length);
    return best.start;
}

static void insert_placed(struct RamRoom *room, RAMBlock *rb)
{
    RAMBlock *other;

    TAILQ_FOREACH(other, &room->placed, placed) {
        if (other->offset > rb->offset) {
            TAILQ_INSERT_BEFORE(other, rb, placed);
            return;
        }
    }
    TAILQ_INSERT_TAIL(&room->placed, rb, placed);
}

/* ---- The list --------------------------------------------------------------------------- */

/* The release pairs with ram_room_first() and ram_block_next(): readers see whole blocks. */
static void insert_by_size(struct RamRoom *room, RAMBlock *rb)
{
    RAMBlock **link = &room->largest;

    while (*link && (*link)->max_length >= rb->max_length) {
        link = &(*link)->next;
    }
    rb->next = *link;
    __atomic_store_n(link, rb, __ATOMIC_RELEASE);
}

/* rb->next stays: readers on rb find their way on. */
static void remove_by_size(struct RamRoom *room, RAMBlock *rb)
{
    RAMBlock **link = &room->largest;

    while (*link != rb) {
        link = &(*link)->next;
    }
    __atomic_store_n(link, rb->next, __ATOMIC_RELEASE);
}

bool ram_room_add(RAMBlock *rb, Error **errp)
{
    struct RamRoom *room = rb->context->ram;

    rb->offset = find_place(rb->context, rb->max_length);
    if (rb->offset == RAM_ADDR_INVALID) {
        error_setg(errp, "region '%s': no 0x%" PRIxPTR " RAM addresses in a row are left",
                   ram_label(rb->mr), rb->max_length);
        return false;
    }
    pthread_mutex_lock(&room->lock);
    ram_pins_note_block(rb);
    insert_placed(room, rb);
    insert_by_size(room, rb);
    pthread_mutex_unlock(&room->lock);
    return true;
}

void ram_room_remove(RAMBlock *rb)
{
    struct RamRoom *room = rb->context->ram;

    pthread_mutex_lock(&room->lock);
    TAILQ_REMOVE(&room->placed, rb, placed);
    remove_by_size(room, rb);
    pthread_mutex_unlock(&room->lock);
}

void qemu_mutex_lock_ramlist(void)
{
    pthread_mutex_lock(&memory_context_current()->ram->lock);
}

void qemu_mutex_unlock_ramlist(void)
{
    pthread_mutex_unlock(&memory_context_current()->ram->lock);
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
