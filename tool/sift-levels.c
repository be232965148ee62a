/* SPDX-License-Identifier: MIT
 *
 * Finds the level of each region of a tree (sift.h). The monitor indents two blanks a level, and
 * two more than a header. Such levels are absolute, which matters: a level that is left out stands
 * for a disabled region. In other texts they are found from the depths of other lines.
 */
#include "sift.h"

/* What is known of the depths of all ranges of all trees, in columns. */
typedef struct Depths {
    unsigned head; /* of the headers: that of the most */
    unsigned least, most;
    unsigned step; /* divides all differences; 0: no differences */
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

/* The columns of a level, if the levels are absolute: every range lies a multiple of them behind the
 * headers. 1: they are not. No text has the roots of all blocks left out. */
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

/* Without a common step, a line is below the last line above it that is less deep. */
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
