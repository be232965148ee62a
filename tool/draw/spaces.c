/* SPDX-License-Identifier: MIT
 *
 * Makes scenes from what a command has opened (spaces.h). Several spaces may have one name.
 * The tree of a view is the one that explains every range of it.
 */
#include "draw/spaces.h"

static const FlatBlock *view_named(const MtreeFlat *views, const char *name)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        if (mtree_flat_has_name(views->blocks->pdata[i], name)) {
            return views->blocks->pdata[i];
        }
    }
    return NULL;
}

static const FlatBlock *default_view(const MtreeFlat *views)
{
    const FlatBlock *view = view_named(views, "memory");

    return view || !views->blocks->len ? view : views->blocks->pdata[0];
}

/* Returns the trees (MtreeLine) of the spaces of that name, the context's own space first. */
static GPtrArray *trees_named(const MtreeMachine *m, const char *name)
{
    GPtrArray *roots = g_ptr_array_new();

    for (guint i = 0; m && i < m->spaces->len; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        if (g_str_equal(space->name, name)) {
            g_ptr_array_insert(roots, space->own ? -1 : 0, space->block->root);
        }
    }
    return roots;
}

char *draw_name(const char *file)
{
    return g_str_equal(file, "-") ? g_strdup("standard input") : g_path_get_basename(file);
}

static DrawScene *scene_new(const ToolInput *in, const char *name, MtreeLine *root,
                            const FlatBlock *view)
{
    g_autofree char *file = draw_name(in->rest[0]);
    g_autofree char *title = g_strdup_printf("%s: %s", file, name);
    DrawScene *scene = draw_scene_new(title, root, view);

    scene->name = g_strdup(name);
    scene->guessed = in->map.tree && in->map.tree->guessed;
    return scene;
}

static DrawScene *scene_of(const ToolInput *in, const char *name, const FlatBlock *view)
{
    g_autoptr(GPtrArray) roots = trees_named(in->machine, name);
    DrawScene *scene = NULL;

    for (guint i = 0; i < roots->len && !(scene && scene->whole); i++) {
        g_clear_pointer(&scene, draw_scene_free);
        scene = scene_new(in, name, roots->pdata[i], view);
    }
    scene = scene ? scene : scene_new(in, name, NULL, view);
    draw_layout(scene);
    return scene;
}

static const char *name_of(const FlatBlock *view, const GPtrArray *names)
{
    return mtree_flat_has_name(view, "memory") ? "memory" : names->len ? names->pdata[0] : "";
}

DrawScene *draw_space(ToolInput *in, const char *name, GError **error)
{
    const MtreeFlat *views = tool_views(in);
    const FlatBlock *view = name ? view_named(views, name) : default_view(views);

    if (!view) {
        mtree_flat_fail_space(views, in->rest[0], name ? name : "memory", error);
        return NULL;
    }
    g_autoptr(GPtrArray) names = mtree_flat_names(view);
    return scene_of(in, name ? name : name_of(view, names), view);
}

/* The page finds a space by its name. The second space of a name becomes "NAME (2)". */
static void tell_apart(GPtrArray *scenes)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < scenes->len; i++) {
        DrawScene *scene = scenes->pdata[i];
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, scene->name)) + 1;
        g_hash_table_insert(counts, g_strdup(scene->name), GUINT_TO_POINTER(count));
        if (count > 1) {
            g_autofree char *name = scene->name;
            scene->name = g_strdup_printf("%s (%u)", name, count);
        }
    }
}

GPtrArray *draw_spaces(ToolInput *in)
{
    const MtreeFlat *views = tool_views(in);
    GPtrArray *scenes = g_ptr_array_new_with_free_func((GDestroyNotify)draw_scene_free);

    for (guint i = 0; i < views->blocks->len && i < DRAW_MAX_SPACES; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        g_autoptr(GPtrArray) names = mtree_flat_names(view);
        const char *name = name_of(view, names);
        g_ptr_array_insert(scenes, g_str_equal(name, "memory") ? 0 : -1, scene_of(in, name, view));
    }
    tell_apart(scenes);
    return scenes;
}
