/* SPDX-License-Identifier: MIT
 *
 * Pins (pins.h): keeps those that have a record, finds the pin of a pointer that comes back, and
 * tells topology/unused.c whether a block has any. Pins without a record are counted in readers.h
 * and writers.h.
 *
 * If a new block shares memory with others, all of these blocks are marked as overlapped before
 * anybody can map the new one. From then on each new pin of such a block gets a record. So at most
 * one of the blocks at an address has pins without a record: the block that was there first and was
 * mapped while it was alone.
 */
#include "ram/pins.h"

#include <stdlib.h>

#include "ram/host-list.h"

typedef struct RAMPinRecord {
    RAMBlock *block;
    const void *holder;
    const void *ptr;
    uint64_t length;
    bool is_write;
    LIST_ENTRY(RAMPinRecord) link;
} Record;

bool ram_pin_record(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length,
                    bool is_write)
{
    struct RamRoom *room = rb->context->ram;
    Record *r = calloc(1, sizeof(*r));

    if (!r) {
        return false;
    }
    __atomic_add_fetch(&rb->recorded, 1, __ATOMIC_RELAXED);
    *r = (Record){
        .block = rb, .holder = holder, .ptr = ptr, .length = length, .is_write = is_write
    };
    inner_lock(&room->pins_lock);
    LIST_INSERT_HEAD(&room->pin_records, r, link);
    __atomic_add_fetch(&room->pin_record_count, 1, __ATOMIC_RELAXED);
    inner_unlock(&room->pins_lock);
    return true;
}

/* Returns the oldest record with that holder, pointer and length. If no record has the length, the
 * oldest one with another length will do, because a caller may give back a shorter length than it
 * had mapped. */
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

/* Returns whether a pin that has no record, at ptr, can be a pin of this block. If the block shares
 * memory with others, it is meant only if it has such pins at this moment. */
static bool may_be_pinned_at(const RAMBlock *rb, const void *ptr)
{
    return ram_pin_is_in(rb, ptr) && (!__atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE) ||
                                      ram_readers_any(rb) || ram_writers_any(rb));
}

RAMPin ram_pin_find(const MemoryContext *ctx, const void *holder, const void *ptr, uint64_t length,
                    bool is_write)
{
    RAMBlock *rb = take_record(ctx->ram, holder, ptr, length);
    bool recorded = rb != NULL;

    if (!recorded) {
        rb = ram_hosts_seek(ctx, ptr);
        while (rb && !may_be_pinned_at(rb, ptr)) {
            rb = ram_block_next(rb);
        }
    }
    return (RAMPin){ rb, rb ? ram_pin_offset(rb, ptr) : 0, length, is_write, recorded };
}

/* The release order keeps accesses through the pointer before the end of the pin. It pairs with the
 * acquire in ram_block_is_pinned(). */
void ram_pin_release_record(RAMBlock *rb)
{
    __atomic_sub_fetch(&rb->recorded, 1, __ATOMIC_RELEASE);
}

bool ram_block_is_pinned(const RAMBlock *rb)
{
    return ram_readers_any(rb) || __atomic_load_n(&rb->recorded, __ATOMIC_ACQUIRE) ||
           ram_writers_any(rb);
}

static void mark_recorded(RAMBlock *rb, DirtySpan within, unsigned client)
{
    struct RamRoom *room = rb->context->ram;
    Record *r;

    inner_lock(&room->pins_lock);
    LIST_FOREACH(r, &room->pin_records, link) {
        if (r->block == rb && r->is_write) {
            DirtySpan pages = ram_dirty_pages(rb, ram_pin_offset(rb, r->ptr), r->length);
            ram_dirty_mark_common(rb, pages, within, client);
        }
    }
    inner_unlock(&room->pins_lock);
}

void ram_pins_mark(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    DirtySpan within = ram_dirty_pages(rb, start, length);

    ram_writers_mark(rb, within, client);
    if (__atomic_load_n(&rb->recorded, __ATOMIC_ACQUIRE)) {
        mark_recorded(rb, within, client);
    }
}

static bool share_memory(const RAMBlock *a, const RAMBlock *b)
{
    uintptr_t x = (uintptr_t)a->host, y = (uintptr_t)b->host;

    return x < y ? y - x < a->max_length : x - y < b->max_length;
}

static void note_sharers(RAMBlock *rb)
{
    RAMBlock *other = ram_room_first(rb->context);

    __atomic_store_n(&rb->context->ram->overlaps, true, __ATOMIC_RELEASE);
    for (; other; other = ram_block_next(other)) {
        if (share_memory(rb, other)) {
            rb->overlapped = true;
            __atomic_store_n(&other->overlapped, true, __ATOMIC_RELEASE);
        }
    }
}

/* Only a block with memory of the caller's can share memory with others. As long as no blocks share
 * memory, a new block can only begin to do so with the last one that begins below its end. */
void ram_pins_note_block(RAMBlock *rb)
{
    struct RamRoom *room = rb->context->ram;
    const RAMBlock *last = ram_hosts_at_or_below(room, rb->host + (rb->max_length - 1));

    if (rb->flags & RAM_PREALLOC && (room->overlaps || (last && share_memory(rb, last)))) {
        note_sharers(rb);
    }
}
