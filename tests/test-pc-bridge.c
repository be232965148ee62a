/* SPDX-License-Identifier: MIT
 *
 * The host bridge of examples/pc: what each state of shadowing shows, the RAM for system
 * management, and configuration accesses.
 */
#include "pc-board.h"
#include "probe.h"

enum { PAM = 0x59, SMRAM = 0x72, SEGMENT = 0x4000, LAST = SHADOW_SEGMENTS - 1 };
enum { RAM_BYTE = 0x11, BUS_BYTE = 0x22, NEW_BYTE = 0x33 };

/* ---- Shadowing -------------------------------------------------------------------------- */

static hwaddr start_of(unsigned segment)
{
    return MAP_OPTION_ROMS + (hwaddr)segment * SEGMENT;
}

static uint64_t size_of(unsigned segment)
{
    return segment == LAST ? 0x10000 : SEGMENT;
}

/* Sets a segment's two bits, which are in one half of a register. */
static void set_segment(Board *b, unsigned segment, unsigned state)
{
    unsigned offset = segment == LAST ? PAM : PAM + 1 + segment / 2;
    unsigned shift = segment == LAST || segment % 2 == 1 ? 4 : 0;
    uint32_t others = config_in(b, DEVFN_HOST_BRIDGE, offset, 1) & ~(3u << shift);

    config_out(b, DEVFN_HOST_BRIDGE, offset, others | state << shift, 1);
}

static uint8_t *ram_byte(Board *b, hwaddr addr)
{
    return host_of(&b->ram) + addr;
}

static uint8_t *bus_byte(Board *b, hwaddr addr)
{
    return host_of(&b->card) + addr - MAP_VGA;
}

static uint8_t load(Board *b, hwaddr addr)
{
    return address_space_ldub(b->memory, addr, ANY, NULL);
}

/* Checks the whole table of shadow.h at one address. */
static void check_byte(Board *b, hwaddr addr, unsigned state)
{
    bool writes_ram = state & SHADOW_WRITES_RAM;
    MemTxResult result;

    *ram_byte(b, addr) = RAM_BYTE;
    *bus_byte(b, addr) = BUS_BYTE;
    g_assert_cmphex(load(b, addr), ==, state & SHADOW_READS_RAM ? RAM_BYTE : BUS_BYTE);
    address_space_stb(b->memory, addr, NEW_BYTE, ANY, &result);
    g_assert_cmphex(result, ==, state == SHADOW_READS_RAM ? MEMTX_DECODE_ERROR : MEMTX_OK);
    g_assert_cmphex(*ram_byte(b, addr), ==, writes_ram ? NEW_BYTE : RAM_BYTE);
    g_assert_cmphex(*bus_byte(b, addr), ==, state == 0 ? NEW_BYTE : BUS_BYTE);
}

static void check_segment(Board *b, unsigned segment, unsigned state)
{
    hwaddr start = start_of(segment);
    uint64_t size = size_of(segment);

    check_byte(b, start, state);
    check_byte(b, start + size / 2 + 1, state);
    check_byte(b, start + size - 1, state);
}

/* Each segment in each state, while its neighbours are in other states. */
static void all_states(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    for (unsigned round = 0; round < 16; round++) {
        unsigned step = 1 + round / 4;

        for (unsigned i = 0; i < SHADOW_SEGMENTS; i++) {
            set_segment(b, i, (i * step + round) % 4);
        }
        for (unsigned i = 0; i < SHADOW_SEGMENTS; i++) {
            check_segment(b, i, (i * step + round) % 4);
        }
        check_byte(b, MAP_VGA, 0);
        check_byte(b, MAP_OPTION_ROMS - 1, 0);
        g_assert_cmphex(load(b, 0x9ffff), ==, *ram_byte(b, 0x9ffff));
        g_assert_cmphex(load(b, MAP_ISA_BIOS_END), ==, *ram_byte(b, MAP_ISA_BIOS_END));
    }
}

/* A write to one word of configuration space is one edit: no view shows a state in between. */
static void many_at_once(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    Spy *spy = spy_new(m, "spy", 0);

    (void)data;
    spy->listener.region_add = NULL;
    spy->listener.region_del = NULL;
    spy->listener.region_nop = NULL;
    spy_start(spy, b->memory);
    g_string_truncate(m->trace, 0);
    config_out(b, DEVFN_HOST_BRIDGE, 0x5c, 0x33333333, 4);
    assert_trace(m, "spy:begin spy:commit");
    for (unsigned i = 4; i < LAST; i++) {
        check_segment(b, i, 3);
    }
    check_segment(b, 3, 0);
    check_segment(b, LAST, 0);
    memory_listener_unregister(&spy->listener);
    g_string_truncate(m->trace, 0);
}

