/* SPDX-License-Identifier: MIT
 *
 * The Unicorn adapter and code that changes: memory that is exchanged while code runs from it, DMA
 * into code, and flash that a guest programs and runs from.
 */
#include <string.h>

#include "unicorn/switch.h"

/* ---- Banks of code ---------------------------------------------------------------------- */

static void put_call(Guest *g, unsigned reg)
{
    code_call(&g->code, TARGET);
    code_store_reg(&g->code, 4, CODE_AT + CODE_SIZE - 4 * (reg - A0 + 1), A0);
}

static uint32_t answer(Guest *g, unsigned reg)
{
    return *word_of(g->code_ram, CODE_SIZE - 4 * (reg - A0 + 1));
}

static void banks_of_code(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init_banks(&s, g);
    put_answer(s.mr, 0, 0x111);
    put_answer(s.other, 0, 0x222);
    put_call(g, A0);
    put_flip(&g->code);
    put_call(g, A1);
    put_flip(&g->code);
    put_call(g, A2);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x111);
    g_assert_cmphex(answer(g, A1), ==, 0x222);
    g_assert_cmphex(answer(g, A2), ==, 0x111);
}

/* Code exchanges the memory that it runs from, and jumps into the new memory. */
static void code_changes_its_bank(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;
    Code c;

    (void)data;
    switch_init_banks(&s, g);
    c = code_at(host_of(s.mr));
    code_store(&c, 4, CONTROL, 0);
    code_load(&c, A1, 4, TARGET + 0x800);
    code_constant(&c, RA, TARGET + 0x100);
    code_return(&c);
    put_answer(s.mr, 0x100, 0x111);
    *word_of(s.other, 0x800) = 0x333;
    c = code_at(host_of(s.other) + 0x100);
    code_constant(&c, A0, 0x222);
    code_constant(&c, RA, CODE_AT + 12); /* after the call */
    code_return(&c);
    code_call(&g->code, TARGET);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x222);
    g_assert_cmphex(guest_word(g, A1), ==, 0x333);
}

/* ---- Code that changes ------------------------------------------------------------------ */

static void forget_code_after_dma(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *ram = ram_new(m, "ram", PAGE);

    (void)data;
    put_answer(ram, 0, 0x111);
    memory_region_add_subregion(g->root, TARGET, ram);
    put_call(g, A0);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x111);
    put_answer(ram, 0, 0x222);
    unicorn_memory_forget_code(g->um, TARGET, 12);
    unicorn_memory_forget_code(g->um, TARGET, 0);
    put_call(g, A0);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x222);
}

static void load_code(Switch *s)
{
    put_answer(s->mr, 0, 0x222);
    unicorn_memory_forget_code(s->g->um, TARGET, 12);
}

static void device_loads_code(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, load_code);
    s.mr = ram_new(m, "ram", PAGE);
    put_answer(s.mr, 0, 0x111);
    memory_region_add_subregion(g->root, TARGET, s.mr);
    put_call(g, A0);
    put_flip(&g->code);
    put_call(g, A1);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x111);
    g_assert_cmphex(answer(g, A1), ==, 0x222);
}

static void rom_is_loaded_again(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *rom = ram_new(m, "rom", PAGE), *other = ram_new(m, "other", PAGE);

    (void)data;
    put_answer(rom, 0, 0x111);
    put_answer(other, 0, 0x222);
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(g->root, TARGET, rom);
    put_call(g, A0);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x111);
    address_space_write_rom(g->as, TARGET, ANY, host_of(other), 12);
    unicorn_memory_forget_code(g->um, TARGET, 12);
    put_call(g, A0);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x222);
}

/* While code runs from ROM, the engine has the ROM as memory. After that it uses calls again. */
static void rom_is_left(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *rom = ram_new(m, "rom", PAGE);

    (void)data;
    put_answer(rom, 0, 0x111);
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(g->root, TARGET, rom);
    put_call(g, A0);
    code_sum(&g->code, CONTROL, 4, 4);
    guest_run(g);
    assert_mapped(g, "40000-4ffff rw-, 60000-60fff r-x");
    code_sum(&g->code, CONTROL, 4, 400);
    guest_run(g);
    assert_mapped(g, "40000-4ffff rw-");
    g_assert_cmphex(guest_read(g, 4, TARGET), ==, *word_of(rom, 0));
    put_call(g, A1);
    guest_run(g);
    g_assert_cmphex(answer(g, A0), ==, 0x111);
    g_assert_cmphex(answer(g, A1), ==, 0x111);
}

