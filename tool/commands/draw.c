/* SPDX-License-Identifier: MIT
 *
 * `physmem draw -o OUT FILE [FILE]`: draws one address space as SVG (draw/draw.h), or all spaces of
 * one map or two as a page to look around in (draw/page.h).
 */
#include <string.h>

#include "draw/page.h"
#include "draw/spaces.h"
#include "terminal/progress.h"
#include "terminal/save.h"

typedef struct DrawOptions {
    char *output;
    char *scheme; /* NULL: the reader's */
} DrawOptions;

static bool write_file(const char *file, const char *text, GError **error)
{
    return tool_save(file, text, strlen(text), error);
}

/* ---- A picture -------------------------------------------------------------------------- */

static DrawScheme scheme_of(const DrawOptions *o)
{
    return !o->scheme ? DRAW_EITHER : g_str_equal(o->scheme, "dark") ? DRAW_DARK : DRAW_LIGHT;
}

static bool write_picture(const DrawOptions *o, ToolInput *in, GError **error)
{
    tool_views(in);
    progress_step("drawing");
    g_autoptr(DrawScene) scene = draw_space(in, in->space, error);

    if (!scene) {
        return false;
    }
    g_autofree char *svg = draw_svg(scene, scheme_of(o));
    progress_end();
    return write_file(o->output, svg, error);
}

/* ---- A page ----------------------------------------------------------------------------- */

/* The scenes of --space or, without it, all. NULL with an error. */
static GPtrArray *scenes_of(ToolInput *in, const char *space, GError **error)
{
    if (!space) {
        return draw_spaces(in);
    }
    DrawScene *scene = draw_space(in, space, error);
    if (!scene) {
        return NULL;
    }
    GPtrArray *scenes = g_ptr_array_new_with_free_func((GDestroyNotify)draw_scene_free);
    g_ptr_array_add(scenes, scene);
    return scenes;
}

/* The whole path only where two files have one name. */
static char *short_name(const char *file, const char *other)
{
    g_autofree char *name = draw_name(file);
    g_autofree char *another = other ? draw_name(other) : NULL;

    return g_strdup(g_strcmp0(name, another) == 0 ? file : name);
}

static bool add_map(ToolInput *in, const char *space, DrawMap *map, GError **error)
{
    map->scenes = scenes_of(in, space, error);
    if (map->scenes && !space) {
        map->left_out = tool_views(in)->blocks->len - map->scenes->len;
    }
    return map->scenes;
}

/* 'second' is NULL if there is one map. */
static bool write_page(const DrawOptions *o, ToolInput *first, ToolInput *second, GError **error)
{
    DrawMap maps[2] = { 0 };
    const char *a = first->rest[0], *b = first->rest[1];
    g_autofree char *name_a = short_name(a, b), *name_b = b ? short_name(b, a) : NULL;
    bool ok = add_map(first, first->space, &maps[0], error) &&
              (!second || add_map(second, first->space, &maps[1], error));

    if (ok) {
        maps[0].file = name_a;
        maps[1].file = name_b;
        progress_step("drawing");
        g_autofree char *page = draw_page(maps, second ? 2 : 1);
        progress_end();
        ok = write_file(o->output, page, error);
    }
    g_clear_pointer(&maps[0].scenes, g_ptr_array_unref);
    g_clear_pointer(&maps[1].scenes, g_ptr_array_unref);
    return ok;
}

static bool write_pair(const DrawOptions *o, ToolInput *in, GError **error)
{
    ToolInput second = { 0 };
    bool ok = tool_open_second(in, &second, error) && write_page(o, in, &second, error);

    tool_close(&second);
    return ok;
}

/* ---- The command ------------------------------------------------------------------------ */

static bool is_page(const DrawOptions *o)
{
    return g_str_has_suffix(o->output, ".html") || g_str_has_suffix(o->output, ".htm");
}

/* A name such as map.txt is probably that of the map, which must not be lost. */
static bool is_strange(const DrawOptions *o)
{
    g_autofree char *name = g_path_get_basename(o->output);

    return strchr(name, '.') && !is_page(o) && !g_str_has_suffix(name, ".svg");
}

static bool check_options(const DrawOptions *o, const ToolInput *in, GError **error)
{
    const char *wrong =
        !o->output ? "-o OUT.svg or -o OUT.html, the file to write; \"-o -\" prints the picture"
        : is_strange(o) ? "a name that ends with .svg or .html after -o"
        : o->scheme && !g_str_equal(o->scheme, "dark") && !g_str_equal(o->scheme, "light")
            ? "--scheme=light or --scheme=dark"
        : o->scheme && is_page(o)    ? "--scheme with a picture only: a page follows its reader"
        : in->rest[1] && !is_page(o) ? "one FILE for a picture; OUT.html takes two maps"
        : in->rest[1] && (in->hints || in->flat)
            ? "--hints and --flat with one FILE only; the second file can have its views inside"
            : NULL;

    if (wrong) {
        g_set_error(error, MTREE_ERROR, 0, "expected %s", wrong);
    }
    return !wrong;
}

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    const DrawOptions *o = options;

    if (!check_options(o, in, error)) {
        return false;
    }
    return in->rest[1]  ? write_pair(o, in, error)
           : is_page(o) ? write_page(o, in, NULL, error)
                        : write_picture(o, in, error);
}

int tool_draw(int argc, char **argv)
{
    DrawOptions o = { 0 };
    const GOptionEntry more[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
          "Write a picture to OUT.svg, or a page to OUT.html", "OUT" },
        { "scheme", 0, 0, G_OPTION_ARG_STRING, &o.scheme,
          "The colours; else as the reader prefers", "light|dark" },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE [FILE]",
        .summary =
            "Draws which region answers where, and what it hides. A page shows two maps, too."
            "\n\nExamples:\n  physmem draw -o map.svg map.txt\n"
            "  physmem draw -o changes.html before.txt after.txt",
        .least = 1,
        .most = 2,
        .space = "The address space; else \"memory\" or, in a page, all",
        .more = more,
        .answer = answer,
        .options = &o,
    };
    int status = tool_run(&plan, argc, argv);

    g_free(o.output);
    g_free(o.scheme);
    return status;
}
