/* SPDX-License-Identifier: MIT
 *
 * Registers the notifiers of an IOMMU, and tells them of changes (specification sections 15.2 and
 * 16; D11). A notifier's user keeps copies of the IOMMU's translations. The device that models the
 * IOMMU reports each change of them with memory_region_notify_iommu(). Accesses never come here.
 * iommu-replay.c tells a notifier of mappings that are present already.
 *
 * Callbacks run while the list of notifiers is walked, so they must not change the list. While a
 * callback runs, IOMMUMemoryRegion.telling is not 0, and registering and unregistering are
 * refused.
 */
#include <assert.h>
#include <errno.h>

#include <physmem/error.h>
#include <physmem/historic.h>

#include "base/log.h"
#include "region/iommu.h"
#include "region/region.h"
#include "topology/iommu-notify.h"

static MemoryContext *context_of(const IOMMUMemoryRegion *iommu)
{
    return iommu->parent_obj.parent_obj.context;
}

/* ---- Registration ----------------------------------------------------------------------- */

/* Returns the events that at least one notifier wants. */
static IOMMUNotifierFlag wanted_by_all(const IOMMUMemoryRegion *iommu)
{
    unsigned flags = IOMMU_NOTIFIER_NONE;
    const IOMMUNotifier *n;
    IOMMU_NOTIFIER_FOREACH(n, iommu) {
        flags |= n->notifier_flags;
    }
    return (IOMMUNotifierFlag)flags;
}

/* Tells the IOMMU that its notifiers want the events in 'flags'. Returns 0, or the error with
 * which the IOMMU refuses; the IOMMU then sets *errp. */
static int announce(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag flags, Error **errp)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(iommu);
    if (flags == iommu->iommu_notify_flags || !class->notify_flag_changed) {
        return 0;
    }
    return class->notify_flag_changed(iommu, iommu->iommu_notify_flags, flags, errp);
}

/* Adds a notifier to the list, under a new serial number (iommu-replay.c). */
static void enlist(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    LIST_INSERT_HEAD(&iommu->iommu_notify, n, node);
    n->iommu = iommu;
    n->serial = region_iommu_count_change(context_of(iommu));
}

/* Removes a notifier from the list. */
static void strike(IOMMUNotifier *n)
{
    LIST_REMOVE(n, node);
    region_iommu_count_change(context_of(n->iommu));
    n->iommu = NULL;
}

/* Whether the list may be changed now. In a notifier's callback, sends a message and returns
 * false. */
static bool may_change(const IOMMUMemoryRegion *iommu, const char *call)
{
    if (!iommu->telling) {
        return true;
    }
    return misuse(context_of(iommu), "%s: not allowed in a callback of a notifier of IOMMU '%s'",
                  call, region_label(&iommu->parent_obj));
}

static bool is_listed(const IOMMUMemoryRegion *iommu, const IOMMUNotifier *wanted)
{
    const IOMMUNotifier *n;
    IOMMU_NOTIFIER_FOREACH(n, iommu) {
        if (n == wanted) {
            return true;
        }
    }
    return false;
}

/* Whether the notifier may be put into the list. If not, sends a message and sets an error. */
static bool may_enlist(const IOMMUMemoryRegion *iommu, const IOMMUNotifier *n, const char *call,
                       Error **errp)
{
    const char *name = region_label(&iommu->parent_obj);
    if (!may_change(iommu, call)) {
        error_setg(errp, "the notifiers of IOMMU '%s' are being called: register later", name);
        return false;
    }
    if (is_listed(iommu, n)) {
        error_setg(errp, "IOMMU '%s' has this notifier already", name);
        return misuse(context_of(iommu), "%s: IOMMU '%s' has this notifier already", call, name);
    }
    return true;
}

/* Whether the notifier's events, range and index are valid. */
static bool is_sound(IOMMUMemoryRegion *iommu, const IOMMUNotifier *n)
{
    return n->notifier_flags != IOMMU_NOTIFIER_NONE && n->start <= n->end && n->iommu_idx >= 0 &&
           n->iommu_idx < memory_region_iommu_num_indexes(iommu);
}

int memory_region_register_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n, Error **errp)
{
    if (!region_check(mr, __func__)) {
        error_setg(errp, "no region lives at %p, so nothing can be registered with it",
                   (void *)mr);
        return -EINVAL;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    IOMMUMemoryRegion *iommu = memory_region_get_iommu(mr);
    assert(iommu && is_sound(iommu, n));
    if (!may_enlist(iommu, n, __func__, errp)) {
        return -EBUSY;
    }
    enlist(iommu, n);
    IOMMUNotifierFlag flags = wanted_by_all(iommu);
    int veto = announce(iommu, flags, errp);
    if (veto) {
        strike(n);
        return veto;
    }
    iommu->iommu_notify_flags = flags;
    return 0;
}

void memory_region_unregister_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    IOMMUMemoryRegion *iommu = memory_region_get_iommu(mr);
    if (!iommu || n->iommu != iommu) {
        misuse(mr->parent_obj.context, "%s: the notifier is not registered with region '%s'",
               __func__, region_label(mr));
        return;
    }
    if (!may_change(iommu, __func__)) {
        return;
    }
    strike(n);
    IOMMUNotifierFlag flags = wanted_by_all(iommu);
    announce(iommu, flags, NULL);
    iommu->iommu_notify_flags = flags;
}

