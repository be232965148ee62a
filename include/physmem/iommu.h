/* SPDX-License-Identifier: MIT
 *
 * IOMMU regions: a region whose addresses are translated again, into another space (specification
 * sections 15 and 16).
 *
 * An IOMMU is a type derived from TYPE_IOMMU_MEMORY_REGION whose class_init sets the methods. Every
 * access that hits the region is translated anew: nothing is cached, so a change of the tables
 * needs no word to the library. Those who do cache translations register a notifier, and the IOMMU
 * tells them itself with memory_region_notify_iommu().
 *
 * A notification names an index and a range, and no attributes (D10): an IOMMU that translates an
 * address differently for different attributes gives each class of them its own index, or reports
 * UNMAPs only. A changed mapping is an UNMAP followed by a MAP. An IOMMU changes its tables first
 * and reports the change then.
 */
#ifndef PHYSMEM_IOMMU_H
#define PHYSMEM_IOMMU_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

#define TYPE_IOMMU_MEMORY_REGION "iommu-memory-region"

/* ---- Notifiers -------------------------------------------------------------------------- */

/* Kinds of event; of a notifier, those that it wants. */
typedef enum {
    IOMMU_NOTIFIER_NONE = 0,
    IOMMU_NOTIFIER_UNMAP = 0x1,           /* forget what you know about this range */
    IOMMU_NOTIFIER_MAP = 0x2,             /* this range now translates so */
    IOMMU_NOTIFIER_DEVIOTLB_UNMAP = 0x04, /* the same as UNMAP, for the caches of devices */
} IOMMUNotifierFlag;

#define IOMMU_NOTIFIER_IOTLB_EVENTS                                                               \
    ((IOMMUNotifierFlag)(IOMMU_NOTIFIER_MAP | IOMMU_NOTIFIER_UNMAP))
#define IOMMU_NOTIFIER_DEVIOTLB_EVENTS IOMMU_NOTIFIER_DEVIOTLB_UNMAP
#define IOMMU_NOTIFIER_ALL                                                                        \
    ((IOMMUNotifierFlag)(IOMMU_NOTIFIER_IOTLB_EVENTS | IOMMU_NOTIFIER_DEVIOTLB_EVENTS))

/* 'data' is a copy for the length of the call. Called with the context's lock held; must not
 * register or unregister notifiers of the same IOMMU. */
typedef void (*IOMMUNotify)(IOMMUNotifier *notifier, IOMMUTLBEntry *data);

/* Filled in with iommu_notifier_init(); stays in place while it is registered. */
struct IOMMUNotifier {
    IOMMUNotify notify;
    IOMMUNotifierFlag notifier_flags;
    hwaddr start; /* of interest: both ends belong to it, and may lie beyond the region */
    hwaddr end;
    int iommu_idx;
    void *opaque; /* the user's */
    /* private */
    IOMMUMemoryRegion *iommu; /* with which it is registered, or NULL */
    uint64_t serial;          /* of the registration; newer ones have larger numbers */
    LIST_ENTRY(IOMMUNotifier) node;
};

typedef struct IOMMUTLBEvent {
    IOMMUNotifierFlag type;
    IOMMUTLBEntry entry;
} IOMMUTLBEvent;

/* ---- The class -------------------------------------------------------------------------- */

enum IOMMUMemoryRegionAttr { IOMMU_ATTR_SPAPR_TCE_FD };

