/* SPDX-License-Identifier: MIT
 *
 * Calls of earlier versions of the interface: a constructor, and two flags (specification section
 * 23). Memory that a device lends for execution, another such part, is in topology/lend.c.
 */
#include <physmem/historic.h>

#include "region/region.h"

void memory_region_init_ram_shared_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                             uint64_t size, bool share, Error **errp)
{
    memory_region_init_ram_flags_nomigrate(mr, owner, name, size, share ? RAM_SHARED : 0, errp);
}

bool memory_region_is_skip_dump(MemoryRegion *mr)
{
    return mr->skip_dump;
}

void memory_region_set_skip_dump(MemoryRegion *mr)
{
    mr->skip_dump = true;
}

/* RAM stays without the lock: an access to it runs no callback of the program. */
void memory_region_set_global_locking(MemoryRegion *mr)
{
    mr->lockless_io = region_is_ram(mr);
}

void memory_region_clear_global_locking(MemoryRegion *mr)
{
    memory_region_enable_lockless_io(mr);
}
