/* SPDX-License-Identifier: MIT
 *
 * A load through an IOMMU for costs.h, without and with translations that threads keep.
 */
#include "costs.h"
#include "machine.h"

enum { COUNT = 2000, PAGES = 64 };

typedef struct Behind {
    IOMMUMemoryRegion iommu;
    MemoryRegion ram;
    AddressSpace memory; /* the RAM itself */
    AddressSpace space;  /* the RAM behind the IOMMU */
} Behind;

/* Each page leads to its neighbour. */
static IOMMUTLBEntry look_up(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                             int index)
{
    Behind *b = (Behind *)(void *)iommu;

    (void)flag, (void)index;
    return (IOMMUTLBEntry){ .target_as = &b->memory,
                            .iova = addr & ~(hwaddr)0xfff,
                            .translated_addr = (addr & ~(hwaddr)0xfff) ^ BENCH_PAGE,
                            .addr_mask = 0xfff,
                            .perm = IOMMU_RW };
}

static void class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->translate = look_up;
}

static const TypeInfo type = {
    .name = "costs-iommu",
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(IOMMUMemoryRegion),
    .class_init = class_init,
};

static void load(void *opaque, unsigned long count)
{
    Behind *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&b->space, i % PAGES * BENCH_PAGE, MEMTXATTRS_UNSPECIFIED,
                                       NULL));
    }
}

void costs_iommu(void)
{
    Behind b;

    type_register_static(&type);
    memory_region_init_ram(&b.ram, NULL, "ram", PAGES * BENCH_PAGE, &error_abort);
    address_space_init(&b.memory, &b.ram, "memory");
    memory_region_init_iommu(&b.iommu, sizeof(b.iommu), type.name, NULL, "iommu",
                             PAGES * BENCH_PAGE);
    address_space_init(&b.space, MEMORY_REGION(&b.iommu), "behind");
    costs_count("load through an IOMMU", load, &b, COUNT);
    memory_region_iommu_set_caching(&b.iommu, true);
    costs_count("load through an IOMMU, kept", load, &b, COUNT);
    address_space_destroy(&b.space);
    address_space_destroy(&b.memory);
    memory_drain();
    object_unparent(OBJECT(&b.iommu));
    object_unparent(OBJECT(&b.ram));
    memory_drain();
}
