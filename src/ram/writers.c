/* SPDX-License-Identifier: MIT
 *
 * Keeps the open maps for writing (writers.h). access/ opens and closes them through pins.c, from
 * any thread. Each harvest of dirty pages looks through all of them.
 */
#include "ram/writers.h"

#include <stdlib.h>

enum { BUCKET = 8, FIRST_BITS = 36, PAGES_BITS = 16, RANGE_BITS = FIRST_BITS + PAGES_BITS };

static const uint64_t one_map = UINT64_C(1) << RANGE_BITS;
static const uint64_t range_mask = (UINT64_C(1) << RANGE_BITS) - 1;
static const uint64_t most_pages = (UINT64_C(1) << PAGES_BITS) - 1; /* means this many or more */

/* ---- Ranges ----------------------------------------------------------------------------- */

/* Returns the bits of a slot that stand for a range. Returns 0 if the first page does not fit. */
static inline uint64_t range_of(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    DirtySpan pages = ram_dirty_pages(rb, start, length);
    uint64_t count = pages.end - pages.first;

    if (pages.first >> FIRST_BITS) {
        return 0;
    }
    return (count < most_pages ? count : most_pages) << FIRST_BITS | pages.first;
}

static uint64_t first_page(uint64_t slot)
{
    return slot & ((UINT64_C(1) << FIRST_BITS) - 1);
}

static DirtySpan pages_of(const RAMBlock *rb, uint64_t slot)
{
    uint64_t first = first_page(slot), count = (slot & range_mask) >> FIRST_BITS;

    return (DirtySpan){ first, count < most_pages ? first + count : ram_dirty_used_pages(rb).end };
}

/* ---- Tables ----------------------------------------------------------------------------- */

static uint64_t slots_of_table(unsigned table)
{
    return (uint64_t)BUCKET << 4 * table;
}

/* Returns the number of the newest table. All tables with lower numbers exist, too. */
static inline unsigned newest_table(const RAMBlock *rb)
{
    return __atomic_load_n(&rb->writers.tables, __ATOMIC_ACQUIRE);
}

/* A thread that comes late with its table looks at the pointer once more (make_table()), so the
 * read is atomic. */
static inline uint64_t *table_at(const RAMBlock *rb, unsigned table)
{
    return table ? __atomic_load_n(&rb->writers.more[table - 1], __ATOMIC_RELAXED)
                 : (uint64_t *)rb->writers.slots;
}

/* The address of the block is part of the hash. A guest does not know it, and so cannot choose
 * ranges that all fall into one bucket. */
