/* SPDX-License-Identifier: MIT
 *
 * RAM blocks: ids, notifiers, resizing, discarding contents (specification 5, 22.5, 22.8). How
 * blocks are made is in test-ram.c and test-ram-file.c.
 */
#define _GNU_SOURCE /* madvise */
#include <errno.h>
#include <physmem/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ram-support.h"

enum { PAGE = 4096, PLACE = 64 * PAGE };

static void without_region(Machine *m, gconstpointer data)
{
    RAMBlock *rb = qemu_ram_alloc(PAGE, 0, NULL, NULL);

    (void)m, (void)data;
    memset(qemu_ram_get_host_addr(rb), 1, PAGE);
    g_assert_null(memory_region_from_host(qemu_ram_get_host_addr(rb), NULL));
    qemu_ram_free(rb);
    qemu_ram_free(NULL);
}

/* ---- Ids ---------------------------------------------------------------------------------- */

static void ids(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("vga0");
    MemoryRegion *mr = ram_new(m, "vram", PAGE);

    (void)data;
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, "");
    g_assert_null(qemu_ram_block_by_name(""));
    vmstate_register_ram(mr, dev);
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, "vga0/vram");
    g_assert_true(qemu_ram_is_migratable(mr->ram_block));
    g_assert_true(qemu_ram_block_by_name("vga0/vram") == mr->ram_block);
    g_assert_null(qemu_ram_block_by_name("vram"));
    vmstate_unregister_ram(mr, dev);
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, "");
    g_assert_false(qemu_ram_is_migratable(mr->ram_block));
    vmstate_register_ram_global(mr);
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, "vram");
    region_drop(m, mr);
    mr = ram_new(m, "vram", PAGE);
    vmstate_register_ram_global(mr); /* the id is free again */
    g_assert_true(qemu_ram_block_by_name("vram") == mr->ram_block);
    qemu_ram_unset_idstr(NULL);
    object_unref(dev);
}

static void ids_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGE);
    char name[300];

    (void)data;
    memset(name, 'n', sizeof(name));
    name[256] = 0;
    qemu_ram_set_idstr(mr->ram_block, name, NULL);
    expect_message(m, "misuse", "256 bytes", NULL);
    name[255] = 0;
    qemu_ram_set_idstr(mr->ram_block, name, NULL);
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, name);
    qemu_ram_set_idstr(mr->ram_block, "another", NULL);
    expect_message(m, "misuse", "another", NULL);
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, name);
}

static void registered_forms(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("dev");
    static MemoryRegion ram, rom, romd;

    (void)m, (void)data;
    g_assert_true(memory_region_init_ram(&ram, OBJECT(dev), "ram", PAGE, NULL));
    g_assert_true(memory_region_init_rom(&rom, OBJECT(dev), "rom", PAGE, NULL));
    g_assert_true(memory_region_init_rom_device(&romd, OBJECT(dev), &plain_ops, NULL, "romd", PAGE,
                                                NULL));
    g_assert_true(qemu_ram_block_by_name("dev/ram") == ram.ram_block);
    g_assert_true(qemu_ram_block_by_name("dev/rom") == rom.ram_block);
    g_assert_true(qemu_ram_block_by_name("dev/romd") == romd.ram_block);
    g_assert_true(qemu_ram_is_migratable(romd.ram_block));
    object_unref(dev);
    g_assert_null(qemu_ram_block_by_name("dev/ram"));
}

/* A constructor with errp reports the error: the region is not made, and nothing is left of it. */
static void refused_registration(MemoryRegion *mr, Object *owner, const char *name,
                                 const char *word)
{
    Error *err = NULL;

    g_assert_false(memory_region_init_ram(mr, owner, name, PAGE, &err));
    g_assert_nonnull(strstr(error_get_pretty(err), word));
    g_assert_false(memory_region_was_made(mr));
    g_assert_cmpuint(memory_region_size(mr), ==, 0);
    error_free(err);
    g_assert_false(memory_region_init_rom(mr, owner, name, PAGE, NULL));
    g_assert_false(memory_region_init_rom_device(mr, owner, &plain_ops, NULL, name, PAGE, NULL));
}

static void duplicate_id(Machine *m, gconstpointer data)
{
    g_autofree MemoryRegion *a = g_new0(MemoryRegion, 1);
    MemoryRegion b;

    (void)m, (void)data;
    g_assert_true(memory_region_init_ram(a, NULL, "same", PAGE, &error_abort));
    refused_registration(&b, NULL, "same", "'same' exists already: end its region first");
    g_assert_true(qemu_ram_block_by_name("same") == a->ram_block);
    object_unparent(OBJECT(a));
    g_assert_true(memory_region_init_ram(&b, NULL, "same", PAGE, &error_abort));
    g_assert_true(qemu_ram_block_by_name("same") == b.ram_block);
    object_unparent(OBJECT(&b));
}

