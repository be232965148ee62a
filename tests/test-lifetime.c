/* SPDX-License-Identifier: MIT
 *
 * Owners and the end of regions (3, 6; D6): owners go although their regions are entangled, nobody
 * is left with a region that is gone, and memory_region_wait_unused() returns when, and only when,
 * nothing leads to a region any more. Much of it is for the sanitizers to judge.
 */
#include <physmem/cache.h>
#include <physmem/error.h>
#include <stdlib.h>

#include "crew.h"

#define ANY MEMTXATTRS_UNSPECIFIED

enum { PAGE = 0x1000 };

/* ---- Owners ----------------------------------------------------------------------------- */

/* A device whose regions contain, show and surround each other. */
typedef struct Device {
    DeviceState parent_obj;
    MemoryRegion box, io, ram, window, window_of_window;
} Device;

static int devices;

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr;
    (void)size;
    return ((Device *)opaque)->io.addr; /* that of a device that lives */
}

static void device_write(void *opaque, hwaddr addr, uint64_t val, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)val;
    (void)size;
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };

static void device_init(Object *obj)
{
    Device *d = (Device *)obj;

    memory_region_init(&d->box, obj, "box", 4 * PAGE);
    memory_region_init_io(&d->io, obj, &device_ops, d, "io", PAGE);
    memory_region_init_ram_nomigrate(&d->ram, obj, "ram", PAGE, &error_abort);
    memory_region_init_alias(&d->window, obj, "window", &d->ram, 0, PAGE);
    memory_region_init_alias(&d->window_of_window, obj, "window2", &d->window, 0x800, 0x800);
    memory_region_add_subregion(&d->box, 0, &d->io);
    memory_region_add_subregion(&d->box, PAGE, &d->ram);
    memory_region_add_subregion(&d->box, 2 * PAGE, &d->window);
    memory_region_add_subregion(&d->box, 3 * PAGE, &d->window_of_window);
    g_atomic_int_inc(&devices);
}

static void device_finalize(Object *obj)
{
    (void)obj;
    g_atomic_int_add(&devices, -1);
}

static const TypeInfo device_info = {
    .name = "test-lifetime-device", .parent = TYPE_DEVICE, .instance_size = sizeof(Device),
    .instance_init = device_init, .instance_finalize = device_finalize,
};

static Device *device(void)
{
    return (Device *)object_new("test-lifetime-device");
}

static void entangled_owner_goes(Machine *m, gconstpointer data)
{
    Device *d = device();

    (void)m;
    (void)data;
    g_assert_cmpint(devices, ==, 1);
    object_unref(d);
    g_assert_cmpint(devices, ==, 0);
}

/* The container outside counts; so do views until their readers have left. */
static void shown_owner_goes_later(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    Device *d = device();

    (void)data;
    memory_region_add_subregion(root, 0, &d->box);
    assert_map(as, "0-fff io@0, 1000-1fff ram@0, 2000-2fff ram@0, 3000-37ff ram@800");
    object_unref(d);
    memory_drain();
    g_assert_cmpint(devices, ==, 1);
    memory_read_lock();
    memory_region_del_subregion(root, &d->box);
    g_assert_cmpint(g_atomic_int_get(&devices), ==, 1);
    memory_read_unlock();
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
}

/* A space on an owner's own region holds the owner, so it is ended with the device, not in its
 * finalizer. */
static void owner_goes_after_its_space(Machine *m, gconstpointer data)
{
    Device *d = device();
    AddressSpace *as = g_new0(AddressSpace, 1);

    (void)m;
    (void)data;
    address_space_init(as, &d->box, "bus");
    object_unref(d);
    memory_drain();
    g_assert_cmpint(devices, ==, 1);
    address_space_destroy(as);
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
    g_free(as);
}

