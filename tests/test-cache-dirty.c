/* SPDX-License-Identifier: MIT
 *
 * A store through a cache marks pages dirty at once, for the clients that log the region at that
 * moment. With MEMORY_QUIRK_UNMARKED_CACHE, as in the original, only
 * address_space_cache_invalidate() marks them (specification 13.1).
 */
#include "dirty-support.h"

#define ANY MEMTXATTRS_UNSPECIFIED

static const MemoryContextOptions unmarked = { .quirks = MEMORY_QUIRK_UNMARKED_CACHE };

static void machine_setup_unmarked(Machine *m, gconstpointer data)
{
    (void)data;
    machine_setup(m, &unmarked);
}

static void cache_open(MemoryRegionCache *cache, AddressSpace *as, hwaddr addr, hwaddr len)
{
    g_assert_cmpint(address_space_cache_init(cache, as, addr, len, true), ==, (int64_t)len);
    g_assert_nonnull(cache->ptr);
}

/* ---- Ways to store ------------------------------------------------------------------------- *
 *
 * Each stores at PAGE - 4 of a cache that begins at page 1. */

#define WAY_OF_STORE(name, type)                                                                  \
    static void do_##name(MemoryRegionCache *c, hwaddr addr)                                      \
    {                                                                                             \
        address_space_##name##_cached(c, addr, (type)0x1234, ANY, NULL);                          \
    }                                                                                             \
    static void do_##name##_phys(MemoryRegionCache *c, hwaddr addr)                               \
    {                                                                                             \
        name##_phys_cached(c, addr, (type)0x1234);                                                \
    }
WAY_OF_STORE(stb, uint8_t)
WAY_OF_STORE(stw, uint16_t)
WAY_OF_STORE(stw_le, uint16_t)
WAY_OF_STORE(stw_be, uint16_t)
WAY_OF_STORE(stl, uint32_t)
WAY_OF_STORE(stl_le, uint32_t)
WAY_OF_STORE(stl_be, uint32_t)
WAY_OF_STORE(stq, uint64_t)
WAY_OF_STORE(stq_le, uint64_t)
WAY_OF_STORE(stq_be, uint64_t)

static void do_block(MemoryRegionCache *c, hwaddr addr)
{
    uint8_t buf[5] = { 1 };
    g_assert_cmphex(address_space_write_cached(c, addr, buf, sizeof(buf)), ==, MEMTX_OK);
}

static void do_long_block(MemoryRegionCache *c, hwaddr addr)
{
    g_autofree uint8_t *buf = g_malloc0(2 * PAGE);
    g_assert_cmphex(address_space_write_cached(c, addr, buf, 2 * PAGE), ==, MEMTX_OK);
}

static void do_empty_block(MemoryRegionCache *c, hwaddr addr)
{
    g_assert_cmphex(address_space_write_cached(c, addr, "", 0), ==, MEMTX_OK);
}

static void do_load(MemoryRegionCache *c, hwaddr addr)
{
    address_space_ldq_cached(c, addr, ANY, NULL);
}

static const struct Way {
    const char *name;
    void (*go)(MemoryRegionCache *c, hwaddr addr);
    const char *marks;
} ways[] = {
    { "stb", do_stb, "1" },
    { "stb-phys", do_stb_phys, "1" },
    { "stw", do_stw, "1" },
    { "stw-phys", do_stw_phys, "1" },
    { "stw_le", do_stw_le, "1" },
    { "stw_le-phys", do_stw_le_phys, "1" },
    { "stw_be", do_stw_be, "1" },
    { "stw_be-phys", do_stw_be_phys, "1" },
    { "stl", do_stl, "1" },
    { "stl-phys", do_stl_phys, "1" },
    { "stl_le", do_stl_le, "1" },
    { "stl_le-phys", do_stl_le_phys, "1" },
    { "stl_be", do_stl_be, "1" },
    { "stl_be-phys", do_stl_be_phys, "1" },
    { "stq", do_stq, "1-2" },
    { "stq-phys", do_stq_phys, "1-2" },
    { "stq_le", do_stq_le, "1-2" },
    { "stq_le-phys", do_stq_le_phys, "1-2" },
    { "stq_be", do_stq_be, "1-2" },
    { "stq_be-phys", do_stq_be_phys, "1-2" },
    { "block", do_block, "1-2" },
    { "long-block", do_long_block, "1-3" },
    { "empty-block", do_empty_block, "" },
    { "load", do_load, "" },
};

/* Logging that began after the cache was made counts, too. */
static void marks(Machine *m, gconstpointer data)
{
    const struct Way *way = data;
    Stage s = stage_new(m, 6);
    MemoryRegionCache c;

    cache_open(&c, s.as, PAGE, 4 * PAGE);
    clean_all(s.ram);
    way->go(&c, PAGE - 4);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "");
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    way->go(&c, PAGE - 4);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, way->marks);
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_start();
    way->go(&c, PAGE - 4);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, way->marks);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, way->marks);
    assert_dirty(s.ram, DIRTY_MEMORY_CODE, "");
    memory_region_set_log(s.ram, false, DIRTY_MEMORY_VGA);
    way->go(&c, PAGE - 4);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "");
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, way->marks);
    memory_global_dirty_log_stop();
    way->go(&c, PAGE - 4);
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    address_space_cache_destroy(&c);
}

