/* SPDX-License-Identifier: MIT
 *
 * Shadowing: what the processor sees between 640 KiB and 1 MiB.
 *
 *     100000 +------------------+
 *            | one of 64 KiB    |   13 segments. For each, the guest chooses whether reads come
 *      f0000 +------------------+   from RAM or from the bus, and where writes go:
 *            | 12 of 16 KiB     |
 *            |                  |       reads  writes
 *            |                  |   0   bus    bus     what is on the bus
 *            |                  |   1   RAM    bus     RAM that cannot be written
 *      c0000 +------------------+   2   bus    RAM     how firmware copies ROM onto itself
 *            | display adapter, |   3   RAM    RAM     RAM
 *            | or RAM           |
 *      a0000 +------------------+   The RAM under the display is for system management.
 *
 * In state 1 writes are dropped. On the bus they could reach only a BAR that the guest has put
 * under its own firmware. State 2 is a device: data can be read from it, but code does not run
 * from it.
 */
#ifndef PC_SHADOW_H
#define PC_SHADOW_H

#include <physmem/physmem.h>

#define SHADOW_SEGMENTS 13

enum { SHADOW_READS_RAM = 1, SHADOW_WRITES_RAM = 2 };

typedef struct ShadowSegment {
    MemoryRegion bus;       /* state 0 */
    MemoryRegion read_ram;  /* state 1 */
    MemoryRegion write_ram; /* state 2 */
    struct Shadow *shadow;
    hwaddr start;
    uint64_t size;
    unsigned state;
} ShadowSegment;

typedef struct Shadow {
    MemoryRegion *memory;   /* the container of the windows */
    AddressSpace bus_space; /* only the bus, for reads in state 2 */
    AddressSpace ram_space; /* only the RAM, for writes in state 2 */
    MemoryRegion vga;       /* shows the bus at the addresses of the display */
    ShadowSegment segments[SHADOW_SEGMENTS];
} Shadow;

/* Puts windows that show 'bus' over the RAM in 'memory'. A byte has the same address in
 * 'memory', in 'ram' and on the bus. At first all segments are in state 0, and the display
 * adapter is shown. */
void shadow_init(Shadow *shadow, MemoryRegion *memory, MemoryRegion *ram, MemoryRegion *bus);
void shadow_end(Shadow *shadow);

/* Sets the state of a segment. Segments are numbered by ascending address. Change several of them
 * in one transaction. */
void shadow_set(Shadow *shadow, unsigned segment, unsigned state);

/* Shows the display adapter, or the RAM under it. */
void shadow_show_vga(Shadow *shadow, bool show);

#endif
