/* SPDX-License-Identifier: MIT
 *
 * The horizontal places in a picture (draw.h). A box has its label on the left and the boxes inside
 * it in lanes on the right. Boxes of one lane do not overlap. A box that ranks higher than another
 * at some address has a higher lane. heights.c finds the vertical places.
 */
#include "draw/draw.h"
#include "draw/text.h"

enum {
    LABEL_COLUMNS = 28,
    RANGE_COLUMNS = 40,
    STRIPE = 9, /* the coloured edge of a box, with the gap to its label */
    PADDING = 8,
    LEAST_TREE = 200 /* for the head of the column */
};

/* ---- Labels ----------------------------------------------------------------------------- */

/* Breaks a name into lines. The note comes behind the last of them or, if it has no room there, in
 * an empty line. Returns the width. */
static int label(const char *name, const char *note, guint columns, GPtrArray **text)
{
    guint extra = note ? 1 + draw_text_columns(note) : 0;

    *text = draw_text_wrap(name, columns);
    guint last = (*text)->len ? draw_text_columns((*text)->pdata[(*text)->len - 1]) : 0;
    if (!(*text)->len || last + extra > MAX(columns, extra)) {
        g_ptr_array_add(*text, g_strdup(""));
        last = 0;
    }
    return STRIPE + PADDING + DRAW_CHAR * (int)MAX(draw_text_widest(*text), last + extra);
}

static void label_box(DrawBox *box)
{
    const MtreeLine *line = box->line;
    g_autofree char *name = line->is_alias
                                ? g_strdup_printf("%s → %s", line->name, line->target_name)
                                : g_strdup(line->name);

    if (line->parent && line->priority) {
        box->note = g_strdup_printf("prio %d", line->priority);
    }
    box->own_width = label(name, box->note, LABEL_COLUMNS, &box->text);
}

static int label_range(DrawRange *range)
{
    const FlatLine *line = range->range;

    if (line && line->offset) {
        range->note = g_strdup_printf("@%" G_GINT64_MODIFIER "x", line->offset);
    }
    return label(line ? line->name : "nothing answers", range->note, RANGE_COLUMNS, &range->text);
}

/* ---- Lanes ------------------------------------------------------------------------------ */

static bool overlap(const DrawBox *a, const DrawBox *b)
{
    return a->start < b->end && b->start < a->end;
}

/* Places the boxes from the one that ranks lowest to the one that ranks highest. */
static void find_lanes(const GPtrArray *boxes)
{
    for (guint i = boxes->len; i-- > 0;) {
        DrawBox *box = boxes->pdata[i];
        box->lane = 0;
        for (guint j = i + 1; j < boxes->len; j++) {
            const DrawBox *lower = boxes->pdata[j];
            if (overlap(box, lower)) {
                box->lane = MAX(box->lane, lower->lane + 1);
            }
        }
    }
}

/* Returns where the lanes begin (int), and where the last one ends. */
static GArray *lane_edges(const DrawBox *box)
{
    GArray *edges = g_array_new(FALSE, TRUE, sizeof(int));

    g_array_append_val(edges, box->own_width);
    for (guint i = 0; i < box->children->len; i++) {
        const DrawBox *child = box->children->pdata[i];
        if (edges->len < child->lane + 2) {
            g_array_set_size(edges, child->lane + 2);
        }
        int *width = &g_array_index(edges, int, child->lane + 1);
        *width = MAX(*width, child->natural);
    }
    for (guint i = 1; i < edges->len; i++) {
        g_array_index(edges, int, i) += g_array_index(edges, int, i - 1);
    }
    return edges;
}

static void measure(DrawBox *box)
{
    find_lanes(box->children);
    g_autoptr(GArray) edges = lane_edges(box);
    box->natural = g_array_index(edges, int, edges->len - 1) +
                   (box->children->len ? PADDING / 2 : 0);
}

/* A box reaches to the right until another one stands in front of it. Returns that one's lane. */
static guint free_lanes(const GPtrArray *boxes, const DrawBox *box, guint lanes)
{
    for (guint i = 0; i < boxes->len; i++) {
        const DrawBox *other = boxes->pdata[i];
        if (other->lane > box->lane && overlap(box, other)) {
            lanes = MIN(lanes, other->lane);
        }
    }
    return lanes;
}

static void place_children(const DrawBox *box)
{
    g_autoptr(GArray) edges = lane_edges(box);
    guint lanes = edges->len - 1;

    g_array_index(edges, int, lanes) = box->width - (box->children->len ? PADDING / 2 : 0);
    for (guint i = 0; i < box->children->len; i++) {
        DrawBox *child = box->children->pdata[i];
        guint after = free_lanes(box->children, child, lanes);
        int x = g_array_index(edges, int, child->lane);
        child->x = box->x + x;
        child->width = g_array_index(edges, int, after) - x;
    }
}

/* ---- Columns ---------------------------------------------------------------------------- */

static int address_width(const DrawScene *scene)
{
    const DrawRange *last = &g_array_index(scene->ranges, DrawRange, scene->ranges->len - 1);
    int digits = 4;

    for (Int128 n = last->start >> 16; n; n >>= 4) {
        digits++;
    }
    return digits * DRAW_CHAR;
}

static void measure_ranges(DrawScene *scene)
{
    for (guint i = 0; i < scene->ranges->len; i++) {
        int width = label_range(&g_array_index(scene->ranges, DrawRange, i));
        scene->range_width = MAX(scene->range_width, width);
    }
    scene->address_width = scene->ranges->len ? address_width(scene) : 0;
}

void draw_layout(DrawScene *scene)
{
    measure_ranges(scene);
    for (guint i = 0; i < scene->boxes->len; i++) {
        label_box(scene->boxes->pdata[i]);
        measure(scene->boxes->pdata[i]);
    }
    if (scene->root) {
        scene->root->width = scene->tree_width = MAX(scene->root->natural, LEAST_TREE);
    }
    for (guint i = scene->boxes->len; i-- > 0;) {
        place_children(scene->boxes->pdata[i]);
    }
    draw_heights(scene);
}
