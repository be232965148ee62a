/* SPDX-License-Identifier: MIT
 *
 * Writes the head of a picture (head.h), and the patterns of its kinds.
 */
#include "draw/head.h"

#include "draw/text.h"

char *draw_head_summary(const DrawScene *scene)
{
    GString *s = g_string_new(NULL);
    unsigned ranges = 0, hidden = 0;

    for (guint i = 0; i < scene->ranges->len; i++) {
        ranges += g_array_index(scene->ranges, DrawRange, i).range ? 1 : 0;
    }
    for (guint i = 0; i < scene->boxes->len; i++) {
        const DrawBox *box = scene->boxes->pdata[i];
        hidden += box->answers && !box->visible ? 1 : 0;
    }
    g_string_append_printf(s, "%u range%s answer%s", ranges, ranges == 1 ? "" : "s",
                           ranges == 1 ? "s" : "");
    if (scene->has_tree) {
        g_string_append_printf(s, "; %u region%s in the tree, %u wholly hidden", scene->boxes->len,
                               scene->boxes->len == 1 ? "" : "s", hidden);
    }
    g_string_append_printf(s, ". %s", scene->spaces);
    return g_string_free(s, FALSE);
}

static void put_patterns(const DrawPen *p)
{
    static const struct {
        const char *id, *path;
    } patterns[] = {
        { "ram", "" },
        { "rom", "M0 2.5H6" },
        { "io", "M3 1.6V4.4" },
        { "romd", "M3 0V6" },
        { "ramd", "M-1 -1L7 7M-1 5L1 7M5 -1L7 1" },
    };

    g_string_append(p->xml, "<defs>\n<pattern id=\"hidden\" width=\"7\" height=\"7\" "
                            "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                            "<path class=\"hatch\" d=\"M0 0V7\"/></pattern>\n");
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        draw_xml(p->xml,
                 "<pattern id=\"%s\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
                 "<path class=\"mark\" d=\"%s\"/></pattern>\n",
                 patterns[i].id, patterns[i].path);
    }
    g_string_append(p->xml, "</defs>\n");
}

/* ---- The legend ------------------------------------------------------------------------- */

static const struct {
    MtreeKind kind;
    const char *words;
} kinds[] = {
    { MTREE_RAM, "RAM" },         { MTREE_ROM, "ROM, read-only" },   { MTREE_IO, "device (i/o)" },
    { MTREE_ROMD, "ROM device" }, { MTREE_RAMD, "RAM of a device" },
};

typedef struct Legend {
    DrawPen *pen;
    int x;
} Legend;

/* Returns the place of the next swatch; begins a new line if its words have no room. */
static int legend_next(Legend *l, const char *words)
{
    int width = DRAW_SWATCH + 7 + 13 * (int)draw_text_columns(words) / 2 + 18, x = l->x;

    if (x + width > l->pen->width - DRAW_MARGIN && x > DRAW_MARGIN) {
        l->pen->y += 22;
        x = DRAW_MARGIN;
    }
    l->x = x + width;
    draw_pen_text(l->pen, "prose", x + DRAW_SWATCH + 7, l->pen->y + 11, words);
    return x;
}

/* Returns the place of the swatch. */
static int put_swatch(Legend *l, const char *class, const char *words)
{
    int x = legend_next(l, words);

    draw_pen_rect(l->pen, class, x, l->pen->y, DRAW_SWATCH, 13);
    return x;
}

static void put_kind(Legend *l, const char *class, const char *words)
{
    int x = put_swatch(l, class, words);

    draw_pen_stripe(l->pen, class, x, l->pen->y, 14);
}

static bool has_kind(const DrawScene *scene, MtreeKind kind)
{
    for (guint i = 0; i < scene->boxes->len; i++) {
        const DrawBox *box = scene->boxes->pdata[i];
        if (box->answers && box->kind == kind) {
            return true;
        }
    }
    for (guint i = 0; i < scene->ranges->len; i++) {
        const FlatLine *range = g_array_index(scene->ranges, DrawRange, i).range;
        if (range && range->kind == kind) {
            return true;
        }
    }
    return false;
}

static void put_legend(DrawPen *p)
{
    Legend l = { p, DRAW_MARGIN };

    p->y += 16;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (has_kind(p->scene, kinds[i].kind)) {
            put_kind(&l, draw_pen_class(kinds[i].kind), kinds[i].words);
        }
    }
    if (p->scene->has_tree) {
        put_swatch(&l, "box", "container or alias");
        int x = put_swatch(&l, "hidden", "hidden");
        draw_pen_rect(p, "edge gap", x, p->y, DRAW_SWATCH, 13);
    }
    put_swatch(&l, "gap", "nothing answers");
    p->y += 14;
}

/* ---- The head --------------------------------------------------------------------------- */

/* Puts a head over a column, and returns where it ends. */
static int put_column_head(const DrawPen *p, int x, int width, const char *head, const char *more)
{
    g_autoptr(GPtrArray) all = draw_text_wrap(more, (guint)MAX(width / DRAW_PROSE, 16));

    draw_pen_text(p, "prose head", x, p->y + 28, head);
    for (guint i = 0; i < all->len; i++) {
        draw_pen_text(p, "prose", x, p->y + 45 + 16 * (int)i, all->pdata[i]);
    }
    return p->y + 45 + 16 * (int)all->len - 6;
}

static void put_column_heads(DrawPen *p)
{
    int after = p->y;

    if (p->scene->root) {
        after = put_column_head(p, p->tree_x, p->scene->tree_width, "Regions",
                                "Look from the right: what stands further right hides what stands "
                                "further left.");
    }
    int view = put_column_head(p, p->address_x, p->width - DRAW_MARGIN - p->address_x, "View",
                               "What answers from there on.");
    draw_pen_text(p, "prose head end", p->width - DRAW_MARGIN, p->y + 28, "Size");
    p->y = MAX(after, view);
}

void draw_head(DrawPen *p)
{
    g_autofree char *sum = draw_head_summary(p->scene);
    g_autoptr(GPtrArray) name =
        draw_text_wrap(p->scene->title, (guint)((p->width - 2 * DRAW_MARGIN) / 11));

    put_patterns(p);
    p->y = DRAW_MARGIN - 6;
    for (guint i = 0; i < name->len; i++) {
        draw_pen_text(p, "prose name", DRAW_MARGIN, p->y += 22, name->pdata[i]);
    }
    p->y += 4;
    draw_pen_prose(p, "prose", sum);
    put_legend(p);
    put_column_heads(p);
    p->y += 4;
}
