/* SPDX-License-Identifier: MIT
 *
 * The Unicorn adapter with a map that does not change: what a guest reads, writes and runs, what
 * devices see of it, and attaching and detaching an engine. Changes are in test-unicorn-changes.c
 * and test-unicorn-code.c.
 */
#include <string.h>

#include "unicorn/switch.h"

/* ---- Memory ----------------------------------------------------------------------------- */

static void ram_all_sizes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", 4 * PAGE, 0x11223344);

    (void)data;
    memory_region_add_subregion(g->root, 0x40000, ram);
    assert_mapped(g, "40000-43fff rwx");
    g_assert_cmphex(guest_read(g, 1, 0x40001), ==, 0x33);
    g_assert_cmphex(guest_read(g, 2, 0x40002), ==, 0x1122);
    g_assert_cmphex(guest_read(g, 4, 0x40ffe), ==, 0x33441122);
    g_assert_cmphex(guest_read(g, 8, 0x43ff8), ==, 0x1122334411223344);
    guest_write(g, 1, 0x40000, 0xa1);
    guest_write(g, 2, 0x40002, 0xb2b1);
    guest_write(g, 4, 0x40004, 0xc4c3c2c1);
    guest_write(g, 8, 0x40008, 0xd8d7d6d5d4d3d2d1);
    assert_hex(host_of(ram), 16, "a133b1b2c1c2c3c4d1d2d3d4d5d6d7d8");
    guest_write(g, 8, 0x40ffc, 0xe8e7e6e5e4e3e2e1);
    assert_hex(host_of(ram) + 0xffc, 8, "e1e2e3e4e5e6e7e8");
    assert_mapped(g, "40000-43fff rwx");
}

/* Guest and host use the same memory, without any call. */
static void ram_is_shared(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", PAGE, 1);

    (void)data;
    memory_region_add_subregion(g->root, 0x40000, ram);
    g_assert_cmphex(guest_read(g, 4, 0x40008), ==, 1);
    address_space_stl(g->as, 0x40008, 0x1234567, ANY, NULL);
    g_assert_cmphex(guest_read(g, 4, 0x40008), ==, 0x1234567);
    guest_write(g, 4, 0x40008, 0x7654321);
    g_assert_cmphex(address_space_ldl(g->as, 0x40008, ANY, NULL), ==, 0x7654321);
}

/* Calls the code at addr and returns what it leaves in A0. */
static uint64_t guest_call(Guest *g, hwaddr addr)
{
    code_constant(&g->code, A0, 0);
    code_call(&g->code, (gint64)addr);
    guest_run(g);
    return guest_reg(g, A0);
}

static MemoryRegion *rom_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = ram_new(m, name, size);

    memory_region_set_readonly(mr, true);
    return mr;
}

static void code_runs_from_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = ram_new(m, "ram", PAGE), *rom = rom_new(m, "rom", PAGE);
    MemoryRegion *flash = romd_new(m, "flash", PAGE);

    (void)data;
    put_answer(ram, 0, 0x111);
    put_answer(rom, 0, 0x222);
    put_answer(flash, 0, 0x333);
    memory_region_add_subregion(g->root, 0x40000, ram);
    memory_region_add_subregion(g->root, 0x50000, rom);
    memory_region_add_subregion(g->root, 0x60000, flash);
    g_assert_cmphex(guest_call(g, 0x40000), ==, 0x111);
    g_assert_cmphex(guest_call(g, 0x50000), ==, 0x222);
    g_assert_cmphex(guest_call(g, 0x60000), ==, 0x333);
    assert_mapped(g, "40000-40fff rwx, 50000-50fff r-x, 60000-60fff r-x");
}

/* Writes a refused access to the trace. */
static void note_refusal(MemoryContext *ctx, MemoryLogLevel level, const char *message,
                         void *opaque)
{
    Machine *m = opaque;

    (void)ctx;
    g_assert_cmpint(level, ==, MEMORY_LOG_GUEST);
    g_string_append(m->trace, message);
}

