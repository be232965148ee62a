/* SPDX-License-Identifier: MIT
 *
 * Helpers for adapters that use sections: cutting to whole pages, the part that has memory, the
 * kind of a section, its host memory. Cutting to ranges is in test-later.c.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include "ram-support.h"

/* "OFFSET+SIZE at ADDRESS"; "nothing" if nothing is left, and then the section is unchanged. */
static char *section_now(const MemoryRegionSection *s, bool cut, const MemoryRegionSection *before)
{
    if (!cut) {
        g_assert_true(MemoryRegionSection_eq((MemoryRegionSection *)s,
                                             (MemoryRegionSection *)before));
        return g_strdup("nothing");
    }
    return g_strdup_printf("%" PRIx64 "+%s%" PRIx64 " at %" PRIx64, s->offset_within_region,
                           int128_eq(s->size, int128_2_64()) ? "1:" : "", int128_getlo(s->size),
                           s->offset_within_address_space);
}

static void assert_pages_wide(hwaddr address, Int128 size, uint64_t page, const char *want)
{
    MemoryRegionSection before = { .size = size,
                                   .offset_within_region = 0x500,
                                   .offset_within_address_space = address };
    MemoryRegionSection s = before;
    bool cut = memory_region_section_intersect_pages(&s, page);
    g_autofree char *text = section_now(&s, cut, &before);

    g_assert_cmpstr(text, ==, want);
}

static void assert_pages(hwaddr address, uint64_t size, uint64_t page, const char *want)
{
    assert_pages_wide(address, int128_make64(size), page, want);
}

static void whole_pages(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    assert_pages(0x1000, 0x2000, 0x1000, "500+2000 at 1000");
    assert_pages(0x1001, 0x2000, 0x1000, "14ff+1000 at 2000");
    assert_pages(0xfff, 0x1001, 0x1000, "501+1000 at 1000");
    assert_pages(0xfff, 0x1000, 0x1000, "nothing");
    assert_pages(0x1800, 0x7ff, 0x1000, "nothing");
    assert_pages(0x1800, 0x800, 0x1000, "nothing");
    assert_pages(0x1801, 1, 1, "500+1 at 1801");
    assert_pages(0, 0, 0x1000, "nothing");
    assert_pages_wide(0, int128_2_64(), 0x1000, "500+1:0 at 0");
    assert_pages(HWADDR_MAX - 0x17ff, 0x1800, 0x1000, "d00+1000 at fffffffffffff000");
    assert_pages(HWADDR_MAX - 0x1ffe, 0x1000, 0x1000, "nothing");
    assert_pages(HWADDR_MAX - 0x7ff, 0x800, 0x1000, "nothing");
}

static void pages_of_no_size(Machine *m, gconstpointer data)
{
    (void)data;
    assert_pages(0, 0x1000, 0, "nothing");
    expect_message(m, "misuse", "memory_region_section_intersect_pages", "0x0", NULL);
    assert_pages(0, 0x1000, 0x1800, "nothing");
    expect_message(m, "misuse", "memory_region_section_intersect_pages", "0x1800", NULL);
}

static void assert_memory(MemoryRegion *mr, uint64_t offset, uint64_t size, const char *want)
{
    MemoryRegionSection before = { .mr = mr,
                                   .size = int128_make64(size),
                                   .offset_within_region = offset,
                                   .offset_within_address_space = 0x8000 };
    MemoryRegionSection s = before;
    bool cut = memory_region_section_intersect_memory(&s);
    g_autofree char *text = section_now(&s, cut, &before);

    g_assert_cmpstr(text, ==, want);
}

/* A region may be larger than its memory, which consists of whole pages of the host. */
static void part_with_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x2000), *io = io_new(m, "io", 0x1000);
    MemoryRegion *romd = romd_new(m, "romd", 0x1000);

    (void)data;
    memory_region_set_size(ram, 0x10000);
    assert_memory(ram, 0, 0x10000, "0+2000 at 8000");
    assert_memory(ram, 0x1800, 0x800, "1800+800 at 8000");
    assert_memory(ram, 0x1fff, 2, "1fff+1 at 8000");
    assert_memory(ram, 0x2000, 0x1000, "nothing");
    assert_memory(io, 0, 0x1000, "nothing");
    assert_memory(romd, 0x10, 0x20, "10+20 at 8000");
    memory_region_rom_device_set_romd(romd, false);
    /* Whether the memory is visible is another question. */
    assert_memory(romd, 0x10, 0x20, "10+20 at 8000");
    assert_memory(NULL, 0, 0x1000, "nothing");
}

