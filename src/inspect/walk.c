/* SPDX-License-Identifier: MIT
 *
 * Walks over a context's trees and views in the order in which they are shown (walk.h). The
 * visitors in tree.c and views.c print them.
 *
 * Spaces with the same root, or the same view, share one block. A block stands where its oldest
 * space is in the order of creation. In a walk over trees, blocks of alias targets follow: one for
 * each region that is the target of an alias, in the order in which the walk meets the aliases.
 * These blocks may contain further aliases, so the list of targets grows while it is walked.
 */
#include "inspect/walk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "region/extras.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/view.h"

/* ---- Blocks of spaces ------------------------------------------------------------------- */

/* Returns what all spaces of a block share: their root or their view. */
typedef const void *CommonPart(const AddressSpace *as);

static const void *root_of(const AddressSpace *as)
{
    return as->root;
}

static const void *view_of(const AddressSpace *as)
{
    return as->current_map;
}

/* Whether the space is the oldest of its block. */
static bool is_first(const AddressSpace *as, CommonPart *part)
{
    const SpacePrivate *s = TAILQ_FIRST(&as->context->topology->spaces);
    while (part(s->as) != part(as)) {
        s = TAILQ_NEXT(s, link);
    }
    return s->as == as;
}

/* Begins a block, and visits its spaces. 'first' is the oldest of them. */
static void begin_block(InspectVisitor *v, const AddressSpace *first, CommonPart *part)
{
    v->begin(v, NULL);
    for (const SpacePrivate *s = first->priv; s; s = TAILQ_NEXT(s, link)) {
        if (part(s->as) == part(first)) {
            v->space(v, s->as);
        }
    }
}

/* ---- Trees ------------------------------------------------------------------------------ */

typedef struct TreeWalk {
    InspectVisitor *visitor;
    uint64_t mark;          /* RegionExtras.visit of the regions in 'targets' */
    MemoryRegion **targets; /* of aliases, in the order in which the walk met them */
    size_t target_count;
    size_t target_room;
} TreeWalk;

/* Adds the target of an alias to the list, unless it is there already. */
static void note_target(TreeWalk *w, MemoryRegion *target)
{
    RegionExtras *extras = region_extras_made(target);

    if (extras->visit == w->mark) {
        return;
    }
    extras->visit = w->mark;
    if (w->target_count == w->target_room) {
        w->target_room = w->target_room ? 2 * w->target_room : 64;
        w->targets = alloc_resize(w->targets, w->target_room, sizeof(*w->targets));
    }
    w->targets[w->target_count++] = target;
}

/* Orders by ascending address. Of two regions at one address, the one that hides the other comes
 * first: that with the higher priority or, if the priorities are equal, the newer one. */
static int compare_siblings(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a;
    const MemoryRegion *y = *(MemoryRegion *const *)b;

    if (x->addr != y->addr) {
        return x->addr < y->addr ? -1 : 1;
    }
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

/* Returns a sorted copy of the list of subregions. The caller frees it. */
static MemoryRegion **sorted_subregions(const MemoryRegion *mr, size_t *count)
{
    MemoryRegion *sub, **list;
    size_t n = 0;

    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        n++;
    }
    list = alloc_zero((n + 1) * sizeof(*list));
    n = 0;
    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        list[n++] = sub;
    }
    qsort(list, n, sizeof(*list), compare_siblings);
    *count = n;
    return list;
}

static void walk_region(TreeWalk *w, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    w->visitor->region(w->visitor, mr, base, level);
    if (mr->kind == MEMORY_KIND_ALIAS) {
        note_target(w, mr->alias);
    }

    size_t count;
    MemoryRegion **subs = sorted_subregions(mr, &count);
    for (size_t i = 0; i < count; i++) {
        walk_region(w, subs[i], base + mr->addr, level + 1);
    }
    free(subs);
}

static void walk_roots(TreeWalk *w, MemoryContext *ctx)
{
    const SpacePrivate *s;

    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (is_first(s->as, root_of)) {
            begin_block(w->visitor, s->as, root_of);
            if (s->as->root) {
                walk_region(w, s->as->root, 0, 0);
            }
            w->visitor->end(w->visitor);
        }
    }
}

static void walk_targets(TreeWalk *w)
{
    for (size_t i = 0; i < w->target_count; i++) {
        w->visitor->begin(w->visitor, w->targets[i]);
        walk_region(w, w->targets[i], 0, 0);
        w->visitor->end(w->visitor);
    }
    free(w->targets);
}

void inspect_walk_trees(MemoryContext *ctx, InspectVisitor *v)
{
    TreeWalk w = { .visitor = v, .mark = ++ctx->region->latest_visit };

    walk_roots(&w, ctx);
    walk_targets(&w);
}

/* ---- Views ------------------------------------------------------------------------------ */

static void walk_view(InspectVisitor *v, const FlatView *fv)
{
    RangeCursor cursor;

    v->view(v, fv);
    for (const Range *r = view_first(fv, &cursor); r; r = range_cursor_next(&cursor)) {
        v->range(v, r);
    }
}

void inspect_walk_views(MemoryContext *ctx, InspectVisitor *v)
{
    const SpacePrivate *s;

    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (is_first(s->as, view_of)) {
            begin_block(v, s->as, view_of);
            walk_view(v, s->as->current_map);
            v->end(v);
        }
    }
}
