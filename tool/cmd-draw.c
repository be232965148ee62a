/* SPDX-License-Identifier: MIT
 *
 * `physmem draw -o FILE SOURCE`: draws one address space, tree and view, as SVG (draw.h).
 */
#include <stdio.h>

#include "draw.h"
#include "tool.h"

typedef struct DrawOptions {
    char *output;
    char *space;  /* NULL: the processor's memory */
    char *scheme; /* NULL: the reader's */
} DrawOptions;

/* ---- The space -------------------------------------------------------------------------- */

static const FlatBlock *view_named(const MtreeFlat *views, const char *space)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        if (mtree_flat_has_name(views->blocks->pdata[i], space)) {
            return views->blocks->pdata[i];
        }
    }
    return NULL;
}

/* Returns the view of the processor's memory or, if no space has its name, the first view. */
static const FlatBlock *default_view(const MtreeFlat *views)
{
    const FlatBlock *view = view_named(views, "memory");

    return view || !views->blocks->len ? view : views->blocks->pdata[0];
}

/* Returns the tree of the first space of that name. The context's own spaces come first, as in
 * machine_views(). */
static MtreeLine *tree_named(const MtreeMachine *m, const char *name)
{
    const MachineSpace *found = NULL;

    for (guint i = 0; m && i < m->spaces->len; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        if (g_str_equal(space->name, name) && (!found || (found->own && !space->own))) {
            found = space;
        }
    }
    return found ? found->block->root : NULL;
}

static DrawScene *make_scene(const DrawOptions *o, ToolInput *in, GError **error)
{
    const MtreeFlat *views = tool_views(in);
    const FlatBlock *view = o->space ? view_named(views, o->space) : default_view(views);

    if (!view) {
        mtree_flat_fail_space(views, in->rest[0], o->space ? o->space : "memory", error);
        return NULL;
    }
    g_autoptr(GPtrArray) names = mtree_flat_names(view);
    const char *name = o->space                              ? o->space
                       : mtree_flat_has_name(view, "memory") ? "memory"
                                                             : names->pdata[0];
    g_autofree char *file = g_path_get_basename(in->rest[0]);
    g_autofree char *title = g_strdup_printf("%s: %s", file, name);
    DrawScene *scene = draw_scene_new(title, tree_named(in->machine, name), view);
    scene->guessed = in->map.tree && in->map.tree->guessed;
    draw_layout(scene);
    return scene;
}

/* ---- The command ------------------------------------------------------------------------ */

static bool write_file(const char *file, const char *text, GError **error)
{
    if (!g_str_equal(file, "-")) {
        return g_file_set_contents(file, text, -1, error);
    }
    fputs(text, stdout);
    return true;
}

static DrawScheme scheme_of(const DrawOptions *o)
{
    return !o->scheme ? DRAW_EITHER : g_str_equal(o->scheme, "dark") ? DRAW_DARK : DRAW_LIGHT;
}

static bool draw(const DrawOptions *o, ToolInput *in, GError **error)
{
    g_autoptr(DrawScene) scene = make_scene(o, in, error);

    if (!scene) {
        return false;
    }
    g_autofree char *svg = draw_svg(scene, scheme_of(o));
    return write_file(o->output, svg, error);
}

static bool check_options(const DrawOptions *o, GError **error)
{
    if (!o->output) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected -o FILE.svg, the file to write; \"-o -\" writes to standard output");
        return false;
    }
    if (o->scheme && !g_str_equal(o->scheme, "dark") && !g_str_equal(o->scheme, "light")) {
        g_set_error(error, MTREE_ERROR, 0, "expected --scheme=light or --scheme=dark, not \"%s\"",
                    o->scheme);
        return false;
    }
    return true;
}

int tool_draw(int argc, char **argv)
{
    ToolInput in = { 0 };
    DrawOptions o = { 0 };
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output, "Write the picture to FILE",
          "FILE" },
        { "space", 's', 0, G_OPTION_ARG_STRING, &o.space,
          "The address space; else \"memory\" or the first one", "NAME" },
        { "scheme", 0, 0, G_OPTION_ARG_STRING, &o.scheme,
          "Use these colours; else those that the reader prefers", "light|dark" },
        G_OPTION_ENTRY_NULL,
    };

    bool ok = tool_options(&in, &argc, &argv, more, "FILE",
                           "Draws which region answers where, and what it hides.\n\nExamples:\n"
                           "  physmem draw -o map.svg map.txt\n"
                           "  physmem draw -o ports.svg -s I/O map.txt",
                           1, &error) &&
              check_options(&o, &error) && tool_open(&in, &error) && draw(&o, &in, &error);
    g_free(o.space);
    g_free(o.scheme);
    g_free(o.output);
    if (!ok) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
