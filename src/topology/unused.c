/* SPDX-License-Identifier: MIT
 *
 * memory_region_wait_unused(): waits until nothing leads to a region any more, and then ends the
 * region if it has no owner. These things lead to a region:
 *
 *   the tree        The region must be in no container and shown by nothing. This is checked under
 *                   the lock; the program must leave it so.
 *   views           Published views show what the tree says. Older views are retired. A retired
 *                   view is listed until it is freed: after a grace period or, if somebody holds a
 *                   reference on it, when the last one is dropped and its readers have left.
 *   readers         A reader that found the region in a view has left when the view is freed.
 *   host pointers   Readers gave them out. The RAM block counts them, as pins.
 *
 * So the call checks the tree, waits for a grace period, and then checks the listed views and the
 * pins. Accesses pay nothing for this, commits list the views that they retire, and map and unmap
 * count pins. A thread that lists a view, or frees one, waits while the ranges of listed views are
 * checked.
 */
#include <stdlib.h>
#include <time.h>

#include <physmem/error.h>

#include "ram/pins.h"
#include "region/extras.h"
#include "region/region.h"
#include "topology/topology.h"
#include "view/view.h"

enum { FIRST_PAUSE = 50 * 1000, LONGEST_PAUSE = 10 * 1000 * 1000 }; /* ns */

/* Returns an alias on mr that is in a container, on the way from a root to its view, or itself
 * shown by such an alias. NULL if there is none. */
static const MemoryRegion *showing_alias(const MemoryRegion *mr)
{
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
        if (alias->container || region_is_on_a_way(alias) || showing_alias(alias)) {
            return alias;
        }
    }
    return NULL;
}

/* Whether the region is in no tree. If it still is, sets an error and returns false. A region that
 * has ended is in none. */
static bool is_out_of_the_tree(const MemoryRegion *mr, Error **errp)
{
    if (region_has_ended(mr)) {
        return true;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    const char *name = region_label(mr);
    const MemoryRegion *alias = showing_alias(mr);
    if (mr->container) {
        error_setg(errp, "region '%s' is still in container '%s': remove it first", name,
                   region_label(mr->container));
        return false;
    }
    if (region_is_on_a_way(mr)) {
        error_setg(errp, "an address space still shows region '%s': destroy the space first",
                   name);
        return false;
    }
    if (alias) {
        error_setg(errp, "alias '%s' still shows region '%s': take the alias out of the map first",
                   region_label(alias), name);
        return false;
    }
    if (!TAILQ_EMPTY(&mr->subregions)) {
        error_setg(errp, "region '%s' still contains '%s': remove that first", name,
                   region_label(TAILQ_FIRST(&mr->subregions)));
        return false;
    }
    return true;
}

/* Whether a view or a host pointer leads to the region. The pins of a region that has ended are
 * not read, because its block may be freed already. */
static bool is_used(const MemoryRegion *mr)
{
    return view_any_retired_shows(mr) ||
           (region_is_live(mr) && region_has_ram(mr) && ram_block_is_pinned(mr->ram_block));
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
    error_setg(errp,
               "region '%s' has references that object_ref() made (%u): drop them with "
               "object_unref()",
               region_label(mr), mr->parent_obj.ref - 1);
    return false;
}

/* Called when nothing uses the region any more. Ends it, unless it has ended already or has an
 * owner, with which it will end. */
static bool end(MemoryRegion *mr, Error **errp)
{
    if (region_has_ended(mr) || mr->owner) {
        return true;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
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
        context_await_grace(mr->parent_obj.context);
        if (!is_used(mr)) {
            return end(mr, errp);
        }
        take_a_pause(&pause);
    }
    return false;
}
