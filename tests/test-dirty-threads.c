/* SPDX-License-Identifier: MIT
 *
 * No write is lost. Writers change memory while another thread clears dirty bits and copies the
 * dirty pages, as a migration does. After the writers have ended and the last dirty pages are
 * copied, the copy equals the memory (specification 17.2, 22.6). And no block is missed while
 * others come and go.
 */
#include "crew.h"
#include "dirty-support.h"
#include "ram-support.h"

/* Few pages in each of several groups of 512, so that writers and clearer often meet in the same
 * word and group. */
enum { GROUPS = 4, GROUP_PAGES = 512, PAGES_OF_GROUP = 4, WRITERS = 2, WRITES = 12 };

typedef struct Migration {
    Crew crew;
    MemoryRegion *ram;
    uint8_t *host, *copy;
    unsigned client;
    unsigned harvests;
    int round; /* writers begin a round when it changes */
    int done;  /* rounds that ended, of all writers together */
} Migration;

static hwaddr page_at(unsigned i)
{
    return (hwaddr)PAGE * (i / PAGES_OF_GROUP * GROUP_PAGES + i % PAGES_OF_GROUP * 21);
}

/* ---- Writers ---------------------------------------------------------------------------- */

typedef struct Writer {
    Migration *mig;
    unsigned number;
    uint32_t state;
    void (*write)(AddressSpace *as, hwaddr addr, uint32_t value);
} Writer;

static void write_store(AddressSpace *as, hwaddr addr, uint32_t value)
{
    address_space_stl_le(as, addr, value, MEMTXATTRS_UNSPECIFIED, NULL);
}

static void write_cached(AddressSpace *as, hwaddr addr, uint32_t value)
{
    MemoryRegionCache cache;

    address_space_cache_init(&cache, as, addr, 4, true);
    stl_le_phys_cached(&cache, 0, value);
    address_space_cache_destroy(&cache);
}

static void write_map(AddressSpace *as, hwaddr addr, uint32_t value)
{
    hwaddr len = 4;
    uint32_t *host = address_space_map(as, addr, &len, true, MEMTXATTRS_UNSPECIFIED);

    __atomic_store_n(host, value, __ATOMIC_RELAXED);
    address_space_unmap(as, host, len, true, len);
}

/* Writes memory without the library, then marks it. */
static void write_and_tell(AddressSpace *as, hwaddr addr, uint32_t value)
{
    MemoryRegionSection found = memory_region_find(as->root, addr, 4);
    uint8_t *host = memory_region_get_ram_ptr(found.mr);

    __atomic_store_n((uint32_t *)(host + found.offset_within_region), value, __ATOMIC_RELAXED);
    memory_region_set_dirty(found.mr, found.offset_within_region, 4);
    memory_region_unref(found.mr);
}

static void write_round(Writer *w)
{
    for (unsigned i = 0; i < WRITES; i++) {
        w->state = w->state * 1664525u + 1013904223u;
        hwaddr addr = page_at((w->state >> 24) % (GROUPS * PAGES_OF_GROUP)) + w->number * 4;
        w->write(w->mig->crew.as, addr, w->state | 1);
    }
}

static gpointer writer(gpointer data)
{
    Writer *w = data;
    int seen = 0;

    while (crew_goes_on(&w->mig->crew)) {
        int round = g_atomic_int_get(&w->mig->round);
        if (round == seen) {
            g_thread_yield();
            continue;
        }
        seen = round;
        write_round(w);
        g_atomic_int_inc(&w->mig->done);
    }
    return NULL;
}

/* ---- The clearer ------------------------------------------------------------------------ */

static void copy_range(Migration *mig, hwaddr addr, hwaddr len)
{
    for (hwaddr i = addr; i < addr + len; i += 4) {
        uint32_t *from = (uint32_t *)(mig->host + i);
        *(uint32_t *)(mig->copy + i) = __atomic_load_n(from, __ATOMIC_RELAXED);
    }
}

static void harvest_range(Migration *mig, hwaddr at, hwaddr size)
{
    hwaddr end = at + size, len;
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(mig->ram, at, size, mig->client);

    for (; memory_region_snapshot_next_dirty(mig->ram, snap, &at, end, &len); at += len) {
        copy_range(mig, at, len);
    }
    free(snap);
}

static void harvest(Migration *mig)
{
    harvest_range(mig, 0, memory_region_size(mig->ram));
}

/* In turn all of the memory and its two halves, which are cleared in different ways (ram/dirty.h).
 * A round ends with both. */
static void harvest_halves(Migration *mig)
{
    hwaddr half = memory_region_size(mig->ram) / 2;

    harvest_range(mig, 0, half);
    harvest(mig);
    harvest_range(mig, half, half);
    harvest_range(mig, 0, half);
}

