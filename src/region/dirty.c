/* SPDX-License-Identifier: MIT
 *
 * Marks pages of a region that were written, and queries them (specification section 17.2). The
 * calls that also tell listeners are in topology/harvest.c and topology/dirty-sync.c.
 */
#include <assert.h>

#include <physmem/historic.h>

#include "base/barrier.h"
#include "base/log.h"
#include "base/wide.h"
#include "ram/dirty.h"
#include "region/region.h"

bool region_check_ram(MemoryRegion *mr, hwaddr addr, hwaddr size, const char *call)
{
    if (!region_has_ram(mr)) {
        return misuse(mr->parent_obj.context, "%s: region '%s' has no RAM", call,
                      region_label(mr));
    }
    if (!ram_block_uses(mr->ram_block, addr, size)) {
        return misuse(mr->parent_obj.context,
                      "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64
                      " are not in the RAM of region '%s', which has 0x%" PRIxPTR " bytes",
                      call, size, addr, region_label(mr), qemu_ram_get_used_length(mr->ram_block));
    }
    return true;
}

/* Reads the mask after the data is written. If logging is switched on after this read, this
 * thread's data is visible before the first harvest: barrier_light() pairs with barrier_heavy() in
 * topology/edit.c (switch_log()), watches.c and vmstate.c. */
void region_mark_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, uint8_t clients)
{
    barrier_light();
    clients &= memory_region_get_dirty_log_mask(mr);
    if (clients && mr->ram_block) {
        ram_dirty_mark_written(mr->ram_block, addr, size, clients);
    }
}

void memory_region_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    READ_SECTION;

    if (region_check_ram(mr, addr, size, __func__)) {
        region_mark_dirty(mr, addr, size, DIRTY_CLIENTS_ALL);
    }
}

bool memory_region_get_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, unsigned client)
{
    READ_SECTION;

    return ram_dirty_check_client(mr->parent_obj.context, client, __func__) &&
           region_check_ram(mr, addr, size, __func__) &&
           ram_dirty_any(mr->ram_block, addr, size, client);
}

void memory_region_flush_rom_device(MemoryRegion *mr, hwaddr addr, hwaddr size)
{
    READ_SECTION;

    assert(memory_region_is_romd(mr));
    assert(int128_le(wide_sum(addr, size), mr->size));
    region_mark_dirty(mr, addr, size, DIRTY_CLIENTS_ALL);
}
