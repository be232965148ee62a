/* SPDX-License-Identifier: MIT
 *
 * Reads each field that programs may read (docs/stability.md), with its type.
 * scripts/check-readable compares this list with the page and with the marks in the headers.
 */
#include <physmem/physmem.h>

#define READ(structure, field, type)                                                              \
    type read_##structure##_##field(const structure *object);                                     \
    type read_##structure##_##field(const structure *object)                                      \
    {                                                                                             \
        return object->field;                                                                     \
    }

READ(MemoryRegion, addr, hwaddr)
READ(MemoryRegion, align, uint64_t)
READ(MemoryRegion, container, MemoryRegion *)
READ(MemoryRegion, name, const char *)
READ(MemoryRegion, owner, Object *)
READ(MemoryRegion, ram, bool)
READ(MemoryRegion, ram_block, RAMBlock *)
READ(MemoryRegion, readonly, bool)
READ(MemoryRegion, rom_device, bool)
READ(MemoryRegion, romd_mode, bool)
READ(MemoryRegion, size, Int128)
READ(AddressSpace, name, const char *)
READ(AddressSpace, root, MemoryRegion *)
READ(IOMMUMemoryRegion, iommu_notify_flags, IOMMUNotifierFlag)
READ(IOMMUMemoryRegion, parent_obj, MemoryRegion)

/* The lists have types without names. */
#define WALK(structure, member, foreach, list, link)                                              \
    unsigned walk_##structure##_##list(const structure *object);                                  \
    unsigned walk_##structure##_##list(const structure *object)                                   \
    {                                                                                             \
        unsigned count = 0;                                                                       \
        const member *entry;                                                                      \
                                                                                                  \
        foreach(entry, &object->list, link)                                                       \
        {                                                                                         \
            count++;                                                                              \
        }                                                                                         \
        return count;                                                                             \
    }

WALK(MemoryRegion, MemoryRegion, TAILQ_FOREACH, subregions, siblings)
WALK(IOMMUMemoryRegion, IOMMUNotifier, LIST_FOREACH, iommu_notify, node)
