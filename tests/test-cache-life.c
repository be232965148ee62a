/* SPDX-License-Identifier: MIT
 *
 * What a cache covers, how it keeps what it has found, and its use by several threads while the
 * map changes (specification 13.1; R3).
 */
#include "crew.h"
#include "probe.h"

/* Checks what address_space_cache_init() returns for 'want' bytes. */
static void assert_cache(AddressSpace *as, hwaddr addr, hwaddr want, bool is_write, hwaddr got,
                         const char *text)
{
    MemoryRegionCache c;
    g_autofree char *now = NULL;

    memset(&c, 0x5a, sizeof(c)); /* init must not depend on earlier contents */
    g_assert_cmpint(address_space_cache_init(&c, as, addr, want, is_write), ==, (int64_t)got);
    g_assert_cmphex(c.len, ==, got);
    now = g_strdup_printf("%s@%" PRIx64 "%s%s", memory_region_name(c.mrs.mr), c.xlat,
                          c.ptr ? " direct" : "", c.is_write ? " write" : "");
    g_assert_cmpstr(now, ==, text);
    if (c.ptr) {
        g_assert_true(c.ptr == host_of(c.mrs.mr) + c.xlat);
    }
    address_space_cache_destroy(&c);
}

/* ---- 13.1: what is covered -------------------------------------------------------------- */

static void lengths(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    ram_at(m, root, 0x1000, "ram");
    memory_region_set_readonly(ram_at(m, root, 0x2000, "rom"), true);
    memory_region_add_subregion(root, 0x3000, romd);
    memory_region_add_subregion(root, 0x4000, io_new(m, "io", 0x80));
    assert_cache(as, 0x1010, 1, true, 1, "ram@10 direct write");
    assert_cache(as, 0x1010, 0x8000, false, 0xff0, "ram@10 direct");
    assert_cache(as, 0x1fff, 0x8000, true, 1, "ram@fff direct write");
    assert_cache(as, 0x2004, 0x8000, false, 0xffc, "rom@4 direct");
    assert_cache(as, 0x2004, 0x8000, true, 0xffc, "rom@4 write");
    assert_cache(as, 0x3000, 0x8000, false, 0x1000, "romd@0 direct");
    assert_cache(as, 0x3000, 0x8000, true, 0x1000, "romd@0 write");
    assert_cache(as, 0x4008, 0x8000, true, 0x78, "io@8 write");
    assert_cache(as, 0x4008, 4, false, 4, "io@8");
    assert_cache(as, 0x20, 0x8000, true, 0xfe0, "unassigned@20 write"); /* to the next range */
    assert_cache(as, 0x4080, HWADDR_MAX, false, INT64_MAX, "unassigned@4080");
    memory_region_rom_device_set_romd(romd, false);
    assert_cache(as, 0x3000, 0x8000, false, 0x1000, "romd@0");
}

/* A cache begins and ends at any byte, not only at pages. */
static void odd_places(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x1000);
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    memory_region_add_subregion(root, 0x1235, ram);
    memory_region_add_subregion_overlap(root, 0x1777, io_new(m, "io", 3), 1);
    assert_cache(as, 0x1235, 0x8000, true, 0x542, "ram@0 direct write");
    assert_cache(as, 0x1778, 0x8000, true, 2, "io@1 write");
    assert_cache(as, 0x177a, 0x8000, true, 0xabb, "ram@545 direct write");
}

/* A cache covers two ranges only if the same region goes on in the second one, in the same way, as
 * for address_space_map(). */
static void seams(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x4000), *w;
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "w0", ram, 0x1000, 0x1000));
    w = window_new(m, "w1", ram, 0x2000, 0x1000);
    memory_region_set_nonvolatile(w, true); /* so that they stay two ranges */
    memory_region_add_subregion(root, 0x1000, w);
    memory_region_add_subregion(root, 0x2000, window_new(m, "w2", ram, 0x1000, 0x1000));
    assert_map(as, "0-fff ram@1000, 1000-1fff ram@2000, 2000-2fff ram@1000");
    assert_cache(as, 0x800, 0x8000, true, 0x1800, "ram@1800 direct write");
    memory_region_set_readonly(w, true);
    assert_cache(as, 0x800, 0x8000, true, 0x800, "ram@1800 direct write");
    assert_cache(as, 0x800, 0x8000, false, 0x1800, "ram@1800 direct");
    memory_region_add_subregion_overlap(root, 0x1100, io_new(m, "io", 4), 1);
    assert_cache(as, 0x800, 0x8000, false, 0x900, "ram@1800 direct");
}

