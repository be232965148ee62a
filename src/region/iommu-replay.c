/* SPDX-License-Identifier: MIT
 *
 * Replay: telling a notifier of what an IOMMU maps already (specification 15.2; D8). The default
 * walk is here; an IOMMU's own 'replay' method is called with the context's lock held.
 *
 * The walk asks the IOMMU without the lock, since most of a large IOMMU is empty and nobody needs
 * to wait for that. It takes the lock to tell of a mapping. Two things may have changed by then:
 *
 *   - the mapping. A change is made before it is reported, and every report is counted
 *     (MemoryContext.iommu_reports). If the count is the same as before the question, the answer
 *     holds, or the report of its change comes after what is told now. If not, the IOMMU is asked
 *     again, with the lock held. An empty page needs no second look: a mapping that comes later is
 *     reported.
 *   - the notifier. A walk stands in MemoryContext.iommu_replays, and a notifier that is
 *     unregistered is taken out of all walks (region_iommu_replay_forget()).
 */
#include <physmem/historic.h>

#include "region/iommu.h"
#include "region/region.h"

/* 'notifier' and 'next' change under the lock. */
typedef struct IOMMUReplay {
    IOMMUMemoryRegion *iommu;
    IOMMUNotifier *notifier; /* that is told now; NULL: it was unregistered */
    IOMMUNotifier *next;     /* that is told after it, if all are */
    hwaddr first;
    hwaddr last;
    hwaddr smallest;         /* mask of the smallest page */
    int index;
    LIST_ENTRY(IOMMUReplay) link;
} Replay;

void region_iommu_replay_forget(MemoryContext *ctx, const IOMMUNotifier *n)
{
    Replay *r;
    LIST_FOREACH(r, &ctx->iommu_replays, link) {
        if (r->notifier == n) {
            __atomic_store_n(&r->notifier, NULL, __ATOMIC_RELAXED);
        }
        if (r->next == n) {
            r->next = LIST_NEXT(n, node);
        }
    }
}

static MemoryContext *context_of(const Replay *r)
{
    return r->iommu->parent_obj.context;
}

/* Pairs with count_report() of iommu-notify.c. */
static uint64_t reports(const Replay *r)
{
    return __atomic_load_n(&context_of(r)->iommu_reports, __ATOMIC_ACQUIRE);
}

/* ---- One page --------------------------------------------------------------------------- */

static hwaddr last_unmapped(const Replay *r, hwaddr addr)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(r->iommu);
    hwaddr page_end = addr | r->smallest;
    hwaddr last = class->last_unmapped ? class->last_unmapped(r->iommu, addr, r->index) : 0;
    return last > page_end ? last : page_end;
}

/* What is mapped at an offset without regard to the access, with perm IOMMU_NONE for nothing.
 * Returns the last offset for which this is the answer. */
static hwaddr look(const Replay *r, hwaddr addr, IOMMUTLBEntry *entry)
{
    READ_SECTION;
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(r->iommu);
    *entry = class->translate(r->iommu, addr, IOMMU_NONE, r->index);
    if (entry->perm == IOMMU_NONE) {
        return last_unmapped(r, addr);
    }
    if (region_iommu_entry_defect(r->iommu, entry)) {
        entry->perm = IOMMU_NONE;
        return addr | r->smallest;
    }
    return addr | r->smallest | entry->addr_mask;
}

/* Tells of what was found at addr when 'seen' changes had been reported. Returns like look(). */
static hwaddr tell(const Replay *r, hwaddr addr, hwaddr last, IOMMUTLBEntry entry, uint64_t seen)
{
    CONTEXT_LOCK(context_of(r));
    if (reports(r) != seen) {
        last = look(r, addr, &entry);
    }
    if (r->notifier && entry.perm != IOMMU_NONE) {
        region_iommu_tell(r->notifier,
                          &(IOMMUTLBEvent){ .type = IOMMU_NOTIFIER_MAP, .entry = entry });
    }
    return last;
}

static hwaddr replay_page(const Replay *r, hwaddr addr)
{
    IOMMUTLBEntry entry;
    uint64_t seen = reports(r);
    hwaddr last = look(r, addr, &entry);
    return entry.perm == IOMMU_NONE ? last : tell(r, addr, last, entry, seen);
}

/* ---- One notifier ----------------------------------------------------------------------- */

static bool goes_on(const Replay *r)
{
    return __atomic_load_n(&r->notifier, __ATOMIC_RELAXED) != NULL;
}

/* From the page around the first offset to the last one (D8). */
static void walk(const Replay *r)
{
    hwaddr addr = r->first & ~r->smallest;
    while (addr <= r->last && goes_on(r)) {
        addr = replay_page(r, addr);
        if (addr++ == HWADDR_MAX) {
            break;
        }
    }
}

/* Aims at the part of the region that the notifier wants to hear of. False if there is none. Under
 * the lock, for the notifier may go as soon as it is given back. */
static bool aim(Replay *r)
{
    const MemoryRegion *mr = &r->iommu->parent_obj;
    const IOMMUNotifier *n = r->notifier;
    if (region_is_empty(mr) || !(n->notifier_flags & IOMMU_NOTIFIER_MAP)) {
        return false;
    }
    r->first = n->start;
    r->last = n->end < region_last(mr) ? n->end : region_last(mr);
    r->smallest = region_iommu_page_mask(r->iommu);
    r->index = n->iommu_idx;
    return true;
}

static void call_method(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    iommu->telling++;
    memory_region_get_iommu_class_nocheck(iommu)->replay(iommu, n);
    iommu->telling--;
}

/* Tells r->notifier. Called with the lock held, which is given back while the walk lasts. */
static void replay_one(Replay *r)
{
    if (memory_region_get_iommu_class_nocheck(r->iommu)->replay) {
        call_method(r->iommu, r->notifier);
    } else if (aim(r)) {
        memory_context_unlock(context_of(r));
        walk(r);
        memory_context_lock(context_of(r));
    }
}

/* ---- The calls -------------------------------------------------------------------------- */

void memory_region_iommu_replay(IOMMUMemoryRegion *iommu_mr, IOMMUNotifier *n)
{
    Replay r = { .iommu = iommu_mr, .notifier = n };
    CONTEXT_LOCK(context_of(&r));
    LIST_INSERT_HEAD(&context_of(&r)->iommu_replays, &r, link);
    replay_one(&r);
    LIST_REMOVE(&r, link);
}

void memory_region_iommu_replay_all(IOMMUMemoryRegion *iommu_mr)
{
    Replay r = { .iommu = iommu_mr };
    CONTEXT_LOCK(context_of(&r));
    LIST_INSERT_HEAD(&context_of(&r)->iommu_replays, &r, link);
    r.next = LIST_FIRST(&iommu_mr->iommu_notify);
    while (r.next) {
        r.notifier = r.next;
        r.next = LIST_NEXT(r.notifier, node);
        replay_one(&r);
    }
    LIST_REMOVE(&r, link);
}
