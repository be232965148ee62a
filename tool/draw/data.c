/* SPDX-License-Identifier: MIT
 *
 * Writes scenes as JSON for page.js. Boxes, ranges and rows refer to each other by index. Addresses
 * are hexadecimal strings, because numbers of JavaScript are exact up to 2^53 only.
 */
#include "draw/data.h"

#include <json-glib/json-glib.h>

#include "draw/why.h"
#include "draw/draw.h"

/* A row that more boxes could answer has them cut off. */
enum { MOST_LOSERS = 40 };

typedef struct Writer {
    JsonBuilder *json;
    const DrawScene *scene;
    GHashTable *indexes; /* DrawBox -> its index */
} Writer;

/* ---- Members ---------------------------------------------------------------------------- */

static void put_string(Writer *w, const char *member, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);

    json_builder_set_member_name(w->json, member);
    json_builder_add_string_value(w->json, valid);
}

static void put_number(Writer *w, const char *member, gint64 value)
{
    json_builder_set_member_name(w->json, member);
    json_builder_add_int_value(w->json, value);
}

static void put_flag(Writer *w, const char *member, bool value)
{
    json_builder_set_member_name(w->json, member);
    json_builder_add_boolean_value(w->json, value);
}

static void put_hex(Writer *w, const char *member, Int128 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_MODIFIER "x", (guint64)value);

    put_string(w, member, value == int128_2_64() ? "10000000000000000" : text);
}

static void begin_array(Writer *w, const char *member)
{
    json_builder_set_member_name(w->json, member);
    json_builder_begin_array(w->json);
}

static gint64 index_of(const Writer *w, const DrawBox *box)
{
    return box ? GPOINTER_TO_INT(g_hash_table_lookup(w->indexes, box)) : -1;
}

/* ---- Parts of a scene ------------------------------------------------------------------- */

static void put_box_facts(Writer *w, const DrawBox *box)
{
    const MtreeLine *line = box->line;

    put_string(w, "name", line->name);
    put_string(w, "target", line->is_alias ? line->target_name : "");
    put_string(w, "shown", box->shown->name);
    put_string(w, "kind", box->answers ? mtree_kind_word(box->kind) : "container");
    put_number(w, "priority", line->priority);
    put_number(w, "line", line->number);
    put_string(w, "owner", line->owner ? line->owner + 1 : "");
}

static void put_box(Writer *w, const DrawBox *box)
{
    json_builder_begin_object(w->json);
    put_box_facts(w, box);
    put_hex(w, "start", box->start);
    put_hex(w, "end", box->end);
    put_flag(w, "answers", box->answers);
    put_flag(w, "visible", box->visible);
    begin_array(w, "children");
    for (guint i = 0; i < box->children->len; i++) {
        json_builder_add_int_value(w->json, index_of(w, box->children->pdata[i]));
    }
    json_builder_end_array(w->json);
    json_builder_end_object(w->json);
}

static void put_range(Writer *w, const DrawRange *range)
{
    const FlatLine *line = range->range;

    json_builder_begin_object(w->json);
    put_hex(w, "start", range->start);
    put_hex(w, "end", range->end);
    if (line) {
        put_string(w, "name", line->name);
        put_string(w, "kind", mtree_kind_word(line->kind));
        put_flag(w, "nonvolatile", line->nonvolatile);
        put_number(w, "priority", line->priority);
        put_hex(w, "offset", line->offset);
        put_string(w, "owner", line->owner ? line->owner + 1 : "");
    }
    json_builder_end_object(w->json);
}

static void put_loser(Writer *w, const DrawBox *loser, const DrawBox *winner)
{
    g_autofree char *why = draw_why(w->scene, loser, winner);
    g_autofree char *valid = g_utf8_make_valid(why, -1);

    json_builder_begin_array(w->json);
    json_builder_add_int_value(w->json, index_of(w, loser));
    json_builder_add_string_value(w->json, valid);
    json_builder_end_array(w->json);
}

