/* SPDX-License-Identifier: MIT
 *
 * Regions with RAM, and queries about it (specification 4, 5). Files are in test-ram-file.c, later
 * changes of blocks in test-ram-block.c.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ram-support.h"

enum { PAGE = 4096 };

static size_t host_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

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
    g_assert_cmpint(qemu_ram_get_fd(rb), ==, -1);
    g_assert_cmphex(memory_region_get_alignment(mr), ==, 0);
    g_assert_cmphex(qemu_ram_pagesize(rb), ==, host_page());
    g_assert_cmphex(qemu_ram_pagesize_largest(), ==, host_page());
    g_assert_false(qemu_ram_is_shared(rb) || qemu_ram_is_migratable(rb) || ramblock_is_pmem(rb));
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

static void page_sizes(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(qemu_minrampagesize(), ==, (long)host_page()); /* there is no block yet */
    g_assert_cmpint(qemu_maxrampagesize(), ==, (long)host_page());
    ram_new(m, "ram", PAGE);
    g_assert_cmpint(qemu_minrampagesize(), ==, (long)host_page());
    g_assert_cmpint(qemu_maxrampagesize(), ==, (long)host_page());
}

/* Memory of huge pages is not touched, so the host need not have any. */
static void huge_page_sizes(Machine *m, gconstpointer data)
{
    const long huge = 2 << 20;
    int fd = memfd_create("huge", MFD_HUGETLB | 21u << 26); /* 2^21 bytes */
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)data;
    if (fd < 0 || ftruncate(fd, huge) ||
        !memory_region_init_ram_from_fd(mr, NULL, "huge", huge, RAM_SHARED | RAM_NORESERVE, fd, 0,
                                        NULL)) {
        g_test_skip("the host has no pages of 2 MiB");
        close(fd);
        g_free(mr);
        return;
    }
    g_ptr_array_add(m->regions, mr);
    g_assert_cmpint(qemu_minrampagesize(), ==, huge); /* it is the only block */
    g_assert_cmpint(qemu_maxrampagesize(), ==, huge);
    ram_new(m, "ram", PAGE);
    g_assert_cmpint(qemu_minrampagesize(), ==, (long)host_page());
    g_assert_cmpint(qemu_maxrampagesize(), ==, huge);
    g_assert_cmpint((long)qemu_ram_pagesize_largest(), ==, huge);
}

