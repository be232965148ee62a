/* SPDX-License-Identifier: MIT
 *
 * The whole board: its memory map as a tree of regions, its devices, and the engine that runs the
 * guest on it.
 */
#ifndef RISCV_VIRT_BOARD_H
#define RISCV_VIRT_BOARD_H

#include <physmem/unicorn.h>

#include "../devices/uart.h"
#include "../devices/virtio-blk.h"
#include "card.h"
#include "clint.h"
#include "flash.h"
#include "map.h"
#include "pci-host.h"
#include "plic.h"
#include "power.h"
#include "virtio-mmio.h"

#define BOARD_DISK_SECTORS 2048

typedef struct Board {
    MemoryContext *context;
    MemoryRegion *root; /* the root of 'memory' */
    AddressSpace *memory;

    MemoryRegion boot_rom;
    MemoryRegion ram;
    MemoryRegion pci_memory_window;
    MemoryRegion pci_ports_window;
    Uart uart;
    Clint clint;
    Plic plic;
    Power power;
    Disk disk;
    VirtioBlk blk;
    VirtioMmio virtio;
    Flash flash[MAP_FLASH_BANKS];
    PciHost pci;
    Card card;
    uint8_t *sectors;

    uc_engine *uc;
    UnicornMemory *guest_memory;
    bool powered_off; /* the guest has switched the power off */
} Board;

/* Makes the board, connects the guest's console with 'sink', and loads the boot loader from the
 * file at 'path'. Returns NULL and an error if something is missing. */
Board *board_new(const char *path, UartSink *sink, void *opaque, Error **errp);
void board_free(Board *board);

/* Runs the guest from its reset vector until it switches the power off. Returns false and an error
 * if it ends in another way or takes too long. */
bool board_run(Board *board, Error **errp);

/* Ends board_run() from a device callback, as if the power failed. */
void board_stop(Board *board);

/* Prints how often the guest called each device region. */
void board_print_counts(Board *board, FILE *out);

#endif
