/* SPDX-License-Identifier: MIT
 *
 * memory_region_wait_unused() returns exactly when nothing leads to a region any more. The test
 * then frees the region at once, while readers run. The sanitizers check much of it.
 */
#include <physmem/cache.h>
#include <physmem/error.h>
#include <stdlib.h>

#include "crew.h"
#include "reader.h"
#include "waiter.h"

#define ANY MEMTXATTRS_UNSPECIFIED

enum { PAGE = 0x1000 };

/* ---- Refused ---------------------------------------------------------------------------- */

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
    memory_region_add_subregion(root, 0, io);
    assert_refused(io, "'io'", "'root'");
    assert_refused(root, "'root'", "contains 'io'");
    memory_region_del_subregion(root, io);
    memory_region_add_subregion(root, 0, ww);
    assert_refused(io, "'io'", "alias 'w'");
    memory_region_set_enabled(root, false); /* the root may be enabled again */
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

static void refused_for_no_region(Machine *m, gconstpointer data)
{
    MemoryRegion mr;

    (void)m, (void)data;
    memset(&mr, 0, sizeof(mr));
    assert_refused(&mr, "never initialised");
    memset(&mr, 0xa5, sizeof(mr));
    assert_refused(&mr, "never initialised");
    assert_refused(NULL, "NULL");
}

/* A region is not ended as long as the program has a reference of its own, from object_ref(). */
static void refused_with_references(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE);

    (void)data;
    object_ref(io);
    assert_refused(io, "'io'", "object_unref()");
    object_unref(io);
    g_assert_true(memory_region_wait_unused(io, &error_abort));
}

/* ---- The end ---------------------------------------------------------------------------- */

/* No record of the region is left, whether it has a name or not, so its memory may be used
 * again. */
static void ends_the_region(Machine *m, gconstpointer data)
{
    static const char *const names[] = { "io", NULL };
    MemoryRegion *root = box_new(m, "root", 0x10000), mr;
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        memory_region_init_io(&mr, NULL, &plain_ops, NULL, names[i], PAGE);
        memory_region_add_subregion(root, 0, &mr);
        memory_region_del_subregion(root, &mr);
        g_assert_true(memory_region_wait_unused(&mr, &error_abort));
        memset(&mr, 0xdd, sizeof(mr));
        memory_region_init_ram_nomigrate(&mr, NULL, names[i], PAGE, &error_abort);
        memory_region_add_subregion(root, 0, &mr);
        g_assert_cmpuint(address_space_ldub(as, 0, ANY, NULL), ==, 0);
        memory_region_del_subregion(root, &mr);
        g_assert_true(memory_region_wait_unused(&mr, &error_abort));
    }
}

/* Ending a region a second time does nothing, whichever of the two calls comes first. */
static void ends_once(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", PAGE);
    MemoryRegion *unnamed = io_new(m, NULL, PAGE), *ram = ram_new(m, "ram", PAGE);

    (void)data;
    space_new(m, root, "as");
    memory_region_add_subregion(root, 0, io);
    memory_region_add_subregion(root, PAGE, ram);
    memory_region_del_subregion(root, io);
    memory_region_del_subregion(root, ram);
    g_assert_true(memory_region_wait_unused(io, &error_abort));
    g_assert_true(memory_region_wait_unused(io, &error_abort));
    object_unparent(OBJECT(io));
    g_assert_true(memory_region_wait_unused(unnamed, &error_abort));
    object_unparent(OBJECT(unnamed));
    object_unparent(OBJECT(ram));
    g_assert_true(memory_region_wait_unused(ram, &error_abort));
}

/* A region with an owner is only waited for: the owner ends it. */
static void leaves_it_to_the_owner(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), named, unnamed;
    DeviceState *dev = device_new("dev");
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_init_io(&named, OBJECT(dev), &plain_ops, NULL, "named", PAGE);
    memory_region_init_io(&unnamed, OBJECT(dev), &plain_ops, NULL, NULL, PAGE);
    g_assert_true(memory_region_wait_unused(&named, &error_abort));
    g_assert_true(memory_region_wait_unused(&unnamed, &error_abort));
    memory_region_add_subregion(root, 0, &named);
    memory_region_add_subregion(root, PAGE, &unnamed);
    assert_map(as, "0-fff named@0, 1000-1fff (null)@0");
    memory_region_del_subregion(root, &named);
    memory_region_del_subregion(root, &unnamed);
    memory_drain();
    object_unref(dev);
}

/* ---- For those who keep something ------------------------------------------------------- */

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

static void waits_after_the_end(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    FlatView *fv = address_space_get_flatview(s.as);
    Waiter w;

    (void)data;
    memory_region_del_subregion(s.root, s.ram);
    object_unparent(OBJECT(s.ram));
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

/* A view refers to its root, too, which need not be in any of its ranges. */
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

static void waits_for_readers(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Reader reader;
    Waiter w;

    (void)data;
    reader_start(&reader);
    memory_region_del_subregion(s.root, s.ram);
    waiter_start(&w, s.ram);
    reader_end(&reader);
    waiter_end(&w);
}

/* If the region is added again while a thread waits, the wait ends with an error instead of
 * never. */
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
    if (memory) {
        memset(memory, 0xdd, PAGE);
        free(memory);
    }
    memset(mr, 0xdd, sizeof(*mr));
    free(mr);
}

static void device_freed_at_once(MemoryRegion *root)
{
    Lone *d = malloc(sizeof(*d));

    d->value = 0x600d600d;
    memory_region_init_io(&d->mr, NULL, &lone_ops, d, "lone", PAGE);
    memory_region_enable_lockless_io(&d->mr);
    memory_region_add_subregion(root, 0, &d->mr);
    g_thread_yield();
    end_and_free(root, &d->mr, NULL);
}

static void memory_freed_at_once(MemoryRegion *root)
{
    MemoryRegion *mr = malloc(sizeof(*mr));
    uint16_t *memory = aligned_alloc(PAGE, PAGE);

    for (unsigned i = 0; i < PAGE / 2; i++) {
        memory[i] = GUINT16_TO_LE(0x600d);
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

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/unused/refused-in-the-tree", refused_in_the_tree);
    TEST("/unused/refused-by-the-thread", refused_by_the_thread);
    TEST("/unused/refused-in-callbacks", refused_in_callbacks);
    TEST("/unused/refused-for-no-region", refused_for_no_region);
    TEST("/unused/refused-with-references", refused_with_references);
    TEST("/unused/ends-the-region", ends_the_region);
    TEST("/unused/ends-once", ends_once);
    TEST("/unused/owner", leaves_it_to_the_owner);
    TEST("/unused/after-the-end", waits_after_the_end);
    TEST("/unused/views", waits_for_views);
    TEST("/unused/section-copies", waits_for_section_copies);
    TEST("/unused/caches", waits_for_caches);
    TEST("/unused/maps", waits_for_maps);
    TEST("/unused/roots", waits_for_roots);
    TEST("/unused/readers", waits_for_readers);
    TEST("/unused/put-back", ends_when_it_is_put_back);
    TEST("/unused/freed-at-once", freed_at_once);
    return g_test_run();
}
