/* SPDX-License-Identifier: MIT
 *
 * Managers that populate and discard a region's RAM in parts (specification section 20.1): their
 * interface, with a wrapper for each method, and the link from a region to its manager. The
 * library's own manager is in discard-bitmap.c.
 */
#include <assert.h>

#include <physmem/discard.h>

#include "base/log.h"
#include "region/region.h"
#include "region/section.h"

/* The macro of the same name accepts callbacks of both types (physmem/discard.h). */
#undef ram_discard_manager_replay_discarded

static const TypeInfo interface_type = {
    .name = TYPE_RAM_DISCARD_MANAGER,
    .parent = TYPE_INTERFACE,
    .class_size = sizeof(RamDiscardManagerClass),
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&interface_type);
}

/* ---- The manager of a region ------------------------------------------------------------ */

/* Why the region must not get this manager (NULL: none any more); NULL if it may. */
static const char *refusal(MemoryRegion *mr, const RamDiscardManager *rdm)
{
    if (!region_is_ram(mr)) {
        return "it is not RAM";
    }
    if (memory_region_is_mapped(mr)) {
        return "it is mapped: take it out of the map first";
    }
    return rdm && mr->rdm && rdm != mr->rdm ? "it has another one: set NULL first" : NULL;
}

void memory_region_set_ram_discard_manager(MemoryRegion *mr, RamDiscardManager *rdm)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    const char *why = refusal(mr, rdm);

    if (why) {
        misuse(mr->parent_obj.context, "%s: the manager of region '%s' stays as it is: %s",
               __func__, region_label(mr), why);
        return;
    }
    mr->rdm = rdm;
}

RamDiscardManager *memory_region_get_ram_discard_manager(MemoryRegion *mr)
{
    return region_is_ram(mr) && mr->rdm && memory_region_is_mapped(mr) ? mr->rdm : NULL;
}

/* ---- The interface's methods ------------------------------------------------------------ */

static RamDiscardManagerClass *class_of(const RamDiscardManager *rdm)
{
    return RAM_DISCARD_MANAGER_GET_CLASS(rdm);
}

uint64_t ram_discard_manager_get_min_granularity(const RamDiscardManager *rdm,
                                                 const MemoryRegion *mr)
{
    RamDiscardManagerClass *klass = class_of(rdm);

    assert(klass->get_min_granularity);
    return klass->get_min_granularity(rdm, mr);
}

bool ram_discard_manager_is_populated(const RamDiscardManager *rdm,
                                      const MemoryRegionSection *section)
{
    RamDiscardManagerClass *klass = class_of(rdm);

    assert(klass->is_populated);
    return klass->is_populated(rdm, section);
}

int ram_discard_manager_replay_populated(const RamDiscardManager *rdm,
                                         MemoryRegionSection *section, ReplayRamPopulate replay_fn,
                                         void *opaque)
{
    RamDiscardManagerClass *klass = class_of(rdm);

    assert(klass->replay_populated);
    return klass->replay_populated(rdm, section, replay_fn, opaque);
}

void ram_discard_manager_register_listener(RamDiscardManager *rdm, RamDiscardListener *rdl,
                                           MemoryRegionSection *section)
{
    RamDiscardManagerClass *klass = class_of(rdm);

    assert(klass->register_listener);
    klass->register_listener(rdm, rdl, section);
}

void ram_discard_manager_unregister_listener(RamDiscardManager *rdm, RamDiscardListener *rdl)
{
    RamDiscardManagerClass *klass = class_of(rdm);

    assert(klass->unregister_listener);
    klass->unregister_listener(rdm, rdl);
}

/* ---- Discarded parts -------------------------------------------------------------------- */

/* A walk over the gaps between the populated parts, for managers without replay_discarded. */
typedef struct GapWalk {
    const MemoryRegionSection *section;
    uint64_t next; /* gaps below this offset have been told */
    ReplayRamDiscard replay_fn;
    void *opaque;
} GapWalk;

static int tell_gap_below(GapWalk *walk, uint64_t end)
{
    MemoryRegionSection gap = *walk->section;

    return section_cut(&gap, walk->next, end) ? walk->replay_fn(&gap, walk->opaque) : 0;
}

static int pass_populated(MemoryRegionSection *populated, void *opaque)
{
    GapWalk *walk = opaque;
    int result = tell_gap_below(walk, section_first(populated));

    walk->next = section_end(populated);
    return result;
}

static int replay_gaps(const RamDiscardManager *rdm, MemoryRegionSection *section,
                       ReplayRamDiscard replay_fn, void *opaque)
{
    GapWalk walk = { section, section_first(section), replay_fn, opaque };
    int result = ram_discard_manager_replay_populated(rdm, section, pass_populated, &walk);

    return result ? result : tell_gap_below(&walk, section_end(section));
}

/* The caller's callback and its last result. The result is kept here, because the method
 * replay_discarded returns nothing in some versions of the interface. */
typedef struct Hearing {
    ReplayRamDiscard replay_fn;
    void *opaque;
    int result;
} Hearing;

static int pass_discarded(MemoryRegionSection *discarded, void *opaque)
{
    Hearing *hearing = opaque;

    if (!hearing->result) {
        hearing->result = hearing->replay_fn(discarded, hearing->opaque);
    }
    return hearing->result;
}

int ram_discard_manager_replay_discarded(const RamDiscardManager *rdm,
                                         MemoryRegionSection *section, ReplayRamDiscard replay_fn,
                                         void *opaque)
{
    RamDiscardManagerClass *klass = class_of(rdm);
    Hearing hearing = { replay_fn, opaque, 0 };

    if (!klass->replay_discarded) {
        return replay_gaps(rdm, section, replay_fn, opaque);
    }
    klass->replay_discarded(rdm, section, pass_discarded, &hearing);
    return hearing.result;
}

typedef struct WholeWalk {
    ReplayRamDiscardAll replay_fn;
    void *opaque;
} WholeWalk;

static int pass_and_go_on(MemoryRegionSection *discarded, void *opaque)
{
    WholeWalk *walk = opaque;

    walk->replay_fn(discarded, walk->opaque);
    return 0;
}

void ram_discard_manager_replay_all_discarded(const RamDiscardManager *rdm,
                                              MemoryRegionSection *section,
                                              ReplayRamDiscardAll replay_fn, void *opaque)
{
    WholeWalk walk = { replay_fn, opaque };

    ram_discard_manager_replay_discarded(rdm, section, pass_and_go_on, &walk);
}
