/* SPDX-License-Identifier: MIT
 *
 * Access counters of a region: which accesses count, and how counting is enabled and disabled at
 * any time.
 */
#include <physmem/cache.h>
#include <string.h>

#include "crew.h"
#include "probe.h"

/* The counters as "reads/bytes writes/bytes refused", or "off". */
static char *counts_text(MemoryRegion *mr)
{
    MemoryRegionCounts c;

    if (!memory_region_get_counts(mr, &c)) {
        g_assert_cmpuint(c.reads | c.writes | c.bytes_read | c.bytes_written | c.refused, ==, 0);
        return g_strdup("off");
    }
    return g_strdup_printf("%" PRIu64 "/%" PRIu64 " %" PRIu64 "/%" PRIu64 " %" PRIu64, c.reads,
                           c.bytes_read, c.writes, c.bytes_written, c.refused);
}

#define assert_counts(mr, want)                                                                   \
    do {                                                                                          \
        g_autofree char *counts_now = counts_text(mr);                                            \
        g_assert_cmpstr(counts_now, ==, want);                                                    \
    } while (0)

typedef struct Stage {
    MemoryRegion *root, *ram;
    Probe *p;
    AddressSpace *as;
} Stage;

/* RAM at 0 and a device of 16 bytes at 0x1000. */
static Stage stage_new(Machine *m)
{
    Stage s;

    s.as = probe_space(m, &s.root);
    s.ram = ram_at(m, s.root, 0, "ram");
    s.p = probe_new_plain(m, "d", 0x10);
    memory_region_add_subregion(s.root, 0x1000, &s.p->mr);
    return s;
}

static void off_at_first(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    address_space_ldl_le(s.as, 0, ANY, NULL);
    assert_counts(s.ram, "off");
    memory_region_set_counting(s.ram, false);
    assert_counts(s.ram, "off");
    memory_region_set_counting(s.ram, true);
    assert_counts(s.ram, "0/0 0/0 0");
}

static void memory_counts(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    uint8_t buf[32] = { 0 };

    (void)data;
    memory_region_set_counting(s.ram, true);
    address_space_ldl_le(s.as, 0, ANY, NULL);
    address_space_ldub(s.as, 1, ANY, NULL);
    assert_counts(s.ram, "2/5 0/0 0");
    address_space_stq_le(s.as, 0, 1, ANY, NULL);
    address_space_write(s.as, 0x100, ANY, buf, sizeof(buf));
    address_space_read(s.as, 0x100, ANY, buf, 3);
    address_space_write_rom(s.as, 0x100, ANY, buf, 5);
    assert_counts(s.ram, "3/8 3/45 0");
}

/* A transfer over several regions counts in each region what it did there. */
static void parts_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    uint8_t buf[0x20] = { 0 };

    (void)data;
    memory_region_set_counting(s.ram, true);
    memory_region_set_counting(&s.p->mr, true);
    address_space_write(s.as, 0xff0, ANY, buf, 0x20);
    assert_counts(s.ram, "0/0 1/16 0");
    assert_counts(&s.p->mr, "0/0 2/16 0");
    address_space_ldl_le(s.as, 0xffe, ANY,
                         NULL); /* an access that crosses into the device does not call it */
    assert_counts(s.ram, "1/2 1/16 0");
    assert_counts(&s.p->mr, "0/0 2/16 0");
}

static void devices_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *mr = &s.p->mr;
    uint64_t val;

    (void)data;
    memory_region_set_counting(mr, true);
    address_space_ldl_le(s.as, 0x1000, ANY, NULL);
    address_space_stw_le(s.as, 0x1000, 7, ANY, NULL);
    memory_region_dispatch_read(mr, 8, &val, MO_LEQ, ANY);
    assert_counts(mr, "2/12 1/2 0");
    address_space_ldl_le(s.as, 0x1002, ANY, NULL); /* unaligned */
    address_space_stb(s.as, 0x1000, 7, (MemTxAttrs){ .memory = 1 }, NULL);
    assert_counts(mr, "2/12 1/2 2");
    address_space_access_valid(s.as, 0x1002, 4, false, ANY);
    assert_counts(mr, "2/12 1/2 2");
}

static void note_counts(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    g_autofree char *counts = counts_text(&p->mr);

    (void)addr;
    (void)size;
    (void)is_write;
    g_string_append_printf(p->opaque, "%s; ", counts);
}