/* R3: a region on top hides what is below it, and no memory exists beyond the end of the block. */
static void rom_device_is_cut(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    memory_region_add_subregion(root, 0, romd);
    memory_region_add_subregion_overlap(root, 0x800, io_new(m, "io", 0x10), 1);
    assert_cache(as, 0x700, 0x1000, false, 0x100, "romd@700 direct");
    memory_region_set_size(romd, 0x2000);
    assert_cache(as, 0x900, 0x2000, false, 0x700, "romd@900 direct");
    assert_cache(as, 0x1800, 0x2000, false, 0x800, "romd@1800");
}

/* ---- 13.1: what it holds ------------------------------------------------------------------ *
 *
 * The library makes a cache of plain memory from what the thread remembers of the place, and every
 * other one from the view. A cache of 4 bytes is one of the others. */

static void assert_same_section(const MemoryRegionCache *c, MemoryRegionCache *of_view)
{
    MemoryRegionSection told = c->mrs;

    g_assert_true(MemoryRegionSection_eq(&told, &of_view->mrs));
    g_assert_true(c->ptr == of_view->ptr && c->xlat == of_view->xlat && c->fv == of_view->fv);
    g_assert_true(c->watched == of_view->watched && c->is_write == of_view->is_write);
}

static void cache_make(MemoryRegionCache *c, AddressSpace *as, hwaddr addr, hwaddr len,
                       bool is_write)
{
    memset(c, 0x5a, sizeof(*c));
    g_assert_cmpint(address_space_cache_init(c, as, addr, len, is_write), ==, (int64_t)len);
}

/* The first cache of a view is made the long way, too, because the thread begins to count its
 * references. */
static void assert_section_at(AddressSpace *as, hwaddr addr, bool is_write)
{
    MemoryRegionCache c, of_view;

    cache_make(&of_view, as, addr, 4, is_write);
    cache_make(&c, as, addr, 64, is_write);
    assert_same_section(&c, &of_view);
    address_space_cache_destroy(&c);
    address_space_cache_destroy(&of_view);
}

/* The section of each kind of memory has all its flags. */
static void sections(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x8000), *romd = romd_new(m, "romd", 0x1000);
    MemoryRegion *window[3];
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        window[i] = window_new(m, "w", ram, 0x1000 + 0x2000 * i, 0x1000);
        memory_region_add_subregion(root, 0x2000 * i, window[i]);
    }
    memory_region_set_readonly(window[1], true);
    memory_region_set_nonvolatile(window[2], true);
    memory_region_set_unmergeable(ram_at(m, root, 0x6000, "alone"), true);
    memory_region_add_subregion(root, 0x8000, romd);
    memory_region_set_size(romd, 0x2000); /* its section is longer than its memory */
    for (unsigned i = 0; i < 8; i++) {
        assert_section_at(as, 0x2000 * (i / 2) + 0x100, i % 2);
    }
    assert_section_at(as, 0x8100, false);
}

/* A commit beside a range makes it longer. The section of a cache is that of the view, not the one
 * that the thread remembers. The distance is that of view/age.h. */
static void section_grows(Machine *m, gconstpointer data)
{
    enum { PIECE = 0x200000 };
    MemoryRegion *root = box_new(m, "root", 3 * PIECE), *ram = ram_new(m, "ram", 3 * PIECE);
    MemoryRegion *window[3];
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        window[i] = window_new(m, "w", ram, i * PIECE, PIECE);
        memory_region_add_subregion(root, i * PIECE, window[i]);
    }
    for (unsigned beside = 0; beside < 3; beside += 2) {
        memory_region_set_enabled(window[beside], false);
        assert_section_at(as, PIECE, true);
        memory_region_set_enabled(window[beside], true);
        assert_map(as, "0-5fffff ram@0");
        assert_section_at(as, PIECE, true);
    }
}

/* ---- 13.1: how long it lives ------------------------------------------------------------ */

static void destroyed_twice(Machine *m, gconstpointer data)
{
    MemoryRegionCache c = MEMORY_REGION_CACHE_INVALID;
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    address_space_cache_destroy(&c);
    g_assert_null(c.mrs.mr);
    ram_at(m, root, 0, "ram");
    address_space_cache_init(&c, as, 0, 4, false);
    address_space_cache_destroy(&c);
    g_assert_true(c.mrs.mr == NULL && c.fv == NULL && c.ptr == NULL && c.len == 0);
    address_space_cache_destroy(&c);
}

