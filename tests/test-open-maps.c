/* SPDX-License-Identifier: MIT
 *
 * Open maps for writing: as long as they are open, each harvest finds their pages dirty, because a
 * device may write to them at any time (specification sections 12, 17.2).
 */
#include "crew.h"
#include "dirty-support.h"
#include "ram-support.h"

#define ANY MEMTXATTRS_UNSPECIFIED

static uint8_t *open_map(AddressSpace *as, hwaddr addr, hwaddr len, bool is_write)
{
    hwaddr got = len;
    uint8_t *host = address_space_map(as, addr, &got, is_write, ANY);

    g_assert_nonnull(host);
    g_assert_cmphex(got, ==, len);
    return host;
}

static Stage logged_stage(Machine *m, unsigned pages)
{
    Stage s = stage_new(m, pages);

    memory_global_dirty_log_start();
    clean_all(s.ram);
    return s;
}

/* ---- One map ---------------------------------------------------------------------------- */

static void dirty_at_each(Machine *m, gconstpointer data)
{
    Stage s = logged_stage(m, 100);
    uint8_t *host = open_map(s.as, 3 * PAGE + 8, 2 * PAGE, true);

    (void)data;
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3-5");
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3-5");
    address_space_stb(s.as, 70 * PAGE, 1, ANY, NULL);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3-5 70");
    address_space_unmap(s.as, host, 2 * PAGE, true, 8);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3");
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    host = open_map(s.as, 3 * PAGE, PAGE, true);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3");
    address_space_unmap(s.as, host, PAGE, true, 0);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_stop();
}

/* The map is opened before logging is switched on, and closed after it is switched off. */
static void older_than_logging(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 10);

    (void)data;
    clean_all(s.ram);
    uint8_t *host = open_map(s.as, 3 * PAGE, PAGE, true);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, "");
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, "3");
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_start();
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3");
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, "3");
    memory_global_dirty_log_stop();
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_region_set_log(s.ram, false, DIRTY_MEMORY_VGA);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, "");
    address_space_unmap(s.as, host, PAGE, true, PAGE);
    assert_harvest(s.ram, DIRTY_MEMORY_VGA, "");
}

/* Each call that takes and clears dirty pages finds the map. */
static void each_kind_of_harvest(Machine *m, gconstpointer data)
{
    Stage s = logged_stage(m, 10);
    uint8_t *host = open_map(s.as, 3 * PAGE, PAGE, true);
    ram_addr_t base = memory_region_get_ram_addr(s.ram);
    const unsigned client = DIRTY_MEMORY_MIGRATION;

    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        DirtyBitmapSnapshot *snap =
            cpu_physical_memory_snapshot_and_clear_dirty(s.ram, 0, 10 * PAGE, client);
        assert_snapshot(s.ram, snap, "3");
        free(snap);
        g_assert_true(memory_region_test_and_clear_dirty(s.ram, 0, 10 * PAGE, client));
        g_assert_true(memory_region_test_and_clear_dirty(s.ram, 3 * PAGE + 7, 1, client));
        g_assert_true(cpu_physical_memory_test_and_clear_dirty(base, 4 * PAGE, client));
        g_assert_false(memory_region_test_and_clear_dirty(s.ram, 0, 3 * PAGE, client));
        g_assert_false(memory_region_test_and_clear_dirty(s.ram, 4 * PAGE, 6 * PAGE, client));
        memory_region_reset_dirty(s.ram, 0, 10 * PAGE, client);
        assert_dirty(s.ram, client, "");
    }
    address_space_unmap(s.as, host, PAGE, true, 0);
    memory_global_dirty_log_stop();
}

/* A map for reading is not dirty. Nor is a bounce buffer, which is written when it is unmapped. */
static void others_are_not(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 10);
    MemoryRegion *rom = migratable_new(m, "rom", 2 * PAGE);

    (void)data;
    memory_region_add_subregion(s.root, 0x100000, rom);
    memory_region_set_readonly(rom, true);
    memory_global_dirty_log_start();
    clean_all(s.ram);
    clean_all(rom);
    uint8_t *read = open_map(s.as, 3 * PAGE, PAGE, false);
    uint8_t *bounce = open_map(s.as, 0x100000, 16, true);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    assert_harvest(rom, DIRTY_MEMORY_MIGRATION, "");
    address_space_unmap(s.as, read, PAGE, false, PAGE);
    address_space_unmap(s.as, bounce, 16, true, 16);
    memory_global_dirty_log_stop();
}

