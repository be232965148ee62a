/* SPDX-License-Identifier: MIT
 *
 * RAM blocks and the regions that show them: where the memory comes from, layout, ids, notifiers,
 * resizing, throwing contents away (specification sections 4, 5, 22.5 and 22.8). Files are in
 * test-ram-file.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

enum { PAGE = 4096, PLACE = 64 * PAGE };

static size_t host_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static bool is_filled(const void *host, uint8_t byte, size_t length)
{
    const uint8_t *p = host;

    while (length && *p == byte) {
        p++, length--;
    }
    return length == 0;
}

#define assert_error(err, word)                                                                   \
    do {                                                                                          \
        g_assert_nonnull(err);                                                                    \
        if (!strstr(error_get_pretty(err), word)) {                                               \
            g_error("no \"%s\" in: %s", word, error_get_pretty(err));                             \
        }                                                                                         \
        error_free(err);                                                                          \
        err = NULL;                                                                               \
    } while (0)

/* ---- Kinds of region ---------------------------------------------------------------------- */

static void anonymous(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 0x12345);
    uint8_t *host = memory_region_get_ram_ptr(mr);
    RAMBlock *rb = qemu_ram_block_from_host(host, false, NULL);

    (void)data;
    g_assert_true(is_filled(host, 0, 0x13000));
    memset(host, 0xa5, 0x13000);
    g_assert_cmphex(memory_region_size(mr), ==, 0x12345);
    g_assert_cmphex(qemu_ram_get_used_length(rb), ==, 0x13000);
    g_assert_cmphex(qemu_ram_get_max_length(rb), ==, 0x13000);
    g_assert_true(memory_region_is_ram(mr) && !memory_region_is_rom(mr));
    g_assert_false(memory_region_is_ram_device(mr) || memory_region_is_protected(mr));
    g_assert_cmpint(memory_region_get_fd(mr), ==, -1);
    g_assert_cmphex(memory_region_get_alignment(mr), ==, 0);
    g_assert_cmphex(qemu_ram_pagesize(rb), ==, host_page());
    g_assert_cmphex(qemu_ram_pagesize_largest(), ==, host_page());
    g_assert_false(qemu_ram_is_shared(rb) || qemu_ram_is_migratable(rb) || ramblock_is_pmem(rb));
}

static MemoryRegion *flags_new(Machine *m, const char *name, uint64_t size, uint32_t flags)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_ram_flags_nomigrate(mr, NULL, name, size, flags, NULL));
    return mr;
}

static void flags(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = flags_new(m, "ram", PAGE, RAM_SHARED | RAM_NORESERVE);
    RAMBlock *rb = mr->ram_block;

    (void)data;
    g_assert_true(qemu_ram_is_shared(rb) && qemu_ram_is_noreserve(rb));
    g_assert_false(qemu_ram_is_uf_zeroable(rb));
    qemu_ram_set_uf_zeroable(rb);
    g_assert_true(qemu_ram_is_uf_zeroable(rb));
}

/* Big blocks begin where the host can use its huge pages. */
static void alignment_of_big_ones(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 5 << 20);

    (void)data;
    g_assert_cmphex((uintptr_t)memory_region_get_ram_ptr(mr) % (2 << 20), ==, 0);
}

typedef bool Constructor(MemoryRegion *mr, uint64_t size, Error **errp);

static bool make_ram(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_ram_nomigrate(mr, NULL, "bad", size, errp);
}

static bool make_rom(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_rom(mr, NULL, "bad", size, errp);
}

static bool make_romd(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_rom_device(mr, NULL, &plain_ops, NULL, "bad", size, errp);
}

static bool make_resizeable(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_resizeable_ram(mr, NULL, "bad", size, size, NULL, errp);
}

static bool make_smaller_maximum(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_resizeable_ram(mr, NULL, "bad", size, size - 1, NULL, errp);
}

static bool make_odd_flags(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_ram_flags_nomigrate(mr, NULL, "bad", size, RAM_PMEM, errp);
}

static bool make_deaf_romd(MemoryRegion *mr, uint64_t size, Error **errp)
{
    return memory_region_init_rom_device_nomigrate(mr, NULL, NULL, NULL, "bad", size, errp);
}

