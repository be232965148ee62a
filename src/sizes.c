/* SPDX-License-Identifier: MIT
 *
 * memory_sizeof(): the sizes of the public structures, for bindings. A new structure of a public
 * header gets a line here; the test "python" says if one is missing.
 */
#include <string.h>

#include <physmem/physmem.h>

typedef struct StructureSize {
    const char *name;
    size_t size;
} StructureSize;

#define SIZE(structure) .name = #structure, .size = sizeof(structure)

static const StructureSize sizes[] = {
    { SIZE(AddressSpace) },
    { SIZE(DeviceState) },
    { SIZE(DirtyBitmapRun) },
    { SIZE(EventNotifier) },
    { SIZE(FlatView) },
    { SIZE(IOMMUMemoryRegion) },
    { SIZE(IOMMUMemoryRegionClass) },
    { SIZE(IOMMUNotifier) },
    { SIZE(IOMMUTLBEntry) },
    { SIZE(IOMMUTLBEvent) },
    { SIZE(InterfaceClass) },
    { SIZE(InterfaceInfo) },
    { SIZE(MemMapEntry) },
    { SIZE(MemTxAttrs) },
    { SIZE(MemoryContextHooks) },
    { SIZE(MemoryContextOptions) },
    { SIZE(MemoryListener) },
    { SIZE(MemoryRegion) },
    { SIZE(MemoryRegionAttributes) },
    { SIZE(MemoryRegionCache) },
    { SIZE(MemoryRegionClass) },
    { SIZE(MemoryRegionCounts) },
    { SIZE(MemoryRegionOps) },
    { SIZE(MemoryRegionSection) },
    { SIZE(Object) },
    { SIZE(ObjectClass) },
    { SIZE(RAMBlockNotifier) },
    { SIZE(RamDiscardListener) },
    { SIZE(RamDiscardManagerClass) },
    { SIZE(ReservedRegion) },
    { SIZE(TypeInfo) },
};

size_t memory_sizeof(const char *structure)
{
    for (size_t i = 0; structure && i < sizeof(sizes) / sizeof(*sizes); i++) {
        if (strcmp(sizes[i].name, structure) == 0) {
            return sizes[i].size;
        }
    }
    return 0;
}