static void rom_refuses_writes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *rom = rom_new(m, "rom", 2 * PAGE);

    (void)data;
    *word_of(rom, 8) = 0x1234;
    memory_region_add_subregion(g->root, 0x50000, rom);
    memory_context_set_log(m->ctx, note_refusal, m);
    g_assert_cmphex(guest_read(g, 4, 0x50008), ==, 0x1234);
    guest_write(g, 4, 0x50008, 0x5678);
    g_assert_nonnull(strstr(m->trace->str, "write of 4 bytes at 0x8 of region 'rom'"));
    g_assert_cmphex(*word_of(rom, 8), ==, 0x1234);
    g_assert_cmphex(guest_read(g, 4, 0x50008), ==, 0x1234);
}

/* ROM that code runs from is memory for the engine, so a write takes another way. */
static void rom_with_code_refuses_writes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *rom = rom_new(m, "rom", 2 * PAGE);

    (void)data;
    put_answer(rom, 0, 0x222);
    memory_region_add_subregion(g->root, 0x50000, rom);
    memory_context_set_log(m->ctx, note_refusal, m);
    g_assert_cmphex(guest_call(g, 0x50000), ==, 0x222);
    g_assert_cmphex(guest_read(g, 4, 0x50800), ==, 0);
    guest_write(g, 4, 0x50800, 0x5678);
    g_assert_nonnull(strstr(m->trace->str, "write of 4 bytes at 0x800 of region 'rom'"));
    g_assert_cmphex(*word_of(rom, 0x800), ==, 0);
    g_assert_cmphex(guest_read(g, 4, 0x50800), ==, 0);
    guest_write(g, 4, 0x50000, 0);
    g_assert_cmphex(guest_call(g, 0x50000), ==, 0x222);
}

/* A write across the end of one ROM into the next: both halves are refused. */
static void rom_refuses_both_halves(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *a = rom_new(m, "a", PAGE), *b = rom_new(m, "b", PAGE);

    (void)data;
    memory_region_add_subregion(g->root, 0x50000, a);
    memory_region_add_subregion(g->root, 0x51000, b);
    guest_write(g, 8, 0x50ffc, UINT64_MAX);
    g_assert_cmphex(*word_of(a, 0xffc), ==, 0);
    g_assert_cmphex(*word_of(b, 0), ==, 0);
    g_assert_cmphex(guest_read(g, 8, 0x50ffc), ==, 0);
}

static void readonly_alias(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", 2 * PAGE, 1);
    MemoryRegion *window = window_new(m, "window", ram, PAGE, PAGE);

    (void)data;
    memory_region_set_readonly(window, true);
    memory_region_add_subregion(g->root, 0x40000, ram);
    memory_region_add_subregion(g->root, 0x60000, window);
    guest_write(g, 4, 0x60000, 2);
    g_assert_cmphex(guest_read(g, 4, 0x60000), ==, 1);
    guest_write(g, 4, 0x41000, 3);
    g_assert_cmphex(guest_read(g, 4, 0x60000), ==, 3);
}

/* ---- Devices ---------------------------------------------------------------------------- */

static Probe *probe_at(Guest *g, const char *name, hwaddr addr, uint64_t size)
{
    Probe *p = probe_new_plain(g->m, name, size);

    memory_region_add_subregion(g->root, addr, &p->mr);
    return p;
}

static void device_reads(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x40000, PAGE);
    g_assert_cmphex(guest_read(g, 1, 0x40003), ==, 0x13);
    g_assert_cmphex(guest_read(g, 2, 0x40006), ==, 0x1716);
    g_assert_cmphex(guest_read(g, 4, 0x40008), ==, 0x1b1a1918);
    assert_trace(m, "d:r3/1 d:r6/2 d:r8/4");
    g_assert_cmphex(guest_read(g, 8, 0x40010), ==, 0x2726252423222120);
    assert_trace(m, "d:r10/4 d:r14/4");
}

