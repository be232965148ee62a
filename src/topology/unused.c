/* SPDX-License-Identifier: MIT
 *
 * Waiting until nothing leads to a region any more; then a region without an owner ends.
 *
 *   tree                    under the lock: in no container, shown by nobody; stays so from here on
 *   views                   published ones show what the tree says; older ones are freed a grace
 *                           period later, but for those that somebody keeps: they are listed until
 *                           their last reference is dropped and their readers have left
 *   readers                 whoever found the region in a view has left when the view is freed
 *   host pointers           were given out by such readers, and are counted with the block
 *
 * So it is enough to look at the tree, wait for a grace period, then look at the listed views, then
 * at the pins. Accesses pay nothing for it, and commits only where a view is kept; pins are counted
 * by map and unmap. While a look goes over the ranges of listed views, who lists one or frees a
 * listed one waits.
 */
#include <stdlib.h>
#include <time.h>

#include <physmem/error.h>

#include "ram/block.h"
#include "region/region.h"
#include "topology/topology.h"
#include "view/view.h"

enum { FIRST_PAUSE = 50 * 1000, LONGEST_PAUSE = 10 * 1000 * 1000 }; /* ns */

/* An alias through which mr is shown or may come to be, because it is in a container or a space. */
static const MemoryRegion *showing_alias(const MemoryRegion *mr)
{
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &mr->aliases, alias_link) {
        if (alias->container || !LIST_EMPTY(&alias->watches) || showing_alias(alias)) {
            return alias;
        }
    }
    return NULL;
}

/* True for a region that has ended: it is in no tree any more. */
static bool is_out_of_the_tree(const MemoryRegion *mr, Error **errp)
{
    if (region_has_ended(mr)) {
        return true;
    }
    CONTEXT_LOCK(mr->context);
    const char *name = region_label(mr);
    const MemoryRegion *alias = showing_alias(mr);
    if (mr->container) {
        error_setg(errp, "region '%s' is still in container '%s'", name,
                   region_label(mr->container));
        return false;
    }
    if (!LIST_EMPTY(&mr->watches)) {
        error_setg(errp, "an address space still shows region '%s'", name);
        return false;
    }
    if (alias) {
        error_setg(errp, "alias '%s' still shows region '%s'", region_label(alias), name);
        return false;
    }
    if (!TAILQ_EMPTY(&mr->subregions)) {
        error_setg(errp, "region '%s' still contains '%s'", name,
                   region_label(TAILQ_FIRST(&mr->subregions)));
        return false;
    }
    return true;
}

/* Pins of a region that has ended are not looked at: its block may be freed already. */
static bool is_used(const MemoryRegion *mr)
{
    return view_any_kept_shows(mr) || (region_is_live(mr) && region_has_ram(mr) &&
                                       ram_block_is_pinned(mr->ram_block));
}

static void take_a_pause(long *ns)
{
    struct timespec pause = { .tv_nsec = *ns };
    nanosleep(&pause, NULL);
    *ns = *ns < LONGEST_PAUSE / 2 ? 2 * *ns : LONGEST_PAUSE;
}

/* A region without an owner has only its initial reference, unless the program has called
 * object_ref() for it. */
static bool has_one_reference(const MemoryRegion *mr, Error **errp)
{
    if (mr->parent_obj.ref == 1) {
        return true;
    }
    error_setg(errp, "region '%s' has references that object_ref() made (%u): drop them with "
               "object_unref()", region_label(mr), mr->parent_obj.ref - 1);
    return false;
}

/* Called when nothing uses the region. Ends it, unless it has ended already, or has an owner, which
 * ends it later. */
static bool end(MemoryRegion *mr, Error **errp)
{
    if (region_has_ended(mr) || mr->owner) {
        return true;
    }
    CONTEXT_LOCK(mr->context);
    if (!is_out_of_the_tree(mr, errp) || !has_one_reference(mr, errp)) {
        return false;
    }
    region_end(mr);
    return true;
}

static bool is_region(const MemoryRegion *mr, Error **errp)
{
    if (mr && (region_is_live(mr) || region_has_ended(mr))) {
        return true;
    }
    char *absence = region_absence(mr);
    error_setg(errp, "%s", absence);
    free(absence);
    return false;
}

bool memory_region_wait_unused(MemoryRegion *mr, Error **errp)
{
    long pause = FIRST_PAUSE;
    const char *obstacle = context_wait_obstacle();
    if (!is_region(mr, errp)) {
        return false;
    }
    if (obstacle) {
        error_setg(errp, "waiting for the users of region '%s' %s", region_label(mr), obstacle);
        return false;
    }
    while (is_out_of_the_tree(mr, errp)) {
        context_await_grace(mr->context);
        if (!is_used(mr)) {
            return end(mr, errp);
        }
        take_a_pause(&pause);
    }
    return false;
}
