/* SPDX-License-Identifier: MIT
 *
 * The RAM of the PC: one block, seen through two windows because PCI has the addresses below 4 GiB,
 * and behind it a place where more RAM can be plugged in while the PC runs: in a PC with little RAM
 * where 32-bit programs reach it.
 */
#ifndef PC_RAM_H
#define PC_RAM_H

#include <physmem/physmem.h>

typedef struct Ram {
    MemoryRegion *memory; /* where it is */
    MemoryRegion block;
    MemoryRegion low;     /* windows */
    MemoryRegion high;    /* not there if everything fits below */
    MemoryRegion devices; /* the place for plugging */
    MemoryRegion plugged;
    uint64_t low_size;
    uint64_t high_size;
    hwaddr devices_start;
    uint64_t devices_size;
    bool is_plugged;
} Ram;

/* size: a multiple of 1 MiB, at least 4 MiB. */
bool ram_init(Ram *ram, MemoryRegion *memory, uint64_t size, Error **errp);
void ram_end(Ram *ram);

/* Plugs size bytes, a multiple of the page and not too many, at *address, one piece at a time.
 * Unplugging waits until nobody uses it any more: not under the context's lock. */
bool ram_plug(Ram *ram, uint64_t size, hwaddr *address, Error **errp);
bool ram_unplug(Ram *ram, Error **errp);

#endif
