/* SPDX-License-Identifier: MIT
 *
 * Makes, retires and frees flat views (specification section 8). A retired view is in a list until
 * it is freed, so that memory_region_wait_unused() finds it. lookup.c looks into views.
 */
#include "view/view.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/probes.h"
#include "region/region.h"
#include "view/age.h"
#include "view/holds.h"

struct ViewRoom {
    InnerLock lock;            /* of 'retired' */
    LIST_HEAD(, View) retired; /* not freed yet */
};

/* A FlatView, which is public, together with the fields that its end needs. Ending a view must not
 * need an allocation. */
typedef struct View {
    FlatView fv;
    Deferred deferred;
    struct View *also;     /* the next view of the batch; retired or freed with this one */
    bool going;            /* its tree is being freed; under the room's lock */
    LIST_ENTRY(View) link; /* room->retired */
} View;

void view_room_new(MemoryContext *ctx)
{
    struct ViewRoom *room = alloc_new(struct ViewRoom);
    inner_lock_init(ctx, &room->lock);
    LIST_INIT(&room->retired);
    ctx->view = room;
}

void view_room_free(MemoryContext *ctx)
{
    inner_lock_destroy(&ctx->view->lock);
    free(ctx->view);
}

/* Fills in what all versions have. A view is published with an id. */
static FlatView *make(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree)
{
    View *view = alloc_new(View);
    FlatView *fv = &view->fv;
    fv->root = tree->root;
    fv->height = tree->height;
    fv->ranges = tree->ranges;
    fv->key = key;
    fv->context = ctx;
    memory_region_ref(key);
    *tree = (RangeTree){ NULL, 0, 0 };
    return fv;
}

FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree)
{
    FlatView *fv = make(ctx, key, tree);
    view_age_begin(fv);
    view_publish(fv);
    return fv;
}

FlatView *view_next(const FlatView *before, RangeTree *tree, const WindowSet *changed)
{
    FlatView *fv = make(before->context, before->key, tree);
    view_age_next(fv, before, changed);
    view_publish(fv);
    return fv;
}

/* ---- End -------------------------------------------------------------------------------- *
 *
 * The functions below take a batch: a view and those that follow it in 'also'. */

static struct ViewRoom *room_of(const View *view)
{
    return view->fv.context->view;
}

static void announce_end(View *batch)
{
    struct ViewRoom *room = room_of(batch);
    inner_lock(&room->lock);
    for (View *v = batch; v; v = v->also) {
        v->going = true;
    }
    inner_unlock(&room->lock);
}

/* No lock is held while trees are freed, because that can end owners of regions, which runs code of
 * the program. */
static void drop_regions(View *batch)
{
    for (View *v = batch; v; v = v->also) {
        RangeTree tree = view_tree(&v->fv);
        range_tree_clear(&tree);
        memory_region_unref(v->fv.key);
    }
}

static void unlist(View *batch)
{
    struct ViewRoom *room = room_of(batch);
    inner_lock(&room->lock);
    for (View *v = batch; v; v = v->also) {
        LIST_REMOVE(v, link);
    }
    inner_unlock(&room->lock);
}

/* Views stay in the list until they have dropped their references on regions. */
static void free_batch(View *batch)
{
    announce_end(batch);
    drop_regions(batch);
    unlist(batch);
    while (batch) {
        View *view = batch;
        batch = view->also;
        PROBE(view_freed, view->fv.id);
        free(view);
    }
}

static View *deferred_batch(Deferred *d)
{
    return (View *)((char *)d - offsetof(View, deferred));
}

static void free_deferred(Deferred *d)
{
    free_batch(deferred_batch(d));
}

void flatview_unref(FlatView *fv)
{
    READ_SECTION_UNLESS(cells_section_enter());
    if (view_drop(fv)) {
        context_defer(fv->context, &((View *)fv)->deferred, free_deferred);
    }
}

void view_ref(FlatView *fv)
{
    READ_SECTION;
    view_hold(fv);
}

/* ---- Retirement ------------------------------------------------------------------------- */

void view_retire(FlatView *fv, FlatView **batch)
{
    PROBE(view_retired, fv->id, fv->ranges);
    ((View *)fv)->also = (View *)*batch;
    *batch = fv;
}

/* Takes the first view out of a batch, before view_settle() lets other threads free it. */
static View *take_first(View **batch)
{
    View *view = *batch;
    *batch = view->also;
    view->also = NULL;
    return view;
}

/* Called a grace period after the views were withdrawn. */
static void settle_deferred(Deferred *d)
{
    View *batch = deferred_batch(d), *unused = NULL;
    while (batch) {
        View *view = take_first(&batch);
        if (view_settle(&view->fv)) {
            view->also = unused;
            unused = view;
        }
    }
    if (unused) {
        free_batch(unused);
    }
}

static void list_and_withdraw(View *batch)
{
    struct ViewRoom *room = room_of(batch);
    inner_lock(&room->lock);
    for (View *v = batch; v; v = v->also) {
        LIST_INSERT_HEAD(&room->retired, v, link);
        view_withdraw(&v->fv);
    }
    inner_unlock(&room->lock);
}

void view_retire_batch(FlatView *fv)
{
    View *batch = (View *)fv;
    if (batch) {
        list_and_withdraw(batch);
        context_defer(fv->context, &batch->deferred, settle_deferred);
    }
}

/* ---- Retired views that show a region ----------------------------------------------------- */

/* Returns whether a view may show the region. The tree of a view that is going cannot be read any
 * more, so the answer is true until the view has left the list. */
static bool may_show(const View *view, const MemoryRegion *mr)
{
    if (view->going || view->fv.key == mr) {
        return true;
    }
    RangeTree tree = view_tree(&view->fv);
    RangeCursor cursor;
    const Range *r = range_tree_seek(&tree, 0, &cursor);
    while (r && r->mr != mr) {
        r = range_cursor_next(&cursor);
    }
    return r;
}

bool view_any_retired_shows(const MemoryRegion *mr)
{
    struct ViewRoom *room = mr->parent_obj.context->view;
    inner_lock(&room->lock);
    const View *view = LIST_FIRST(&room->retired);
    while (view && !may_show(view, mr)) {
        view = LIST_NEXT(view, link);
    }
    inner_unlock(&room->lock);
    return view;
}
