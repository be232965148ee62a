/* SPDX-License-Identifier: MIT
 *
 * Translation: which region answers, at which offset, and for how many bytes (specification 10.3).
 */
#include "access/translate.h"

/* Registers may be wider than their visible part, so only memory ends with its range (10.3, R3);
 * holes do because nothing is lost by it. */
static bool ends_with_range(const Target *t, bool is_write)
{
    return t->mr->ram || access_is_direct(t, is_write) || access_is_hole(t);
}

static Target target_at(const Spot *s, hwaddr addr, bool is_write)
{
    hwaddr delta = addr - s->start;
    Target t = {
        .mr = s->mr,
        .offset = s->offset + delta,
        .rest = s->span - delta,
        .most = HWADDR_MAX,
        .memory = s->memory ? s->memory + delta : NULL,
        .direct = s->direct,
        .readonly = s->readonly,
    };
    if (ends_with_range(&t, is_write)) {
        t.most = t.rest;
    }
    return t;
}

/* The one step from an address in a view to a region. A region that translates again (10.4) goes on
 * from here in another space's view, with 'most' cut to its page. */
Target access_translate(const Access *a, hwaddr addr, bool is_write)
{
    return target_at(access_spot_find(a->fv, addr), addr, is_write);
}

MemoryRegion *flatview_translate(FlatView *fv, hwaddr addr, hwaddr *xlat, hwaddr *len,
                                 bool is_write, MemTxAttrs attrs)
{
    Access a = access_of_view(fv, attrs);
    Target t = access_translate(&a, addr, is_write);
    *xlat = t.offset;
    if (!access_is_hole(&t) && *len) {
        *len = access_cut(*len, t.most);
    }
    return t.mr;
}

IOMMUTLBEntry address_space_get_iotlb_entry(AddressSpace *as, hwaddr addr, bool is_write,
                                            MemTxAttrs attrs)
{
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    Target t = access_translate(&a, addr, is_write);
    if (access_is_hole(&t)) {
        return (IOMMUTLBEntry){ 0 };
    }
    hwaddr mask = ((hwaddr)1 << as->context->page_bits) - 1;
    return (IOMMUTLBEntry){
        .target_as = as,
        .iova = addr & ~mask,
        .translated_addr = addr & ~mask,
        .addr_mask = mask,
        .perm = t.readonly ? IOMMU_RO : IOMMU_RW,
    };
}

void memory_dma_read(size_t addr, size_t len, MemoryRegion *mr)
{
    MemoryContext *ctx = mr && mr->context ? mr->context : memory_context_current();
    if (ctx->hooks.dma_read) {
        ctx->hooks.dma_read(addr, len, mr, ctx->hooks.opaque);
    }
}
