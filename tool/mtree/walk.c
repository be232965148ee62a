/* SPDX-License-Identifier: MIT
 *
 * Walks over the printed tree (walk.h), clipped at each step as the original clips when it
 * renders. It does not decide which region wins.
 */
#include "mtree/walk.h"

MtreeLine *mtree_only_child(MtreeLine *line)
{
    MtreeLine *only = NULL;

    for (guint i = 0; i < line->children->len; i++) {
        MtreeLine *child = line->children->pdata[i];
        if (!child->disabled) {
            if (only) {
                return line;
            }
            only = child;
        }
    }
    return only;
}

/* Whether a step to what the line shows would lose something, in a machine that has no collapsed
 * roots. 'place' is where that begins, in the coordinates of the line. */
static bool loses_something(const MtreeLine *line, hwaddr place)
{
    return line->block->exact_root &&
           (line->readonly || line->nonvolatile || line->offset != place);
}

static MtreeLine *gives_way_to(MtreeLine *line)
{
    if (line->disabled) {
        return NULL;
    }
    if (line->is_alias) {
        MtreeLine *target = mtree_target(line);
        bool all = line->from == 0 && mtree_size(line) >= mtree_size(target);
        return all && !loses_something(line, target->offset) ? target : line;
    }
    if (!line->container) {
        return line;
    }
    MtreeLine *child = mtree_only_child(line);
    if (!child || child == line) {
        return child;
    }
    bool all = child->offset == 0 && mtree_size(child) <= mtree_size(line);
    return all && !loses_something(line, 0) ? child : line;
}

MtreeLine *mtree_key(MtreeLine *root)
{
    MtreeLine *line = mtree_real(root), *next;

    for (unsigned depth = 0; depth < MTREE_MAX_DEPTH; depth++) {
        next = gives_way_to(line);
        if (!next || next == line) {
            return next;
        }
        line = next;
    }
    return line;
}

MtreeLine *mtree_key_named(MtreeLine *root, const char *name)
{
    MtreeLine *line = mtree_real(root), *next;

    for (unsigned depth = 0; depth < MTREE_MAX_DEPTH; depth++) {
        if (g_str_equal(line->name, name)) {
            return line;
        }
        next = gives_way_to(line);
        if (!next || next == line) {
            return NULL;
        }
        line = next;
    }
    return NULL;
}

/* ---- All ways to one byte --------------------------------------------------------------- */

typedef struct HitWalk {
    GPtrArray *hits;
    GPtrArray *chain;
    bool all;
    const MtreeLine *clipper;
    const MtreeLine *disabled;
} HitWalk;

static void hit_free(gpointer data)
{
    MtreeHit *hit = data;

    g_ptr_array_unref(hit->chain);
    g_free(hit);
}

static void add_hit(HitWalk *w, Int128 at)
{
    MtreeHit *hit = g_new0(MtreeHit, 1);

    hit->chain = g_ptr_array_copy(w->chain, NULL, NULL);
    hit->offset = (hwaddr)at;
    hit->clipper = w->clipper;
    hit->disabled = w->disabled;
    g_ptr_array_add(w->hits, hit);
}

static void walk_into(HitWalk *w, MtreeLine *line, Int128 at);

/* 'at' is the byte's place in the line's own coordinates. */
static void walk_inside(HitWalk *w, MtreeLine *line, Int128 at, bool covered)
{
    if (line->is_alias) {
        walk_into(w, mtree_target(line), at + line->from);
        return;
    }
    for (guint i = 0; i < line->order->len; i++) {
        MtreeLine *child = line->order->pdata[i];
        walk_into(w, child, at - child->offset);
    }
    if (covered) {
        add_hit(w, at);
    }
}

/* A way that is disabled or clipped enters each region only once: such regions may contain
 * themselves. */
static bool worth_entering(const HitWalk *w, MtreeLine *line)
{
    if (w->chain->len >= MTREE_MAX_DEPTH) {
        return false;
    }
    return (!w->clipper && !w->disabled) || !g_ptr_array_find(w->chain, line, NULL);
}

