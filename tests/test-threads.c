/* SPDX-License-Identifier: MIT
 *
 * Readers against a machine that changes under them: no access sees half of a commit, nothing goes
 * while somebody holds it, and everything goes in the end.
 *
 *   test-threads [--seconds N]     how long each case runs; the suite takes 0.4, a longer look 3, 30
 */
#include <string.h>

#include "support.h"

static double seconds = 0.4;

/* The threads of one case: readers run until the changing thread has had its time. */
typedef struct Crew {
    Machine *machine;
    AddressSpace *as;
    int stop;
    GThread *thread[8];
    unsigned threads;
} Crew;

static bool crew_goes_on(Crew *c)
{
    return !g_atomic_int_get(&c->stop);
}

static void crew_start(Crew *c, GThreadFunc func, gpointer data)
{
    c->thread[c->threads++] = g_thread_new("crew", func, data);
}

static void crew_end(Crew *c)
{
    g_atomic_int_set(&c->stop, 1);
    for (unsigned i = 0; i < c->threads; i++) {
        g_thread_join(c->thread[i]);
    }
}

typedef struct Clock {
    gint64 end;
} Clock;

static Clock clock_start(void)
{
    return (Clock){ g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC) };
}

static bool clock_runs(const Clock *k)
{
    return g_get_monotonic_time() < k->end;
}

/* ---- One map, two states ---------------------------------------------------------------- *
 *
 * Eight pages. In state A each reads as 0xaa, in state B as 0xbb; every page changes by another
 * kind of edit, all of them in one commit. */

enum { PAGE = 0x1000, PAGES = 8, SPAN = PAGE * PAGES };

typedef struct Pair {
    Crew crew;
    MemoryRegion *root;
    MemoryRegion *a[PAGES], *b[PAGES];
    MemoryRegion *both;      /* page 2: a window on half of it */
    MemoryRegion *window;
    MemoryRegion *box;       /* page 5: a box that covers and uncovers */
} Pair;

static uint64_t fill_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr, (void)size;
    return GPOINTER_TO_UINT(opaque) * 0x0101010101010101ull;
}

static void fill_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)data, (void)size;
}

static const MemoryRegionOps fill_ops = {
    .read = fill_read, .write = fill_write, .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static MemoryRegion *filled_ram(Machine *m, uint8_t byte, uint64_t size)
{
    MemoryRegion *mr = ram_new(m, byte == 0xaa ? "a" : "b", size);

    memset(memory_region_get_ram_ptr(mr), byte, size);
    return mr;
}

static MemoryRegion *filled_io(Machine *m, uint8_t byte)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    memory_region_init_io(mr, NULL, &fill_ops, GUINT_TO_POINTER(byte), byte == 0xaa ? "a" : "b",
                          PAGE);
    return mr;
}

static void pair_build(Pair *p, Machine *m)
{
    p->root = box_new(m, "root", UINT64_MAX);
    for (unsigned i = 0; i < PAGES; i++) {
        bool device = i == 3 || i == 6;
        p->a[i] = device ? filled_io(m, 0xaa) : filled_ram(m, 0xaa, PAGE);
        p->b[i] = device ? filled_io(m, 0xbb) : filled_ram(m, 0xbb, PAGE);
        if (i != 2) {
            memory_region_add_subregion(p->root, i * PAGE, p->b[i]);
            memory_region_add_subregion(p->root, i * PAGE, p->a[i]);
        }
    }
    p->both = filled_ram(m, 0xaa, 2 * PAGE);
    memset((uint8_t *)memory_region_get_ram_ptr(p->both) + PAGE, 0xbb, PAGE);
    p->window = window_new(m, "window", p->both, 0, PAGE);
    memory_region_add_subregion_overlap(p->root, 2 * PAGE, p->window, 2);
    p->box = box_new(m, "box", PAGE);
    memory_region_del_subregion(p->root, p->b[5]);
    memory_region_add_subregion(p->box, 0, p->b[5]);
    memory_region_set_enabled(p->box, false);
    memory_region_add_subregion_overlap(p->root, 5 * PAGE, p->box, 1);
    p->crew.machine = m;
    p->crew.as = space_new(m, p->root, "as");
}

