/* SPDX-License-Identifier: MIT
 *
 * The caches of costs.h: accesses by the inline forms, and a cache that lives for one request.
 */
#include <stdlib.h>

#include "costs.h"
#include "machine.h"

enum { COUNT = 2000 };

/* Two ranges beside each other, in different pieces of the space (src/view/age.h). */
enum { PIECE = 0x200000, LEFT = 16 * PIECE };

typedef struct Cached {
    Machine machine;
    MemoryRegionCache cache;
    hwaddr at; /* of the caches that are made and destroyed */
    MemoryRegion left, right;
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
        bench_use((uint64_t)address_space_cache_init(&cache, &c->machine.space, c->at, BENCH_PAGE,
                                                     true));
        address_space_cache_destroy(&cache);
    }
}

/* The thread knows the left range from before the right one has come. */
static void count_beside_a_change(Cached *c)
{
    memory_region_init_ram_nomigrate(&c->left, NULL, "left", PIECE, NULL);
    memory_region_init_ram_nomigrate(&c->right, NULL, "right", PIECE, NULL);
    memory_region_add_subregion(&c->machine.root, LEFT, &c->left);
    c->at = LEFT;
    make_and_destroy(c, 2);
    memory_region_add_subregion(&c->machine.root, LEFT + PIECE, &c->right);
    costs_count("cache made, after a change beside", make_and_destroy, c, COUNT);
    memory_region_del_subregion(&c->machine.root, &c->right);
    memory_region_del_subregion(&c->machine.root, &c->left);
    memory_drain();
    object_unparent(OBJECT(&c->right));
    object_unparent(OBJECT(&c->left));
}

void costs_cache(void)
{
    Cached c = { .at = 0 };

    machine_make(&c.machine, 2);
    if (address_space_cache_init(&c.cache, &c.machine.space, 0, BENCH_PAGE, true) != BENCH_PAGE) {
        abort();
    }
    costs_count("cached load", load, &c, COUNT);
    costs_count("cached store", store, &c, COUNT);
    costs_count("cache made and destroyed", make_and_destroy, &c, COUNT);
    count_beside_a_change(&c);
    address_space_cache_destroy(&c.cache);
    machine_end(&c.machine);
}