/* An access of several bytes that crosses the border of two states is cut there. */
static void borders(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    hwaddr border = start_of(5);
    uint8_t bytes[4];

    (void)data;
    memset(ram_byte(b, border - 2), RAM_BYTE, 4);
    memset(bus_byte(b, border - 2), BUS_BYTE, 4);
    set_segment(b, 4, SHADOW_WRITES_RAM);
    set_segment(b, 5, SHADOW_READS_RAM | SHADOW_WRITES_RAM);
    g_assert_cmphex(address_space_read(b->memory, border - 2, ANY, bytes, 4), ==, MEMTX_OK);
    assert_hex(bytes, 4, "22221111");
    memset(bytes, NEW_BYTE, 4);
    g_assert_cmphex(address_space_write(b->memory, border - 2, ANY, bytes, 4), ==, MEMTX_OK);
    assert_hex(ram_byte(b, border - 2), 4, "33333333");
    assert_hex(bus_byte(b, border - 2), 4, "22222222");
}

/* State 2 exists for this: it copies a ROM onto itself. */
static void copy_onto_itself(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    g_autofree uint8_t *bytes = g_malloc(0x10000);

    (void)data;
    for (unsigned i = 0; i < 0x10000; i++) {
        bus_byte(b, 0xf0000)[i] = (uint8_t)(i * 7 + i / 256);
    }
    set_segment(b, LAST, SHADOW_WRITES_RAM);
    address_space_read(b->memory, 0xf0000, ANY, bytes, 0x10000);
    address_space_write(b->memory, 0xf0000, ANY, bytes, 0x10000);
    g_assert_cmpmem(ram_byte(b, 0xf0000), 0x10000, bus_byte(b, 0xf0000), 0x10000);
}

static void bus_without_card(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    memory_region_set_enabled(&b->card, false);
    g_assert_cmphex(load(b, MAP_VGA), ==, 0xff);
    g_assert_cmphex(load(b, start_of(3)), ==, 0xff);
    set_segment(b, 3, SHADOW_WRITES_RAM);
    g_assert_cmphex(load(b, start_of(3)), ==, 0xff);
    memory_region_set_enabled(&b->card, true);
}

static void reset_hides_ram(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    config_out(b, DEVFN_HOST_BRIDGE, 0x5c, 0x33333333, 4);
    config_out(b, DEVFN_HOST_BRIDGE, SMRAM, 0x5a, 1);
    board_reset(b);
    for (unsigned i = 0; i < SHADOW_SEGMENTS; i++) {
        check_segment(b, i, 0);
    }
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 0x5c, 4), ==, 0);
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, SMRAM, 1), ==, 0x02);
    config_out(b, DEVFN_HOST_BRIDGE, SMRAM, 0x4a, 1);
    check_byte(b, MAP_VGA, 3);
}

/* ---- System management RAM -------------------------------------------------------------- */

typedef struct Management {
    const char *name;
    uint8_t written[3]; /* written in turn; 0: no more */
    uint8_t reads_as;
    bool ram_shown;
} Management;

static const Management managements[] = {
    { "closed", { 0x08 }, 0x0a, false },
    { "open", { 0x48 }, 0x4a, true },
    { "open-but-disabled", { 0x40 }, 0x42, false },
    { "opened-and-closed", { 0x48, 0x08 }, 0x0a, false },
    { "locked", { 0x48, 0x18 }, 0x1a, false },
    { "locking-closes", { 0x58 }, 0x1a, false },
    { "locked-stays-closed", { 0x18, 0x48 }, 0x1a, false },
    { "locked-stays-enabled", { 0x18, 0x10 }, 0x1a, false },
    { "locked-takes-close-bit", { 0x18, 0x20 }, 0x3a, false },
    { "segment-is-fixed", { 0x07 }, 0x02, false },
};

static void setup(Machine *m, gconstpointer data)
{
    (void)data;
    machine_setup(m, NULL);
}

static void management(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);
    const Management *row = data;

    for (unsigned i = 0; i < 3 && row->written[i] != 0; i++) {
        config_out(b, DEVFN_HOST_BRIDGE, SMRAM, row->written[i], 1);
    }
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, SMRAM, 1), ==, row->reads_as);
    check_byte(b, MAP_VGA, row->ram_shown ? 3 : 0);
    check_byte(b, MAP_VGA + MAP_VGA_SIZE - 1, row->ram_shown ? 3 : 0);
    check_byte(b, MAP_VGA + MAP_VGA_SIZE, 0);
}

