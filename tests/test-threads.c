/* SPDX-License-Identifier: MIT
 *
 * Owners, spaces and contexts are made and ended under load. Nothing ends while it is in use, and
 * everything ends at last.
 */
#include "crew.h"

/* ---- Owners that go while they are used ------------------------------------------------- */

enum { PAGE = 0x1000, ALIVE = 0x600d, DEAD = 0xdead };

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
    .name = "test-thread-device",
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(Device),
    .instance_init = device_init,
    .instance_finalize = device_finalize,
};

typedef struct Slot {
    Crew crew;
    MemoryRegion *root;
} Slot;

/* A thread that finds a device references it: the device lives, and so does its memory. */
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
            g_assert_true(first == 0xcc ||
                          first == 0); /* a device, or a bounce buffer of a hole */
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
    AddressSpace *shared; /* replaced while the readers use it */
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

/* Edits of several threads are made one after the other. Listeners are registered and removed
 * between them. */
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
    crew_init(&argc, &argv);
    type_register_static(&device_info);
    TEST("/threads/owners", owners_under_load);
    TEST("/threads/spaces", spaces_under_load);
    TEST("/threads/many-editors", many_editors);
    g_test_add_func("/threads/contexts", contexts_in_parallel);
    return g_test_run();
}