static void lengthy_id(Machine *m, gconstpointer data)
{
    g_autofree char *name = g_strnfill(256, 'n');
    MemoryRegion mr;

    (void)m, (void)data;
    refused_registration(&mr, NULL, name, "256 bytes");
}

static void owner_no_device(Machine *m, gconstpointer data)
{
    MemoryRegion mr;

    (void)m, (void)data;
    refused_registration(&mr, object_get_root(), "ram", "not a device");
}

/* The call without errp still aborts (22.5). */
static void duplicate_by_hand(void)
{
    MemoryRegion a, b;

    if (g_test_subprocess()) {
        memory_region_init_ram(&a, NULL, "same", PAGE, NULL);
        memory_region_init_ram_nomigrate(&b, NULL, "same", PAGE, NULL);
        qemu_ram_set_idstr(b.ram_block, "same", NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*'same' exists already*");
}

/* ---- Notifiers ---------------------------------------------------------------------------- */

typedef struct Ear {
    RAMBlockNotifier notifier;
    GString *heard;
} Ear;

static void heard_added(RAMBlockNotifier *n, void *host, size_t size, size_t max_size)
{
    g_assert_nonnull(host);
    g_string_append_printf(((Ear *)n)->heard, "+%zx/%zx ", size / PAGE, max_size / PAGE);
}

static void heard_removed(RAMBlockNotifier *n, void *host, size_t size, size_t max_size)
{
    g_assert_nonnull(host);
    g_string_append_printf(((Ear *)n)->heard, "-%zx/%zx ", size / PAGE, max_size / PAGE);
}

static void heard_resized(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size)
{
    MemoryRegion *mr = memory_region_from_host(host, NULL);

    g_assert_cmphex(qemu_ram_get_used_length(mr->ram_block), ==, old_size);
    g_string_append_printf(((Ear *)n)->heard, "%zx>%zx ", old_size / PAGE, new_size / PAGE);
}

static void assert_heard(Ear *ear, const char *want)
{
    g_assert_cmpstr(ear->heard->str, ==, want);
    g_string_truncate(ear->heard, 0);
}

static const RAMBlockNotifier all_ears = { heard_added, heard_removed, heard_resized };

static void notifiers(Machine *m, gconstpointer data)
{
    Ear ear = { all_ears, g_string_new(NULL) };
    RAMBlockNotifier deaf = { 0 };
    MemoryRegion *mr = ram_new(m, "a", 2 * PAGE);

    (void)data;
    ram_new(m, "b", 3 * PAGE);
    ram_block_notifier_add(&deaf);
    ram_block_notifier_add(&ear.notifier);
    assert_heard(&ear, "+3/3 +2/2 ");
    ram_new(m, "c", PAGE);
    region_drop(m, mr);
    assert_heard(&ear, "+1/1 -2/2 ");
    ram_block_notify_add(&ear, PAGE, 2 * PAGE);
    ram_block_notify_remove(&ear, PAGE, 2 * PAGE);
    assert_heard(&ear, "+1/2 -1/2 ");
    ram_block_notifier_remove(&ear.notifier);
    assert_heard(&ear, "");
    ram_new(m, "d", PAGE);
    ram_block_notifier_remove(&deaf);
    assert_heard(&ear, "");
    g_string_free(ear.heard, true);
}

/* ---- Resizing ----------------------------------------------------------------------------- */

static GString *resized_calls;

static void resized(const char *id, uint64_t length, void *host)
{
    MemoryRegion *mr = memory_region_from_host(host, NULL);

    g_assert_cmphex(memory_region_size(mr), ==, length);
    g_string_append_printf(resized_calls, "%s:%" PRIx64 " ", id, length);
}

/* Returns whether the resize succeeded. */
static bool resizes(MemoryRegion *mr, ram_addr_t size, Error **errp)
{
    Error *err = NULL;

    memory_region_ram_resize(mr, size, &err);
    bool done = err == NULL;
    error_propagate(errp, err);
    return done;
}

static MemoryRegion *resizeable_new(Machine *m, uint64_t size, uint64_t max_size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_resizeable_ram(mr, NULL, "re", size, max_size, resized,
                                                    NULL));
    return mr;
}

static void assert_resized(const char *want)
{
    g_assert_cmpstr(resized_calls->str, ==, want);
    g_string_truncate(resized_calls, 0);
}

static void resize(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = resizeable_new(m, PAGE, 16 * PAGE);
    uint8_t *host = memory_region_get_ram_ptr(mr);
    Ear ear = { all_ears, g_string_new(NULL) };

    (void)data;
    resized_calls = g_string_new(NULL);
    vmstate_register_ram_global(mr);
    ram_block_notifier_add(&ear.notifier);
    memset(host, 1, PAGE);
    g_assert_true(resizes(mr, 16 * PAGE, NULL));
    memset(host + PAGE, 2, 15 * PAGE);
    g_assert_true(is_filled(host, 1, PAGE));
    g_assert_true(memory_region_get_ram_ptr(mr) == host);
    g_assert_true(resizes(mr, 2 * PAGE + 1, NULL));
    g_assert_cmphex(qemu_ram_get_used_length(mr->ram_block), ==, 3 * PAGE);
    g_assert_cmphex(qemu_ram_get_max_length(mr->ram_block), ==, 16 * PAGE);
    g_assert_true(memory_region_from_host(host + 15 * PAGE, NULL) == mr);
    assert_resized("re:10000 re:2001 ");
    assert_heard(&ear, "+1/10 1>10 10>3 ");
    /* Other bytes in the same pages: the region changes, the block does not. */
    g_assert_true(resizes(mr, 3 * PAGE, NULL));
    g_assert_true(resizes(mr, 3 * PAGE, NULL));
    assert_resized("re:3000 ");
    assert_heard(&ear, "");
    ram_block_notifier_remove(&ear.notifier);
    g_string_free(ear.heard, true);
    g_string_free(resized_calls, true);
}

static void resize_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = resizeable_new(m, PAGE, 16 * PAGE), *fixed = ram_new(m, "fixed", PAGE);
    Error *err = NULL;

    (void)data;
    resized_calls = g_string_new(NULL);
    g_assert_false(resizes(mr, 16 * PAGE + 1, &err));
    assert_error(err, "0x10000");
    g_assert_false(resizes(mr, RAM_ADDR_INVALID, NULL));
    g_assert_false(resizes(mr, 0, &err));
    assert_error(err, "'re'");
    g_assert_cmpint(qemu_ram_resize(fixed->ram_block, 2 * PAGE, &err), ==, -EINVAL);
    assert_error(err, "'fixed'");
    g_assert_cmphex(memory_region_size(mr), ==, PAGE);
    g_assert_false(resizes(box_new(m, "box", PAGE), PAGE, &err));
    expect_message(m, "misuse", "'box'", NULL);
    assert_error(err, "'box'");
    assert_resized("");
    g_string_free(resized_calls, true);
}