static void pair_set(Pair *p, bool b)
{
    memory_region_transaction_begin();
    memory_region_set_enabled(p->a[0], !b);
    memory_region_set_address(p->a[1], b ? 0x100000 : 1 * PAGE);
    memory_region_set_alias_offset(p->window, b ? PAGE : 0);
    memory_region_del_subregion(p->root, p->a[3]);
    memory_region_add_subregion_overlap(p->root, 3 * PAGE, p->a[3], b ? -1 : 1);
    memory_region_set_size(p->a[4], b ? 0 : PAGE);
    memory_region_set_enabled(p->box, b);
    if (b) {
        memory_region_del_subregion(p->root, p->a[6]);
    } else {
        memory_region_add_subregion(p->root, 6 * PAGE, p->a[6]);
    }
    memory_region_set_address(p->a[7], b ? 0x200000 : 7 * PAGE);
    memory_region_transaction_commit();
}

static void assert_one_byte(const uint8_t *buf, size_t len)
{
    g_assert_true(buf[0] == 0xaa || buf[0] == 0xbb);
    for (size_t i = 1; i < len; i++) {
        if (buf[i] != buf[0]) {
            g_error("%02x at 0, %02x at %zx: half of a commit", buf[0], buf[i], i);
        }
    }
}

static gpointer read_blocks(gpointer data)
{
    Pair *p = data;
    g_autofree uint8_t *buf = g_malloc(SPAN);
    unsigned from = 0;

    do {
        hwaddr start = from * 0x321 % SPAN;
        g_assert_cmpuint(address_space_read(p->crew.as, start, MEMTXATTRS_UNSPECIFIED, buf,
                                            SPAN - start), ==, MEMTX_OK);
        assert_one_byte(buf, SPAN - start);
        from++;
    } while (crew_goes_on(&p->crew));
    return NULL;
}

/* A load over the seam of two pages of RAM is one access too. */
static gpointer read_seams(gpointer data)
{
    static const hwaddr seams[] = { 1 * PAGE, 2 * PAGE, 5 * PAGE };
    Pair *p = data;
    unsigned lap = 0;

    do {
        MemTxResult result;
        hwaddr seam = seams[lap++ % G_N_ELEMENTS(seams)];
        uint64_t got = address_space_ldq(p->crew.as, seam - 3, MEMTXATTRS_UNSPECIFIED, &result);
        g_assert_cmpuint(result, ==, MEMTX_OK);
        assert_one_byte((uint8_t *)&got, 8);
        uint32_t word = address_space_ldl(p->crew.as, seam - 2, MEMTXATTRS_UNSPECIFIED, &result);
        assert_one_byte((uint8_t *)&word, 4);
    } while (crew_goes_on(&p->crew));
    return NULL;
}

/* Which state does that region at that offset belong to? */
static char state_of(const Pair *p, const MemoryRegion *mr, hwaddr offset)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (mr == p->a[i] || mr == p->b[i]) {
            return mr == p->a[i] ? 'a' : 'b';
        }
    }
    g_assert_true(mr == p->both);
    return offset < PAGE ? 'a' : 'b';
}

typedef struct Look {
    const Pair *pair;
    char state;
} Look;

static bool look_at_range(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                          void *opaque)
{
    Look *l = opaque;
    char state;

    (void)size;
    if (start < SPAN) {
        state = state_of(l->pair, mr, offset);
        g_assert_true(l->state == 0 || l->state == state);
        l->state = state;
    }
    return false;
}