/* ---- Configuration accesses ------------------------------------------------------------- */

static void identity(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 0, 4), ==, 0x12378086);
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 2, 2), ==, 0x1237);
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 8, 4), ==, 0x06000002);
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(config_in(b, DEVFN_ISA_BRIDGE, 0, 4), ==, 0x70008086);
    g_assert_cmphex(config_in(b, DEVFN_ISA_BRIDGE, 0x0e, 1), ==, 0x80);
    g_assert_cmphex(config_in(b, DEVFN_POWER, 0, 4), ==, 0x71138086);
    config_out(b, DEVFN_HOST_BRIDGE, 0, 0, 4);
    g_assert_cmphex(config_in(b, DEVFN_HOST_BRIDGE, 0, 4), ==, 0x12378086);
}

static void nobody_there(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    g_assert_cmphex(config_in(b, DEVFN(2, 0), 0, 4), ==, 0xffffffff);
    g_assert_cmphex(config_in(b, DEVFN(31, 7), 0xfc, 1), ==, 0xff);
    config_out(b, DEVFN(2, 0), 4, 7, 2);
    port_out(b, PORT_CONFIG_ADDRESS, 0x80010000, 4); /* bus 1 */
    g_assert_cmphex(port_in(b, PORT_CONFIG_DATA, 4), ==, 0xffffffff);
    port_out(b, PORT_CONFIG_ADDRESS, 0x00000000, 4); /* disabled */
    g_assert_cmphex(port_in(b, PORT_CONFIG_DATA, 4), ==, 0xffffffff);
    port_out(b, PORT_CONFIG_DATA, 0, 4);
}

/* Only accesses of 32 bits set the address. One byte inside it is the reset control. */
static void address_port(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    port_out(b, PORT_CONFIG_ADDRESS, 0xffffffff, 4);
    g_assert_cmphex(port_in(b, PORT_CONFIG_ADDRESS, 4), ==, 0x80fffffc);
    port_out(b, PORT_CONFIG_ADDRESS, 0x12, 1);
    port_out(b, PORT_CONFIG_ADDRESS + 2, 0x1234, 2);
    g_assert_cmphex(port_in(b, PORT_CONFIG_ADDRESS, 4), ==, 0x80fffffc);
    g_assert_cmphex(port_in(b, PORT_CONFIG_ADDRESS, 1), ==, 0xff);
    assert_trace(m, "");
    port_out(b, PORT_RESET_CONTROL, 0x02, 1);
    assert_trace(m, "");
    port_out(b, PORT_RESET_CONTROL, 0x06, 1);
    assert_trace(m, "reset");
    g_assert_cmphex(port_in(b, PORT_RESET_CONTROL, 1), ==, 0x06);
    g_assert_cmphex(port_in(b, PORT_CONFIG_ADDRESS, 4), ==, 0x80fffffc);
}

static void every_register(Machine *m, gconstpointer data)
{
    g_autoptr(Board) b = board_new(m);

    (void)data;
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        for (unsigned offset = 0; offset < 256; offset += 4) {
            config_out(b, devfn, offset, 0xffffffff, 4);
            config_in(b, devfn, offset, 4);
            config_out(b, devfn, offset + 3, 0, 1);
            config_out(b, devfn, offset + 2, 0, 2);
            config_out(b, devfn, offset + 3, 0, 4); /* reaches beyond the port */
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pc-bridge/shadow/all-states", all_states);
    TEST("/pc-bridge/shadow/many-at-once", many_at_once);
    TEST("/pc-bridge/shadow/borders", borders);
    TEST("/pc-bridge/shadow/copy-onto-itself", copy_onto_itself);
    TEST("/pc-bridge/shadow/bus-without-card", bus_without_card);
    TEST("/pc-bridge/shadow/reset", reset_hides_ram);
    for (unsigned i = 0; i < G_N_ELEMENTS(managements); i++) {
        g_autofree char *path = g_strdup_printf("/pc-bridge/smram/%s", managements[i].name);
        g_test_add(path, Machine, &managements[i], setup, management, machine_teardown);
    }
    TEST("/pc-bridge/config/identity", identity);
    TEST("/pc-bridge/config/nobody-there", nobody_there);
    TEST("/pc-bridge/config/address-port", address_port);
    TEST("/pc-bridge/config/every-register", every_register);
    return g_test_run();
}
