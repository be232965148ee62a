/* SPDX-License-Identifier: MIT
 *
 * The outermost commit (specification sections 7 and 9.2). It renders the windows that edits have
 * marked into new versions of the views, tells listeners how the views differ, and publishes the
 * new versions. transaction.c calls it.
 *
 *   changed roots  --> spaces that move to another slot   \
 *   changed views  --> new version of the slot's view      } affected spaces, oldest first:
 *   (spaces with listeners for region_nop)                /  tell (change.c), publish
 *
 * A commit does no work for other spaces.
 */
#include "base/probes.h"
#include "region/room.h"
#include "topology/change.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "topology/topology.h"
#include "view/render.h"
#include "view/view.h"

/* ---- New versions of views -------------------------------------------------------------- */

/* Adds a space to the list of affected spaces, which is in order of creation. Callers come with
 * the newest space first (spaces that watch one region) or, mostly, with the oldest first (spaces
 * on one slot). So this tries the head, and then searches from the tail. */
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

/* Resolves the roots that edits have queued. */
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

/* Tidies the windows of a slot. A window costs a descent into the trees of regions and of ranges,
 * and those of a machine that has just been made are many. Then one window from the first to the
 * last is better, although what lies between is rendered for nothing. That may be any region of the
 * context, also one that others cover. 'ranges' is the number of ranges in the view. */
static void settle_windows(ViewSlot *slot, size_t ranges)
{
    enum { FEW = 16, DESCENT = 8 /* as dear as so many ranges and regions */ };
    WindowSet *set = &slot->changed;
    window_set_tidy(set);
    size_t all = ranges + slot->context->region->records.count;
    if (set->count > FEW && set->count * DESCENT > all) {
        window_set_join(set);
    }
}

/* Makes the next version of the slot's view: the present one with the marked windows rendered
 * anew. If nothing is different, slot->next stays NULL. */
static void render_next(ViewSlot *slot)
{
    RangeTree tree = { NULL, 0, 0 };
    if (slot->view) {
        RangeTree published = view_tree(slot->view);
        tree = range_tree_share(&published);
    }
    settle_windows(slot, tree.ranges);
    for (size_t i = 0; i < slot->changed.count; i++) {
        render_splice(&tree, slot->key, slot->changed.window[i]);
    }
    if (slot->view && tree.root == slot->view->root) {
        range_tree_clear(&tree);
        return;
    }
    slot->next = slot->view ? view_next(slot->view, &tree, &slot->changed)
                            : view_new(slot->context, slot->key, &tree);
}

/* Whether the listeners of a space on a marked slot may have to be told of ioeventfds although its
 * view stays the same. Ioeventfds of a disabled region are edited without a mark. If a transaction
 * disables a region, edits its ioeventfds and enables it again, the view stays the same, and only
 * the marks of the first and the last edit are there. */
static bool hears_of_ioeventfds(const SpacePrivate *s)
{
    return s->eventfd_listeners && s->as->context->topology->ioeventfds_edited;
}

static void render_views(MemoryContext *ctx)
{
    ViewSlot *slot;
    TAILQ_FOREACH(slot, &ctx->region->changed_views, queue) {
        if (!slot->key && slot != ctx->topology->empty) {
            continue; /* no space is on this slot any more */
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

/* A listener with region_nop is told of ranges that stay, at each commit. */
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
    PROBE(space_changed, s->as->name, to->id, to->ranges);
    publish(s, to);
    if (heard) {
        ioeventfds_tell(s);
    }
    s->moved = false;
}

/* Makes the next versions the present ones. The old versions are freed after a grace period, when
 * no reader can see them any more. */
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
    PROBE(commit_begin, ctx->name);
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
    PROBE(commit_end, ctx->name);
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

/* A slot that has changed windows, too, stays queued for the next commit that renders. */
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
