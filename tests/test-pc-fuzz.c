/* SPDX-License-Identifier: MIT
 *
 * A guest that does anything to the whole PC of examples/pc, with KVM and a disk: random accesses
 * to ports, memory, configuration space, and the disk's registers and rings. Meanwhile the disk's
 * thread serves what it finds there, RAM is plugged and unplugged, and the PC is paused, resumed
 * and reset. The test checks that the PC survives, that the map equals a fresh rendering, and that
 * a saved state can be restored.
 *
 * The processor runs a firmware of HLT instructions only; the test does what a processor would do.
 */
#include <linux/virtio_pci.h>
#include <string.h>

#include "../examples/pc/snapshot.h"
#include "kvm/hlt-pc.h"

#define STEPS 20000

/* Addresses in RAM: the driver's ring and buffers, and the descriptor of the fw_cfg device. */
enum {
    RING = 0x10000,
    AVAILABLE = 0x11000,
    USED = 0x12000,
    BUFFERS = 0x20000,
    DESCRIPTOR = 0x30000,
    RING_SIZE = 16
};

typedef struct Fuzz {
    HltFiles files;
    Pc *pc;
    uint16_t offered;
} Fuzz;

/* ---- Chance ----------------------------------------------------------------------------- */

static uint32_t any(uint32_t below)
{
    return (uint32_t)g_test_rand_int_range(0, (int32_t)below);
}

#define ONE_OF(array) ((array)[any(G_N_ELEMENTS(array))])

static uint32_t any_value(void)
{
    static const uint32_t likely[] = { 0,       1,          2,          3,          7,    0xf,
                                       0xff,    0xffff,     UINT32_MAX, 0x80000000, RING, BUFFERS,
                                       0xc0000, 0xfffc0000, 0xfebf0000, 0x33 };

    switch (any(3)) {
    case 0:
        return ONE_OF(likely);
    case 1:
        return any(0x10000);
    default:
        return (uint32_t)g_test_rand_int();
    }
}

static hwaddr any_address(void)
{
    static const hwaddr edges[] = { 0xa0000,           0xbfffc,          0xc0000,      0xc3ffe,
                                    0xeffff,           0xfffff,          HLT_RAM_SIZE, GiB,
                                    0xfebf0000,        0xfec00000,       0xffff0000,   4 * GiB,
                                    UINT64_MAX - 0x7f, (uint64_t)1 << 63 };
    hwaddr address;

    switch (any(4)) {
    case 0:
        address = ONE_OF(edges) - 8;
        return address + any(16);
    case 1:
        address = (hwaddr)g_test_rand_int();
        return address << any(33);
    default:
        return any(HLT_RAM_SIZE);
    }
}

static unsigned any_size(void)
{
    return 1u << any(3);
}

/* ---- What a guest can do ---------------------------------------------------------------- */

static void touch_port(Fuzz *f)
{
    static const hwaddr ports[] = { 0x60,  0x64,  0x70,   0x80,  0x92,  0x3f8, 0x402,  0x510,
                                    0x514, 0x600, 0xb000, 0xcc0, 0xcf8, 0xcfc, 0xffc0, 0xffff };
    hwaddr port = ONE_OF(ports);
    uint64_t bytes;
    unsigned size;

    port += any(8);
    bytes = any_value();
    size = 1 + any(8);
    address_space_rw(f->pc->io, port, MEMTXATTRS_UNSPECIFIED, &bytes, size, any(2));
}

static void touch_config(Fuzz *f)
{
    static const unsigned devfns[] = { DEVFN_HOST_BRIDGE, DEVFN_ISA_BRIDGE, DEVFN_POWER,
                                       DEVFN_DISK, DEVFN_DISK };
    static const unsigned offsets[] = { 0x04, 0x10, 0x14, 0x40, 0x59, 0x5c, 0x60, 0x72, 0x80 };
    unsigned devfn = ONE_OF(devfns);
    bool known = any(2);
    unsigned offset = known ? ONE_OF(offsets) : any(256);
    hwaddr port = PORT_CONFIG_DATA;
    uint64_t bytes = 0;
    uint32_t value;

    offset += known ? any(4) : 0;
    value = any_value();
    hlt_config_out(f->pc, devfn, offset, value, any_size());
    port += any(4);
    address_space_read(f->pc->io, port, MEMTXATTRS_UNSPECIFIED, &bytes, any_size());
}