static gpointer read_all(gpointer data)
{
    Crew *c = data;

    while (crew_goes_on(c)) {
        for (hwaddr at = 0; at < 4 * PAGE; at += 0x400) {
            address_space_ldl_le(c->as, at, ANY, NULL);
        }
    }
    return NULL;
}

static void owners_go_under_readers(Machine *m, gconstpointer data)
{
    Crew crew = { .machine = m };
    MemoryRegion *root = box_new(m, "root", 0x10000);

    (void)data;
    crew.as = space_new(m, root, "as");
    crew_start(&crew, read_all, &crew);
    crew_start(&crew, read_all, &crew);
    for (Clock k = clock_start(); clock_runs(&k);) {
        Device *d = device();
        memory_region_add_subregion(root, 0, &d->box);
        g_thread_yield();
        memory_region_del_subregion(root, &d->box);
        object_unref(d);
    }
    crew_end(&crew);
    memory_drain();
    g_assert_cmpint(devices, ==, 0);
}

/* ---- Waiting: refused ------------------------------------------------------------------- */

#define assert_refused(mr, ...)                                                                   \
    do {                                                                                          \
        const char *words[] = { __VA_ARGS__ };                                                    \
        Error *err = NULL;                                                                        \
        g_assert_false(memory_region_wait_unused(mr, &err));                                      \
        for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {                                        \
            g_assert_nonnull(strstr(error_get_pretty(err), words[i]));                            \
        }                                                                                         \
        error_free(err);                                                                          \
    } while (0)

static void refused_in_the_tree(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", PAGE);
    MemoryRegion *w = window_new(m, "w", io, 0, 0x10), *ww = window_new(m, "ww", w, 0, 0x10);

    (void)data;
    g_assert_true(memory_region_wait_unused(io, NULL));
    memory_region_add_subregion(root, 0, io);
    assert_refused(io, "'io'", "'root'");
    assert_refused(root, "'root'", "contains 'io'");
    memory_region_del_subregion(root, io);
    memory_region_add_subregion(root, 0, ww);
    assert_refused(io, "'io'", "alias 'w'");
    memory_region_set_enabled(root, false); /* it may be shown again */
    assert_refused(io, "'io'", "alias 'w'");
    memory_region_del_subregion(root, ww);
    AddressSpace *as = space_new(m, io, "as");
    assert_refused(io, "address space", "'io'");
    space_drop(m, as);
    as = space_new(m, w, "as");
    assert_refused(io, "alias 'w'");
    space_drop(m, as);
    g_assert_true(memory_region_wait_unused(io, &error_abort));
    g_assert_true(memory_region_wait_unused(root, &error_abort));
}

static void refused_by_the_thread(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE);

    (void)data;
    memory_read_lock();
    assert_refused(io, "'io'", "read section");
    memory_read_unlock();
    memory_context_lock(m->ctx);
    assert_refused(io, "'io'", "lock");
    memory_context_unlock(m->ctx);
    memory_region_transaction_begin();
    assert_refused(io, "'io'", "lock");
    memory_region_transaction_commit();
}

static MemoryRegion *awaited;
static unsigned refusals;

static uint64_t wait_in_callback(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    assert_refused(awaited, "waiting for the users of region 'other'");
    return refusals++;
}

static const MemoryRegionOps waiting_ops = { .read = wait_in_callback };

static void wait_in_listener(Spy *s, const char *what, MemoryRegionSection *section)
{
    (void)s;
    (void)what;
    (void)section;
    assert_refused(awaited, "lock");
    refusals++;
}

static void refused_in_callbacks(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", PAGE);
    AddressSpace *as = space_new(m, root, "as");
    Spy *spy = spy_new(m, "s", 0);

    (void)data;
    refusals = 0;
    awaited = io_new(m, "other", PAGE);
    io->ops = &waiting_ops;
    memory_region_add_subregion(root, 0, io);
    address_space_ldub(as, 0, ANY, NULL);
    memory_region_enable_lockless_io(io);
    address_space_ldub(as, 0, ANY, NULL);
    g_assert_cmpuint(refusals, ==, 2);
    spy->hook = wait_in_listener;
    spy_start(spy, as);
    g_assert_cmpuint(refusals, >, 2);
    spy->hook = NULL;
}

