/* SPDX-License-Identifier: MIT
 *
 * The names of the address spaces of views (flat.h).
 */
#include "mtree/flat.h"

#include <string.h>

/* Returns the name in a title `"NAME", root: ROOT` or `"NAME"`. */
static char *name_of(const char *title)
{
    const char *name = title + (*title == '"');
    const char *end = strstr(name, "\", root: ");

    return end ? g_strndup(name, (gsize)(end - name)) : g_strdelimit(g_strdup(name), "\"", '\0');
}

GPtrArray *mtree_flat_names(const FlatBlock *view)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < view->spaces->len; i++) {
        g_ptr_array_add(names, name_of(view->spaces->pdata[i]));
    }
    return names;
}

bool mtree_flat_has_name(const FlatBlock *view, const char *name)
{
    g_autoptr(GPtrArray) names = mtree_flat_names(view);

    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

GPtrArray *mtree_flat_all_names(const MtreeFlat *views)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < views->blocks->len; i++) {
        g_autoptr(GPtrArray) names = mtree_flat_names(views->blocks->pdata[i]);
        for (guint j = 0; j < names->len; j++) {
            if (!g_hash_table_contains(known, names->pdata[j])) {
                char *name = g_strdup(names->pdata[j]);
                g_ptr_array_add(all, name);
                g_hash_table_add(known, name);
            }
        }
    }
    return all;
}

bool mtree_flat_fail_space(const MtreeFlat *views, const char *file, const char *space,
                           GError **error)
{
    enum { MOST = 40 };
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);
    guint more = names->len > MOST ? names->len - MOST : 0;

    g_ptr_array_set_size(names, (gint)(names->len - more));
    g_ptr_array_add(names, more ? g_strdup_printf("and %u more", more) : NULL);
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, MTREE_ERROR, 0,
                "expected the name of an address space of %s, not \"%s\"; there are: %s", file,
                space, list);
    return false;
}
