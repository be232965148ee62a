/* SPDX-License-Identifier: MIT
 *
 * IOMMU regions: a region whose addresses are translated again, into another space (specification
 * 15, 16).
 *
 * An IOMMU is a type derived from TYPE_IOMMU_MEMORY_REGION. Its class_init sets the methods. The
 * library calls 'translate' for every access that arrives at the region and keeps nothing, so it
 * need not be told when the tables change. An IOMMU that reports every change may let threads keep
 * translations: memory_region_iommu_set_caching(). A user that caches translations registers a
 * notifier. The IOMMU itself tells the notifiers, with memory_region_notify_iommu().
 *
 * A notification has an index and a range, and no attributes (D10). An IOMMU that translates an
 * address differently for different attributes gives each class of them its own index, or reports
 * UNMAPs only. A changed mapping is an UNMAP followed by a MAP. An IOMMU changes its tables first
 * and reports the change after that.
 *
 * Unless its comment says otherwise, every function here is edit side. 'n' is the notifier, in the
 * caller's memory.
 *
 *   iommu_idx  the index of a table of the IOMMU, from 0 on
 */
#ifndef PHYSMEM_IOMMU_H
#define PHYSMEM_IOMMU_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* The type that IOMMUs are derived from. */
#define TYPE_IOMMU_MEMORY_REGION "iommu-memory-region"

/* ---- Notifiers -------------------------------------------------------------------------- */

/* Kinds of event, and the kinds that a notifier wants. */
typedef enum {
    IOMMU_NOTIFIER_NONE = 0,
    IOMMU_NOTIFIER_UNMAP = 0x1,           /* forget what you know about this range */
    IOMMU_NOTIFIER_MAP = 0x2,             /* this range now translates so */
    IOMMU_NOTIFIER_DEVIOTLB_UNMAP = 0x04, /* the same as UNMAP, for the caches of devices */
} IOMMUNotifierFlag;

/* The kinds for users that keep translations, for caches of devices, and for both. */
#define IOMMU_NOTIFIER_IOTLB_EVENTS                                                               \
    ((IOMMUNotifierFlag)(IOMMU_NOTIFIER_MAP | IOMMU_NOTIFIER_UNMAP))
#define IOMMU_NOTIFIER_DEVIOTLB_EVENTS IOMMU_NOTIFIER_DEVIOTLB_UNMAP
#define IOMMU_NOTIFIER_ALL                                                                        \
    ((IOMMUNotifierFlag)(IOMMU_NOTIFIER_IOTLB_EVENTS | IOMMU_NOTIFIER_DEVIOTLB_EVENTS))

/* Receives an event. 'data' is a copy that is valid during the call. Called with the context's lock
 * held. It must not register or unregister notifiers of the same IOMMU. */
typedef void (*IOMMUNotify)(IOMMUNotifier *notifier, IOMMUTLBEntry *data);

/* A notifier. iommu_notifier_init() fills it in. The structure is the caller's, and must stay in
 * place while it is registered. */
struct IOMMUNotifier {
    IOMMUNotify notify;
    IOMMUNotifierFlag notifier_flags;
    hwaddr start; /* first and last address of interest; they may lie beyond the region */
    hwaddr end;
    int iommu_idx; /* the table of interest */
    void *opaque;  /* the user's */
    /* private */
    IOMMUMemoryRegion *iommu;       /* where it is registered, or NULL */
    uint64_t serial;                /* of the registration; newer ones have larger numbers */
    LIST_ENTRY(IOMMUNotifier) node; /* readable: links iommu_notify */
};

/* An event that an IOMMU reports: one kind, and the range with its translation. */
typedef struct IOMMUTLBEvent {
    IOMMUNotifierFlag type;
    IOMMUTLBEntry entry;
} IOMMUTLBEvent;

/* ---- The class -------------------------------------------------------------------------- */

/* Attributes that users of an IOMMU may ask for. The library does not use them. */
enum IOMMUMemoryRegionAttr { IOMMU_ATTR_SPAPR_TCE_FD };

/* The methods of an IOMMU. Every method but 'translate' may be NULL; the comment says what holds
 * then. Where no comment says otherwise, a method is called from any thread, with or without the
 * lock, and must neither edit nor block. */
