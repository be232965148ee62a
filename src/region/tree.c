/* SPDX-License-Identifier: MIT
 *
 * Raw edits of the tree (specification section 6). An edit assigns attributes and marks the
 * windows that this changes in views. The public calls, with their transactions, are in
 * topology/edit.c.
 *
 * An edit marks the place where the region was and the place where it is afterwards. Regions
 * inside it need no marks of their own. Nothing is marked if a region above is disabled: the edit
 * that enables that one marks all of it.
 */
#include "region/extras.h"
#include "region/journal.h"
#include "region/region.h"
#include "region/room.h"

/* Whether the region is in the index of its container (children.c). */
static bool is_indexed(const MemoryRegion *mr)
{
    return mr->container && mr->enabled;
}

static void leave_index(MemoryRegion *mr)
{
    if (is_indexed(mr)) {
        children_remove(mr->container, mr);
    }
}

static void enter_index(MemoryRegion *mr)
{
    if (is_indexed(mr)) {
        children_insert(mr->container, mr);
    }
}

static void leave_list(MemoryRegion *mr)
{
    if (mr->container) {
        TAILQ_REMOVE(&mr->container->subregions, mr, siblings);
    }
}

static void enter_list(MemoryRegion *mr)
{
    if (mr->container) {
        TAILQ_INSERT_TAIL(&mr->container->subregions, mr, siblings);
    }
}

static bool moves(const MemoryRegion *mr, const MemoryRegionAttributes *to)
{
    return to->container != mr->container || to->addr != mr->addr;
}

static bool covers_the_same(const MemoryRegion *mr, const MemoryRegionAttributes *to)
{
    return int128_eq(to->size, mr->size) && to->enabled == mr->enabled;
}

/* Writes only what differs: other threads read attributes without the lock (memory_region_size(),
 * accesses), and an edit of one attribute must not race with a reader of another. */
#define ASSIGN(type, name)                                                                        \
    if (memcmp(&mr->name, &to->name, sizeof(mr->name)) != 0) {                                    \
        mr->name = to->name;                                                                      \
    }

/* memory_region_find() reads places without the lock, and goes on in the container. The releases
 * pair with the acquires in topology/find.c. A search that sees a part of the new place also sees
 * that the count of moves is not what it was, and what was written to the container. */
static void assign_place(MemoryRegion *mr, const MemoryRegionAttributes *to)
{
    uint64_t *moves = &mr->parent_obj.context->region->moves;

    __atomic_store_n(moves, *moves + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&mr->addr, to->addr, __ATOMIC_RELEASE);
    __atomic_store_n(&mr->container, to->container, __ATOMIC_RELEASE);
    __atomic_store_n(moves, *moves + 1, __ATOMIC_RELEASE);
}

static void assign(MemoryRegion *mr, const MemoryRegionAttributes *to)
{
    if (moves(mr, to)) {
        assign_place(mr, to);
    }
    PHYSMEM_REGION_ATTRIBUTES(ASSIGN)
}

void region_tree_assign(MemoryRegion *mr, const MemoryRegionAttributes *to)
{
    bool lists = moves(mr, to), indexes = lists || !covers_the_same(mr, to);
    if (lists) {
        leave_list(mr);
    }
    if (indexes) {
        leave_index(mr);
    }
    assign(mr, to);
    if (lists) {
        enter_list(mr);
    }
    if (indexes) {
        enter_index(mr);
    }
}

void region_tree_move(RegionEdit *edit)
{
    MemoryRegion *mr = edit->mr, *from = mr->container;
    if (edit->to.container) {
        edit->to.rank = ++mr->parent_obj.context->region->latest_rank;
    }
    journal_note(mr);
    region_mark_place(mr);
    region_tree_assign(mr, &edit->to);
    region_mark_place(mr);
    region_reconsider(mr);
    if (from && from != edit->to.container) {
        region_reconsider(from);
    }
}

void region_tree_change(const RegionEdit *edit)
{
    MemoryRegion *mr = edit->mr;
    journal_note(mr);
    if (!covers_the_same(mr, &edit->to)) {
        region_mark(mr);
    }
    region_tree_assign(mr, &edit->to);
    region_mark(mr);
    region_reconsider(mr);
}

void region_tree_drop_target(MemoryRegion *alias)
{
    region_mark(alias);
    LIST_REMOVE(alias, alias_link);
    alias->kind = MEMORY_KIND_CONTAINER;
    alias->opaque = NULL;
    alias->host = NULL;
    alias->rdm = NULL;
    region_reconsider(alias);
}

/* Whether the region is in a container, or an alias on it is, or an alias on such an alias (D14).
 * The recursion ends, because every alias was made after its target. */
static bool leads_into_container(const MemoryRegion *mr)
{
    if (mr->container) {
        return true;
    }
    const MemoryRegion *alias;
    LIST_FOREACH(alias, &region_extras(mr)->aliases, alias_link) {
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
    CONTEXT_LOCK(mr->parent_obj.context);
    return leads_into_container(mr);
}
