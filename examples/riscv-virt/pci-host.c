/* SPDX-License-Identifier: MIT
 *
 * The PCI host: accesses to configuration space by ECAM.
 */
#include "pci-host.h"

/* An ECAM address has the bus in bits 20 and up, slot and function in bits 12 to 19, and the
 * register below. There is only bus 0. */
static unsigned devfn_of(hwaddr addr)
{
    return addr >> 20 == 0 ? (unsigned)(addr >> 12) : PCI_FUNCTIONS;
}

/* A function that does not exist reads as ones. Guests look for functions in this way. */
static uint64_t ecam_read(void *opaque, hwaddr addr, unsigned size)
{
    PciHost *host = opaque;

    return pci_bus_read(&host->bus, devfn_of(addr), addr & 0xfff, size);
}

static void ecam_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    PciHost *host = opaque;

    pci_bus_write(&host->bus, devfn_of(addr), addr & 0xfff, (uint32_t)data, size);
}

static const MemoryRegionOps ecam_ops = {
    .read = ecam_read,
    .write = ecam_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

void pci_host_init(PciHost *host, uint64_t ecam_size)
{
    memory_region_init_io(&host->ecam, NULL, &ecam_ops, host, "pci-ecam", ecam_size);
    memory_region_init(&host->memory, NULL, "pci-memory", (uint64_t)1 << 32);
    memory_region_init(&host->ports, NULL, "pci-ports", PCI_PORTS);
    pci_bus_init(&host->bus, &host->memory, &host->ports, NULL);
    pci_function_init(&host->bridge, "pci-bridge", 0x1b36, 0x0008, 0x060000);
    pci_bus_plug(&host->bus, 0, &host->bridge);
}