static const struct {
    Constructor *make;
    uint64_t size;
    const char *word;
} impossible[] = {
    { make_ram, 0, "size 0" },
    { make_rom, 0, "size 0" },
    { make_romd, 0, "size 0" },
    { make_resizeable, 0, "size 0" },
    { make_ram, UINT64_MAX, "limit 0x7fffffffffffefff" },
    { make_ram, INT64_MAX, "limit 0x7fffffffffffefff" },
    { make_ram, (uint64_t)1 << 62, "Cannot allocate memory" },
    { make_resizeable, UINT64_MAX - 1, "limit" },
    { make_smaller_maximum, 2 * PAGE, "above its maximum 0x1fff" },
    { make_odd_flags, PAGE, "flags 0x20" },
    { make_deaf_romd, PAGE, "callbacks" },
};

static void refused(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(impossible); i++) {
        MemoryRegion mr;
        Error *err = NULL;

        g_assert_false(impossible[i].make(&mr, impossible[i].size, &err));
        g_assert_nonnull(strstr(error_get_pretty(err), "'bad'"));
        assert_error(err, impossible[i].word);
        g_assert_cmphex(memory_region_size(&mr), ==, 0);
        g_assert_false(impossible[i].make(&mr, impossible[i].size, NULL));
    }
}

static void callers_memory(Machine *m, gconstpointer data)
{
    static uint8_t memory[3 * PAGE];
    MemoryRegion mr;

    (void)m, (void)data;
    memory[5] = 7;
    memory_region_init_ram_ptr(&mr, NULL, "ptr", sizeof memory, memory);
    g_assert_true(memory_region_get_ram_ptr(&mr) == memory);
    g_assert_true(memory_region_is_ram(&mr));
    qemu_ram_remap(memory_region_get_ram_addr(&mr), sizeof memory);
    object_unparent(OBJECT(&mr));
    memory_drain();
    g_assert_cmpint(memory[5], ==, 7);
}

static void callers_null(Machine *m, gconstpointer data)
{
    MemoryRegion mr;

    (void)data;
    memory_region_init_ram_ptr(&mr, NULL, "ptr", PAGE, NULL);
    expect_message(m, "misuse", "'ptr'", NULL);
    g_assert_cmphex(memory_region_size(&mr), ==, 0);
    g_assert_false(memory_region_is_ram(&mr));
}

static void ram_device(Machine *m, gconstpointer data)
{
    static uint64_t registers[4];
    uint8_t *bytes = (uint8_t *)registers;
    uint64_t value = 0;
    MemoryRegion mr;

    (void)m, (void)data;
    memory_region_init_ram_device_ptr(&mr, NULL, "regs", sizeof registers, registers);
    g_assert_true(memory_region_is_ram(&mr) && memory_region_is_ram_device(&mr));
    g_assert_false(memory_access_is_direct(&mr, false) || memory_access_is_direct(&mr, true));
    for (unsigned size = 1; size <= 8; size *= 2) {
        MemOp op = size_memop(size) | devend_memop(DEVICE_HOST_ENDIAN);
        uint64_t want = 0x8877665544332211 >> (64 - 8 * size);
        memset(registers, 0xee, sizeof registers);
        g_assert_cmpuint(memory_region_dispatch_write(&mr, 3, want, op, MEMTXATTRS_UNSPECIFIED),
                         ==, MEMTX_OK);
        g_assert_cmpint(memcmp(bytes + 3, &want, size), ==, 0);
        g_assert_true(is_filled(bytes, 0xee, 3) && is_filled(bytes + 3 + size, 0xee, 16));
        g_assert_cmpuint(memory_region_dispatch_read(&mr, 3, &value, op, MEMTXATTRS_UNSPECIFIED),
                         ==, MEMTX_OK);
        g_assert_cmphex(value, ==, want);
    }
    object_unparent(OBJECT(&mr));
}

static void rom_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion rom, romd;

    (void)m, (void)data;
    g_assert_true(memory_region_init_rom_nomigrate(&rom, NULL, "rom", PAGE, NULL));
    g_assert_true(memory_region_is_ram(&rom) && memory_region_is_rom(&rom));
    g_assert_true(memory_region_init_rom_device_nomigrate(&romd, NULL, &plain_ops, NULL, "romd",
                                                          PAGE, NULL));
    g_assert_false(memory_region_is_ram(&romd));
    g_assert_true(memory_region_is_romd(&romd));
    g_assert_nonnull(memory_region_get_ram_ptr(&romd));
    g_assert_cmphex(memory_region_get_ram_addr(&romd), !=, RAM_ADDR_INVALID);
    object_unparent(OBJECT(&rom));
    object_unparent(OBJECT(&romd));
}

