/* SPDX-License-Identifier: MIT
 *
 * Corrects the guesses until they explain the views that the machine itself printed. It looks at
 * every address where a view may change. Among all ways to that address it finds the way to the
 * region that answered there, and corrects the guess that contradicts it:
 *
 *   - a container answers: it has handlers of its own;
 *   - a sibling of equal priority hides the region: the sibling is older;
 *   - a window of one byte hides the region: the window is empty;
 *   - the range is ROM: an alias on the way is read-only.
 *
 * It adds no region and changes nothing that the text says.
 */
#include "mtree-flat.h"
#include "mtree-walk.h"

enum { MAX_ROUNDS = 40 };

typedef struct Fit {
    MtreeLine *key;
    const FlatLine *range; /* of the view, at the point; NULL: nothing answers there */
    hwaddr offset;         /* of the point, in the region that answers */
    GPtrArray *hits;
    bool changed;
} Fit;

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

static bool is_wanted(const Fit *fit, const MtreeHit *hit)
{
    const MtreeLine *line = mtree_hit_line(hit);

    return line->priority == fit->range->priority && hit->offset == fit->offset &&
           g_str_equal(line->name, fit->range->name) &&
           (line->kind == fit->range->kind || fit->range->kind == MTREE_ROM);
}

/* Returns the hit that explains the range: one that answers already, else one that is neither
 * disabled nor empty, else any. */
static const MtreeHit *wanted_hit(const Fit *fit)
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

static bool fit_readonly(const Fit *fit, const MtreeHit *hit)
{
    bool wanted = fit->range->kind == MTREE_ROM, have = is_readonly(hit);

    if (wanted && !have) {
        return set_readonly(hit, true) || set_readonly(hit, false);
    }
    return have && !wanted && clear_readonly(hit);
}

static bool fit_hits(const Fit *fit)
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

/* ---- Points and views ------------------------------------------------------------------- */

static const FlatLine *range_at(const GArray *ranges, hwaddr point)
{
    guint low = 0, high = ranges->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        const FlatLine *range = &g_array_index(ranges, FlatLine, middle);
        if (range->last < point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const FlatLine *range = low < ranges->len ? &g_array_index(ranges, FlatLine, low) : NULL;
    return range && range->start <= point ? range : NULL;
}

/* Whether the tree answers at the point as the view does: the same name, offset and attributes. */
static bool agrees(const Fit *fit)
{
    const MtreeHit *first = first_answer(fit->hits);

    if (!first || !fit->range) {
        return !first && !fit->range;
    }
    return is_wanted(fit, first) && is_readonly(first) == (fit->range->kind == MTREE_ROM);
}

/* Returns at how many points the tree disagrees with the view. Corrects guesses if 'correct' is
 * set. */
static guint fit_view(MtreeLine *key, const FlatBlock *view, bool correct, bool *changed)
{
    g_autoptr(GArray) points = mtree_bounds(key);
    guint wrong = 0;

    for (guint i = 0; i < points->len; i++) {
        hwaddr point = g_array_index(points, hwaddr, i);
        Fit fit = { .key = key, .range = range_at(view->ranges, point) };
        fit.offset = fit.range ? fit.range->offset + (point - fit.range->start) : 0;
        fit.hits = mtree_hits(key, point, false);
        if (!agrees(&fit)) {
            wrong++;
            *changed |= correct && fit_hits(&fit);
        }
        g_ptr_array_unref(fit.hits);
    }
    return wrong;
}

/* ---- Which view belongs to which space -------------------------------------------------- */

static GHashTable *views_by_space(const MtreeFlat *flat)
{
    GHashTable *table =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < flat->blocks->len; i++) {
        FlatBlock *view = flat->blocks->pdata[i];
        for (guint j = 0; j < view->spaces->len; j++) {
            GPtrArray *views = g_hash_table_lookup(table, view->spaces->pdata[j]);
            if (!views) {
                views = g_ptr_array_new();
                g_hash_table_insert(table, view->spaces->pdata[j], views);
            }
            g_ptr_array_add(views, view);
        }
    }
    return table;
}

