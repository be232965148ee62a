/* SPDX-License-Identifier: MIT
 *
 * Translation: which region answers, at which offset, and for how many bytes (specification 10.3).
 */
#include "access/iommu.h"

/* Registers may be wider than their visible part, so only memory ends with its range (10.3, R3);
 * holes do because nothing is lost by it. */
static bool ends_with_range(const Target *t, bool is_write)
{
    return t->mr->ram || access_is_direct(t, is_write) || access_is_hole(t);
}

Target access_target_at(const Access *a, const Spot *s, hwaddr addr, bool is_write)
{
    hwaddr delta = addr - s->start;
    Target t = {
        .mr = s->mr,
        .offset = s->offset + delta,
        .rest = s->span - delta,
        .most = HWADDR_MAX,
        .page = HWADDR_MAX,
        .memory = s->memory ? s->memory + delta : NULL,
        .direct = s->direct,
        .readonly = s->readonly,
        .hole = a->hole,
    };
    if (ends_with_range(&t, is_write)) {
        t.most = t.rest;
    }
    return t;
}

/* A debugger writes what the guest may only read, as far as the host lets anybody write there. */
static Target opened(Target t)
{
    if (t.direct & DIRECT_LOAD) {
        t.direct |= DIRECT_WRITE;
        t.most = t.rest;
    }
    t.readonly = false;
    return t;
}

Target access_translate(const Access *a, hwaddr addr, bool is_write)
{
    const Spot *s = access_spot_find(a->fv, addr);
    Target t = access_target_at(a, s, addr, is_write);
    if (__builtin_expect(s->translates, 0)) {
        t = access_iommu_walk(a, &t, is_write, NULL);
    }
    if (__builtin_expect(a->attrs.debug, 0)) {
        return opened(t);
    }
    return t;
}

MemoryRegion *flatview_translate(FlatView *fv, hwaddr addr, hwaddr *xlat, hwaddr *len,
                                 bool is_write, MemTxAttrs attrs)
{
    Access a = access_of_view(fv, attrs);
    Target t = access_translate(&a, addr, is_write);
    *xlat = t.offset;
    if (*len) {
        *len = access_cut(*len, access_is_hole(&t) ? t.page : t.most);
    }
    return t.mr;
}

/* What is granted is what all levels grant, but for writing where the memory is read-only (R22). */
static IOMMUTLBEntry entry_of(const Target *t, const Trail *trail, hwaddr addr)
{
    unsigned perm = trail->perm & (t->readonly ? IOMMU_RO : IOMMU_RW);
    if (access_is_hole(t) || perm == IOMMU_NONE) {
        return (IOMMUTLBEntry){ 0 };
    }
    return (IOMMUTLBEntry){
        .target_as = trail->as,
        .iova = addr & ~trail->mask,
        .translated_addr = trail->addr & ~trail->mask,
        .addr_mask = trail->mask,
        .perm = (IOMMUAccessFlags)perm,
    };
}

IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr, bool is_write,
                                            MemTxAttrs attrs)
{
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    const Spot *s = access_spot_find(a.fv, addr);
    Target t = access_target_at(&a, s, addr, is_write);
    Trail trail = { as, addr, ((hwaddr)1 << as->context->page_bits) - 1, IOMMU_RW };
    if (s->translates) {
        trail.mask = HWADDR_MAX;
        t = access_iommu_walk(&a, &t, is_write, &trail);
    }
    return entry_of(&t, &trail, addr);
}

void memory_dma_read(size_t addr, size_t len, MemoryRegion *mr)
{
    MemoryContext *ctx = mr && mr->context ? mr->context : memory_context_current();
    if (ctx->hooks.dma_read) {
        ctx->hooks.dma_read(addr, len, mr, ctx->hooks.opaque);
    }
}