/* The cache goes on with what it found, whatever changes in the map. */
static void stays_with_the_region(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionCache of_ram, of_device, of_hole;
    MemTxResult r = 0;

    (void)data;
    ram = ram_at(m, root, 0, "ram");
    memory_region_add_subregion(root, 0x1000, &p->mr);
    address_space_cache_init(&of_ram, as, 0x10, 0x40, true);
    address_space_cache_init(&of_device, as, 0x1008, 0x10, true);
    address_space_cache_init(&of_hole, as, 0x2000, 0x10, true);
    memory_region_transaction_begin();
    memory_region_set_address(ram, 0x2000);
    memory_region_set_enabled(&p->mr, false);
    memory_region_transaction_commit();
    memory_drain();
    stl_be_phys_cached(&of_ram, 0, 0x01020304);
    assert_hex(host_of(ram) + 0x10, 4, "01020304");
    g_assert_cmphex(ldl_be_phys_cached(&of_device, 0), ==, 0x18191a1b);
    assert_trace(m, "d:r8/4");
    address_space_ldub_cached(&of_hole, 0, ANY, &r);
    g_assert_cmphex(r, ==, MEMTX_DECODE_ERROR);
    address_space_cache_destroy(&of_ram);
    address_space_cache_destroy(&of_device);
    address_space_cache_destroy(&of_hole);
}

typedef struct Owner {
    DeviceState parent_obj;
    bool *alive;
} Owner;

static void owner_finalize(Object *obj)
{
    __atomic_store_n(((Owner *)obj)->alive, false, __ATOMIC_RELEASE);
}

static Owner *owner_new(bool *alive)
{
    static const TypeInfo info = { .name = "test-cache-owner",
                                   .parent = TYPE_DEVICE,
                                   .instance_size = sizeof(Owner),
                                   .instance_finalize = owner_finalize };
    Owner *owner;

    if (!object_class_by_name(info.name)) {
        type_register_static(&info);
    }
    owner = (Owner *)object_new(info.name);
    *alive = true;
    owner->alive = alive;
    return owner;
}

/* The region and its owner have left the map; they live until the cache is destroyed. */
static void keeps_the_owner(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    bool alive;
    Owner *owner = owner_new(&alive);

    (void)data;
    memory_region_init_ram_nomigrate(ram, OBJECT(owner), "ram", 0x1000, NULL);
    memory_region_add_subregion(root, 0, ram);
    address_space_cache_init(&c, as, 0, 0x1000, true);
    memory_region_del_subregion(root, ram);
    object_unref(owner);
    memory_drain();
    g_assert_true(alive);
    stq_le_phys_cached(&c, 0xff8, 0x1122334455667788);
    g_assert_cmphex(ldl_le_phys_cached(&c, 0xff8), ==, 0x55667788);
    address_space_cache_destroy(&c);
    memory_drain();
    g_assert_false(alive);
    g_free(ram);
}

/* The same for a device: the cache calls it through the view that it keeps. */
static void keeps_the_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    MemoryRegionCache c;
    bool alive;
    Owner *owner = owner_new(&alive);
    MemoryRegion *dev = g_new0(MemoryRegion, 1);

    (void)data;
    memory_region_init_io(dev, OBJECT(owner), &plain_ops, NULL, "dev", 0x1000);
    memory_region_add_subregion(root, 0x1000, dev);
    address_space_cache_init(&c, as, 0x1000, 0x1000, true);
    memory_region_del_subregion(root, dev);
    object_unref(owner);
    memory_drain();
    g_assert_true(alive);
    g_assert_cmphex(ldl_le_phys_cached(&c, 0x123 * 4), ==, 0x123 * 4);
    address_space_cache_destroy(&c);
    memory_drain();
    g_assert_false(alive);
    g_free(dev);
}

/* The space may end before the cache does. */
static void outlives_the_space(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryRegionCache c;

    (void)data;
    memory_region_add_subregion(root, 0x1000, &p->mr);
    address_space_cache_init(&c, as, 0x1000, 0x40, true);
    space_drop(m, as);
    memory_drain();
    g_assert_cmphex(ldub_phys_cached(&c, 3), ==, 0x13);
    assert_trace(m, "d:r3/1");
    address_space_cache_destroy(&c);
}

/* ---- Threads ---------------------------------------------------------------------------- */

/* Four threads use the same two caches while the map changes. */
typedef struct Shared {
    Crew crew;
    MemoryRegionCache of_ram;
    MemoryRegionCache of_device;
} Shared;

