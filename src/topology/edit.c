/* SPDX-License-Identifier: MIT
 *
 * The public edits of the tree (specification sections 4.1, 6 and 17.1). Each opens a transaction,
 * makes a raw edit (region/tree.c), and requests a commit if the edit may be visible (section 7).
 * An edit that changes nothing opens no transaction (OPEN_IF).
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include <physmem/dirty.h>

#include "base/barrier.h"
#include "base/log.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "region/watches.h"
#include "topology/topology.h"

/* Applies the overlap policy of the container. Returns true if the edit is refused. Sends a
 * message about an overlap, which is an error if the edit is refused and a warning otherwise. */
static bool refuse_overlap(const RegionEdit *edit, const char *call)
{
    const MemoryRegion *container = edit->to.container;
    hwaddr first, last;
    if (!edit->to.enabled || !container || container->overlap_policy == MEMORY_OVERLAP_ALLOW) {
        return false;
    }
    MemoryRegion *sibling = region_edit_overlaps(edit, &first, &last);
    if (!sibling) {
        return false;
    }
    bool refuse = container->overlap_policy == MEMORY_OVERLAP_REFUSE;
    log_say(container->parent_obj.context, refuse ? MEMORY_LOG_ERROR : MEMORY_LOG_WARNING,
            "%s: '%s' overlaps '%s' of the same priority %d in '%s', at 0x%" PRIx64
            " to 0x%" PRIx64 "%s",
            call, region_label(edit->mr), region_label(sibling), sibling->priority,
            region_label(container), first, last, refuse ? ": refused" : "");
    return refuse;
}

/* Warns if the container is an alias. The original allows that, but an alias shows its target and
 * nothing else, so the subregion is not visible (specification 6.1). */
static void warn_of_alias(const MemoryRegion *mr, const MemoryRegion *subregion, const char *call)
{
    if (region_target(mr)) {
        log_say(mr->parent_obj.context, MEMORY_LOG_WARNING,
                "%s: '%s' will not be visible in '%s', which is an alias and shows only '%s': add "
                "it to '%s'",
                call, region_label(subregion), region_label(mr), region_label(mr->alias),
                region_label(mr->alias));
    }
}

/* Whether the region may be put into the container of the edit. If not, sends a message. */
static bool may_add(const RegionEdit *edit)
{
    static const char call[] = "memory_region_add_subregion";
    char *refusal = region_edit_refusal(edit);
    if (refusal) {
        misuse(edit->to.container->parent_obj.context, "%s: %s", call, refusal);
        free(refusal);
        return false;
    }
    warn_of_alias(edit->to.container, edit->mr, call);
    return !refuse_overlap(edit, call);
}

void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion,
                                         int priority)
{
    static const char call[] = "memory_region_add_subregion";
    if (!region_check(mr, call) || !region_check(subregion, call)) {
        return;
    }
    MemoryContext *ctx = mr->parent_obj.context;
    if (!transaction_begin(ctx, __func__)) {
        return;
    }
    RegionEdit edit = region_edit(subregion);
    edit.to.container = mr;
    edit.to.addr = offset;
    edit.to.priority = priority;
    if (may_add(&edit)) {
        bool displaced = region_is_on_a_way(subregion) && subregion->addr != offset;
        if (region_references(mr, subregion)) {
            memory_region_ref(subregion);
        }
        region_tree_move(&edit);
        if ((mr->enabled && subregion->enabled) || displaced) {
            transaction_request(ctx);
        }
    }
    transaction_commit(ctx);
}

void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset, MemoryRegion *subregion)
{
    memory_region_add_subregion_overlap(mr, offset, subregion, 0);
}

/* Drops the container's reference last, without the lock, because the region may end with it. */
void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *subregion)
{
    if (!region_check(mr, __func__) || !region_check(subregion, __func__)) {
        return;
    }
    MemoryContext *ctx = mr->parent_obj.context;
    Object *owner = memory_region_owner(subregion);
    if (!transaction_begin(ctx, __func__)) {
        return;
    }
    bool referenced = region_references(mr, subregion);
    if (subregion->container != mr) {
        referenced = misuse(ctx, "%s: '%s' is not in container '%s': nothing is removed", __func__,
                            region_label(subregion), region_label(mr));
    } else {
        RegionEdit edit = region_edit(subregion);
        edit.to.container = NULL;
        region_tree_move(&edit);
        if (mr->enabled && subregion->enabled) {
            transaction_request(ctx);
        }
    }
    transaction_commit(ctx);
    if (referenced) {
        object_unref(owner);
    }
}

/* Opens a transaction if the edit makes a difference. False if it makes none, or edits are refused
 * here. The condition is evaluated a second time when the transaction is open: opening it makes
 * the accelerator perform the writes that it has queued, and a device that gets such a write may
 * have made the same edit. */
#define OPEN_IF(differs, ctx, call)                                                               \
    ((differs) && transaction_open(ctx, call) && ((differs) || (transaction_close(ctx), false)))

void memory_region_set_enabled(MemoryRegion *mr, bool enabled)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!OPEN_IF(mr->enabled != enabled, mr->parent_obj.context, __func__)) {
        return;
    }
    RegionEdit edit = region_edit(mr);
    edit.to.enabled = enabled;
    if (!refuse_overlap(&edit, __func__)) {
        region_tree_change(&edit);
        transaction_request(mr->parent_obj.context);
    }
    transaction_close(mr->parent_obj.context);
}

/* Refuses an edit after which the region would show itself without end. While no region shows a
 * part of itself, only adding a subregion can cause that, and may_add() checks it. */
