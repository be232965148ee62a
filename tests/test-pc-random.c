/* SPDX-License-Identifier: MIT
 *
 * A guest that does anything to the devices of examples/pc: random accesses to ports,
 * configuration space and memory. The test checks that the board survives and that the map equals
 * a fresh rendering of the regions: the machine verifies each commit.
 */
#include "../examples/pc/cmos.h"
#include "../examples/pc/debug-port.h"
#include "../examples/pc/fw-cfg.h"
#include "../examples/pc/keyboard.h"
#include "pc-board.h"

enum { ACCESSES = 100000 };

typedef struct Full {
    Board *board;
    FwCfg fw;
    Cmos cmos;
    Keyboard keyboard;
    DebugPort debug;
} Full;

static void ignore(void *opaque)
{
    (void)opaque;
}

typedef struct Place {
    hwaddr port;
    MemoryRegion *mr;
} Place;

#define PLACES 7

static void list(Full *f, Place places[PLACES])
{
    places[0] = (Place){ PORT_FW_CFG, &f->fw.ports };
    places[1] = (Place){ PORT_FW_CFG_DMA, &f->fw.dma };
    places[2] = (Place){ PORT_CMOS, &f->cmos.mr };
    places[3] = (Place){ PORT_KEYBOARD_DATA, &f->keyboard.data };
    places[4] = (Place){ PORT_KEYBOARD_COMMAND, &f->keyboard.command };
    places[5] = (Place){ PORT_DEBUG, &f->debug.text };
    places[6] = (Place){ PORT_POST_CODE, &f->debug.post_code };
}

static Full *full_new(Machine *m)
{
    Full *f = g_new0(Full, 1);
    Place places[PLACES];

    f->board = board_new(m);
    fw_cfg_init(&f->fw, f->board->memory);
    fw_cfg_add_file(&f->fw, "file", "contents", 8);
    cmos_init(&f->cmos, BOARD_RAM_SIZE, 0, 1);
    keyboard_init(&f->keyboard, ignore, NULL);
    debug_port_init(&f->debug, NULL, NULL);
    list(f, places);
    for (unsigned i = 0; i < PLACES; i++) {
        memory_region_add_subregion(get_system_io(), places[i].port, places[i].mr);
    }
    return f;
}

static void full_free(Full *f)
{
    Place places[PLACES];

    list(f, places);
    for (unsigned i = 0; i < PLACES; i++) {
        memory_region_del_subregion(get_system_io(), places[i].mr);
        object_unparent(OBJECT(places[i].mr));
    }
    fw_cfg_end(&f->fw);
    board_free(f->board);
    g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Full, full_free)

static uint32_t any(uint32_t below)
{
    return (uint32_t)g_test_rand_int_range(0, (int32_t)below);
}

/* Values that have an effect more often than random numbers. */
static uint32_t any_value(void)
{
    static const uint32_t likely[] = { 0, 1, 0xff, 0xffff, 0xffffffff, 0x80000000, 0x2000, 0x0e };

    switch (any(3)) {
    case 0:
        return likely[any(G_N_ELEMENTS(likely))];
    case 1:
        return any(0x10000);
    default:
        return (uint32_t)g_test_rand_int();
    }
}

static void touch_port(Full *f)
{
    static const hwaddr ports[] = { 0x60,  0x64,  0x70,   0x70,  0x80,  0x92,  0x402, 0x510, 0x514,
                                    0x518, 0x600, 0xb000, 0xcf8, 0xcf8, 0xcfc, 0xcfc, 0xffff };
    hwaddr port = ports[any(G_N_ELEMENTS(ports))];
    unsigned size = 1u << any(3);

    port += any(8);
    if (any(2)) {
        port_in(f->board, port, size);
    } else {
        port_out(f->board, port, any_value(), size);
    }
}

static void touch_config(Full *f)
{
    static const unsigned devfns[] = { DEVFN_HOST_BRIDGE, DEVFN_ISA_BRIDGE, DEVFN_POWER,
                                       DEVFN(3, 0) };
    static const unsigned offsets[] = { 0x04, 0x40, 0x59, 0x5c, 0x60, 0x62, 0x72, 0x80 };
    unsigned devfn = devfns[any(G_N_ELEMENTS(devfns))];
    bool known = any(2);
    unsigned offset = known ? offsets[any(G_N_ELEMENTS(offsets))] : any(256);
    unsigned size = 1u << any(3);

    offset += known ? any(4) : 0;
    config_out(f->board, devfn, offset, any_value(), size);
}

static void touch_memory(Full *f)
{
    bool in_ram = any(8);
    hwaddr address = in_ram ? any(BOARD_RAM_SIZE) : (hwaddr)g_test_rand_int();
    unsigned size;
    uint8_t bytes[64] = { 0 };

    address <<= in_ram ? 0 : any(33);
    size = 1 + any(sizeof(bytes));
    address_space_rw(f->board->memory, address, MEMTXATTRS_UNSPECIFIED, bytes, size, any(2));
}

static void anything(Machine *m, gconstpointer data)
{
    static void (*const touches[])(Full *) = { touch_port, touch_port, touch_config,
                                               touch_memory };
    g_autoptr(Full) f = full_new(m);

    (void)data;
    for (unsigned i = 0; i < ACCESSES; i++) {
        touches[any(G_N_ELEMENTS(touches))](f);
        if (any(1000) == 0) {
            board_reset(f->board);
        }
    }
    g_string_truncate(m->trace, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pc-random/anything", anything);
    return g_test_run();
}
