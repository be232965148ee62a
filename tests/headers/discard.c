/* SPDX-License-Identifier: MIT
 *
 * Callbacks for discarded parts, with a result and without one, in C and in C++. Only compiled
 * (check-headers).
 */
#include <physmem/physmem.h>

static int stretch(MemoryRegionSection *section, void *opaque)
{
    (void)section;
    return *(int *)opaque;
}

static void each_stretch(MemoryRegionSection *section, void *opaque)
{
    (void)section, (void)opaque;
}

int walk(const RamDiscardManager *rdm, MemoryRegionSection *section);

int walk(const RamDiscardManager *rdm, MemoryRegionSection *section)
{
    int (*function)(const RamDiscardManager *, MemoryRegionSection *, ReplayRamDiscard, void *) =
        ram_discard_manager_replay_discarded;
    ReplayRamDiscardAll all = each_stretch;
    int stop = 1;

    ram_discard_manager_replay_discarded(rdm, section, each_stretch, NULL);
    ram_discard_manager_replay_discarded(rdm, section, all, NULL);
    return ram_discard_manager_replay_discarded(rdm, section, stretch, &stop) +
           function(rdm, section, stretch, &stop);
}
