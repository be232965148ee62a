/* SPDX-License-Identifier: MIT
 *
 * Replaces the ranges in a window of a view by those that the regions show there now. A range of
 * the old view that reaches over an end of the window keeps its part outside; ranges that continue
 * each other across an end are joined. Only ranges that have really changed are written to the
 * tree, so an edit without effect copies no node.
 *
 *   old       |----- A -----|   |-- B --|       |---- C ----|
 *   window             [..............................]
 *   new       |-- A ---|        as rendered         |-- C ---|
 *
 * The window may grow first, so that it cuts no unmergeable range.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/probes.h"
#include "region/region.h"
#include "view/render.h"

/* Ranges in ascending order: up to 16 in the structure itself, more on the heap. */
typedef struct RangeRun {
    Range *range;
    size_t count;
    size_t room;
    Range few[16];
} RangeRun;

static void run_init(RangeRun *run)
{
    run->range = run->few;
    run->count = 0;
    run->room = sizeof(run->few) / sizeof(run->few[0]);
}

static void run_add(RangeRun *run, const Range *range)
{
    if (run->count == run->room) {
        Range *old = run->range == run->few ? NULL : run->range;
        run->room *= 2;
        run->range = alloc_resize(old, run->room, sizeof(*run->range));
        if (!old) {
            memcpy(run->range, run->few, sizeof(run->few));
        }
    }
    run->range[run->count++] = *range;
}

static void run_free(RangeRun *run)
{
    if (run->range != run->few) {
        free(run->range);
    }
}

/* Adds a range behind the others. If it continues the last one, that one is extended instead. */
static void run_append(RangeRun *run, const Range *range)
{
    Range *before = run->count ? &run->range[run->count - 1] : NULL;
    if (before && range_continues(before, range)) {
        before->last = range->last;
    } else {
        run_add(run, range);
    }
}

/* Takes the old ranges in the window. Neighbours that touch its ends are taken, too, because a new
 * range may have to be joined with them. */
static void take_old(RangeRun *run, const RangeTree *tree, Window w)
{
    RangeCursor cursor;
    hwaddr reach = w.last == HWADDR_MAX ? HWADDR_MAX : w.last + 1;
    const Range *r = range_tree_seek(tree, w.first ? w.first - 1 : 0, &cursor);
    for (; r && r->start <= reach; r = range_cursor_next(&cursor)) {
        run_add(run, r);
    }
}

/* Returns the window, extended to hold all of an unmergeable range at either end. If such a range
 * were cut, its parts could not be joined again. */
static Window uncut(const RangeRun *old, Window w)
{
    if (old->count) {
        const Range *first = &old->range[0], *last = &old->range[old->count - 1];
        if (first->unmergeable && first->start < w.first) {
            w.first = first->start;
        }
        if (last->unmergeable && last->last > w.last) {
            w.last = last->last;
        }
    }
    return w;
}

static void take_before(RangeRun *run, const RangeRun *old, Window w)
{
    if (old->count && old->range[0].start < w.first) {
        Range piece = old->range[0];
        piece.last = piece.last < w.first ? piece.last : w.first - 1;
        run_append(run, &piece);
    }
}

static void take_behind(RangeRun *run, const RangeRun *old, Window w)
{
    if (old->count && old->range[old->count - 1].last > w.last) {
        Range piece = old->range[old->count - 1];
        if (piece.start <= w.last) {
            piece.offset += w.last + 1 - piece.start;
            piece.start = w.last + 1;
        }
        run_append(run, &piece);
    }
}

static void take_rendered(RangeRun *run, MemoryRegion *key, Window w)
{
    RangeTree rendered = { NULL, 0, 0 };
    RangeCursor cursor;
    render_window(&rendered, key, w);
    for (const Range *r = range_tree_seek(&rendered, 0, &cursor); r;
         r = range_cursor_next(&cursor)) {
        run_append(run, r);
    }
    range_tree_clear(&rendered);
}

/* Removes from the tree, or inserts into it, each range of 'run' that is not also in 'other'. */
static void write_difference(RangeTree *tree, const RangeRun *run, const RangeRun *other,
                             bool remove)
{
    size_t j = 0;
    for (size_t i = 0; i < run->count; i++) {
        const Range *r = &run->range[i];
        while (j < other->count && other->range[j].last < r->last) {
            j++;
        }
        if (j < other->count && range_identical(r, &other->range[j])) {
            continue;
        }
        PROBE(range_changed, r->mr->name, r->start, r->last, remove);
        if (remove) {
            range_tree_remove(tree, r->last);
        } else {
            range_tree_insert(tree, r);
        }
    }
}

void render_splice(RangeTree *tree, MemoryRegion *key, Window w)
{
    RangeRun old, now;
    run_init(&old);
    run_init(&now);
    take_old(&old, tree, w);
    w = uncut(&old, w);
    take_before(&now, &old, w);
    take_rendered(&now, key, w);
    take_behind(&now, &old, w);
    write_difference(tree, &old, &now, true);
    write_difference(tree, &now, &old, false);
    run_free(&old);
    run_free(&now);
}
