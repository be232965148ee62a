/* SPDX-License-Identifier: MIT
 *
 * Writes a picture (draw.h) as SVG: the head, the boxes of the tree, the view, and notes below.
 */
#include "draw/draw.h"

#include "terminal/address.h"
#include "draw/file.h"
#include "draw/head.h"
#include "draw/pen.h"
#include "draw/text.h"

enum {
    GUTTER = 28, /* between tree and addresses */
    SIZES = 52,  /* the column of sizes */
    LEAST_WIDTH = 640
};

static const DrawRow *row_of(const DrawPen *p, guint i)
{
    return &g_array_index(p->scene->rows, DrawRow, i);
}

static int body_height(const DrawScene *scene)
{
    const DrawRow *last =
        scene->rows->len ? &g_array_index(scene->rows, DrawRow, scene->rows->len - 1) : NULL;

    return last ? last->y + last->height : 0;
}

static int top_of(const DrawPen *p, guint row)
{
    return p->y + (row < p->scene->rows->len ? row_of(p, row)->y : body_height(p->scene));
}

/* ---- Tree ------------------------------------------------------------------------------- */

static char *extent_text(Int128 start, Int128 end)
{
    g_autofree char *size = address_size_text(end - start);

    return g_strdup_printf("%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x, %s", (hwaddr)start,
                           (hwaddr)(end - 1), size);
}

static void put_box_title(const DrawPen *p, const DrawBox *box)
{
    g_autofree char *extent = extent_text(box->start, box->end);

    draw_xml(p->xml, "<title>%s: %s, prio %d, %s%s</title>\n", box->line->name, extent,
             box->line->priority, box->answers ? mtree_kind_word(box->kind) : "container",
             box->answers && !box->visible ? ", wholly hidden" : "");
}

/* Fills the rows of a box in which it is visible. */
static void put_visible(const DrawPen *p, const DrawBox *box)
{
    guint first;

    for (guint i = box->first; i < box->after; i++) {
        if (row_of(p, i)->winner != box) {
            continue;
        }
        for (first = i; i + 1 < box->after && row_of(p, i + 1)->winner == box;) {
            i++;
        }
        int y = top_of(p, first), height = top_of(p, i + 1) - y;
        draw_pen_rect(p, draw_pen_class(box->kind), p->tree_x + box->x, y + (first == box->first),
                      box->width - 2, height - (first == box->first) - (i + 1 == box->after));
    }
}

static void put_answering(const DrawPen *p, const DrawBox *box, int y, int height)
{
    int x = p->tree_x + box->x;

    draw_pen_rect(p, "page", x, y + 1, box->width - 2, height - 2);
    draw_pen_rect(p, "hidden", x, y + 1, box->width - 2, height - 2);
    g_string_append_printf(p->xml, "<g stroke-opacity=\"0.55\">\n");
    put_visible(p, box);
    draw_xml(p->xml, "<rect class=\"edge %s\" fill-opacity=\"0\" x=\"%d.5\" y=\"%d.5\" ",
             draw_pen_class(box->kind), x, y + 1);
    draw_xml(p->xml, "width=\"%d\" height=\"%d\" rx=\"2\"/>\n</g>\n", box->width - 2, height - 2);
    draw_pen_stripe(p, draw_pen_class(box->kind), x, y + 1, height - 1);
}

/* A label gets a halo where it may stand on hatching or on a line. */
static const char *label_class(const DrawPen *p, const DrawBox *box)
{
    if (box->answers && !box->visible) {
        return "halo quiet";
    }
    for (guint i = box->first; i < box->after; i++) {
        if (row_of(p, i)->y >= row_of(p, box->first)->y + DRAW_LINE * (int)box->text->len) {
            break;
        }
        if (row_of(p, i)->winner != box) {
            return "halo";
        }
    }
    return "plain";
}

static void put_box(const DrawPen *p, const DrawBox *box)
{
    int y = top_of(p, box->first), height = top_of(p, box->after) - y;

    g_string_append(p->xml, "<g>");
    put_box_title(p, box);
    if (box->answers) {
        put_answering(p, box, y, height);
    } else {
        draw_pen_rect(p, "box", p->tree_x + box->x, y + 1, box->width - 2, height - 2);
    }
    draw_pen_label(p, label_class(p, box), p->tree_x + box->x + 11, y, box->text, box->note);
    g_string_append(p->xml, "</g>\n");
    for (guint i = box->children->len; i-- > 0;) {
        put_box(p, box->children->pdata[i]);
    }
}

static void put_grid(const DrawPen *p)
{
    for (guint i = 0; i < p->scene->ranges->len; i++) {
        int y = top_of(p, g_array_index(p->scene->ranges, DrawRange, i).first);
        draw_xml(p->xml, "<path class=\"grid\" d=\"M%d %d.5H%d\"/>\n", p->tree_x, y,
                 p->range_x - DRAW_GAP / 2);
    }
}

/* ---- View ------------------------------------------------------------------------------- */

static void put_range_title(const DrawPen *p, const DrawRange *range)
{
    g_autofree char *extent = extent_text(range->start, range->end);
    const FlatLine *line = range->range;

    if (line) {
        draw_xml(p->xml, "<title>%s: %s, prio %d, %s%s</title>\n", line->name, extent,
                 line->priority, line->nonvolatile ? "nv-" : "", mtree_kind_word(line->kind));
    } else {
        draw_xml(p->xml, "<title>%s: nothing answers</title>\n", extent);
    }
}