static void walk_into(HitWalk *w, MtreeLine *line, Int128 at)
{
    const MtreeLine *clipper = w->clipper, *disabled = w->disabled;
    bool covered = at >= 0 && at < line->size;
    bool hidden = line->disabled || (line->empty && covered);

    if (!worth_entering(w, line) || (!covered && line->is_alias) ||
        (!w->all && (!covered || line->disabled))) {
        return; /* an alias whose window lies elsewhere is no reason for anything here */
    }
    g_ptr_array_add(w->chain, line);
    if (!covered && !w->clipper) {
        w->clipper = line;
    }
    if (hidden && !w->disabled) {
        w->disabled = line;
    }
    walk_inside(w, line, at, covered);
    w->clipper = clipper;
    w->disabled = disabled;
    g_ptr_array_set_size(w->chain, (gint)w->chain->len - 1);
}

GPtrArray *mtree_hits(MtreeLine *key, hwaddr point, bool all)
{
    g_autoptr(GPtrArray) chain = g_ptr_array_new();
    HitWalk w = { .hits = g_ptr_array_new_with_free_func(hit_free), .chain = chain, .all = all };

    if (key) {
        walk_into(&w, key, (Int128)point - key->offset);
    }
    return w.hits;
}

/* ---- All windows of a view -------------------------------------------------------------- */

typedef struct WindowWalk {
    MtreeVisitFunc *enter, *leave; /* leave: NULL if nobody asks */
    gpointer data;
    bool all; /* disabled regions too */
} WindowWalk;

static bool walk_windows(WindowWalk *w, MtreeLine *line, Int128 zero, Int128 first, Int128 last,
                         unsigned depth);

static bool walk_below(WindowWalk *w, const MtreeVisit *visit)
{
    const MtreeLine *line = visit->line;
    unsigned depth = visit->depth + 1;

    if (line->is_alias) {
        return walk_windows(w, mtree_target(line), visit->zero - line->from, visit->first,
                            visit->last, depth);
    }
    for (guint i = 0; i < line->order->len; i++) {
        MtreeLine *child = line->order->pdata[i];
        if (!walk_windows(w, child, visit->zero + child->offset, visit->first, visit->last,
                          depth)) {
            return false;
        }
    }
    return true;
}

static bool walk_windows(WindowWalk *w, MtreeLine *line, Int128 zero, Int128 first, Int128 last,
                         unsigned depth)
{
    MtreeVisit visit = {
        .line = line,
        .zero = zero,
        .first = int128_max(first, zero),
        .last = int128_min(last, zero + line->size - 1),
        .depth = depth,
    };

    if (visit.first > visit.last || (line->disabled && !w->all)) {
        return true;
    }
    if (!w->enter(&visit, w->data)) {
        return false;
    }
    line->on_way++;
    bool ok = walk_below(w, &visit);
    line->on_way--;
    return ok && (!w->leave || w->leave(&visit, w->data));
}

void mtree_visit(MtreeLine *key, MtreeVisitFunc *enter, MtreeVisitFunc *leave, gpointer data)
{
    WindowWalk w = { .enter = enter, .leave = leave, .data = data };

    walk_windows(&w, key, key->offset, 0, UINT64_MAX, 0);
}