static gpointer use_caches(gpointer opaque)
{
    Shared *s = opaque;
    uint8_t block[16];
    MemTxResult r;

    do {
        uint64_t q = address_space_ldq_le_cached(&s->of_ram, 8, ANY, &r);
        g_assert_true(r == MEMTX_OK && (q == 0 || q == UINT64_MAX));
        stq_le_phys_cached(&s->of_ram, 8, ~q);
        g_assert_cmphex(address_space_ldl_le_cached(&s->of_device, 0x14, ANY, &r), ==, 0x24);
        g_assert_cmphex(r, ==, MEMTX_OK);
        g_assert_cmphex(address_space_read_cached(&s->of_device, 0, block, 16), ==, MEMTX_OK);
        assert_hex(block, 16, "10000000000000001800000000000000");
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static void many_threads(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram, *dev = io_new(m, "dev", 0x40); /* reads return the address */
    Shared s = { .crew = { .machine = m } };
    Clock clock = clock_start();

    (void)data;
    s.crew.as = probe_space(m, &root);
    ram = ram_at(m, root, 0x2000, "ram");
    memset(host_of(ram), 0, 0x40);
    memory_region_add_subregion(root, 0x4000, dev);
    address_space_cache_init(&s.of_ram, s.crew.as, 0x2000, 0x40, true);
    address_space_cache_init(&s.of_device, s.crew.as, 0x4010, 0x30, true);
    for (unsigned i = 0; i < 4; i++) {
        crew_start(&s.crew, use_caches, &s);
    }
    for (unsigned i = 0; clock_runs(&clock); i++) {
        memory_region_transaction_begin();
        memory_region_set_address(ram, i & 1 ? 0x2000 : 0x4000);
        memory_region_set_address(dev, i & 1 ? 0x4000 : 0x2000);
        memory_region_transaction_commit();
    }
    crew_end(&s.crew);
    address_space_cache_destroy(&s.of_ram);
    address_space_cache_destroy(&s.of_device);
}

/* As programs do it: several threads make caches again and again, over devices whose owners come
 * and go. */
static gpointer remake_caches(gpointer opaque)
{
    Shared *s = opaque;

    memory_context_set_current(s->crew.machine->ctx);
    do {
        MemoryRegionCache c;
        MemTxResult r;
        address_space_cache_init(&c, s->crew.as, 0x1008, 8, true);
        uint64_t q = address_space_ldq_le_cached(&c, 0, ANY, &r);
        g_assert_true(q == (r == MEMTX_OK ? UINT64_C(0x5a5a5a5a5a5a5a5a) : 0));
        address_space_cache_destroy(&c);
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static void owners_come_and_go(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    Shared s = { .crew = { .machine = m } };
    Clock clock = clock_start();
    unsigned rounds = 0;

    (void)data;
    s.crew.as = probe_space(m, &root);
    for (unsigned i = 0; i < 3; i++) {
        crew_start(&s.crew, remake_caches, &s);
    }
    while (clock_runs(&clock)) {
        MemoryRegion *ram = g_new0(MemoryRegion, 1);
        bool alive;
        Owner *owner = owner_new(&alive);
        memory_region_init_ram_nomigrate(ram, OBJECT(owner), "ram", 0x1000, NULL);
        memset(host_of(ram), 0x5a, 0x1000);
        memory_region_add_subregion(root, 0x1000, ram);
        g_thread_yield();
        memory_region_del_subregion(root, ram);
        object_unref(owner);
        while (__atomic_load_n(&alive, __ATOMIC_ACQUIRE)) {
            memory_drain();
        }
        g_free(ram);
        rounds++;
    }
    crew_end(&s.crew);
    g_assert_cmpuint(rounds, >, 0);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions own_readonly = { .quirks = MEMORY_QUIRK_OWN_READONLY };

    crew_init(&argc, &argv);

    TEST("/cache-life/13.1/lengths", lengths);
    TEST("/cache-life/13.1/odd-places", odd_places);
    TEST("/cache-life/13.1/seams", seams);
    TEST("/cache-life/R3/rom-device", rom_device_is_cut);
    TEST("/cache-life/13.1/sections", sections);
    TEST_WITH("/cache-life/R1/sections-of-quirk", sections, &own_readonly);
    TEST("/cache-life/13.1/section-grows", section_grows);
    TEST("/cache-life/13.1/destroyed-twice", destroyed_twice);
    TEST("/cache-life/13.1/stays-with-the-region", stays_with_the_region);
    TEST("/cache-life/13.1/keeps-the-owner", keeps_the_owner);
    TEST("/cache-life/13.1/keeps-the-device", keeps_the_device);
    TEST("/cache-life/13.1/outlives-the-space", outlives_the_space);
    TEST("/cache-life/threads/one-cache", many_threads);
    TEST("/cache-life/threads/owners", owners_come_and_go);
    return g_test_run();
}
