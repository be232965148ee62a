/* SPDX-License-Identifier: MIT
 *
 * The life of flat views, and looking into them (specification section 8).
 */
#include "view/view.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "region/region.h"

/* The view that the public sees, with what its end needs: dropping one allocates nothing. */
typedef struct View {
    FlatView fv;
    Deferred deferred;
    struct View *also; /* goes with this one */
    LIST_ENTRY(View) link; /* context->views */
    bool going;            /* its tree is being taken apart; under the views' lock */
} View;

FlatView *view_new(MemoryContext *ctx, MemoryRegion *key, RangeTree *tree)
{
    View *view = alloc_zero(sizeof *view);
    FlatView *fv = &view->fv;
    fv->id = ctx->serial << 40 | ++ctx->next_view_id;
    fv->root = tree->root;
    fv->height = tree->height;
    fv->ranges = tree->ranges;
    fv->ref = 1;
    fv->key = key;
    fv->context = ctx;
    memory_region_ref(key);
    *tree = (RangeTree){ NULL, 0, 0 };
    pthread_mutex_lock(&ctx->views_lock);
    LIST_INSERT_HEAD(&ctx->views, view, link);
    pthread_mutex_unlock(&ctx->views_lock);
    return fv;
}

bool view_tryref(FlatView *fv)
{
    uint32_t ref = __atomic_load_n(&fv->ref, __ATOMIC_RELAXED);
    while (ref) {
        if (__atomic_compare_exchange_n(&fv->ref, &ref, ref + 1, true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
    }
    return false;
}

/* Owners may end here, so no lock is held; but the view stays listed as long as it may touch a
 * region. */
static void free_view(View *view)
{
    MemoryContext *ctx = view->fv.context;
    RangeTree tree = view_tree(&view->fv);
    pthread_mutex_lock(&ctx->views_lock);
    view->going = true;
    pthread_mutex_unlock(&ctx->views_lock);
    range_tree_clear(&tree);
    memory_region_unref(view->fv.key);
    pthread_mutex_lock(&ctx->views_lock);
    LIST_REMOVE(view, link);
    pthread_mutex_unlock(&ctx->views_lock);
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

void view_unref_later(FlatView *fv, FlatView **batch)
{
    if (drop(fv)) {
        ((View *)fv)->also = (View *)*batch;
        *batch = fv;
    }
}

void view_unref_batch(FlatView *batch)
{
    if (batch) {
        context_defer(batch->context, &((View *)batch)->deferred, free_views);
    }
}

static bool shows(const View *view, const MemoryRegion *mr)
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

bool view_any_shows(const MemoryRegion *mr)
{
    MemoryContext *ctx = mr->context;
    pthread_mutex_lock(&ctx->views_lock);
    const View *view = LIST_FIRST(&ctx->views);
    while (view && !shows(view, mr)) {
        view = LIST_NEXT(view, link);
    }
    pthread_mutex_unlock(&ctx->views_lock);
    return view;
}

bool view_lookup(const FlatView *fv, hwaddr addr, Range *range)
{
    RangeTree tree = view_tree(fv);
    const Range *found = range_tree_seek(&tree, addr, NULL);
    if (found && found->start <= addr) {
        *range = *found;
        return true;
    }
    *range = (Range){ .start = addr, .last = found ? found->start - 1 : HWADDR_MAX };
    return false;
}

MemoryRegionSection view_section(FlatView *fv, const Range *range)
{
    return (MemoryRegionSection){
        .size = (Int128)(range->last - range->start) + 1,
        .mr = range->mr,
        .fv = fv,
        .offset_within_region = range->offset,
        .offset_within_address_space = range->start,
        .readonly = range->readonly,
        .nonvolatile = range->nonvolatile,
        .unmergeable = range->unmergeable,
    };
}

void flatview_for_each_range(FlatView *fv, flatview_cb cb, void *opaque)
{
    assert(fv && cb);
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    for (const Range *r = range_tree_seek(&tree, 0, &cursor); r; r = range_cursor_next(&cursor)) {
        if (cb(r->start, (Int128)(r->last - r->start) + 1, r->mr, r->offset, opaque)) {
            return;
        }
    }
}

bool memory_region_section_intersect_range(MemoryRegionSection *section, uint64_t offset,
                                           uint64_t size)
{
    Int128 start = section->offset_within_region, end = start + section->size;
    Int128 first = start > offset ? start : (Int128)offset;
    Int128 behind = (Int128)offset + size < end ? (Int128)offset + size : end;
    if (first >= behind) {
        return false;
    }
    section->offset_within_region = (hwaddr)first;
    section->offset_within_address_space += (hwaddr)(first - start);
    section->size = behind - first;
    return true;
}

MemoryRegionSection *memory_region_section_new_copy(MemoryRegionSection *s)
{
    MemoryRegionSection *copy = alloc_zero(sizeof *copy);
    *copy = *s;
    memory_region_ref(copy->mr);
    if (copy->fv) {
        bool alive = view_tryref(copy->fv);
        assert(alive);
        (void)alive;
    }
    return copy;
}

void memory_region_section_free_copy(MemoryRegionSection *s)
{
    memory_region_unref(s->mr);
    if (s->fv) {
        flatview_unref(s->fv);
    }
    free(s);
}