static gpointer look_at_views(gpointer data)
{
    Pair *p = data;

    do {
        Look look = { .pair = p };
        memory_read_lock();
        FlatView *fv = address_space_to_flatview(p->crew.as);
        flatview_for_each_range(fv, look_at_range, &look);
        for (unsigned i = 0; i < PAGES; i++) {
            hwaddr xlat, len = 1;
            MemoryRegion *mr = flatview_translate(fv, i * PAGE + 0x10, &xlat, &len, false,
                                                  MEMTXATTRS_UNSPECIFIED);
            g_assert_cmpint(state_of(p, mr, xlat), ==, look.state);
        }
        memory_read_unlock();
    } while (crew_goes_on(&p->crew));
    return NULL;
}

static gpointer find_pages(gpointer data)
{
    Pair *p = data;
    unsigned page = 0;

    do {
        hwaddr addr = page++ % PAGES * PAGE;
        MemoryRegionSection s = memory_region_find(p->root, addr, PAGE);
        g_assert_nonnull(s.mr);
        g_assert_cmphex(s.offset_within_address_space, ==, addr);
        state_of(p, s.mr, s.offset_within_region);
        memory_region_unref(s.mr);
    } while (crew_goes_on(&p->crew));
    return NULL;
}

static void whole_commits(Machine *m, gconstpointer data)
{
    Pair p = { .root = NULL };
    Clock clock;
    bool state = false;

    (void)data;
    pair_build(&p, m);
    crew_start(&p.crew, read_blocks, &p);
    crew_start(&p.crew, read_seams, &p);
    crew_start(&p.crew, look_at_views, &p);
    crew_start(&p.crew, find_pages, &p);
    clock = clock_start();
    do {
        state = !state;
        pair_set(&p, state);
    } while (clock_runs(&clock));
    crew_end(&p.crew);
    if (state) {
        pair_set(&p, false);
    }
}

/* ---- Owners that go while they are used ------------------------------------------------- */

enum { ALIVE = 0x600d, DEAD = 0xdead };

typedef struct Device {
    DeviceState parent_obj;
    MemoryRegion ram;
    int life;
} Device;

static int devices;

static void device_init(Object *obj)
{
    ((Device *)obj)->life = ALIVE;
    g_atomic_int_inc(&devices);
}

static void device_finalize(Object *obj)
{
    ((Device *)obj)->life = DEAD;
    g_atomic_int_add(&devices, -1);
}

static const TypeInfo device_info = {
    .name = "test-thread-device", .parent = TYPE_DEVICE, .instance_size = sizeof(Device),
    .instance_init = device_init, .instance_finalize = device_finalize,
};

typedef struct Slot {
    Crew crew;
    MemoryRegion *root;
} Slot;