/* Pages stay clean for CODE until the map is closed; then the translator is told. */
static void not_for_code(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 10);

    (void)data;
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .translates_code = true });
    uint8_t *host = open_map(s.as, 3 * PAGE, PAGE, true);
    clean_all(s.ram);
    g_assert_false(memory_region_test_and_clear_dirty(s.ram, 0, 10 * PAGE, DIRTY_MEMORY_CODE));
    address_space_unmap(s.as, host, PAGE, true, 1);
    assert_dirty(s.ram, DIRTY_MEMORY_CODE, "3");
    memory_context_set_hooks(m->ctx, NULL);
}

/* If unmap is given another length than was mapped, it closes the shortest map that begins
 * there. */
static void length_is_wrong(Machine *m, gconstpointer data)
{
    Stage s = logged_stage(m, 20);
    uint8_t *host = open_map(s.as, 3 * PAGE, 9 * PAGE, true);

    (void)data;
    g_assert_true(open_map(s.as, 3 * PAGE, PAGE, true) == host);
    address_space_unmap(s.as, host, 5 * PAGE, true, 0);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3-11");
    address_space_unmap(s.as, host, 5 * PAGE, true, 0);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_stop();
}

/* Two blocks share memory: each is dirty only where it was mapped itself. */
static void shared_memory(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 1);
    g_autofree uint8_t *memory = g_malloc0(8 * PAGE);
    MemoryRegion *twin[2];

    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        twin[i] = g_new0(MemoryRegion, 1);
        g_ptr_array_add(m->regions, twin[i]);
        memory_region_init_ram_ptr(twin[i], NULL, i ? "b" : "a", 8 * PAGE, memory);
        memory_region_add_subregion(s.root, 0x100000 + i * 0x100000, twin[i]);
        memory_region_set_log(twin[i], true, DIRTY_MEMORY_VGA);
        clean_all(twin[i]);
    }
    uint8_t *a = open_map(s.as, 0x100000 + 2 * PAGE, PAGE, true);
    uint8_t *b = open_map(s.as, 0x200000 + 2 * PAGE, 2 * PAGE, true);
    uint8_t *r = open_map(s.as, 0x200000, PAGE, false);
    for (unsigned i = 0; i < 2; i++) {
        assert_harvest(twin[0], DIRTY_MEMORY_VGA, "2");
        assert_harvest(twin[1], DIRTY_MEMORY_VGA, "2-3");
        g_assert_false(memory_region_test_and_clear_dirty(twin[1], 0, 2 * PAGE, DIRTY_MEMORY_VGA));
    }
    address_space_unmap(s.as, b, 2 * PAGE, true, 0);
    address_space_unmap(s.as, r, PAGE, false, 0);
    assert_harvest(twin[0], DIRTY_MEMORY_VGA, "2");
    assert_harvest(twin[1], DIRTY_MEMORY_VGA, "");
    address_space_unmap(s.as, a, PAGE, true, 0);
    assert_harvest(twin[0], DIRTY_MEMORY_VGA, "");
    for (unsigned i = 0; i < 2; i++) {
        region_undo(m, twin[i]);
    }
}

/* Pairs of blocks that share a part of their memory, found in several orders. A map of a shared
 * page belongs to the block through which it was made. */