/* A big block begins where the host can use huge pages for it. */
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
    { make_ram, UINT64_MAX, "is above the limit 0x7fff" },
    { make_ram, INT64_MAX, "is above the limit 0x7fff" },
    { make_ram, ((uint64_t)1 << 62) + PAGE,
      host_has_64_bits ? "Cannot allocate memory" : "limit" },
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
    memory_region_init_ram_ptr(&mr, NULL, "ptr", sizeof(memory), memory);
    g_assert_true(memory_region_get_ram_ptr(&mr) == memory);
    g_assert_true(memory_region_is_ram(&mr));
    qemu_ram_remap(memory_region_get_ram_addr(&mr), sizeof(memory));
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
    memory_region_init_ram_device_ptr(&mr, NULL, "regs", sizeof(registers), registers);
    g_assert_true(memory_region_is_ram(&mr) && memory_region_is_ram_device(&mr));
    g_assert_false(memory_access_is_direct(&mr, false) || memory_access_is_direct(&mr, true));
    for (unsigned size = 1; size <= 8; size *= 2) {
        MemOp op = size_memop(size) | devend_memop(DEVICE_HOST_ENDIAN);
        uint64_t want = 0x8877665544332211 >> (64 - 8 * size);
        uint64_t stored = PHYSMEM_HOST_BIG_ENDIAN ? want << (64 - 8 * size) : want;
        memset(registers, 0xee, sizeof(registers));
        g_assert_cmpuint(memory_region_dispatch_write(&mr, 3, want, op, MEMTXATTRS_UNSPECIFIED),
                         ==, MEMTX_OK);
        g_assert_cmpint(memcmp(bytes + 3, &stored, size), ==, 0);
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

/* The words of "ram device rom romd" that apply. */
static void assert_kind(MemoryRegion *mr, const char *want)
{
    g_autofree char *kind = g_strdup_printf("%s%s%s%s", memory_region_is_ram(mr) ? "ram " : "",
                                            memory_region_is_ram_device(mr) ? "device " : "",
                                            memory_region_is_rom(mr) ? "rom " : "",
                                            memory_region_is_romd(mr) ? "romd " : "");

    g_assert_cmpstr(g_strchomp(kind), ==, want);
}

/* The specification's table of kinds. IOMMUs are in test-iommu.c, files in test-ram-file.c. */
static void kinds(Machine *m, gconstpointer data)
{
    static uint8_t memory[PAGE];
    MemoryRegion *ram = ram_new(m, "ram", PAGE), *romd = romd_new(m, "romd", PAGE);
    MemoryRegion *own = g_new0(MemoryRegion, 3);

    (void)data;
    memory_region_init_ram_ptr(&own[0], NULL, "ptr", PAGE, memory);
    memory_region_init_ram_device_ptr(&own[1], NULL, "bar", PAGE, memory);
    memory_region_init_resizeable_ram(&own[2], NULL, "re", PAGE, 2 * PAGE, NULL, NULL);
    assert_kind(ram, "ram");
    assert_kind(&own[0], "ram");
    assert_kind(&own[1], "ram device");
    assert_kind(&own[2], "ram");
    assert_kind(romd, "romd");
    assert_kind(io_new(m, "io", PAGE), "");
    assert_kind(box_new(m, "box", PAGE), "");
    assert_kind(window_new(m, "window", ram, 0, PAGE), "");
    memory_region_set_readonly(ram, true);
    assert_kind(ram, "ram rom");
    memory_region_rom_device_set_romd(romd, false);
    assert_kind(romd, "");
    for (unsigned i = 0; i < 3; i++) {
        object_unparent(OBJECT(&own[i]));
    }
    memory_drain();
    g_free(own);
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
    g_assert_cmphex(memory_region_get_ram_size(two), ==, 2 * PAGE);
    memory_region_set_size(ram, 6 * PAGE);
    g_assert_cmphex(memory_region_get_ram_size(ram), ==, 4 * PAGE);
    g_assert_cmphex(memory_region_get_ram_size(past), ==, 0);
    g_assert_cmphex(memory_region_get_ram_size(box), ==, 0);
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
    g_assert_null(qemu_map_ram_ptr(NULL, memory_region_get_ram_addr(mr) + 4 * PAGE));
    expect_message(m, "misuse", "no RAM block has the RAM address 0x4000", NULL);
}

/* An offset that a 32-bit host cannot express does not become another one. */
static void beyond_32_bits(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, "ram", 4 * PAGE);
    MemoryRegion *window = window_new(m, "window", mr, UINT64_C(1) << 32, PAGE);

    (void)data;
    g_assert_null(memory_region_get_ram_ptr(window));
    expect_message(m, "misuse", "'ram'", NULL);
    memory_region_msync(mr, UINT64_C(1) << 32, PAGE);
    expect_message(m, "misuse", "'ram'", NULL);
}

/* A context sees only its own blocks. */
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ram/4/anonymous", anonymous);
    TEST("/ram/4/flags", flags);
    TEST("/ram/22.5/page-sizes", page_sizes);
    TEST("/ram/22.5/huge-page-sizes", huge_page_sizes);
    TEST("/ram/4/alignment-of-big-ones", alignment_of_big_ones);
    TEST("/ram/4/R10/refused", refused);
    TEST("/ram/4/callers-memory", callers_memory);
    misuse_test_add("/ram/4/callers-null", callers_null);
    TEST("/ram/4/ram-device", ram_device);
    TEST("/ram/4/rom-kinds", rom_kinds);
    TEST("/ram/4.1/kinds", kinds);
    misuse_test_add("/ram/5/through-aliases", through_aliases);
    misuse_test_add("/ram/5/from-host", from_host);
    misuse_test_add("/ram/5/map-ram-ptr", map_ram_ptr);
    misuse_test_add("/ram/5/beyond-32-bits", beyond_32_bits);
    TEST("/ram/other-context", other_context);
    return g_test_run();
}