/* A device that reads its counters in a callback finds the access that called it counted. */
static void callback_is_counted(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    g_autoptr(GString) seen = g_string_new(NULL);

    (void)data;
    memory_region_set_counting(&s.p->mr, true);
    s.p->hook = note_counts;
    s.p->opaque = seen;
    address_space_ldl_le(s.as, 0x1000, ANY, NULL);
    address_space_stw_le(s.as, 0x1000, 7, ANY, NULL);
    g_assert_cmpstr(seen->str, ==, "1/4 0/0 0; 1/4 1/2 0; ");
}

/* An access of a device to itself is refused, and counts as refused. */
static void come_back(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr;
    (void)size;
    (void)is_write;
    address_space_ldub(p->opaque, 0x1000, ANY, NULL);
}

static void refusals_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_set_counting(&s.p->mr, true);
    memory_region_set_counting(s.ram, true);
    s.p->hook = come_back;
    s.p->opaque = s.as;
    address_space_ldub(s.as, 0x1000, ANY, NULL);
    assert_counts(&s.p->mr, "1/1 0/0 1");
    memory_region_set_readonly(s.ram, true);
    address_space_stb(s.as, 0, 1, ANY, NULL);
    assert_counts(s.ram, "0/0 0/0 1");
}

static void maps_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    hwaddr len = 0x40, want = 0x20;

    (void)data;
    memory_region_set_counting(s.ram, true);
    void *p = address_space_map(s.as, 0, &len, false, ANY);
    assert_counts(s.ram, "1/64 0/0 0");
    void *q = address_space_map(s.as, 0x100, &want, true, ANY);
    assert_counts(s.ram, "1/64 0/0 0");
    address_space_unmap(s.as, p, len, false, len);
    address_space_unmap(s.as, q, want, true, 5);
    assert_counts(s.ram, "1/64 1/5 0");
}

static void caches_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegionCache cache = MEMORY_REGION_CACHE_INVALID;

    (void)data;
    memory_region_set_counting(s.ram, true);
    memory_region_set_counting(&s.p->mr, true);
    address_space_cache_init(&cache, s.as, 0, 0x10, false);
    address_space_ldl_le_cached(&cache, 4, ANY, NULL);
    address_space_cache_destroy(&cache);
    address_space_cache_init(&cache, s.as, 0x1000, 0x10, false);
    address_space_ldl_le_cached(&cache, 4, ANY, NULL);
    address_space_cache_destroy(&cache);
    assert_counts(s.ram, "1/4 0/0 0");
    assert_counts(&s.p->mr, "1/4 0/0 0");
}

/* Stores through a cache's pointer count when invalidate is told of them, and only then, whenever
 * the cache was made. Stores through a cache without a pointer count at once. Loads through a
 * pointer count only if counting was enabled when the cache was made. */
static void cached_writes_count_once(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegionCache early, late, device;
    uint8_t buf[0x10] = { 0 };

    (void)data;
    address_space_cache_init(&early, s.as, 0, 0x10, true);
    memory_region_set_counting(s.ram, true);
    memory_region_set_counting(&s.p->mr, true);
    address_space_cache_init(&late, s.as, 0, 0x10, true);
    address_space_cache_init(&device, s.as, 0x1000, 0x10, true);
    address_space_ldl_le_cached(&early, 0, ANY, NULL);
    address_space_stl_le_cached(&early, 0, 1, ANY, NULL);
    address_space_write_cached(&late, 0, buf, 0x10);
    assert_counts(s.ram, "0/0 0/0 0");
    address_space_cache_invalidate(&early, 0, 4);
    address_space_cache_invalidate(&late, 0, 0x10);
    assert_counts(s.ram, "0/0 2/20 0");
    address_space_write_cached(&device, 0, buf, 8);
    address_space_cache_invalidate(&device, 0, 8);
    assert_counts(&s.p->mr, "0/0 1/8 0");
    address_space_cache_destroy(&early);
    address_space_cache_destroy(&late);
    address_space_cache_destroy(&device);
}

static void begins_anew(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_set_counting(s.ram, true);
    memory_region_set_counting(s.ram, true);
    address_space_ldub(s.as, 0, ANY, NULL);
    memory_region_set_counting(s.ram, false);
    assert_counts(s.ram, "off");
    address_space_ldub(s.as, 0, ANY, NULL);
    memory_region_set_counting(s.ram, true);
    assert_counts(s.ram, "0/0 0/0 0");
    address_space_ldub(s.as, 0, ANY, NULL);
    assert_counts(s.ram, "1/1 0/0 0");
}

