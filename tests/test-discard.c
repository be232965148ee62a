/* SPDX-License-Identifier: MIT
 *
 * RAM that is populated in parts, its managers and their listeners (specification 20.1).
 */
#include <errno.h>
#include <string.h>

#include "ram-support.h"

enum { BLOCK = 0x10000, BLOCKS = 200, SIZE = BLOCK * BLOCKS };

/* ---- Fixtures --------------------------------------------------------------------------- */

/* RAM of 200 blocks at 0x1000000 of a space, all discarded. */
typedef struct Stick {
    Machine *m;
    MemoryRegion *root, *mr;
    RamDiscardManager *rdm;
    AddressSpace *as;
} Stick;

static void stick_new(Machine *m, Stick *s)
{
    Error *err = NULL;

    *s = (Stick){ .m = m, .root = box_new(m, "root", UINT64_MAX), .mr = ram_new(m, "dimm", SIZE) };
    s->rdm = ram_discard_bitmap_new(s->mr, BLOCK, &err);
    g_assert_null(err);
    memory_region_set_ram_discard_manager(s->mr, s->rdm);
    memory_region_add_subregion(s->root, 0x1000000, s->mr);
    s->as = space_new(m, s->root, "as");
}

static void stick_end(Stick *s)
{
    memory_region_del_subregion(s->root, s->mr);
    memory_region_set_ram_discard_manager(s->mr, NULL);
    object_unref(s->rdm);
}

static void populate(Stick *s, unsigned first, unsigned blocks)
{
    Error *err = NULL;

    g_assert_cmpint(ram_discard_bitmap_populate(s->rdm, (uint64_t)first * BLOCK,
                                                (uint64_t)blocks * BLOCK, &err),
                    ==, 0);
    g_assert_null(err);
}

static void discard(Stick *s, unsigned first, unsigned blocks)
{
    Error *err = NULL;

    g_assert_cmpint(ram_discard_bitmap_discard(s->rdm, (uint64_t)first * BLOCK,
                                               (uint64_t)blocks * BLOCK, &err),
                    ==, 0);
    g_assert_null(err);
}

/* A part of the stick, as a memory listener would be told of it. */
static MemoryRegionSection part(Stick *s, uint64_t offset, uint64_t size)
{
    return (MemoryRegionSection){ .mr = s->mr,
                                  .size = int128_make64(size),
                                  .offset_within_region = offset,
                                  .offset_within_address_space = 0x1000000 + offset };
}

/* Writes down what it hears: "NAME+OFFSET-LAST" and "NAME-OFFSET-LAST". */
typedef struct Ear {
    RamDiscardListener rdl;
    Machine *m;
    const char *name;
    int refuses;                /* what it returns */
    unsigned agrees_first;      /* how often it returns 0 before that */
    RamDiscardManager *meddles; /* a manager that it calls in its callbacks */
} Ear;

static void write_down(Ear *ear, char what, const MemoryRegionSection *s)
{
    g_assert_cmphex(s->offset_within_address_space, ==, s->offset_within_region + 0x1000000);
    g_string_append_printf(ear->m->trace, "%s%s%c%" PRIx64 "-%" PRIx64,
                           ear->m->trace->len ? " " : "", ear->name, what, s->offset_within_region,
                           s->offset_within_region + int128_get64(s->size) - 1);
}

static void meddle(Ear *ear)
{
    Error *err = NULL;
    MemoryRegionSection s = *ear->rdl.section;

    g_assert_cmpint(ram_discard_bitmap_populate(ear->meddles, 0, BLOCK, &err), ==, -EINVAL);
    assert_error(err, "callback");
    g_assert_cmpint(ram_discard_bitmap_discard(ear->meddles, 0, BLOCK, &err), ==, -EINVAL);
    assert_error(err, "callback");
    ram_discard_manager_unregister_listener(ear->meddles, &ear->rdl);
    expect_message(ear->m, "misuse", "'dimm'", "callback", NULL);
    ram_discard_manager_register_listener(ear->meddles, &ear->rdl, &s);
    expect_message(ear->m, "misuse", "'dimm'", "callback", NULL);
}

static int hear_populate(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    Ear *ear = (Ear *)rdl;

    write_down(ear, '+', section);
    if (ear->meddles) {
        meddle(ear);
    }
    if (ear->agrees_first) {
        ear->agrees_first--;
        return 0;
    }
    return ear->refuses;
}

static void hear_discard(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    write_down((Ear *)rdl, '-', section);
    g_assert_true(rdl->section != section);
}

static Ear ear_new(Machine *m, const char *name, bool once)
{
    Ear ear = { .m = m, .name = name };

    ram_discard_listener_init(&ear.rdl, hear_populate, hear_discard, once);
    return ear;
}

