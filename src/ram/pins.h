/* SPDX-License-Identifier: MIT
 *
 * Pins. A host pointer that address_space_map() gives out pins its block until it comes back. As
 * long as a pin for writing is open, each harvest (dirty.h) takes its pages as dirty.
 *
 * The address of the pointer usually says which block it points into. If blocks share memory of the
 * caller's, the address is not enough: then the pin has a record with its holder (the space),
 * pointer and length.
 *
 * access/map.c pins and releases; topology/ asks which blocks and pages are pinned.
 */
#ifndef RAM_PINS_H
#define RAM_PINS_H

#include "ram/readers.h"
#include "ram/room.h"
#include "ram/writers.h"

typedef struct RAMPin {
    RAMBlock *block; /* NULL: there is no such pin */
    uint64_t start;  /* offset in the block */
    uint64_t length;
    bool is_write;
    bool recorded; /* the pin had a record */
} RAMPin;

/* The slow ways of the inline functions below. */
bool ram_pin_record(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length,
                    bool is_write);
RAMPin ram_pin_find(const MemoryContext *ctx, const void *holder, const void *ptr, uint64_t length,
                    bool is_write);
void ram_pin_release_record(RAMBlock *rb);

static inline uint64_t ram_pin_offset(const RAMBlock *rb, const void *ptr)
{
    return (uint64_t)((const uint8_t *)ptr - rb->host);
}

static inline bool ram_pin_is_in(const RAMBlock *rb, const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)rb->host < rb->max_length;
}

/* Pins a block, in the read section in which the caller found the block. Returns false if the pin
 * needs a record and the host has no memory for it. */
static inline bool ram_pin(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length,
                           bool is_write)
{
    if (__builtin_expect(__atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE), 0)) {
        return ram_pin_record(rb, holder, ptr, length, is_write);
    }
    if (is_write) {
        ram_writers_add(rb, ram_pin_offset(rb, ptr), length);
    } else {
        ram_readers_add(rb);
    }
    return true;
}

/* Pins a block for reading, if that takes no more than a cell of the thread (readers.h). */
static inline bool ram_pin_quickly(const RAMBlock *rb)
{
    return !__atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE) && ram_readers_add_quickly(rb);
}

/* Returns the longest block, to which most pointers lead, if this one does and its pin has no
 * record. */
static inline RAMBlock *ram_pin_in_longest(const MemoryContext *ctx, const void *ptr)
{
    RAMBlock *rb = ram_room_first(ctx);
    if (__builtin_expect(!rb || !ram_pin_is_in(rb, ptr), 0) ||
        __atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE) ||
        __atomic_load_n(&ctx->ram->pin_record_count, __ATOMIC_RELAXED)) {
        return NULL;
    }
    return rb;
}

/* Finds the pin of a pointer that comes back. The caller marks what was written, and then releases
 * the pin. In a read section. */
static inline RAMPin ram_pin_take(const MemoryContext *ctx, const void *holder, const void *ptr,
                                  uint64_t length, bool is_write)
{
    RAMBlock *rb = ram_pin_in_longest(ctx, ptr);
    if (!rb) {
        return ram_pin_find(ctx, holder, ptr, length, is_write);
    }
    return (RAMPin){ rb, ram_pin_offset(rb, ptr), length, is_write, false };
}

/* Releases a pin of the kind that 'is_write' says, or else one of the other kind, because a program
 * may map and unmap with different values of is_write. Returns false if there was none. The block
 * and its region may end as soon as the pin is released, so the caller must not use them after this
 * call. */
static inline bool ram_pin_release(RAMPin pin)
{
    if (__builtin_expect(pin.recorded, 0)) {
        ram_pin_release_record(pin.block);
        return true;
    }
    return (!pin.is_write && ram_readers_remove(pin.block)) ||
           ram_writers_remove(pin.block, pin.start, pin.length) ||
           (pin.is_write && ram_readers_remove(pin.block));
}

/* Returns whether a host pointer into the block is out. */
bool ram_block_is_pinned(const RAMBlock *rb);

/* Marks those pages of [start, start + length) dirty for one client that are pinned for writing.
 * Under the context's lock. */
void ram_pins_mark(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* Sets 'overlapped' in a new block and in all blocks that share memory with it. Under RamRoom.lock,
 * before readers can see the new block. */
void ram_pins_note_block(RAMBlock *rb);

#endif