/* The memory is only reserved: what is not used costs nothing. */
static void resize_of_much(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = resizeable_new(m, PAGE, gibibytes(64));

    (void)data;
    resized_calls = g_string_new(NULL);
    g_assert_true(resizes(mr, 3 * PAGE, NULL));
    memset(memory_region_get_ram_ptr(mr), 1, 3 * PAGE);
    g_string_free(resized_calls, true);
}

/* ---- Contents ----------------------------------------------------------------------------- */

/* Returns whether shared pages are empty after madvise(). The emulators of other processors accept
 * the call and do nothing. */
static bool host_discards_shared(void)
{
    uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    page[0] = 1;
    bool empty = madvise(page, PAGE, MADV_REMOVE) == 0 && !page[0];
    munmap(page, PAGE);
    return empty;
}

static void discard_some(Machine *m, uint32_t flags)
{
    MemoryRegion *mr = flags_new(m, "ram", 4 * PAGE, flags);
    uint8_t *host = memory_region_get_ram_ptr(mr);

    memset(host, 0xaa, 4 * PAGE);
    g_assert_cmpint(ram_block_discard_range(mr->ram_block, PAGE, 2 * PAGE), ==, 0);
    g_assert_true(is_filled(host, 0xaa, PAGE));
    g_assert_true(is_filled(host + PAGE, 0, 2 * PAGE));
    g_assert_true(is_filled(host + 3 * PAGE, 0xaa, PAGE));
    g_assert_cmpint(ram_block_discard_range(mr->ram_block, 4 * PAGE, 0), ==, 0);
}

static void discard(Machine *m, gconstpointer data)
{
    (void)data;
    discard_some(m, 0);
}

static void discard_shared(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_discards_shared()) {
        discard_some(m, RAM_SHARED);
    } else {
        g_test_skip("madvise(MADV_REMOVE) does nothing on this host");
    }
}

