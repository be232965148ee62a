/* SPDX-License-Identifier: MIT
 *
 * The vertical axis of a picture (draw.h). A row ends where any box or any range begins or ends, so
 * that in a row nothing changes. The view, which is the library's answer, says which box wins.
 */
#include "draw/draw.h"

/* ---- Bounds ----------------------------------------------------------------------------- */

static gint by_value(gconstpointer a, gconstpointer b)
{
    const Int128 *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void add_bounds(GArray *bounds, Int128 start, Int128 end)
{
    g_array_append_val(bounds, start);
    g_array_append_val(bounds, end);
}

static GArray *bounds_of(const DrawScene *scene, const FlatBlock *view)
{
    GArray *bounds = g_array_new(FALSE, FALSE, sizeof(Int128));

    add_bounds(bounds, 0, 0);
    for (guint i = 0; i < scene->boxes->len; i++) {
        const DrawBox *box = scene->boxes->pdata[i];
        add_bounds(bounds, box->start, box->end);
        add_bounds(bounds, box->from, box->to);
    }
    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        add_bounds(bounds, range->start, (Int128)range->last + 1);
    }
    g_array_sort(bounds, by_value);
    return bounds;
}

/* ---- Rows ------------------------------------------------------------------------------- */

static void add_rows(DrawScene *scene, const FlatBlock *view)
{
    g_autoptr(GArray) bounds = bounds_of(scene, view);
    guint next = 0;

    for (guint i = 1; i < bounds->len; i++) {
        DrawRow row = { .start = g_array_index(bounds, Int128, i - 1),
                        .end = g_array_index(bounds, Int128, i) };
        while (next < view->ranges->len &&
               g_array_index(view->ranges, FlatLine, next).last < row.start) {
            next++;
        }
        const FlatLine *range =
            next < view->ranges->len ? &g_array_index(view->ranges, FlatLine, next) : NULL;
        row.range = range && range->start <= row.start ? range : NULL;
        if (row.start < row.end) {
            g_array_append_val(scene->rows, row);
        }
    }
}

static void add_ranges(DrawScene *scene)
{
    for (guint i = 0; i < scene->rows->len; i++) {
        const DrawRow *row = &g_array_index(scene->rows, DrawRow, i);
        guint n = scene->ranges->len;
        DrawRange *last = n ? &g_array_index(scene->ranges, DrawRange, n - 1) : NULL;
        if (last && last->range == row->range) {
            last->end = row->end;
            last->after = i + 1;
        } else {
            DrawRange range = { row->start, row->end, row->range, i, i + 1, NULL, NULL };
            g_array_append_val(scene->ranges, range);
        }
    }
}

/* Returns the first row that begins at 'start' or above. */
static guint row_at(const DrawScene *scene, Int128 start)
{
    guint low = 0, high = scene->rows->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(scene->rows, DrawRow, middle).start < start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- Winners ---------------------------------------------------------------------------- */

static bool is_answer(const DrawBox *box, const DrawRow *row)
{
    const FlatLine *range = row->range;

    return box->answers && box->from <= row->start && row->end <= box->to &&
           box->shown->number == range->number &&
           row->start - box->zero == range->offset + (row->start - range->start) &&
           g_str_equal(box->shown->name, range->name);
}

static bool has_winner(const DrawRow *row)
{
    return !row->range || row->winner;
}

static void find_winner(DrawScene *scene, DrawRow *row)
{
    for (guint i = 0; row->range && i < scene->boxes->len; i++) {
        DrawBox *box = scene->boxes->pdata[i];
        if (is_answer(box, row)) {
            row->winner = box;
            box->visible = true;
            return;
        }
    }
}

void draw_rows_make(DrawScene *scene, const FlatBlock *view)
{
    add_rows(scene, view);
    add_ranges(scene);
    scene->whole = true;
    for (guint i = 0; i < scene->boxes->len; i++) {
        DrawBox *box = scene->boxes->pdata[i];
        box->first = row_at(scene, box->start);
        box->after = row_at(scene, box->end);
    }
    for (guint i = 0; i < scene->rows->len; i++) {
        DrawRow *row = &g_array_index(scene->rows, DrawRow, i);
        find_winner(scene, row);
        scene->whole = scene->whole && has_winner(row);
    }
}