static void device_writes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x40000, PAGE);
    guest_write(g, 1, 0x40003, 0x1a1);
    guest_write(g, 2, 0x40006, 0x1b2b1);
    guest_write(g, 4, 0x40008, 0xc4c3c2c1);
    assert_trace(m, "d:w3/1=a1 d:w6/2=b2b1 d:w8/4=c4c3c2c1");
    guest_write(g, 8, 0x40010, 0xd8d7d6d5d4d3d2d1);
    assert_trace(m, "d:w10/4=d4d3d2d1 d:w14/4=d8d7d6d5");
}

static void device_misaligned(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x40000, PAGE);
    g_assert_cmphex(guest_read(g, 4, 0x40002), ==, 0x15141312);
    assert_trace(m, "d:r0/4 d:r4/4");
    guest_write(g, 4, 0x40002, 0xc4c3c2c1);
    assert_trace(m, "d:w2/1=c1 d:w3/1=c2 d:w4/1=c3 d:w5/1=c4");
}

/* Devices, RAM and a hole in one page. */
static void ranges_share_a_page(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", PAGE, 0x77);
    MemoryRegion *window = window_new(m, "window", ram, 0x100, 0x100);

    (void)data;
    probe_at(g, "a", 0x40000, 0x20);
    probe_at(g, "b", 0x40020, 0x20);
    memory_region_add_subregion(g->root, 0x40100, window);
    assert_mapped(g, "");
    g_assert_cmphex(guest_read(g, 4, 0x4001c), ==, 0x2f2e2d2c);
    g_assert_cmphex(guest_read(g, 1, 0x40021), ==, 0x11);
    assert_trace(m, "a:r1c/4 b:r1/1");
    guest_write(g, 4, 0x40100, 0x88);
    g_assert_cmphex(*word_of(ram, 0x100), ==, 0x88);
    g_assert_cmphex(guest_read(g, 4, 0x401fc), ==, 0x77);
    g_assert_cmphex(guest_read(g, 4, 0x40200), ==, 0);
    assert_mapped(g, "40000-4ffff rw-");
}

/* RAM that begins and ends inside pages: whole pages are mapped, the rest is called, and the guest
 * does not notice. */
static void ragged_ram(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", 4 * PAGE, 0x55);
    MemoryRegion *window = window_new(m, "window", ram, 0x800, 3 * PAGE - 0x400);

    (void)data;
    memory_region_add_subregion(g->root, 0x40800, window);
    assert_mapped(g, "41000-42fff rwx");
    guest_write(g, 8, 0x40ffc, 0xd8d7d6d5d4d3d2d1);
    assert_hex(host_of(ram) + 0xffc, 8, "d1d2d3d4d5d6d7d8");
    g_assert_cmphex(guest_read(g, 8, 0x40ffc), ==, 0xd8d7d6d5d4d3d2d1);
    guest_write(g, 4, 0x43010, 0x66);
    g_assert_cmphex(*word_of(ram, 0x3010), ==, 0x66);
    g_assert_cmphex(guest_read(g, 4, 0x433fc), ==, 0x55);
    g_assert_cmphex(guest_read(g, 4, 0x43400), ==, 0);
}

/* Host memory that does not begin at a page cannot be mapped; calls reach it. */
/* A region that is larger than its memory: after the memory the host has something else. */
static void beyond_the_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", 2 * PAGE, 0x11111111);
    MemoryRegion *window = window_new(m, "window", ram, PAGE, 4 * PAGE);

    (void)data;
    memory_region_set_size(ram, 4 * PAGE);
    memory_region_add_subregion(g->root, 0x40000, ram);
    memory_region_add_subregion(g->root, 0x50000, window);
    assert_mapped(g, "40000-41fff rwx, 50000-50fff rwx");
    memory_region_set_alias_offset(window, 2 * PAGE);
    assert_mapped(g, "40000-41fff rwx");
    g_assert_cmphex(guest_read(g, 4, 0x41ffc), ==, 0x11111111);
    g_assert_cmphex(guest_read(g, 4, 0x42000), ==, 0);
    memory_region_del_subregion(g->root, ram);
    memory_region_del_subregion(g->root, window);
}