static inline uint64_t hash_of(const RAMBlock *rb, uint64_t range)
{
    return (range ^ (uintptr_t)rb) * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t *bucket_at(uint64_t *slots, unsigned table, uint64_t hash)
{
    return table ? &slots[(hash >> (64 - 4 * table)) * BUCKET] : slots;
}

/* Makes a table, unless another thread has just made it. Returns false if the host has no
 * memory. */
static bool make_table(RAMBlock *rb, unsigned table)
{
    uint64_t *slots = calloc(slots_of_table(table), sizeof(*slots)), *there = NULL;
    unsigned before = table - 1;

    if (slots && !__atomic_compare_exchange_n(&rb->writers.more[table - 1], &there, slots, false,
                                              __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        free(slots);
    }
    if (slots) {
        __atomic_compare_exchange_n(&rb->writers.tables, &before, table, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED);
    }
    return slots != NULL;
}

void ram_writers_free(RAMBlock *rb)
{
    for (unsigned i = 0; i < RAM_WRITERS_MORE; i++) {
        free(rb->writers.more[i]);
    }
}

/* ---- Slots ------------------------------------------------------------------------------ */

/* Counts one more map of the range in a slot. Returns false if the slot is for another range, or
 * its count is full. */
static inline bool enter_slot(uint64_t *slot, uint64_t range)
{
    uint64_t was = __atomic_load_n(slot, __ATOMIC_RELAXED);

    while (!was || ((was & range_mask) == range && was + one_map > was)) {
        if (__atomic_compare_exchange_n(slot, &was, (was ? was : range) + one_map, true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* Counts one map of the range less in a slot. Returns false if the slot is for another range. The
 * caller has marked what was written. The release keeps these marks before the end of the map. It
 * pairs with the acquires in ram_writers_any() and ram_writers_mark(). */
static inline bool leave_slot(uint64_t *slot, uint64_t range)
{
    uint64_t was = __atomic_load_n(slot, __ATOMIC_RELAXED);

    while ((was & range_mask) == range) {
        uint64_t now = was - one_map >= one_map ? was - one_map : 0;
        if (__atomic_compare_exchange_n(slot, &was, now, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* Returns the slot that is tried first for a range. It is in the newest table, which has the most
 * room. */
static inline uint64_t *first_slot(const RAMBlock *rb, uint64_t range)
{
    const uint64_t hash = hash_of(rb, range);
    unsigned newest = newest_table(rb);

    return &bucket_at(table_at(rb, newest), newest, hash)[(hash >> 16) % BUCKET];
}

/* Calls func for each slot that a range may have, first_slot() first, until func returns true.
 * Returns whether it did. */
static bool for_slots(RAMBlock *rb, uint64_t range, bool (*func)(uint64_t *slot, uint64_t range))
{
    const uint64_t hash = hash_of(rb, range);

    for (unsigned left = newest_table(rb) + 1; left > 0; left--) {
        uint64_t *bucket = bucket_at(table_at(rb, left - 1), left - 1, hash);
        for (unsigned i = 0; i < BUCKET; i++) {
            if (func(&bucket[((hash >> 16) + i) % BUCKET], range)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Opening ---------------------------------------------------------------------------- */

/* Table 0 is for blocks with few maps. If a map does not get its first choice there, table 1 is
 * made: that costs less than searching table 0 each time. */
static bool add_to_tables(RAMBlock *rb, uint64_t range)
{
    unsigned newest = newest_table(rb);

    if (newest == 0) {
        make_table(rb, 1);
    }
    while (!for_slots(rb, range, enter_slot)) {
        if (newest == RAM_WRITERS_MORE || !make_table(rb, newest + 1)) {
            return false;
        }
        newest = newest_table(rb);
    }
    return true;
}

static __attribute__((noinline)) void add_elsewhere(RAMBlock *rb, uint64_t range)
{
    if (!range || !add_to_tables(rb, range)) {
        __atomic_add_fetch(&rb->writers.anywhere, 1, __ATOMIC_RELAXED);
    }
}

void ram_writers_add(RAMBlock *rb, uint64_t start, uint64_t length)
{
    uint64_t range = range_of(rb, start, length);

    if (!range || !enter_slot(first_slot(rb, range), range)) {
        add_elsewhere(rb, range);
    }
}

/* ---- Closing ---------------------------------------------------------------------------- */

static bool leave_anywhere(RAMBlock *rb)
{
    unsigned was = __atomic_load_n(&rb->writers.anywhere, __ATOMIC_RELAXED);

    while (was && !__atomic_compare_exchange_n(&rb->writers.anywhere, &was, was - 1, true,
                                               __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
    return was != 0;
}

/* Maps of one range may be in several slots. While a search goes from slot to slot, another thread
 * may open a map in a slot that was passed and close the one in a slot that is still to come. Then
 * the search finds nothing and is tried again. That does not happen many times in a row. */
static bool leave_range(RAMBlock *rb, uint64_t range)
{
    enum { TRIES = 16 };

    for (unsigned i = 0; range && i < TRIES; i++) {
        if (for_slots(rb, range, leave_slot)) {
            return true;
        }
    }
    return false;
}

/* Returns the range of the shortest map that begins at a page, or 0 if there is none. */
static uint64_t shortest_from(const RAMBlock *rb, uint64_t page)
{
    uint64_t shortest = 0;

    for (unsigned t = 0, newest = newest_table(rb); t <= newest; t++) {
        const uint64_t *slots = table_at(rb, t);
        for (uint64_t i = 0; i < slots_of_table(t); i++) {
            uint64_t range = __atomic_load_n(&slots[i], __ATOMIC_RELAXED) & range_mask;
            if (range && first_page(range) == page && (!shortest || range < shortest)) {
                shortest = range;
            }
        }
    }
    return shortest;
}

static __attribute__((noinline)) bool remove_elsewhere(RAMBlock *rb, uint64_t range, uint64_t page)
{
    return leave_range(rb, range) || leave_anywhere(rb) ||
           leave_range(rb, shortest_from(rb, page));
}

bool ram_writers_remove(RAMBlock *rb, uint64_t start, uint64_t length)
{
    uint64_t range = range_of(rb, start, length);

    return (range && leave_slot(first_slot(rb, range), range)) ||
           remove_elsewhere(rb, range, start >> rb->context->page_bits);
}

/* ---- Looking ---------------------------------------------------------------------------- */

bool ram_writers_any(const RAMBlock *rb)
{
    for (unsigned t = 0, newest = newest_table(rb); t <= newest; t++) {
        const uint64_t *slots = table_at(rb, t);
        for (uint64_t i = 0; i < slots_of_table(t); i++) {
            if (__atomic_load_n(&slots[i], __ATOMIC_ACQUIRE)) {
                return true;
            }
        }
    }
    return __atomic_load_n(&rb->writers.anywhere, __ATOMIC_ACQUIRE) != 0;
}

void ram_writers_mark(RAMBlock *rb, DirtySpan within, unsigned client)
{
    for (unsigned t = 0, newest = newest_table(rb); t <= newest; t++) {
        const uint64_t *slots = table_at(rb, t);
        for (uint64_t i = 0; i < slots_of_table(t); i++) {
            uint64_t slot = __atomic_load_n(&slots[i], __ATOMIC_ACQUIRE);
            if (slot) {
                ram_dirty_mark_common(rb, pages_of(rb, slot), within, client);
            }
        }
    }
    if (__atomic_load_n(&rb->writers.anywhere, __ATOMIC_ACQUIRE)) {
        ram_dirty_mark_common(rb, within, within, client);
    }
}