static void discard_refused(Machine *m, gconstpointer data)
{
    static const struct {
        uint64_t start;
        size_t length;
    } bad[] = { { 1, PAGE },
                { 0, PAGE - 1 },
                { PAGE, 4 * PAGE },
                { 5 * PAGE, 0 },
                { PAGE, SIZE_MAX - PAGE + 1 } };
    MemoryRegion *mr = ram_new(m, "ram", 4 * PAGE);
    uint8_t *host = memory_region_get_ram_ptr(mr);

    (void)data;
    memset(host, 0xaa, 4 * PAGE);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int result = ram_block_discard_range(mr->ram_block, bad[i].start, bad[i].length);
        g_assert_cmpint(result, ==, -1);
        expect_message(m, "error", "'ram'", "discard", NULL);
    }
    g_assert_true(is_filled(host, 0xaa, 4 * PAGE));
}

static void remap(Machine *m, gconstpointer data)
{
    MemoryRegion *a = ram_new(m, "a", PLACE), *b = ram_new(m, "b", 4 * PAGE);
    uint8_t *ha = memory_region_get_ram_ptr(a), *hb = memory_region_get_ram_ptr(b);
    ram_addr_t at = memory_region_get_ram_addr(a) + PLACE - PAGE - 1;

    (void)data;
    memset(ha, 1, PLACE);
    memset(hb, 1, 4 * PAGE);
    /* From the second last page of a to the beginning of b. */
    qemu_ram_remap(at, 2 * PAGE + 1);
    g_assert_true(is_filled(ha, 1, PLACE - 2 * PAGE));
    g_assert_true(is_filled(ha + PLACE - 2 * PAGE, 0, 2 * PAGE));
    g_assert_true(is_filled(hb, 0, PAGE));
    g_assert_true(is_filled(hb + PAGE, 1, 3 * PAGE));
    qemu_ram_remap(at, 0);
    qemu_ram_remap(0, RAM_ADDR_INVALID);
    g_assert_true(is_filled(ha, 0, PLACE) && is_filled(hb, 0, 4 * PAGE));
}

static void print(Machine *m, gconstpointer data)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)data;
    vmstate_register_ram_global(ram_new(m, "small", PAGE));
    flags_new(m, "big", 0x40000, RAM_SHARED);
    memory_context_print_ram(m->ctx, out);
    fclose(out);
    g_assert_nonnull(strstr(text, "small"));
    g_assert_nonnull(strstr(text, " migratable\n"));
    g_assert_nonnull(strstr(text, " shared\n"));
    g_assert_true(strstr(text, "big") < strstr(text, "small"));
    free(text);
}

/* ---- Readers ------------------------------------------------------------------------------ */

typedef struct Race {
    MemoryContext *ctx;
    void *host;
    MemoryRegion *mr;
    bool stop;
} Race;

static gpointer look_up(gpointer data)
{
    Race *race = data;

    memory_context_set_current(race->ctx);
    while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
        g_assert_true(memory_region_from_host(race->host, NULL) == race->mr);
        g_assert_null(qemu_ram_block_by_name("nobody"));
    }
    return NULL;
}

static void lookups_while_blocks_change(Machine *m, gconstpointer data)
{
    MemoryRegion *kept = ram_new(m, "kept", PAGE);
    Race race = { m->ctx, memory_region_get_ram_ptr(kept), kept, false };
    GThread *reader = g_thread_new("reader", look_up, &race);

    (void)data;
    for (unsigned i = 0; i < 500; i++) {
        MemoryRegion mr;
        memory_region_init_ram(&mr, NULL, "passing", (1 + i % 3) * PAGE, NULL);
        object_unparent(OBJECT(&mr));
    }
    __atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
    g_thread_join(reader);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ram-block/22.5/without-region", without_region);
    TEST("/ram-block/22.5/ids", ids);
    misuse_test_add("/ram-block/22.5/ids-refused", ids_refused);
    TEST("/ram-block/4/registered-forms", registered_forms);
    TEST("/ram-block/4/duplicate-id", duplicate_id);
    TEST("/ram-block/4/lengthy-id", lengthy_id);
    TEST("/ram-block/4/owner-no-device", owner_no_device);
    g_test_add_func("/ram-block/22.5/duplicate-by-hand", duplicate_by_hand);
    TEST("/ram-block/22.5/notifiers", notifiers);
    TEST("/ram-block/5/resize", resize);
    misuse_test_add("/ram-block/5/resize-refused", resize_refused);
    TEST("/ram-block/5/resize-of-much", resize_of_much);
    TEST("/ram-block/22.5/discard", discard);
    TEST("/ram-block/22.5/discard-shared", discard_shared);
    TEST("/ram-block/22.5/discard-refused", discard_refused);
    TEST("/ram-block/22.5/remap", remap);
    TEST("/ram-block/22.5/print", print);
    TEST("/ram-block/lookups-while-blocks-change", lookups_while_blocks_change);
    return g_test_run();
}
