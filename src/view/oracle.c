/* SPDX-License-Identifier: MIT
 *
 * The oracle: renders a whole view by following the rules of specification 6.1 literally. It uses
 * signed 128-bit addresses, sorts all children by rank, and looks for gaps in a sorted array. It
 * may be slow, but it must not repeat the renderer's mistakes: the two share neither code nor
 * ideas, only the tree of regions that they read and the range tree that they return.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "region/region.h"
#include "view/render.h"

/* A region that shows at [start, end), inside [0, 2^64). */
typedef struct Piece {
    Int128 start, end;
    Int128 offset;
    MemoryRegion *mr;
    bool readonly, nonvolatile;
} Piece;

/* The pieces that are placed so far: disjoint, in ascending order. */
typedef struct Picture {
    Piece *piece;
    size_t count, room;
} Picture;

/* Where a subtree is painted, and the flags that it inherits. */
typedef struct Place {
    Int128 base;      /* of the container; may be negative inside an alias */
    Int128 low, high; /* only [low, high) is shown */
    bool readonly, nonvolatile;
} Place;

static void put(Picture *p, size_t at, Piece piece)
{
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 16;
        p->piece = alloc_resize(p->piece, p->room, sizeof(*p->piece));
    }
    memmove(&p->piece[at + 1], &p->piece[at], (p->count - at) * sizeof(*p->piece));
    p->piece[at] = piece;
    p->count++;
}

/* Adds the region in the gaps between the pieces. */
static void put_under(Picture *p, MemoryRegion *mr, Place place)
{
    Int128 at = place.low;
    for (size_t i = 0; int128_lt(at, place.high); i++) {
        Int128 next = i < p->count ? p->piece[i].start : int128_2_64();
        Int128 behind = i < p->count ? p->piece[i].end : int128_2_64();
        if (int128_lt(at, next)) {
            Int128 end = int128_min(next, place.high);
            Int128 offset = int128_sub(at, place.base);
            put(p, i++, (Piece){ at, end, offset, mr, place.readonly, place.nonvolatile });
        }
        at = int128_max(at, behind);
    }
}

static int by_rank(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a, *y = *(MemoryRegion *const *)b;
    if (x->priority != y->priority) {
        return x->priority < y->priority ? 1 : -1;
    }
    return x->rank < y->rank ? 1 : -1;
}

static void paint(Picture *p, MemoryRegion *mr, Place place);

static void paint_children(Picture *p, MemoryRegion *mr, Place place)
{
    size_t count = 0;
    MemoryRegion *child, **all = NULL;
    TAILQ_FOREACH(child, &mr->subregions, siblings) {
        all = alloc_resize(all, count + 1, sizeof(*all));
        all[count++] = child;
    }
    if (count) {
        qsort(all, count, sizeof(*all), by_rank);
    }
    for (size_t i = 0; i < count; i++) {
        paint(p, all[i], place);
    }
    free(all);
}

static void paint(Picture *p, MemoryRegion *mr, Place place)
{
    if (!mr->enabled) {
        return;
    }
    int128_addto(&place.base, int128_make64(mr->addr));
    place.low = int128_max(place.low, place.base);
    place.high = int128_min(place.high, int128_add(place.base, mr->size));
    if (int128_ge(place.low, place.high)) {
        return;
    }
    place.readonly = place.readonly || mr->readonly;
    place.nonvolatile = place.nonvolatile || mr->nonvolatile;
    if (mr->kind == MEMORY_KIND_ALIAS) {
        /* paint() adds the target's own address again. */
        int128_subfrom(&place.base, int128_make64(mr->alias->addr));
        int128_subfrom(&place.base, int128_make64(mr->alias_offset));
        paint(p, mr->alias, place);
        return;
    }
    paint_children(p, mr, place);
    if (mr->kind != MEMORY_KIND_CONTAINER) {
        put_under(p, mr, place);
    }
}

static Range range_of(const Piece *piece)
{
    return (Range){
        .start = int128_getlo(piece->start),
        .last = int128_getlo(piece->end) - 1,
        .mr = piece->mr,
        .offset = int128_getlo(piece->offset),
        .dirty_mask = region_shown_dirty_mask(piece->mr),
        .romd = piece->mr->kind == MEMORY_KIND_ROM_DEVICE && piece->mr->romd_mode,
        .readonly = piece->readonly,
        .own_readonly = piece->mr->readonly,
        .nonvolatile = piece->nonvolatile,
        .unmergeable = piece->mr->unmergeable,
    };
}

static bool can_join(const Piece *a, const Piece *b)
{
    Int128 offset = int128_add(a->offset, int128_sub(a->end, a->start));

    return a->mr == b->mr && int128_eq(a->end, b->start) && int128_eq(offset, b->offset) &&
           a->readonly == b->readonly && a->nonvolatile == b->nonvolatile && !a->mr->unmergeable;
}

RangeTree oracle_render(MemoryRegion *key)
{
    Picture p = { NULL, 0, 0 };
    RangeTree tree = { NULL, 0, 0 };
    if (key) {
        paint(&p, key, (Place){ .high = int128_2_64() });
    }
    for (size_t i = 0; i < p.count; i++) {
        Piece joined = p.piece[i];
        while (i + 1 < p.count && can_join(&joined, &p.piece[i + 1])) {
            joined.end = p.piece[++i].end;
        }
        Range range = range_of(&joined);
        range_tree_insert(&tree, &range);
    }
    free(p.piece);
    return tree;
}