/* ---- Flash ------------------------------------------------------------------------------ */

/* A ROM device with commands: one shows the id instead of the memory, one shows the memory again,
 * any other byte is programmed. */
enum { FLASH_ID = 0x89, SHOW_ID = 0x90, SHOW_MEMORY = 0xff };

static uint64_t flash_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return FLASH_ID;
}

static void flash_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MemoryRegion *mr = opaque;

    (void)size;
    if (data == SHOW_ID || data == SHOW_MEMORY) {
        memory_region_rom_device_set_romd(mr, data == SHOW_MEMORY);
    } else {
        host_of(mr)[addr] = (uint8_t)data;
    }
}

static const MemoryRegionOps flash_ops = {
    .read = flash_read,
    .write = flash_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static MemoryRegion *flash_new(Guest *g, uint64_t size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(g->m->regions, mr);
    g_assert_true(memory_region_init_rom_device_nomigrate(mr, NULL, &flash_ops, mr, "flash", size,
                                                          NULL));
    memory_region_add_subregion(g->root, TARGET, mr);
    return mr;
}

static void put_flash_session(Code *c, gint64 at)
{
    code_load(c, A0, 1, at + 4);
    code_store(c, 1, at, SHOW_ID);
    code_load(c, A1, 1, at + 4);
    code_store(c, 1, at, SHOW_MEMORY);
    code_load(c, A2, 1, at + 4);
    code_store(c, 1, at + 4, 0x66);
    code_load(c, A3, 1, at + 4);
}

static void assert_flash_session(Guest *g)
{
    g_assert_cmphex(guest_word(g, A0), ==, 0x55);
    g_assert_cmphex(guest_word(g, A1), ==, FLASH_ID);
    g_assert_cmphex(guest_word(g, A2), ==, 0x55);
    g_assert_cmphex(guest_word(g, A3), ==, 0x66);
}

static void flash_session(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *flash = flash_new(g, 2 * PAGE);

    (void)data;
    host_of(flash)[4] = 0x55;
    put_flash_session(&g->code, TARGET);
    guest_run(g);
    assert_flash_session(g);
}

/* The code that gives the commands is in the flash itself, at another place. */
static void flash_session_from_flash(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *flash = flash_new(g, 0x20000);
    Code c = code_at(host_of(flash));

    (void)data;
    host_of(flash)[0x10004] = 0x55;
    put_flash_session(&c, TARGET + 0x10000);
    code_return(&c);
    for (unsigned i = 0; i < 2; i++) {
        host_of(flash)[0x10004] = 0x55;
        code_call(&g->code, TARGET);
        guest_run(g);
        assert_flash_session(g);
    }
}

/* Code programs its own block: the flash has the byte at once, loads of the engine see it after
 * the next call. */
static void flash_programs_itself(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion *flash = flash_new(g, PAGE);
    Code c = code_at(host_of(flash));

    (void)data;
    code_store(&c, 1, TARGET + 0x800, 0x66);
    code_store(&c, 1, TARGET + 0x801, SHOW_ID);
    code_load(&c, A0, 1, CONTROL);
    code_load(&c, A1, 1, TARGET + 0x800);
    code_store(&c, 1, TARGET, SHOW_MEMORY);
    code_load(&c, A0, 1, CONTROL);
    code_load(&c, A2, 2, TARGET + 0x800);
    code_return(&c);
    code_call(&g->code, TARGET);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A1), ==, FLASH_ID);
    g_assert_cmphex(guest_word(g, A2), ==, 0x66);
    g_assert_cmphex(*word_of(flash, 0x800), ==, 0x66);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/unicorn/bank", banks_of_code);
    TEST("/unicorn/bank/own", code_changes_its_bank);
    TEST("/unicorn/code/forget", forget_code_after_dma);
    TEST("/unicorn/code/device", device_loads_code);
    TEST("/unicorn/code/rom", rom_is_loaded_again);
    TEST("/unicorn/code/rom/left", rom_is_left);
    TEST("/unicorn/flash", flash_session);
    TEST("/unicorn/flash/from-itself", flash_session_from_flash);
    TEST("/unicorn/flash/own-block", flash_programs_itself);
    return g_test_run();
}
