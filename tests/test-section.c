/* SPDX-License-Identifier: MIT
 *
 * Parts of sections that adapters want: whole pages, and the part that has memory. test-later.c
 * cuts sections to ranges.
 */
#include "ram-support.h"

/* "OFFSET+SIZE at ADDRESS", or "nothing" and the section is as it was. */
static char *section_now(const MemoryRegionSection *s, bool cut, const MemoryRegionSection *before)
{
    if (!cut) {
        g_assert_true(MemoryRegionSection_eq((MemoryRegionSection *)s,
                                             (MemoryRegionSection *)before));
        return g_strdup("nothing");
    }
    return g_strdup_printf("%" PRIx64 "+%s%" PRIx64 " at %" PRIx64, s->offset_within_region,
                           s->size == int128_2_64() ? "1:" : "", int128_getlo(s->size),
                           s->offset_within_address_space);
}

static void assert_pages(hwaddr address, Int128 size, uint64_t page, const char *want)
{
    MemoryRegionSection before = { .size = size, .offset_within_region = 0x500,
                                   .offset_within_address_space = address };
    MemoryRegionSection s = before;
    bool cut = memory_region_section_intersect_pages(&s, page);
    g_autofree char *text = section_now(&s, cut, &before);

    g_assert_cmpstr(text, ==, want);
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
    assert_pages(0, int128_2_64(), 0x1000, "500+1:0 at 0");
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
    MemoryRegionSection before = { .mr = mr, .size = int128_make64(size),
                                   .offset_within_region = offset,
                                   .offset_within_address_space = 0x8000 };
    MemoryRegionSection s = before;
    bool cut = memory_region_section_intersect_memory(&s);
    g_autofree char *text = section_now(&s, cut, &before);

    g_assert_cmpstr(text, ==, want);
}

/* A region may be larger than its memory, which is whole pages of the host. */
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
    assert_memory(romd, 0x10, 0x20, "10+20 at 8000"); /* whether it is shown is another question */
    assert_memory(NULL, 0, 0x1000, "nothing");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/section/whole-pages", whole_pages);
    misuse_test_add("/section/pages-of-no-size", pages_of_no_size);
    TEST("/section/part-with-memory", part_with_memory);
    return g_test_run();
}