/* Whoever finds a device holds it: it lives, and so does its memory. */
static gpointer find_and_hold(gpointer data)
{
    Slot *s = data;

    do {
        MemoryRegionSection found = memory_region_find(s->root, 0, PAGE);
        if (found.mr) {
            Device *d = (Device *)memory_region_owner(found.mr);
            uint8_t *host = memory_region_get_ram_ptr(found.mr);
            g_assert_cmpint(d->life, ==, ALIVE);
            g_assert_cmphex(host[17], ==, 0xcc);
            g_thread_yield();
            g_assert_cmpint(d->life, ==, ALIVE);
            memory_region_unref(found.mr);
        }
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static gpointer map_and_hold(gpointer data)
{
    Slot *s = data;

    memory_context_set_current(s->crew.machine->ctx);
    do {
        hwaddr len = PAGE;
        uint8_t *host = address_space_map(s->crew.as, 0, &len, false, MEMTXATTRS_UNSPECIFIED);
        if (host) {
            uint8_t first = host[0];
            g_assert_true(first == 0xcc || first == 0); /* a device, or a bounced hole */
            g_thread_yield();
            g_assert_cmphex(host[len - 1], ==, first);
            address_space_unmap(s->crew.as, host, len, false, len);
        }
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static gpointer read_device(gpointer data)
{
    Slot *s = data;
    uint8_t buf[64];

    do {
        MemTxResult r = address_space_read(s->crew.as, 0, MEMTXATTRS_UNSPECIFIED, buf, 64);
        g_assert_cmphex(buf[0], ==, r == MEMTX_OK ? 0xcc : 0);
        g_assert_cmphex(buf[63], ==, buf[0]);
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static void plug_and_pull(Slot *s)
{
    Device *d = (Device *)object_new("test-thread-device");

    memory_region_init_ram_nomigrate(&d->ram, OBJECT(d), "ram", PAGE, NULL);
    memset(memory_region_get_ram_ptr(&d->ram), 0xcc, PAGE);
    memory_region_add_subregion(s->root, 0, &d->ram);
    g_thread_yield();
    memory_region_del_subregion(s->root, &d->ram);
    object_unref(d);
}

static void owners_under_load(Machine *m, gconstpointer data)
{
    Slot s = { .crew = { .machine = m }, .root = box_new(m, "root", 0x10000) };
    Clock clock;

    (void)data;
    s.crew.as = space_new(m, s.root, "as");
    crew_start(&s.crew, find_and_hold, &s);
    crew_start(&s.crew, map_and_hold, &s);
    crew_start(&s.crew, read_device, &s);
    clock = clock_start();
    do {
        plug_and_pull(&s);
    } while (clock_runs(&clock));
    crew_end(&s.crew);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&devices), ==, 0);
}

/* ---- Spaces that come and go ------------------------------------------------------------ */

typedef struct Spaces {
    Crew crew;
    MemoryRegion *root;
    AddressSpace *shared; /* replaced under the readers */
} Spaces;

static gpointer read_shared_space(gpointer data)
{
    Spaces *s = data;

    do {
        memory_read_lock();
        AddressSpace *as = g_atomic_pointer_get(&s->shared);
        uint8_t got = address_space_ldub(as, 0x10, MEMTXATTRS_UNSPECIFIED, NULL);
        memory_read_unlock();
        g_assert_cmphex(got, ==, 0xaa);
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static gpointer own_spaces(gpointer data)
{
    Spaces *s = data;

    memory_context_set_current(s->crew.machine->ctx);
    do {
        AddressSpace *as = g_new0(AddressSpace, 1);
        uint8_t byte = 0;
        address_space_init(as, s->root, "short-lived");
        g_assert_cmpuint(address_space_read(as, 0x10, MEMTXATTRS_UNSPECIFIED, &byte, 1), ==,
                         MEMTX_OK);
        g_assert_cmphex(byte, ==, 0xaa);
        address_space_destroy(as);
        memory_drain();
        g_free(as);
    } while (crew_goes_on(&s->crew));
    return NULL;
}

static void replace_space(Machine *m, Spaces *s)
{
    AddressSpace *old = s->shared;

    g_atomic_pointer_set(&s->shared, space_new(m, s->root, "shared"));
    space_drop(m, old);
}

static void spaces_under_load(Machine *m, gconstpointer data)
{
    Spaces s = { .crew = { .machine = m }, .root = box_new(m, "root", 0x10000) };
    MemoryRegion *mover = io_new(m, "mover", PAGE);
    unsigned lap = 0;
    Clock clock;

    (void)data;
    memory_region_add_subregion(s.root, 0, filled_ram(m, 0xaa, PAGE));
    memory_region_add_subregion(s.root, PAGE, mover);
    s.shared = space_new(m, s.root, "shared");
    crew_start(&s.crew, read_shared_space, &s);
    crew_start(&s.crew, read_shared_space, &s);
    crew_start(&s.crew, own_spaces, &s);
    crew_start(&s.crew, own_spaces, &s);
    clock = clock_start();
    do {
        memory_region_set_address(mover, (2 + lap++ % 4) * PAGE);
        replace_space(m, &s);
    } while (clock_runs(&clock));
    crew_end(&s.crew);
}

/* ---- Many who change -------------------------------------------------------------------- */

typedef struct Mover {
    Crew *crew;
    MemoryRegion *mr;
    hwaddr home;
} Mover;

static gpointer move_about(gpointer data)
{
    Mover *v = data;
    unsigned lap = 0;

    memory_context_set_current(v->crew->machine->ctx);
    do {
        memory_region_transaction_begin();
        memory_region_set_enabled(v->mr, false);
        memory_region_set_address(v->mr, 0x8000 + lap++ % 8 * 0x100);
        memory_region_set_enabled(v->mr, true);
        memory_region_transaction_commit();
    } while (crew_goes_on(v->crew));
    memory_region_set_address(v->mr, v->home);
    return NULL;
}

/* Edits of several threads are made one after the other; listeners come and go between them. */
static void many_editors(Machine *m, gconstpointer data)
{
    Crew crew = { .machine = m };
    MemoryRegion *root = box_new(m, "root", 0x10000);
    Mover mover[3];
    Spy *spy = spy_new(m, "s", 0);
    Clock clock;

    (void)data;
    crew.as = space_new(m, root, "as");
    for (unsigned i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("m%u", i);
        mover[i] = (Mover){ &crew, io_new(m, name, 0x80), 0x1000 * i };
        memory_region_add_subregion(root, mover[i].home, mover[i].mr);
        crew_start(&crew, move_about, &mover[i]);
    }
    clock = clock_start();
    do {
        spy_start(spy, crew.as);
        g_thread_yield();
        memory_listener_unregister(&spy->listener);
        memory_context_lock(m->ctx);
        g_string_truncate(m->trace, 0);
        memory_context_unlock(m->ctx);
    } while (clock_runs(&clock));
    crew_end(&crew);
    assert_map(crew.as, "0-7f m0@0, 1000-107f m1@0, 2000-207f m2@0");
}

/* ---- Contexts in parallel --------------------------------------------------------------- */

static void one_machine(unsigned lap)
{
    Error *err = NULL;
    MemoryContext *ctx = memory_context_new(NULL, &err);
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    uint8_t byte = (uint8_t)lap, got = 0;

    g_assert_nonnull(ctx);
    memory_context_set_current(ctx);
    memory_region_init_ram_nomigrate(ram, NULL, "ram", PAGE, NULL);
    memory_region_add_subregion(get_system_memory(), lap % 16 * PAGE, ram);
    cpu_physical_memory_write(lap % 16 * PAGE + 5, &byte, 1);
    cpu_physical_memory_read(lap % 16 * PAGE + 5, &got, 1);
    g_assert_cmphex(got, ==, byte);
    memory_region_del_subregion(get_system_memory(), ram);
    memory_drain();
    object_unparent(OBJECT(ram));
    memory_context_set_current(NULL);
    memory_context_destroy(ctx, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_free(ram);
}

static gpointer make_machines(gpointer data)
{
    unsigned lap = 0;

    do {
        one_machine(lap++);
    } while (crew_goes_on(data));
    return NULL;
}

static void contexts_in_parallel(void)
{
    Crew crew = { .machine = NULL };
    Clock clock = clock_start();

    for (unsigned i = 0; i < 4; i++) {
        crew_start(&crew, make_machines, &crew);
    }
    while (clock_runs(&clock)) {
        g_usleep(10000);
    }
    crew_end(&crew);
}

int main(int argc, char **argv)
{
    const GOptionEntry options[] = {
        { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "how long each case runs", "N" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;

    g_test_init(&argc, &argv, NULL);
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        g_printerr("%s\n", err->message);
        return 2;
    }
    type_register_static(&device_info);
    TEST("/threads/whole-commits", whole_commits);
    TEST("/threads/owners", owners_under_load);
    TEST("/threads/spaces", spaces_under_load);
    TEST("/threads/many-editors", many_editors);
    g_test_add_func("/threads/contexts", contexts_in_parallel);
    return g_test_run();
}
