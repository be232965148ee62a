/* SPDX-License-Identifier: MIT
 *
 * Measures the cost that an IOMMU adds to an access: the same loads and transfers of the same
 * memory through none, one and two IOMMUs, each with a table of pages of 4 KiB. First each access
 * asks the IOMMUs. Then threads keep their translations. As in a machine, the memory is large, and
 * an IOMMU translates all addresses of its bus.
 */
#include <stdlib.h>

#include <physmem/physmem.h>

#include "parts.h"
#include "report.h"
#include "timer.h"

enum { MEMORY = 0x10000000, USED = 0x100000, PAGES = USED >> 12 };
enum { PLACES = 1024, LEVELS = 2, BYTES = 0x1000 };

typedef struct Chain {
    MemoryContext *context;
    MemoryContext *before;
    MemoryRegion ram;
    struct Level {
        IOMMUMemoryRegion iommu;
        AddressSpace *target;
        hwaddr page[PAGES]; /* the table */
    } level[LEVELS];
    AddressSpace space[1 + LEVELS]; /* space[i] leads to the RAM through i IOMMUs */
    hwaddr place[PLACES];
    uint8_t buf[BYTES];
} Chain;

/* The work of one row: which space of the chain to access. */
typedef struct Way {
    Chain *chain;
    AddressSpace *space;
} Way;

static IOMMUTLBEntry look_up(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                             int index)
{
    const struct Level *level = (const struct Level *)iommu;

    (void)flag;
    (void)index;
    return (IOMMUTLBEntry){ .target_as = level->target,
                            .iova = addr & ~(hwaddr)0xfff,
                            .translated_addr = level->page[addr >> 12],
                            .addr_mask = 0xfff,
                            .perm = IOMMU_RW };
}

static void class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->translate = look_up;
}

static const TypeInfo level_type = {
    .name = "bench-iommu",
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(struct Level),
    .class_init = class_init,
};

static void chain_make(Chain *c)
{
    uint32_t random = 5;

    type_register_static(&level_type);
    c->context = memory_context_new(NULL, NULL);
    c->before = memory_context_set_current(c->context);
    memory_region_init_ram(&c->ram, NULL, "ram", MEMORY, NULL);
    address_space_init(&c->space[0], &c->ram, "memory");
    for (unsigned i = 0; i < LEVELS; i++) {
        struct Level *level = &c->level[i];
        memory_region_init_iommu(level, sizeof(*level), level_type.name, NULL, "iommu",
                                 UINT64_MAX);
        level->target = &c->space[i];
        for (hwaddr page = 0; page < PAGES; page++) {
            level->page[page] = (page ^ 1) << 12;
        }
        address_space_init(&c->space[i + 1], MEMORY_REGION(level), "behind");
    }
    for (unsigned i = 0; i < PLACES; i++) {
        c->place[i] = bench_random(&random) % USED & ~(hwaddr)63;
    }
}

static void chain_end(Chain *c)
{
    for (unsigned i = 0; i <= LEVELS; i++) {
        address_space_destroy(&c->space[i]);
    }
    memory_drain();
    for (unsigned i = 0; i < LEVELS; i++) {
        object_unparent(OBJECT(&c->level[i]));
    }
    object_unparent(OBJECT(&c->ram));
    memory_drain();
    memory_context_set_current(c->before);
    memory_context_destroy(c->context, NULL);
}

static void load(void *opaque, unsigned long count)
{
    Way *w = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(ldl_le_phys(w->space, w->chain->place[i % PLACES]));
    }
}

static void copy(Way *w, unsigned long count, hwaddr len)
{
    for (unsigned long i = 0; i < count; i++) {
        hwaddr addr = w->chain->place[i % PLACES] & ~(len - 1);
        address_space_read(w->space, addr, MEMTXATTRS_UNSPECIFIED, w->chain->buf, len);
        bench_use(w->chain->buf[0]);
    }
}

static void copy_64(void *opaque, unsigned long count)
{
    copy(opaque, count, 64);
}

static void copy_4096(void *opaque, unsigned long count)
{
    copy(opaque, count, 4096);
}

static const struct {
    const char *name, *kept;
    BenchBatch *batch;
} cases[] = {
    { "load of 4 bytes through I IOMMUs", "load of 4 bytes through I IOMMUs, kept", load },
    { "read of 64 bytes through I IOMMUs", "read of 64 bytes through I IOMMUs, kept", copy_64 },
    { "read of 4 KiB through I IOMMUs", "read of 4 KiB through I IOMMUs, kept", copy_4096 },
};

static void report_case(Chain *c, const char *name, BenchBatch *batch)
{
    Series *series = report_series(name, "I", "ns");

    for (unsigned levels = 0; levels <= LEVELS; levels++) {
        Way way = { c, &c->space[levels] };
        report_add(series, (long)levels, bench_time(batch, &way));
    }
}

static void report_cases(Chain *c, bool kept)
{
    for (unsigned i = 0; i < LEVELS; i++) {
        memory_region_iommu_set_caching(&c->level[i].iommu, kept);
    }
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        report_case(c, kept ? cases[i].kept : cases[i].name, cases[i].batch);
    }
}

static void report_difference(const char *name, const char *load)
{
    report_add(report_series(name, "", "ns"), 1, report_value(load, 1) - report_value(load, 0));
}

void bench_iommu(void)
{
    Chain *chain = calloc(1, sizeof(Chain));

    if (!chain) {
        abort();
    }
    chain_make(chain);
    report_cases(chain, false);
    report_cases(chain, true);
    report_difference("what an IOMMU adds to a load of 4 bytes", cases[0].kept);
    report_difference("what an IOMMU adds to a load of 4 bytes, asked", cases[0].name);
    chain_end(chain);
    free(chain);
}
