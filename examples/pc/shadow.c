/* SPDX-License-Identifier: MIT
 *
 * Shadowing (shadow.h). Each segment has three windows, of which at most one is enabled. If none
 * is, the RAM under them is shown: that is the fourth state.
 */
#include "shadow.h"

#include "../devices/end-region.h"
#include "map.h"

#define SEGMENT_SIZE 0x4000
#define LAST_SEGMENT_SIZE 0x10000
#define PRIORITY 1 /* above RAM */

/* ---- State 2: reads from the bus, writes to RAM ----------------------------------------- */

static MemTxResult read_bus(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                            MemTxAttrs attrs)
{
    const ShadowSegment *segment = opaque;
    uint8_t bytes[8] = { 0 };
    MemTxResult result =
        address_space_read(&segment->shadow->bus_space, segment->start + addr, attrs, bytes, size);

    *data = 0;
    for (unsigned i = 0; i < size; i++) {
        *data |= (uint64_t)bytes[i] << (8 * i);
    }
    return result;
}

static MemTxResult write_ram(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                             MemTxAttrs attrs)
{
    const ShadowSegment *segment = opaque;
    uint8_t bytes[8];

    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(data >> (8 * i));
    }
    return address_space_write(&segment->shadow->ram_space, segment->start + addr, attrs, bytes,
                               size);
}

/* The library makes accesses aligned, so none reaches into the next segment. */
static const MemoryRegionOps write_ram_ops = {
    .read_with_attrs = read_bus,
    .write_with_attrs = write_ram,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

/* ---- Segments --------------------------------------------------------------------------- */

static void place(ShadowSegment *segment, MemoryRegion *window)
{
    memory_region_set_enabled(window, false);
    memory_region_add_subregion_overlap(segment->shadow->memory, segment->start, window, PRIORITY);
}

static void make_segment(ShadowSegment *segment, MemoryRegion *ram, MemoryRegion *bus)
{
    memory_region_init_alias(&segment->bus, NULL, "shadow: bus", bus, segment->start,
                             segment->size);
    memory_region_init_alias(&segment->read_ram, NULL, "shadow: RAM, read-only", ram,
                             segment->start, segment->size);
    memory_region_set_readonly(&segment->read_ram, true);
    memory_region_init_io(&segment->write_ram, NULL, &write_ram_ops, segment,
                          "shadow: reads bus, writes RAM", segment->size);
    place(segment, &segment->bus);
    place(segment, &segment->read_ram);
    place(segment, &segment->write_ram);
}

void shadow_set(Shadow *shadow, unsigned index, unsigned state)
{
    ShadowSegment *segment = &shadow->segments[index];

    segment->state = state;
    memory_region_set_enabled(&segment->bus, state == 0);
    memory_region_set_enabled(&segment->read_ram, state == SHADOW_READS_RAM);
    memory_region_set_enabled(&segment->write_ram, state == SHADOW_WRITES_RAM);
}

void shadow_show_vga(Shadow *shadow, bool show)
{
    memory_region_set_enabled(&shadow->vga, show);
}

/* ---- Life ------------------------------------------------------------------------------- */

void shadow_init(Shadow *shadow, MemoryRegion *memory, MemoryRegion *ram, MemoryRegion *bus)
{
    hwaddr start = MAP_OPTION_ROMS;

    *shadow = (Shadow){ .memory = memory };
    memory_region_transaction_begin();
    address_space_init(&shadow->bus_space, bus, "shadow: bus alone");
    address_space_init(&shadow->ram_space, ram, "shadow: RAM alone");
    memory_region_init_alias(&shadow->vga, NULL, "display window", bus, MAP_VGA, MAP_VGA_SIZE);
    memory_region_add_subregion_overlap(memory, MAP_VGA, &shadow->vga, PRIORITY);
    for (unsigned i = 0; i < SHADOW_SEGMENTS; i++) {
        ShadowSegment *segment = &shadow->segments[i];

        segment->shadow = shadow;
        segment->start = start;
        segment->size = i == SHADOW_SEGMENTS - 1 ? LAST_SEGMENT_SIZE : SEGMENT_SIZE;
        start += segment->size;
        make_segment(segment, ram, bus);
        shadow_set(shadow, i, 0);
    }
    memory_region_transaction_commit();
}

void shadow_end(Shadow *shadow)
{
    for (unsigned i = 0; i < SHADOW_SEGMENTS; i++) {
        end_region(&shadow->segments[i].bus);
        end_region(&shadow->segments[i].read_ram);
        end_region(&shadow->segments[i].write_ram);
    }
    end_region(&shadow->vga);
    address_space_destroy(&shadow->ram_space);
    address_space_destroy(&shadow->bus_space);
}