static void put_range_box(const DrawPen *p, const DrawRange *range, int y, int height)
{
    if (range->range) {
        const char *class = draw_pen_class(range->range->kind);
        draw_pen_rect(p, class, p->range_x, y + 1, p->range_width, height - 2);
        draw_pen_stripe(p, class, p->range_x, y + 1, height - 1);
    } else {
        draw_pen_rect(p, "gap", p->range_x, y + 1, p->range_width, height - 2);
    }
    draw_pen_label(p, range->range ? "plain" : "hole", p->range_x + 12, y, range->text,
                   range->note);
}

static void put_range(const DrawPen *p, const DrawRange *range)
{
    int y = top_of(p, range->first), height = top_of(p, range->after) - y;
    g_autofree char *size = draw_text_size(range->end - range->start);
    g_autofree char *start = g_strdup_printf("%04" G_GINT64_MODIFIER "x", (hwaddr)range->start);

    g_string_append(p->xml, "<g>");
    put_range_title(p, range);
    put_range_box(p, range, y, height);
    draw_pen_text(p, "quiet end", p->range_x - DRAW_GAP, y + DRAW_LINE, start);
    draw_pen_text(p, "quiet end", p->width - DRAW_MARGIN, y + DRAW_LINE, size);
    g_string_append(p->xml, "</g>\n");
}

/* ---- Notes ------------------------------------------------------------------------------ */

static void put_count(DrawPen *p, unsigned count, const char *one, const char *many)
{
    if (count) {
        g_autofree char *s = g_strdup_printf("%u %s", count, count == 1 ? one : many);
        draw_pen_prose(p, "prose", s);
    }
}

static void put_notes(DrawPen *p)
{
    const DrawScene *scene = p->scene;

    draw_pen_prose(
        p, "prose",
        "Not to scale: the height of a part grows with the logarithm of its size, so that a "
        "register of 4 bytes and 64 GiB of RAM are both seen.");
    put_count(p, g_hash_table_size(scene->disabled),
              "region is not drawn: it is disabled or empty.",
              "regions are not drawn: they are disabled or empty.");
    put_count(p, g_hash_table_size(scene->clipped),
              "region is not drawn: what contains it does not reach it.",
              "regions are not drawn: what contains them does not reach them.");
    if (scene->cut) {
        g_autofree char *s =
            g_strdup_printf("The tree has more boxes than the %d that are drawn.", DRAW_MAX_BOXES);
        draw_pen_prose(p, "prose", s);
    }
    if (!scene->has_tree) {
        draw_pen_prose(p, "prose",
                       "The tree is not known, so the picture cannot show what is hidden.");
    } else if (scene->guessed) {
        draw_pen_prose(
            p, "prose",
            "The text of the map leaves open which regions are pure containers, or which region "
            "an alias shows. This is guessed; see physmem(1).");
    }
}

/* ---- The picture ------------------------------------------------------------------------ */

static void find_columns(DrawPen *p)
{
    const DrawScene *scene = p->scene;
    int tree = scene->root ? scene->tree_width + GUTTER : 0;
    int width = 2 * DRAW_MARGIN + tree + scene->address_width + scene->range_width + 2 * DRAW_GAP +
                SIZES;

    p->width = MAX(width, LEAST_WIDTH);
    p->tree_x = DRAW_MARGIN;
    p->address_x = DRAW_MARGIN + tree;
    p->range_x = p->address_x + scene->address_width + DRAW_GAP;
    p->range_width = p->width - DRAW_MARGIN - SIZES - DRAW_GAP - p->range_x;
}

static void put_body(DrawPen *p)
{
    put_grid(p);
    if (p->scene->root) {
        put_box(p, p->scene->root);
    }
    for (guint i = 0; i < p->scene->ranges->len; i++) {
        put_range(p, &g_array_index(p->scene->ranges, DrawRange, i));
    }
    if (!p->scene->rows->len) {
        draw_pen_prose(p, "prose", "Nothing is visible in this address space.");
    }
    p->y += body_height(p->scene) + 10;
}

/* A picture without a scheme follows its reader's. */
static void put_style(GString *svg, DrawScheme scheme)
{
    const char *dark = draw_file("picture-dark.css");

    g_string_append_printf(svg, "<style>\n%s", draw_file("picture.css"));
    if (scheme == DRAW_DARK) {
        g_string_append(svg, dark);
    } else if (scheme == DRAW_EITHER) {
        g_string_append_printf(svg, "@media (prefers-color-scheme: dark) {\n%s}\n", dark);
    }
    g_string_append(svg, "</style>\n");
}

static void put_frame(GString *svg, const DrawPen *p)
{
    g_autofree char *sum = draw_head_summary(p->scene);
    int height = p->y + DRAW_MARGIN;

    draw_xml(svg,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
             "height=\"%d\" role=\"img\" aria-labelledby=\"title desc\">\n",
             p->width, height, p->width, height);
    draw_xml(svg, "<title id=\"title\">Memory map of %s</title>\n<desc id=\"desc\">%s</desc>\n",
             p->scene->title, sum);
    put_style(svg, p->scheme);
    draw_xml(svg, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", p->width, height);
}

char *draw_svg(const DrawScene *scene, DrawScheme scheme)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    GString *svg = g_string_new(NULL);
    DrawPen p = { .scene = scene, .scheme = scheme, .xml = xml };

    find_columns(&p);
    draw_head(&p);
    put_body(&p);
    put_notes(&p);
    put_frame(svg, &p);
    g_string_append_printf(svg, "%s</svg>\n", xml->str);
    return g_string_free(svg, FALSE);
}
