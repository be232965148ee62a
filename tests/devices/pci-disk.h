/* SPDX-License-Identifier: MIT
 *
 * A machine with RAM, a PCI bus and a virtio disk on it. The test is the disk's driver and does
 * what a guest would do with configuration space and registers.
 */
#ifndef TESTS_DEVICES_PCI_DISK_H
#define TESTS_DEVICES_PCI_DISK_H

#include "../../examples/devices/virtio-blk.h"
#include "../../examples/devices/virtio-pci.h"
#include "ring.h"

enum {
    PD_RAM_SIZE = 0x100000,
    /* Places in RAM: */
    PD_RING = 0x1000,
    PD_HEADERS = 0x4000, /* request i begins at 32 * i; its status follows it */
    PD_DATA = 0x10000,   /* one sector for each request */
    PD_RING_SIZE = 16,
    PD_SECTORS = 64,
    PD_BAR = 0xe0000000,
};

typedef struct PciDisk {
    Machine *m;
    MemoryRegion *root; /* the root of all memory */
    AddressSpace *as;
    hwaddr base; /* the address of RAM */
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

    /* What the board's wires were told: */
    int route; /* where the pin's interrupt goes */
    bool has_irqfd;
    int input; /* where the irqfd was connected; -1: nowhere */
    EventNotifier *irqfd;
    EventNotifier *resample;
    int level;          /* of the pin; atomic */
    unsigned connected; /* how often an irqfd was connected */
} PciDisk;

/* Plugs the disk in and starts its thread; the driver has not begun. Sector i begins with byte i.
 * pd_end() ends all of this. */
PciDisk *pd_new(Machine *m, bool has_irqfd);
/* The same in a given memory, with RAM at 'base' and the given wires. */
PciDisk *pd_new_in(Machine *m, MemoryRegion *root, AddressSpace *as, hwaddr base,
                   const PciWires *wires);
void pd_end(PciDisk *d);

uint32_t pd_get(PciDisk *d, unsigned offset, unsigned size);
void pd_put(PciDisk *d, unsigned offset, uint32_t value, unsigned size);

/* pd_place() places the BAR and enables memory and DMA. pd_start_driver() lets the driver begin,
 * with an empty ring. */
void pd_place(PciDisk *d, hwaddr bar);
void pd_start_driver(PciDisk *d);

/* Access the registers; the offset is in the BAR. */
uint32_t pd_load(PciDisk *d, hwaddr offset, unsigned size);
void pd_store(PciDisk *d, hwaddr offset, uint32_t value, unsigned size);
#define PD_COMMON(name) (VIRTIO_PCI_COMMON_##name)
#define PD_AT(region) ((hwaddr)VIRTIO_PCI_AT_##region * VIRTIO_PCI_REGION_SIZE)

/* pd_offer() makes a request for one sector available, the i-th of up to five at a time.
 * pd_notify() notifies the device. pd_wait() waits for the next used entry, which must be
 * request i with that status. */
void pd_offer(PciDisk *d, unsigned i, uint32_t type, uint64_t sector);
void pd_notify(PciDisk *d);
void pd_wait(PciDisk *d, unsigned i, uint8_t status);
uint8_t *pd_data(PciDisk *d, unsigned i);

/* Waits until the condition holds; the test fails if it never does. */
#define pd_until(condition)                                                                       \
    do {                                                                                          \
        for (unsigned tries = 0; !(condition); tries++) {                                         \
            g_assert_cmpuint(tries, <, 60000);                                                    \
            g_usleep(1000);                                                                       \
        }                                                                                         \
    } while (0)

#endif
