/* SPDX-License-Identifier: MIT
 *
 * Writes a picture (draw.h) as SVG: the head with title and legend, the boxes of the tree, the
 * view, and notes below. All coordinates are whole numbers, so that the same map gives the same
 * bytes everywhere.
 */
#include "draw.h"

#include "address.h"
#include "draw-file.h"
#include "draw-text.h"

enum {
    MARGIN = 24,
    GUTTER = 28, /* between tree and addresses */
    GAP = 10,    /* between the columns of the view */
    SIZES = 52,  /* the column of sizes */
    LEAST_WIDTH = 640,
    STRIPE = 6,
    SWATCH = 26
};

typedef struct Pen {
    const DrawScene *scene;
    DrawScheme scheme;
    GString *xml;
    int width, y; /* of the picture; where the next part begins */
    int tree_x, address_x, range_x, range_width;
} Pen;

/* ---- Kinds ------------------------------------------------------------------------------ */

static const struct {
    MtreeKind kind;
    const char *class, *words;
} kinds[] = {
    { MTREE_RAM, "ram", "RAM" },
    { MTREE_ROM, "rom", "ROM, read-only" },
    { MTREE_IO, "io", "device (i/o)" },
    { MTREE_ROMD, "romd", "ROM device" },
    { MTREE_RAMD, "ramd", "RAM of a device" },
};

static const char *class_of(MtreeKind kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].kind == kind) {
            return kinds[i].class;
        }
    }
    return "io";
}

/* ---- Parts ------------------------------------------------------------------------------ */

static void rect(const Pen *p, const char *class, int x, int y, int width, int height)
{
    draw_xml(p->xml,
             "<rect class=\"%s\" x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" rx=\"2\"/>\n",
             class, x, y, MAX(width, 1), MAX(height, 1));
}

/* The coloured edge by which a kind is known: a colour and a pattern. */
static void stripe(const Pen *p, const char *class, int x, int y, int height)
{
    draw_xml(p->xml, "<g transform=\"translate(%d %d)\">", x, y);
    draw_xml(p->xml, "<rect class=\"c-%s\" width=\"%d\" height=\"%d\"/>", class, STRIPE, height);
    draw_xml(p->xml, "<rect fill=\"url(#%s)\" width=\"%d\" height=\"%d\"/></g>\n", class, STRIPE,
             height);
}

static void text(const Pen *p, const char *class, int x, int y, const char *s)
{
    draw_xml(p->xml, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, s);
}

static void label(const Pen *p, const char *class, int x, int y, const GPtrArray *lines,
                  const char *note)
{
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];
        draw_xml(p->xml, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s", class, x,
                 y + DRAW_LINE * (int)(i + 1), line);
        if (note && i + 1 == lines->len) {
            draw_xml(p->xml, "<tspan class=\"quiet\">%s%s</tspan>", *line ? " " : "", note);
        }
        g_string_append(p->xml, "</text>\n");
    }
}

static void prose(Pen *p, const char *class, const char *s)
{
    g_autoptr(GPtrArray) all = draw_text_wrap(s, (guint)((p->width - 2 * MARGIN) / DRAW_PROSE));

    for (guint i = 0; i < all->len; i++) {
        text(p, class, MARGIN, p->y += 17, all->pdata[i]);
    }
}

static const DrawRow *row_of(const Pen *p, guint i)
{
    return &g_array_index(p->scene->rows, DrawRow, i);
}

static int body_height(const DrawScene *scene)
{
    const DrawRow *last =
        scene->rows->len ? &g_array_index(scene->rows, DrawRow, scene->rows->len - 1) : NULL;

    return last ? last->y + last->height : 0;
}

static int top_of(const Pen *p, guint row)
{
    return p->y + (row < p->scene->rows->len ? row_of(p, row)->y : body_height(p->scene));
}

/* ---- Head ------------------------------------------------------------------------------- */

static char *summary(const DrawScene *scene)
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

static void put_patterns(const Pen *p)
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

typedef struct Legend {
    Pen *pen;
    int x;
} Legend;

/* Returns the place of the next swatch; begins a new line if its words have no room. */
static int legend_next(Legend *l, const char *words)
{
    int width = SWATCH + 7 + 13 * (int)draw_text_columns(words) / 2 + 18, x = l->x;

    if (x + width > l->pen->width - MARGIN && x > MARGIN) {
        l->pen->y += 22;
        x = MARGIN;
    }
    l->x = x + width;
    text(l->pen, "prose", x + SWATCH + 7, l->pen->y + 11, words);
    return x;
}

