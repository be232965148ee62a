/* SPDX-License-Identifier: MIT
 *
 * Sets the kind of a region, and has the constructors of containers, devices, reservations and
 * aliases (specification section 4). It also has the calls by which a device does without the
 * context's lock or the guard against reentrant access. The constructors of RAM are in ram.c, that
 * of IOMMUs in iommu.c.
 */
#include "base/log.h"
#include "region/extras.h"
#include "region/region.h"

/* An access to RAM runs no callback of the program, so it needs neither the lock nor the guard. */
void region_set_kind(MemoryRegion *mr, MemoryRegionKind kind)
{
    mr->kind = kind;
    mr->ram = kind == MEMORY_KIND_RAM || kind == MEMORY_KIND_RAM_DEVICE;
    mr->rom_device = kind == MEMORY_KIND_ROM_DEVICE;
    mr->lockless_io = mr->reentrant = mr->ram;
}

void memory_region_init(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    region_init_common(mr, owner, name, size);
}

void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                           void *opaque, const char *name, uint64_t size)
{
    if (!region_init_common(mr, owner, name, size)) {
        return;
    }
    mr->ops = ops ? ops : &unassigned_mem_ops;
    mr->opaque = opaque;
    region_set_kind(mr, ops ? MEMORY_KIND_IO : MEMORY_KIND_RESERVATION);
}

void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                              MemoryRegion *orig, hwaddr offset, uint64_t size)
{
    static const char call[] = "memory_region_init_alias";
    if (!region_init_common(mr, owner, name, size) || !region_check(orig, call)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (orig == mr || orig->parent_obj.context != mr->parent_obj.context) {
        misuse(mr->parent_obj.context,
               "%s: the target of alias '%s' must be another region of the same context", call,
               region_label(mr));
        return;
    }
    mr->alias = orig;
    mr->alias_offset = offset;
    LIST_INSERT_HEAD(&region_extras_made(orig)->aliases, mr, alias_link);
    region_set_kind(mr, MEMORY_KIND_ALIAS);
}

void memory_region_enable_lockless_io(MemoryRegion *mr)
{
    mr->lockless_io = true;
}

void memory_region_disable_reentrancy_guard(MemoryRegion *mr)
{
    mr->reentrant = true;
}
