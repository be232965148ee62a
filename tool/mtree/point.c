/* SPDX-License-Identifier: MIT
 *
 * One address of a printed view and the guesses about it (point.h). Among all ways to the
 * address it finds the way to the region that answered there, and corrects the guess that
 * contradicts it:
 *
 *   - a container answers: it has handlers of its own;
 *   - a sibling of equal priority hides the region: the sibling is older;
 *   - a window of one byte hides the region: the window is empty;
 *   - the range is ROM: an alias on the way is read-only.
 */
#include "mtree/point.h"

static bool answers(const MtreeHit *hit)
{
    MtreeLine *line = mtree_hit_line(hit);

    return !hit->disabled && !line->container && !line->is_alias;
}

static const MtreeHit *first_answer(const GPtrArray *hits)
{
    for (guint i = 0; i < hits->len; i++) {
        if (answers(hits->pdata[i])) {
            return hits->pdata[i];
        }
    }
    return NULL;
}

MtreeLine *mtree_point_front(const GPtrArray *hits)
{
    const MtreeHit *first = first_answer(hits);

    return first ? mtree_hit_line(first) : NULL;
}

static bool is_wanted(const FitPoint *fit, const MtreeHit *hit)
{
    const MtreeLine *line = mtree_hit_line(hit);

    return line->priority == fit->range->priority && hit->offset == fit->offset &&
           g_str_equal(line->name, fit->range->name) &&
           (line->kind == fit->range->kind || fit->range->kind == MTREE_ROM);
}

/* Returns the hit that explains the range: one that answers already, else one that is neither
 * disabled nor empty, else any. */
static const MtreeHit *wanted_hit(const FitPoint *fit)
{
    const MtreeHit *best = NULL;

    for (guint i = 0; i < fit->hits->len; i++) {
        const MtreeHit *hit = fit->hits->pdata[i];
        if (!is_wanted(fit, hit)) {
            continue;
        }
        if (answers(hit)) {
            return hit;
        }
        if (!best || (best->disabled && !hit->disabled)) {
            best = hit;
        }
    }
    return best;
}

/* Makes the innermost window of one byte on the way empty, unless a view has shown that it is not.
 * Returns whether there is one. */
static bool empty_on_way(const MtreeHit *hit)
{
    for (guint i = hit->chain->len; i-- > 0;) {
        MtreeLine *line = hit->chain->pdata[i];
        if (line->size == 1 && !line->empty && !line->pinned) {
            line->empty = true;
            return true;
        }
    }
    return false;
}

static bool make_answer(const MtreeHit *hit)
{
    MtreeLine *line = mtree_hit_line(hit);
    bool changed = line->container;

    line->container = false;
    for (guint i = 0; i < hit->chain->len; i++) {
        MtreeLine *step = hit->chain->pdata[i];
        changed |= step->empty;
        step->pinned |= step->empty;
        step->empty = false;
    }
    return changed;
}

static void put_in_front(MtreeLine *line, MtreeLine *of)
{
    GPtrArray *order = line->parent->order;
    guint place;

    g_ptr_array_remove(order, line);
    g_ptr_array_find(order, of, &place);
    g_ptr_array_insert(order, (gint)place, line);
}

/* Called when 'hit' hides 'wanted', but should not. If the ways part at two siblings of one
 * priority, puts the one of 'wanted' in front. Otherwise makes a window on the way of 'hit' empty,
 * if it may be. Returns whether a guess was changed. */
static bool give_way(const MtreeHit *hit, const MtreeHit *wanted)
{
    guint n = MIN(hit->chain->len, wanted->chain->len), i = 0;

    while (i < n && hit->chain->pdata[i] == wanted->chain->pdata[i]) {
        i++;
    }
    if (i == n) {
        return false;
    }
    MtreeLine *front = hit->chain->pdata[i], *behind = wanted->chain->pdata[i];
    if (front->parent == behind->parent && front->priority == behind->priority &&
        front->offset != behind->offset) {
        put_in_front(behind, front);
        return true;
    }
    return empty_on_way(hit);
}

static bool set_readonly(const MtreeHit *hit, bool alias)
{
    for (guint i = hit->chain->len - 1; i-- > 0;) {
        MtreeLine *line = hit->chain->pdata[i];
        if (line->is_alias == alias && !line->writable) {
            line->readonly = true;
            return true;
        }
    }
    return false;
}

static bool clear_readonly(const MtreeHit *hit)
{
    bool changed = false;

    for (guint i = 0; i < hit->chain->len; i++) {
        MtreeLine *line = hit->chain->pdata[i];
        changed |= line->readonly;
        line->writable |= line->readonly;
        line->readonly = false;
    }
    return changed;
}

static bool is_readonly(const MtreeHit *hit)
{
    for (guint i = 0; i < hit->chain->len; i++) {
        if (((MtreeLine *)hit->chain->pdata[i])->readonly) {
            return true;
        }
    }
    return mtree_hit_line(hit)->kind == MTREE_ROM;
}

static bool fit_readonly(const FitPoint *fit, const MtreeHit *hit)
{
    bool wanted = fit->range->kind == MTREE_ROM, have = is_readonly(hit);

    if (wanted && !have) {
        return set_readonly(hit, true) || set_readonly(hit, false);
    }
    return have && !wanted && clear_readonly(hit);
}

bool mtree_point_correct(const FitPoint *fit)
{
    const MtreeHit *first = first_answer(fit->hits);

    if (!fit->range) {
        return first && empty_on_way(first);
    }
    const MtreeHit *wanted = wanted_hit(fit);
    if (!wanted) {
        return false;
    }
    bool changed = make_answer(wanted);
    for (guint i = 0; i < fit->hits->len && fit->hits->pdata[i] != wanted; i++) {
        if (answers(fit->hits->pdata[i])) {
            return give_way(fit->hits->pdata[i], wanted) || changed;
        }
    }
    return fit_readonly(fit, wanted) || changed;
}

bool mtree_point_agrees(const FitPoint *fit)
{
    const MtreeHit *first = first_answer(fit->hits);

    if (!first || !fit->range) {
        return !first && !fit->range;
    }
    return is_wanted(fit, first) && is_readonly(first) == (fit->range->kind == MTREE_ROM);
}
