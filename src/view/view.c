/* SPDX-License-Identifier: MIT
 *
 * Makes and frees flat views, and lists those that somebody keeps after their space shows a newer
 * one (specification section 8). lookup.c looks into views.
 */
#include "view/view.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"

struct ViewRoom {
    uint64_t next_id;
    InnerLock lock;         /* of 'kept' */
    LIST_HEAD(, View) kept; /* retired while others had references; not freed yet */
};

/* A FlatView, which is public, together with the fields that its end needs. Ending a view must not
 * need an allocation. */
typedef struct View {
    FlatView fv;
    Deferred deferred;
    struct View *also;     /* the next view of the batch; freed together with this one */
    bool kept;             /* in the list: others had references when this view was retired */
    bool going;            /* its tree is being freed; under the room's lock */
    LIST_ENTRY(View) link; /* room->kept */
} View;

void view_room_new(MemoryContext *ctx)
{
    struct ViewRoom *room = alloc_new(struct ViewRoom);
    inner_lock_init(ctx, &room->lock);
    LIST_INIT(&room->kept);
    ctx->view = room;
}

void view_room_free(MemoryContext *ctx)
{
    inner_lock_destroy(&ctx->view->lock);
    free(ctx->view);
}

FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree)
{
    View *view = alloc_new(View);
    FlatView *fv = &view->fv;
    fv->id = ctx->serial << 40 | ++ctx->view->next_id;
    fv->root = tree->root;
    fv->height = tree->height;
    fv->ranges = tree->ranges;
    fv->ref = 1;
    fv->key = key;
    fv->context = ctx;
    memory_region_ref(key);
    *tree = (RangeTree){ NULL, 0, 0 };
    return fv;
}

/* ---- Views that others keep -------------------------------------------------------------- */

static void list_kept(View *view)
{
    struct ViewRoom *room = view->fv.context->view;
    view->kept = true;
    inner_lock(&room->lock);
    LIST_INSERT_HEAD(&room->kept, view, link);
    inner_unlock(&room->lock);
}

static void announce_end(View *view)
{
    struct ViewRoom *room = view->fv.context->view;
    inner_lock(&room->lock);
    view->going = true;
    inner_unlock(&room->lock);
}

static void unlist_kept(View *view)
{
    struct ViewRoom *room = view->fv.context->view;
    inner_lock(&room->lock);
    LIST_REMOVE(view, link);
    inner_unlock(&room->lock);
}

/* ---- End -------------------------------------------------------------------------------- */

/* No lock is held while the tree is freed, because that can end owners of regions, which runs code
 * of the program. A kept view stays in the list until it has dropped its references on regions. */
static void free_view(View *view)
{
    RangeTree tree = view_tree(&view->fv);
    if (view->kept) {
        announce_end(view);
    }
    range_tree_clear(&tree);
    memory_region_unref(view->fv.key);
    if (view->kept) {
        unlist_kept(view);
    }
    free(view);
}

static void free_views(Deferred *d)
{
    View *view = (View *)((char *)d - offsetof(View, deferred));
    while (view) {
        View *also = view->also;
        free_view(view);
        view = also;
    }
}

static bool drop(FlatView *fv)
{
    return !__atomic_sub_fetch(&fv->ref, 1, __ATOMIC_ACQ_REL);
}

void flatview_unref(FlatView *fv)
{
    if (drop(fv)) {
        context_defer(fv->context, &((View *)fv)->deferred, free_views);
    }
}

/* Gives up a reference; returns whether it was the last one. If others may have references, the
 * view is put into the list first: once this reference is gone, another thread may free the view at
 * any time. */
static bool retire(FlatView *fv)
{
    uint32_t only = 1;
    if (__atomic_compare_exchange_n(&fv->ref, &only, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
        return true;
    }
    list_kept((View *)fv);
    return drop(fv);
}

void view_retire(FlatView *fv, FlatView **batch)
{
    if (retire(fv)) {
        ((View *)fv)->also = (View *)*batch;
        *batch = fv;
    }
}

void view_retire_batch(FlatView *batch)
{
    if (batch) {
        context_defer(batch->context, &((View *)batch)->deferred, free_views);
    }
}

/* ---- Kept views that show a region -------------------------------------------------------- */

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

bool view_any_kept_shows(const MemoryRegion *mr)
{
    struct ViewRoom *room = mr->context->view;
    inner_lock(&room->lock);
    const View *view = LIST_FIRST(&room->kept);
    while (view && !may_show(view, mr)) {
        view = LIST_NEXT(view, link);
    }
    inner_unlock(&room->lock);
    return view;
}