static void listen(Stick *s, Ear *ear, uint64_t offset, uint64_t size)
{
    MemoryRegionSection section = part(s, offset, size);

    ram_discard_manager_register_listener(s->rdm, &ear->rdl, &section);
    g_assert_true(ear->rdl.section != &section);
}

static void deafen(Stick *s, Ear *ear)
{
    ram_discard_manager_unregister_listener(s->rdm, &ear->rdl);
    g_assert_null(ear->rdl.section);
}

/* ---- Of a region ------------------------------------------------------------------------ */

static void of_a_region(Machine *m, gconstpointer data)
{
    Stick s;

    (void)data;
    stick_new(m, &s);
    g_assert_true(memory_region_get_ram_discard_manager(s.mr) == s.rdm);
    g_assert_true(memory_region_has_ram_discard_manager(s.mr));
    memory_region_set_ram_discard_manager(s.mr, NULL);
    expect_message(m, "misuse", "'dimm'", "mapped", NULL);
    memory_region_del_subregion(s.root, s.mr);
    g_assert_null(memory_region_get_ram_discard_manager(s.mr));

    RamDiscardManager *other = ram_discard_bitmap_new(s.mr, BLOCK, NULL);
    memory_region_set_ram_discard_manager(s.mr, other);
    expect_message(m, "misuse", "'dimm'", "another", NULL);
    memory_region_set_ram_discard_manager(s.mr, s.rdm);
    memory_region_add_subregion(s.root, 0x1000000, s.mr);
    g_assert_true(memory_region_get_ram_discard_manager(s.mr) == s.rdm);
    object_unref(other);
    stick_end(&s);
    g_assert_false(memory_region_has_ram_discard_manager(s.mr));
}

static void not_ram(Machine *m, gconstpointer data)
{
    Stick s;
    MemoryRegion *io = io_new(m, "io", 0x1000), *romd = romd_new(m, "flash", 0x1000);

    (void)data;
    stick_new(m, &s);
    memory_region_set_ram_discard_manager(io, s.rdm);
    expect_message(m, "misuse", "'io'", "not RAM", NULL);
    memory_region_set_ram_discard_manager(romd, s.rdm);
    expect_message(m, "misuse", "'flash'", "not RAM", NULL);
    memory_region_add_subregion(s.root, 0, io);
    g_assert_null(memory_region_get_ram_discard_manager(io));
    stick_end(&s);
}

/* D14: a region counts as mapped if an alias of it is in a container. */
static void through_alias(Machine *m, gconstpointer data)
{
    Stick s;
    MemoryRegion *alias, *window;

    (void)data;
    stick_new(m, &s);
    memory_region_del_subregion(s.root, s.mr);
    alias = window_new(m, "alias", s.mr, 0, SIZE);
    window = window_new(m, "window", alias, 0, SIZE);
    g_assert_null(memory_region_get_ram_discard_manager(s.mr));
    memory_region_add_subregion(s.root, 0, window);
    g_assert_true(memory_region_get_ram_discard_manager(s.mr) == s.rdm);
    memory_region_set_ram_discard_manager(s.mr, NULL);
    expect_message(m, "misuse", "'dimm'", "mapped", NULL);
    memory_region_del_subregion(s.root, window);
    memory_region_add_subregion(s.root, 0, s.mr);
    stick_end(&s);
}

/* ---- Questions -------------------------------------------------------------------------- */

static bool is_populated(Stick *s, uint64_t offset, uint64_t size)
{
    MemoryRegionSection section = part(s, offset, size);

    return ram_discard_manager_is_populated(s->rdm, &section);
}

static void populated(Machine *m, gconstpointer data)
{
    Stick s;
    MemoryRegionSection elsewhere;

    (void)data;
    stick_new(m, &s);
    g_assert_cmphex(ram_discard_manager_get_min_granularity(s.rdm, s.mr), ==, BLOCK);
    g_assert_false(is_populated(&s, 0, SIZE) || is_populated(&s, 0, 1));
    populate(&s, 60, 10);
    g_assert_true(is_populated(&s, 60 * BLOCK, 10 * BLOCK));
    g_assert_true(is_populated(&s, 69 * BLOCK + BLOCK - 1, 1));
    g_assert_true(is_populated(&s, 63 * BLOCK + 5, BLOCK));
    g_assert_false(is_populated(&s, 60 * BLOCK - 1, 2));
    g_assert_false(is_populated(&s, 69 * BLOCK + 1, BLOCK));
    g_assert_false(is_populated(&s, 0, SIZE));
    discard(&s, 64, 1);
    g_assert_false(is_populated(&s, 60 * BLOCK, 10 * BLOCK));
    g_assert_false(is_populated(&s, 64 * BLOCK + 7, 1));
    g_assert_true(is_populated(&s, 60 * BLOCK, 4 * BLOCK));
    populate(&s, 0, 60);
    populate(&s, 64, 1);
    populate(&s, 70, BLOCKS - 70);
    g_assert_true(is_populated(&s, 0, SIZE));
    g_assert_false(is_populated(&s, SIZE - 1, 2));
    elsewhere = part(&s, 0, 1);
    elsewhere.mr = s.root;
    g_assert_false(ram_discard_manager_is_populated(s.rdm, &elsewhere));
    stick_end(&s);
}

