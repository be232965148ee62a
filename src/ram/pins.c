/* SPDX-License-Identifier: MIT
 *
 * Pins: which blocks host pointers were given out to (block.h). Counted so that somebody can wait
 * for the last, and found again when a pointer comes back.
 *
 * A block that shares memory with another knows it before anybody can map the other. So of the
 * blocks at an address at most one has pins without a record: the one that was mapped when it was
 * alone.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "ram/block.h"

typedef struct RAMPinRecord {
    RAMBlock *block;
    const void *holder;
    const void *ptr;
    uint64_t length;
    LIST_ENTRY(RAMPinRecord) link;
} Record;

static void record(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length)
{
    struct RamRoom *room = rb->context->ram;
    Record *r = alloc_zero(sizeof *r);

    *r = (Record){ .block = rb, .holder = holder, .ptr = ptr, .length = length };
    inner_lock(&room->pins_lock);
    LIST_INSERT_HEAD(&room->pin_records, r, link);
    __atomic_add_fetch(&room->pin_record_count, 1, __ATOMIC_RELAXED);
    inner_unlock(&room->pins_lock);
}

void ram_pin(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length)
{
    if (__atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE)) {
        __atomic_add_fetch(&rb->recorded, 1, __ATOMIC_RELAXED);
        record(rb, holder, ptr, length);
    } else {
        __atomic_add_fetch(&rb->pins, 1, __ATOMIC_RELAXED);
    }
}

/* The oldest that fits, best with the length that was mapped: a caller may give back less. */
static Record *find_record(const struct RamRoom *room, const void *holder, const void *ptr,
                           uint64_t length)
{
    Record *r, *best = NULL;

    LIST_FOREACH(r, &room->pin_records, link) {
        bool fits = r->holder == holder && r->ptr == ptr;
        if (fits && (!best || r->length == length || best->length != length)) {
            best = r;
        }
    }
    return best;
}

static RAMBlock *take_record(struct RamRoom *room, const void *holder, const void *ptr,
                             uint64_t length)
{
    if (!__atomic_load_n(&room->pin_record_count, __ATOMIC_RELAXED)) {
        return NULL;
    }
    inner_lock(&room->pins_lock);
    Record *r = find_record(room, holder, ptr, length);
    if (r) {
        LIST_REMOVE(r, link);
        __atomic_sub_fetch(&room->pin_record_count, 1, __ATOMIC_RELAXED);
    }
    inner_unlock(&room->pins_lock);
    RAMBlock *rb = r ? r->block : NULL;
    free(r);
    return rb;
}

RAMPin ram_pin_take(const MemoryContext *ctx, const void *holder, const void *ptr,
                    uint64_t length)
{
    RAMBlock *rb = take_record(ctx->ram, holder, ptr, length);

    if (rb) {
        return (RAMPin){ rb, true };
    }
    rb = ram_room_first(ctx);
    while (rb && ((uintptr_t)ptr - (uintptr_t)rb->host >= rb->max_length ||
                  !__atomic_load_n(&rb->pins, __ATOMIC_RELAXED))) {
        rb = ram_block_next(rb);
    }
    return (RAMPin){ rb, false };
}

/* What was done through the pointer comes before; pairs with ram_block_is_pinned(). */
void ram_pin_release(const RAMPin *pin)
{
    RAMBlock *rb = pin->block;

    __atomic_sub_fetch(pin->recorded ? &rb->recorded : &rb->pins, 1, __ATOMIC_RELEASE);
}

bool ram_block_is_pinned(const RAMBlock *rb)
{
    return __atomic_load_n(&rb->pins, __ATOMIC_ACQUIRE) ||
           __atomic_load_n(&rb->recorded, __ATOMIC_ACQUIRE);
}

static bool share_memory(const RAMBlock *a, const RAMBlock *b)
{
    uintptr_t x = (uintptr_t)a->host, y = (uintptr_t)b->host;

    return x < y ? y - x < a->max_length : x - y < b->max_length;
}

/* Only memory of the caller's can be that of another block, too. */
void ram_pins_note_block(RAMBlock *rb)
{
    RAMBlock *other = rb->flags & RAM_PREALLOC ? ram_room_first(rb->context) : NULL;

    for (; other; other = ram_block_next(other)) {
        if (share_memory(rb, other)) {
            rb->overlapped = true;
            __atomic_store_n(&other->overlapped, true, __ATOMIC_RELEASE);
        }
    }
}
