/* SPDX-License-Identifier: MIT
 *
 * Raw edits of the tree (specification section 6): each changes links and fields, and marks what
 * that changed. The public calls, with their transactions, are in topology/edit.c.
 *
 * An edit marks a region where it was and where it is then: what lies inside needs no mark of its
 * own. What is not visible, because a region above is disabled, is not marked: the edit that shows
 * it marks all of it.
 */
#include "base/alloc.h"
#include "region/journal.h"
#include "region/region.h"
#include "region/room.h"

/* A new stay in a container: the newest among its equals. */
static void enter_container(MemoryRegion *child)
{
    child->rank = ++child->context->region->next_rank;
    if (child->enabled) {
        children_insert(child->container, child);
    }
}

void region_tree_add(MemoryRegion *mr, hwaddr addr, MemoryRegion *child, int priority)
{
    journal_note(child);
    region_mark_place(child);
    child->container = mr;
    child->addr = addr;
    child->priority = priority;
    TAILQ_INSERT_TAIL(&mr->subregions, child, siblings);
    enter_container(child);
    region_mark_place(child);
    region_reconsider(child);
}

void region_tree_remove(MemoryRegion *child)
{
    MemoryRegion *mr = child->container;
    journal_note(child);
    region_mark_place(child);
    TAILQ_REMOVE(&mr->subregions, child, siblings);
    if (child->enabled) {
        children_remove(mr, child);
    }
    child->container = NULL;
    region_reconsider(child);
    region_reconsider(mr);
}

void region_tree_set_enabled(MemoryRegion *mr, bool enabled)
{
    journal_note(mr);
    region_mark(mr);
    if (mr->container) {
        (enabled ? children_insert : children_remove)(mr->container, mr);
    }
    mr->enabled = enabled;
    region_mark(mr);
    region_reconsider(mr);
}

void region_tree_set_address(MemoryRegion *mr, hwaddr addr)
{
    journal_note(mr);
    region_mark_place(mr);
    if (mr->container && mr->enabled) {
        children_remove(mr->container, mr);
    }
    mr->addr = addr;
    if (mr->container) {
        TAILQ_REMOVE(&mr->container->subregions, mr, siblings);
        TAILQ_INSERT_TAIL(&mr->container->subregions, mr, siblings);
        enter_container(mr);
    }
    region_mark_place(mr);
    region_reconsider(mr);
}

void region_tree_set_size(MemoryRegion *mr, Int128 size)
{
    bool indexed = mr->container && mr->enabled;
    journal_note(mr);
    region_mark(mr);
    if (indexed) {
        children_remove(mr->container, mr);
    }
    mr->size = size;
    if (indexed) {
        children_insert(mr->container, mr);
    }
    region_mark(mr);
    region_reconsider(mr);
}

void region_tree_set_alias_offset(MemoryRegion *mr, hwaddr offset)
{
    journal_note(mr);
    mr->alias_offset = offset;
    region_mark(mr);
    region_reconsider(mr);
}

void region_tree_set_flag(MemoryRegion *mr, bool *flag, bool on)
{
    journal_note(mr);
    *flag = on;
    region_mark(mr);
    region_reconsider(mr);
}

void region_tree_drop_target(MemoryRegion *alias)
{
    region_mark(alias);
    LIST_REMOVE(alias, alias_link);
    alias->kind = MEMORY_KIND_CONTAINER;
    alias->alias = NULL;
    region_reconsider(alias);
}

/* Is 'target' what mr is in or what shows mr, at any number of steps? Each region is visited once
 * per walk: 'visit' is the walk's mark. */
static bool shown_by(MemoryRegion *mr, const MemoryRegion *target, uint64_t visit)
{
    for (; mr && mr->visit != visit; mr = mr->container) {
        mr->visit = visit;
        if (mr == target) {
            return true;
        }
        MemoryRegion *alias;
        LIST_FOREACH(alias, &mr->aliases, alias_link) {
            if (shown_by(alias, target, visit)) {
                return true;
            }
        }
    }
    return false;
}

/* Would 'mr' be inside what it shows itself if it showed 'child'? A leaf without children shows
 * nothing and is in nobody's way. */
static bool makes_loop(MemoryRegion *mr, MemoryRegion *child)
{
    if (!child->alias && TAILQ_EMPTY(&child->subregions)) {
        return mr == child;
    }
    return shown_by(mr, child, ++mr->context->region->next_visit);
}

static bool is_inside(const MemoryRegion *mr, const MemoryRegion *container)
{
    while (mr && mr != container) {
        mr = mr->container;
    }
    return mr;
}

/* Through an alias a region may show a part of itself, if that has an end. */
static bool makes_endless_loop(MemoryRegion *mr, hwaddr addr, MemoryRegion *child)
{
    if (!makes_loop(mr, child)) {
        return false;
    }
    RegionPlace place = region_place(child);
    place.container = mr;
    place.addr = addr;
    if (is_inside(mr, child) || region_place_is_endless(&place)) {
        return true;
    }
    mr->context->region->has_loops = true;
    return false;
}

char *region_tree_refusal(MemoryRegion *mr, hwaddr addr, MemoryRegion *child)
{
    const char *to = region_label(mr), *what = region_label(child);
    if (mr->context != child->context) {
        return alloc_printf("'%s' and '%s' belong to different contexts", to, what);
    }
    if (child->container) {
        return alloc_printf("'%s' is already in container '%s'", what,
                            region_label(child->container));
    }
    if (makes_endless_loop(mr, addr, child)) {
        return alloc_printf("'%s' shows '%s' already: they would contain each other", what, to);
    }
    return NULL;
}

/* In a container, itself or through an alias of any depth (D14). The tree cannot have cycles. */
static bool leads_into_container(const MemoryRegion *mr)
{
    if (mr->container) {
        return true;
    }
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &mr->aliases, alias_link) {
        if (leads_into_container(alias)) {
            return true;
        }
    }
    return false;
}

bool memory_region_is_mapped(MemoryRegion *mr)
{
    if (!region_is_live(mr)) {
        return false;
    }
    CONTEXT_LOCK(mr->context);
    return leads_into_container(mr);
}