typedef struct Walk {
    GString *text;
    unsigned stop_after;
} Walk;

static int note_stretch(MemoryRegionSection *section, void *opaque)
{
    Walk *w = opaque;

    g_assert_cmphex(section->offset_within_address_space, ==,
                    section->offset_within_region + 0x1000000);
    g_string_append_printf(w->text, "%" PRIx64 "+%" PRIx64 " ", section->offset_within_region,
                           int128_get64(section->size));
    return w->stop_after && !--w->stop_after ? -7 : 0;
}

typedef int Replay(const RamDiscardManager *rdm, MemoryRegionSection *section,
                   int (*fn)(MemoryRegionSection *section, void *opaque), void *opaque);

static void assert_replay(Stick *s, Replay *replay, uint64_t offset, uint64_t size,
                          unsigned stop_after, int result, const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Walk walk = { text, stop_after };
    MemoryRegionSection section = part(s, offset, size), before = section;

    g_assert_cmpint(replay(s->rdm, &section, note_stretch, &walk), ==, result);
    g_assert_cmpstr(text->str, ==, want);
    g_assert_true(MemoryRegionSection_eq(&section, &before));
}

static void replay_populated(Machine *m, gconstpointer data)
{
    Replay *replay = ram_discard_manager_replay_populated;
    Stick s;

    (void)data;
    stick_new(m, &s);
    assert_replay(&s, replay, 0, SIZE, 0, 0, "");
    populate(&s, 1, 2);
    populate(&s, 3, 1);
    populate(&s, 62, 70);
    populate(&s, BLOCKS - 1, 1);
    assert_replay(&s, replay, 0, SIZE, 0, 0, "10000+30000 3e0000+460000 c70000+10000 ");
    assert_replay(&s, replay, 0x10800, 0x3d0000, 0, 0, "10800+2f800 3e0000+800 ");
    assert_replay(&s, replay, 0x40000, 0x1000, 0, 0, "");
    assert_replay(&s, replay, 0x40000 - 1, 1, 0, 0, "3ffff+1 ");
    assert_replay(&s, replay, 0, SIZE, 2, -7, "10000+30000 3e0000+460000 ");
    stick_end(&s);
}

/* Section 25: the bitmap manager has no method for this; the gaps between populated parts are
 * told. */
static void replay_discarded(Machine *m, gconstpointer data)
{
    Replay *replay = ram_discard_manager_replay_discarded;
    Stick s;

    (void)data;
    stick_new(m, &s);
    assert_replay(&s, replay, 0x800, 0x20000, 0, 0, "800+20000 ");
    populate(&s, 0, 2);
    populate(&s, 4, 1);
    populate(&s, BLOCKS - 1, 1);
    assert_replay(&s, replay, 0, SIZE, 0, 0, "20000+20000 50000+c20000 ");
    assert_replay(&s, replay, 0x20800, 0x80000, 0, 0, "20800+1f800 50000+50800 ");
    assert_replay(&s, replay, 0, 0x20000, 0, 0, "");
    assert_replay(&s, replay, 0, SIZE, 1, -7, "20000+20000 ");
    stick_end(&s);
}

/* ---- Listeners -------------------------------------------------------------------------- */

static void registration(Machine *m, gconstpointer data)
{
    Ear whole = ear_new(m, "w", false), cut = ear_new(m, "c", false), once = ear_new(m, "o", true);
    Stick s;

    (void)data;
    stick_new(m, &s);
    populate(&s, 1, 1);
    populate(&s, 3, 2);
    listen(&s, &whole, 0, SIZE);
    assert_trace(m, "w+10000-1ffff w+30000-4ffff");
    listen(&s, &cut, 0x18000, 0x20000);
    assert_trace(m, "c+18000-1ffff c+30000-37fff");
    listen(&s, &once, 0x8000, 0x38000);
    assert_trace(m, "o+10000-1ffff o+30000-3ffff");
    deafen(&s, &cut);
    assert_trace(m, "c-18000-1ffff c-30000-37fff");
    deafen(&s, &once);
    assert_trace(m, "o-8000-3ffff");
    discard(&s, 0, BLOCKS);
    assert_trace(m, "w-10000-1ffff w-30000-4ffff");
    deafen(&s, &whole);
    assert_trace(m, "");
    listen(&s, &once, 0, SIZE);
    deafen(&s, &once);
    assert_trace(m, "");
    stick_end(&s);
}

