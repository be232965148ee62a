/* SPDX-License-Identifier: MIT
 *
 * Inside the library: the host refuses memory. Making a context then returns an error, whichever
 * allocation is refused. Accesses, which a guest can cause, fail or need no memory. The program is
 * linked so that the library's allocations come here (--wrap).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/context.h"
#include "support.h"

/* ---- Refusal ---------------------------------------------------------------------------- */

static _Thread_local long granted = -1; /* allocations until one is refused; negative: none is */
static _Thread_local bool refuse_all;   /* refuse all that follow, too */
static long living;                     /* allocations that were not freed yet; atomic */

static bool is_refused(void)
{
    if (granted < 0 || granted-- > 0) {
        return false;
    }
    granted = refuse_all ? 0 : -1;
    errno = ENOMEM;
    return true;
}

static void refuse(long from, bool all)
{
    granted = from;
    refuse_all = all;
}

/* Whether the allocation that was to be refused was reached. */
static bool stop_refusing(void)
{
    bool reached = refuse_all ? granted == 0 : granted < 0;

    granted = -1;
    return reached;
}

static void *note(void *ptr)
{
    __atomic_add_fetch(&living, ptr != NULL, __ATOMIC_RELAXED);
    return ptr;
}

#define WRAP(result, name, types, args)                                                           \
    result __real_##name types;                                                                   \
    result __wrap_##name types;                                                                   \
    result __wrap_##name types                                                                    \
    {                                                                                             \
        return is_refused() ? NULL : note(__real_##name args);                                    \
    }
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, aligned_alloc, (size_t align, size_t size), (align, size))
WRAP(char *, strdup, (const char *s), (s))

void *__real_reallocarray(void *ptr, size_t n, size_t size);
void *__wrap_reallocarray(void *ptr, size_t n, size_t size);
void *__wrap_reallocarray(void *ptr, size_t n, size_t size)
{
    void *resized = is_refused() ? NULL : __real_reallocarray(ptr, n, size);

    return ptr ? resized : note(resized);
}

int __real_posix_memalign(void **ptr, size_t align, size_t size);
int __wrap_posix_memalign(void **ptr, size_t align, size_t size);
int __wrap_posix_memalign(void **ptr, size_t align, size_t size)
{
    int result = is_refused() ? ENOMEM : __real_posix_memalign(ptr, align, size);

    note(result ? NULL : *ptr);
    return result;
}

int __real_vasprintf(char **s, const char *fmt, va_list ap);
int __wrap_vasprintf(char **s, const char *fmt, va_list ap);
int __wrap_vasprintf(char **s, const char *fmt, va_list ap)
{
    int result = is_refused() ? -1 : __real_vasprintf(s, fmt, ap);

    note(result < 0 ? NULL : *s);
    return result;
}

int __wrap_asprintf(char **s, const char *fmt, ...);
int __wrap_asprintf(char **s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int result = __wrap_vasprintf(s, fmt, ap);
    va_end(ap);
    return result;
}

/* What the compiler calls instead with _FORTIFY_SOURCE, with which distributions build. */
int __wrap___vasprintf_chk(char **s, int flag, const char *fmt, va_list ap);
int __wrap___vasprintf_chk(char **s, int flag, const char *fmt, va_list ap)
{
    (void)flag;
    return __wrap_vasprintf(s, fmt, ap);
}

int __wrap___asprintf_chk(char **s, int flag, const char *fmt, ...);
int __wrap___asprintf_chk(char **s, int flag, const char *fmt, ...)
{
    va_list ap;

    (void)flag;
    va_start(ap, fmt);
    int result = __wrap_vasprintf(s, fmt, ap);
    va_end(ap);
    return result;
}

void __real_free(void *ptr);
void __wrap_free(void *ptr);
void __wrap_free(void *ptr)
{
    __atomic_sub_fetch(&living, ptr != NULL, __ATOMIC_RELAXED);
    __real_free(ptr);
}

/* mmap() with 64-bit offsets, for which the library is built. Pages are refused like allocations,
 * and not counted. */
void *__real_mmap64(void *addr, size_t length, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
    return is_refused() ? MAP_FAILED : __real_mmap64(addr, length, prot, flags, fd, offset);
}

/* ---- A new context ---------------------------------------------------------------------- */

/* Makes a context. Returns false if that takes fewer than 'from' allocations. */
static bool try_context(long from, bool all, unsigned *failed)
{
    const MemoryContextOptions opts = { .name = "short of memory" };
    long before = living;
    Error *err = NULL;

    refuse(from, all);
    MemoryContext *ctx = memory_context_new(&opts, &err);
    bool reached = stop_refusing();
    if (ctx) {
        g_assert_null(err);
        g_assert_cmpstr(memory_context_name(ctx), ==, "short of memory");
        g_assert_true(memory_context_destroy(ctx, NULL));
    } else {
        g_assert_nonnull(strstr(error_get_pretty(err), "memory"));
        error_free(err);
        g_assert_cmpint(living, ==, before);
        (*failed)++;
    }
    return reached;
}

