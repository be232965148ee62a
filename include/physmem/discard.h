/* SPDX-License-Identifier: MIT
 *
 * RAM that is populated in parts, and vetoes against discarding RAM (specification 20).
 *
 * A RamDiscardManager is the interface of an object that decides which parts of a RAM region have
 * memory, for example where memory is plugged in blocks. A user that pins guest memory, such as an
 * assigned device, registers a listener and maps the populated parts only. The library ships one
 * manager, which has a bitmap of blocks.
 *
 * Unless its comment says otherwise, every function here is edit side. Offsets and sizes are in
 * bytes.
 *
 *   rdm      the manager
 *   rdl      the listener, in the caller's memory
 *   section  a part of a RAM region
 */
#ifndef PHYSMEM_DISCARD_H
#define PHYSMEM_DISCARD_H

#include <physmem/region.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* The name of the interface. */
#define TYPE_RAM_DISCARD_MANAGER "qemu:ram-discard-manager"

/* Called when a stretch was populated, and when one was discarded. A listener refuses a populate by
 * a result other than 0, usually a negative errno. Both are called with the context's lock held.
 * The section is valid during the call. */
typedef int (*NotifyRamPopulate)(RamDiscardListener *rdl, MemoryRegionSection *section);
typedef void (*NotifyRamDiscard)(RamDiscardListener *rdl, MemoryRegionSection *section);

/* Called for one populated, or discarded, stretch, with the context's lock held by the library's
 * manager. To stop the walk, it returns a value other than 0. */
typedef int (*ReplayRamPopulate)(MemoryRegionSection *section, void *opaque);
typedef int (*ReplayRamDiscard)(MemoryRegionSection *section, void *opaque);

/* Called likewise, with the same lock held, for one discarded stretch of a walk that cannot be
 * stopped. The first version of the interface that had this call had this form of it. */
typedef void (*ReplayRamDiscardAll)(MemoryRegionSection *section, void *opaque);

/* A listener. ram_discard_listener_init() fills it in. It must stay in place while it is
 * registered. */
struct RamDiscardListener {
    NotifyRamPopulate notify_populate;
    NotifyRamDiscard notify_discard;
    /* The listener may be told of the discard of its whole section in one call, also where parts of
     * it were not populated. */
    bool double_discard_supported;
    MemoryRegionSection *section; /* the manager's while registered; NULL otherwise */
    /* private */
    LIST_ENTRY(RamDiscardListener) next;
};

/* The methods of a manager. All but the last are required. Each is called by the function of the
 * same name, in its thread, with or without the context's lock. While a listener is registered, its
 * section is a copy that the manager owns.
 *
 * A region has one manager, and a manager has its listeners. Where several sources have a say in
 * what is populated, the manager is an object that asks all of them (D15). */
struct RamDiscardManagerClass {
    InterfaceClass parent_class;
    /* Returns the unit in bytes in which parts are populated. */
    uint64_t (*get_min_granularity)(const RamDiscardManager *rdm, const MemoryRegion *mr);
    /* Returns whether no byte of the section is discarded. */
    bool (*is_populated)(const RamDiscardManager *rdm, const MemoryRegionSection *section);
    /* Calls replay_fn for each populated stretch of the section, ascending, until one returns a
     * value other than 0. Returns that, or 0. */
    int (*replay_populated)(const RamDiscardManager *rdm, MemoryRegionSection *section,
                            ReplayRamPopulate replay_fn, void *opaque);
    /* register_listener registers a listener for the section and calls its notify_populate for what
     * is populated there. unregister_listener calls its notify_discard for what is populated, and
     * ends the registration. */
    void (*register_listener)(RamDiscardManager *rdm, RamDiscardListener *rdl,
                              MemoryRegionSection *section);
    void (*unregister_listener)(RamDiscardManager *rdm, RamDiscardListener *rdl);
    /* Calls replay_fn for each discarded stretch of the section, ascending. If the method is NULL,
     * the library finds the discarded stretches as gaps between the populated ones. A method that
     * returns an int, as in later versions of the interface, can be put here with a cast: its
     * result is not used. The method should stop when replay_fn returns a value other than 0. If it
     * goes on, the caller's callback is not called for the rest. */
    void (*replay_discarded)(const RamDiscardManager *rdm, MemoryRegionSection *section,
                             ReplayRamDiscard replay_fn, void *opaque);
};

static inline __attribute__((unused)) RamDiscardManager *RAM_DISCARD_MANAGER(const void *obj)
{
    return INTERFACE_CHECK(RamDiscardManager, obj, TYPE_RAM_DISCARD_MANAGER);
}
DECLARE_CLASS_CHECKERS(RamDiscardManagerClass, RAM_DISCARD_MANAGER, TYPE_RAM_DISCARD_MANAGER)

/* ---- The manager of a region (specification 20.1) --------------------------------------- */

/* Sets the manager of a RAM region, without taking a reference; NULL takes it away. Refused with a
 * MISUSE message, with nothing changed, if the region is not RAM, is mapped
 * (memory_region_is_mapped()), or has another manager. */
PHYSMEM_API void memory_region_set_ram_discard_manager(MemoryRegion *mr, RamDiscardManager *rdm);

/* Returns the manager. Returns NULL if there is none, or if the region is not RAM or is not mapped:
 * in a container, itself or through an alias (D14). Borrowed. Any thread, not in a read section. */
PHYSMEM_API RamDiscardManager *memory_region_get_ram_discard_manager(MemoryRegion *mr);

/* Returns whether memory_region_get_ram_discard_manager() returns one. Any thread, not in a read
 * section. */
PHYSMEM_INLINE bool memory_region_has_ram_discard_manager(MemoryRegion *mr)
{
    return memory_region_get_ram_discard_manager(mr) != NULL;
}

