/* SPDX-License-Identifier: MIT
 *
 * What few regions have is in a structure of its own, which a region gets when it first needs it
 * (region/extras.h): a counter, ioeventfds, coalesced ranges, and what the root of a space needs.
 * Here one region has all of them. They come in any order, go in any order, and end with the
 * region. Threads access the region meanwhile.
 */
#include <malloc.h>

#include "crew.h"

#define ANY MEMTXATTRS_UNSPECIFIED

enum { SIZE = 0x1000, BELL = 0x10, PLACE = 0x2000 };

/* A device without a lock. It is in a container that a space shows, and 'own' is a space with the
 * device itself as its root. */
typedef struct Device {
    Machine *m;
    MemoryRegion mr;
    MemoryRegion *box, *window;
    AddressSpace *as, own;
    EventNotifier bell;
    int writes; /* callbacks */
    bool has[4];
} Device;

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0;
}

static void device_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    Device *d = opaque;

    (void)addr, (void)val, (void)size;
    g_atomic_int_inc(&d->writes);
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };

static void region_begin(Device *d)
{
    memory_region_init_io(&d->mr, NULL, &device_ops, d, "device", SIZE);
    memory_region_enable_lockless_io(&d->mr);
}

/* The region is in the container through a window, so it is the topmost container of itself. */
static void device_setup(Device *d, Machine *m)
{
    *d = (Device){ .m = m };
    region_begin(d);
    g_assert_cmpint(event_notifier_init(&d->bell, 0), ==, 0);
    d->box = box_new(m, "box", 2 * PLACE);
    d->as = space_new(m, d->box, "as");
    d->window = window_new(m, "window", &d->mr, 0, SIZE);
    memory_region_add_subregion(d->box, PLACE, d->window);
}

static void device_cleanup(Device *d)
{
    memory_region_del_subregion(d->box, d->window);
    region_drop(d->m, d->window);
    g_assert_true(memory_region_wait_unused(&d->mr, &error_abort));
    event_notifier_cleanup(&d->bell);
}

/* ---- What the region has ------------------------------------------------------------------ */

static void set_counter(Device *d, bool on)
{
    memory_region_set_counting(&d->mr, on);
}

static void set_doorbell(Device *d, bool on)
{
    void (*set)(MemoryRegion *, hwaddr, unsigned, bool, uint64_t, EventNotifier *) =
        on ? memory_region_add_eventfd : memory_region_del_eventfd;

    set(&d->mr, BELL, 4, false, 0, &d->bell);
}

static void set_coalesced(Device *d, bool on)
{
    if (on) {
        memory_region_add_coalescing(&d->mr, 0x100, 8);
    } else {
        memory_region_clear_coalescing(&d->mr);
    }
}

static void set_space(Device *d, bool on)
{
    if (on) {
        address_space_init(&d->own, &d->mr, "own");
    } else {
        address_space_destroy(&d->own);
    }
}

static bool has_counter(Device *d)
{
    MemoryRegionCounts c;

    return memory_region_get_counts(&d->mr, &c);
}

/* The device gets the write if no ioeventfd takes it. */
static bool has_doorbell(Device *d)
{
    int before = d->writes;
    g_assert_cmpint(memory_region_dispatch_write(&d->mr, BELL, 1, MO_LEUL, ANY), ==, MEMTX_OK);
    bool rings = event_notifier_test_and_clear(&d->bell);

    g_assert_cmpint(d->writes, ==, before + !rings);
    return rings;
}

static unsigned heard;

static void hear_coalesced(MemoryListener *l, MemoryRegionSection *section, hwaddr addr,
                           hwaddr len)
{
    (void)l, (void)section;
    g_assert_cmphex(addr, ==, PLACE + 0x100);
    g_assert_cmphex(len, ==, 8);
    heard++;
}

static bool has_coalesced(Device *d)
{
    MemoryListener l = { .coalesced_io_add = hear_coalesced };

    heard = 0;
    memory_listener_register(&l, d->as);
    memory_listener_unregister(&l);
    return heard == 1;
}

static bool has_space(Device *d)
{
    MemoryRegionSection found = memory_region_find(&d->mr, 8, 4);

    memory_region_unref(found.mr);
    return found.mr == &d->mr;
}

static const struct {
    void (*set)(Device *d, bool on);
    bool (*has)(Device *d);
} thing[] = {
    { set_counter, has_counter },
    { set_doorbell, has_doorbell },
    { set_coalesced, has_coalesced },
    { set_space, has_space },
};
enum { THINGS = G_N_ELEMENTS(thing) };

static void set(Device *d, unsigned i, bool on)
{
    thing[i].set(d, on);
    d->has[i] = on;
}

static void assert_has(Device *d)
{
    for (unsigned i = 0; i < THINGS; i++) {
        g_assert_cmpint(thing[i].has(d), ==, d->has[i]);
    }
}

/* ---- One thread ------------------------------------------------------------------------- */

static void none_at_first(Machine *m, gconstpointer data)
{
    Device d;

    (void)data;
    device_setup(&d, m);
    assert_has(&d);
    memory_region_clear_coalescing(&d.mr);
    memory_region_set_counting(&d.mr, false);
    assert_has(&d);
    device_cleanup(&d);
}

/* Each of the things is once the first that the region gets, and the first that goes. */
static void beside_each_other(Machine *m, gconstpointer data)
{
    (void)data;
    for (unsigned first = 0; first < THINGS * THINGS; first++) {
        Device d;
        device_setup(&d, m);
        for (unsigned i = 0; i < THINGS; i++) {
            set(&d, (first + i) % THINGS, true);
            assert_has(&d);
        }
        for (unsigned i = 0; i < THINGS; i++) {
            set(&d, (first / THINGS + i) % THINGS, false);
            assert_has(&d);
        }
        device_cleanup(&d);
    }
}

