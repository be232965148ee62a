/* SPDX-License-Identifier: MIT
 *
 * An IOMMU whose mappings are copied into a table of somebody else's. A monitor does that for a
 * device of the host that it hands to the guest. The copy follows by a notifier: a replay fills it,
 * and each change is reported.
 */
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

enum { PAGE = 0x1000, PAGES = 8 };

/* ---- The IOMMU: a table of pages, 0 for none ------------------------------------------------- */

typedef struct Board {
    IOMMUMemoryRegion iommu;
    hwaddr table[PAGES];
} Board;

static IOMMUTLBEntry entry_of(Board *b, hwaddr addr)
{
    hwaddr page = addr / PAGE, to = page < PAGES ? b->table[page] : 0;

    return (IOMMUTLBEntry){
        .target_as = memory_context_memory(memory_context_default()),
        .iova = page * PAGE,
        .translated_addr = to,
        .addr_mask = PAGE - 1,
        .perm = to ? IOMMU_RW : IOMMU_NONE,
    };
}

static IOMMUTLBEntry board_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                     int index)
{
    (void)flag, (void)index;
    return entry_of((Board *)iommu, addr);
}

static void board_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(klass)->translate = board_translate;
}

static const TypeInfo board_type = {
    .name = "example-board",
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(Board),
    .class_init = board_class_init,
};

/* The guest maps a page, or unmaps it (0). The table changes first, the report follows. What was
 * mapped before is unmapped by a report of its own. */
static void map_page(Board *b, unsigned page, hwaddr to)
{
    bool was_mapped = b->table[page] != 0;
    IOMMUTLBEvent event;

    b->table[page] = to;
    event.entry = entry_of(b, (hwaddr)page * PAGE);
    if (was_mapped) {
        event.type = IOMMU_NOTIFIER_UNMAP;
        event.entry.perm = IOMMU_NONE;
        memory_region_notify_iommu(&b->iommu, 0, event);
    }
    if (to) {
        event.type = IOMMU_NOTIFIER_MAP;
        event.entry.perm = IOMMU_RW;
        memory_region_notify_iommu(&b->iommu, 0, event);
    }
}

/* ---- The shadow ---------------------------------------------------------------------------- */

static hwaddr shadow[PAGES];

static void follow(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    (void)notifier;
    for (hwaddr at = entry->iova; at - entry->iova <= entry->addr_mask; at += PAGE) {
        shadow[at / PAGE] =
            entry->perm == IOMMU_NONE ? 0 : entry->translated_addr + (at - entry->iova);
    }
}

static void print_shadow(const char *when)
{
    printf("%-14s", when);
    for (unsigned i = 0; i < PAGES; i++) {
        printf(" %5" PRIx64, shadow[i]);
    }
    putchar('\n');
}

int main(void)
{
    static Board board;
    IOMMUNotifier notifier;

    type_register_static(&board_type);
    memory_region_init_iommu(&board, sizeof(board), "example-board", NULL, "bus", PAGES * PAGE);
    map_page(&board, 1, 0x20000);
    map_page(&board, 2, 0x31000);
    print_shadow("at first:");

    iommu_notifier_init(&notifier, follow, IOMMU_NOTIFIER_IOTLB_EVENTS, 0, PAGES * PAGE - 1, 0);
    if (memory_region_register_iommu_notifier(MEMORY_REGION(&board), &notifier, &error_fatal)) {
        return 1;
    }
    memory_region_iommu_replay(&board.iommu, &notifier);
    print_shadow("after replay:");
    map_page(&board, 5, 0x44000);
    map_page(&board, 2, 0x55000);
    map_page(&board, 1, 0);
    print_shadow("after changes:");
    memory_region_unregister_iommu_notifier(MEMORY_REGION(&board), &notifier);
    return 0;
}