/* ---- The interface's methods ------------------------------------------------------------ *
 *
 * Each function calls the method of the same name, which must exist (an assertion), and returns its
 * result. ram_discard_manager_is_populated() returns false if a byte of the section is discarded.
 * The walks call replay_fn. Which threads may make the call depends on the manager; with
 * the library's own manager it is edit side. */

/* Fills in a listener with its two callbacks, populate_fn and discard_fn. With
 * double_discard_supported it may be told of the discard of its whole section in one call. Any
 * thread. */
PHYSMEM_INLINE void ram_discard_listener_init(RamDiscardListener *rdl,
                                              NotifyRamPopulate populate_fn,
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

/* Calls replay_fn for each discarded stretch of the section, ascending, until it returns a value
 * other than 0. Returns what replay_fn returned last, or 0 if it was not called. Calls the method
 * replay_discarded or, for managers that lack it, replay_populated. A result of the method itself
 * is not used. */
PHYSMEM_API int ram_discard_manager_replay_discarded(const RamDiscardManager *rdm,
                                                     MemoryRegionSection *section,
                                                     ReplayRamDiscard replay_fn, void *opaque);

/* Does the same with a callback that returns nothing, for all discarded stretches. If a program
 * calls ram_discard_manager_replay_discarded() with such a callback, it calls this function. */
PHYSMEM_API void ram_discard_manager_replay_all_discarded(const RamDiscardManager *rdm,
                                                          MemoryRegionSection *section,
                                                          ReplayRamDiscardAll replay_fn,
                                                          void *opaque);
#ifndef __cplusplus
/* clang-format off */
#define ram_discard_manager_replay_discarded(rdm, section, replay_fn, opaque)                     \
    _Generic((replay_fn), ReplayRamDiscardAll: ram_discard_manager_replay_all_discarded,          \
             default: ram_discard_manager_replay_discarded)(rdm, section, replay_fn, opaque)
/* clang-format on */
#endif

PHYSMEM_API void ram_discard_manager_register_listener(RamDiscardManager *rdm,
                                                       RamDiscardListener *rdl,
                                                       MemoryRegionSection *section);
PHYSMEM_API void ram_discard_manager_unregister_listener(RamDiscardManager *rdm,
                                                         RamDiscardListener *rdl);

/* ---- A manager that the library ships --------------------------------------------------- */

/* Makes a manager of the RAM region mr in blocks of block_size bytes. All blocks are discarded at
 * first: the contents of the memory are dropped, also from its file. mr must outlive the manager.
 *
 * The manager is an object with one reference, which is the caller's (object_unref()). It becomes
 * mr's manager with memory_region_set_ram_discard_manager(). Take it off the region before it ends.
 * It holds a veto, ram_block_coordinated_discard_require().
 *
 * Returns NULL with an error:
 *   - if mr is not RAM that can be discarded, or is mapped;
 *   - if block_size is 0 or not a multiple of the memory's page size, or mr's size is not a
 *     multiple of block_size;
 *   - if discarding is disabled in the context;
 *   - if the host refuses. */
PHYSMEM_API RamDiscardManager *ram_discard_bitmap_new(MemoryRegion *mr, uint64_t block_size,
                                                      Error **errp);

/* Populates [offset, offset + size) of the region. Each listener whose section the range touches is
 * asked, with the part that it touches. Returns 0, or one of these with an error, and nothing has
 * changed:
 *   -EINVAL  the range is empty, not of whole blocks, or not in the region; or a listener's
 *            callback makes this call
 *   -EBUSY   part of the range is populated already
 *
 * If a listener refuses, the result is what the listener has returned; the listeners that had
 * agreed are told of the discard of their part. Listeners are called with the lock held. */
PHYSMEM_API int ram_discard_bitmap_populate(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                                            Error **errp);

/* Discards [offset, offset + size) of the region, populated or not. Drops the memory, then tells
 * the listeners which parts of it were populated. Returns 0. Or it returns, with an error, -EINVAL
 * as above, or the negative errno with which the host refused; listeners are told nothing then. */
PHYSMEM_API int ram_discard_bitmap_discard(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                                           Error **errp);

/* ---- Vetoes (specification 20.2) -------------------------------------------------------- *
 *
 * Some users of RAM break if memory is discarded under them: they disable discarding. Others rely
 * on discarding: they require it. The two exclude each other. A coordinated discard is one through
 * a manager. A user that registers a listener with the manager is told of those, so it disables
 * uncoordinated discards only.
 *
 * Each call with 'state' true takes a veto of the current context: it returns 0, or -EBUSY if the
 * other side was there first. Vetoes are counted. Each call with 'state' false gives one back and
 * returns 0. ram_block_discard_is_disabled() and ram_block_discard_is_required() return whether a
 * veto of the two calls for that side is taken. To give back what was not taken is refused with a
 * MISUSE message. Any thread. */
PHYSMEM_API int ram_block_discard_disable(bool state);
PHYSMEM_API int ram_block_uncoordinated_discard_disable(bool state);
PHYSMEM_API int ram_block_discard_require(bool state);
PHYSMEM_API int ram_block_coordinated_discard_require(bool state);
PHYSMEM_API bool ram_block_discard_is_disabled(void);
PHYSMEM_API bool ram_block_discard_is_required(void);

PHYSMEM_END_DECLS

#ifdef __cplusplus
PHYSMEM_INLINE void ram_discard_manager_replay_discarded(const RamDiscardManager *rdm,
                                                         MemoryRegionSection *section,
                                                         ReplayRamDiscardAll replay_fn,
                                                         void *opaque)
{
    ram_discard_manager_replay_all_discarded(rdm, section, replay_fn, opaque);
}
#endif

#endif