struct IOMMUMemoryRegionClass {
    MemoryRegionClass parent_class;
    /* Returns the entry for an offset in the region. 'flag' is the access that is made. With
     * IOMMU_NONE no access is made, and the entry has the real permissions. The entry must not
     * differ between reads and writes other than in 'perm'. Called in a read section, from any
     * thread, without the lock, so it must neither edit nor block. It may access memory, for
     * example to walk tables there.
     *
     * Whatever a guest has written into its tables can fail the guest's own access and nothing
     * else. The access fails with MEMTX_DECODE_ERROR and reads 0:
     *   - if the entry does not grant it;
     *   - if target_as is NULL or belongs to another context;
     *   - if addr_mask is not 2^n - 1, or 'perm' has bits beyond IOMMU_RW;
     *   - if it goes through more than 64 translations;
     *   - if the translation needs, for its own tables, the same index of the same IOMMU.
     *
     * The entry is for the page around the offset, as addr_mask says. The library looks neither at
     * iova nor at the bits of translated_addr under the mask. target_as must be a space that has
     * not been destroyed. */
    IOMMUTLBEntry (*translate)(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                               int iommu_idx);
    /* Returns the smallest page in bytes, a power of two. Without it: the guest page. */
    uint64_t (*get_min_page_size)(IOMMUMemoryRegion *iommu);
    /* Called before the set of events that notifiers want changes, from old_flags to new_flags: the
     * union over all notifiers. To refuse, it returns a value other than 0, usually a negative
     * errno, with an error. Called with the context's lock held. */
    int (*notify_flag_changed)(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                               IOMMUNotifierFlag new_flags, Error **errp);
    /* Tells 'notifier' of every mapping that is present. Called with the context's lock held.
     * Without it, memory_region_iommu_replay() asks 'translate', without the lock. */
    void (*replay)(IOMMUMemoryRegion *iommu, IOMMUNotifier *notifier);
    /* Stores an attribute in *data. Returns 0, or a negative errno: -EINVAL if it is unknown. */
    int (*get_attr)(IOMMUMemoryRegion *iommu, enum IOMMUMemoryRegionAttr attr, void *data);
    /* Returns the index of the table that accesses with these attributes go through. Without it:
     * 0. */
    int (*attrs_to_index)(IOMMUMemoryRegion *iommu, MemTxAttrs attrs);
    /* Returns the number of tables. Without it: 1. */
    int (*num_indexes)(IOMMUMemoryRegion *iommu);
    /* Restricts page sizes to those whose bit is set in the mask, which is not 0. Returns 0, or a
     * negative errno with an error. */
    int (*iommu_set_page_size_mask)(IOMMUMemoryRegion *iommu, uint64_t page_size_mask,
                                    Error **errp);
    /* Returns the last offset of the empty range that begins at 'addr'; HWADDR_MAX if nothing is
     * mapped up to the end. It lets memory_region_iommu_replay() skip empty ranges: the replay
     * calls it where 'translate' has just granted nothing, and goes on after the answer. If the
     * method is NULL, or its answer lies before the end of the smallest page around 'addr', the
     * replay goes on with the next page. Called like 'translate': in a read section, from any
     * thread, without the lock. */
    hwaddr (*last_unmapped)(IOMMUMemoryRegion *iommu, hwaddr addr, int iommu_idx);
};

/* An IOMMU region: memory_region_init_iommu() makes one in the caller's memory. */
struct IOMMUMemoryRegion {
    MemoryRegion parent_obj; /* readable */
    /* Private but for what is "readable" (see MemoryRegion). */
    LIST_HEAD(, IOMMUNotifier) iommu_notify; /* readable: those that are registered */
    IOMMUNotifierFlag iommu_notify_flags;    /* readable: the flags of all notifiers together */
    unsigned telling;                        /* how many callbacks of notifiers are running */
    uint64_t epoch; /* of the translations that threads keep (region/iommu.h); 0: they keep none */
    LIST_ENTRY(IOMMUMemoryRegion) caching; /* in the list of IOMMUs with an epoch */
};

DECLARE_OBJ_CHECKERS(IOMMUMemoryRegion, IOMMUMemoryRegionClass, IOMMU_MEMORY_REGION,
                     TYPE_IOMMU_MEMORY_REGION)