static void set_all_but_space(Device *d)
{
    for (unsigned i = 0; i < THINGS; i++) {
        if (thing[i].set != set_space) {
            set(d, i, true);
        }
    }
}

/* A region ends with everything that it has. One that is made in its place has nothing. */
static void end_with_the_region(Machine *m, gconstpointer data)
{
    Device d;

    (void)data;
    device_setup(&d, m);
    set_all_but_space(&d);
    assert_has(&d);
    device_cleanup(&d);
    device_setup(&d, m);
    assert_has(&d);
    device_cleanup(&d);
}

enum { MANY = 1000, MOST_LEFT = 16 * 1024 };

static void make_and_end(Device *d, unsigned times)
{
    while (times--) {
        region_begin(d);
        set_all_but_space(d);
        object_unparent(OBJECT(&d->mr));
        memory_drain();
    }
}

/* Regions that end leave less than 16 bytes each in the heap. With sanitizers mallinfo2() counts
 * nothing, but they find everything that is lost. */
static void leave_no_memory(Machine *m, gconstpointer data)
{
    Device d = { .m = m };

    (void)data;
    g_assert_cmpint(event_notifier_init(&d.bell, 0), ==, 0);
    make_and_end(&d, 100);
    size_t before = mallinfo2().uordblks;
    make_and_end(&d, MANY);
    g_assert_cmpuint(mallinfo2().uordblks, <, before + MOST_LEFT);
    event_notifier_cleanup(&d.bell);
}

/* ---- Two threads ------------------------------------------------------------------------- */

typedef struct Play {
    Crew crew;
    Device d;
    int laps; /* of the other thread */
} Play;

/* Waits until the other thread has begun and ended a lap. */
static void wait_for_a_lap(Play *p)
{
    for (int end = g_atomic_int_get(&p->laps) + 2; g_atomic_int_get(&p->laps) < end;) {
        g_thread_yield();
    }
}

static gpointer access_device(gpointer data)
{
    Play *p = data;

    while (crew_goes_on(&p->crew)) {
        address_space_stl_le(p->crew.as, PLACE + BELL, 1, ANY, NULL);
        address_space_ldl_le(p->crew.as, PLACE, ANY, NULL);
        memory_region_find(&p->d.mr, 8, 4);
        g_atomic_int_inc(&p->laps);
    }
    return NULL;
}

/* The region gets its extras while the other thread accesses it. From then on that thread rings the
 * bell, and its accesses are counted. */
static void play_a_region(Play *p, unsigned first)
{
    Device *d = &p->d;
    MemoryRegionCounts c;

    for (unsigned i = 0; i < THINGS; i++) {
        thing[(first + i) % THINGS].set(d, true);
    }
    wait_for_a_lap(p);
    g_assert_true(event_notifier_test_and_clear(&d->bell));
    g_assert_true(memory_region_get_counts(&d->mr, &c));
    g_assert_cmpuint(c.reads, >, 0);
    g_assert_cmpuint(c.writes, >, 0);
    for (unsigned i = 0; i < THINGS; i++) {
        thing[(first + i) % THINGS].set(d, false);
    }
}

static void made_beside_accesses(Machine *m, gconstpointer data)
{
    static Play p;
    Clock clock = clock_start();
    unsigned rounds = 0;

    (void)data;
    do {
        p = (Play){ .crew = { .machine = m } };
        device_setup(&p.d, m);
        p.crew.as = p.d.as;
        crew_start(&p.crew, access_device, &p);
        wait_for_a_lap(&p);
        play_a_region(&p, rounds++);
        crew_end(&p.crew);
        device_cleanup(&p.d);
    } while (clock_runs(&clock));
}

typedef struct Search {
    Crew crew;
    MemoryRegion *child;
} Search;

static gpointer find_child(gpointer data)
{
    Search *s = data;

    while (crew_goes_on(&s->crew)) {
        MemoryRegionSection found = memory_region_find(s->child, 0, 4);
        g_assert_true(!found.mr || found.mr == s->child);
    }
    return NULL;
}

/* A search goes up to the topmost container and reads its extras. The container may leave the
 * space, and end, while it does. */
static void found_beside_ends(Machine *m, gconstpointer data)
{
    Search s = { .crew = { .machine = m }, .child = io_new(m, "child", 0x10) };
    static MemoryRegion root;
    AddressSpace as;

    (void)data;
    crew_start(&s.crew, find_child, &s);
    Clock clock = clock_start();
    do {
        memory_region_init(&root, NULL, "root", SIZE);
        memory_region_add_subregion(&root, 0, s.child);
        address_space_init(&as, &root, "as");
        address_space_destroy(&as);
        memory_region_del_subregion(&root, s.child);
        object_unparent(OBJECT(&root));
        memory_drain(); /* the other thread may still look at it */
    } while (clock_runs(&clock));
    crew_end(&s.crew);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/extras/none-at-first", none_at_first);
    TEST("/extras/beside-each-other", beside_each_other);
    TEST("/extras/end-with-the-region", end_with_the_region);
    TEST("/extras/leave-no-memory", leave_no_memory);
    TEST("/extras/threads/made-beside-accesses", made_beside_accesses);
    TEST("/extras/threads/found-beside-ends", found_beside_ends);
    return g_test_run();
}
