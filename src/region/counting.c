/* SPDX-License-Identifier: MIT
 *
 * Counters of accesses (counting.h). A counter is allocated when counting is first switched on,
 * and freed when the region ends. So a thread that may access the region may use its counter
 * without a lock. The additions are atomic but relaxed: nothing is ordered by these numbers.
 */
#include "region/counting.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/context.h"
#include "region/extras.h"
#include "region/room.h"
#include "region/watches.h"

struct MemoryRegionCounter {
    bool on;
    MemoryRegionCounts counts;
};

typedef struct MemoryRegionCounter Counter;

static Counter *active(const MemoryRegion *mr)
{
    if (!region_heeds_accesses(mr)) {
        return NULL;
    }
    Counter *c = __atomic_load_n(&region_extras(mr)->counter, __ATOMIC_ACQUIRE);
    return c && __atomic_load_n(&c->on, __ATOMIC_RELAXED) ? c : NULL;
}

static void add(uint64_t *to, uint64_t amount)
{
    __atomic_add_fetch(to, amount, __ATOMIC_RELAXED);
}

bool region_is_counted(const MemoryRegion *mr)
{
    return active(mr) != NULL;
}

void region_count_read(const MemoryRegion *mr, hwaddr len)
{
    Counter *c = active(mr);
    if (c) {
        add(&c->counts.reads, 1);
        add(&c->counts.bytes_read, len);
    }
}

void region_count_write(const MemoryRegion *mr, hwaddr len)
{
    Counter *c = active(mr);
    if (c) {
        add(&c->counts.writes, 1);
        add(&c->counts.bytes_written, len);
    }
}

void region_count_refused(const MemoryRegion *mr)
{
    Counter *c = active(mr);
    if (c) {
        add(&c->counts.refused, 1);
    }
}

/* Reads a number, and sets it to 0 if 'reset'. */
static uint64_t value(uint64_t *number, bool reset)
{
    return reset ? __atomic_exchange_n(number, 0, __ATOMIC_RELAXED)
                 : __atomic_load_n(number, __ATOMIC_RELAXED);
}

static MemoryRegionCounts take(MemoryRegionCounts *c, bool reset)
{
    return (MemoryRegionCounts){
        .reads = value(&c->reads, reset),
        .writes = value(&c->writes, reset),
        .bytes_read = value(&c->bytes_read, reset),
        .bytes_written = value(&c->bytes_written, reset),
        .refused = value(&c->refused, reset),
    };
}

static void switch_counter(MemoryRegion *mr, bool on)
{
    RegionExtras *extras = region_extras_made(mr);
    if (on && !extras->counter) {
        __atomic_store_n(&extras->counter, alloc_new(Counter), __ATOMIC_RELEASE);
    }
    if (on) {
        take(&extras->counter->counts, true);
    }
    __atomic_store_n(&extras->counter->on, on, __ATOMIC_RELAXED);
    region_extras_review(mr);
    mr->parent_obj.context->region->counting += on ? 1 : -1;
    region_watches_review_one(mr);
    region_watches_review(mr->parent_obj.context);
}

void memory_region_set_counting(MemoryRegion *mr, bool on)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (on != region_is_counted(mr)) {
        switch_counter(mr, on);
    }
}

bool memory_region_get_counts(MemoryRegion *mr, MemoryRegionCounts *counts)
{
    Counter *c = active(mr);
    *counts = c ? take(&c->counts, false) : (MemoryRegionCounts){ 0 };
    return c != NULL;
}

void region_counting_end(MemoryRegion *mr)
{
    memory_region_set_counting(mr, false);
    free(region_extras(mr)->counter);
}