/* Events go to the listeners whose sections they touch, the newest listener first, cut to its
 * section. */
static void events(Machine *m, gconstpointer data)
{
    Ear low = ear_new(m, "l", false), high = ear_new(m, "h", false), once = ear_new(m, "o", true);
    Stick s;

    (void)data;
    stick_new(m, &s);
    listen(&s, &low, 0, 0x28000);
    listen(&s, &high, 0x40000, 0x28000);
    listen(&s, &once, 0x8000, 0x50000);
    populate(&s, 0, 1);
    assert_trace(m, "o+8000-ffff l+0-ffff");
    populate(&s, 2, 3);
    assert_trace(m, "o+20000-4ffff h+40000-4ffff l+20000-27fff");
    populate(&s, 7, 1);
    assert_trace(m, "");
    discard(&s, 0, 6);
    assert_trace(m, "l-0-ffff h-40000-4ffff l-20000-27fff o-8000-57fff");
    discard(&s, 0, 6);
    assert_trace(m, "");
    deafen(&s, &low);
    deafen(&s, &high);
    deafen(&s, &once);
    assert_trace(m, "");
    stick_end(&s);
}

/* R17: a listener that agreed is told to discard what it agreed to, not what the refusing one was
 * asked. */
static void refusal(Machine *m, gconstpointer data)
{
    Ear refuser = ear_new(m, "r", false), a = ear_new(m, "a", false), b = ear_new(m, "b", true);
    Ear older = ear_new(m, "x", false);
    Error *err = NULL;
    Stick s;

    (void)data;
    stick_new(m, &s);
    refuser.refuses = -ENOSPC;
    listen(&s, &older, 0, SIZE);
    listen(&s, &refuser, 0x10000, 0x1000);
    listen(&s, &a, 0x8000, 0x10000);
    listen(&s, &b, 0, 0x14000);
    g_assert_cmpint(ram_discard_bitmap_populate(s.rdm, 0, 0x20000, &err), ==, -ENOSPC);
    assert_error(err, "'dimm': a listener refuses 0x20000 bytes at 0x0: No space left on device");
    assert_trace(m, "b+0-13fff a+8000-17fff r+10000-10fff b-0-13fff a-8000-17fff");
    g_assert_false(is_populated(&s, 0, 1));
    g_assert_cmpint(ram_discard_bitmap_populate(s.rdm, 0, 0x20000, NULL), ==, -ENOSPC);
    g_string_truncate(m->trace, 0);
    populate(&s, 2, 1);
    assert_trace(m, "x+20000-2ffff");
    discard(&s, 2, 1);
    deafen(&s, &refuser);
    deafen(&s, &a);
    deafen(&s, &b);
    deafen(&s, &older);
    stick_end(&s);
}

/* A listener that refuses what is populated when it registers is told nothing more, and stays
 * registered. */
static void late_refusal(Machine *m, gconstpointer data)
{
    Ear ear = ear_new(m, "e", false);
    Stick s;

    (void)data;
    stick_new(m, &s);
    populate(&s, 1, 1);
    populate(&s, 3, 1);
    populate(&s, 5, 1);
    ear.refuses = -ENOMEM;
    ear.agrees_first = 1;
    listen(&s, &ear, 0, SIZE);
    expect_message(m, "error", "'dimm'", "Cannot allocate memory", NULL);
    assert_trace(m, "e+10000-1ffff e+30000-3ffff");
    discard(&s, 5, 1);
    assert_trace(m, "e-50000-5ffff");
    deafen(&s, &ear);
    stick_end(&s);
}

/* What a listener finds when it is told: memory that is there, or memory that is gone. */
typedef struct Witness {
    Ear ear;
    Stick *s;
} Witness;

static int witness_populate(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    Witness *w = (Witness *)rdl;

    g_assert_false(ram_discard_manager_is_populated(w->s->rdm, section));
    return 0;
}

static void witness_discard(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    Witness *w = (Witness *)rdl;
    uint8_t *host = memory_region_get_ram_ptr(w->s->mr);

    g_assert_false(ram_discard_manager_is_populated(w->s->rdm, section));
    g_assert_true(is_filled(host + section->offset_within_region, 0, int128_get64(section->size)));
    write_down(&w->ear, '-', section);
}

