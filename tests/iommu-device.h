/* SPDX-License-Identifier: MIT
 *
 * An IOMMU as a machine has it: two tables (chosen by attrs.secure) of two levels in guest memory,
 * pages of 4 KiB and 2 MiB, and a driver for them that writes the tables by the memory interface
 * and reports what it changed.
 *
 *   root[index] --> 4 entries --> 2 MiB page
 *                             \-> 512 entries --> 4 KiB page
 *
 * An entry is 8 bytes, little endian: permissions and kind in the low bits, the address above.
 */
#ifndef TESTS_IOMMU_DEVICE_H
#define TESTS_IOMMU_DEVICE_H

#include "support.h"

enum {
    TABLE_READ = 1,
    TABLE_WRITE = 2,
    TABLE_LARGE = 4, /* in the first level: a page of 2 MiB */
    TABLE_NEXT = 8,  /* in the first level: the table of the second one */

    TABLE_PAGE = 0x1000,
    TABLE_LARGE_PAGE = 0x200000,
    TABLE_SLOTS = 4, /* large pages of the region */
    TABLE_INDEXES = 2,
    TABLE_SIZE = TABLE_SLOTS * TABLE_LARGE_PAGE,
    TABLE_MEMORY = (TABLE_INDEXES + TABLE_INDEXES * TABLE_SLOTS) * TABLE_PAGE,
};

typedef struct TableIommu {
    IOMMUMemoryRegion parent_obj;
    MemoryContext *ctx;
    AddressSpace *memory; /* of the tables, and where the pages lead to */
    hwaddr tables;        /* TABLE_MEMORY bytes there */
} TableIommu;

TableIommu *table_iommu_new(Machine *m, const char *name, AddressSpace *memory, hwaddr tables);

static inline MemoryRegion *table_iommu_region(TableIommu *u)
{
    return &u->parent_obj.parent_obj;
}

/* Makes [iova, iova + size) lead to 'to'; size is that of either page, and all of it is aligned.
 * What was mapped there goes before, with UNMAPs. Any thread. */
void table_iommu_map(TableIommu *u, int index, hwaddr iova, hwaddr size, hwaddr to,
                     IOMMUAccessFlags perm);
void table_iommu_unmap(TableIommu *u, int index, hwaddr iova, hwaddr size);

#endif
