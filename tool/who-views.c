/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for views that were printed without a tree (who.h). They say which region answers,
 * and nothing of the way to it.
 */
#include <stdio.h>

#include "who.h"

/* ---- Telling ---------------------------------------------------------------------------- */

static void print_names(const FlatBlock *view, const char *space)
{
    g_autoptr(GPtrArray) names = mtree_flat_names(view);

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
            if (mtree_flat_has_name(view, first) != others) {
                tell_view(view, space, address);
                any = true;
            }
        }
    }
    return any;
}