static void put_kind(Legend *l, const char *class, const char *words)
{
    int x = legend_next(l, words);

    rect(l->pen, class, x, l->pen->y, SWATCH, 13);
    stripe(l->pen, class, x, l->pen->y, 14);
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

static void put_legend(Pen *p)
{
    Legend l = { p, MARGIN };

    p->y += 16;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (has_kind(p->scene, kinds[i].kind)) {
            put_kind(&l, kinds[i].class, kinds[i].words);
        }
    }
    if (p->scene->has_tree) {
        rect(p, "box", legend_next(&l, "container or alias"), p->y, SWATCH, 13);
        int x = legend_next(&l, "hidden");
        rect(p, "hidden", x, p->y, SWATCH, 13);
        rect(p, "edge gap", x, p->y, SWATCH, 13);
    }
    rect(p, "gap", legend_next(&l, "nothing answers"), p->y, SWATCH, 13);
    p->y += 14;
}

/* Puts a head over a column, and returns where it ends. */
static int put_column_head(const Pen *p, int x, int width, const char *head, const char *more)
{
    g_autoptr(GPtrArray) all = draw_text_wrap(more, (guint)MAX(width / DRAW_PROSE, 16));

    text(p, "prose head", x, p->y + 28, head);
    for (guint i = 0; i < all->len; i++) {
        text(p, "prose", x, p->y + 45 + 16 * (int)i, all->pdata[i]);
    }
    return p->y + 45 + 16 * (int)all->len - 6;
}

static void put_column_heads(Pen *p)
{
    int after = p->y;

    if (p->scene->root) {
        after = put_column_head(p, p->tree_x, p->scene->tree_width, "Regions",
                                "Look from the right: what stands further right hides what stands "
                                "further left.");
    }
    int view = put_column_head(p, p->address_x, p->width - MARGIN - p->address_x, "View",
                               "What answers from there on.");
    text(p, "prose head end", p->width - MARGIN, p->y + 28, "Size");
    p->y = MAX(after, view);
}

static void put_head(Pen *p)
{
    g_autofree char *sum = summary(p->scene);
    g_autoptr(GPtrArray) name =
        draw_text_wrap(p->scene->title, (guint)((p->width - 2 * MARGIN) / 11));

    p->y = MARGIN - 6;
    for (guint i = 0; i < name->len; i++) {
        text(p, "prose name", MARGIN, p->y += 22, name->pdata[i]);
    }
    p->y += 4;
    prose(p, "prose", sum);
    put_legend(p);
    put_column_heads(p);
    p->y += 4;
}

/* ---- Tree ------------------------------------------------------------------------------- */

static char *extent_text(Int128 start, Int128 end)
{
    g_autofree char *size = address_size_text(end - start);

    return g_strdup_printf("%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x, %s", (hwaddr)start,
                           (hwaddr)(end - 1), size);
}

static void put_box_title(const Pen *p, const DrawBox *box)
{
    g_autofree char *extent = extent_text(box->start, box->end);

    draw_xml(p->xml, "<title>%s: %s, prio %d, %s%s</title>\n", box->line->name, extent,
             box->line->priority, box->answers ? mtree_kind_word(box->kind) : "container",
             box->answers && !box->visible ? ", wholly hidden" : "");
}

/* Fills the rows of a box in which it is visible. */
static void put_visible(const Pen *p, const DrawBox *box)
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
        rect(p, class_of(box->kind), p->tree_x + box->x, y + (first == box->first), box->width - 2,
             height - (first == box->first) - (i + 1 == box->after));
    }
}

static void put_answering(const Pen *p, const DrawBox *box, int y, int height)
{
    int x = p->tree_x + box->x;

    rect(p, "page", x, y + 1, box->width - 2, height - 2);
    rect(p, "hidden", x, y + 1, box->width - 2, height - 2);
    g_string_append_printf(p->xml, "<g stroke-opacity=\"0.55\">\n");
    put_visible(p, box);
    draw_xml(p->xml, "<rect class=\"edge %s\" fill-opacity=\"0\" x=\"%d.5\" y=\"%d.5\" ",
             class_of(box->kind), x, y + 1);
    draw_xml(p->xml, "width=\"%d\" height=\"%d\" rx=\"2\"/>\n</g>\n", box->width - 2, height - 2);
    stripe(p, class_of(box->kind), x, y + 1, height - 1);
}

/* A label gets a halo where it may stand on hatching or on a line. */
static const char *label_class(const Pen *p, const DrawBox *box)
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

static void put_box(const Pen *p, const DrawBox *box)
{
    int y = top_of(p, box->first), height = top_of(p, box->after) - y;

    g_string_append(p->xml, "<g>");
    put_box_title(p, box);
    if (box->answers) {
        put_answering(p, box, y, height);
    } else {
        rect(p, "box", p->tree_x + box->x, y + 1, box->width - 2, height - 2);
    }
    label(p, label_class(p, box), p->tree_x + box->x + 11, y, box->text, box->note);
    g_string_append(p->xml, "</g>\n");
    for (guint i = box->children->len; i-- > 0;) {
        put_box(p, box->children->pdata[i]);
    }
}