/* Makes an IOMMU region of 'size' bytes. iommu_mr is the caller's memory of instance_size bytes.
 * mrtypename is a concrete type derived from TYPE_IOMMU_MEMORY_REGION. Any other type, or one that
 * does not fit into the memory, aborts with a message. Calls instance_init of the type. A type
 * without 'translate' is refused with a MISUSE message, and the region rejects every access. */
PHYSMEM_API void memory_region_init_iommu(void *iommu_mr, size_t instance_size,
                                          const char *mrtypename, Object *owner, const char *name,
                                          uint64_t size);

/* Returns the region, or the region that an alias shows, as an IOMMU; returns NULL if it is none.
 * Borrowed. Any thread. */
PHYSMEM_INLINE IOMMUMemoryRegion *memory_region_get_iommu(MemoryRegion *mr)
{
    while (mr->kind == MEMORY_KIND_ALIAS) {
        mr = mr->alias;
    }
    return mr->kind == MEMORY_KIND_IOMMU ? (IOMMUMemoryRegion *)mr : NULL;
}

/* Whether memory_region_get_iommu() returns one. Any thread. */
#define memory_region_is_iommu(mr) (memory_region_get_iommu(mr) != NULL)

/* Returns the IOMMU's class without checking the type; never NULL. Borrowed. Any thread. */
PHYSMEM_INLINE IOMMUMemoryRegionClass *
memory_region_get_iommu_class_nocheck(IOMMUMemoryRegion *iommu_mr)
{
#ifdef __cplusplus
    return (IOMMUMemoryRegionClass *)iommu_mr->parent_obj.parent_obj.klass;
#else
    return (IOMMUMemoryRegionClass *)iommu_mr->parent_obj.parent_obj.class;
#endif
}

/* Call the method of the same name and return its result. Without the method they return, in this
 * order: the guest page in bytes, -EINVAL, 0, 1. memory_region_iommu_get_attr() has attr stored in
 * *data. Any thread. */
PHYSMEM_API uint64_t memory_region_iommu_get_min_page_size(IOMMUMemoryRegion *iommu_mr);
PHYSMEM_API int memory_region_iommu_get_attr(IOMMUMemoryRegion *iommu_mr,
                                             enum IOMMUMemoryRegionAttr attr, void *data);
PHYSMEM_API int memory_region_iommu_attrs_to_index(IOMMUMemoryRegion *iommu_mr, MemTxAttrs attrs);
PHYSMEM_API int memory_region_iommu_num_indexes(IOMMUMemoryRegion *iommu_mr);
/* Calls the method of the same name, which restricts page sizes to those whose bit is set in
 * page_size_mask, and returns its result: 0, or a negative errno with an error. Without the method
 * it returns 0. Asserts a mask other than 0. Any thread. */
PHYSMEM_API int memory_region_iommu_set_page_size_mask(IOMMUMemoryRegion *iommu_mr,
                                                       uint64_t page_size_mask, Error **errp);

/* ---- Translations that threads keep ----------------------------------------------------- */

/* Says whether threads may keep translations of this IOMMU (specification 15.3). At first they may
 * not, and each access calls 'translate'. If they may, an access uses what 'translate' has granted
 * to the same thread before, for the same page, attributes and direction. With 'caching' set, the
 * IOMMU promises:
 *   - It reports each change of a translation, after it has made the change, also while no notifier
 *     is registered. It calls memory_region_notify_iommu(), memory_region_notify_iommu_one() with a
 *     notifier that is registered with it, or memory_region_iommu_forget(). A translation that
 *     begins to grant more need not be reported.
 *   - The answers of 'translate' and 'attrs_to_index' depend on their arguments, on the state whose
 *     changes are reported, and on nothing else. If the IOMMU reads its tables through another
 *     IOMMU, it also reports the changes of that one.
 *
 * A translation names an address in a space, so changes of the memory map need no report. If the
 * space is destroyed, the library makes all threads forget. */
PHYSMEM_API void memory_region_iommu_set_caching(IOMMUMemoryRegion *iommu_mr, bool caching);

/* Makes all threads forget all translations of this IOMMU. memory_region_notify_iommu() and
 * memory_region_notify_iommu_one() do the same for each event. When this has returned, accesses
 * that begin later call 'translate' again, and so do later steps of block transfers. An access that
 * has been translated already goes on; memory_drain() waits for such accesses. If 'translate' is
 * running meanwhile, its answer is used for its own access and not kept. Any thread, any time, also
 * in 'translate'. */
