/* SPDX-License-Identifier: MIT
 *
 * A machine with RAM, a PCI bus and a virtio disk on it, and the driver of the disk: what a guest
 * does with configuration space and registers, done by the test.
 */
#ifndef TESTS_DEVICES_PCI_DISK_H
#define TESTS_DEVICES_PCI_DISK_H

#include "../../examples/devices/virtio-blk.h"
#include "../../examples/devices/virtio-pci.h"
#include "ring.h"

enum {
    PD_RAM_SIZE = 0x100000,
    /* Where in RAM: */
    PD_RING = 0x1000,
    PD_HEADERS = 0x4000, /* of request i at 32 * i, its status behind it */
    PD_DATA = 0x10000,   /* a sector each */
    PD_RING_SIZE = 16,
    PD_SECTORS = 64,
    PD_BAR = 0xe0000000,
};

typedef struct PciDisk {
    Machine *m;
    MemoryRegion *root; /* of all memory */
    AddressSpace *as;
    hwaddr base; /* of RAM */
    MemoryRegion *ram;
    MemoryRegion *pci_memory;
    MemoryRegion *pci_ports;
    PciBus bus;
    uint8_t bytes[PD_SECTORS * DISK_SECTOR];
    Disk disk;
    VirtioBlk blk;
    VirtioPci pci;
    Ring ring;
    hwaddr bar;

    /* The board's wires. */
    int route; /* what the pin is told */
    bool has_irqfd;
    int input; /* where the irqfd was connected; -1: nowhere */
    EventNotifier *irqfd;
    EventNotifier *resample;
    int level;          /* of the pin; atomic */
    unsigned connected; /* times */
} PciDisk;

/* The disk is plugged in, its thread runs, the driver has not begun. Sector i begins with the byte
 * i. pd_end() ends it all. */
PciDisk *pd_new(Machine *m, bool has_irqfd);
/* In a given memory, with RAM at 'base' and given wires. */
PciDisk *pd_new_in(Machine *m, MemoryRegion *root, AddressSpace *as, hwaddr base,
                   const PciWires *wires);
void pd_end(PciDisk *d);

uint32_t pd_get(PciDisk *d, unsigned offset, unsigned size);
void pd_put(PciDisk *d, unsigned offset, uint32_t value, unsigned size);

/* Places the BAR and switches memory and DMA on; brings the driver up, with an empty ring. */
void pd_place(PciDisk *d, hwaddr bar);
void pd_start_driver(PciDisk *d);

/* Registers: offsets in the BAR. */
uint32_t pd_load(PciDisk *d, hwaddr offset, unsigned size);
void pd_store(PciDisk *d, hwaddr offset, uint32_t value, unsigned size);
#define PD_COMMON(name) (VIRTIO_PCI_COMMON_##name)
#define PD_AT(region) ((hwaddr)VIRTIO_PCI_AT_##region * VIRTIO_PCI_REGION_SIZE)

/* Makes a request for one sector available, as the i-th of up to five at a time; tells the device;
 * waits for the next used entry, which must be that of request i with that status. */
void pd_offer(PciDisk *d, unsigned i, uint32_t type, uint64_t sector);
void pd_notify(PciDisk *d);
void pd_wait(PciDisk *d, unsigned i, uint8_t status);
uint8_t *pd_data(PciDisk *d, unsigned i);

/* Waits until something is so; the test fails if it never is. */
#define pd_until(condition)                                                                       \
    do {                                                                                          \
        for (unsigned tries = 0; !(condition); tries++) {                                         \
            g_assert_cmpuint(tries, <, 60000);                                                    \
            g_usleep(1000);                                                                       \
        }                                                                                         \
    } while (0)

#endif
