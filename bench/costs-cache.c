/* SPDX-License-Identifier: MIT
 *
 * The caches of costs.h: accesses by the inline forms, and a cache that lives for one request.
 */
#include <stdlib.h>

#include "costs.h"
#include "machine.h"

enum { COUNT = 2000 };

typedef struct Cached {
    Machine machine;
    MemoryRegionCache cache;
} Cached;

static void load(void *opaque, unsigned long count)
{
    Cached *c = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(ldl_le_phys_cached(&c->cache, i % 64 * 4));
    }
}

static void store(void *opaque, unsigned long count)
{
    Cached *c = opaque;

    for (unsigned long i = 0; i < count; i++) {
        stl_le_phys_cached(&c->cache, i % 64 * 4, (uint32_t)i);
    }
}

static void make_and_destroy(void *opaque, unsigned long count)
{
    Cached *c = opaque;
    MemoryRegionCache cache;

    for (unsigned long i = 0; i < count; i++) {
        bench_use((uint64_t)address_space_cache_init(&cache, &c->machine.space, 0, BENCH_PAGE,
                                                     true));
        address_space_cache_destroy(&cache);
    }
}

void costs_cache(void)
{
    Cached c;

    machine_make(&c.machine, 2);
    if (address_space_cache_init(&c.cache, &c.machine.space, 0, BENCH_PAGE, true) != BENCH_PAGE) {
        abort();
    }
    costs_count("cached load", load, &c, COUNT);
    costs_count("cached store", store, &c, COUNT);
    costs_count("cache made and destroyed", make_and_destroy, &c, COUNT);
    address_space_cache_destroy(&c.cache);
    machine_end(&c.machine);
}
