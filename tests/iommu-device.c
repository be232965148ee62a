/* SPDX-License-Identifier: MIT
 *
 * The IOMMU with tables in guest memory, and its driver; see iommu-device.h.
 */
#include "iommu-device.h"

#define TYPE_TABLE_IOMMU "test-iommu-tables"

enum { ENTRIES = TABLE_LARGE_PAGE / TABLE_PAGE };

/* ---- Entries ---------------------------------------------------------------------------- */

static hwaddr root_of(const TableIommu *u, int index)
{
    return u->tables + (hwaddr)index * TABLE_PAGE;
}

static hwaddr leaf_table(const TableIommu *u, int index, hwaddr iova)
{
    hwaddr slot = iova / TABLE_LARGE_PAGE;
    return u->tables + (TABLE_INDEXES + (hwaddr)index * TABLE_SLOTS + slot) * TABLE_PAGE;
}

static hwaddr slot_entry(const TableIommu *u, int index, hwaddr iova)
{
    return root_of(u, index) + 8 * (iova / TABLE_LARGE_PAGE);
}

static hwaddr leaf_entry(hwaddr table, hwaddr iova)
{
    return table + 8 * (iova / TABLE_PAGE % ENTRIES);
}

static uint64_t get(const TableIommu *u, hwaddr entry)
{
    MemTxResult result;
    uint64_t val = address_space_ldq_le(u->memory, entry, MEMTXATTRS_UNSPECIFIED, &result);
    return result == MEMTX_OK ? val : 0;
}

static void put(const TableIommu *u, hwaddr entry, uint64_t val)
{
    MemTxResult result;
    address_space_stq_le(u->memory, entry, val, MEMTXATTRS_UNSPECIFIED, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
}

static hwaddr address_in(uint64_t entry)
{
    return entry & ~(hwaddr)(TABLE_PAGE - 1);
}

/* ---- The device ------------------------------------------------------------------------- */

static IOMMUTLBEntry leads_to(const TableIommu *u, hwaddr addr, uint64_t entry, hwaddr size)
{
    return (IOMMUTLBEntry){ .target_as = u->memory,
                            .iova = addr & ~(size - 1),
                            .translated_addr = address_in(entry),
                            .addr_mask = size - 1,
                            .perm = IOMMU_ACCESS_FLAG(entry & TABLE_READ, entry & TABLE_WRITE) };
}

static IOMMUTLBEntry table_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                     int index)
{
    const TableIommu *u = (TableIommu *)iommu;
    uint64_t entry = get(u, slot_entry(u, index, addr));

    (void)flag;
    if (entry & TABLE_LARGE) {
        return leads_to(u, addr, entry, TABLE_LARGE_PAGE);
    }
    if (entry & TABLE_NEXT) {
        return leads_to(u, addr, get(u, leaf_entry(address_in(entry), addr)), TABLE_PAGE);
    }
    return (IOMMUTLBEntry){ 0 };
}

static int table_attrs_to_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs)
{
    (void)iommu;
    return attrs.secure;
}

static int table_num_indexes(IOMMUMemoryRegion *iommu)
{
    (void)iommu;
    return TABLE_INDEXES;
}

static void table_class_init(ObjectClass *class, void *data)
{
    IOMMUMemoryRegionClass *k = IOMMU_MEMORY_REGION_CLASS(class);

    (void)data;
    k->translate = table_translate;
    k->attrs_to_index = table_attrs_to_index;
    k->num_indexes = table_num_indexes;
}

static const TypeInfo table_type = {
    .name = TYPE_TABLE_IOMMU,
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(TableIommu),
    .class_init = table_class_init,
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&table_type);
}

TableIommu *table_iommu_new(Machine *m, const char *name, AddressSpace *memory, hwaddr tables)
{
    TableIommu *u = g_new0(TableIommu, 1);

    memory_region_init_iommu(u, sizeof(*u), TYPE_TABLE_IOMMU, NULL, name, TABLE_SIZE);
    g_ptr_array_add(m->regions, u);
    u->ctx = m->ctx;
    u->memory = memory;
    u->tables = tables;
    return u;
}

/* ---- The driver ------------------------------------------------------------------------- */

static void report(TableIommu *u, int index, IOMMUNotifierFlag type, const IOMMUTLBEntry *entry)
{
    IOMMUTLBEvent event = { type, *entry };

    if (type == IOMMU_NOTIFIER_UNMAP) {
        event.entry.perm = IOMMU_NONE;
    }
    memory_region_notify_iommu(&u->parent_obj, index, event);
}

static void report_gone(TableIommu *u, int index, hwaddr iova, hwaddr size)
{
    IOMMUTLBEntry entry = leads_to(u, iova, 0, size);
    report(u, index, IOMMU_NOTIFIER_UNMAP, &entry);
}

static void clear_slot(TableIommu *u, int index, hwaddr iova)
{
    hwaddr table = leaf_table(u, index, iova);

    put(u, slot_entry(u, index, iova), 0);
    for (hwaddr i = 0; i < ENTRIES; i++) {
        put(u, table + 8 * i, 0);
    }
    report_gone(u, index, iova & ~(hwaddr)(TABLE_LARGE_PAGE - 1), TABLE_LARGE_PAGE);
}

static void clear(TableIommu *u, int index, hwaddr iova, hwaddr size)
{
    uint64_t slot = get(u, slot_entry(u, index, iova));

    if (size == TABLE_LARGE_PAGE || (slot & TABLE_LARGE)) {
        clear_slot(u, index, iova);
    } else if (slot & TABLE_NEXT) {
        put(u, leaf_entry(address_in(slot), iova), 0);
        report_gone(u, index, iova, size);
    }
}

static void set(TableIommu *u, int index, hwaddr iova, hwaddr size, uint64_t entry)
{
    IOMMUTLBEntry mapped = leads_to(u, iova, entry, size);
    hwaddr slot = slot_entry(u, index, iova), table = leaf_table(u, index, iova);

    if (size == TABLE_LARGE_PAGE) {
        put(u, slot, entry | TABLE_LARGE);
    } else {
        put(u, leaf_entry(table, iova), entry);
        put(u, slot, table | TABLE_NEXT);
    }
    report(u, index, IOMMU_NOTIFIER_MAP, &mapped);
}

void table_iommu_map(TableIommu *u, int index, hwaddr iova, hwaddr size, hwaddr to,
                     IOMMUAccessFlags perm)
{
    memory_context_lock(u->ctx);
    clear(u, index, iova, size);
    set(u, index, iova, size,
        to | (perm & IOMMU_RO ? TABLE_READ : 0) | (perm & IOMMU_WO ? TABLE_WRITE : 0));
    memory_context_unlock(u->ctx);
}

void table_iommu_unmap(TableIommu *u, int index, hwaddr iova, hwaddr size)
{
    memory_context_lock(u->ctx);
    clear(u, index, iova, size);
    memory_context_unlock(u->ctx);
}