/* ---- Events ----------------------------------------------------------------------------- */

static hwaddr last_of(const IOMMUTLBEntry *entry)
{
    return entry->iova > HWADDR_MAX - entry->addr_mask ? HWADDR_MAX
                                                       : entry->iova + entry->addr_mask;
}

/* Cuts an entry to the notifier's range, with which it overlaps. */
static IOMMUTLBEntry cropped(const IOMMUNotifier *n, const IOMMUTLBEntry *entry)
{
    hwaddr first = entry->iova > n->start ? entry->iova : n->start;
    hwaddr last = last_of(entry) < n->end ? last_of(entry) : n->end;
    IOMMUTLBEntry part = *entry;
    part.translated_addr += first - entry->iova;
    part.iova = first;
    part.addr_mask = last - first;
    return part;
}

/* Whether the notifier may be called with a part of an event that reaches beyond its range
 * (D11). */
static bool takes_parts(const IOMMUNotifier *n, const IOMMUTLBEvent *event)
{
    return event->type != IOMMU_NOTIFIER_MAP ||
           (n->notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP);
}

static bool reaches_beyond(const IOMMUNotifier *n, const IOMMUTLBEntry *entry)
{
    return entry->iova < n->start || last_of(entry) > n->end;
}

static MemoryContext *context_of_notifier(const IOMMUNotifier *n)
{
    return n->iommu ? context_of(n->iommu) : memory_context_current();
}

/* Whether the notifier wants the event. */
static bool concerns(const IOMMUNotifier *n, const IOMMUTLBEvent *event)
{
    const IOMMUTLBEntry *entry = &event->entry;
    if (!(event->type & n->notifier_flags) || entry->iova > n->end || last_of(entry) < n->start) {
        return false;
    }
    return !reaches_beyond(n, entry) || takes_parts(n, event);
}

/* n->iommu is NULL if the notifier is not registered: memory_region_notify_iommu_one() allows
 * that. */
static void call(IOMMUNotifier *n, IOMMUTLBEntry entry)
{
    IOMMUMemoryRegion *iommu = n->iommu;
    if (iommu) {
        iommu->telling++;
    }
    n->notify(n, &entry);
    if (iommu) {
        iommu->telling--;
    }
}

void topology_iommu_tell(IOMMUNotifier *n, const IOMMUTLBEvent *event)
{
    assert(event->type != IOMMU_NOTIFIER_UNMAP || event->entry.perm == IOMMU_NONE);
    if (concerns(n, event)) {
        call(n, cropped(n, &event->entry));
    }
}

void memory_region_notify_iommu_one(IOMMUNotifier *notifier, IOMMUTLBEvent *event)
{
    CONTEXT_LOCK(context_of_notifier(notifier));
    region_iommu_count_change(context_of_notifier(notifier));
    if (notifier->iommu) {
        memory_region_iommu_forget(notifier->iommu);
    }
    topology_iommu_tell(notifier, event);
}

void memory_region_notify_iommu(IOMMUMemoryRegion *iommu_mr, int iommu_idx, IOMMUTLBEvent event)
{
    CONTEXT_LOCK(context_of(iommu_mr));
    IOMMUNotifier *n;
    region_iommu_count_change(context_of(iommu_mr));
    memory_region_iommu_forget(iommu_mr);
    iommu_mr->telling++;
    IOMMU_NOTIFIER_FOREACH(n, iommu_mr) {
        if (n->iommu_idx == iommu_idx) {
            topology_iommu_tell(n, &event);
        }
    }
    iommu_mr->telling--;
}

void memory_region_unmap_iommu_notifier_range(IOMMUNotifier *n)
{
    bool plain = n->notifier_flags & IOMMU_NOTIFIER_UNMAP;
    IOMMUTLBEvent event = {
        .type = plain ? IOMMU_NOTIFIER_UNMAP : IOMMU_NOTIFIER_DEVIOTLB_UNMAP,
        .entry = { .target_as = memory_context_memory(context_of_notifier(n)),
                   .iova = n->start,
                   .addr_mask = n->end - n->start },
    };
    memory_region_notify_iommu_one(n, &event);
}

void memory_region_notify_one(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    IOMMUTLBEvent event = {
        .type = entry->perm == IOMMU_NONE ? IOMMU_NOTIFIER_UNMAP : IOMMU_NOTIFIER_MAP,
        .entry = *entry,
    };
    memory_region_notify_iommu_one(notifier, &event);
}