/* ---- Waiting: for those who keep something ---------------------------------------------- */

typedef struct Waiter {
    MemoryRegion *mr;
    int done;
    GThread *thread;
} Waiter;

static gpointer wait_for(gpointer data)
{
    Waiter *w = data;

    g_assert_true(memory_region_wait_unused(w->mr, &error_abort));
    g_atomic_int_set(&w->done, 1);
    return NULL;
}

static void waiter_start(Waiter *w, MemoryRegion *mr)
{
    *w = (Waiter){ .mr = mr };
    w->thread = g_thread_new("waiter", wait_for, w);
    g_usleep(20000); /* for one that does not wait to show it */
    g_assert_false(g_atomic_int_get(&w->done));
}

static void waiter_end(Waiter *w)
{
    g_thread_join(w->thread);
    g_assert_true(w->done);
}

typedef struct Stage {
    MemoryRegion *root, *ram;
    AddressSpace *as;
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x10000), .ram = ram_new(m, "ram", PAGE) };

    s.as = space_new(m, s.root, "as");
    memory_region_add_subregion(s.root, 0, s.ram);
    memory_region_add_subregion(s.root, 0x8000, io_new(m, "beside", 0x10));
    return s;
}

static void waits_for_views(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    FlatView *fv = address_space_get_flatview(s.as);
    Waiter w;

    (void)data;
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    flatview_unref(fv);
    waiter_end(&w);
}

static void waits_for_section_copies(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Waiter w;

    (void)data;
    memory_read_lock();
    MemoryRegionSection found = memory_region_find(s.root, 0, 1);
    MemoryRegionSection *copy = memory_region_section_new_copy(&found);
    memory_read_unlock();
    memory_region_unref(found.mr);
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    memory_region_section_free_copy(copy);
    waiter_end(&w);
}

static void waits_for_caches(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegionCache cache = MEMORY_REGION_CACHE_INVALID;
    Waiter w;

    (void)data;
    g_assert_cmpint(address_space_cache_init(&cache, s.as, 0, 0x10, false), ==, 0x10);
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    address_space_cache_destroy(&cache);
    waiter_end(&w);
}

static void waits_for_maps(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    hwaddr len = PAGE, more = 8;
    void *p = address_space_map(s.as, 0, &len, true, ANY);
    void *q = address_space_map(s.as, 4, &more, false, ANY);
    Waiter w;

    (void)data;
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    address_space_unmap(s.as, p, len, true, 0);
    g_usleep(5000);
    g_assert_false(g_atomic_int_get(&w.done));
    address_space_unmap(s.as, q, more, false, 0);
    waiter_end(&w);
}

/* A view is also rendered from a region, which need not be in any of its ranges. */
static void waits_for_roots(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", 0x10);
    AddressSpace *as;
    Waiter w;

    (void)data;
    memory_region_add_subregion(root, 0x100, io);
    as = space_new(m, root, "as");
    FlatView *fv = address_space_get_flatview(as);
    memory_region_del_subregion(root, io);
    space_drop(m, as);
    waiter_start(&w, root);
    flatview_unref(fv);
    waiter_end(&w);
}

static gpointer read_section(gpointer data)
{
    int *stage = data;

    memory_read_lock();
    g_atomic_int_set(stage, 1);
    while (g_atomic_int_get(stage) != 2) {
        g_thread_yield();
    }
    memory_read_unlock();
    return NULL;
}

static void waits_for_readers(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    int stage = 0;
    GThread *reader = g_thread_new("reader", read_section, &stage);
    Waiter w;

    (void)data;
    while (g_atomic_int_get(&stage) != 1) {
        g_thread_yield();
    }
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    g_atomic_int_set(&stage, 2);
    g_thread_join(reader);
    waiter_end(&w);
}

