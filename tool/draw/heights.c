/* SPDX-License-Identifier: MIT
 *
 * The heights of the rows of a picture (draw.h). They grow with the logarithm of the size, so that
 * a register of 4 bytes and 64 GiB of RAM are both seen. Then rows are stretched until each label
 * has room in its box.
 */
#include "draw/draw.h"
#include "draw/text.h"

enum { LEAST = 4, PAGE_BITS = 12, MOST_HOLE = 32, AROUND_LABEL = 6 };

static int log2_of(Int128 size)
{
    int n = 0;

    while (size >>= 1) {
        n++;
    }
    return n;
}

/* Most sizes above a page are of memory, and are to look different. */
static int first_height(const DrawRow *row)
{
    int bits = log2_of(row->end - row->start);
    int height = LEAST + bits + MAX(bits - PAGE_BITS, 0) * 2 / 3;

    return row->range ? height : MIN(height, MOST_HOLE);
}

/* Stretches rows evenly until a label fits into them. */
static void make_room(DrawScene *scene, guint first, guint after, const GPtrArray *text)
{
    int missing = DRAW_LINE * (int)text->len + AROUND_LABEL;

    for (guint i = first; i < after; i++) {
        missing -= g_array_index(scene->rows, DrawRow, i).height;
    }
    for (guint i = first; i < after && missing > 0; i++) {
        int share = (missing + (int)(after - i) - 1) / (int)(after - i);
        g_array_index(scene->rows, DrawRow, i).height += share;
        missing -= share;
    }
}

void draw_heights(DrawScene *scene)
{
    int y = 0;

    for (guint i = 0; i < scene->rows->len; i++) {
        DrawRow *row = &g_array_index(scene->rows, DrawRow, i);
        row->height = first_height(row);
    }
    for (guint i = 0; i < scene->boxes->len; i++) {
        const DrawBox *box = scene->boxes->pdata[i];
        make_room(scene, box->first, box->after, box->text);
    }
    for (guint i = 0; i < scene->ranges->len; i++) {
        const DrawRange *range = &g_array_index(scene->ranges, DrawRange, i);
        make_room(scene, range->first, range->after, range->text);
    }
    for (guint i = 0; i < scene->rows->len; i++) {
        DrawRow *row = &g_array_index(scene->rows, DrawRow, i);
        row->y = y;
        y += row->height;
    }
}
