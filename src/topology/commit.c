/* SPDX-License-Identifier: MIT
 *
 * The outermost commit (specification sections 7 and 9.2): renders what edits have marked into new
 * versions of the views, tells listeners what became different, and publishes the new views.
 *
 *   changed roots  --> spaces that move to another slot   \
 *   changed views  --> new version of the slot's view      } affected spaces, oldest first:
 *   (spaces with listeners for region_nop)                /  tell (change.c), publish
 *
 * A space that is not affected is not looked at. transaction.c calls it.
 */
#include "region/room.h"
#include "topology/change.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "topology/topology.h"
#include "view/render.h"
#include "view/view.h"

/* ---- Which views are new ---------------------------------------------------------------- */

/* Keeps the list in order of creation. Spaces come in two orders: those that watch one region
 * newest first, those on one slot mostly oldest first. So both ends are tried before the middle. */
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

/* Makes the next version of the slot's view, in which the marked windows show what is there now.
 * 'next' stays NULL if nothing is different. */
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

/* Whether listeners of a space, whose slot is marked, may have to hear of ioeventfds although its
 * view stays. If a region was hidden while its ioeventfds were edited, only the mark of the region
 * tells of it. */
static bool hears_of_ioeventfds(const SpacePrivate *s)
{
    return s->eventfd_listeners && s->as->context->topology->ioeventfds_edited;
}

static void render_views(MemoryContext *ctx)
{
    ViewSlot *slot;
    TAILQ_FOREACH(slot, &ctx->region->changed_views, queue) {
        if (!slot->key && slot != ctx->topology->empty) {
            continue; /* no space is on it any more */
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

/* Old versions are freed after a grace period, when no reader can see them any more. */
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

/* A slot that has other marks, too, stays queued: the commit that they ask for is still to come. */
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