/* The same page by page. */
static void harvest_pages(Migration *mig)
{
    for (unsigned i = 0; i < GROUPS * PAGES_OF_GROUP; i++) {
        if (memory_region_test_and_clear_dirty(mig->ram, page_at(i), PAGE, mig->client)) {
            copy_range(mig, page_at(i), PAGE);
        }
    }
}

/* Makes everything dirty now and then. */
static void harvest_anew(Migration *mig)
{
    if (mig->harvests++ % 8 == 0) {
        memory_global_set_all_dirty();
    }
    harvest(mig);
}

static void assert_copied(Migration *mig)
{
    for (unsigned i = 0; i < GROUPS * PAGES_OF_GROUP; i++) {
        g_assert_cmpmem(mig->host + page_at(i), PAGE, mig->copy + page_at(i), PAGE);
    }
}

static void play_round(Migration *mig, bool switched, void (*clear)(Migration *mig))
{
    if (switched) {
        memory_region_set_log(mig->ram, false, DIRTY_MEMORY_VGA);
    }
    g_atomic_int_inc(&mig->round);
    if (switched) {
        memory_region_set_log(mig->ram, true, DIRTY_MEMORY_VGA);
        for (unsigned i = 0; i < GROUPS * PAGES_OF_GROUP; i++) {
            copy_range(mig, page_at(i), PAGE);
        }
    }
    while (g_atomic_int_get(&mig->done) < WRITERS * g_atomic_int_get(&mig->round)) {
        clear(mig);
    }
    clear(mig);
    assert_copied(mig);
}

static void play_client(Machine *m, unsigned client, bool switched, void (*clear)(Migration *mig),
                        void (*write)(AddressSpace *as, hwaddr addr, uint32_t value))
{
    Stage s = stage_new(m, GROUPS * GROUP_PAGES);
    Migration mig = { .crew = { .machine = m, .as = s.as }, .ram = s.ram, .client = client };
    Writer writers[WRITERS];

    mig.host = memory_region_get_ram_ptr(s.ram);
    mig.copy = g_malloc0(memory_region_size(s.ram));
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    harvest(&mig);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (Writer){ &mig, i, i + 1, write };
        crew_start(&mig.crew, writer, &writers[i]);
    }
    Clock clock = clock_start();
    do {
        play_round(&mig, switched, clear);
    } while (clock_runs(&clock));
    crew_end(&mig.crew);
    g_free(mig.copy);
}

static void play(Machine *m, bool switched, void (*clear)(Migration *mig),
                 void (*write)(AddressSpace *as, hwaddr addr, uint32_t value))
{
    play_client(m, DIRTY_MEMORY_VGA, switched, clear, write);
}

static void snapshots(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest, write_store);
}

static void halves(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest_halves, write_store);
}

static void halves_told(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest_halves, write_and_tell);
}

static void pages(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest_pages, write_store);
}

static void maps(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest, write_map);
}

static void switched_on(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, true, harvest, write_store);
}

static void all_dirty(Machine *m, gconstpointer data)
{
    (void)data;
    memory_global_dirty_log_start();
    play_client(m, DIRTY_MEMORY_MIGRATION, false, harvest_anew, write_store);
    memory_global_dirty_log_stop();
}

static void all_dirty_told(Machine *m, gconstpointer data)
{
    (void)data;
    memory_global_dirty_log_start();
    play_client(m, DIRTY_MEMORY_MIGRATION, false, harvest_anew, write_and_tell);
    memory_global_dirty_log_stop();
}

static void cached(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, false, harvest, write_cached);
}

static void switched_on_cached(Machine *m, gconstpointer data)
{
    (void)data;
    play(m, true, harvest, write_cached);
}

/* ---- Everything becomes dirty while much is being marked ------------------------------------ */

typedef struct Marking {
    Crew crew;
    MemoryRegion *ram;
} Marking;

static gpointer mark_all(gpointer data)
{
    Marking *k = data;

    while (crew_goes_on(&k->crew)) {
        memory_region_set_dirty(k->ram, 0, memory_region_size(k->ram));
        g_assert_true(memory_region_get_dirty(k->ram, 0, memory_region_size(k->ram),
                                              DIRTY_MEMORY_MIGRATION));
    }
    return NULL;
}

static void all_dirty_while_marking(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 1);
    Marking k = { .crew = { .machine = m, .as = s.as } };

    (void)data;
    k.ram = flags_new(m, "large", gibibytes(4), RAM_NORESERVE);
    qemu_ram_set_migratable(k.ram->ram_block);
    memory_global_dirty_log_start();
    crew_start(&k.crew, mark_all, &k);
    Clock clock = clock_start();
    do {
        memory_region_reset_dirty(k.ram, 0, PAGE, DIRTY_MEMORY_MIGRATION);
        memory_global_set_all_dirty();
    } while (clock_runs(&clock));
    crew_end(&k.crew);
    memory_global_dirty_log_stop();
}

