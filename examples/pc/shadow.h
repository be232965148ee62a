/* SPDX-License-Identifier: MIT
 *
 * Shadowing: what the processor finds between 640 KiB and 1 MiB.
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
 *      a0000 +------------------+   The RAM behind the display is for system management.
 *
 * In state 1 writes are dropped: they would reach only a BAR that a guest has put under its own
 * firmware. State 2 is a device, from which data can be read, but code does not run.
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
    MemoryRegion *memory; /* where it is */
    AddressSpace bus_space; /* the bus and the RAM alone, for state 2 */
    AddressSpace ram_space;
    MemoryRegion vga; /* shows the bus at the display's place */
    ShadowSegment segments[SHADOW_SEGMENTS];
} Shadow;

/* Puts windows onto 'bus' before the RAM that 'memory' shows there: the address in 'ram' and on the
 * bus is that in 'memory'. All segments are in state 0, the display adapter is shown. */
void shadow_init(Shadow *shadow, MemoryRegion *memory, MemoryRegion *ram, MemoryRegion *bus);
void shadow_end(Shadow *shadow);

/* By address upwards; the last one is 64 KiB. Edits of several belong into one transaction. */
void shadow_set(Shadow *shadow, unsigned segment, unsigned state);
void shadow_show_vga(Shadow *shadow, bool show);

#endif