static void order_of_an_event(Machine *m, gconstpointer data)
{
    Witness w = { .ear = ear_new(m, "w", false) };
    Stick s;
    uint8_t *host;

    (void)data;
    stick_new(m, &s);
    host = memory_region_get_ram_ptr(s.mr);
    w.s = &s;
    w.ear.rdl.notify_populate = witness_populate;
    w.ear.rdl.notify_discard = witness_discard;
    listen(&s, &w.ear, 0, SIZE);
    populate(&s, 1, 2);
    memset(host + BLOCK, 0x5a, 3 * BLOCK);
    discard(&s, 1, 1);
    assert_trace(m, "w-10000-1ffff");
    g_assert_true(is_filled(host + 2 * BLOCK, 0x5a, 2 * BLOCK));
    discard(&s, 2, 1);
    assert_trace(m, "w-20000-2ffff");
    deafen(&s, &w.ear);
    stick_end(&s);
}

static void listeners_misused(Machine *m, gconstpointer data)
{
    Ear ear = ear_new(m, "e", false);
    Stick s;
    MemoryRegionSection section;

    (void)data;
    stick_new(m, &s);
    ram_discard_manager_unregister_listener(s.rdm, &ear.rdl);
    expect_message(m, "misuse", "'dimm'", "not registered", NULL);
    section = part(&s, BLOCK, SIZE);
    ram_discard_manager_register_listener(s.rdm, &ear.rdl, &section);
    expect_message(m, "misuse", "'dimm'", "not a part of that region", NULL);
    g_assert_null(ear.rdl.section);
    listen(&s, &ear, 0, SIZE);
    ram_discard_manager_register_listener(s.rdm, &ear.rdl, ear.rdl.section);
    expect_message(m, "misuse", "'dimm'", "already", NULL);
    ear.meddles = s.rdm;
    populate(&s, 1, 1);
    assert_trace(m, "e+10000-1ffff");
    deafen(&s, &ear);
    stick_end(&s);
}

/* The copy of a section keeps its view and its region's owner. */
static void section_copies(Machine *m, gconstpointer data)
{
    Ear ear = ear_new(m, "e", false);
    Stick s;

    (void)data;
    stick_new(m, &s);
    memory_read_lock();
    MemoryRegionSection found = memory_region_find(s.root, 0x1000000, SIZE);
    ram_discard_manager_register_listener(s.rdm, &ear.rdl, &found);
    memory_read_unlock();
    g_assert_true(MemoryRegionSection_eq(ear.rdl.section, &found));
    memory_region_unref(found.mr);
    memory_region_set_enabled(s.root, false);
    memory_region_set_enabled(s.root, true);
    memory_drain();
    populate(&s, 0, 1);
    assert_trace(m, "e+0-ffff");
    deafen(&s, &ear);
    stick_end(&s);
}

static void end_with_listeners(Machine *m, gconstpointer data)
{
    Ear ear = ear_new(m, "e", false);
    Stick s;

    (void)data;
    stick_new(m, &s);
    listen(&s, &ear, 0, SIZE);
    stick_end(&s);
    expect_message(m, "misuse", "listeners", NULL);
    g_assert_null(ear.rdl.section);
}

/* ---- The bitmap ------------------------------------------------------------------------- */

static void bad_ranges(Machine *m, gconstpointer data)
{
    static const struct {
        uint64_t offset, size;
    } bad[] = { { 0, 0 },
                { 0, BLOCK / 2 },
                { BLOCK / 2, BLOCK },
                { SIZE, BLOCK },
                { 0, SIZE + BLOCK },
                { BLOCK, SIZE },
                { UINT64_MAX - BLOCK + 1, BLOCK },
                { BLOCK, UINT64_MAX - BLOCK + 1 } };
    Stick s;
    Error *err = NULL;

    (void)data;
    stick_new(m, &s);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_cmpint(ram_discard_bitmap_populate(s.rdm, bad[i].offset, bad[i].size, &err), ==,
                        -EINVAL);
        assert_error(err, "'dimm'");
        g_assert_cmpint(ram_discard_bitmap_discard(s.rdm, bad[i].offset, bad[i].size, &err), ==,
                        -EINVAL);
        assert_error(err, "'dimm'");
    }
    populate(&s, 5, 1);
    g_assert_cmpint(ram_discard_bitmap_populate(s.rdm, 0, SIZE, &err), ==, -EBUSY);
    assert_error(err, "0x50000");
    g_assert_false(is_populated(&s, 0, 1));
    stick_end(&s);
}

