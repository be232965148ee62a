/* SPDX-License-Identifier: MIT
 *
 * The RAM of the PC: one block, shown by two windows, because PCI uses the addresses below 4 GiB.
 * After it is a place where more RAM can be plugged in while the PC runs. In a PC with little RAM,
 * this place is where 32-bit programs can reach it.
 */
#ifndef PC_RAM_H
#define PC_RAM_H

#include <physmem/physmem.h>

typedef struct Ram {
    MemoryRegion *memory; /* the container of the windows */
    MemoryRegion block;
    MemoryRegion low;     /* the window below 4 GiB */
    MemoryRegion high;    /* the window above, if the block is too large for the one below */
    MemoryRegion devices; /* the place for RAM that is plugged in */
    MemoryRegion plugged;
    uint64_t low_size;
    uint64_t high_size;
    hwaddr devices_start;
    uint64_t devices_size;
    bool is_plugged;
} Ram;

/* Makes RAM of 'size' bytes, a multiple of 1 MiB, at least 4 MiB. Returns false and an error if
 * the size is wrong or memory is exhausted. */
bool ram_init(Ram *ram, MemoryRegion *memory, uint64_t size, Error **errp);
void ram_end(Ram *ram);

/* Plugs RAM of 'size' bytes, a multiple of the page, and sets *address to its place. There can be
 * one piece at a time. Returns false and an error if there is one, if the size is wrong, or if
 * memory is exhausted. */
bool ram_plug(Ram *ram, uint64_t size, hwaddr *address, Error **errp);

/* Removes the piece and waits until nothing uses it. Without the context's lock. Returns false and
 * an error if there is none, or the wait would not end. */
bool ram_unplug(Ram *ram, Error **errp);

#endif