static bool note_bounds(const MtreeVisit *visit, gpointer data)
{
    GArray *bounds = data;
    hwaddr at = (hwaddr)visit->first;

    g_array_append_val(bounds, at);
    if (visit->last < UINT64_MAX) {
        at = (hwaddr)visit->last + 1;
        g_array_append_val(bounds, at);
    }
    return visit->depth < MTREE_MAX_DEPTH;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    const hwaddr *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

void mtree_sort_bounds(GArray *bounds)
{
    guint kept = 0;

    g_array_sort(bounds, by_value);
    for (guint i = 0; i < bounds->len; i++) {
        hwaddr at = g_array_index(bounds, hwaddr, i);
        if (!kept || g_array_index(bounds, hwaddr, kept - 1) != at) {
            g_array_index(bounds, hwaddr, kept++) = at;
        }
    }
    g_array_set_size(bounds, kept);
}

GArray *mtree_bounds(MtreeLine *key)
{
    GArray *bounds = g_array_new(FALSE, FALSE, sizeof(hwaddr));

    if (key) {
        mtree_visit(key, note_bounds, NULL, bounds);
    }
    mtree_sort_bounds(bounds);
    return bounds;
}

typedef struct WindowSearch {
    const MtreeLine *line;
    GArray *windows;
} WindowSearch;

static bool note_window(const MtreeVisit *visit, gpointer data)
{
    WindowSearch *search = data;
    MtreeWindow window = { (hwaddr)visit->first, (hwaddr)visit->last };

    if (visit->line == search->line) {
        g_array_append_val(search->windows, window);
    }
    return visit->depth < MTREE_MAX_DEPTH;
}

static gint by_first(gconstpointer a, gconstpointer b)
{
    return by_value(&((const MtreeWindow *)a)->first, &((const MtreeWindow *)b)->first);
}

GArray *mtree_windows(MtreeLine *key, const MtreeLine *line)
{
    WindowSearch search = { line, g_array_new(FALSE, FALSE, sizeof(MtreeWindow)) };
    guint kept = 0;

    if (key) {
        mtree_visit(key, note_window, NULL, &search);
    }
    g_array_sort(search.windows, by_first);
    for (guint i = 0; i < search.windows->len; i++) {
        MtreeWindow at = g_array_index(search.windows, MtreeWindow, i);
        MtreeWindow *last = &g_array_index(search.windows, MtreeWindow, kept ? kept - 1 : 0);
        if (kept && at.first <= last->last) {
            last->last = MAX(last->last, at.last);
        } else {
            g_array_index(search.windows, MtreeWindow, kept++) = at;
        }
    }
    g_array_set_size(search.windows, kept);
    return search.windows;
}

/* ---- Trees without end ------------------------------------------------------------------ */

enum { MAX_WINDOWS = 1 << 20, MAX_SELF = 4 };

typedef struct EndCheck {
    unsigned windows;
    MtreeLine *culprit;
} EndCheck;

static bool count_window(const MtreeVisit *visit, gpointer data)
{
    EndCheck *check = data;

    if (visit->depth >= MTREE_MAX_DEPTH || visit->line->on_way >= MAX_SELF ||
        ++check->windows > MAX_WINDOWS) {
        check->culprit = visit->line;
        return false;
    }
    return true;
}

static bool fail_check(const Mtree *t, const EndCheck *check, GError **error)
{
    const MtreeLine *line = check->culprit;

    if (check->windows > MAX_WINDOWS) {
        return mtree_fail(error, t->file, line->number,
                          "expected at most %d ways to regions; with '%s' there are more",
                          MAX_WINDOWS, line->name);
    }
    return mtree_fail(error, t->file, line->number,
                      "expected a tree that ends: '%s' shows itself without end, or lies more "
                      "than %d levels deep",
                      line->name, MTREE_MAX_DEPTH);
}

/* Whether an alias shows an alias, and so on, without end. */
static bool is_endless(MtreeLine *line)
{
    for (unsigned depth = 0; line->is_alias; depth++) {
        if (depth >= MTREE_MAX_DEPTH) {
            return true;
        }
        line = mtree_target(line);
    }
    return false;
}

/* A tree without end shows the target of some alias again and again. The target has a block of its
 * own, so a walk from the root of every block finds it, unless the windows do not meet. */
bool mtree_check(const Mtree *t, GError **error)
{
    EndCheck check = { 0 };
    WindowWalk w = { .enter = count_window, .data = &check, .all = true };

    for (guint i = 0; i < t->lines->len; i++) {
        if (is_endless(t->lines->pdata[i])) {
            check.culprit = t->lines->pdata[i];
            return fail_check(t, &check, error);
        }
    }
    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeLine *root = mtree_real(((MtreeBlock *)t->blocks->pdata[i])->root);
        if (!walk_windows(&w, root, 0, 0, root->size - 1, 0)) {
            return fail_check(t, &check, error);
        }
    }
    return true;
}