/* Every method but 'translate' may be NULL. */
struct IOMMUMemoryRegionClass {
    MemoryRegionClass parent_class;
    /* The entry for an offset in the region. 'flag' is the access that is made; IOMMU_NONE: none,
     * report the real permissions. The entry must not differ between reads and writes other than in
     * 'perm'. Called in a read section, from any thread, without the lock: must neither edit nor
     * block. It may access memory, so as to walk tables there.
     *
     * Whatever a guest has written into its tables can only fail the access that comes by. It fails
     * with MEMTX_DECODE_ERROR, reading 0, if the entry does not grant it, has no target_as or one
     * of another context, an addr_mask that is not 2^n - 1, or bits in 'perm' beyond IOMMU_RW; if
     * it goes through more than 64 translations; and if the translation itself needs, for its
     * tables, the same index of the same IOMMU. The low bits of translated_addr under the mask do
     * not count, and neither does iova: the page is the one around the offset. target_as must be a
     * space that has not been destroyed. */
    IOMMUTLBEntry (*translate)(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                               int iommu_idx);
    /* The smallest page, in bytes, a power of two. NULL: the guest page. */
    uint64_t (*get_min_page_size)(IOMMUMemoryRegion *iommu);
    /* The union of the events that notifiers want is to change; non-zero, with an error, vetoes. */
    int (*notify_flag_changed)(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                               IOMMUNotifierFlag new_flags, Error **errp);
    /* Tells 'notifier' of every mapping that is present. Called with the context's lock held. NULL:
     * memory_region_iommu_replay() asks 'translate' page by page, without the lock. */
    void (*replay)(IOMMUMemoryRegion *iommu, IOMMUNotifier *notifier);
    /* 0, or a negative errno; -EINVAL for an unknown attribute. */
    int (*get_attr)(IOMMUMemoryRegion *iommu, enum IOMMUMemoryRegionAttr attr, void *data);
    /* Which of the IOMMU's tables these attributes go through. NULL: 0. */
    int (*attrs_to_index)(IOMMUMemoryRegion *iommu, MemTxAttrs attrs);
    /* How many tables there are. NULL: 1. */
    int (*num_indexes)(IOMMUMemoryRegion *iommu);
    /* Restricts the sizes of pages to those whose bit is set in the mask, which is not 0. */
    int (*iommu_set_page_size_mask)(IOMMUMemoryRegion *iommu, uint64_t page_size_mask,
                                    Error **errp);
    /* Returns the last offset of the empty range that begins at 'addr'; HWADDR_MAX if nothing is
     * mapped up to the end. memory_region_iommu_replay() calls it where 'translate' has just
     * granted nothing, and goes on behind the answer, so that it skips empty ranges. If the
     * method is NULL, or its answer lies before the end of the smallest page around 'addr', the
     * replay goes on with the next page. Called like 'translate': in a read section, from any
     * thread, without the lock. */
    hwaddr (*last_unmapped)(IOMMUMemoryRegion *iommu, hwaddr addr, int iommu_idx);
};

struct IOMMUMemoryRegion {
    MemoryRegion parent_obj;
    /* private */
    LIST_HEAD(, IOMMUNotifier) iommu_notify;
    IOMMUNotifierFlag iommu_notify_flags; /* of all of them together */
    unsigned telling;                     /* callbacks of notifiers are running */
};

DECLARE_OBJ_CHECKERS(IOMMUMemoryRegion, IOMMUMemoryRegionClass, IOMMU_MEMORY_REGION,
                     TYPE_IOMMU_MEMORY_REGION)

/* Makes an IOMMU region of a concrete type, derived from TYPE_IOMMU_MEMORY_REGION, in the caller's
 * memory of 'instance_size' bytes. 'size' is that of the region. Another type, or one that does not
 * fit, aborts with a message; a type without 'translate' is refused with a MISUSE message, and the
 * region rejects every access. Edit side. */
PHYSMEM_API void memory_region_init_iommu(void *iommu_mr, size_t instance_size,
                                          const char *mrtypename, Object *owner,
                                          const char *name, uint64_t size);

/* The region as an IOMMU, following aliases; NULL if it is none. Any thread. */
static inline IOMMUMemoryRegion *memory_region_get_iommu(MemoryRegion *mr)
{
    while (mr->alias) {
        mr = mr->alias;
    }
    return mr->kind == MEMORY_KIND_IOMMU ? (IOMMUMemoryRegion *)mr : NULL;
}

#define memory_region_is_iommu(mr) (memory_region_get_iommu(mr) != NULL)

/* Its class, unchecked. Any thread. */
static inline IOMMUMemoryRegionClass *
memory_region_get_iommu_class_nocheck(IOMMUMemoryRegion *iommu_mr)
{
#ifdef __cplusplus
    return (IOMMUMemoryRegionClass *)iommu_mr->parent_obj.parent_obj.klass;
#else
    return (IOMMUMemoryRegionClass *)iommu_mr->parent_obj.parent_obj.class;
#endif
}