static bool refuse_endless(const RegionEdit *edit, const char *call)
{
    MemoryContext *ctx = edit->mr->parent_obj.context;
    if (!ctx->region->has_loops || !region_edit_is_endless(edit)) {
        return false;
    }
    misuse(ctx, "%s: region '%s' would show itself without end: nothing is changed", call,
           region_label(edit->mr));
    return true;
}

static bool refuse_place(const RegionEdit *edit, const char *call)
{
    return refuse_endless(edit, call) || refuse_overlap(edit, call);
}

void memory_region_set_address(MemoryRegion *mr, hwaddr addr)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!OPEN_IF(mr->addr != addr, mr->parent_obj.context, __func__)) {
        return;
    }
    RegionEdit edit = region_edit(mr);
    edit.to.addr = addr;
    if (!refuse_place(&edit, __func__)) {
        region_tree_move(&edit);
        if ((mr->container && mr->container->enabled && mr->enabled) || region_is_on_a_way(mr)) {
            transaction_request(mr->parent_obj.context);
        }
    }
    transaction_close(mr->parent_obj.context);
}

void memory_region_set_size(MemoryRegion *mr, uint64_t size)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    Int128 wanted = region_size_from_arg(size);
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!OPEN_IF(int128_ne(mr->size, wanted), mr->parent_obj.context, __func__)) {
        return;
    }
    RegionEdit edit = region_edit(mr);
    edit.to.size = wanted;
    if (!refuse_place(&edit, __func__)) {
        region_tree_change(&edit);
        transaction_request(mr->parent_obj.context);
    }
    transaction_close(mr->parent_obj.context);
}

void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    assert(region_target(mr));
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!OPEN_IF(mr->alias_offset != offset, mr->parent_obj.context, __func__)) {
        return;
    }
    RegionEdit edit = region_edit(mr);
    edit.to.alias_offset = offset;
    if (!refuse_endless(&edit, __func__)) {
        region_tree_change(&edit);
        if (mr->enabled) {
            transaction_request(mr->parent_obj.context);
        }
    }
    transaction_close(mr->parent_obj.context);
}

static bool *flag_at(MemoryRegionAttributes *attributes, size_t offset)
{
    return (bool *)((char *)attributes + offset);
}

/* Edits a flag, which is at 'offset' in MemoryRegionAttributes. */
static void set_flag(MemoryRegion *mr, size_t offset, bool on, const char *call)
{
    if (!region_check(mr, call)) {
        return;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!OPEN_IF(*flag_at(&mr->attributes, offset) != on, mr->parent_obj.context, call)) {
        return;
    }
    RegionEdit edit = region_edit(mr);
    *flag_at(&edit.to, offset) = on;
    region_tree_change(&edit);
    if (mr->enabled) {
        transaction_request(mr->parent_obj.context);
    }
    transaction_close(mr->parent_obj.context);
}

void memory_region_set_readonly(MemoryRegion *mr, bool readonly)
{
    set_flag(mr, offsetof(MemoryRegionAttributes, readonly), readonly, __func__);
}

void memory_region_set_nonvolatile(MemoryRegion *mr, bool nonvolatile)
{
    set_flag(mr, offsetof(MemoryRegionAttributes, nonvolatile), nonvolatile, __func__);
}

void memory_region_set_unmergeable(MemoryRegion *mr, bool unmergeable)
{
    set_flag(mr, offsetof(MemoryRegionAttributes, unmergeable), unmergeable, __func__);
}

void memory_region_set_overlap_policy(MemoryRegion *container, MemoryOverlapPolicy policy)
{
    if (!region_check(container, __func__)) {
        return;
    }
    CONTEXT_LOCK(container->parent_obj.context);
    container->overlap_policy = (uint8_t)policy;
}

void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd_mode)
{
    set_flag(mr, offsetof(MemoryRegionAttributes, romd_mode), romd_mode, __func__);
}

/* Whether one more 'log' call switches logging by VGA on or off. Calls are counted. */
static bool log_would_switch(const MemoryRegion *mr, bool log)
{
    return mr->vga_logging_count == (log ? 0 : 1);
}

static void switch_log(MemoryRegion *mr, bool log)
{
    /* Pairs with region_mark_dirty(): the data of writes that did not see the new count is
     * visible. */
    barrier_heavy();
    RegionEdit edit = region_edit(mr);
    edit.to.dirty_log_mask = log ? 1 << DIRTY_MEMORY_VGA : 0;
    region_tree_change(&edit);
    if (mr->enabled) {
        transaction_request(mr->parent_obj.context);
    }
}

static void count_log(MemoryRegion *mr, bool log, const char *call)
{
    bool switches = log_would_switch(mr, log);
    if (mr->vga_logging_count == (log ? UINT8_MAX : 0)) {
        misuse(mr->parent_obj.context, "%s: logging of '%s' %s", call, region_label(mr),
               log ? "is on 255 times already: switch it off first" : "is off already");
        return;
    }
    __atomic_fetch_add(&mr->vga_logging_count, log ? 1 : -1, __ATOMIC_RELAXED);
    region_watches_review_one(mr);
    if (switches) {
        switch_log(mr, log);
    }
}

void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client)
{
    if (!region_check(mr, __func__)) {
        return;
    }
    assert(client == DIRTY_MEMORY_VGA);
    CONTEXT_LOCK(mr->parent_obj.context);
    bool edits = log_would_switch(mr, log);
    if (edits && !transaction_open(mr->parent_obj.context, __func__)) {
        return;
    }
    count_log(mr, log, __func__);
    if (edits) {
        transaction_close(mr->parent_obj.context);
    }
}
