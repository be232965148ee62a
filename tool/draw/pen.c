/* SPDX-License-Identifier: MIT
 *
 * Writes the parts of a picture (pen.h). All coordinates are whole numbers or halves, so that
 * the same map gives the same bytes everywhere.
 */
#include "draw/pen.h"

#include "draw/text.h"

const char *draw_pen_class(MtreeKind kind)
{
    switch (kind) {
    case MTREE_RAM:
        return "ram";
    case MTREE_ROM:
        return "rom";
    case MTREE_ROMD:
        return "romd";
    case MTREE_RAMD:
        return "ramd";
    default:
        return "io";
    }
}

void draw_pen_rect(const DrawPen *p, const char *class, int x, int y, int width, int height)
{
    draw_xml(p->xml,
             "<rect class=\"%s\" x=\"%d.5\" y=\"%d.5\" width=\"%d\" height=\"%d\" rx=\"2\"/>\n",
             class, x, y, MAX(width, 1), MAX(height, 1));
}

void draw_pen_stripe(const DrawPen *p, const char *class, int x, int y, int height)
{
    draw_xml(p->xml, "<g transform=\"translate(%d %d)\">", x, y);
    draw_xml(p->xml, "<rect class=\"c-%s\" width=\"%d\" height=\"%d\"/>", class, DRAW_STRIPE,
             height);
    draw_xml(p->xml, "<rect fill=\"url(#%s)\" width=\"%d\" height=\"%d\"/></g>\n", class,
             DRAW_STRIPE, height);
}

void draw_pen_text(const DrawPen *p, const char *class, int x, int y, const char *s)
{
    draw_xml(p->xml, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, s);
}

void draw_pen_label(const DrawPen *p, const char *class, int x, int y, const GPtrArray *lines,
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

void draw_pen_prose(DrawPen *p, const char *class, const char *s)
{
    g_autoptr(GPtrArray) all =
        draw_text_wrap(s, (guint)((p->width - 2 * DRAW_MARGIN) / DRAW_PROSE));

    for (guint i = 0; i < all->len; i++) {
        draw_pen_text(p, class, DRAW_MARGIN, p->y += 17, all->pdata[i]);
    }
}