static void context_new(gconstpointer all)
{
    unsigned failed = 0, tries = 0;

    while (try_context(tries, all != NULL, &failed)) {
        tries++;
    }
    g_assert_cmpuint(tries, >, 40);
    g_assert_cmpuint(failed, >, 2);
}

static void errors(void)
{
    Error *err = NULL, *other = NULL;

    refuse(0, true);
    error_setg(&err, "region '%s'", "a");
    error_setg_errno(&other, EBUSY, "region '%s'", "b");
    stop_refusing();
    g_assert_cmpstr(error_get_pretty(err), ==, "out of memory");
    g_assert_cmpstr(error_get_pretty(other), ==, "out of memory");
    error_free(err);
    error_propagate(NULL, other);
}

/* ---- Regions with errp ------------------------------------------------------------------- */

static bool make_ram(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_ram(mr, NULL, "short", 0x4000, errp);
}

static bool make_rom(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_rom(mr, NULL, "short", 0x4000, errp);
}

static bool make_rom_device(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_rom_device(mr, NULL, &unassigned_mem_ops, NULL, "short", 0x4000,
                                         errp);
}

static bool make_resizeable(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_resizeable_ram(mr, NULL, "short", 0x1000, 0x4000, NULL, errp);
}

static bool make_from_file(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_ram_from_file(mr, NULL, "short", 0x4000, 0, 0, g_get_tmp_dir(),
                                            false, errp);
}

static bool make_unnamed(MemoryRegion *mr, Error **errp)
{
    return memory_region_init_ram_nomigrate(mr, NULL, NULL, 0x4000, errp);
}

typedef struct Constructor {
    const char *path;
    bool (*make)(MemoryRegion *mr, Error **errp);
} Constructor;

static const Constructor constructors[] = {
    { "ram", make_ram },
    { "rom", make_rom },
    { "rom-device", make_rom_device },
    { "resizeable", make_resizeable },
    { "from-file", make_from_file },
    { "unnamed", make_unnamed },
};

/* Calls a constructor. Returns false if it makes fewer than 'from' allocations. */
static bool try_constructor(const Constructor *c, long from, bool all, unsigned *failed)
{
    MemoryRegion mr;
    Error *err = NULL;

    memset(&mr, 0x5a, sizeof(mr));
    refuse(from, all);
    bool made = c->make(&mr, &err);
    bool reached = stop_refusing();
    g_assert_true(made == memory_region_was_made(&mr));
    g_assert_true(made == (err == NULL));
    if (made) {
        g_assert_true(memory_region_wait_unused(&mr, NULL));
    } else {
        error_free(err);
        (*failed)++;
    }
    memory_drain();
    return reached;
}

/* Refuses each allocation in turn, alone or with all that follow it. The context's tables contain
 * 'others' regions: as many as fill them, and fewer. */
static void constructor(Machine *m, gconstpointer opaque)
{
    const Constructor *c = opaque;
    unsigned failed = 0, tries = 0;

    for (unsigned others = 0; others < 70; others++) {
        g_autofree char *name = g_strdup_printf("other%u", others);
        ram_new(m, name, 0x1000);
        for (int all = 0; all < 2; all++) {
            for (long from = 0; try_constructor(c, from, all, &failed); from++) {
                tries++;
            }
        }
    }
    g_assert_cmpuint(failed, >, 70);
    g_assert_cmpuint(tries, >, failed);
}

/* ---- The read side ---------------------------------------------------------------------- */

enum { RAM_SIZE = 0x10000, IO_BASE = 0x100000, SHARED_BASE = 0x200000 };
#define NO_ATTRS MEMTXATTRS_UNSPECIFIED

static AddressSpace *space;

static void transfers(void)
{
    MemTxResult result = MEMTX_ERROR;
    uint8_t buf[64];

    address_space_stl_le(space, 8, 0x12345678, NO_ATTRS, &result);
    g_assert_cmpint(result, ==, MEMTX_OK);
    g_assert_cmphex(address_space_ldl_le(space, 8, NO_ATTRS, &result), ==, 0x12345678);
    g_assert_cmpint(address_space_rw(space, 8, NO_ATTRS, buf, sizeof(buf), false), ==, MEMTX_OK);
    g_assert_cmphex(buf[0], ==, 0x78);
}

