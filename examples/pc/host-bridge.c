/* SPDX-License-Identifier: MIT
 *
 * The host bridge: configuration mechanism 1, and registers that edit the memory map.
 */
#include "host-bridge.h"

#include "map.h"

/* Seven registers. The high half of the first one is for the last segment, at 0xf0000; its low
 * half is unused. Each of the others is for two segments, from 0xc0000 on. */
#define CONFIG_PAM 0x59
#define PAM_REGISTERS 7
#define PAM_BITS 0x33

#define CLASS_HOST_BRIDGE 0x060000

#define CONFIG_SMRAM 0x72
#define SMRAM_SEGMENT 0x02 /* fixed: the RAM at the addresses of the display */
#define SMRAM_ENABLE 0x08
#define SMRAM_LOCK 0x10
#define SMRAM_CLOSE 0x20
#define SMRAM_OPEN 0x40
#define SMRAM_BITS (SMRAM_ENABLE | SMRAM_LOCK | SMRAM_CLOSE | SMRAM_OPEN)

#define ADDRESS_ENABLE 0x80000000
#define ADDRESS_BITS 0x80fffffc

/* ---- Ports ------------------------------------------------------------------------------ */

/* The address register takes only accesses of 32 bits. Narrower ones mean other ports. */
static uint64_t address_read(void *opaque, hwaddr addr, unsigned size)
{
    const HostBridge *bridge = opaque;

    (void)addr;
    return size == 4 ? bridge->address : UINT64_MAX;
}

static void address_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    HostBridge *bridge = opaque;

    (void)addr;
    if (size == 4) {
        bridge->address = data & ADDRESS_BITS;
    }
}

static const MemoryRegionOps address_ops = {
    .read = address_read,
    .write = address_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* Whether the address register names a function. There is one bus, number 0. */
static bool addressed(const HostBridge *bridge)
{
    return (bridge->address & ADDRESS_ENABLE) && (bridge->address & 0xff0000) == 0;
}

static unsigned addressed_function(const HostBridge *bridge)
{
    return bridge->address >> 8 & 0xff;
}

static unsigned addressed_register(const HostBridge *bridge, hwaddr addr)
{
    return (bridge->address & 0xfc) + (unsigned)addr;
}

static uint64_t data_read(void *opaque, hwaddr addr, unsigned size)
{
    const HostBridge *bridge = opaque;

    return addressed(bridge) ? pci_bus_read(bridge->bus, addressed_function(bridge),
                                            addressed_register(bridge, addr), size)
                             : UINT64_MAX;
}

static void data_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    const HostBridge *bridge = opaque;

    if (addressed(bridge)) {
        pci_bus_write(bridge->bus, addressed_function(bridge), addressed_register(bridge, addr),
                      (uint32_t)data, size);
    }
}

static const MemoryRegionOps data_ops = {
    .read = data_read,
    .write = data_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- Registers of shadowing ------------------------------------------------------------- */

static void update_shadow(HostBridge *bridge)
{
    const uint8_t *pam = bridge->function.config + CONFIG_PAM;

    shadow_set(bridge->shadow, SHADOW_SEGMENTS - 1, pam[0] >> 4 & 3);
    for (unsigned i = 1; i < PAM_REGISTERS; i++) {
        shadow_set(bridge->shadow, 2 * (i - 1), pam[i] & 3);
        shadow_set(bridge->shadow, 2 * (i - 1) + 1, pam[i] >> 4 & 3);
    }
}

/* While it is open, the RAM for system management is also shown outside of that mode. The lock
 * closes it until the next reset. */
static void update_smram(HostBridge *bridge)
{
    uint8_t smram = bridge->function.config[CONFIG_SMRAM];

    if (smram & SMRAM_LOCK) {
        smram &= (uint8_t)~SMRAM_OPEN;
        pci_put(&bridge->function, CONFIG_SMRAM, smram, 1);
        pci_let_write(&bridge->function, CONFIG_SMRAM, SMRAM_CLOSE, 1);
    }
    shadow_show_vga(bridge->shadow, !(smram & SMRAM_ENABLE) || !(smram & SMRAM_OPEN));
}

/* One transaction, because one store can change several segments. */
static void written(PciFunction *function, unsigned offset, unsigned size)
{
    HostBridge *bridge = function->opaque;

    memory_region_transaction_begin();
    if (pci_touches(offset, size, CONFIG_PAM, PAM_REGISTERS)) {
        update_shadow(bridge);
    }
    if (pci_touches(offset, size, CONFIG_SMRAM, 1)) {
        update_smram(bridge);
    }
    memory_region_transaction_commit();
}

/* ---- Life ------------------------------------------------------------------------------- */

void host_bridge_reset(HostBridge *bridge)
{
    bridge->address = 0;
    for (unsigned i = 0; i < PAM_REGISTERS; i++) {
        pci_put(&bridge->function, CONFIG_PAM + i, 0, 1);
    }
    pci_put(&bridge->function, CONFIG_SMRAM, SMRAM_SEGMENT, 1);
    pci_let_write(&bridge->function, CONFIG_SMRAM, SMRAM_BITS, 1);
    written(&bridge->function, 0, PCI_CONFIG_SIZE);
}

/* Firmware knows by the subsystem which platform this is, and how to configure it. */
static void make_function(HostBridge *bridge)
{
    PciFunction *function = &bridge->function;

    pci_function_init(function, "host bridge", 0x8086, 0x1237, CLASS_HOST_BRIDGE);
    pci_put(function, PCI_REVISION_ID, 2, 1);
    pci_put(function, PCI_SUBSYSTEM_VENDOR_ID, 0x1af4, 2);
    pci_put(function, PCI_SUBSYSTEM_ID, 0x1100, 2);
    for (unsigned i = 0; i < PAM_REGISTERS; i++) {
        pci_let_write(function, CONFIG_PAM + i, PAM_BITS, 1);
    }
    function->written = written;
    function->opaque = bridge;
}

void host_bridge_init(HostBridge *bridge, PciBus *bus, Shadow *shadow)
{
    *bridge = (HostBridge){ .bus = bus, .shadow = shadow };
    make_function(bridge);
    memory_region_init_io(&bridge->address_port, NULL, &address_ops, bridge, "pci-config-address",
                          4);
    memory_region_init_io(&bridge->data_port, NULL, &data_ops, bridge, "pci-config-data", 4);
    pci_bus_plug(bus, DEVFN_HOST_BRIDGE, &bridge->function);
    host_bridge_reset(bridge);
}