/* ---- Queries ------------------------------------------------------------------------------ */

static void through_aliases(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 4 * PAGE);
    MemoryRegion *one = window_new(m, "one", ram, PAGE, 3 * PAGE);
    MemoryRegion *two = window_new(m, "two", one, PAGE, PAGE);
    MemoryRegion *past = window_new(m, "past", ram, 4 * PAGE, PAGE);
    MemoryRegion *box = box_new(m, "box", PAGE);
    uint8_t *host = memory_region_get_ram_ptr(ram);

    (void)data;
    g_assert_true(memory_region_get_ram_ptr(two) == host + 2 * PAGE);
    g_assert_cmphex(memory_region_get_ram_addr(two), ==, RAM_ADDR_INVALID);
    g_assert_false(memory_region_is_ram(two));
    g_assert_cmpint(memory_region_get_fd(box), ==, -1);
    g_assert_null(memory_region_get_ram_ptr(past));
    expect_message(m, "misuse", "'ram'", "0x4000", NULL);
    g_assert_null(memory_region_get_ram_ptr(box));
    expect_message(m, "misuse", "'box'", NULL);
}

static void from_host(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 4 * PAGE);
    uint8_t *host = memory_region_get_ram_ptr(mr);
    ram_addr_t base = memory_region_get_ram_addr(mr), offset = 0;
    RAMBlock *rb = mr->ram_block;

    (void)data;
    g_assert_true(memory_region_from_host(host + 0x1234, &offset) == mr);
    g_assert_cmphex(offset, ==, 0x1234);
    g_assert_true(memory_region_from_host(host, NULL) == mr);
    g_assert_null(memory_region_from_host(&offset, &offset));
    g_assert_true(qemu_ram_block_from_host(host + 0x1234, true, &offset) == rb);
    g_assert_cmphex(offset, ==, 0x1000);
    g_assert_null(qemu_ram_block_from_host(&offset, false, &offset));
    g_assert_cmphex(qemu_ram_addr_from_host(host + 0x1234), ==, base + 0x1234);
    g_assert_cmphex(qemu_ram_addr_from_host(&offset), ==, RAM_ADDR_INVALID);
    g_assert_cmphex(qemu_ram_block_host_offset(rb, host + 5), ==, 5);
    qemu_ram_block_host_offset(rb, host + 4 * PAGE);
    expect_message(m, "misuse", "'ram'", NULL);
}

static void map_ram_ptr(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 4 * PAGE);
    uint8_t *host = memory_region_get_ram_ptr(mr);

    (void)data;
    ram_new(m, "other", PAGE);
    g_assert_true(qemu_map_ram_ptr(mr->ram_block, 5) == host + 5);
    g_assert_true(qemu_map_ram_ptr(NULL, memory_region_get_ram_addr(mr) + 5) == host + 5);
    g_assert_null(qemu_map_ram_ptr(mr->ram_block, 4 * PAGE));
    expect_message(m, "misuse", "'ram'", "0x4000", NULL);
    g_assert_null(qemu_map_ram_ptr(NULL, RAM_ADDR_INVALID));
    expect_message(m, "misuse", "RAM address", NULL);
}

/* A context sees its own blocks only. */
static void other_context(Machine *m, gconstpointer data)
{
    void *host = memory_region_get_ram_ptr(ram_new(m, "ram", PAGE));
    MemoryContext *other = memory_context_new(NULL, NULL);

    (void)data;
    memory_context_set_current(other);
    g_assert_null(memory_region_from_host(host, NULL));
    memory_context_set_current(m->ctx);
    g_assert_nonnull(memory_region_from_host(host, NULL));
    g_assert_true(memory_context_destroy(other, NULL));
}

/* ---- Layout and order --------------------------------------------------------------------- */

