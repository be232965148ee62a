/* SPDX-License-Identifier: MIT
 *
 * RAM that is populated in parts, and vetoes against discarding RAM (specification section 20).
 *
 * A RamDiscardManager is an interface of an object that decides which parts of a RAM region have
 * memory, as when it is hot-plugged in blocks. Who pins guest memory (an assigned device) registers
 * a listener and maps the populated parts only. The library ships one manager, driven by a bitmap.
 */
#ifndef PHYSMEM_DISCARD_H
#define PHYSMEM_DISCARD_H

#include <physmem/region.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

#define TYPE_RAM_DISCARD_MANAGER "qemu:ram-discard-manager"

/* A populated stretch is there / is gone. A refusal of a populate (non-zero) fails it. */
typedef int (*NotifyRamPopulate)(RamDiscardListener *rdl, MemoryRegionSection *section);
typedef void (*NotifyRamDiscard)(RamDiscardListener *rdl, MemoryRegionSection *section);

/* One populated, or discarded, stretch; non-zero stops the walk. */
typedef int (*ReplayRamPopulate)(MemoryRegionSection *section, void *opaque);
typedef int (*ReplayRamDiscard)(MemoryRegionSection *section, void *opaque);

/* One discarded stretch of a walk that goes to its end, as in 6.2. */
typedef void (*ReplayRamDiscardAll)(MemoryRegionSection *section, void *opaque);

/* Filled in with ram_discard_listener_init(); stays in place while it is registered. */
struct RamDiscardListener {
    NotifyRamPopulate notify_populate;
    NotifyRamDiscard notify_discard;
    /* May be told once of the discard of its whole section, populated or not. */
    bool double_discard_supported;
    MemoryRegionSection *section; /* the manager's while registered; NULL otherwise */
    /* private */
    LIST_ENTRY(RamDiscardListener) next;
};

/* All methods but the last are required. The section of a registered listener is a copy of the
 * manager's own.
 *
 * A region has one manager, and a manager has its listeners. Where several sources have a say in
 * what is populated, an object that asks all of them is the manager (D15). */
struct RamDiscardManagerClass {
    InterfaceClass parent_class;
    /* In which units parts are populated, in bytes. */
    uint64_t (*get_min_granularity)(const RamDiscardManager *rdm, const MemoryRegion *mr);
    /* Is no byte of the section discarded? */
    bool (*is_populated)(const RamDiscardManager *rdm, const MemoryRegionSection *section);
    /* Calls replay_fn for each populated stretch of the section, ascending, until one returns
     * non-zero, which is returned. */
    int (*replay_populated)(const RamDiscardManager *rdm, MemoryRegionSection *section,
                            ReplayRamPopulate replay_fn, void *opaque);
    /* Begin, with notify_populate for what is populated; end, with notify_discard for it. */
    void (*register_listener)(RamDiscardManager *rdm, RamDiscardListener *rdl,
                              MemoryRegionSection *section);
    void (*unregister_listener)(RamDiscardManager *rdm, RamDiscardListener *rdl);
    /* Calls replay_fn for each discarded stretch of the section, ascending. NULL: the library finds
     * the discarded stretches as gaps between the populated ones. Returns nothing, as in 6.2. A
     * method that returns an int, as later ones do, can be put here with a cast: its result is not
     * used. The method should stop when replay_fn returns non-zero; if it goes on, the caller's
     * callback is not called for the rest. */
    void (*replay_discarded)(const RamDiscardManager *rdm, MemoryRegionSection *section,
                             ReplayRamDiscard replay_fn, void *opaque);
};

static inline __attribute__((unused)) RamDiscardManager *RAM_DISCARD_MANAGER(const void *obj)
{
    return INTERFACE_CHECK(RamDiscardManager, obj, TYPE_RAM_DISCARD_MANAGER);
}
DECLARE_CLASS_CHECKERS(RamDiscardManagerClass, RAM_DISCARD_MANAGER, TYPE_RAM_DISCARD_MANAGER)

/* ---- Of a region (20.1) ----------------------------------------------------------------- */

/* Says who manages a RAM region, borrowed; NULL: nobody. Refused with a MISUSE message, and nothing
 * changed, for what is not RAM, is mapped (D14), or has another manager. Edit side. */
PHYSMEM_API void memory_region_set_ram_discard_manager(MemoryRegion *mr, RamDiscardManager *rdm);

/* NULL unless it is RAM and in a container, itself or through an alias (D14). Borrowed. Any thread,
 * not in a read section. */
PHYSMEM_API RamDiscardManager *memory_region_get_ram_discard_manager(MemoryRegion *mr);

static inline bool memory_region_has_ram_discard_manager(MemoryRegion *mr)
{
    return memory_region_get_ram_discard_manager(mr) != NULL;
}

/* ---- The interface's methods ------------------------------------------------------------ */

static inline void ram_discard_listener_init(RamDiscardListener *rdl, NotifyRamPopulate populate_fn,
                                             NotifyRamDiscard discard_fn,
                                             bool double_discard_supported)
{
    rdl->notify_populate = populate_fn;
    rdl->notify_discard = discard_fn;
    rdl->double_discard_supported = double_discard_supported;
    rdl->section = NULL;
}