/* It was put back while somebody waited: the wait ends with an error instead of never. */
static gpointer wait_in_vain(gpointer data)
{
    Waiter *w = data;

    assert_refused(w->mr, "'ram'", "'root'");
    w->done = 1;
    return NULL;
}

static void ends_when_it_is_put_back(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    FlatView *fv = address_space_get_flatview(s.as);
    Waiter w = { .mr = s.ram };

    (void)data;
    memory_region_del_subregion(s.root, s.ram);
    w.thread = g_thread_new("waiter", wait_in_vain, &w);
    g_usleep(5000);
    memory_region_add_subregion(s.root, 0x4000, s.ram);
    waiter_end(&w);
    flatview_unref(fv);
}

/* ---- Freed at once ---------------------------------------------------------------------- */

typedef struct Lone {
    MemoryRegion mr;
    uint32_t value;
} Lone;

static uint64_t lone_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr;
    (void)size;
    return ((Lone *)opaque)->value;
}

static const MemoryRegionOps lone_ops = { .read = lone_read };

static gpointer read_lone(gpointer data)
{
    Crew *c = data;

    while (crew_goes_on(c)) {
        MemTxResult result;
        uint32_t val = address_space_ldl_le(c->as, 0, ANY, &result);
        g_assert_cmphex(val, ==, result == MEMTX_OK ? 0x600d600d : 0);
        address_space_access_valid(c->as, 0, 4, false, ANY);
    }
    return NULL;
}

static gpointer map_lone(gpointer data)
{
    Crew *c = data;

    while (crew_goes_on(c)) {
        hwaddr len = PAGE;
        uint8_t *p = address_space_map(c->as, 0, &len, false, ANY);
        if (p) {
            g_assert_true(p[len - 1] == 0x0d || p[len - 1] == 0x60 || p[len - 1] == 0);
            address_space_unmap(c->as, p, len, false, len);
        }
    }
    return NULL;
}

static void end_and_free(MemoryRegion *root, MemoryRegion *mr, void *memory)
{
    memory_region_del_subregion(root, mr);
    g_assert_true(memory_region_wait_unused(mr, &error_abort));
    object_unparent(OBJECT(mr));
    if (memory) {
        memset(memory, 0xdd, PAGE);
        free(memory);
    }
    memset(mr, 0xdd, sizeof *mr);
    free(mr);
}

static void device_freed_at_once(MemoryRegion *root)
{
    Lone *d = malloc(sizeof *d);

    d->value = 0x600d600d;
    memory_region_init_io(&d->mr, NULL, &lone_ops, d, "lone", PAGE);
    memory_region_enable_lockless_io(&d->mr);
    memory_region_add_subregion(root, 0, &d->mr);
    g_thread_yield();
    end_and_free(root, &d->mr, NULL);
}

static void memory_freed_at_once(MemoryRegion *root)
{
    MemoryRegion *mr = malloc(sizeof *mr);
    uint16_t *memory = aligned_alloc(PAGE, PAGE);

    for (unsigned i = 0; i < PAGE / 2; i++) {
        memory[i] = 0x600d;
    }
    memory_region_init_ram_ptr(mr, NULL, "lone-ram", PAGE, memory);
    memory_region_add_subregion(root, 0, mr);
    g_thread_yield();
    end_and_free(root, mr, memory);
}

static void freed_at_once(Machine *m, gconstpointer data)
{
    Crew crew = { .machine = m };
    MemoryRegion *root = box_new(m, "root", 0x10000);

    (void)data;
    crew.as = space_new(m, root, "as");
    crew_start(&crew, read_lone, &crew);
    crew_start(&crew, map_lone, &crew);
    crew_start(&crew, read_lone, &crew);
    for (Clock k = clock_start(); clock_runs(&k);) {
        device_freed_at_once(root);
        memory_freed_at_once(root);
    }
    crew_end(&crew);
}