static void device(void)
{
    MemTxResult result = MEMTX_ERROR;

    g_assert_cmphex(address_space_ldl_le(space, IO_BASE + 4, NO_ATTRS, &result), ==, 4);
    g_assert_cmpint(result, ==, MEMTX_OK);
    g_assert_true(address_space_access_valid(space, IO_BASE, 0x1000, false, NO_ATTRS));
}

static void map_of_ram(void)
{
    hwaddr len = 64;
    void *p = address_space_map(space, 0, &len, true, NO_ATTRS);

    g_assert_nonnull(p);
    address_space_unmap(space, p, len, true, len);
}

static void map_of_device(void)
{
    hwaddr len = 64;

    g_assert_null(address_space_map(space, IO_BASE, &len, false, NO_ATTRS));
    g_assert_cmpuint(len, ==, 0);
}

/* Two blocks have the same bytes, so a map needs a record. */
static void map_of_shared_memory(void)
{
    hwaddr len = 64;

    g_assert_null(address_space_map(space, SHARED_BASE, &len, false, NO_ATTRS));
    g_assert_cmpuint(len, ==, 0);
}

static void cache(void)
{
    MemoryRegionCache c;

    g_assert_cmpint(address_space_cache_init(&c, space, 0, 64, true), ==, 64);
    address_space_stl_le_cached(&c, 16, 7, NO_ATTRS, NULL);
    address_space_cache_destroy(&c);
    g_assert_cmphex(address_space_ldl_le(space, 16, NO_ATTRS, NULL), ==, 7);
}

static void find(void)
{
    MemoryRegionSection s = memory_region_find(get_system_memory(), 0, 64);

    g_assert_nonnull(s.mr);
    memory_region_unref(s.mr);
}

static unsigned scheduled;

static void schedule(QEMUBH *bh, void *opaque)
{
    (void)opaque;
    g_assert_true(bh == (QEMUBH *)&scheduled);
    scheduled++;
}

/* The library has no memory to note the client, so it schedules the client at once, which tries
 * again. */
static void map_client(void)
{
    scheduled = 0;
    address_space_register_map_client(space, (QEMUBH *)&scheduled);
    g_assert_cmpuint(scheduled, ==, 1);
    cpu_register_map_client((QEMUBH *)&scheduled);
    g_assert_cmpuint(scheduled, ==, 2);
    address_space_unregister_map_client(space, (QEMUBH *)&scheduled);
}

typedef struct Call {
    const char *path;
    void (*make)(void);
} Call;

static MemoryContext *machine;

static gpointer make_call(gpointer opaque)
{
    const Call *call = opaque;

    memory_context_set_current(machine);
    refuse(0, true);
    call->make();
    stop_refusing();
    return NULL;
}

static void assert_all_is_well(void)
{
    hwaddr len = 64;
    void *p = address_space_map(space, IO_BASE, &len, false, NO_ATTRS);

    g_assert_nonnull(p);
    address_space_unmap(space, p, len, false, len);
    len = 64;
    p = address_space_map(space, SHARED_BASE, &len, false, NO_ATTRS);
    g_assert_nonnull(p);
    address_space_unmap(space, p, len, false, len);
}

/* Makes the call in a thread that has not accessed anything before. */
static void read_side(Machine *m, gconstpointer opaque)
{
    static uint8_t bytes[0x1000];
    MemoryRegion *shared[2] = { g_new0(MemoryRegion, 1), g_new0(MemoryRegion, 1) };
    MemoryContextHooks hooks = { .schedule_bh = schedule };

    machine = m->ctx;
    space = memory_context_memory(m->ctx);
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_add_subregion(get_system_memory(), 0, ram_new(m, "ram", RAM_SIZE));
    memory_region_add_subregion(get_system_memory(), IO_BASE, io_new(m, "device", 0x1000));
    for (unsigned i = 0; i < G_N_ELEMENTS(shared); i++) {
        g_autofree char *name = g_strdup_printf("shared%u", i);
        memory_region_init_ram_ptr(shared[i], NULL, name, sizeof(bytes), bytes);
        memory_region_add_subregion(get_system_memory(), SHARED_BASE + i * 0x1000, shared[i]);
        g_ptr_array_add(m->regions, shared[i]);
    }
    g_thread_join(g_thread_new("t", make_call, (gpointer)opaque));
    assert_all_is_well();
}

static void start(Machine *m, gconstpointer opaque)
{
    (void)opaque;
    machine_setup(m, NULL);
}

/* ---- Open maps -------------------------------------------------------------------------- */

enum { PAGE = 0x1000, PAGES = 64, MAPS = 32 };

static bool take_dirty_page(MemoryRegion *ram, hwaddr page)
{
    return memory_region_test_and_clear_dirty(ram, page * PAGE, PAGE, DIRTY_MEMORY_VGA);
}