static void host_between_pages(Machine *m, gconstpointer data)
{
    static uint32_t words[2 * PAGE / 4] __attribute__((aligned(PAGE)));
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    g_ptr_array_add(m->regions, ram);
    memory_region_init_ram_ptr(ram, NULL, "ram", PAGE, &words[1]);
    memory_region_add_subregion(g->root, 0x40000, ram);
    guest_write(g, 4, 0x40008, 0x99);
    g_assert_cmphex(words[3], ==, 0x99);
    g_assert_cmphex(guest_read(g, 4, 0x40008), ==, 0x99);
    assert_mapped(g, "40000-4ffff rw-");
}

/* ---- Holes ------------------------------------------------------------------------------ */

static void holes_read_as_the_space_says(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    g_assert_cmphex(guest_read(g, 4, 0x40000), ==, 0);
    address_space_set_hole(g->as, 0xab, MEMTX_OK);
    g_assert_cmphex(guest_read(g, 4, 0x40000), ==, 0xabababab);
    g_assert_cmphex(guest_read(g, 8, 0x7fff0000), ==, 0xabababababababab);
    guest_write(g, 8, 0x7fff0000, 1);
    g_assert_cmphex(guest_read(g, 1, 0x7fff0000), ==, 0xab);
}

static void guests_go_on_in_holes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x20000000, PAGE);
    code_sum(&g->code, 0x20000000, 0x20000, 700); /* more places than the engine may hold */
    guest_run(g);
    g_assert_cmphex(guest_reg(g, A0), ==, 0x13121110);
    code_sum(&g->code, 0x20000000, 0x20000, 2);
    guest_run(g);
    g_assert_cmphex(guest_reg(g, A0), ==, 0x13121110);
    assert_trace(m, "d:r0/4 d:r0/4");
}

static void calls_are_bounded(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    uc_mem_region *regions;
    uint32_t count;

    (void)data;
    code_sum(&g->code, 0x20000000, 0x10000, 1100);
    guest_run(g);
    g_assert_cmpint(uc_mem_regions(g->uc, &regions, &count), ==, UC_ERR_OK);
    uc_free(regions);
    g_assert_cmpuint(count, <=, 513);
}

/* Each load crosses two blocks, so that blocks are dropped in the middle of a load. */
static void calls_across_blocks(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    address_space_set_hole(g->as, 1, MEMTX_OK);
    code_sum(&g->code, 0x2000fffe, 0x20000, 600);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 600 * 0x01010101u);
}

static void top_of_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = words_new(m, "ram", PAGE, 0x55);

    (void)data;
    address_space_set_hole(g->as, 1, MEMTX_OK);
    g_assert_cmphex(guest_read(g, 8, (hwaddr)-8), ==, 0x0101010101010101);
    memory_region_add_subregion(g->root, (hwaddr)-PAGE, ram);
    g_assert_cmphex(guest_read(g, 4, (hwaddr)-4), ==, 0x55);
    guest_write(g, 4, (hwaddr)-4, 0x66);
    g_assert_cmphex(*word_of(ram, PAGE - 4), ==, 0x66);
    memory_region_del_subregion(g->root, ram);
    g_assert_cmphex(guest_read(g, 4, (hwaddr)-4), ==, 0x01010101);
}

static void no_code_in_devices(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x40000, PAGE);
    guest_read(g, 4, 0x40000);
    code_call(&g->code, 0x40000);
    g_assert_cmpint(guest_try(g), ==, UC_ERR_FETCH_PROT);
    code_call(&g->code, 0x50000);
    g_assert_cmpint(guest_try(g), ==, UC_ERR_FETCH_UNMAPPED);
    g_assert_cmphex(guest_read(g, 4, 0x40000), ==, 0x13121110);
}

/* ---- Taking an engine and giving it back ------------------------------------------------ */

