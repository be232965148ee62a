/* SPDX-License-Identifier: MIT
 *
 * One block of RAM, two windows onto it, and RAM that is plugged in and removed.
 */
#include "ram.h"

#include "../devices/end-region.h"
#include "map.h"

static hwaddr round_up(hwaddr value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static void make_windows(Ram *ram)
{
    memory_region_init_alias(&ram->low, NULL, "RAM below 4 GiB", &ram->block, 0, ram->low_size);
    memory_region_add_subregion(ram->memory, 0, &ram->low);
    if (ram->high_size > 0) {
        memory_region_init_alias(&ram->high, NULL, "RAM above 4 GiB", &ram->block, ram->low_size,
                                 ram->high_size);
        memory_region_add_subregion(ram->memory, 4 * GiB, &ram->high);
    }
    memory_region_init(&ram->devices, NULL, "pluggable RAM", ram->devices_size);
    memory_region_add_subregion(ram->memory, ram->devices_start, &ram->devices);
}

static void choose_place_for_plugging(Ram *ram)
{
    if (ram->low_size <= MAP_DEVICE_MEMORY_LOW) {
        ram->devices_start = MAP_DEVICE_MEMORY_LOW;
        ram->devices_size = MAP_DEVICE_MEMORY_LOW_SIZE;
    } else {
        ram->devices_start = round_up(4 * GiB + ram->high_size, MAP_DEVICE_MEMORY_ALIGN);
        ram->devices_size = MAP_DEVICE_MEMORY_SIZE;
    }
}

bool ram_init(Ram *ram, MemoryRegion *memory, uint64_t size, Error **errp)
{
    *ram = (Ram){ .memory = memory };
    if (size < 4 * MiB || size % MiB != 0) {
        error_setg(errp,
                   "the PC cannot have %" PRIu64 " bytes of RAM: expected whole MiB, "
                   "at least 4",
                   size);
        return false;
    }
    ram->low_size = size < MAP_RAM_LOW_END ? size : MAP_RAM_LOW_END;
    ram->high_size = size - ram->low_size;
    choose_place_for_plugging(ram);
    if (!memory_region_init_ram(&ram->block, NULL, "ram", size, errp)) {
        return false;
    }
    memory_region_transaction_begin();
    make_windows(ram);
    memory_region_transaction_commit();
    return true;
}

bool ram_plug(Ram *ram, uint64_t size, hwaddr *address, Error **errp)
{
    if (ram->is_plugged) {
        error_setg(errp, "a piece of RAM is plugged in already: unplug it first");
        return false;
    }
    if (size > ram->devices_size || size % qemu_target_page_size() != 0) {
        error_setg(errp, "RAM to plug in must be whole pages, at most %" PRIu64 " MiB",
                   ram->devices_size / MiB);
        return false;
    }
    if (!memory_region_init_ram(&ram->plugged, NULL, "plugged-ram", size, errp)) {
        return false;
    }
    memory_region_add_subregion(&ram->devices, 0, &ram->plugged);
    ram->is_plugged = true;
    *address = ram->devices_start;
    return true;
}

bool ram_unplug(Ram *ram, Error **errp)
{
    if (!ram->is_plugged) {
        error_setg(errp, "no RAM is plugged in");
        return false;
    }
    if (memory_region_container(&ram->plugged)) {
        memory_region_del_subregion(&ram->devices, &ram->plugged);
    }
    if (!memory_region_wait_unused(&ram->plugged, errp)) {
        return false;
    }
    ram->is_plugged = false;
    return true;
}

void ram_end(Ram *ram)
{
    if (ram->is_plugged) {
        end_region(&ram->plugged);
    }
    end_region(&ram->devices);
    if (ram->high_size > 0) {
        end_region(&ram->high);
    }
    end_region(&ram->low);
    end_region(&ram->block);
}