static void refused_managers(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", SIZE), *odd = ram_new(m, "odd", BLOCK + 0x1000);
    MemoryRegion *root = box_new(m, "root", SIZE);
    Error *err = NULL;

    (void)data;
    g_assert_null(ram_discard_bitmap_new(io_new(m, "io", BLOCK), BLOCK, &err));
    assert_error(err, "'io'");
    g_assert_null(ram_discard_bitmap_new(odd, BLOCK, &err));
    assert_error(err, "its size");
    g_assert_null(ram_discard_bitmap_new(ram, 0, &err));
    assert_error(err, "page");
    g_assert_null(ram_discard_bitmap_new(ram, 0x1800, &err));
    assert_error(err, "page");
    memory_region_add_subregion(root, 0, ram);
    g_assert_null(ram_discard_bitmap_new(ram, BLOCK, &err));
    assert_error(err, "mapped");
    memory_region_del_subregion(root, ram);
    ram_block_discard_disable(true);
    g_assert_null(ram_discard_bitmap_new(ram, BLOCK, &err));
    assert_error(err, "disabled");
    g_assert_null(ram_discard_bitmap_new(ram, BLOCK, NULL));
    ram_block_discard_disable(false);
    g_assert_false(ram_block_discard_is_required());
}

/* The caller's memory does not begin at a page, so the host refuses to discard it. The veto is
 * given back. */
static void host_refuses(Machine *m, gconstpointer data)
{
    g_autofree uint8_t *memory = g_malloc0(3 * BLOCK);
    MemoryRegion mr;
    Error *err = NULL;

    (void)m, (void)data;
    memory_region_init_ram_ptr(&mr, NULL, "ptr", BLOCK,
                               memory + 1 + (0x1000 - (uintptr_t)memory % 0x1000) % 0x1000);
    g_assert_null(ram_discard_bitmap_new(&mr, BLOCK, &err));
    assert_error(err, "'ptr'");
    g_assert_false(ram_block_discard_is_required());
    object_unparent(OBJECT(&mr));
    memory_drain();
}

static void starts_discarded(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", SIZE);
    uint8_t *host = memory_region_get_ram_ptr(ram);
    RamDiscardManager *rdm;

    (void)data;
    memset(host, 1, SIZE);
    rdm = ram_discard_bitmap_new(ram, SIZE, NULL);
    g_assert_true(is_filled(host, 0, SIZE));
    g_assert_true(ram_block_discard_is_required());
    g_assert_cmpint(ram_block_discard_disable(true), ==, -EBUSY);
    g_assert_cmpint(ram_block_uncoordinated_discard_disable(true), ==, 0);
    g_assert_cmpint(ram_block_uncoordinated_discard_disable(false), ==, 0);
    object_unref(rdm);
    g_assert_false(ram_block_discard_is_required());
}

/* 1 TiB in blocks of 2 MiB. Most of the bitmap is never read bit by bit. */
static void a_tebibyte(Machine *m, gconstpointer data)
{
    const uint64_t block = 2 << 20, size = (uint64_t)1 << 40;
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)data;
    if (!memory_region_init_ram_flags_nomigrate(mr, NULL, "huge", size, RAM_NORESERVE, NULL)) {
        g_test_skip("the host has no address space for a tebibyte");
        g_free(mr);
        return;
    }
    g_ptr_array_add(m->regions, mr);
    RamDiscardManager *rdm = ram_discard_bitmap_new(mr, block, NULL);
    Stick s = { .m = m, .mr = mr, .rdm = rdm };
    g_assert_nonnull(rdm);
    g_assert_cmpint(ram_discard_bitmap_populate(rdm, size - block, block, NULL), ==, 0);
    g_assert_cmpint(ram_discard_bitmap_populate(rdm, size / 2, size / 4, NULL), ==, 0);
    for (unsigned i = 0; i < 100; i++) {
        assert_replay(&s, ram_discard_manager_replay_populated, 0, size, 0, 0,
                      "8000000000+4000000000 ffffe00000+200000 ");
    }
    g_assert_true(is_populated(&s, size / 2, size / 4));
    g_assert_false(is_populated(&s, size / 2, size / 4 + 1));
    g_assert_cmpint(ram_discard_bitmap_discard(rdm, 0, size, NULL), ==, 0);
    assert_replay(&s, ram_discard_manager_replay_discarded, 0, size, 0, 0, "0+10000000000 ");
    object_unref(rdm);
}

/* Random populates and discards, compared with an array and with what a listener was told. */
typedef struct Mirror {
    RamDiscardListener rdl;
    bool populated[BLOCKS];
} Mirror;

static void mirror_set(Mirror *mirror, const MemoryRegionSection *s, bool on)
{
    uint64_t first = s->offset_within_region / BLOCK;
    uint64_t end = first + int128_get64(s->size) / BLOCK;

    for (uint64_t i = first; i < end; i++) {
        g_assert_true(mirror->populated[i] != on);
        mirror->populated[i] = on;
    }
}

static int mirror_populate(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    mirror_set((Mirror *)rdl, section, true);
    return 0;
}

static void mirror_discard(RamDiscardListener *rdl, MemoryRegionSection *section)
{
    mirror_set((Mirror *)rdl, section, false);
}

static bool none_is(const bool *blocks, unsigned first, unsigned n)
{
    return !memchr(blocks + first, true, n);
}

