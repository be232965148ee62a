/* SPDX-License-Identifier: MIT
 *
 * What a picture is made of: rectangles, the coloured edges by which kinds are known, text. A pen
 * writes them into the SVG, one below the other.
 */
#ifndef TOOL_DRAW_PEN_H
#define TOOL_DRAW_PEN_H

#include "draw/draw.h"

enum {
    DRAW_MARGIN = 24,
    DRAW_GAP = 10,   /* between the columns of the view */
    DRAW_STRIPE = 6, /* the coloured edge */
    DRAW_SWATCH = 26 /* a sample of a kind, in the legend */
};

typedef struct DrawPen {
    const DrawScene *scene;
    DrawScheme scheme;
    GString *xml;
    int width, y; /* of the picture; where the next part begins */
    int tree_x, address_x, range_x, range_width;
} DrawPen;

/* Returns the class of a kind in the style. */
const char *draw_pen_class(MtreeKind kind);

void draw_pen_rect(const DrawPen *p, const char *class, int x, int y, int width, int height);
/* The edge of a kind: a colour and a pattern. */
void draw_pen_stripe(const DrawPen *p, const char *class, int x, int y, int height);
void draw_pen_text(const DrawPen *p, const char *class, int x, int y, const char *s);
/* The lines of a name; 'note' stands behind the last one. */
void draw_pen_label(const DrawPen *p, const char *class, int x, int y, const GPtrArray *lines,
                    const char *note);
/* A paragraph over the whole width. Moves the pen down. */
void draw_pen_prose(DrawPen *p, const char *class, const char *s);

#endif