static void layout(Machine *m, gconstpointer data)
{
    MemoryRegion *a = ram_new(m, "a", PAGE);
    MemoryRegion *b = ram_new(m, "b", 3 * PLACE);
    MemoryRegion *c = ram_new(m, "c", PAGE);
    MemoryRegion *d = ram_new(m, "d", PLACE + PAGE);
    MemoryRegion *e = ram_new(m, "e", PAGE);

    (void)data;
    g_assert_cmphex(memory_region_get_ram_addr(a), ==, 0);
    g_assert_cmphex(memory_region_get_ram_addr(b), ==, PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(c), ==, 4 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(d), ==, 5 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(e), ==, 7 * PLACE);
    region_drop(m, b);
    region_drop(m, d);
    /* Three places are free where b was, two where d was. */
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "f", 4 * PLACE)), ==, 8 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "g", 2 * PLACE)), ==, 5 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "h", PLACE)), ==, PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "i", 2 * PLACE)), ==, 2 * PLACE);
}

static void layout_of_big_pages(Machine *m, gconstpointer data)
{
    (void)data;
    ram_new(m, "a", PAGE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "b", PAGE)), ==, 64 * 0x10000);
}

static int collect(RAMBlock *rb, void *opaque)
{
    g_string_append_printf(opaque, "%zx ", (size_t)qemu_ram_get_max_length(rb) / PAGE);
    return qemu_ram_get_max_length(rb) == PAGE ? 42 : 0;
}

static void largest_first(Machine *m, gconstpointer data)
{
    g_autoptr(GString) found = g_string_new(NULL);

    (void)data;
    ram_new(m, "a", 2 * PAGE);
    ram_new(m, "b", 5 * PAGE);
    ram_new(m, "c", 3 * PAGE);
    g_assert_cmpint(qemu_ram_foreach_block(collect, found), ==, 0);
    g_assert_cmpstr(found->str, ==, "5 3 2 ");
    ram_new(m, "d", PAGE);
    ram_new(m, "e", PAGE);
    g_string_truncate(found, 0);
    g_assert_cmpint(qemu_ram_foreach_block(collect, found), ==, 42);
    g_assert_cmpstr(found->str, ==, "5 3 2 1 ");
}

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
    qemu_ram_unset_idstr(NULL);
    object_unref(dev);
}

static void ids_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", PAGE);
    char name[300];

    (void)data;
    memset(name, 'n', sizeof name);
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

