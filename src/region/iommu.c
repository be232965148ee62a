/* SPDX-License-Identifier: MIT
 *
 * IOMMU regions: the abstract type, the constructor, and calls of the methods, with a default for
 * each optional one (specification 4, 15.2). Notifiers are in topology/iommu-notify.c.
 * access/iommu.c translates accesses.
 */
#include "region/iommu.h"

#include <assert.h>
#include <errno.h>

#include "base/log.h"
#include "base/process.h"
#include "region/region.h"
#include "region/room.h"

/* The release pairs with the acquire in changes() of topology/iommu-replay.c: a thread that reads
 * the new count also sees the change in the IOMMU's tables. */
uint64_t region_iommu_count_change(MemoryContext *ctx)
{
    uint64_t count = ctx->region->iommu_changes + 1;
    __atomic_store_n(&ctx->region->iommu_changes, count, __ATOMIC_RELEASE);
    return count;
}

/* ---- Epochs ----------------------------------------------------------------------------- */

static uint64_t next_epoch(void)
{
    return __atomic_add_fetch(&process.iommu_epoch, 1, __ATOMIC_RELAXED);
}

/* If another thread begins an epoch at the same time, threads may have made translations in that
 * one without seeing the caller's change. So this begins one more. */
void memory_region_iommu_forget(IOMMUMemoryRegion *iommu_mr)
{
    uint64_t epoch = __atomic_load_n(&iommu_mr->epoch, __ATOMIC_RELAXED);
    while (epoch && !__atomic_compare_exchange_n(&iommu_mr->epoch, &epoch, next_epoch(), false,
                                                 __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    }
}

void region_iommus_forget(MemoryContext *ctx)
{
    IOMMUMemoryRegion *iommu;
    LIST_FOREACH(iommu, &ctx->region->caching_iommus, caching) {
        memory_region_iommu_forget(iommu);
    }
}

void memory_region_iommu_set_caching(IOMMUMemoryRegion *iommu_mr, bool caching)
{
    MemoryContext *ctx = iommu_mr->parent_obj.parent_obj.context;
    CONTEXT_LOCK(ctx);
    if (caching == (region_iommu_epoch(iommu_mr) != 0)) {
        return;
    }
    if (caching) {
        LIST_INSERT_HEAD(&ctx->region->caching_iommus, iommu_mr, caching);
    } else {
        LIST_REMOVE(iommu_mr, caching);
    }
    __atomic_store_n(&iommu_mr->epoch, caching ? next_epoch() : 0, __ATOMIC_RELEASE);
}

/* ---- The type --------------------------------------------------------------------------- */

/* Unlinks the notifiers that are still registered. They would point to an IOMMU that is gone. */
static void drop_notifiers(IOMMUMemoryRegion *iommu)
{
    IOMMUNotifier *n;
    misuse(iommu->parent_obj.parent_obj.context,
           "IOMMU '%s' ends while notifiers are registered with it: unregister them first",
           region_label(&iommu->parent_obj));
    while ((n = LIST_FIRST(&iommu->iommu_notify))) {
        LIST_REMOVE(n, node);
        n->iommu = NULL;
    }
    region_iommu_count_change(iommu->parent_obj.parent_obj.context);
}

static void iommu_finalize(Object *obj)
{
    IOMMUMemoryRegion *iommu = IOMMU_MEMORY_REGION(obj);
    if (region_iommu_epoch(iommu)) {
        memory_region_iommu_set_caching(iommu, false);
    }
    if (!LIST_EMPTY(&iommu->iommu_notify)) {
        CONTEXT_LOCK(iommu->parent_obj.parent_obj.context);
        drop_notifiers(iommu);
    }
}

static const TypeInfo iommu_type = {
    .name = TYPE_IOMMU_MEMORY_REGION,
    .parent = TYPE_MEMORY_REGION,
    .instance_size = sizeof(IOMMUMemoryRegion),
    .instance_finalize = iommu_finalize,
    .class_size = sizeof(IOMMUMemoryRegionClass),
    .abstract = true,
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&iommu_type);
}

/* ---- Construction ----------------------------------------------------------------------- */

/* Looks up the class first: IOMMU_MEMORY_REGION_CLASS() aborts if the type is not that of an
 * IOMMU. An instance of another type has another layout, so nothing must be written before. */
void memory_region_init_iommu(void *iommu_mr, size_t instance_size, const char *mrtypename,
                              Object *owner, const char *name, uint64_t size)
{
    IOMMUMemoryRegion *iommu = iommu_mr;
    MemoryRegion *mr = iommu_mr;
    const IOMMUMemoryRegionClass *class =
        IOMMU_MEMORY_REGION_CLASS(object_class_by_name(mrtypename));
    if (!region_init_instance(mr, instance_size, mrtypename, owner, name, size)) {
        return;
    }
    LIST_INIT(&iommu->iommu_notify);
    region_set_kind(mr, class->translate ? MEMORY_KIND_IOMMU : MEMORY_KIND_RESERVATION);
    if (!class->translate) {
        misuse(mr->parent_obj.context,
               "IOMMU '%s': type \"%s\" cannot translate: set 'translate' of its class",
               region_label(mr), mrtypename);
    }
}

/* ---- Methods ---------------------------------------------------------------------------- */

static uint64_t guest_page(const IOMMUMemoryRegion *iommu)
{
    return UINT64_C(1) << iommu->parent_obj.parent_obj.context->page_bits;
}

uint64_t memory_region_iommu_get_min_page_size(IOMMUMemoryRegion *iommu_mr)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu_mr);
    return class->get_min_page_size ? class->get_min_page_size(iommu_mr) : guest_page(iommu_mr);
}

hwaddr region_iommu_page_mask(IOMMUMemoryRegion *iommu)
{
    hwaddr mask = memory_region_iommu_get_min_page_size(iommu) - 1;
    return region_iommu_is_mask(mask) && mask != HWADDR_MAX ? mask : guest_page(iommu) - 1;
}

int memory_region_iommu_get_attr(IOMMUMemoryRegion *iommu_mr, enum IOMMUMemoryRegionAttr attr,
                                 void *data)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu_mr);
    return class->get_attr ? class->get_attr(iommu_mr, attr, data) : -EINVAL;
}

int memory_region_iommu_attrs_to_index(IOMMUMemoryRegion *iommu_mr, MemTxAttrs attrs)
{
    return region_iommu_index(memory_region_get_iommu_class_nocheck(iommu_mr), iommu_mr, attrs);
}

int memory_region_iommu_num_indexes(IOMMUMemoryRegion *iommu_mr)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu_mr);
    return class->num_indexes ? class->num_indexes(iommu_mr) : 1;
}

int memory_region_iommu_set_page_size_mask(IOMMUMemoryRegion *iommu_mr, uint64_t page_size_mask,
                                           Error **errp)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu_mr);
    assert(page_size_mask != 0);
    return class->iommu_set_page_size_mask
               ? class->iommu_set_page_size_mask(iommu_mr, page_size_mask, errp)
               : 0;
}