/* Call the method; without it: the guest page, -EINVAL, 0, 1, 0. Any thread. */
PHYSMEM_API uint64_t memory_region_iommu_get_min_page_size(IOMMUMemoryRegion *iommu_mr);
PHYSMEM_API int memory_region_iommu_get_attr(IOMMUMemoryRegion *iommu_mr,
                                             enum IOMMUMemoryRegionAttr attr, void *data);
PHYSMEM_API int memory_region_iommu_attrs_to_index(IOMMUMemoryRegion *iommu_mr,
                                                   MemTxAttrs attrs);
PHYSMEM_API int memory_region_iommu_num_indexes(IOMMUMemoryRegion *iommu_mr);
/* Asserts a mask other than 0. */
PHYSMEM_API int memory_region_iommu_set_page_size_mask(IOMMUMemoryRegion *iommu_mr,
                                                       uint64_t page_size_mask, Error **errp);

/* ---- Notification ----------------------------------------------------------------------- */

static inline void iommu_notifier_init(IOMMUNotifier *n, IOMMUNotify fn, IOMMUNotifierFlag flags,
                                       hwaddr start, hwaddr end, int iommu_idx)
{
    n->notify = fn;
    n->notifier_flags = flags;
    n->start = start;
    n->end = end;
    n->iommu_idx = iommu_idx;
    n->iommu = NULL;
}

/* Starts to listen to an IOMMU, following aliases. 0, or what notify_flag_changed answered, with
 * its error, and nothing changed. Asserts an IOMMU, flags other than NONE, start <= end and an
 * index that exists. Refused with a MISUSE message and -EBUSY from a callback of a notifier of the
 * same IOMMU, and if the notifier is registered there already. Edit side. */
PHYSMEM_API int memory_region_register_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n,
                                                      Error **errp);
/* Ends it; a veto does not count. Refused with a MISUSE message from a callback of a notifier of
 * the same IOMMU, and if the notifier is not registered there. Edit side. */
PHYSMEM_API void memory_region_unregister_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n);

/* Loops over the notifiers of an IOMMUMemoryRegion, the newest first. With the lock held. */
#define IOMMU_NOTIFIER_FOREACH(n, mr) LIST_FOREACH(n, &(mr)->iommu_notify, node)

/* Reports an event to all notifiers of that index, or to one. Whom it does not overlap, or who does
 * not want its type, is not called. UNMAPs of both kinds are cropped to the notifier's range, so
 * that addr_mask need not be a mask any more. A MAP that the range cuts is not reported, for it
 * could not be expressed as an entry (D11); only notifiers that also want DEVIOTLB_UNMAP, and so
 * have to know cropped entries, get the part that is theirs. Asserts that an UNMAP has no
 * permissions. Edit side. */
PHYSMEM_API void memory_region_notify_iommu(IOMMUMemoryRegion *iommu_mr, int iommu_idx,
                                            IOMMUTLBEvent event);
PHYSMEM_API void memory_region_notify_iommu_one(IOMMUNotifier *notifier, IOMMUTLBEvent *event);

/* Tells one notifier of all mappings that are present in its range, as by MAP events. If the IOMMU
 * has the method 'replay', that is called once. If not, the range that lies both in the region and
 * in the notifier's range is walked with 'translate'. Each step goes on behind the entry that was
 * found, or behind the empty range: the smallest page, or what 'last_unmapped' answers (D8). There
 * is no walk for a notifier that does not want MAPs.
 *
 * 'translate' is called without the context's lock, so that no thread waits for a long walk. The
 * notifier is called with the lock held. If the caller has the lock, it is held all the time: call
 * this without the lock where the IOMMU is large. Changes that the IOMMU reports meanwhile are told
 * in their order: a mapping is never told after the UNMAP that ended it. If another thread
 * unregisters the notifier, the notifier is not called after that call has returned, and the walk
 * ends. The caller keeps the region, and a notifier that is not registered, until the call returns.
 * Edit side. */
PHYSMEM_API void memory_region_iommu_replay(IOMMUMemoryRegion *iommu_mr, IOMMUNotifier *n);

/* Tells a notifier to forget its whole range (25), by the kind of UNMAP that it wants. Edit
 * side. */
PHYSMEM_API void memory_region_unmap_iommu_notifier_range(IOMMUNotifier *n);

PHYSMEM_END_DECLS

#endif
