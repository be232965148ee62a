/* SPDX-License-Identifier: MIT
 *
 * The ROM with the firmware: at the end of the first 4 GiB, where the processor starts, its last
 * 128 KiB once more below 1 MiB, where old software looks for it.
 */
#ifndef PC_BIOS_H
#define PC_BIOS_H

#include <physmem/physmem.h>

typedef struct Bios {
    MemoryRegion *bus; /* where it is */
    MemoryRegion rom;
    MemoryRegion isa_window;
} Bios;

/* Loads the ROM from a file of 64 KiB to 16 MiB, a multiple of 64 KiB, onto the bus. */
bool bios_init(Bios *bios, MemoryRegion *bus, const char *path, Error **errp);
void bios_end(Bios *bios);

#endif
