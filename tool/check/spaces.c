/* SPDX-License-Identifier: MIT
 *
 * The spaces of a run, each view once (ways.h). ways.c makes each of them; this file finds their
 * names.
 */
#include "check/ways.h"

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
            g_ptr_array_add(run->spaces, check_space_new(name, key));
            g_hash_table_remove(names, key);
        }
    }
}

static void make_spaces(CheckRun *run)
{
    g_autoptr(GHashTable) names = names_of_views(run->tree);

    run->spaces = g_ptr_array_new_with_free_func(check_space_free);
    for (unsigned rank = 0; rank <= 2; rank++) {
        add_spaces(run, names, rank);
    }
}

const GPtrArray *check_spaces(CheckRun *run)
{
    if (!run->spaces) {
        make_spaces(run);
    }
    return run->spaces;
}