PHYSMEM_API void memory_region_iommu_forget(IOMMUMemoryRegion *iommu_mr);

/* ---- Notification ----------------------------------------------------------------------- */

/* Fills in the notifier 'n', which calls fn for events whose kind is in 'flags', in the range
 * [start, end] of the table iommu_idx. Any thread. */
PHYSMEM_INLINE void iommu_notifier_init(IOMMUNotifier *n, IOMMUNotify fn, IOMMUNotifierFlag flags,
                                        hwaddr start, hwaddr end, int iommu_idx)
{
    n->notify = fn;
    n->notifier_flags = flags;
    n->start = start;
    n->end = end;
    n->iommu_idx = iommu_idx;
    n->iommu = NULL;
}

/* Starts to listen to an IOMMU; mr may be an alias of it. Asserts an IOMMU, flags other than NONE,
 * start <= end and an index that exists. Calls the method notify_flag_changed, if the set of events
 * that notifiers want changes. Returns 0, or an error code with an error, and nothing has changed:
 *   - the result of notify_flag_changed, if that refuses;
 *   - -EBUSY with a MISUSE message from a callback of a notifier of the same IOMMU, or if the
 *     notifier is registered already;
 *   - -EINVAL with a MISUSE message if mr is not a region. */
PHYSMEM_API int memory_region_register_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n,
                                                      Error **errp);
/* Stops listening. Calls the method notify_flag_changed likewise; if that refuses, it is ignored.
 * Refused with a MISUSE message from a callback of a notifier of the same IOMMU, and if the
 * notifier is not registered there. */
PHYSMEM_API void memory_region_unregister_iommu_notifier(MemoryRegion *mr, IOMMUNotifier *n);

/* Loops over the notifiers of an IOMMUMemoryRegion, the newest first. The caller holds the lock. */
#define IOMMU_NOTIFIER_FOREACH(n, mr) LIST_FOREACH(n, &(mr)->iommu_notify, node)

/* Report an event to all notifiers of an index, and to one notifier. A notifier is called if it
 * wants the type and the entry touches its range. Asserts that an event of type UNMAP has no
 * permissions.
 *
 * An UNMAP or DEVIOTLB_UNMAP is cropped to the notifier's range, so addr_mask need not be a mask
 * any more. A MAP that reaches beyond the range cannot be cropped to a valid entry, so the notifier
 * is not called for it (D11). A notifier that also wants DEVIOTLB_UNMAP has to expect cropped
 * entries anyway, so it gets the part of the MAP in its range. */
PHYSMEM_API void memory_region_notify_iommu(IOMMUMemoryRegion *iommu_mr, int iommu_idx,
                                            IOMMUTLBEvent event);
PHYSMEM_API void memory_region_notify_iommu_one(IOMMUNotifier *notifier, IOMMUTLBEvent *event);

/* Tells one notifier of all mappings that are present in its range, as by MAP events. If the IOMMU
 * has the method 'replay', the call makes one call of it. Otherwise it walks the part of the region
 * that is in the notifier's range, with 'translate'. After an entry, the walk goes on behind the
 * entry. Where nothing is mapped, it goes on behind the smallest page, or behind the address that
 * 'last_unmapped' returns (D8). A notifier that does not want MAPs gets no walk.
 *
 * The walk calls 'translate' without the context's lock, so that no thread waits for a long walk.
 * It calls the notifier with the lock held. Call this without the lock if the IOMMU is large: a
 * caller that holds the lock holds it during the whole walk. The notifier hears changes that the
 * IOMMU reports meanwhile in their order. It never hears of a mapping after the UNMAP that ended
 * the mapping. If another thread unregisters the notifier, the walk ends. The notifier is not
 * called after that thread's call has returned. The caller keeps the region alive until this call
 * returns, and the notifier, too, if it is not registered. */
PHYSMEM_API void memory_region_iommu_replay(IOMMUMemoryRegion *iommu_mr, IOMMUNotifier *n);

/* Tells a notifier to forget its whole range. The notifier is called with an UNMAP or, if it does
 * not want those, with a DEVIOTLB_UNMAP. */
PHYSMEM_API void memory_region_unmap_iommu_notifier_range(IOMMUNotifier *n);

PHYSMEM_END_DECLS

#endif
