/* SPDX-License-Identifier: MIT
 *
 * Address spaces: their beginning and end (specification section 8), and the questions about them
 * that need no access (6.2).
 */
#include <stdlib.h>

#include <physmem/historic.h>

#include "base/alloc.h"
#include "region/journal.h"
#include "region/region.h"
#include "topology/topology.h"
#include "view/view.h"

static void set_first_space(MemoryContext *ctx, MemoryRegion *root)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->as->root == root) {
            break;
        }
    }
    rcu_assign_pointer(root->first_space, s ? s->as : NULL);
}

static void space_link(AddressSpace *as)
{
    Topology *t = as->context->topology;
    SpacePrivate *s = as->priv;
    s->as = as;
    s->resolver.root = &as->root;
    s->root_owner = object_ref(memory_region_owner(as->root));
    TAILQ_INIT(&s->listeners);
    TAILQ_INSERT_TAIL(&t->spaces, s, link);
    as->serial = ++t->next_serial;
    if (!as->root->first_space) {
        rcu_assign_pointer(as->root->first_space, as);
    }
}

/* The first view of a space: what the tree says now. */
static void show_root(AddressSpace *as)
{
    space_find_slot(as->priv);
    as->priv->moved = false;
    slot_render_first(as->priv->slot);
    __atomic_store_n(&as->current_map, as->priv->slot->view, __ATOMIC_RELEASE);
}

/* The space shows the committed state, but the edits of the open transaction left no marks in a
 * view that was not there yet: the commit has to look at all of it, even if none of them asked for
 * one. */
static void expect_commit(SpacePrivate *s)
{
    transaction_request(s->as->context);
    slot_mark_all(s->slot);
    root_queue(s->as->context, &s->resolver);
    for (size_t i = 0; i < s->resolver.watches; i++) {
        region_reconsider(s->resolver.watch[i].region);
    }
}

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name)
{
    MemoryContext *ctx = root->context;
    CONTEXT_LOCK(ctx);
    if (ctx->telling) {
        misuse(ctx, "%s: not from a listener's callback", __func__);
        return;
    }
    *as = (AddressSpace){
        .context = ctx,
        .name = alloc_string(name ? name : "anonymous"),
        .root = root,
        .hole_result = MEMTX_DECODE_ERROR,
        .priv = alloc_zero(sizeof(SpacePrivate)),
    };
    space_link(as);
    if (journal_rewind(ctx)) {
        show_root(as);
        journal_replay(ctx);
        expect_commit(as->priv);
    } else {
        show_root(as);
    }
}

static void space_free(Deferred *d)
{
    SpacePrivate *s = (SpacePrivate *)((char *)d - offsetof(SpacePrivate, deferred));
    if (s->bounce) {
        d->context->free_bounce_pool(s->bounce);
    }
    object_unref(s->root_owner);
    free(s->name);
    free(s->structure);
    free(s);
}

static bool may_end(const AddressSpace *as)
{
    MemoryContext *ctx = as->context;
    if (!as->priv) {
        return misuse(ctx, "address_space_destroy: the space has ended already");
    }
    if (ctx->telling || !TAILQ_EMPTY(&as->priv->listeners)) {
        return misuse(ctx, "address_space_destroy: '%s' %s", as->name,
                      ctx->telling ? "goes in a listener's callback" : "still has listeners");
    }
    return true;
}

static void destroy(AddressSpace *as, AddressSpace *structure)
{
    MemoryContext *ctx = as->context;
    SpacePrivate *s = as->priv;
    CONTEXT_LOCK(ctx);
    if (s && s->shares > 1) {
        s->shares--;
        return;
    }
    if (!may_end(as)) {
        return;
    }
    TAILQ_REMOVE(&ctx->topology->spaces, s, link);
    if (as->root && as->root->first_space == as) {
        set_first_space(ctx, as->root);
    }
    if (s->resolver.queued) {
        TAILQ_REMOVE(&ctx->changed_roots, &s->resolver, queue);
    }
    root_unwatch(&s->resolver);
    space_leave_slot(s);
    slots_sweep(ctx->topology);
    s->name = as->name;
    s->bounce = as->bounce;
    s->structure = s->shares ? as : structure;
    as->priv = NULL;
    context_defer(ctx, &s->deferred, space_free);
}