static void put_grid(const Pen *p)
{
    for (guint i = 0; i < p->scene->ranges->len; i++) {
        int y = top_of(p, g_array_index(p->scene->ranges, DrawRange, i).first);
        draw_xml(p->xml, "<path class=\"grid\" d=\"M%d %d.5H%d\"/>\n", p->tree_x, y,
                 p->range_x - GAP / 2);
    }
}

/* ---- View ------------------------------------------------------------------------------- */

static void put_range_title(const Pen *p, const DrawRange *range)
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

static void put_range_box(const Pen *p, const DrawRange *range, int y, int height)
{
    if (range->range) {
        const char *class = class_of(range->range->kind);
        rect(p, class, p->range_x, y + 1, p->range_width, height - 2);
        stripe(p, class, p->range_x, y + 1, height - 1);
    } else {
        rect(p, "gap", p->range_x, y + 1, p->range_width, height - 2);
    }
    label(p, range->range ? "plain" : "hole", p->range_x + 12, y, range->text, range->note);
}

static void put_range(const Pen *p, const DrawRange *range)
{
    int y = top_of(p, range->first), height = top_of(p, range->after) - y;
    g_autofree char *size = draw_text_size(range->end - range->start);
    g_autofree char *start = g_strdup_printf("%04" G_GINT64_MODIFIER "x", (hwaddr)range->start);

    g_string_append(p->xml, "<g>");
    put_range_title(p, range);
    put_range_box(p, range, y, height);
    text(p, "quiet end", p->range_x - GAP, y + DRAW_LINE, start);
    text(p, "quiet end", p->width - MARGIN, y + DRAW_LINE, size);
    g_string_append(p->xml, "</g>\n");
}

/* ---- Notes ------------------------------------------------------------------------------ */

static void put_count(Pen *p, unsigned count, const char *one, const char *many)
{
    if (count) {
        g_autofree char *s = g_strdup_printf("%u %s", count, count == 1 ? one : many);
        prose(p, "prose", s);
    }
}

static void put_notes(Pen *p)
{
    const DrawScene *scene = p->scene;

    prose(p, "prose",
          "Not to scale: the height of a part grows with the logarithm of its size, so that a "
          "register of 4 bytes and 64 GiB of RAM are both seen.");
    put_count(p, scene->disabled, "region is not drawn: it is disabled or empty.",
              "regions are not drawn: they are disabled or empty.");
    put_count(p, scene->clipped, "region is not drawn: what contains it does not reach it.",
              "regions are not drawn: what contains them does not reach them.");
    if (scene->cut) {
        g_autofree char *s =
            g_strdup_printf("The tree has more boxes than the %d that are drawn.", DRAW_MAX_BOXES);
        prose(p, "prose", s);
    }
    if (!scene->has_tree) {
        prose(p, "prose", "The tree is not known, so the picture cannot show what is hidden.");
    } else if (scene->guessed) {
        prose(p, "prose",
              "The text of the map leaves open which regions are pure containers, or which region "
              "an alias shows. This is guessed; see physmem(1).");
    }
}

/* ---- The picture ------------------------------------------------------------------------ */

static void find_columns(Pen *p)
{
    const DrawScene *scene = p->scene;
    int tree = scene->root ? scene->tree_width + GUTTER : 0;
    int width = 2 * MARGIN + tree + scene->address_width + scene->range_width + 2 * GAP + SIZES;

    p->width = MAX(width, LEAST_WIDTH);
    p->tree_x = MARGIN;
    p->address_x = MARGIN + tree;
    p->range_x = p->address_x + scene->address_width + GAP;
    p->range_width = p->width - MARGIN - SIZES - GAP - p->range_x;
}

static void put_body(Pen *p)
{
    put_grid(p);
    if (p->scene->root) {
        put_box(p, p->scene->root);
    }
    for (guint i = 0; i < p->scene->ranges->len; i++) {
        put_range(p, &g_array_index(p->scene->ranges, DrawRange, i));
    }
    if (!p->scene->rows->len) {
        prose(p, "prose", "Nothing is visible in this address space.");
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

static void put_frame(GString *svg, const Pen *p)
{
    g_autofree char *sum = summary(p->scene);
    int height = p->y + MARGIN;

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
    Pen p = { .scene = scene, .scheme = scheme, .xml = xml };

    find_columns(&p);
    put_patterns(&p);
    put_head(&p);
    put_body(&p);
    put_notes(&p);
    put_frame(svg, &p);
    g_string_append_printf(svg, "%s</svg>\n", xml->str);
    return g_string_free(svg, FALSE);
}