static void shared_in_part(Machine *m, gconstpointer data)
{
    static const struct {
        hwaddr first, pages, mapped, length; /* in pages */
        const char *dirty;
    } parts[] = {
        { 20, 8, 4, 1, "4" }, { 24, 8, 0, 2, "0-1" }, { 40, 8, 0, 1, "0" }, { 36, 8, 4, 2, "4-5" },
        { 8, 8, 0, 1, "0" },  { 4, 8, 4, 2, "4-5" },  { 16, 3, 0, 1, "0" },
    };
    Stage s = stage_new(m, 1);
    g_autofree uint8_t *memory = g_malloc0(48 * PAGE);
    MemoryRegion *part[G_N_ELEMENTS(parts)];
    uint8_t *host[G_N_ELEMENTS(parts)];

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        part[i] = g_new0(MemoryRegion, 1);
        g_ptr_array_add(m->regions, part[i]);
        memory_region_init_ram_ptr(part[i], NULL, "part", parts[i].pages * PAGE,
                                   memory + parts[i].first * PAGE);
        memory_region_add_subregion(s.root, (i + 1) * 0x100000, part[i]);
        memory_region_set_log(part[i], true, DIRTY_MEMORY_VGA);
        clean_all(part[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        host[i] = open_map(s.as, (i + 1) * 0x100000 + parts[i].mapped * PAGE,
                           parts[i].length * PAGE, true);
    }
    for (unsigned i = G_N_ELEMENTS(parts); i-- > 0;) {
        address_space_unmap(s.as, host[i], parts[i].length * PAGE, true, 0);
        for (unsigned k = 0; k < G_N_ELEMENTS(parts); k++) {
            assert_harvest(part[k], DIRTY_MEMORY_VGA, k < i ? parts[k].dirty : "");
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        region_undo(m, part[i]);
    }
}

/* ---- Many maps -------------------------------------------------------------------------- */

enum { MANY_PAGES = 4000, MANY = 6000, LONGEST = 5 };

typedef struct Map {
    uint8_t *host;
    hwaddr first, pages;
} Map;

typedef struct Many {
    Stage s;
    Map map[MANY];
    unsigned open[MANY_PAGES]; /* maps over each page */
} Many;

static void many_open(Many *k, unsigned i, hwaddr first, hwaddr pages)
{
    k->map[i] = (Map){ open_map(k->s.as, first * PAGE, pages * PAGE, true), first, pages };
    for (hwaddr p = first; p < first + pages; p++) {
        k->open[p]++;
    }
}

static void many_close(Many *k, unsigned i)
{
    Map *map = &k->map[i];

    address_space_unmap(k->s.as, map->host, map->pages * PAGE, true, 0);
    for (hwaddr p = map->first; p < map->first + map->pages; p++) {
        k->open[p]--;
    }
    map->host = NULL;
}

static void many_check(Many *k)
{
    hwaddr size = memory_region_size(k->s.ram);
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(k->s.ram, 0, size, DIRTY_MEMORY_MIGRATION);

    for (unsigned p = 0; p < MANY_PAGES; p++) {
        g_assert_cmpint(is_dirty(k->s.ram, snap, 0, p), ==, k->open[p] != 0);
    }
    free(snap);
}

static void many_close_all(Many *k)
{
    for (unsigned i = 0; i < MANY; i++) {
        many_close(k, i);
        if (i % 500 == 0) {
            many_check(k);
        }
    }
    many_check(k);
}

static hwaddr random_below(hwaddr end)
{
    return (hwaddr)g_test_rand_int_range(0, (gint32)end);
}

/* At any time exactly the pages of the open maps are dirty. */
static void many_maps(Machine *m, gconstpointer data)
{
    g_autofree Many *k = g_new0(Many, 1);

    (void)data;
    k->s = logged_stage(m, MANY_PAGES);
    for (unsigned i = 0; i < MANY; i++) {
        unsigned first = random_below(MANY_PAGES - LONGEST);
        many_open(k, i, first, 1 + random_below(LONGEST));
        if (i % 500 == 0) {
            many_check(k);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        unsigned other = (unsigned)random_below(MANY);
        Map map = k->map[i];
        k->map[i] = k->map[other];
        k->map[other] = map;
    }
    many_close_all(k);
    memory_global_dirty_log_stop();
}

/* There are more maps of one range than one slot can count. */
static void many_of_one_range(Machine *m, gconstpointer data)
{
    g_autofree Many *k = g_new0(Many, 1);

    (void)data;
    k->s = logged_stage(m, MANY_PAGES);
    for (unsigned i = 0; i < MANY; i++) {
        many_open(k, i, 77, 2);
    }
    many_check(k);
    many_close_all(k);
    memory_global_dirty_log_stop();
}

/* A map of more pages than a slot can count is dirty to the end of the block. */
static void long_map(Machine *m, gconstpointer data)
{
    const uint64_t size = (uint64_t)1 << 30, first = (uint64_t)1 << 20;
    MemoryRegion *root = box_new(m, "root", size);
    MemoryRegion *ram = flags_new(m, "large", size, RAM_NORESERVE);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, ram);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_reset_dirty(ram, 0, size, DIRTY_MEMORY_VGA);
    uint8_t *host = open_map(as, first, size / 2, true);
    for (unsigned i = 0; i < 2; i++) {
        DirtyBitmapSnapshot *snap =
            memory_region_snapshot_and_clear_dirty(ram, 0, size, DIRTY_MEMORY_VGA);
        hwaddr at = 0, len;
        g_assert_true(memory_region_snapshot_next_dirty(ram, snap, &at, size, &len));
        g_assert_cmphex(at, ==, first);
        g_assert_cmphex(len, ==, size - first);
        free(snap);
    }
    address_space_unmap(as, host, size / 2, true, 0);
    g_assert_false(memory_region_test_and_clear_dirty(ram, 0, size, DIRTY_MEMORY_VGA));
}

/* ---- Threads ---------------------------------------------------------------------------- */

enum { THREADS = 3, SPREAD = 200 };

typedef struct Shared {
    Crew crew;
    MemoryRegion *ram;
    void *handed[SPREAD];   /* a map of each page, left by one thread for another to close */
    uint8_t *held[THREADS]; /* open all the time */
    int threads;
} Shared;

static void write_word(uint8_t *host, uint32_t value)
{
    __atomic_store_n((uint32_t *)(void *)host, value, __ATOMIC_RELAXED);
}

/* Closes the map that another thread left for a page, and leaves its own. */
static void change_map(Shared *k, unsigned page, uint32_t value)
{
    uint8_t *host = open_map(k->crew.as, page * PAGE, PAGE, true);

    write_word(host, value);
    host = __atomic_exchange_n(&k->handed[page], host, __ATOMIC_ACQ_REL);
    if (host) {
        write_word(host + 4, value);
        address_space_unmap(k->crew.as, host, PAGE, true, 8);
    }
}

static gpointer change_maps(gpointer data)
{
    Shared *k = data;
    int number = g_atomic_int_add(&k->threads, 1);
    uint32_t state = (uint32_t)number;

    while (crew_goes_on(&k->crew)) {
        state = state * 1664525u + 1013904223u;
        write_word(k->held[number], state);
        change_map(k, (state >> 20) % SPREAD, state);
    }
    return NULL;
}

static void copy_dirty(Shared *k, uint8_t *copy)
{
    const hwaddr size = memory_region_size(k->ram);
    uint8_t *host = memory_region_get_ram_ptr(k->ram);
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(k->ram, 0, size, DIRTY_MEMORY_MIGRATION);

    for (hwaddr at = 0, len; memory_region_snapshot_next_dirty(k->ram, snap, &at, size, &len);
         at += len) {
        for (hwaddr p = at; p < at + len; p += PAGE) {
            for (hwaddr i = p; i < p + 8; i += 4) {
                uint32_t *from = (uint32_t *)(void *)(host + i);
                *(uint32_t *)(void *)(copy + i) = __atomic_load_n(from, __ATOMIC_RELAXED);
            }
        }
    }
    free(snap);
}

/* The last harvest finds all pages that were written through maps, closed or still open ones. */
static void threads(Machine *m, gconstpointer data)
{
    Stage s = logged_stage(m, SPREAD + THREADS);
    Shared k = { .crew = { .machine = m, .as = s.as }, .ram = s.ram };
    g_autofree uint8_t *copy = g_malloc0(memory_region_size(s.ram));

    (void)data;
    for (unsigned i = 0; i < THREADS; i++) {
        k.held[i] = open_map(s.as, (SPREAD + i) * PAGE, PAGE, true);
        crew_start(&k.crew, change_maps, &k);
    }
    Clock clock = clock_start();
    do {
        copy_dirty(&k, copy);
    } while (clock_runs(&clock));
    crew_end(&k.crew);
    copy_dirty(&k, copy);
    g_assert_cmpmem(copy, memory_region_size(s.ram), memory_region_get_ram_ptr(s.ram),
                    memory_region_size(s.ram));
    for (unsigned i = 0; i < THREADS; i++) {
        address_space_unmap(s.as, k.held[i], PAGE, true, 0);
    }
    for (unsigned i = 0; i < SPREAD; i++) {
        if (k.handed[i]) {
            address_space_unmap(s.as, k.handed[i], PAGE, true, 0);
        }
    }
    copy_dirty(&k, copy);
    assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
    memory_global_dirty_log_stop();
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/open-maps/dirty-at-each", dirty_at_each);
    TEST("/open-maps/older-than-logging", older_than_logging);
    TEST("/open-maps/each-kind-of-harvest", each_kind_of_harvest);
    TEST("/open-maps/others-are-not", others_are_not);
    TEST("/open-maps/not-for-code", not_for_code);
    TEST("/open-maps/length-is-wrong", length_is_wrong);
    TEST("/open-maps/shared-memory", shared_memory);
    TEST("/open-maps/shared-in-part", shared_in_part);
    TEST("/open-maps/many", many_maps);
    TEST("/open-maps/many-of-one-range", many_of_one_range);
    TEST("/open-maps/long", long_map);
    TEST("/open-maps/threads", threads);
    return g_test_run();
}
