/* SPDX-License-Identifier: MIT
 *
 * Writes the views of a map as JSON (map.h), and the spaces of views that were printed without
 * a tree.
 */
#include <string.h>

#include "json/map.h"
#include "json/read.h"
#include "json/write.h"

/* ---- Spaces of printed views ------------------------------------------------------------ */

/* Writes a space from its name and its title `"NAME", root: ROOT[, alias TARGET]`. */
static void write_space(FILE *out, const char *name, const char *title)
{
    static const char root[] = "\", root: ", alias[] = ", alias ";
    const char *name_end = strstr(title + (*title == '"'), root);
    const char *root_name = name_end ? name_end + strlen(root) : NULL;
    const char *root_end = root_name ? g_strrstr(root_name, alias) : NULL;

    fputs("{ \"name\": ", out);
    json_write_string(out, name);
    if (root_name) {
        g_autofree char *only = root_end ? g_strndup(root_name, (gsize)(root_end - root_name))
                                         : g_strdup(root_name);
        json_map_string(out, "root_name", only);
    }
    if (root_end) {
        json_map_string(out, "alias_name", root_end + strlen(alias));
    }
    fputs(" }", out);
}

void json_map_write_view_spaces(FILE *out, const MtreeFlat *views)
{
    unsigned n = 0;

    fputs(",\n  \"spaces\": [", out);
    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        g_autoptr(GPtrArray) names = mtree_flat_names(view);
        for (guint j = 0; j < view->spaces->len; j++) {
            json_map_next(out, !n++);
            write_space(out, names->pdata[j], view->spaces->pdata[j]);
        }
    }
    fputs("\n  ]", out);
}

/* ---- Ranges ----------------------------------------------------------------------------- */

static void write_kind(FILE *out, const FlatLine *range)
{
    static const JsonKind kinds[] = { JSON_IO,         JSON_RAM,        JSON_RAM,
                                      JSON_ROM_DEVICE, JSON_RAM_DEVICE, JSON_IO };

    json_map_string(out, "kind", json_kind_word(kinds[range->own_kind]));
    if (range->own_kind == MTREE_ROMD) {
        json_map_bool(out, "romd", true);
    }
}

static void write_range(FILE *out, const FlatLine *range, GHashTable *ids)
{
    fputs("{ \"start\": ", out);
    json_write_hex(out, range->start);
    json_map_hex(out, "last", range->last);
    if (ids) {
        fprintf(out, ", \"region\": %u",
                GPOINTER_TO_UINT(g_hash_table_lookup(ids, range->line)) - 1);
    }
    json_map_hex(out, "offset", range->offset);
    json_map_string(out, "name", range->name);
    write_kind(out, range);
    fprintf(out, ", \"priority\": %" PRId32, range->priority);
    json_map_bool(out, "readonly", range->kind == MTREE_ROM);
    json_map_bool(out, "nonvolatile", range->nonvolatile);
    json_map_owner(out, range->owner);
    json_map_line(out, range->number);
    if (!ids && range->kind == MTREE_ROM) {
        fputs(", \"guesses\": [\"kind\"]", out);
    }
    fputs(" }", out);
}

/* ---- Views ------------------------------------------------------------------------------ */

static void write_places(FILE *out, const FlatBlock *view, GHashTable *spaces, unsigned *next)
{
    fputs("{ \"spaces\": [", out);
    for (guint i = 0; i < view->spaces->len; i++) {
        unsigned place =
            spaces ? GPOINTER_TO_UINT(g_hash_table_lookup(spaces, view->made_for->pdata[i])) - 1
                   : (*next)++;
        fprintf(out, "%s%u", i ? ", " : "", place);
    }
    fputc(']', out);
}

static void write_view(FILE *out, const FlatBlock *view, GHashTable *ids)
{
    if (view->key && ids) {
        fprintf(out, ", \"root\": %u", GPOINTER_TO_UINT(g_hash_table_lookup(ids, view->key)) - 1);
    }
    if (view->root) {
        json_map_string(out, "root_name", view->root);
    }
    fputs(", \"ranges\": [", out);
    for (guint i = 0; i < view->ranges->len; i++) {
        fputs(i ? ",\n      " : "\n      ", out);
        write_range(out, &g_array_index(view->ranges, FlatLine, i), ids);
    }
    fputs(view->ranges->len ? "\n    ] }" : "] }", out);
}

void json_map_write_view_list(FILE *out, const MtreeFlat *views, GHashTable *ids,
                              GHashTable *spaces)
{
    unsigned next = 0;

    fputs(",\n  \"views\": [", out);
    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        json_map_next(out, i == 0);
        write_places(out, view, spaces, &next);
        write_view(out, view, ids);
    }
    fputs("\n  ]", out);
}
