/* SPDX-License-Identifier: MIT
 *
 * Compares two views as a guest does (diff.h): by region, offset in it, and attributes. Priorities
 * and the places where a view is cut are no difference. Time is linear in the number of ranges.
 */
#include "diff/diff.h"

/* ---- Views ------------------------------------------------------------------------------ */

static bool same_attributes(const FlatLine *a, const FlatLine *b)
{
    return a->kind == b->kind && a->nonvolatile == b->nonvolatile;
}

static bool goes_on(const DiffRange *range, const FlatLine *next)
{
    return range->last + 1 == next->start && same_attributes(range->line, next) &&
           diff_offset(range, next->start) == next->offset &&
           g_str_equal(range->line->name, next->name);
}

static GArray *ranges_of(const FlatBlock *block)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(DiffRange));

    for (guint i = 0; i < block->ranges->len; i++) {
        const FlatLine *line = &g_array_index(block->ranges, FlatLine, i);
        DiffRange *end = ranges->len ? &g_array_index(ranges, DiffRange, ranges->len - 1) : NULL;
        if (end && goes_on(end, line)) {
            end->last = line->last;
        } else {
            DiffRange range = { .line = line, .start = line->start, .last = line->last };
            g_array_append_val(ranges, range);
        }
    }
    return ranges;
}

/* Returns a string that ranges have in common if they differ in their place only. */
static char *range_key(const DiffRange *range)
{
    return g_strdup_printf("%" PRIx64 " %" PRIx64 " %d %d %s", range->line->offset,
                           range->last - range->start, range->line->kind, range->line->nonvolatile,
                           range->line->name);
}

static char *content_of(const GArray *ranges)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (guint i = 0; i < ranges->len; i++) {
        const DiffRange *range = &g_array_index(ranges, DiffRange, i);
        g_autofree char *key = range_key(range);
        g_autofree char *line = g_strdup_printf("%" PRIx64 " %s\n", range->start, key);
        g_checksum_update(sum, (const guchar *)line, -1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static void view_free(gpointer data)
{
    DiffView *view = data;

    g_array_unref(view->ranges);
    g_free(view->content);
    g_free(view);
}

GPtrArray *diff_views(const MtreeFlat *views)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(view_free);

    for (guint i = 0; i < views->blocks->len; i++) {
        DiffView *view = g_new0(DiffView, 1);
        view->block = views->blocks->pdata[i];
        view->ranges = ranges_of(view->block);
        view->content = content_of(view->ranges);
        g_ptr_array_add(all, view);
    }
    return all;
}

/* ---- Ranges that are elsewhere ---------------------------------------------------------- */

static DiffRange *range_at(const DiffView *view, guint i)
{
    return i < view->ranges->len ? &g_array_index(view->ranges, DiffRange, i) : NULL;
}

static bool same_range(const DiffRange *a, const DiffRange *b)
{
    return a->start == b->start && a->last == b->last && a->line->offset == b->line->offset &&
           same_attributes(a->line, b->line) && g_str_equal(a->line->name, b->line->name);
}

static void forget_moves(const DiffView *view)
{
    for (guint i = 0; i < view->ranges->len; i++) {
        range_at(view, i)->stays = false;
        range_at(view, i)->moved = NULL;
    }
}

static void find_staying(const DiffView *before, const DiffView *after)
{
    DiffRange *a, *b;

    for (guint i = 0, j = 0; (a = range_at(before, i)) && (b = range_at(after, j));) {
        a->stays = b->stays = same_range(a, b);
        guint next_i = i + (a->start <= b->start), next_j = j + (b->start <= a->start);
        i = next_i;
        j = next_j;
    }
}

/* Returns the ranges that do not stay, by key. */
static GHashTable *leaving(const DiffView *view)
{
    GHashTable *table = diff_table();

    for (guint i = 0; i < view->ranges->len; i++) {
        DiffRange *range = range_at(view, i);
        if (!range->stays) {
            g_autofree char *key = range_key(range);
            diff_push(table, key, range);
        }
    }
    return table;
}

static void find_moved(const DiffView *before, const DiffView *after)
{
    g_autoptr(GHashTable) table = leaving(before);

    for (guint i = 0; i < after->ranges->len; i++) {
        DiffRange *b = range_at(after, i);
        g_autofree char *key = b->stays ? NULL : range_key(b);
        DiffRange *a = key ? diff_pop(table, key) : NULL;
        if (a) {
            a->moved = b;
            b->moved = a;
        }
    }
}

/* ---- Changes ---------------------------------------------------------------------------- */

/* Returns the range at an address that is not below those asked for before, and lowers *last to the
 * last address up to which that holds. */
static const DiffRange *find_range(const DiffView *view, guint *next, hwaddr address, hwaddr *last)
{
    const DiffRange *range;

    while ((range = range_at(view, *next)) && range->last < address) {
        ++*next;
    }
    if (!range) {
        return NULL;
    }
    bool there = range->start <= address;
    *last = MIN(*last, there ? range->last : range->start - 1);
    return there ? range : NULL;
}

static DiffWhat what_of(const DiffChange *change)
{
    const DiffRange *a = change->before, *b = change->after;

    if (!a || !b) {
        return a ? DIFF_WENT : DIFF_CAME;
    }
    if (!g_str_equal(a->line->name, b->line->name)) {
        return DIFF_TAKEN;
    }
    return diff_offset(a, change->start) != diff_offset(b, change->start) ? DIFF_SHIFTED
                                                                          : DIFF_CHANGED;
}

static bool is_same(const DiffChange *change)
{
    const DiffRange *a = change->before, *b = change->after;

    return a && b && what_of(change) == DIFF_CHANGED && same_attributes(a->line, b->line);
}

/* Whether ranges that moved explain all that is different. */
static bool is_explained(const DiffChange *change)
{
    return (!change->before || change->before->moved) && (!change->after || change->after->moved);
}

static void add_stretch(GArray *changes, DiffChange change)
{
    const DiffRange *a = change.before;

    if (a && a->moved && a->start == change.start) {
        DiffChange move = { DIFF_MOVED, a->start, a->last, a, a->moved };
        g_array_append_val(changes, move);
    }
    if (!is_same(&change) && !is_explained(&change)) {
        change.what = what_of(&change);
        g_array_append_val(changes, change);
    }
}

GArray *diff_changes(const DiffPair *pair)
{
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(DiffChange));
    guint i = 0, j = 0;
    hwaddr address = 0, last;

    forget_moves(pair->before);
    forget_moves(pair->after);
    find_staying(pair->before, pair->after);
    find_moved(pair->before, pair->after);
    do {
        last = UINT64_MAX;
        DiffChange change = { .start = address };
        change.before = find_range(pair->before, &i, address, &last);
        change.after = find_range(pair->after, &j, address, &last);
        change.last = last;
        add_stretch(changes, change);
        address = last + 1;
    } while (last != UINT64_MAX);
    return changes;
}