static void assert_kind(MemoryRegion *mr, bool readonly, MemorySectionKind want)
{
    MemoryRegionSection s = { .mr = mr, .size = int128_make64(0x1000), .readonly = readonly };

    g_assert_cmpint(memory_region_section_get_kind(&s), ==, want);
}

static void kind_of_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000), *rom = ram_new(m, "rom", 0x1000);
    MemoryRegion *device = g_new0(MemoryRegion, 1);
    g_autofree uint8_t *host = g_malloc0(0x1000);

    (void)data;
    g_ptr_array_add(m->regions, device);
    memory_region_init_ram_device_ptr(device, NULL, "ram-device", 0x1000, host);
    memory_region_set_readonly(rom, true);
    assert_kind(ram, false, MEMORY_SECTION_RAM);
    assert_kind(ram, true, MEMORY_SECTION_ROM);
    assert_kind(rom, true, MEMORY_SECTION_ROM);
    assert_kind(rom, false, MEMORY_SECTION_ROM); /* a section that is not from a view */
    assert_kind(device, false, MEMORY_SECTION_RAM);
    assert_kind(device, true, MEMORY_SECTION_ROM);
}

static void kind_of_protected_memory(Machine *m, gconstpointer data)
{
    MemoryRegion *protected = g_new0(MemoryRegion, 1);
    int fd = memfd_create("protected", 0);

    (void)data;
    g_ptr_array_add(m->regions, protected);
    g_assert_true(memory_region_init_ram_from_fd(protected, NULL, "protected", 0x1000,
                                                 RAM_PROTECTED, fd, 0, NULL));
    g_assert_true(memory_region_is_protected(protected));
    assert_kind(protected, false, MEMORY_SECTION_RAM);
}

static void kind_of_devices(Machine *m, gconstpointer data)
{
    MemoryRegion *romd = romd_new(m, "romd", 0x1000);

    (void)data;
    assert_kind(romd, false, MEMORY_SECTION_ROM);
    memory_region_rom_device_set_romd(romd, false);
    assert_kind(romd, false, MEMORY_SECTION_CALL);
    assert_kind(io_new(m, "io", 0x1000), false, MEMORY_SECTION_CALL);
    assert_kind(NULL, false, MEMORY_SECTION_CALL);
}

static void host_and_last(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x2000);
    MemoryRegionSection s = { .mr = ram,
                              .size = int128_make64(0x800),
                              .offset_within_region = 0x1800,
                              .offset_within_address_space = HWADDR_MAX - 0x7ff };
    MemoryRegionSection nothing = { .mr = NULL };

    (void)data;
    g_assert_true(memory_region_section_get_ram_ptr(&s) ==
                  (uint8_t *)memory_region_get_ram_ptr(ram) + 0x1800);
    g_assert_cmphex(memory_region_section_get_last(&s), ==, HWADDR_MAX);
    g_assert_null(memory_region_section_get_ram_ptr(&nothing));
}

static void host_without_memory(Machine *m, gconstpointer data)
{
    MemoryRegionSection s = { .mr = io_new(m, "io", 0x1000), .size = int128_make64(0x1000) };

    (void)data;
    g_assert_null(memory_region_section_get_ram_ptr(&s));
    expect_message(m, "misuse", "io", "no RAM", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/section/whole-pages", whole_pages);
    misuse_test_add("/section/pages-of-no-size", pages_of_no_size);
    TEST("/section/part-with-memory", part_with_memory);
    TEST("/section/kind-of-memory", kind_of_memory);
    TEST("/section/kind-of-protected-memory", kind_of_protected_memory);
    TEST("/section/kind-of-devices", kind_of_devices);
    TEST("/section/host-and-last", host_and_last);
    misuse_test_add("/section/host-without-memory", host_without_memory);
    return g_test_run();
}