static uint32_t mapped_count(uc_engine *uc)
{
    uc_mem_region *regions;
    uint32_t count;

    g_assert_cmpint(uc_mem_regions(uc, &regions, &count), ==, UC_ERR_OK);
    uc_free(regions);
    return count;
}

static void nothing_stays_mapped(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *rom = rom_new(m, "rom", PAGE);

    (void)data;
    memory_region_add_subregion(g->root, 0x50000, rom);
    guest_read(g, 4, 0x40000);
    guest_write(g, 4, 0x50000, 1);
    guest_write(g, 4, 0x60000, 1);
    g_assert_cmpuint(mapped_count(g->uc), >, 1);
    unicorn_memory_free(g->um);
    g->um = NULL;
    g_assert_cmpuint(mapped_count(g->uc), ==, 0);
    memory_region_set_enabled(rom, false);
    memory_region_set_enabled(rom, true);
    g_assert_cmpuint(mapped_count(g->uc), ==, 0);
}

static void an_engine_is_taken_again(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);

    (void)data;
    probe_at(g, "d", 0x40000, PAGE);
    g_assert_cmphex(guest_read(g, 4, 0x40000), ==, 0x13121110);
    unicorn_memory_free(g->um);
    g->um = unicorn_memory_new(g->uc, g->as, NULL);
    g_assert_nonnull(g->um);
    g_assert_cmphex(guest_read(g, 4, 0x40004), ==, 0x17161514);
    assert_trace(m, "d:r0/4 d:r4/4");
}

static void mapped_engines_are_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x100000), *ram = ram_new(m, "ram", PAGE);
    AddressSpace *as = space_new(m, root, "as");
    Error *err = NULL;
    uc_engine *uc;

    (void)data;
    memory_region_add_subregion(root, 0, ram);
    g_assert_cmpint(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &uc), ==, UC_ERR_OK);
    g_assert_cmpint(uc_mem_map(uc, 0x80000, PAGE, UC_PROT_ALL), ==, UC_ERR_OK);
    g_assert_null(unicorn_memory_new(uc, as, &err));
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), "already"));
    error_free(err);
    g_assert_cmpuint(mapped_count(uc), ==, 1);
    g_assert_null(unicorn_memory_new(uc, as, NULL));
    memory_region_set_address(ram, PAGE);
    g_assert_cmpuint(mapped_count(uc), ==, 1);
    uc_close(uc);
}

static void freeing_nothing(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    unicorn_memory_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/unicorn/ram/sizes", ram_all_sizes);
    TEST("/unicorn/ram/shared", ram_is_shared);
    TEST("/unicorn/ram/ragged", ragged_ram);
    TEST("/unicorn/ram/beyond-the-memory", beyond_the_memory);
    TEST("/unicorn/ram/host-between-pages", host_between_pages);
    TEST("/unicorn/code", code_runs_from_memory);
    TEST("/unicorn/code/not-in-devices", no_code_in_devices);
    TEST("/unicorn/rom/write", rom_refuses_writes);
    TEST("/unicorn/rom/write/code", rom_with_code_refuses_writes);
    TEST("/unicorn/rom/write/two", rom_refuses_both_halves);
    TEST("/unicorn/rom/alias", readonly_alias);
    TEST("/unicorn/device/read", device_reads);
    TEST("/unicorn/device/write", device_writes);
    TEST("/unicorn/device/misaligned", device_misaligned);
    TEST("/unicorn/page-of-many", ranges_share_a_page);
    TEST("/unicorn/hole", holes_read_as_the_space_says);
    TEST("/unicorn/hole/many", guests_go_on_in_holes);
    TEST("/unicorn/hole/bounded", calls_are_bounded);
    TEST("/unicorn/hole/across-blocks", calls_across_blocks);
    TEST("/unicorn/top", top_of_memory);
    TEST("/unicorn/free", nothing_stays_mapped);
    TEST("/unicorn/free/again", an_engine_is_taken_again);
    TEST("/unicorn/free/nothing", freeing_nothing);
    TEST("/unicorn/new/mapped", mapped_engines_are_refused);
    return g_test_run();
}
