/* SPDX-License-Identifier: MIT
 *
 * The spaces of a run, each view once (ways.h). ways.c makes each of them; this file
 * finds their names, and the devices that views do not show.
 */
#include "check/ways.h"
#include "mtree/infer.h"

/* ---- Names ----------------------------------------------------------------------------- */

/* Returns how good a name is for a view that several spaces have: the lowest is the best. */
static unsigned rank_of_name(const char *name)
{
    return g_str_equal(name, "memory") ? 0 : g_str_has_prefix(name, "cpu") ? 1 : 2;
}

static void add_name(GHashTable *names, MtreeLine *key, const char *name)
{
    const char *before = g_hash_table_lookup(names, key);

    if (!before || rank_of_name(name) < rank_of_name(before)) {
        g_hash_table_insert(names, key, (char *)name);
    }
}

/* Returns a name for each view, by the region where the view begins. */
static GHashTable *names_of_views(const Mtree *t)
{
    GHashTable *names = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        MtreeLine *key = block->has_space ? mtree_key(block->root) : NULL;
        for (guint j = 0; key && j < block->names->len; j++) {
            add_name(names, key, block->names->pdata[j]);
        }
    }
    return names;
}

/* Adds the views whose names have that rank, in the order of the text. */
static void add_spaces(CheckRun *run, GHashTable *names, unsigned rank)
{
    const Mtree *t = run->tree;

    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        MtreeLine *key = block->has_space ? mtree_key(block->root) : NULL;
        const char *name = key ? g_hash_table_lookup(names, key) : NULL;
        if (name && rank_of_name(name) == rank) {
            g_ptr_array_add(run->spaces, check_space_new(run, name, key));
            g_hash_table_remove(names, key);
        }
    }
}

static void make_spaces(CheckRun *run)
{
    g_autoptr(GHashTable) names = names_of_views(run->tree);

    g_clear_pointer(&run->spaces, g_ptr_array_unref);
    run->spaces = g_ptr_array_new_with_free_func(check_space_free);
    for (unsigned rank = 0; rank <= 2; rank++) {
        add_spaces(run, names, rank);
    }
}

/* ---- Devices that no view shows --------------------------------------------------------- */

/* If views have settled the kinds, an empty i/o region that they do not show counts as a container.
 * It may as well be a device that is hidden everywhere. */
static bool may_be_device(const MtreeLine *line)
{
    return line->container && !line->children->len && !line->says_container && line->number &&
           !mtree_name_is_container(line->name);
}

static gint by_priority(gconstpointer a, gconstpointer b, gpointer data)
{
    const MtreeLine *x = *(MtreeLine *const *)a, *y = *(MtreeLine *const *)b;
    GHashTable *devices = data;

    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return g_hash_table_contains(devices, x) - g_hash_table_contains(devices, y);
}

/* Adds those of a container, and puts them behind others of their priority. As containers they are
 * empty, so this changes no view. */
static void add_devices_of(CheckRun *run, MtreeLine *container)
{
    bool any = false;

    for (guint i = 0; i < container->children->len; i++) {
        MtreeLine *line = container->children->pdata[i];
        any |= may_be_device(line) && g_hash_table_add(run->devices, line);
    }
    if (any) {
        g_ptr_array_sort_with_data(container->order, by_priority, run->devices);
    }
}

static void add_possible_devices(CheckRun *run)
{
    for (guint i = 0; run->tree->fitted && i < run->tree->lines->len; i++) {
        add_devices_of(run, run->tree->lines->pdata[i]);
    }
}

/* Drops those that would be in front somewhere, because the views would show them. Returns whether
 * there were any. */
static bool drop_visible(CheckRun *run)
{
    bool any = false;

    for (guint i = 0; i < run->spaces->len; i++) {
        const CheckSpace *space = run->spaces->pdata[i];
        for (guint j = 0; j < space->stretches->len; j++) {
            any |=
                g_hash_table_remove(run->devices,
                                    g_array_index(space->stretches, CheckStretch, j).front->line);
        }
    }
    return any;
}

const GPtrArray *check_spaces(CheckRun *run)
{
    enum { MAX_ROUNDS = 8 };
    bool dropped = true;

    if (run->spaces) {
        return run->spaces;
    }
    add_possible_devices(run);
    for (unsigned round = 0; dropped; round++) {
        if (round == MAX_ROUNDS) {
            g_hash_table_remove_all(run->devices); /* no machine is like this */
        }
        make_spaces(run);
        dropped = drop_visible(run);
    }
    return run->spaces;
}
