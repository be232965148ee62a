/* SPDX-License-Identifier: MIT
 *
 * An IOMMU like that of a real machine, and a driver for it. The IOMMU has two tables (chosen by
 * attrs.secure) of two levels in guest memory, with pages of 4 KiB and 2 MiB. The driver writes
 * the tables through the memory interface and notifies about what it changed.
 *
 *   root[index] --> 4 entries --> 2 MiB page
 *                             \-> 512 entries --> 4 KiB page
 *
 * An entry is 8 bytes, little endian: permissions and kind in the low bits, the address above
 * them.
 */
#ifndef TESTS_IOMMU_DEVICE_H
#define TESTS_IOMMU_DEVICE_H

#include "support.h"

enum {
    TABLE_READ = 1,
    TABLE_WRITE = 2,
    TABLE_LARGE = 4, /* in the first level: maps a page of 2 MiB */
    TABLE_NEXT = 8,  /* in the first level: points to a table of the second level */

    TABLE_PAGE = 0x1000,
    TABLE_LARGE_PAGE = 0x200000,
    TABLE_SLOTS = 4, /* large pages in the region */
    TABLE_INDEXES = 2,
    TABLE_SIZE = TABLE_SLOTS * TABLE_LARGE_PAGE,
    TABLE_MEMORY = (TABLE_INDEXES + TABLE_INDEXES * TABLE_SLOTS) * TABLE_PAGE,
};

typedef struct TableIommu {
    IOMMUMemoryRegion parent_obj;
    MemoryContext *ctx;
    AddressSpace *memory; /* holds the tables; translated addresses lead to it, too */
    hwaddr tables;        /* address of TABLE_MEMORY bytes for the tables */
} TableIommu;

TableIommu *table_iommu_new(Machine *m, const char *name, AddressSpace *memory, hwaddr tables);

static inline MemoryRegion *table_iommu_region(TableIommu *u)
{
    return &u->parent_obj.parent_obj;
}

/* Maps [iova, iova + size) to 'to'. The size is that of one of the two pages, and everything is
 * aligned to it. What was mapped there before is unmapped first, with UNMAP events. Any thread. */
void table_iommu_map(TableIommu *u, int index, hwaddr iova, hwaddr size, hwaddr to,
                     IOMMUAccessFlags perm);
void table_iommu_unmap(TableIommu *u, int index, hwaddr iova, hwaddr size);

#endif
