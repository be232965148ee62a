/* SPDX-License-Identifier: MIT
 *
 * Finds the level of each region of a tree (sift.h). The monitor indents a root by two blanks more
 * than its header, and each level by two more. From such a text the levels are known absolutely, so
 * a level without a line shows that a disabled region is there. In other texts a level is found by
 * comparing the depth of the line with those of others.
 */
#include "sift/sift.h"

/* What is known of the depths of all ranges of all trees, in columns. */
typedef struct Depths {
    unsigned head; /* the depth of most headers */
    unsigned least, most;
    unsigned step; /* the greatest number that divides all differences; 0: no differences */
} Depths;

static unsigned divisor(unsigned a, unsigned b)
{
    return b ? divisor(b, a % b) : a;
}

typedef void RangeFunc(SiftLine *line, gpointer data);

static void each_range(const Sift *sift, RangeFunc *func, gpointer data)
{
    for (guint i = 0; i < sift->blocks->len; i++) {
        const SiftBlock *block = sift->blocks->pdata[i];
        for (guint j = 0; !block->view && j < block->ranges->len; j++) {
            func(block->ranges->pdata[j], data);
        }
    }
}

static void find_least(SiftLine *line, gpointer data)
{
    Depths *depths = data;

    depths->least = MIN(depths->least, line->indent);
    depths->most = MAX(depths->most, line->indent);
}

static void find_step(SiftLine *line, gpointer data)
{
    Depths *depths = data;

    depths->step = divisor(depths->step, line->indent - depths->least);
}

/* Returns the depth of most headers. */
static unsigned depth_of_heads(const Sift *sift)
{
    enum { MOST = 256 };
    guint counts[MOST] = { 0 };
    unsigned best = 0;

    for (guint i = 0; i < sift->blocks->len; i++) {
        const SiftBlock *block = sift->blocks->pdata[i];
        for (guint j = 0; !block->view && j < block->heads->len; j++) {
            const SiftLine *head = block->heads->pdata[j];
            counts[MIN(head->indent, MOST - 1)]++;
        }
    }
    for (unsigned i = 0; i < MOST; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return best;
}

static Depths measure(const Sift *sift)
{
    Depths depths = { .head = depth_of_heads(sift), .least = UINT_MAX };

    each_range(sift, find_least, &depths);
    each_range(sift, find_step, &depths);
    return depths;
}

/* Returns how many columns a level has, if the levels are absolute: the depth of every range below
 * the headers is a multiple of it. Returns 1 if they are not. The least deep range of a text is
 * taken to be a root, because no text lacks the roots of all blocks. */
static unsigned absolute_step(const Depths *depths)
{
    unsigned first = depths->least - depths->head;
    unsigned step = divisor(first, depths->step);

    return depths->least > depths->head && first <= 2 * step ? step : 1;
}

static void set_absolute(SiftLine *line, gpointer data)
{
    const Depths *depths = data;

    line->level = (line->indent - depths->head) / depths->step;
}

static void set_by_step(SiftLine *line, gpointer data)
{
    const Depths *depths = data;

    line->level = 1 + (depths->step ? (line->indent - depths->least) / depths->step : 0);
}

/* For depths without a common step. The parent of a line is the last line above it that is less
 * deep. */
static void set_relative(const SiftBlock *block)
{
    g_autoptr(GArray) open = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (guint i = 0; i < block->ranges->len; i++) {
        SiftLine *line = block->ranges->pdata[i];
        while (open->len && g_array_index(open, unsigned, open->len - 1) >= line->indent) {
            g_array_set_size(open, open->len - 1);
        }
        g_array_append_val(open, line->indent);
        line->level = open->len;
    }
}

static void count_depth(SiftLine *line, gpointer data)
{
    sift_count(data, SIFT_DEPTH, line->number);
}

void sift_levels(Sift *sift)
{
    Depths depths = measure(sift);
    unsigned step = absolute_step(&depths);

    if (step > 1) {
        depths.step = step;
        each_range(sift, set_absolute, &depths);
    } else if (depths.step != 1) {
        each_range(sift, set_by_step, &depths);
    } else {
        for (guint i = 0; i < sift->blocks->len; i++) {
            set_relative(sift->blocks->pdata[i]);
        }
    }
    if (step != 2) {
        each_range(sift, count_depth, sift);
    }
}