/* Maps for writing still succeed, but after the first few they are only counted. While one of
 * those is open, every harvest finds the whole block dirty. */
static void open_maps(Machine *m, gconstpointer opaque)
{
    MemoryRegion *ram = ram_new(m, "ram", PAGES * PAGE);
    AddressSpace *as = memory_context_memory(m->ctx);
    void *host[MAPS];

    (void)opaque;
    memory_region_add_subregion(get_system_memory(), 0, ram);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    memory_region_reset_dirty(ram, 0, PAGES * PAGE, DIRTY_MEMORY_VGA);
    refuse(0, true);
    for (unsigned i = 0; i < MAPS; i++) {
        hwaddr len = PAGE;
        host[i] = address_space_map(as, i * PAGE, &len, true, NO_ATTRS);
    }
    g_assert_true(stop_refusing());
    for (unsigned round = 0; round < 2; round++) {
        g_assert_true(take_dirty_page(ram, 0));
        g_assert_true(take_dirty_page(ram, PAGES - 1));
    }
    for (unsigned i = 0; i < MAPS; i++) {
        g_assert_nonnull(host[i]);
        address_space_unmap(as, host[i], PAGE, true, 0);
    }
    g_assert_false(memory_region_test_and_clear_dirty(ram, 0, PAGES * PAGE, DIRTY_MEMORY_VGA));
    hwaddr len = PAGE;
    host[0] = address_space_map(as, 5 * PAGE, &len, true, NO_ATTRS);
    g_assert_true(take_dirty_page(ram, 5));
    g_assert_false(take_dirty_page(ram, 6));
    address_space_unmap(as, host[0], PAGE, true, 0);
}

/* ---- Bounce buffers --------------------------------------------------------------------- */

static void *bounce(AddressSpace *as, long granted_before, bool *reached)
{
    hwaddr len = 64;

    refuse(granted_before, false);
    void *p = address_space_map(as, 0, &len, true, NO_ATTRS);
    *reached = stop_refusing();
    g_assert_cmpuint(len, ==, p ? 64 : 0);
    return p;
}

/* A map needs a buffer, and a table to find the buffer in. It works even if the table cannot
 * grow. */
static void bounce_buffers(Machine *m, gconstpointer opaque)
{
    AddressSpace *as = memory_context_memory(m->ctx);
    void *buffer[MAPS];
    bool reached, grown = false;

    (void)opaque;
    memory_region_add_subregion(get_system_memory(), 0, io_new(m, "device", PAGE));
    /* The first access allocates the thread's table of spots. */
    address_space_ldl_le(as, 0, NO_ATTRS, NULL);
    address_space_set_max_bounce_bytes(as, (size_t)1 << 20);
    for (long from = 0; from < 2; from++) {
        g_assert_null(bounce(as, from, &reached));
        g_assert_true(reached);
    }
    buffer[0] = bounce(as, MAPS, &reached);
    for (unsigned i = 1; i < MAPS; i++) {
        buffer[i] = bounce(as, 1, &reached);
        grown |= reached;
    }
    g_assert_true(grown);
    for (unsigned i = 0; i < MAPS; i++) {
        g_assert_nonnull(buffer[i]);
        address_space_unmap(as, buffer[i], 64, true, 64);
    }
}

int main(int argc, char **argv)
{
    static const Call calls[] = {
        { "/out-of-memory/transfers", transfers },
        { "/out-of-memory/device", device },
        { "/out-of-memory/map-of-ram", map_of_ram },
        { "/out-of-memory/map-of-device", map_of_device },
        { "/out-of-memory/map-of-shared-memory", map_of_shared_memory },
        { "/out-of-memory/cache", cache },
        { "/out-of-memory/find", find },
        { "/out-of-memory/map-client", map_client },
    };

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/out-of-memory/context-new/one", NULL, context_new);
    g_test_add_data_func("/out-of-memory/context-new/all", "all", context_new);
    g_test_add_func("/out-of-memory/errors", errors);
    g_test_add("/out-of-memory/open-maps", Machine, NULL, start, open_maps, machine_teardown);
    g_test_add("/out-of-memory/bounce-buffers", Machine, NULL, start, bounce_buffers,
               machine_teardown);
    for (unsigned i = 0; i < G_N_ELEMENTS(constructors); i++) {
        g_autofree char *path =
            g_strconcat("/out-of-memory/constructor/", constructors[i].path, NULL);
        g_test_add(path, Machine, &constructors[i], start, constructor, machine_teardown);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_test_add(calls[i].path, Machine, &calls[i], start, read_side, machine_teardown);
    }
    return g_test_run();
}
