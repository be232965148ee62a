/* SPDX-License-Identifier: MIT
 *
 * The Unicorn adapter with other processors than RISC-V: byte order, and resuming a run where it
 * was interrupted, which needs the program counter.
 */
#include <string.h>

#include "unicorn/guest.h"

enum { DEVICE_AT = 0x40000, ROM_AT = 0x60000 };

/* A device and ROM beside the code. The guest copies the device's first word to its register at
 * 0x20, reads the ROM, jumps to the ROM and back. */
typedef struct Stage {
    uc_engine *uc;
    UnicornMemory *um;
    Probe *device;
} Stage;

static void add_code(Machine *m, MemoryRegion *root, const char *name, hwaddr addr,
                     const void *code, size_t len)
{
    MemoryRegion *mr = ram_new(m, name, PAGE);

    memcpy(host_of(mr), code, len);
    memory_region_set_readonly(mr, addr == ROM_AT);
    memory_region_add_subregion(root, addr, mr);
}

/* 'code' and 'rom' have 'len' bytes. The guest ends at the end of 'code'. */
static Stage stage_run(Machine *m, uc_arch arch, uc_mode mode, const void *code, const void *rom,
                       size_t len)
{
    MemoryRegion *root = box_new(m, "root", 0x100000);
    AddressSpace *as = space_new(m, root, "as");
    Stage s = { .device = probe_new_plain(m, "d", PAGE) };

    memory_region_add_subregion(root, DEVICE_AT, &s.device->mr);
    add_code(m, root, "ram", CODE_AT, code, len);
    add_code(m, root, "rom", ROM_AT, rom, len);
    g_assert_cmpint(uc_open(arch, mode, &s.uc), ==, UC_ERR_OK);
    s.um = unicorn_memory_new(s.uc, as, NULL);
    g_assert_nonnull(s.um);
    g_assert_cmpstr(uc_strerror(unicorn_memory_run(s.um, CODE_AT, CODE_AT + len, 0, 0)), ==,
                    uc_strerror(UC_ERR_OK));
    return s;
}

static void stage_end(Stage *s)
{
    unicorn_memory_free(s->um);
    uc_close(s->uc);
}

static uint64_t stage_reg(const Stage *s, int reg)
{
    uint64_t value = 0;

    g_assert_cmpint(uc_reg_read(s->uc, reg, &value), ==, UC_ERR_OK);
    return value;
}

static void x86(Machine *m, gconstpointer data)
{
    static const uint8_t code[33] = {
        /* clang-format off */
        0x8b, 0x04, 0x25, 0x00, 0x00, 0x04, 0x00, /* mov eax, [0x40000] */
        0x89, 0x04, 0x25, 0x20, 0x00, 0x04, 0x00, /* mov [0x40020], eax */
        0x8b, 0x14, 0x25, 0x00, 0x00, 0x06, 0x00, /* mov edx, [0x60000] */
        0xe9, 0xe6, 0xff, 0x04, 0x00,             /* jmp 0x60000 */
        [32] = 0x90,                              /* 0x10020: nop */
        /* clang-format on */
    };
    static const uint8_t rom[33] = {
        0xb9, 0x78, 0x56, 0x34, 0x12, /* mov ecx, 0x12345678 */
        0xe9, 0x16, 0x00, 0xfb, 0xff, /* jmp 0x10020 */
    };
    Stage s;

    (void)data;
    s = stage_run(m, UC_ARCH_X86, UC_MODE_64, code, rom, sizeof(code));
    assert_trace(m, "d:r0/4 d:w20/4=13121110");
    g_assert_cmphex(stage_reg(&s, UC_X86_REG_EDX), ==, 0x345678b9);
    g_assert_cmphex(stage_reg(&s, UC_X86_REG_ECX), ==, 0x12345678);
    stage_end(&s);
}

static const MemoryContextOptions big_endian = { .target_big_endian = true };

/* The device's registers are little endian. */
static void mips_big_endian(Machine *m, gconstpointer data)
{
    uint32_t code[9] = {
        0x3c080004, /* lui t0, 4 */
        0x3c090006, /* lui t1, 6 */
        0x8d020000, /* lw v0, 0(t0) */
        0xad020020, /* sw v0, 0x20(t0) */
        0x8d240000, /* lw a0, 0(t1) */
        0x01200008, /* jr t1 */
    };
    uint32_t rom[9] = {
        0x3c031234, /* lui v1, 0x1234 */
        0x3c0a0001, /* lui t2, 1 */
        0x354a0020, /* ori t2, 0x20 */
        0x01400008, /* jr t2 */
    };
    Stage s;

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(code); i++) {
        code[i] = GUINT32_TO_BE(code[i]);
        rom[i] = GUINT32_TO_BE(rom[i]);
    }
    s = stage_run(m, UC_ARCH_MIPS, UC_MODE_MIPS32 | UC_MODE_BIG_ENDIAN, code, rom, sizeof(code));
    assert_trace(m, "d:r0/4 d:w20/4=13121110");
    g_assert_cmphex(stage_reg(&s, UC_MIPS_REG_V0) & UINT32_MAX, ==, 0x10111213);
    g_assert_cmphex(stage_reg(&s, UC_MIPS_REG_A0) & UINT32_MAX, ==, 0x3c031234);
    g_assert_cmphex(stage_reg(&s, UC_MIPS_REG_V1) & UINT32_MAX, ==, 0x12340000);
    stage_end(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/unicorn/engine/x86-64", x86);
    TEST_WITH("/unicorn/engine/mips-big-endian", mips_big_endian, &big_endian);
    return g_test_run();
}