/* A context stops counting when the last counted region ends. */
static void ends_with_the_region(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *gone = ram_new(m, "gone", 0x1000);

    (void)data;
    memory_region_set_counting(gone, true);
    region_drop(m, gone);
    memory_region_set_counting(s.ram, true);
    memory_region_set_counting(s.ram, false);
    address_space_ldub(s.as, 0, ANY, NULL);
    assert_counts(s.ram, "off");
}

/* Another watcher of reads is still called. */
static void count_reads(size_t addr, size_t len, MemoryRegion *mr, void *opaque)
{
    (void)addr;
    (void)mr;
    *(size_t *)opaque += len;
}

static void beside_the_hook(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    size_t heard = 0;
    MemoryContextHooks hooks = { .dma_read = count_reads, .opaque = &heard };

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    address_space_ldl_le(s.as, 0, ANY, NULL);
    g_assert_cmpuint(heard, ==, 4);
    memory_region_set_counting(s.ram, true);
    address_space_ldl_le(s.as, 0, ANY, NULL);
    g_assert_cmpuint(heard, ==, 8);
    assert_counts(s.ram, "1/4 0/0 0");
    memory_context_set_hooks(m->ctx, NULL);
    address_space_ldl_le(s.as, 0, ANY, NULL);
    assert_counts(s.ram, "2/8 0/0 0");
    g_assert_cmpuint(heard, ==, 8);
}

/* ---- Threads ---------------------------------------------------------------------------- */

enum { ROUNDS = 20000 };

static gpointer load_and_store(gpointer data)
{
    AddressSpace *as = data;

    for (unsigned i = 0; i < ROUNDS; i++) {
        address_space_ldl_le(as, 0, ANY, NULL);
        address_space_stw_le(as, 8, 1, ANY, NULL);
    }
    return NULL;
}

static void none_is_lost(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    GThread *thread[3];

    (void)data;
    memory_region_set_counting(s.ram, true);
    for (unsigned i = 0; i < 3; i++) {
        thread[i] = g_thread_new("counted", load_and_store, s.as);
    }
    for (unsigned i = 0; i < 3; i++) {
        g_thread_join(thread[i]);
    }
    assert_counts(s.ram, "60000/240000 60000/120000 0");
}

static gpointer load_until_the_end(gpointer data)
{
    Crew *c = data;

    while (crew_goes_on(c)) {
        address_space_ldl_le(c->as, 0, ANY, NULL);
        address_space_stb(c->as, 0x1000, 1, ANY, NULL);
    }
    return NULL;
}

static uint64_t nothing_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    return 0;
}

static void nothing_written(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)val;
    (void)size;
}

static const MemoryRegionOps quiet_ops = { .read = nothing_read, .write = nothing_written };

static void switched_under_load(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Crew crew = { .machine = m, .as = s.as };

    (void)data;
    s.p->mr.ops = &quiet_ops;
    crew_start(&crew, load_until_the_end, &crew);
    crew_start(&crew, load_until_the_end, &crew);
    for (Clock k = clock_start(); clock_runs(&k);) {
        MemoryRegionCounts c;
        memory_region_set_counting(s.ram, true);
        memory_region_set_counting(&s.p->mr, true);
        g_thread_yield();
        g_assert_true(memory_region_get_counts(s.ram, &c));
        memory_region_set_counting(s.ram, false);
        memory_region_set_counting(&s.p->mr, false);
    }
    crew_end(&crew);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/counters/off-at-first", off_at_first);
    TEST("/counters/memory", memory_counts);
    TEST("/counters/parts", parts_count);
    TEST("/counters/devices", devices_count);
    TEST("/counters/seen-in-the-callback", callback_is_counted);
    TEST("/counters/refusals", refusals_count);
    TEST("/counters/maps", maps_count);
    TEST("/counters/caches", caches_count);
    TEST("/counters/cached-writes", cached_writes_count_once);
    TEST("/counters/begins-anew", begins_anew);
    TEST("/counters/ends-with-the-region", ends_with_the_region);
    TEST("/counters/beside-the-hook", beside_the_hook);
    TEST("/counters/none-is-lost", none_is_lost);
    TEST("/counters/switched-under-load", switched_under_load);
    return g_test_run();
}
