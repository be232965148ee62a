/* SPDX-License-Identifier: MIT
 *
 * The ROM with the firmware. It is at the end of the first 4 GiB, where the processor starts. Its
 * last 128 KiB are also shown below 1 MiB, where old software looks for them.
 */
#ifndef PC_BIOS_H
#define PC_BIOS_H

#include <physmem/physmem.h>

typedef struct Bios {
    MemoryRegion *bus; /* the container of the two regions */
    MemoryRegion rom;
    MemoryRegion isa_window;
} Bios;

/* Loads the ROM from a file and puts it on the bus. The file has 64 KiB to 16 MiB, a multiple of
 * 64 KiB. Returns false and an error if it cannot be read or has another size. */
bool bios_init(Bios *bios, MemoryRegion *bus, const char *path, Error **errp);
void bios_end(Bios *bios);

#endif