static void put_losers(Writer *w, const DrawRow *row)
{
    guint count = 0;

    begin_array(w, "losers");
    for (guint i = 0; row->winner && i < w->scene->boxes->len; i++) {
        const DrawBox *box = w->scene->boxes->pdata[i];
        if (box != row->winner && box->answers && box->from <= row->start && row->end <= box->to &&
            count++ < MOST_LOSERS) {
            put_loser(w, box, row->winner);
        }
    }
    json_builder_end_array(w->json);
    put_number(w, "left", count > MOST_LOSERS ? count - MOST_LOSERS : 0);
}

static void put_row(Writer *w, guint i, guint range)
{
    const DrawRow *row = &g_array_index(w->scene->rows, DrawRow, i);

    json_builder_begin_object(w->json);
    put_hex(w, "start", row->start);
    put_hex(w, "end", row->end);
    put_number(w, "range", range);
    put_number(w, "winner", index_of(w, row->winner));
    put_losers(w, row);
    json_builder_end_object(w->json);
}

static void put_rows(Writer *w)
{
    const GArray *ranges = w->scene->ranges;

    begin_array(w, "rows");
    for (guint i = 0; i < ranges->len; i++) {
        const DrawRange *range = &g_array_index(ranges, DrawRange, i);
        for (guint row = range->first; row < range->after; row++) {
            put_row(w, row, i);
        }
    }
    json_builder_end_array(w->json);
}

static void put_boxes(Writer *w)
{
    begin_array(w, "boxes");
    for (guint i = 0; i < w->scene->boxes->len; i++) {
        put_box(w, w->scene->boxes->pdata[i]);
    }
    json_builder_end_array(w->json);
}

static void put_ranges(Writer *w)
{
    begin_array(w, "ranges");
    for (guint i = 0; i < w->scene->ranges->len; i++) {
        put_range(w, &g_array_index(w->scene->ranges, DrawRange, i));
    }
    json_builder_end_array(w->json);
}

/* ---- Maps ------------------------------------------------------------------------------- */

static void put_scene(Writer *w, const DrawScene *scene)
{
    g_autoptr(GHashTable) indexes = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < scene->boxes->len; i++) {
        g_hash_table_insert(indexes, scene->boxes->pdata[i], GINT_TO_POINTER((int)i));
    }
    w->scene = scene;
    w->indexes = indexes;
    json_builder_begin_object(w->json);
    put_string(w, "name", scene->name);
    put_string(w, "spaces", scene->spaces);
    put_flag(w, "hasTree", scene->has_tree);
    put_flag(w, "guessed", scene->guessed);
    put_flag(w, "cut", scene->cut);
    put_number(w, "disabled", g_hash_table_size(scene->disabled));
    put_number(w, "clipped", g_hash_table_size(scene->clipped));
    put_number(w, "root", index_of(w, scene->root));
    put_boxes(w);
    put_ranges(w);
    put_rows(w);
    json_builder_end_object(w->json);
}

static void put_map(Writer *w, const DrawMap *map)
{
    json_builder_begin_object(w->json);
    put_string(w, "file", map->file);
    put_number(w, "leftOut", map->left_out);
    begin_array(w, "spaces");
    for (guint i = 0; i < map->scenes->len; i++) {
        put_scene(w, map->scenes->pdata[i]);
    }
    json_builder_end_array(w->json);
    json_builder_end_object(w->json);
}

/* A "<" can only stand in a string. Escaped, it cannot end the script element. */
static char *safe(const char *json)
{
    GString *s = g_string_new(json);

    g_string_replace(s, "<", "\\u003c", 0);
    return g_string_free(s, FALSE);
}

char *draw_data(const DrawMap *maps, guint count)
{
    g_autoptr(JsonBuilder) json = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    Writer w = { .json = json };

    json_builder_begin_array(json);
    for (guint i = 0; i < count; i++) {
        put_map(&w, &maps[i]);
    }
    json_builder_end_array(json);
    root = json_builder_get_root(json);
    text = json_to_string(root, FALSE);
    return safe(text);
}
