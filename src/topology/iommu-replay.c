/* SPDX-License-Identifier: MIT
 *
 * Replay: tells a notifier which mappings an IOMMU has already (specification section 15.2; D8).
 * If the IOMMU has a method 'replay', this file only calls it, with the context's lock held.
 * Otherwise it walks over the IOMMU's pages.
 *
 * The walk calls translate() without the lock. Most of a large IOMMU is empty, and no other thread
 * should wait while the walk passes that. To tell of a mapping, the walk takes the lock. Two
 * things may have changed by then. RegionRoom.iommu_changes counts the changes of both:
 *
 *   - The mapping. An IOMMU makes a change before it reports it. If the count is the same as it
 *     was before translate() was called, the answer still holds, or its change will be reported
 *     later. If the count is different, the walk calls translate() again, with the lock held. It
 *     does so only for pages that are mapped: a mapping that is made later is reported.
 *   - The notifier. After it was unregistered, its memory may have another use. So the walk
 *     searches the list for the serial number of the registration, without reading the notifier.
 *
 * The list is sorted by serial number, the newest first. So a replay for all notifiers can go on
 * with the next smaller number, even if notifiers were registered or unregistered meanwhile.
 */
#include <physmem/historic.h>

#include "region/iommu.h"
#include "region/region.h"
#include "region/room.h"
#include "topology/iommu-notify.h"

typedef struct Replay {
    IOMMUMemoryRegion *iommu;
    IOMMUNotifier *notifier;       /* NULL: it was unregistered meanwhile */
    const IOMMUMemoryRegion *home; /* the IOMMU where it is registered; NULL: nowhere */
    uint64_t serial;               /* of the registration */
    uint64_t seen;                 /* changes() when 'notifier' was checked last */
    hwaddr first;
    hwaddr last;
    hwaddr smallest; /* size of the smallest page, minus 1 */
    int index;
} Replay;

static MemoryContext *context_of(const Replay *r)
{
    return r->iommu->parent_obj.parent_obj.context;
}

/* ---- Changes ---------------------------------------------------------------------------- */

/* The acquire pairs with the release in region_iommu_count_change(). */
static uint64_t changes(const Replay *r)
{
    return __atomic_load_n(&context_of(r)->region->iommu_changes, __ATOMIC_ACQUIRE);
}

static bool is_registered(const Replay *r)
{
    const IOMMUNotifier *n;
    IOMMU_NOTIFIER_FOREACH(n, r->home) {
        if (n->serial == r->serial) {
            return true;
        }
    }
    return false;
}

/* Returns whether something has changed since the last call. If so, checks whether the notifier is
 * still registered. Under the lock. */
static bool notice_changes(Replay *r)
{
    uint64_t now = changes(r);
    if (now == r->seen) {
        return false;
    }
    r->seen = now;
    if (r->home && !is_registered(r)) {
        r->notifier = NULL;
    }
    return true;
}

/* Whether the notifier is still registered, so that the walk goes on. */
static bool goes_on(Replay *r)
{
    if (changes(r) != r->seen) {
        CONTEXT_LOCK(context_of(r));
        notice_changes(r);
    }
    return r->notifier != NULL;
}

/* ---- One page --------------------------------------------------------------------------- */

/* Returns the last offset of a stretch without mappings that begins at addr. */
static hwaddr last_unmapped(const Replay *r, hwaddr addr)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(r->iommu);
    hwaddr page_end = addr | r->smallest;
    hwaddr last = class->last_unmapped ? class->last_unmapped(r->iommu, addr, r->index) : 0;
    return last > page_end ? last : page_end;
}

/* Calls translate() for an offset, without naming a kind of access. In the entry, perm is
 * IOMMU_NONE if nothing is mapped there, or the entry is defective. Returns the last offset to
 * which the entry applies. */
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

/* Tells the notifier of a mapping that look() has found at addr. If something has changed
 * meanwhile, looks again. Returns the last offset to which the entry applies. */
static hwaddr tell(Replay *r, hwaddr addr, hwaddr last, IOMMUTLBEntry entry)
{
    CONTEXT_LOCK(context_of(r));
    if (notice_changes(r) && r->notifier) {
        last = look(r, addr, &entry);
    }
    if (r->notifier && entry.perm != IOMMU_NONE) {
        topology_iommu_tell(r->notifier,
                            &(IOMMUTLBEvent){ .type = IOMMU_NOTIFIER_MAP, .entry = entry });
    }
    return last;
}

static hwaddr replay_page(Replay *r, hwaddr addr)
{
    IOMMUTLBEntry entry;
    hwaddr last = look(r, addr, &entry);
    return entry.perm == IOMMU_NONE ? last : tell(r, addr, last, entry);
}

/* ---- One notifier ----------------------------------------------------------------------- */

/* Walks over the pages from the one that contains the first offset to the last offset (D8). */
static void walk(Replay *r)
{
    hwaddr addr = r->first & ~r->smallest;
    while (addr <= r->last && goes_on(r)) {
        addr = replay_page(r, addr);
        if (addr++ == HWADDR_MAX) {
            break;
        }
    }
}

/* Prepares a walk over the part of the region for which the notifier is registered. Returns false
 * if there is nothing to tell. Under the lock: once the lock is given back, the notifier may be
 * unregistered and freed. */
static bool aim(Replay *r, IOMMUNotifier *n)
{
    const MemoryRegion *mr = &r->iommu->parent_obj;
    if (region_is_empty(mr) || !(n->notifier_flags & IOMMU_NOTIFIER_MAP)) {
        return false;
    }
    r->notifier = n;
    r->home = n->iommu;
    r->serial = n->serial;
    r->seen = changes(r);
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

/* ---- The calls -------------------------------------------------------------------------- */

/* Called with the lock held. Releases it during the walk. */
static void replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    Replay r = { .iommu = iommu };
    if (memory_region_get_iommu_class_nocheck(iommu)->replay) {
        call_method(iommu, n);
    } else if (aim(&r, n)) {
        memory_context_unlock(context_of(&r));
        walk(&r);
        memory_context_lock(context_of(&r));
    }
}

void memory_region_iommu_replay(IOMMUMemoryRegion *iommu_mr, IOMMUNotifier *n)
{
    CONTEXT_LOCK(iommu_mr->parent_obj.parent_obj.context);
    replay(iommu_mr, n);
}

/* Returns the newest notifier that was registered before the one with this serial number. */
static IOMMUNotifier *next_older(const IOMMUMemoryRegion *iommu, uint64_t serial)
{
    IOMMUNotifier *n = LIST_FIRST(&iommu->iommu_notify);
    while (n && n->serial >= serial) {
        n = LIST_NEXT(n, node);
    }
    return n;
}

void memory_region_iommu_replay_all(IOMMUMemoryRegion *iommu_mr)
{
    CONTEXT_LOCK(iommu_mr->parent_obj.parent_obj.context);
    IOMMUNotifier *n;
    for (uint64_t serial = UINT64_MAX; (n = next_older(iommu_mr, serial));) {
        serial = n->serial;
        replay(iommu_mr, n);
    }
}