static void random_events(Machine *m, gconstpointer data)
{
    bool model[BLOCKS] = { false };
    Mirror mirror = { .populated = { false } };
    Stick s;

    (void)data;
    stick_new(m, &s);
    ram_discard_listener_init(&mirror.rdl, mirror_populate, mirror_discard, false);
    MemoryRegionSection all = part(&s, 0, SIZE);
    ram_discard_manager_register_listener(s.rdm, &mirror.rdl, &all);
    for (unsigned i = 0; i < 2000; i++) {
        unsigned first = (unsigned)g_test_rand_int_range(0, BLOCKS);
        unsigned n = (unsigned)g_test_rand_int_range(1, BLOCKS - (int)first + 1);
        bool free = none_is(model, first, n);
        if (g_test_rand_bit()) {
            n = free ? n : 1;
            int want = none_is(model, first, n) ? 0 : -EBUSY;
            g_assert_cmpint(ram_discard_bitmap_populate(s.rdm, (uint64_t)first * BLOCK,
                                                        (uint64_t)n * BLOCK, NULL),
                            ==, want);
            memset(model + first, true, n);
        } else {
            discard(&s, first, n);
            memset(model + first, false, n);
        }
        g_assert_true(!memcmp(model, mirror.populated, sizeof(model)));
        g_assert_cmpint(is_populated(&s, (uint64_t)first * BLOCK, BLOCK), ==, model[first]);
    }
    ram_discard_manager_unregister_listener(s.rdm, &mirror.rdl);
    g_assert_true(none_is(mirror.populated, 0, BLOCKS));
    stick_end(&s);
}

/* ---- Another manager -------------------------------------------------------------------- */

/* D15: several managers, an object that has two of them, and a method of its own for what is
 * discarded. */
typedef struct Both {
    Object parent_obj;
    RamDiscardManager *source[2];
} Both;

static bool both_populated(const RamDiscardManager *rdm, const MemoryRegionSection *section)
{
    const Both *both = (const Both *)rdm;

    return ram_discard_manager_is_populated(both->source[0], section) &&
           ram_discard_manager_is_populated(both->source[1], section);
}

static void both_discarded(const RamDiscardManager *rdm, MemoryRegionSection *section,
                           ReplayRamDiscard replay_fn, void *opaque)
{
    (void)rdm;
    replay_fn(section, opaque);
}

static void both_class_init(ObjectClass *klass, void *data)
{
    RamDiscardManagerClass *methods = RAM_DISCARD_MANAGER_CLASS(klass);

    (void)data;
    methods->is_populated = both_populated;
    methods->replay_discarded = both_discarded;
}

static InterfaceInfo both_interfaces[] = { { TYPE_RAM_DISCARD_MANAGER }, { NULL } };
static const TypeInfo both_info = {
    .name = "test-both",
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(Both),
    .class_init = both_class_init,
    .interfaces = both_interfaces,
};

static void several_sources(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", SIZE);
    Both *both = (Both *)object_new("test-both");
    Stick s = { .m = m, .mr = mr, .rdm = RAM_DISCARD_MANAGER(both) };

    (void)data;
    both->source[0] = ram_discard_bitmap_new(mr, BLOCK, NULL);
    both->source[1] = ram_discard_bitmap_new(mr, 2 * BLOCK, NULL);
    memory_region_set_ram_discard_manager(mr, s.rdm);
    ram_discard_bitmap_populate(both->source[0], 0, BLOCK, NULL);
    g_assert_false(is_populated(&s, 0, BLOCK));
    ram_discard_bitmap_populate(both->source[1], 0, 2 * BLOCK, NULL);
    g_assert_true(is_populated(&s, 0, BLOCK));
    g_assert_false(is_populated(&s, 0, 2 * BLOCK));
    assert_replay(&s, ram_discard_manager_replay_discarded, 5, 10, 0, 0, "5+a ");
    memory_region_set_ram_discard_manager(mr, NULL);
    object_unref(both->source[0]);
    object_unref(both->source[1]);
    object_unref(both);
}

/* ---- Methods and callbacks of other times ------------------------------------------------ */

/* Tells the section block by block and ignores what the callback returns. */
static void tell_all_blocks(const RamDiscardManager *rdm, MemoryRegionSection *section,
                            ReplayRamDiscard replay_fn, void *opaque)
{
    (void)rdm;
    for (uint64_t i = 0; i < int128_get64(section->size) / BLOCK; i++) {
        MemoryRegionSection block = *section;

        memory_region_section_intersect_range(&block, section->offset_within_region + i * BLOCK,
                                              BLOCK);
        replay_fn(&block, opaque);
    }
}

/* A method as in 6.2, which returns nothing: a caller that expects an int reads a random
 * register. */