static void marks_nothing(Machine *m, gconstpointer data)
{
    const struct Way *way = data;
    Stage s = stage_new(m, 6);
    MemoryRegionCache c;

    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    memory_global_dirty_log_start();
    cache_open(&c, s.as, PAGE, 4 * PAGE);
    clean_all(s.ram);
    way->go(&c, PAGE - 4);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "");
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    address_space_cache_invalidate(&c, PAGE - 4, 8);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "1-2");
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "1-2");
    memory_global_dirty_log_stop();
    address_space_cache_destroy(&c);
}

/* ---- What is logged where --------------------------------------------------------------- */

/* A store through a window marks the region's page, not the page at the same address of the
 * space. */
static void through_a_window(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 6);
    MemoryRegionCache c;

    (void)data;
    memory_region_add_subregion(s.root, 0x100000, window_new(m, "w", s.ram, 3 * PAGE, 2 * PAGE));
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(s.ram);
    cache_open(&c, s.as, 0x100000 + PAGE, PAGE);
    stl_le_phys_cached(&c, 8, 1);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "4");
    address_space_cache_destroy(&c);
}

/* A region that is not logged is not marked because another one is. A region that is made while
 * all regions are logged is marked. */
static void regions_are_apart(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    MemoryRegion *plain = ram_new(m, "plain", PAGE);
    MemoryRegionCache quiet, late;

    (void)data;
    memory_region_add_subregion(s.root, 0x100000, plain);
    clean_all(plain);
    cache_open(&quiet, s.as, 0x100000, PAGE);
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    memory_global_dirty_log_start();
    stb_phys_cached(&quiet, 0, 1);
    assert_dirty(plain, DIRTY_MEMORY_VGA, "");
    assert_dirty(plain, DIRTY_MEMORY_MIGRATION, "");

    MemoryRegion *more = migratable_new(m, "more", PAGE);
    memory_region_add_subregion(s.root, 0x200000, more);
    clean_all(more);
    cache_open(&late, s.as, 0x200000, PAGE);
    stb_phys_cached(&late, 0, 1);
    assert_dirty(more, DIRTY_MEMORY_MIGRATION, "0");
    memory_global_dirty_log_stop();
    address_space_cache_destroy(&quiet);
    address_space_cache_destroy(&late);
}

typedef struct Translator {
    unsigned calls;
    ram_addr_t start;
} Translator;

static void invalidate_code(ram_addr_t start, ram_addr_t length, void *opaque)
{
    Translator *t = opaque;

    g_assert_cmphex(length, ==, PAGE);
    t->start = start;
    t->calls++;
}

/* The hook is called once, by the store that makes the page dirty. */
static void tells_of_code(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 4);
    Translator t = { 0 };
    MemoryRegionCache c;

    (void)data;
    cache_open(&c, s.as, 2 * PAGE, PAGE);
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .translates_code = true,
                                                            .invalidate_code = invalidate_code,
                                                            .opaque = &t });
    stl_le_phys_cached(&c, 0, 1);
    g_assert_cmpuint(t.calls, ==, 0); /* new RAM is dirty for all clients already */
    clean_all(s.ram);
    stl_le_phys_cached(&c, 0, 1);
    stl_le_phys_cached(&c, 4, 1);
    g_assert_cmpuint(t.calls, ==, 1);
    g_assert_cmphex(t.start, ==, memory_region_get_ram_addr(s.ram) + 2 * PAGE);
    memory_context_set_hooks(m->ctx, NULL);
    address_space_cache_destroy(&c);
}

/* The library does not see stores through the pointer itself: the caller marks them. */
static void pointer_needs_invalidate(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 4);
    MemoryRegionCache c;

    (void)data;
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(s.ram);
    cache_open(&c, s.as, PAGE, 2 * PAGE);
    ((uint8_t *)c.ptr)[PAGE] = 1;
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "");
    address_space_cache_invalidate(&c, PAGE, 1);
    assert_dirty(s.ram, DIRTY_MEMORY_VGA, "2");
    address_space_cache_destroy(&c);
}

static void add_ways(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/cache-dirty/marks/%s", ways[i].name);
        g_autofree char *quirk = g_strdup_printf("/cache-dirty/quirk/%s", ways[i].name);
        g_test_add(path, Machine, &ways[i], machine_setup_plain, marks, machine_teardown);
        g_test_add(quirk, Machine, &ways[i], machine_setup_unmarked, marks_nothing,
                   machine_teardown);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_ways();
    TEST("/cache-dirty/window", through_a_window);
    TEST("/cache-dirty/regions-are-apart", regions_are_apart);
    TEST("/cache-dirty/code", tells_of_code);
    TEST("/cache-dirty/pointer-needs-invalidate", pointer_needs_invalidate);
    return g_test_run();
}