void address_space_destroy(AddressSpace *as)
{
    destroy(as, NULL);
}

void address_space_destroy_free(AddressSpace *as)
{
    destroy(as, as);
}

/* ---- Spaces that are shared (23) -------------------------------------------------------- */

static SpacePrivate *shared_space_on(MemoryContext *ctx, const MemoryRegion *root)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->shares && s->as->root == root) {
            break;
        }
    }
    return s;
}

AddressSpace *address_space_init_shareable(MemoryRegion *root, const char *name)
{
    MemoryContext *ctx = root->context;
    CONTEXT_LOCK(ctx);
    SpacePrivate *s = shared_space_on(ctx, root);
    if (s) {
        s->shares++;
        return s->as;
    }
    AddressSpace *as = alloc_zero(sizeof *as);
    address_space_init(as, root, name);
    if (!as->priv) {
        free(as); /* refused */
        return NULL;
    }
    as->priv->shares = 1;
    return as;
}

void address_space_set_hole(AddressSpace *as, uint8_t byte, MemTxResult result)
{
    CONTEXT_LOCK(as->context);
    as->hole_byte = byte;
    as->hole_result = result;
}

FlatView *address_space_get_flatview(AddressSpace *as)
{
    READ_SECTION;
    FlatView *fv;
    do {
        fv = address_space_to_flatview(as);
    } while (!view_tryref(fv));
    return fv;
}

/* ---- What is visible of a region (6.2) -------------------------------------------------- */

/* Adds up addresses to the topmost container; false if that passes 2^64. The links are read
 * without the lock: an edit at the same time gives the answer before or after it. */
static bool to_topmost(MemoryRegion **mr, hwaddr *addr)
{
    for (;;) {
        MemoryRegion *at = *mr;
        hwaddr place = __atomic_load_n(&at->addr, __ATOMIC_RELAXED);
        if (__builtin_add_overflow(*addr, place, addr)) {
            return false;
        }
        MemoryRegion *container = __atomic_load_n(&at->container, __ATOMIC_CONSUME);
        if (!container) {
            return true;
        }
        *mr = container;
    }
}

/* The first range that touches [addr, last], cut to it. */
static bool find_range(FlatView *fv, hwaddr addr, hwaddr last, Range *range)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_seek(&tree, addr, NULL);
    if (!found || found->start > last) {
        return false;
    }
    *range = *found;
    if (range->start < addr) {
        range->offset += addr - range->start;
        range->start = addr;
    }
    range->last = range->last < last ? range->last : last;
    return true;
}

/* Read section. */
static MemoryRegionSection find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    MemoryRegionSection nothing = { 0 };
    Range range;
    if (!size || !to_topmost(&mr, &addr)) {
        return nothing;
    }
    AddressSpace *as = __atomic_load_n(&mr->first_space, __ATOMIC_CONSUME);
    if (!as) {
        return nothing;
    }
    FlatView *fv = address_space_to_flatview(as);
    hwaddr last = size - 1 > HWADDR_MAX - addr ? HWADDR_MAX : addr + (size - 1);
    return find_range(fv, addr, last, &range) ? view_section(fv, &range) : nothing;
}

MemoryRegionSection memory_region_find(MemoryRegion *mr, hwaddr addr, uint64_t size)
{
    READ_SECTION;
    MemoryRegionSection section = find(mr, addr, size);
    memory_region_ref(section.mr);
    return section;
}

bool memory_region_present(MemoryRegion *container, hwaddr addr)
{
    READ_SECTION;
    MemoryRegionSection section = find(container, addr, 1);
    return section.mr && section.mr != container;
}
