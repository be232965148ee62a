/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for views that were printed without a tree (who.h). They say which region answers,
 * and nothing of the way to it.
 */
#include <stdio.h>
#include <string.h>

#include "who.h"

/* Returns the name in a title `"NAME", root: ROOT` or `"NAME"`. */
static char *name_of(const char *title)
{
    const char *name = title + (*title == '"');
    const char *end = strstr(name, "\", root: ");

    return end ? g_strndup(name, (gsize)(end - name)) : g_strdelimit(g_strdup(name), "\"", '\0');
}

static GPtrArray *names_of(const FlatBlock *view)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < view->spaces->len; i++) {
        g_ptr_array_add(names, name_of(view->spaces->pdata[i]));
    }
    return names;
}

static bool has_name(const FlatBlock *view, const char *name)
{
    g_autoptr(GPtrArray) names = names_of(view);

    return g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL);
}

GPtrArray *who_names_of_views(const MtreeFlat *views)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < views->blocks->len; i++) {
        g_autoptr(GPtrArray) names = names_of(views->blocks->pdata[i]);
        for (guint j = 0; j < names->len; j++) {
            if (!g_ptr_array_find_with_equal_func(all, names->pdata[j], g_str_equal, NULL)) {
                g_ptr_array_add(all, g_strdup(names->pdata[j]));
            }
        }
    }
    return all;
}

/* ---- Telling ---------------------------------------------------------------------------- */

static void print_names(const FlatBlock *view, const char *space)
{
    g_autoptr(GPtrArray) names = names_of(view);

    for (guint i = 0; !space && i < names->len; i++) {
        printf("%s%s", i ? ", " : "", (char *)names->pdata[i]);
    }
    printf("%s:\n", space ? space : "");
}

static const FlatLine *range_of(const FlatBlock *view, hwaddr address)
{
    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        if (range->start <= address && address <= range->last) {
            return range;
        }
    }
    return NULL;
}

static void tell_view(const FlatBlock *view, const char *space, hwaddr address)
{
    const FlatLine *range = range_of(view, address);

    print_names(view, space);
    printf("  " TARGET_FMT_plx ": ", address);
    if (!range) {
        puts("nothing answers");
        return;
    }
    printf("%s @" TARGET_FMT_plx " (prio %d, %s%s), line %u\n", range->name,
           range->offset + (address - range->start), range->priority,
           range->nonvolatile ? "nv-" : "", mtree_kind_word(range->kind), range->number);
    puts("  the way is not known: there are views only, from \"info mtree -f\"");
}

bool who_tell_views(const MtreeFlat *views, const char *space, hwaddr address)
{
    const char *first = space ? space : "memory";
    bool any = false;

    for (int others = 0; others <= !space; others++) {
        for (guint i = 0; i < views->blocks->len; i++) {
            const FlatBlock *view = views->blocks->pdata[i];
            if (has_name(view, first) != others) {
                tell_view(view, space, address);
                any = true;
            }
        }
    }
    return any;
}