/* Returns the title of a space in the form of views. */
static char *space_title(const MtreeBlock *block, const char *name)
{
    const MtreeLine *root = mtree_real(block->root);

    return root->is_alias
               ? g_strdup_printf("\"%s\", root: %s, alias %s", name, root->name, root->target_name)
               : g_strdup_printf("\"%s\", root: %s", name, root->name);
}

/* Returns where the tree's view begins that is to explain a printed view. */
static MtreeLine *key_of(const MtreeBlock *block, const FlatBlock *view)
{
    MtreeLine *named = view->root ? mtree_key_named(block->root, view->root) : NULL;
    MtreeLine *key = named ? named : mtree_key(block->root);

    return !key && view->ranges->len ? mtree_real(block->root) : key;
}

static guint fit_block(const MtreeBlock *block, const FlatBlock *view, bool correct, bool *changed)
{
    MtreeLine *key = key_of(block, view);

    return key ? fit_view(key, view, correct, changed) : 0;
}

/* Several spaces may have the same title. Returns the view that fits best. */
static const FlatBlock *view_of(const MtreeBlock *block, const GPtrArray *views)
{
    const FlatBlock *best = views->pdata[0];
    guint least = G_MAXUINT;
    bool changed = false;

    for (guint i = 0; views->len > 1 && i < views->len; i++) {
        guint wrong = fit_block(block, views->pdata[i], false, &changed);
        if (wrong < least) {
            least = wrong;
            best = views->pdata[i];
        }
    }
    return best;
}

/* Old texts say the name of the space only. */
static const GPtrArray *views_of(const MtreeBlock *block, const char *name, GHashTable *views)
{
    g_autofree char *title = space_title(block, name);
    g_autofree char *short_title = g_strdup_printf("\"%s\"", name);
    const GPtrArray *found = g_hash_table_lookup(views, title);

    return found ? found : g_hash_table_lookup(views, short_title);
}

/* Returns at how many points the tree disagrees with the views. */
static guint fit_all(const Mtree *t, GHashTable *views, bool correct, bool *changed, guint *found)
{
    guint wrong = 0;

    *found = 0;
    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        for (guint j = 0; block->has_space && j < block->names->len; j++) {
            const GPtrArray *candidates = views_of(block, block->names->pdata[j], views);
            if (candidates) {
                ++*found;
                wrong += fit_block(block, view_of(block, candidates), correct, changed);
            }
        }
    }
    return wrong;
}

/* Marks every i/o region that may be a container as one. It stays one unless a view shows that it
 * answers. */
static void forget_kinds(Mtree *t)
{
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        line->container = line->kind == MTREE_IO && !line->is_alias && !line->unknown &&
                          (!t->has_containers || line->says_container || !line->number);
    }
}

static guint correct_all(Mtree *t, GHashTable *views)
{
    bool changed = true;
    guint wrong = 0, found;

    forget_kinds(t);
    for (unsigned round = 0; changed && round < MAX_ROUNDS; round++) {
        changed = false;
        wrong = fit_all(t, views, true, &changed, &found);
    }
    return wrong;
}

bool mtree_fit(Mtree *t, const MtreeFlat *flat)
{
    g_autoptr(GHashTable) views = views_by_space(flat);
    bool changed = false;
    guint found, before = fit_all(t, views, false, &changed, &found);

    if (!found) {
        mtree_note(t, "the views are of another machine: they have no space of this tree");
        return false;
    }
    guint wrong = correct_all(t, views);
    if (wrong > before) {
        mtree_infer(t);
        mtree_note(
            t,
            "the guesses are right, not the views: corrected by them, the tree explains even "
            "less of them, %u addresses instead of %u",
            wrong, before);
        return false;
    }
    if (wrong) {
        mtree_note(t, "the tree is right, not the views, at %u address%s where the two differ",
                   wrong, wrong == 1 ? "" : "es");
    }
    return true;
}
