/* SPDX-License-Identifier: MIT
 *
 * Translation: which region answers, at which offset, and for how many bytes (specification 10.3).
 */
#include "access/iommu.h"
#include "access/target.h"

/* The target of an address that no IOMMU translates. */
static Target plain_target(const Access *a, const Spot *s, hwaddr addr, bool is_write)
{
    return access_target_at(s, addr, is_write, a->hole, HWADDR_MAX, false);
}

/* The same target for a debugger: it may write memory that the guest may only read, unless the host
 * itself cannot write there. */
static Target opened(Target t)
{
    if (t.direct & DIRECT_LOAD) {
        t.direct |= DIRECT_WRITE;
        t.most = t.rest;
    }
    t.readonly = false;
    return t;
}

static Target opened_at(const Access *a, const Spot *s, hwaddr addr, bool is_write)
{
    return opened(s->translates ? access_iommu_walk(a, s, addr, is_write, NULL)
                                : plain_target(a, s, addr, is_write));
}

Target access_translate(const Access *a, hwaddr addr, bool is_write)
{
    const Spot *s = access_spot_find(a->fv, addr);
    if (__builtin_expect(a->attrs.debug, 0)) {
        return opened_at(a, s, addr, is_write);
    }
    if (__builtin_expect(s->translates, 0)) {
        return access_iommu_walk(a, s, addr, is_write, NULL);
    }
    return plain_target(a, s, addr, is_write);
}

static __attribute__((noinline)) MemoryRegion *translate_any(FlatView *fv, hwaddr addr,
                                                             hwaddr *xlat, hwaddr *len,
                                                             bool is_write, MemTxAttrs attrs,
                                                             bool entered)
{
    read_enter_begun(entered);
    READ_SECTION_UNLESS(true);
    Access a = access_of_view(fv, attrs);
    Target t = access_translate(&a, addr, is_write);
    *xlat = t.offset;
    if (*len) {
        *len = access_cut(*len, access_is_hole(&t) ? t.page : t.most);
    }
    return t.mr;
}

/* Memory that may be accessed directly needs the spot only. The caller has entered a read section.
 * This enters another one, which tells signal handlers that a spot is in use (lookaside.h). */
MemoryRegion *flatview_translate(FlatView *fv, hwaddr addr, hwaddr *xlat, hwaddr *len,
                                 bool is_write, MemTxAttrs attrs)
{
    unsigned long *entered = physmem_section_enter();
    const Spot *s = entered ? physmem_spot_recall(fv, addr, 1) : NULL;
    unsigned how = is_write ? DIRECT_WRITE : DIRECT_READ;
    if (!s || !access_spot_is_direct(s, addr, 1, how)) {
        return translate_any(fv, addr, xlat, len, is_write, attrs, entered != NULL);
    }
    MemoryRegion *mr = s->mr;
    *xlat = access_spot_offset(s, addr);
    if (*len) {
        *len = access_cut(*len, s->span - (addr - s->start));
    }
    read_leave_quickly(entered);
    return mr;
}

bool address_space_is_io(AddressSpace *as, hwaddr addr)
{
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), MEMTXATTRS_UNSPECIFIED);
    Target t = access_translate(&a, addr, false);
    return !region_is_ram(t.mr) && !access_is_direct(&t, false);
}

/* The entry grants what all levels of IOMMUs grant, without writing if the memory is read-only
 * (R22). */
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
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    const Spot *s = access_spot_find(a.fv, addr);
    Trail trail = { as, addr, ((hwaddr)1 << as->context->page_bits) - 1, IOMMU_RW };
    Target t = s->translates ? access_iommu_walk(&a, s, addr, is_write, &trail)
                             : plain_target(&a, s, addr, is_write);
    return entry_of(&t, &trail, addr);
}