static void duplicate_id(void)
{
    MemoryRegion a, b;

    if (g_test_subprocess()) {
        memory_region_init_ram(&a, NULL, "same", PAGE, NULL);
        memory_region_init_ram(&b, NULL, "same", PAGE, NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*'same' exists already*");
}

static void owner_no_device(void)
{
    MemoryRegion mr;

    if (g_test_subprocess()) {
        memory_region_init_ram(&mr, object_get_root(), "ram", PAGE, NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*is no \"device\"*");
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

static MemoryRegion *resizeable_new(Machine *m, uint64_t size, uint64_t max_size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_resizeable_ram(mr, NULL, "re", size, max_size, resized, NULL));
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
    g_assert_true(memory_region_ram_resize(mr, 16 * PAGE, NULL));
    memset(host + PAGE, 2, 15 * PAGE);
    g_assert_true(is_filled(host, 1, PAGE));
    g_assert_true(memory_region_get_ram_ptr(mr) == host);
    g_assert_true(memory_region_ram_resize(mr, 2 * PAGE + 1, NULL));
    g_assert_cmphex(qemu_ram_get_used_length(mr->ram_block), ==, 3 * PAGE);
    g_assert_cmphex(qemu_ram_get_max_length(mr->ram_block), ==, 16 * PAGE);
    g_assert_true(memory_region_from_host(host + 15 * PAGE, NULL) == mr);
    assert_resized("re:10000 re:2001 ");
    assert_heard(&ear, "+1/10 1>10 10>3 ");
    /* Other bytes in the same pages: the region changes, the block does not. */
    g_assert_true(memory_region_ram_resize(mr, 3 * PAGE, NULL));
    g_assert_true(memory_region_ram_resize(mr, 3 * PAGE, NULL));
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
    g_assert_false(memory_region_ram_resize(mr, 16 * PAGE + 1, &err));
    assert_error(err, "0x10000");
    g_assert_false(memory_region_ram_resize(mr, UINT64_MAX, NULL));
    g_assert_false(memory_region_ram_resize(mr, 0, &err));
    assert_error(err, "'re'");
    g_assert_cmpint(qemu_ram_resize(fixed->ram_block, 2 * PAGE, &err), ==, -EINVAL);
    assert_error(err, "'fixed'");
    g_assert_cmphex(memory_region_size(mr), ==, PAGE);
    g_assert_false(memory_region_ram_resize(box_new(m, "box", PAGE), PAGE, &err));
    expect_message(m, "misuse", "'box'", NULL);
    assert_error(err, "'box'");
    assert_resized("");
    g_string_free(resized_calls, true);
}

/* Address space only: what is not in use costs nothing. */
static void resize_of_much(Machine *m, gconstpointer data)
{
    const uint64_t gigabyte = (uint64_t)1 << 30;
    MemoryRegion *mr = resizeable_new(m, PAGE, 64 * gigabyte);

    (void)data;
    resized_calls = g_string_new(NULL);
    g_assert_true(memory_region_ram_resize(mr, 3 * PAGE, NULL));
    memset(memory_region_get_ram_ptr(mr), 1, 3 * PAGE);
    g_string_free(resized_calls, true);
}

/* ---- Contents ----------------------------------------------------------------------------- */

static void discard(Machine *m, gconstpointer data)
{
    const uint32_t kinds[] = { 0, RAM_SHARED };

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        MemoryRegion *mr = flags_new(m, "ram", 4 * PAGE, kinds[i]);
        uint8_t *host = memory_region_get_ram_ptr(mr);

        memset(host, 0xaa, 4 * PAGE);
        g_assert_cmpint(ram_block_discard_range(mr->ram_block, PAGE, 2 * PAGE), ==, 0);
        g_assert_true(is_filled(host, 0xaa, PAGE));
        g_assert_true(is_filled(host + PAGE, 0, 2 * PAGE));
        g_assert_true(is_filled(host + 3 * PAGE, 0xaa, PAGE));
        g_assert_cmpint(ram_block_discard_range(mr->ram_block, 4 * PAGE, 0), ==, 0);
    }
}

static void discard_refused(Machine *m, gconstpointer data)
{
    static const struct {
        uint64_t start;
        size_t length;
    } bad[] = { { 1, PAGE }, { 0, PAGE - 1 }, { PAGE, 4 * PAGE }, { 5 * PAGE, 0 },
                { PAGE, SIZE_MAX - PAGE + 1 } };
    MemoryRegion *mr = ram_new(m, "ram", 4 * PAGE);
    uint8_t *host = memory_region_get_ram_ptr(mr);

    (void)data;
    memset(host, 0xaa, 4 * PAGE);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_cmpint(ram_block_discard_range(mr->ram_block, bad[i].start, bad[i].length), ==, -1);
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
    /* The last byte but one page of a, all that follows it, and the beginning of b. */
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
    static const MemoryContextOptions big_pages = { .page_bits = 16 };

    g_test_init(&argc, &argv, NULL);
    TEST("/ram/anonymous", anonymous);
    TEST("/ram/flags", flags);
    TEST("/ram/alignment-of-big-ones", alignment_of_big_ones);
    TEST("/ram/refused", refused);
    TEST("/ram/callers-memory", callers_memory);
    TEST("/ram/callers-null", callers_null);
    TEST("/ram/ram-device", ram_device);
    TEST("/ram/rom-kinds", rom_kinds);
    TEST("/ram/through-aliases", through_aliases);
    TEST("/ram/from-host", from_host);
    TEST("/ram/map-ram-ptr", map_ram_ptr);
    TEST("/ram/other-context", other_context);
    TEST("/ram/layout", layout);
    TEST_WITH("/ram/layout-of-big-pages", layout_of_big_pages, &big_pages);
    TEST("/ram/largest-first", largest_first);
    TEST("/ram/without-region", without_region);
    TEST("/ram/ids", ids);
    TEST("/ram/ids-refused", ids_refused);
    TEST("/ram/registered-forms", registered_forms);
    g_test_add_func("/ram/duplicate-id", duplicate_id);
    g_test_add_func("/ram/owner-no-device", owner_no_device);
    TEST("/ram/notifiers", notifiers);
    TEST("/ram/resize", resize);
    TEST("/ram/resize-refused", resize_refused);
    TEST("/ram/resize-of-much", resize_of_much);
    TEST("/ram/discard", discard);
    TEST("/ram/discard-refused", discard_refused);
    TEST("/ram/remap", remap);
    TEST("/ram/print", print);
    TEST("/ram/lookups-while-blocks-change", lookups_while_blocks_change);
    return g_test_run();
}