PHYSMEM_API uint64_t ram_discard_manager_get_min_granularity(const RamDiscardManager *rdm,
                                                             const MemoryRegion *mr);
PHYSMEM_API bool ram_discard_manager_is_populated(const RamDiscardManager *rdm,
                                                  const MemoryRegionSection *section);
PHYSMEM_API int ram_discard_manager_replay_populated(const RamDiscardManager *rdm,
                                                     MemoryRegionSection *section,
                                                     ReplayRamPopulate replay_fn, void *opaque);

/* Calls replay_fn for each discarded stretch of the section, ascending, until it returns non-zero.
 * Returns what replay_fn returned last, or 0; a result of the method itself is not used. Works with
 * managers that lack the method. */
PHYSMEM_API int ram_discard_manager_replay_discarded(const RamDiscardManager *rdm,
                                                     MemoryRegionSection *section,
                                                     ReplayRamDiscard replay_fn, void *opaque);

/* The same for a callback that returns nothing: it is called for all discarded stretches. A call of
 * ram_discard_manager_replay_discarded() with such a callback becomes a call of this function. */
PHYSMEM_API void ram_discard_manager_replay_all_discarded(const RamDiscardManager *rdm,
                                                          MemoryRegionSection *section,
                                                          ReplayRamDiscardAll replay_fn,
                                                          void *opaque);
#ifndef __cplusplus
#define ram_discard_manager_replay_discarded(rdm, section, replay_fn, opaque)                     \
    _Generic((replay_fn), ReplayRamDiscardAll: ram_discard_manager_replay_all_discarded,          \
             default: ram_discard_manager_replay_discarded)(rdm, section, replay_fn, opaque)
#endif

PHYSMEM_API void ram_discard_manager_register_listener(RamDiscardManager *rdm,
                                                       RamDiscardListener *rdl,
                                                       MemoryRegionSection *section);
PHYSMEM_API void ram_discard_manager_unregister_listener(RamDiscardManager *rdm,
                                                         RamDiscardListener *rdl);

/* ---- A manager that the library ships --------------------------------------------------- */

/* A manager of RAM region mr (which must outlive it) in blocks of block_size bytes, all discarded
 * at first: what is in the memory is dropped, also from its file. It is an object with one
 * reference, the caller's (object_unref), becomes mr's manager with
 * memory_region_set_ram_discard_manager(), and is to be taken off it before it ends. It holds a
 * veto, ram_block_coordinated_discard_require().
 *
 * NULL and an error if mr is not RAM that can be discarded or is mapped; if block_size is 0, not a
 * multiple of the memory's page size, or mr's size is not a multiple of it; if somebody has
 * disabled discarding; or if the host refuses. Edit side. */
PHYSMEM_API RamDiscardManager *ram_discard_bitmap_new(MemoryRegion *mr, uint64_t block_size,
                                                      Error **errp);

/* Populates [offset, offset + size) of the region: asks each listener whose section it touches,
 * with what it touches of that. Returns 0; or, with nothing changed, an error and
 *   -EINVAL  the range is empty, not of whole blocks, or not in the region,
 *   -EBUSY   some of it is populated already,
 *   or what a listener refused with: those who had agreed are told of the discard of their part.
 * Edit side; listeners are called with the lock held and must not change the manager. */
PHYSMEM_API int ram_discard_bitmap_populate(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                                            Error **errp);

/* Discards [offset, offset + size) of the region, populated or not: drops the memory, then tells
 * the listeners of what was populated. Returns 0; or an error and -EINVAL as above, or the negative
 * errno with which the host refused, and nothing has changed for listeners. Edit side. */
PHYSMEM_API int ram_discard_bitmap_discard(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                                           Error **errp);

/* ---- Vetoes (20.2) ---------------------------------------------------------------------- *
 *
 * Counted, of the current context, from any thread: "discarding RAM would break me" (disable)
 * against "I rely on discarding" (require); "coordinated" is through a manager. true takes: 0, or
 * -EBUSY if the other side was there first. false gives back: 0; giving back what was not taken is
 * refused with a MISUSE message. */
PHYSMEM_API int ram_block_discard_disable(bool state);
PHYSMEM_API int ram_block_uncoordinated_discard_disable(bool state);
PHYSMEM_API int ram_block_discard_require(bool state);
PHYSMEM_API int ram_block_coordinated_discard_require(bool state);
PHYSMEM_API bool ram_block_discard_is_disabled(void);
PHYSMEM_API bool ram_block_discard_is_required(void);

PHYSMEM_END_DECLS

#ifdef __cplusplus
static inline void ram_discard_manager_replay_discarded(const RamDiscardManager *rdm,
                                                        MemoryRegionSection *section,
                                                        ReplayRamDiscardAll replay_fn,
                                                        void *opaque)
{
    ram_discard_manager_replay_all_discarded(rdm, section, replay_fn, opaque);
}
#endif

#endif
