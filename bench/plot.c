/* SPDX-License-Identifier: MIT
 *
 * Draws the curves as SVG (see curves.h): three panels with logarithmic axes, side by side. Each
 * line has its name beside its end. The colours suit a light and a dark page.
 */
#include <math.h>
#include <stdbool.h>

#include "curves.h"

enum { PANEL_WIDTH = 358, WIDTH = CURVE_PANELS * PANEL_WIDTH, HEIGHT = 390 };
enum { LEFT = 62, RIGHT = 100, TOP = 56, BOTTOM = 88 }; /* margins of a panel */
enum { PLOT_WIDTH = PANEL_WIDTH - LEFT - RIGHT, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };
enum { LABEL_HEIGHT = 15 };

static const char style[] =
    "<style>\n"
    "svg { font: 13px system-ui, sans-serif; }\n"
    ".page { fill: #ffffff; } .text { fill: #24292f; } .quiet { fill: #6a737d; }\n"
    ".grid { stroke: #d8dee4; stroke-width: 1; }\n"
    ".line { fill: none; stroke-width: 2; stroke-linejoin: round; }\n"
    ".physmem { stroke: #0757c2; stroke-width: 3.5; } .vm-memory { stroke: #b65c00; }\n"
    ".guarded { stroke: #b65c00; stroke-dasharray: 5 4; }\n"
    ".unicorn { stroke: #8a3ab9; } .plain { stroke: #6a737d; stroke-dasharray: 2 3; }\n"
    ".n-physmem { fill: #0757c2; font-weight: bold; } .n-vm-memory, .n-guarded { fill: #b65c00; "
    "}\n"
    ".n-unicorn { fill: #8a3ab9; } .n-plain { fill: #6a737d; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    ".page { fill: #0d1117; } .text { fill: #e6edf3; } .quiet { fill: #9198a1; }\n"
    ".grid { stroke: #30363d; }\n"
    ".physmem { stroke: #58a6ff; } .vm-memory, .guarded { stroke: #e3903c; }\n"
    ".unicorn { stroke: #c792ea; } .plain { stroke: #9198a1; }\n"
    ".n-physmem { fill: #58a6ff; } .n-vm-memory, .n-guarded { fill: #e3903c; }\n"
    ".n-unicorn { fill: #c792ea; } .n-plain { fill: #9198a1; }\n"
    "}\n"
    "</style>\n";

/* The lines that are drawn, the lowest first. */
static const struct Line {
    Column column;
    const char *class, *name;
} lines[] = {
    { PLAIN, "plain", "no library" },        { UNICORN, "unicorn", "libunicorn" },
    { VM_MEMORY, "vm-memory", "vm-memory" }, { GUARDED, "guarded", "guarded" },
    { PHYSMEM, "physmem", "libphysmem" },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

/* A panel and the range of its axes, in powers of ten. */
typedef struct Axes {
    const Panel *panel;
    const Curves *curves;
    int left; /* where the panel begins */
    int low, high, most;
} Axes;

/* ---- Places ---------------------------------------------------------------------------------- */

static double x_of(const Axes *axes, double n)
{
    return axes->left + LEFT + log10(n) / axes->most * PLOT_WIDTH;
}

static double y_of(const Axes *axes, double ns)
{
    return TOP + (axes->high - log10(ns)) / (axes->high - axes->low) * PLOT_HEIGHT;
}

static Axes axes_of(const Curves *curves, unsigned p)
{
    Axes axes = { .panel = &curves->panel[p], .curves = curves, .left = (int)p * PANEL_WIDTH };
    double low = 1e99, high = 0;

    for (unsigned i = 0; i < LINES * curves->sizes; i++) {
        const double ns = axes.panel->ns[lines[i % LINES].column][i / LINES];
        low = ns > 0 && ns < low ? ns : low;
        high = ns > high ? ns : high;
    }
    axes.low = (int)floor(log10(low));
    axes.high = (int)ceil(log10(high));
    axes.most = (int)ceil(log10((double)curves->size[curves->sizes - 1]));
    return axes;
}

/* Returns the index of the last size at which the column was measured, -1 if there is none. */
static int last_point(const Axes *axes, Column column)
{
    int i = (int)axes->curves->sizes - 1;

    while (i >= 0 && axes->panel->ns[column][i] <= 0) {
        i--;
    }
    return i;
}

/* ---- Axes ------------------------------------------------------------------------------------ */

static void print_power(FILE *file, int power)
{
    static const char *const unit[] = { "ns", "µs", "ms", "s" };

    if (power < 0) {
        fprintf(file, "%g ns", pow(10, power));
    } else {
        fprintf(file, "%g %s", pow(10, power % 3), unit[power / 3]);
    }
}

static void draw_axes(FILE *file, const Axes *axes)
{
    static const char *const count[] = { "1", "10", "100", "1,000", "10,000", "100,000" };
    const int left = axes->left + LEFT, right = left + PLOT_WIDTH, bottom = TOP + PLOT_HEIGHT;

    fprintf(file, "<text class=\"text\" x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n",
            axes->left + 10, TOP - 22, axes->panel->title);
    for (int power = axes->low; power <= axes->high; power++) {
        const double y = y_of(axes, pow(10, power));
        fprintf(file, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", left, y, right);
        fprintf(file, "<text class=\"quiet\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", left - 6,
                y + 4);
        print_power(file, power);
        fprintf(file, "</text>\n");
    }
    for (int power = 0; power <= axes->most; power++) {
        const double x = x_of(axes, pow(10, power));
        fprintf(file, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>\n", x, TOP, bottom);
        if (power % 2 == 0) {
            fprintf(
                file,
                "<text class=\"quiet\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s%s</text>\n",
                x, bottom + 18, power == 0 ? "N = " : "", count[power]);
        }
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void draw_line(FILE *file, const Axes *axes, const struct Line *line)
{
    bool is_first = true;

    fprintf(file, "<path class=\"line %s\" d=\"", line->class);
    for (unsigned i = 0; i < axes->curves->sizes; i++) {
        const double ns = axes->panel->ns[line->column][i];
        if (ns > 0) {
            fprintf(file, "%s%.1f %.1f", is_first ? "M" : "L",
                    x_of(axes, (double)axes->curves->size[i]), y_of(axes, ns));
            is_first = false;
        }
    }
    fprintf(file, "\"/>\n");
}

static void draw_name(FILE *file, const struct Line *line, double x, double y, const char *anchor)
{
    fprintf(file, "<text class=\"n-%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
            line->class, x, y, anchor, line->name);
}

static double last_y(const Axes *axes, int line)
{
    const Column column = lines[line].column;

    return y_of(axes, axes->panel->ns[column][last_point(axes, column)]);
}

/* Returns the index of the highest line that ends at the right edge and is not taken; -1 if there
 * is none. */
static int highest_end(const Axes *axes, const bool taken[LINES])
{
    int best = -1;

    for (int i = 0; i < LINES; i++) {
        if (!taken[i] && last_point(axes, lines[i].column) == (int)axes->curves->sizes - 1 &&
            (best < 0 || last_y(axes, i) < last_y(axes, best))) {
            best = i;
        }
    }
    return best;
}

/* Names the lines that end at the right edge, from above. A name is moved down if it would cover
 * the one above it. The names of the other lines stand above their ends. */
static void draw_names(FILE *file, const Axes *axes)
{
    bool taken[LINES] = { false };
    double free_from = 0;

    for (int i; (i = highest_end(axes, taken)) >= 0; taken[i] = true) {
        const double y = fmax(last_y(axes, i) + 4, free_from);
        draw_name(file, &lines[i], axes->left + LEFT + PLOT_WIDTH + 7, y, "start");
        free_from = y + LABEL_HEIGHT;
    }
    for (int i = 0; i < LINES; i++) {
        const int point = last_point(axes, lines[i].column);
        if (!taken[i] && point >= 0) {
            draw_name(file, &lines[i], x_of(axes, (double)axes->curves->size[point]) + 4,
                      last_y(axes, i) - 9, "end");
        }
    }
}

void plot_write(FILE *file, const Curves *curves, const Host *host)
{
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\">\n%s<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, style);
    for (unsigned p = 0; p < CURVE_PANELS; p++) {
        const Axes axes = axes_of(curves, p);
        draw_axes(file, &axes);
        for (unsigned i = 0; i < LINES; i++) {
            draw_line(file, &axes, &lines[i]);
        }
        draw_names(file, &axes);
    }
    fprintf(file,
            "<text class=\"quiet\" x=\"10\" y=\"%d\">Medians; lower is better. No library: host "
            "pointers and functions that are known beforehand. Guarded: vm-memory behind "
            "GuestMemoryAtomic.</text>\n",
            HEIGHT - 36);
    fprintf(file, "<text class=\"quiet\" x=\"10\" y=\"%d\">", HEIGHT - 16);
    host_print_line(file, host);
    fprintf(file, "</text>\n</svg>\n");
}