/* ---- A store is late ------------------------------------------------------------------------ */

/* A processor lets its stores wait while it does later reads. Here a thread stores numbers to one
 * page, and each has to wait behind stores to lines that are in no cache. The clearer marks the
 * page before it clears it, so the thread mostly finds the page dirty, and only reads the map. If
 * the clearer then copies the page before the number is there, it has to find the page dirty
 * again. */
enum { LATE_PAGES = 128, COLD_BYTES = 32 << 20, COLD_STORES = 16 };

typedef struct Late {
    Crew crew;
    MemoryRegion *ram;
    uint8_t *cold;
    uint32_t written; /* the last number whose store is complete */
    uint32_t copy;    /* of the page */
} Late;

static gpointer store_late(gpointer data)
{
    Late *l = data;
    uint32_t state = 1;

    for (uint32_t value = 1; crew_goes_on(&l->crew); value++) {
        for (unsigned i = 0; i < COLD_STORES; i++) {
            state = state * 1664525u + 1013904223u;
            l->cold[state % COLD_BYTES] = (uint8_t)i;
        }
        address_space_stl_le(l->crew.as, 0, value, MEMTXATTRS_UNSPECIFIED, NULL);
        __atomic_store_n(&l->written, value, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* Ways to clear the first page. Each returns whether the page was dirty. */
typedef bool ClearPage(MemoryRegion *ram);

static bool clear_snapshot(MemoryRegion *ram, unsigned pages)
{
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(ram, 0, pages * PAGE, DIRTY_MEMORY_VGA);
    bool dirty = memory_region_snapshot_get_dirty(ram, snap, 0, PAGE);

    free(snap);
    return dirty;
}

static bool clear_by_turning(MemoryRegion *ram)
{
    return clear_snapshot(ram, LATE_PAGES);
}

static bool clear_in_place(MemoryRegion *ram)
{
    return clear_snapshot(ram, LATE_PAGES / 2);
}

static bool clear_one(MemoryRegion *ram)
{
    return memory_region_test_and_clear_dirty(ram, 0, PAGE, DIRTY_MEMORY_VGA);
}

static void copy_if_dirty(Late *l, ClearPage *clear)
{
    if (clear(l->ram)) {
        uint32_t *host = memory_region_get_ram_ptr(l->ram);
        l->copy = __atomic_load_n(host, __ATOMIC_RELAXED);
    }
}

static void play_late(Machine *m, ClearPage *clear)
{
    Stage s = stage_new(m, LATE_PAGES);
    Late l = { .crew = { .machine = m, .as = s.as }, .ram = s.ram };
    unsigned laps = 0;

    l.cold = g_malloc0(COLD_BYTES);
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    crew_start(&l.crew, store_late, &l);
    for (Clock clock = clock_start(); laps % 64 || clock_runs(&clock); laps++) {
        memory_region_set_dirty(s.ram, 0, PAGE);
        copy_if_dirty(&l, clear);
        uint32_t written = __atomic_load_n(&l.written, __ATOMIC_ACQUIRE);
        copy_if_dirty(&l, clear);
        g_assert_cmpuint(l.copy, >=, written);
    }
    crew_end(&l.crew);
    g_test_message("%u laps, %u stores", laps, l.written);
    g_free(l.cold);
}

static void late_when_turned(Machine *m, gconstpointer data)
{
    (void)data;
    play_late(m, clear_by_turning);
}

static void late_when_cleared(Machine *m, gconstpointer data)
{
    (void)data;
    play_late(m, clear_in_place);
}

static void late_when_one_is_cleared(Machine *m, gconstpointer data)
{
    (void)data;
    play_late(m, clear_one);
}

/* ---- A translator ----------------------------------------------------------------------- */

/* One page of code. The translator copies it after it has made the page clean; the hook says that
 * the copy is stale. */
typedef struct Translator {
    Crew crew;
    MemoryRegion *ram;
    int stale;
    int round, done;
} Translator;

static void code_changed(ram_addr_t start, ram_addr_t length, void *opaque)
{
    Translator *t = opaque;

    (void)start;
    g_assert_cmphex(length, ==, PAGE);
    g_atomic_int_set(&t->stale, 1);
}

static gpointer write_code(gpointer data)
{
    Translator *t = data;
    uint32_t value = 0;
    int seen = 0;

    while (crew_goes_on(&t->crew)) {
        int round = g_atomic_int_get(&t->round);
        if (round != seen) {
            seen = round;
            address_space_stl_le(t->crew.as, 0, ++value, MEMTXATTRS_UNSPECIFIED, NULL);
            g_atomic_int_inc(&t->done);
        }
    }
    return NULL;
}

/* A copy that was not called stale equals the page. */
static void code_is_never_stale(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 1);
    Translator t = { .crew = { .machine = m, .as = s.as }, .ram = s.ram };
    const MemoryContextHooks hooks = { .invalidate_code = code_changed,
                                       .translates_code = true,
                                       .opaque = &t };
    uint32_t *code = memory_region_get_ram_ptr(s.ram);

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    crew_start(&t.crew, write_code, &t);
    Clock clock = clock_start();
    do {
        g_atomic_int_inc(&t.round);
        g_atomic_int_set(&t.stale, 0);
        memory_region_reset_dirty(s.ram, 0, PAGE, DIRTY_MEMORY_CODE);
        uint32_t translated = __atomic_load_n(code, __ATOMIC_RELAXED);
        while (g_atomic_int_get(&t.done) != g_atomic_int_get(&t.round)) {
            g_thread_yield();
        }
        g_assert_true(g_atomic_int_get(&t.stale) ||
                      translated == __atomic_load_n(code, __ATOMIC_RELAXED));
    } while (clock_runs(&clock));
    crew_end(&t.crew);
    memory_context_set_hooks(m->ctx, NULL);
}

/* ---- Blocks come and go ------------------------------------------------------------------ */

enum { STAYING = 2, CHANGING = 12 };

typedef struct Blocks {
    Crew crew;
    RAMBlock *staying[STAYING];
    RAMBlock *changing[CHANGING];
    ram_addr_t place[STAYING]; /* of the blocks that stay */
} Blocks;

/* Finds the blocks that stay. If told to, marks at addresses where others come and go. */
static gpointer find_blocks(gpointer data)
{
    Blocks *b = data;
    uint32_t state = 1;

    memory_context_set_current(b->crew.machine->ctx);
    while (crew_goes_on(&b->crew)) {
        for (unsigned i = 0; i < STAYING; i++) {
            g_assert_true(cpu_physical_memory_get_dirty(b->place[i], 1, DIRTY_MEMORY_VGA));
        }
        state = state * 1664525u + 1013904223u;
        cpu_physical_memory_set_dirty_range((ram_addr_t)(state >> 20) * PAGE, PAGE,
                                            DIRTY_CLIENTS_ALL);
    }
    memory_context_set_current(NULL);
    return NULL;
}

static RAMBlock *block_at_random(void)
{
    return qemu_ram_alloc((ram_addr_t)g_test_rand_int_range(1, 320) * PAGE, 0, NULL, &error_abort);
}

static void change_blocks(Blocks *b)
{
    Clock clock = clock_start();

    do {
        RAMBlock **rb = &b->changing[g_test_rand_int_range(0, CHANGING)];
        qemu_ram_free(*rb);
        *rb = g_test_rand_bit() ? block_at_random() : NULL;
    } while (clock_runs(&clock));
}

static void blocks_come_and_go(Machine *m, gconstpointer data)
{
    Blocks b = { .crew = { .machine = m } };

    (void)data;
    for (unsigned i = 0; i < STAYING; i++) {
        b.staying[i] = block_at_random();
        b.place[i] = qemu_ram_get_offset(b.staying[i]);
        for (unsigned k = 0; k < CHANGING / STAYING; k++) {
            b.changing[i * CHANGING / STAYING + k] = block_at_random();
        }
    }
    crew_start(&b.crew, find_blocks, &b);
    change_blocks(&b);
    crew_end(&b.crew);
    for (unsigned i = 0; i < CHANGING; i++) {
        qemu_ram_free(b.changing[i]);
    }
    for (unsigned i = 0; i < STAYING; i++) {
        qemu_ram_free(b.staying[i]);
    }
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/dirty-threads/22.6/snapshots", snapshots);
    TEST("/dirty-threads/22.6/halves/stores", halves);
    TEST("/dirty-threads/22.6/halves/told", halves_told);
    TEST("/dirty-threads/22.6/pages", pages);
    TEST("/dirty-threads/22.6/maps", maps);
    TEST("/dirty-threads/22.6/switched-on", switched_on);
    TEST("/dirty-threads/cached/stores", cached);
    TEST("/dirty-threads/cached/switched-on", switched_on_cached);
    TEST("/dirty-threads/all-dirty/stores", all_dirty);
    TEST("/dirty-threads/all-dirty/told", all_dirty_told);
    TEST("/dirty-threads/all-dirty/while-marking", all_dirty_while_marking);
    TEST("/dirty-threads/22.6/late/turned", late_when_turned);
    TEST("/dirty-threads/22.6/late/cleared", late_when_cleared);
    TEST("/dirty-threads/22.6/late/one", late_when_one_is_cleared);
    TEST("/dirty-threads/22.6/code", code_is_never_stale);
    TEST("/dirty-threads/22.6/blocks-come-and-go", blocks_come_and_go);
    return g_test_run();
}
