/* SPDX-License-Identifier: MIT
 *
 * RAM that is populated in parts only, and vetoes against discarding RAM (specification section 20).
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

/* One populated stretch; non-zero stops the walk. */
typedef int (*ReplayRamPopulate)(MemoryRegionSection *section, void *opaque);

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

/* All methods are required. Sections are cut to one region; the section of a registered listener is
 * a copy of the manager's own. */
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
};

static inline __attribute__((unused)) RamDiscardManager *RAM_DISCARD_MANAGER(const void *obj)
{
    return INTERFACE_CHECK(RamDiscardManager, obj, TYPE_RAM_DISCARD_MANAGER);
}
DECLARE_CLASS_CHECKERS(RamDiscardManagerClass, RAM_DISCARD_MANAGER, TYPE_RAM_DISCARD_MANAGER)

/* ---- Of a region (20.1) ----------------------------------------------------------------- */

/* Says who manages a RAM region, borrowed; NULL: nobody. Asserts RAM that is not mapped (D14) and
 * no other manager. Edit side. */
PHYSMEM_API void memory_region_set_ram_discard_manager(MemoryRegion *mr, RamDiscardManager *rdm);

/* NULL unless it is RAM and in a container. */
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
}

PHYSMEM_API uint64_t ram_discard_manager_get_min_granularity(const RamDiscardManager *rdm,
                                                             const MemoryRegion *mr);
PHYSMEM_API bool ram_discard_manager_is_populated(const RamDiscardManager *rdm,
                                                  const MemoryRegionSection *section);
PHYSMEM_API int ram_discard_manager_replay_populated(const RamDiscardManager *rdm,
                                                     MemoryRegionSection *section,
                                                     ReplayRamPopulate replay_fn, void *opaque);
PHYSMEM_API void ram_discard_manager_register_listener(RamDiscardManager *rdm,
                                                       RamDiscardListener *rdl,
                                                       MemoryRegionSection *section);
PHYSMEM_API void ram_discard_manager_unregister_listener(RamDiscardManager *rdm,
                                                         RamDiscardListener *rdl);

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

#endif