/* ---- Maps of memory that several regions have ------------------------------------------- */

/* Two devices' regions on the same memory of the program. */
typedef struct Twin {
    Object *owner;
    MemoryRegion mr;
    hwaddr addr;
} Twin;

static void twin_init(Twin *t, MemoryRegion *root, hwaddr addr, const char *name, void *memory)
{
    t->owner = object_new(TYPE_DEVICE);
    t->addr = addr;
    memory_region_init_ram_ptr(&t->mr, t->owner, name, PAGE, memory);
    memory_region_add_subregion(root, addr, &t->mr);
}

static void *twin_map(Twin *t, AddressSpace *as, hwaddr at, hwaddr want)
{
    hwaddr len = want;
    void *p = address_space_map(as, t->addr + at, &len, true, ANY);

    g_assert_nonnull(p);
    g_assert_cmphex(len, ==, want);
    return p;
}

static unsigned refs(const Twin *t)
{
    return t->owner->ref;
}

/* Each unmap gives back the reference of its own region, in whatever order. */
static void unmap_finds_its_region(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    uint8_t *memory = aligned_alloc(PAGE, 2 * PAGE);
    Twin a, b;

    (void)data;
    twin_init(&a, root, 0, "a", memory);
    void *early = twin_map(&a, as, 0x10, 8); /* when a was alone */
    twin_init(&b, root, 0x4000, "b", memory);
    memory_drain();
    unsigned a_refs = refs(&a), b_refs = refs(&b);
    void *pb = twin_map(&b, as, 0x10, 8), *pa = twin_map(&a, as, 0x20, 8);
    void *longer = twin_map(&a, as, 0x10, 16);
    g_assert_true(pb == early && longer == early);
    g_assert_cmpuint(refs(&a), ==, a_refs + 2);
    g_assert_cmpuint(refs(&b), ==, b_refs + 1);
    address_space_unmap(as, pb, 8, true, 0);
    g_assert_cmpuint(refs(&b), ==, b_refs);
    address_space_unmap(as, pa, 8, true, 0);
    address_space_unmap(as, longer, 16, true, 0);
    g_assert_cmpuint(refs(&a), ==, a_refs);
    address_space_unmap(as, early, 8, true, 0);
    g_assert_cmpuint(refs(&a), ==, a_refs - 1);
    for (Twin *t = &a; t; t = t == &a ? &b : NULL) {
        memory_region_del_subregion(root, &t->mr);
        g_assert_true(memory_region_wait_unused(&t->mr, &error_abort));
        object_unref(t->owner);
    }
    memory_drain();
    free(memory);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    type_register_static(&device_info);
    TEST("/lifetime/D6/entangled-owner", entangled_owner_goes);
    TEST("/lifetime/3/shown-owner", shown_owner_goes_later);
    TEST("/lifetime/3/owner-and-space", owner_goes_after_its_space);
    TEST("/lifetime/3/owners-under-readers", owners_go_under_readers);
    TEST("/lifetime/wait/refused-in-the-tree", refused_in_the_tree);
    TEST("/lifetime/wait/refused-by-the-thread", refused_by_the_thread);
    TEST("/lifetime/wait/refused-in-callbacks", refused_in_callbacks);
    TEST("/lifetime/wait/views", waits_for_views);
    TEST("/lifetime/wait/section-copies", waits_for_section_copies);
    TEST("/lifetime/wait/caches", waits_for_caches);
    TEST("/lifetime/wait/maps", waits_for_maps);
    TEST("/lifetime/wait/roots", waits_for_roots);
    TEST("/lifetime/wait/readers", waits_for_readers);
    TEST("/lifetime/wait/put-back", ends_when_it_is_put_back);
    TEST("/lifetime/wait/freed-at-once", freed_at_once);
    TEST("/lifetime/12/unmap-finds-its-region", unmap_finds_its_region);
    return g_test_run();
}
