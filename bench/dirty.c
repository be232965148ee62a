/* SPDX-License-Identifier: MIT
 *
 * Measures dirty logging: logged stores, alone and beside another thread; maps, which a harvest
 * has to find; pages marked by RAM address; and harvests of memory of which little or much is
 * dirty, beside a copy of a bitmap of that length.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { GIB_BITS = 30, MARKED_PAGES = 64, MARKING_SIZE = 16 << 20 };

/* ---- Harvests --------------------------------------------------------------------------- */

/* RAM of many GiB that is only reserved: nothing touches it, only its dirty maps. */
typedef struct Guest {
    MemoryContext *context, *before;
    MemoryRegion ram;
    void *host;
    hwaddr size;
    unsigned long apart; /* every apart-th page is dirty; 0: none */
    void *bitmap, *copy;
} Guest;

static void guest_make(Guest *g, long gib)
{
    g->size = (hwaddr)gib << GIB_BITS;
    g->context = memory_context_new(NULL, NULL);
    g->before = memory_context_set_current(g->context);
    g->host = mmap(NULL, g->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g->bitmap = malloc(g->size / BENCH_PAGE / 8);
    g->copy = malloc(g->size / BENCH_PAGE / 8);
    if (g->host == MAP_FAILED || !g->bitmap || !g->copy) {
        abort();
    }
    memset(g->bitmap, 0x55, g->size / BENCH_PAGE / 8);
    memory_region_init_ram_ptr(&g->ram, NULL, "ram", g->size, g->host);
    memory_region_reset_dirty(&g->ram, 0, g->size, DIRTY_MEMORY_VGA);
    memory_region_set_log(&g->ram, true, DIRTY_MEMORY_VGA);
}

static void guest_end(Guest *g)
{
    object_unparent(OBJECT(&g->ram));
    memory_drain();
    memory_context_set_current(g->before);
    memory_context_destroy(g->context, NULL);
    munmap(g->host, g->size);
    free(g->bitmap);
    free(g->copy);
}

static void make_dirty(void *opaque)
{
    Guest *g = opaque;
    const hwaddr step = (hwaddr)g->apart * BENCH_PAGE;

    if (g->apart == 1) {
        memory_region_set_dirty(&g->ram, 0, g->size);
        return;
    }
    for (hwaddr at = 0; g->apart && at < g->size; at += step) {
        memory_region_set_dirty(&g->ram, at, 1);
    }
}

/* Visits every run of dirty pages, as a migration does. */
static void harvest(void *opaque)
{
    Guest *g = opaque;
    DirtyBitmapRun run[64];
    hwaddr at = 0;
    size_t n;
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(&g->ram, 0, g->size, DIRTY_MEMORY_VGA);

    while ((n = memory_region_snapshot_next_runs(&g->ram, snap, &at, g->size, run, 64))) {
        for (size_t i = 0; i < n; i++) {
            bench_use(run[i].addr);
        }
    }
    free(snap);
}

static void harvest_migration(void *opaque)
{
    Guest *g = opaque;

    free(memory_region_snapshot_and_clear_dirty(&g->ram, 0, g->size, DIRTY_MEMORY_MIGRATION));
}

/* The start of a second migration: the dirty map exists already, and all of it is clean. */
static void set_all_dirty(void *opaque)
{
    (void)opaque;
    memory_global_set_all_dirty();
}

static void copy_bitmap(void *opaque)
{
    Guest *g = opaque;

    memcpy(g->copy, g->bitmap, g->size / BENCH_PAGE / 8);
}

static const struct {
    const char *name;
    unsigned long apart;
} densities[] = {
    { "harvest: nothing dirty", 0 },
    { "harvest: 1 page in 10,000 dirty", 10000 },
    { "harvest: 1 page in 100 dirty", 100 },
    { "harvest: everything dirty", 1 },
};

static void bench_harvests(long gib)
{
    Guest guest = { 0 };

    guest_make(&guest, gib);
    for (unsigned i = 0; i < sizeof(densities) / sizeof(densities[0]); i++) {
        guest.apart = densities[i].apart;
        report_add(report_series(densities[i].name, "GiB", "ns"), gib,
                   bench_time_once(make_dirty, harvest, &guest));
    }
    report_add(report_series("everything made dirty at once", "GiB", "ns"), gib,
               bench_time_once(harvest_migration, set_all_dirty, &guest));
    report_add(report_series("bare: copy of a bitmap of the pages", "GiB", "ns"), gib,
               bench_time_once(NULL, copy_bitmap, &guest));
    guest_end(&guest);
}

/* ---- Marking ---------------------------------------------------------------------------- */

typedef struct Marking {
    MemoryContext *context, *before;
    MemoryRegion ram;
    AddressSpace space;
    hwaddr other; /* where the other thread's pages begin */
    int stop;
    int ready;
} Marking;

static void marking_make(Marking *m)
{
    m->context = memory_context_new(NULL, NULL);
    m->before = memory_context_set_current(m->context);
    memory_region_init_ram_nomigrate(&m->ram, NULL, "ram", MARKING_SIZE, NULL);
    address_space_init(&m->space, &m->ram, "space");
    memory_region_reset_dirty(&m->ram, 0, MARKING_SIZE, DIRTY_MEMORY_VGA);
}

static void marking_end(Marking *m)
{
    address_space_destroy(&m->space);
    memory_drain();
    object_unparent(OBJECT(&m->ram));
    memory_drain();
    memory_context_set_current(m->before);
    memory_context_destroy(m->context, NULL);
}

static void store_pages(Marking *m, hwaddr from, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&m->space, from + i % MARKED_PAGES * BENCH_PAGE, (uint32_t)i,
                             MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void mark(void *opaque, unsigned long count)
{
    store_pages(opaque, 0, count);
}

static void map_pages(Marking *m, unsigned long count, bool is_write)
{
    for (unsigned long i = 0; i < count; i++) {
        hwaddr len = BENCH_PAGE;
        void *host = address_space_map(&m->space, i % MARKED_PAGES * BENCH_PAGE, &len, is_write,
                                       MEMTXATTRS_UNSPECIFIED);
        address_space_unmap(&m->space, host, len, is_write, len);
    }
}

static void map_to_read(void *opaque, unsigned long count)
{
    map_pages(opaque, count, false);
}

static void map_to_write(void *opaque, unsigned long count)
{
    map_pages(opaque, count, true);
}

static void *mark_beside(void *opaque)
{
    Marking *m = opaque;

    do {
        store_pages(m, m->other, MARKED_PAGES);
        __atomic_store_n(&m->ready, 1, __ATOMIC_RELEASE);
    } while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED));
    return NULL;
}

