/* SPDX-License-Identifier: MIT
 *
 * The outermost commit (specification sections 7 and 9.2): what edits have marked is rendered into
 * new versions of the views, listeners are told what became different, then readers see it.
 *
 *   changed roots  --> spaces that move to another slot   \
 *   changed views  --> new version of the slot's view      } affected spaces, oldest first:
 *   (spaces with listeners for region_nop)                /  del, add, publish
 *
 * A space that is not affected is not looked at.
 */
#include "region/room.h"
#include "topology/change.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "topology/topology.h"
#include "view/render.h"
#include "view/view.h"

/* ---- Which views are new ---------------------------------------------------------------- */

/* Many spaces that watch one region come newest first, those on one slot often oldest first: either
 * end is looked at before the middle. */
static void set_affected(Topology *t, SpacePrivate *s)
{
    if (s->affected) {
        return;
    }
    s->affected = true;
    SpacePrivate *first = TAILQ_FIRST(&t->affected), *older;
    if (!first || s->as->serial < first->as->serial) {
        TAILQ_INSERT_HEAD(&t->affected, s, affected_link);
        return;
    }
    TAILQ_FOREACH_REVERSE(older, &t->affected, SpaceList, affected_link) {
        if (older->as->serial < s->as->serial) {
            TAILQ_INSERT_AFTER(&t->affected, older, s, affected_link);
            return;
        }
    }
}

static void move_spaces(MemoryContext *ctx)
{
    RootResolver *resolver;
    while ((resolver = TAILQ_FIRST(&ctx->region->changed_roots))) {
        TAILQ_REMOVE(&ctx->region->changed_roots, resolver, queue);
        resolver->queued = false;
        SpacePrivate *s = space_of_resolver(resolver);
        space_find_slot(s);
        if (s->moved) {
            set_affected(ctx->topology, s);
        }
    }
}

/* A version of the slot's view in which the marked windows show what is there now; 'next' stays
 * NULL if that makes no difference. */
static void render_next(ViewSlot *slot)
{
    RangeTree tree = { NULL, 0, 0 };
    if (slot->view) {
        RangeTree published = view_tree(slot->view);
        tree = range_tree_share(&published);
    }
    window_set_tidy(&slot->changed);
    for (size_t i = 0; i < slot->changed.count; i++) {
        render_splice(&tree, slot->key, slot->changed.window[i]);
    }
    if (slot->view && tree.root == slot->view->root) {
        range_tree_clear(&tree);
        return;
    }
    slot->next = view_new(slot->context, slot->key, &tree);
}

/* Of a space whose slot is marked: ioeventfds may have come or gone there although the view stays,
 * and somebody wants to know. Those of a region that was hidden for a moment have left no marks of
 * their own. */
static bool hears_of_ioeventfds(const SpacePrivate *s)
{
    return s->eventfd_listeners && s->as->context->topology->ioeventfds_edited;
}

static void render_views(MemoryContext *ctx)
{
    ViewSlot *slot;
    TAILQ_FOREACH(slot, &ctx->region->changed_views, queue) {
        if (!slot->key && slot != ctx->topology->empty) {
            continue; /* left by its last space */
        }
        render_next(slot);
        SpacePrivate *s;
        TAILQ_FOREACH(s, &slot->spaces, slot_link) {
            if (slot->next || hears_of_ioeventfds(s)) {
                set_affected(ctx->topology, s);
            }
        }
    }
}

static void affect_nop_spaces(Topology *t)
{
    SpacePrivate *s;
    if (!t->nop_spaces) {
        return;
    }
    TAILQ_FOREACH(s, &t->spaces, link) {
        if (s->nop_listeners) {
            set_affected(t, s);
        }
    }
}

/* ---- Publication ------------------------------------------------------------------------ */

static void publish(SpacePrivate *s, FlatView *fv)
{
    __atomic_store_n(&s->as->current_map, fv, __ATOMIC_RELEASE);
}

static void update_space(SpacePrivate *s)
{
    FlatView *from = s->as->current_map;
    FlatView *to = s->slot->next ? s->slot->next : s->slot->view;
    bool heard = !TAILQ_EMPTY(&s->listeners);
    if (heard) {
        change_tell(s, from, to);
    }
    publish(s, to);
    if (heard) {
        ioeventfds_tell(s);
    }
    s->moved = false;
}

/* The old version goes when no reader can see it any more. */
static void retire_views(MemoryContext *ctx)
{
    ViewSlot *slot;
    FlatView *batch = NULL;
    while ((slot = TAILQ_FIRST(&ctx->region->changed_views))) {
        TAILQ_REMOVE(&ctx->region->changed_views, slot, queue);
        slot->queued = false;
        window_set_clear(&slot->changed);
        window_set_clear(&slot->ioeventfds);
        if (slot->next) {
            FlatView *old = slot->view;
            slot->view = slot->next;
            slot->next = NULL;
            if (old) {
                view_retire(old, &batch);
            }
        }
    }
    view_retire_batch(batch);
}

void topology_commit(MemoryContext *ctx)
{
    Topology *t = ctx->topology;
    SpacePrivate *s;
    move_spaces(ctx);
    render_views(ctx);
    affect_nop_spaces(t);
    ctx->telling++;
    listeners_begin(ctx);
    while ((s = TAILQ_FIRST(&t->affected))) {
        TAILQ_REMOVE(&t->affected, s, affected_link);
        s->affected = false;
        update_space(s);
    }
    listeners_commit(ctx);
    ctx->telling--;
    retire_views(ctx);
    slots_sweep(t);
    if (t->verify) {
        topology_verify(ctx);
    }
}

/* ---- Ioeventfds only -------------------------------------------------------------------- */

static void affect_hearers(MemoryContext *ctx)
{
    ViewSlot *slot;
    SpacePrivate *s;
    TAILQ_FOREACH(slot, &ctx->region->changed_views, queue) {
        TAILQ_FOREACH(s, &slot->spaces, slot_link) {
            if (hears_of_ioeventfds(s)) {
                set_affected(ctx->topology, s);
            }
        }
    }
}

/* Views that something else has marked wait for the commit that is asked for. */
static void forget_ioeventfd_marks(MemoryContext *ctx)
{
    ViewSlot *slot, *next;
    for (slot = TAILQ_FIRST(&ctx->region->changed_views); slot; slot = next) {
        next = TAILQ_NEXT(slot, queue);
        window_set_clear(&slot->ioeventfds);
        if (!slot->changed.count) {
            TAILQ_REMOVE(&ctx->region->changed_views, slot, queue);
            slot->queued = false;
        }
    }
}

void topology_commit_ioeventfds(MemoryContext *ctx)
{
    Topology *t = ctx->topology;
    SpacePrivate *s;
    affect_hearers(ctx);
    ctx->telling++;
    while ((s = TAILQ_FIRST(&t->affected))) {
        TAILQ_REMOVE(&t->affected, s, affected_link);
        s->affected = false;
        ioeventfds_tell(s);
    }
    ctx->telling--;
    forget_ioeventfd_marks(ctx);
    if (t->verify) {
        ioeventfds_verify(ctx);
    }
}
