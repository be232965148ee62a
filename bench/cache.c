/* SPDX-License-Identifier: MIT
 *
 * Measures accesses through a cache beside accesses through a plain pointer. Both sides make the
 * same accesses to the same places of a ring of a few KiB, as a virtio device does.
 *
 * The plain side keeps its pointer in a structure, as such a device does, and its words may alias
 * anything, because the guest's memory has types of its own. So the compiler has to reload the
 * pointer after each store, as it has to reload the cache's fields on the other side.
 */
#include <stdlib.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { RING = 0x1000, PLACES = 1024, SLOTS = 256, USED = RING / 2, ROUNDS = 5 };

typedef struct Ring {
    Machine machine;
    MemoryRegionCache cache;
    uint8_t *host;        /* the memory that the cache covers, for the plain side */
    hwaddr place[PLACES]; /* random, of 4 bytes each */
} Ring;

typedef uint32_t __attribute__((may_alias)) Word;
typedef uint16_t __attribute__((may_alias)) Half;

static volatile Word *word_at(const Ring *r, hwaddr addr)
{
    return (volatile Word *)(void *)(r->host + addr);
}

static volatile Half *half_at(const Ring *r, hwaddr addr)
{
    return (volatile Half *)(void *)(r->host + addr);
}

/* ---- Single accesses -------------------------------------------------------------------- */

static void plain_load(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(*word_at(r, r->place[i % PLACES]));
    }
}

static void cached_load(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(ldl_le_phys_cached(&r->cache, r->place[i % PLACES]));
    }
}

static void plain_store(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        *word_at(r, r->place[i % PLACES]) = (uint32_t)i;
    }
}

static void cached_store(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        stl_le_phys_cached(&r->cache, r->place[i % PLACES], (uint32_t)i);
    }
}

/* What a device does that makes a cache for each request. */
static void make_and_destroy(void *opaque, unsigned long count)
{
    Ring *r = opaque;
    MemoryRegionCache cache;

    for (unsigned long i = 0; i < count; i++) {
        bench_use((uint64_t)address_space_cache_init(&cache, &r->machine.space, 0, RING, true));
        address_space_cache_destroy(&cache);
    }
}

/* ---- A ring ------------------------------------------------------------------------------ *
 *
 * One buffer of a queue: the device reads the buffer's index from the available ring, writes an
 * entry to the used ring, then the used ring's own index, with the fences that the driver relies
 * on. On x86 the fences are no instructions; they only keep the compiler from moving accesses. */

/* Pairs with the driver's release: it wrote the entry before the index that announces it. */
static void after_index(void)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/* The driver must see the entry before the index that announces it. */
static void before_used(void)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void plain_ring(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr slot = i % SLOTS;
        uint32_t head = *half_at(r, 4 + 2 * slot);
        after_index();
        *word_at(r, USED + 4 + 8 * (slot % (SLOTS / 2))) = head;
        *word_at(r, USED + 8 + 8 * (slot % (SLOTS / 2))) = (uint32_t)i;
        before_used();
        *half_at(r, USED + 2) = (uint16_t)i;
    }
}

static void cached_ring(void *opaque, unsigned long count)
{
    Ring *r = opaque;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr slot = i % SLOTS;
        uint32_t head = lduw_le_phys_cached(&r->cache, 4 + 2 * slot);
        after_index();
        stl_le_phys_cached(&r->cache, USED + 4 + 8 * (slot % (SLOTS / 2)), head);
        stl_le_phys_cached(&r->cache, USED + 8 + 8 * (slot % (SLOTS / 2)), (uint32_t)i);
        before_used();
        stw_le_phys_cached(&r->cache, USED + 2, (uint16_t)i);
    }
}

/* ---- All of it -------------------------------------------------------------------------- */

static const struct {
    const char *name;
    BenchBatch *batch;
} cases[] = {
    { "plain load of 4 bytes", plain_load },
    { "cached load of 4 bytes", cached_load },
    { "plain store of 4 bytes", plain_store },
    { "cached store of 4 bytes", cached_store },
    { "cache made and destroyed", make_and_destroy },
    { "plain: a buffer through a ring", plain_ring },
    { "cached: a buffer through a ring", cached_ring },
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* Runs the cases in turn and takes the best time of each. Other work of the host lasts longer than
 * one measurement, so it would otherwise slow down only one of two cases that are compared. */
static void measure(Ring *r)
{
    double best[CASES] = { 0 };

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned c = 0; c < CASES; c++) {
            double ns = bench_time(cases[c].batch, r);
            best[c] = round > 0 && best[c] < ns ? best[c] : ns;
        }
    }
    for (unsigned c = 0; c < CASES; c++) {
        report_add(report_series(cases[c].name, "", "ns"), 1, best[c]);
    }
}

void bench_cache(void)
{
    Ring *r = calloc(1, sizeof(Ring));
    uint32_t random = 11;

    if (!r) {
        abort();
    }
    machine_make(&r->machine, 2);
    for (unsigned i = 0; i < PLACES; i++) {
        r->place[i] = bench_random(&random) % RING & ~(hwaddr)3;
    }
    if (address_space_cache_init(&r->cache, &r->machine.space, 0, RING, true) != RING) {
        abort();
    }
    r->host = r->cache.ptr;
    measure(r);
    address_space_cache_destroy(&r->cache);
    machine_end(&r->machine);
    free(r);
}