static int tell_and_leave_garbage(const RamDiscardManager *rdm, MemoryRegionSection *section,
                                  ReplayRamDiscard replay_fn, void *opaque)
{
    tell_all_blocks(rdm, section, replay_fn, opaque);
    return 0x5eed;
}

/* A method as in later versions, which stops if the callback returns nonzero, and returns that. */
static int tell_until_refused(const RamDiscardManager *rdm, MemoryRegionSection *section,
                              ReplayRamDiscard replay_fn, void *opaque)
{
    int result = 0;

    (void)rdm;
    for (uint64_t i = 0; !result && i < int128_get64(section->size) / BLOCK; i++) {
        MemoryRegionSection block = *section;

        memory_region_section_intersect_range(&block, section->offset_within_region + i * BLOCK,
                                              BLOCK);
        result = replay_fn(&block, opaque);
    }
    return result;
}

/* The methods have other types than their slot, so a test passes its method as data. */
static void teller_class_init(ObjectClass *klass, void *data)
{
    RAM_DISCARD_MANAGER_CLASS(klass)->replay_discarded = data;
}

static TypeInfo teller_info[] = {
    { .name = "test-teller-void", .class_data = tell_all_blocks },
    { .name = "test-teller-garbage", .class_data = tell_and_leave_garbage },
    { .name = "test-teller-int", .class_data = tell_until_refused },
};

static void register_tellers(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(teller_info); i++) {
        teller_info[i].parent = TYPE_OBJECT;
        teller_info[i].class_init = teller_class_init;
        teller_info[i].interfaces = both_interfaces;
        type_register_static(&teller_info[i]);
    }
}

/* The result is the callback's, whether or not the method returns a result. */
static void result_is_the_callbacks(Machine *m, gconstpointer data)
{
    Replay *replay = ram_discard_manager_replay_discarded;
    MemoryRegion *mr = ram_new(m, "ram", SIZE);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(teller_info); i++) {
        Object *obj = object_new(teller_info[i].name);
        Stick s = { .m = m, .mr = mr, .rdm = RAM_DISCARD_MANAGER(obj) };

        assert_replay(&s, replay, BLOCK, 3 * BLOCK, 0, 0, "10000+10000 20000+10000 30000+10000 ");
        assert_replay(&s, replay, BLOCK, 3 * BLOCK, 2, -7, "10000+10000 20000+10000 ");
        object_unref(obj);
    }
}

static void count_bytes(MemoryRegionSection *section, void *opaque)
{
    *(uint64_t *)opaque += int128_get64(section->size);
}

/* A callback as in 6.2, which returns nothing, never stops the walk. */
static void callbacks_without_a_result(Machine *m, gconstpointer data)
{
    uint64_t bytes = 0;
    Stick s;

    (void)data;
    stick_new(m, &s);
    populate(&s, 1, 2);
    MemoryRegionSection section = part(&s, 0, SIZE);
    ram_discard_manager_replay_discarded(s.rdm, &section, count_bytes, &bytes);
    g_assert_cmphex(bytes, ==, SIZE - 2 * BLOCK);
    stick_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&both_info);
    register_tellers();
    misuse_test_add("/discard/20.1/R10/region", of_a_region);
    misuse_test_add("/discard/20.1/not-ram", not_ram);
    misuse_test_add("/discard/D14/through-alias", through_alias);
    TEST("/discard/20.1/is-populated", populated);
    TEST("/discard/20.1/replay-populated", replay_populated);
    TEST("/discard/25/replay-discarded", replay_discarded);
    TEST("/discard/20.1/registration", registration);
    TEST("/discard/20.1/events", events);
    TEST("/discard/R17/refusal", refusal);
    TEST("/discard/20.1/late-refusal", late_refusal);
    TEST("/discard/20.1/order-of-an-event", order_of_an_event);
    misuse_test_add("/discard/20.1/listeners-misused", listeners_misused);
    TEST("/discard/20.1/section-copies", section_copies);
    misuse_test_add("/discard/20.1/end-with-listeners", end_with_listeners);
    TEST("/discard/bitmap/bad-ranges", bad_ranges);
    TEST("/discard/bitmap/refused-managers", refused_managers);
    TEST("/discard/bitmap/host-refuses", host_refuses);
    TEST("/discard/bitmap/starts-discarded", starts_discarded);
    TEST("/discard/bitmap/a-tebibyte", a_tebibyte);
    TEST("/discard/bitmap/random-events", random_events);
    TEST("/discard/D15/several-sources", several_sources);
    TEST("/discard/25/result-is-the-callbacks", result_is_the_callbacks);
    TEST("/discard/25/callbacks-without-a-result", callbacks_without_a_result);
    return g_test_run();
}