static double mark_with_other(Marking *m, hwaddr other)
{
    pthread_t thread;

    m->other = other;
    m->stop = m->ready = 0;
    if (pthread_create(&thread, NULL, mark_beside, m)) {
        abort();
    }
    while (!__atomic_load_n(&m->ready, __ATOMIC_ACQUIRE)) {
    }
    double value = bench_time(mark, m);
    __atomic_store_n(&m->stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    return value;
}

/* The other thread writes to the same or to other pages, but never to the same bytes. */
static void bench_marking(void)
{
    Marking m = { 0 };

    marking_make(&m);
    report_add(report_series("store over 64 pages, not logged", "", "ns"), 1,
               bench_time(mark, &m));
    report_add(report_series("page mapped for reading and unmapped", "", "ns"), 1,
               bench_time(map_to_read, &m));
    report_add(report_series("page mapped for writing and unmapped", "", "ns"), 1,
               bench_time(map_to_write, &m));
    memory_region_set_log(&m.ram, true, DIRTY_MEMORY_VGA);
    report_add(report_series("store over 64 pages, logged", "", "ns"), 1, bench_time(mark, &m));
    report_add(report_series("logged, a thread on other pages", "", "ns"), 1,
               mark_with_other(&m, MARKING_SIZE / 2));
    report_add(report_series("logged, a thread on the same pages", "", "ns"), 1,
               mark_with_other(&m, BENCH_PAGE / 2));
    marking_end(&m);
}

/* ---- By RAM address, among blocks --------------------------------------------------------- */

enum { BLOCK_SIZE = 64 * BENCH_PAGE, MOST_BLOCKS = 10000 };

typedef struct Blocks {
    RAMBlock *block[MOST_BLOCKS];
    unsigned long count;
    uint32_t state;
} Blocks;

static void mark_in_blocks(void *opaque, unsigned long count)
{
    Blocks *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        RAMBlock *rb = b->block[bench_random(&b->state) % b->count];

        cpu_physical_memory_set_dirty_range(qemu_ram_get_offset(rb) + i % 64 * BENCH_PAGE,
                                            BENCH_PAGE, 1 << DIRTY_MEMORY_VGA);
    }
}

/* Marks single pages by RAM address among 'count' blocks, as an accelerator does. */
static void bench_blocks(unsigned long count)
{
    MemoryContext *context = memory_context_new(NULL, NULL);
    MemoryContext *before = memory_context_set_current(context);
    Blocks *b = calloc(1, sizeof(*b));
    uint8_t *host = mmap(NULL, count * BLOCK_SIZE, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (!b || host == MAP_FAILED) {
        abort();
    }
    for (; b->count < count; b->count++) {
        b->block[b->count] =
            qemu_ram_alloc_from_ptr(BLOCK_SIZE, host + b->count * BLOCK_SIZE, NULL, &error_abort);
    }
    cpu_physical_memory_test_and_clear_dirty(0, count * BLOCK_SIZE, DIRTY_MEMORY_VGA);
    report_add(report_series("page marked by RAM address, among N blocks", "N", "ns"), (long)count,
               bench_time(mark_in_blocks, b));
    while (b->count > 0) {
        qemu_ram_free(b->block[--b->count]);
    }
    memory_context_set_current(before);
    memory_context_destroy(context, NULL);
    munmap(host, count * BLOCK_SIZE);
    free(b);
}

void bench_dirty(void)
{
    bench_marking();
    for (unsigned i = 0; i < bench_size_count && bench_sizes[i] <= MOST_BLOCKS; i++) {
        bench_blocks((unsigned long)bench_sizes[i]);
    }
    bench_harvests(1);
    bench_harvests(1024);
}
