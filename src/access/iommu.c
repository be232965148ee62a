/* SPDX-License-Identifier: MIT
 *
 * The walk through IOMMUs (specification 10.4): ask each for the page around the offset, go on in
 * the space that the entry names, until something else than an IOMMU answers.
 *
 *    space --> IOMMU --entry--> space --> IOMMU --entry--> space --> RAM
 *              offset           address   offset           address
 *
 * The entries come from tables that a guest writes. So an entry is checked before it is followed
 * (region/iommu.h), and a walk has an end: it makes at most LEVELS translations, together with
 * those inside which it was begun, when translate() reads its tables through an IOMMU. Nor may it
 * ask an IOMMU for an index for which a translation is under way on this thread: one that needs
 * itself would not come to an end before the host's stack did.
 */
#include "access/iommu.h"

#include "region/iommu.h"

/* No machine stacks more than a few; who gets here goes in a circle. */
enum { LEVELS = 64 };

/* A call of translate() that is running on this thread; the chain lies on the stack. */
typedef struct Frame {
    const IOMMUMemoryRegion *iommu;
    int index;
    unsigned level;
    const struct Frame *outer;
} Frame;

static _Thread_local const Frame *innermost;

typedef struct Walk {
    Access at;      /* the space that it has come to */
    Trail trail;
    hwaddr page;    /* bytes behind the first one that all levels so far translate alike */
    bool readonly;  /* some level is in a read-only place */
    bool is_write;
    unsigned level;
} Walk;

static hwaddr smaller(hwaddr a, hwaddr b)
{
    return a < b ? a : b;
}

static bool is_running(const IOMMUMemoryRegion *iommu, int index)
{
    for (const Frame *f = innermost; f; f = f->outer) {
        if (f->iommu == iommu && f->index == index) {
            return true;
        }
    }
    return false;
}

static IOMMUTLBEntry ask(const Walk *w, IOMMUMemoryRegion *iommu, hwaddr offset, int index)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu);
    Frame frame = { iommu, index, w->level, innermost };
    innermost = &frame;
    IOMMUTLBEntry entry = class->translate(iommu, offset, w->is_write ? IOMMU_WO : IOMMU_RO, index);
    innermost = frame.outer;
    return entry;
}

static const char *entry_fault(const Walk *w, const IOMMUMemoryRegion *iommu,
                               const IOMMUTLBEntry *entry)
{
    if (!(entry->perm & (w->is_write ? IOMMU_WO : IOMMU_RO))) {
        return "grants no such access";
    }
    return region_iommu_entry_defect(iommu, entry);
}

/* To where the entry leads. The bytes up to the end of the page are one less than the page's, so
 * that a page of 2^64 bytes has room (R11). */
static void follow(Walk *w, const IOMMUTLBEntry *entry, hwaddr offset)
{
    hwaddr mask = entry->addr_mask;
    w->page = smaller(w->page, mask - (offset & mask));
    w->trail.as = entry->target_as;
    w->trail.addr = (entry->translated_addr & ~mask) | (offset & mask);
    w->trail.mask &= mask;
    w->trail.perm &= entry->perm;
    w->at = access_of_space(entry->target_as, address_space_to_flatview(entry->target_as),
                            w->at.attrs);
}

/* One level, from *t in an IOMMU; NULL, or why the IOMMU refuses. */
static const char *pass(Walk *w, const Target *t)
{
    IOMMUMemoryRegion *iommu = (IOMMUMemoryRegion *)t->mr;
    int index = memory_region_iommu_attrs_to_index(iommu, w->at.attrs);
    if (w->level >= LEVELS) {
        return "is one of too many in a row";
    }
    if (is_running(iommu, index)) {
        return "needs this translation for itself";
    }
    w->page = smaller(w->page, t->rest);
    w->readonly |= t->readonly;
    IOMMUTLBEntry entry = ask(w, iommu, t->offset, index);
    const char *fault = entry_fault(w, iommu, &entry);
    if (!fault) {
        follow(w, &entry, t->offset);
    }
    w->level++;
    return fault;
}

/* How much of an access fails at once: an entry that grants nothing says nothing of a size. */
static Target refused(const Walk *w, const Target *t, const char *fault)
{
    hwaddr mask = region_iommu_page_mask((IOMMUMemoryRegion *)t->mr);
    hwaddr page = smaller(smaller(w->page, t->rest), mask - (t->offset & mask));
    return (Target){
        .mr = region_unassigned,
        .offset = t->offset,
        .rest = page,
        .most = page,
        .page = page,
        .hole = { 0, MEMTX_DECODE_ERROR },
        .fault = fault,
        .faulted_by = t->mr,
    };
}

static Target arrived(const Walk *w, Target t)
{
    t.rest = smaller(t.rest, w->page);
    t.most = smaller(t.most, w->page);
    t.page = w->page;
    if (w->readonly) {
        t.readonly = true;
        t.direct &= (uint8_t)~DIRECT_WRITE;
    }
    return t;
}

Target access_iommu_walk(const Access *a, const Target *from, bool is_write, Trail *trail)
{
    Walk w = {
        .at = *a,
        .trail = { .mask = HWADDR_MAX, .perm = IOMMU_RW },
        .page = HWADDR_MAX,
        .is_write = is_write,
        .level = innermost ? innermost->level + 1 : 0,
    };
    Target t = *from;
    bool translates = true;
    while (translates) {
        const char *fault = pass(&w, &t);
        if (fault) {
            return refused(&w, &t, fault);
        }
        const Spot *s = access_spot_find(w.at.fv, w.trail.addr);
        t = access_target_at(&w.at, s, w.trail.addr, is_write);
        translates = s->translates;
    }
    if (trail) {
        *trail = w.trail;
    }
    return arrived(&w, t);
}