static void touch_memory(Fuzz *f)
{
    hwaddr address = any_address();
    unsigned size;
    uint8_t bytes[64];

    memset(bytes, (int)any_value(), sizeof(bytes));
    size = 1 + any(sizeof(bytes));
    address_space_rw(f->pc->memory, address, MEMTXATTRS_UNSPECIFIED, bytes, size, any(2));
}

/* Moves the power function's ports and changes the states of shadowed segments. */
static void flip_map(Fuzz *f)
{
    static const uint32_t bases[] = { 0x40, 0x60, 0x3c0, 0x400, 0x500, 0xcc0, 0xffc0 };
    unsigned shadow = 0x59 + any(7);

    hlt_config_out(f->pc, DEVFN_POWER, 0x80, any(4) != 0, 1);
    hlt_config_out(f->pc, DEVFN_POWER, 0x40, ONE_OF(bases), 2);
    hlt_config_out(f->pc, DEVFN_HOST_BRIDGE, shadow, any_value(), 1);
    hlt_config_out(f->pc, DEVFN_HOST_BRIDGE, 0x72, any(8) ? any(0x80) & ~0x10u : 0x1a, 1);
}

static void copy_by_fw_cfg(Fuzz *f)
{
    static const uint32_t controls[] = { 2, 0xa | 0x19 << 16, 4, 16, 8, 0x2a, 0xffffffff };
    AddressSpace *as = f->pc->memory;

    address_space_stl_be(as, DESCRIPTOR, ONE_OF(controls), MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stl_be(as, DESCRIPTOR + 4, any(20) ? any(0x100) : any_value(),
                         MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stq_be(as, DESCRIPTOR + 8, any(4) ? any_address() : DESCRIPTOR - any(32),
                         MEMTXATTRS_UNSPECIFIED, NULL);
    if (any(8) == 0) {
        hlt_port_out(f->pc, PORT_FW_CFG_DMA, any_value(), 4);
    }
    hlt_port_out(f->pc, PORT_FW_CFG_DMA + 4, GUINT32_SWAP_LE_BE(any(8) ? DESCRIPTOR : any_value()),
                 4);
}

/* ---- The disk --------------------------------------------------------------------------- */

/* The address of the BAR: where the guest put it last, or the time before. */
static hwaddr bar(Fuzz *f)
{
    hwaddr address;

    memory_context_lock(f->pc->context);
    pci_bar_address(&f->pc->disk.function, 0, &address);
    memory_context_unlock(f->pc->context);
    return address;
}

static unsigned any_register(void)
{
    unsigned region = any(VIRTIO_PCI_REGIONS);

    return region * VIRTIO_PCI_REGION_SIZE + any(0x40);
}

static void touch_disk(Fuzz *f)
{
    unsigned offset = any_register();
    uint64_t bytes = any_value();
    unsigned size = 1 + any(8);

    address_space_rw(f->pc->memory, bar(f) + offset, MEMTXATTRS_UNSPECIFIED, &bytes, size, any(2));
}

/* Accesses the registers through the window in configuration space. */
static void touch_window(Fuzz *f)
{
    unsigned window = f->pc->disk.window;
    unsigned offset = any_register();
    uint32_t value;

    hlt_config_out(f->pc, DEVFN_DISK, window + 8, any(8) ? offset : any_value(), 4);
    hlt_config_out(f->pc, DEVFN_DISK, window + 12, any(8) ? any_size() : any_value(), 4);
    offset = any(4);
    value = any_value();
    hlt_config_out(f->pc, DEVFN_DISK, window + 16 + offset, value, any_size());
}

/* Does mostly what a correct driver does. */
static void start_driver(Fuzz *f)
{
    static const hwaddr bars[] = { 0xfebf0000, 0xe0000000, 0x100000000, 0xc0000, 0xfffc0000 };
    hwaddr ring = any(8) ? RING : any_address();
    hwaddr available = any(8) ? AVAILABLE : any_address();
    hwaddr used = any(8) ? USED : any_address();

    hlt_place_disk(f->pc, ONE_OF(bars));
    if (any(8) == 0) {
        hlt_config_out(f->pc, DEVFN_DISK, PCI_COMMAND, any_value(), 2);
    }
    hlt_start_disk(f->pc, ring, available, used);
    f->offered = 0;
}

static void describe(Fuzz *f, unsigned index)
{
    static const uint32_t lengths[] = { 0, 1, 16, 511, 512, 513, 4096, 0x10000, UINT32_MAX };
    AddressSpace *as = f->pc->memory;
    hwaddr at = RING + 16 * index;

    stq_le_phys(as, at, any(4) ? BUFFERS + any(0x8000) : any_address());
    stl_le_phys(as, at + 8, any(4) ? ONE_OF(lengths) : any_value());
    stw_le_phys(as, at + 12, (uint16_t)(any(16) ? any(4) : any(8)));
    stw_le_phys(as, at + 14, (uint16_t)(any(16) ? any(RING_SIZE) : any_value()));
}

/* Makes a request that is mostly correct: header, data, status. */
static void request(Fuzz *f)
{
    AddressSpace *as = f->pc->memory;
    static const uint32_t types[] = { 0, 0, 1, 4, 8, 5, 0xffff };

    stl_le_phys(as, BUFFERS, ONE_OF(types));
    stq_le_phys(as, BUFFERS + 8, any(8) ? any(70) : any_address());
    for (unsigned i = 0; i < 3; i++) {
        describe(f, i);
        stw_le_phys(as, RING + 16 * i + 12, (uint16_t)((i < 2) | (i > 0 ? 2 : 0)));
        stw_le_phys(as, RING + 16 * i + 14, (uint16_t)(i + 1));
    }
    stq_le_phys(as, RING, BUFFERS);
    stl_le_phys(as, RING + 8, 16);
}

static void offer(Fuzz *f)
{
    AddressSpace *as = f->pc->memory;

    if (any(2)) {
        request(f);
    } else {
        describe(f, any(RING_SIZE));
    }
    stw_le_phys(as, AVAILABLE, any(2));
    stw_le_phys(as, AVAILABLE + 4 + 2 * (f->offered % RING_SIZE),
                (uint16_t)(any(4) ? 0 : any(RING_SIZE + 1)));
    f->offered = (uint16_t)(f->offered + (any(32) ? 1 : any(20)));
    stw_le_phys(as, AVAILABLE + 2, f->offered);
    hlt_disk_out(f->pc, VIRTIO_PCI_AT_NOTIFY * VIRTIO_PCI_REGION_SIZE, 0, any(4) ? 2 : any_size());
}

/* ---- What the host does meanwhile ------------------------------------------------------- */

static void plug(Fuzz *f)
{
    hwaddr at;

    if (!f->pc->ram.is_plugged) {
        g_assert_true(pc_plug_ram(f->pc, MiB, &at, &error_abort));
    } else {
        g_assert_true(pc_unplug_ram(f->pc, &error_abort));
    }
}

static void pause_and_resume(Fuzz *f)
{
    pc_pause(f->pc);
    if (any(3) == 0) {
        vcpu_want_reset(&f->pc->vcpu);
    }
    g_assert_true(pc_resume(f->pc, &error_abort));
}

/* ---- The test --------------------------------------------------------------------------- */

static void do_anything(Fuzz *f)
{
    static void (*const often[])(Fuzz *) = { touch_port, touch_config, touch_memory,
                                             touch_disk, touch_window, offer,
                                             offer,      offer,        copy_by_fw_cfg };
    static void (*const seldom[])(Fuzz *) = { start_driver, start_driver, start_driver,
                                              flip_map,     plug,         pause_and_resume };

    (any(10) ? ONE_OF(often) : ONE_OF(seldom))(f);
}

static void set_up(Fuzz *f, gconstpointer data)
{
    hlt_files_make(&f->files, data);
}

static void tear_down(Fuzz *f, gconstpointer data)
{
    hlt_files_remove(&f->files, data);
}

/* Saves the final state and restores it. */
static void save_and_restore(Fuzz *f)
{
    g_assert_true(snapshot_save(f->pc, f->files.state, &error_abort));
    pc_free(f->pc);
    f->pc = hlt_pc_new(&f->files);
    g_assert_true(snapshot_load(f->pc, f->files.state, &error_abort));
    g_assert_true(pc_resume(f->pc, &error_abort));
}

static void anything(Fuzz *f, gconstpointer data)
{
    (void)data;
    if (!hlt_pc_is_possible()) {
        return;
    }
    f->pc = hlt_pc_new(&f->files);
    memory_context_set_verify(f->pc->context, true);
    g_assert_true(pc_resume(f->pc, &error_abort));
    for (unsigned i = 0; i < STEPS; i++) {
        do_anything(f);
    }
    pc_pause(f->pc);
    g_assert_cmpuint(f->pc->blk.requests, >, 0);
    if (f->pc->ram.is_plugged) {
        plug(f);
    }
    save_and_restore(f);
    pc_free(f->pc);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/pc-fuzz/anything", Fuzz, NULL, set_up, anything, tear_down);
    return g_test_run();
}
