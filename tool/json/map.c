/* SPDX-License-Identifier: MIT
 *
 * Writes the head, the spaces and the regions of a map as JSON (map.h). Regions have ids in
 * the order of the list. A region that the text has twice is written once.
 */
#include "json/map.h"

#include "json/read.h"
#include "json/write.h"

/* ---- Members ---------------------------------------------------------------------------- */

void json_map_string(FILE *out, const char *name, const char *value)
{
    fprintf(out, ", \"%s\": ", name);
    json_write_string(out, value);
}

void json_map_hex(FILE *out, const char *name, Int128 value)
{
    fprintf(out, ", \"%s\": ", name);
    json_write_hex(out, value);
}

void json_map_bool(FILE *out, const char *name, bool value)
{
    fprintf(out, ", \"%s\": %s", name, value ? "true" : "false");
}

/* The owner of a line has a blank in front. */
void json_map_owner(FILE *out, const char *owner)
{
    if (owner) {
        json_map_string(out, "owner", owner + 1);
    }
}

void json_map_line(FILE *out, unsigned number)
{
    if (number) {
        fprintf(out, ", \"line\": %u", number);
    }
}

void json_map_next(FILE *out, bool first)
{
    fputs(first ? "\n    " : ",\n    ", out);
}

/* ---- Regions ---------------------------------------------------------------------------- */

static unsigned id_of(GHashTable *ids, const MtreeLine *line)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(ids, line)) - 1;
}

static void list_below(GPtrArray *regions, MtreeLine *line)
{
    g_ptr_array_add(regions, line);
    for (guint i = 0; i < line->children->len; i++) {
        list_below(regions, line->children->pdata[i]);
    }
}

/* Returns the regions in the order in which they are written, as a tree lists them. */
static GPtrArray *list_regions(const Mtree *t)
{
    GPtrArray *regions = g_ptr_array_new();

    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (!line->twin && !line->parent) {
            list_below(regions, line);
        }
    }
    return regions;
}

static GHashTable *give_ids(const GPtrArray *regions)
{
    GHashTable *ids = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < regions->len; i++) {
        g_hash_table_insert(ids, regions->pdata[i], GUINT_TO_POINTER(i + 1));
    }
    return ids;
}

static JsonKind kind_of_device(const MtreeLine *line)
{
    if (line->container) {
        return JSON_CONTAINER;
    }
    if (line->iommu) {
        return JSON_IOMMU;
    }
    if (line->reservation) {
        return JSON_RESERVATION;
    }
    return line->romd_off ? JSON_ROM_DEVICE : JSON_IO;
}

static JsonKind kind_of(const MtreeLine *line)
{
    if (line->is_alias) {
        return JSON_ALIAS;
    }
    switch (line->kind) {
    case MTREE_RAM:
    case MTREE_ROM:
        return JSON_RAM;
    case MTREE_ROMD:
        return JSON_ROM_DEVICE;
    case MTREE_RAMD:
        return JSON_RAM_DEVICE;
    case MTREE_IO:
    case MTREE_CONTAINER:
        break;
    }
    return kind_of_device(line);
}

static void write_kind(FILE *out, const MtreeLine *line)
{
    JsonKind kind = kind_of(line);

    json_map_string(out, "kind", json_kind_word(kind));
    if (kind == JSON_ROM_DEVICE) {
        json_map_bool(out, "romd", !line->romd_off);
    }
}

static void write_attributes(FILE *out, const MtreeLine *line)
{
    bool rom = !line->is_alias && line->kind == MTREE_ROM;

    fprintf(out, ", \"priority\": %" PRId32, line->priority);
    json_map_bool(out, "enabled", !line->disabled);
    json_map_bool(out, "readonly", line->readonly || rom);
    json_map_bool(out, "nonvolatile", line->nonvolatile);
    if (line->unmergeable) {
        json_map_bool(out, "unmergeable", true);
    }
    if (line->unknown) {
        json_map_bool(out, "unknown", true);
    }
}

static void write_children(FILE *out, const MtreeLine *line, GHashTable *ids)
{
    for (guint i = 0; i < line->order->len; i++) {
        fprintf(out, "%s%u", i ? ", " : ", \"children\": [", id_of(ids, line->order->pdata[i]));
    }
    fputs(line->order->len ? "]" : "", out);
}

static void write_alias(FILE *out, const MtreeLine *line, GHashTable *ids)
{
    const MtreeLine *target = mtree_target(line);

    fprintf(out, ", \"alias\": { \"target\": %u", id_of(ids, target));
    json_map_hex(out, "offset", line->from);
    if (!g_str_equal(target->name, line->target_name)) {
        json_map_string(out, "name", line->target_name);
    }
    json_map_line(out, line->target->number);
    fputs(" }", out);
}

static void write_ram(FILE *out, const MtreeRam *ram)
{
    fprintf(out, ", \"ram\": { \"shared\": %s", ram->shared ? "true" : "false");
    if (ram->id) {
        json_map_string(out, "block", ram->id);
    }
    json_map_hex(out, "address", ram->address);
    json_map_hex(out, "used", ram->used);
    json_map_hex(out, "maximum", ram->maximum);
    json_map_hex(out, "page_size", ram->page_size);
    json_map_hex(out, "host", ram->host);
    if (ram->fd >= 0) {
        fprintf(out, ", \"fd\": %d", ram->fd);
        json_map_hex(out, "fd_offset", ram->fd_offset);
    }
    fputs(" }", out);
}

/* The library's machine has a guessed kind wherever a text does not say that a region is a
 * container, and no view has settled it. */
static bool is_guessed_kind(const Mtree *t, const MtreeLine *line)
{
    return t->guessed && line->container && !line->says_container && line->parent && line->number;
}

static void write_guesses(FILE *out, const Mtree *t, const MtreeLine *line)
{
    if (line->is_alias && line->guessed_target) {
        fputs(", \"guesses\": [\"target\"]", out);
    } else if (is_guessed_kind(t, line)) {
        fputs(", \"guesses\": [\"kind\"]", out);
    }
}

static void write_region(FILE *out, const Mtree *t, const MtreeLine *line, GHashTable *ids)
{
    fprintf(out, "{ \"id\": %u", id_of(ids, line));
    json_map_string(out, "name", line->name);
    write_kind(out, line);
    json_map_hex(out, "size", mtree_size(line));
    json_map_hex(out, "address", line->offset);
    write_attributes(out, line);
    json_map_owner(out, line->owner);
    json_map_line(out, line->number);
    if (line->parent) {
        fprintf(out, ", \"container\": %u", id_of(ids, mtree_real(line->parent)));
    }
    write_children(out, line, ids);
    if (line->is_alias) {
        write_alias(out, line, ids);
    }
    if (line->ram) {
        write_ram(out, line->ram);
    }
    write_guesses(out, t, line);
    fputs(" }", out);
}

static void write_regions(FILE *out, const Mtree *t, const GPtrArray *regions, GHashTable *ids)
{
    fputs(",\n  \"regions\": [", out);
    for (guint i = 0; i < regions->len; i++) {
        json_map_next(out, i == 0);
        write_region(out, t, regions->pdata[i], ids);
    }
    fputs("\n  ]", out);
}

/* ---- Spaces ----------------------------------------------------------------------------- */

static void write_space(FILE *out, const MtreeBlock *block, const char *name, GHashTable *ids)
{
    fputs("{ \"name\": ", out);
    json_write_string(out, name);
    fprintf(out, ", \"root\": %u", id_of(ids, mtree_real(block->root)));
    if (!block->is_space) {
        json_map_bool(out, "assumed", true);
    }
    json_map_line(out, block->number);
    fputs(" }", out);
}

/* Returns the MachineSpaces by their names, which are those of the tree. */
static GHashTable *spaces_by_name(const MtreeMachine *m)
{
    GHashTable *table = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < m->spaces->len; i++) {
        MachineSpace *space = m->spaces->pdata[i];
        g_hash_table_insert(table, (char *)space->name, space);
    }
    return table;
}

/* Writes the spaces in the order of the tree. Returns their places, plus 1. */
static GHashTable *write_spaces(FILE *out, const Mtree *t, const MtreeMachine *m, GHashTable *ids)
{
    GHashTable *places = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by_name = spaces_by_name(m);

    fputs(",\n  \"spaces\": [", out);
    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        for (guint j = 0; block->has_space && j < block->names->len; j++) {
            guint place = g_hash_table_size(places);
            json_map_next(out, place == 0);
            write_space(out, block, block->names->pdata[j], ids);
            g_hash_table_insert(places, g_hash_table_lookup(by_name, block->names->pdata[j]),
                                GUINT_TO_POINTER(place + 1));
        }
    }
    fputs("\n  ]", out);
    return places;
}

/* ---- The whole -------------------------------------------------------------------------- */

static void write_notes(FILE *out, const Mtree *t)
{
    if (t->guessed) {
        fputs(",\n  \"guessed\": true", out);
    }
    for (guint i = 0; i < t->notes->len; i++) {
        fputs(i ? ",\n    " : ",\n  \"notes\": [\n    ", out);
        json_write_string(out, t->notes->pdata[i]);
    }
    fputs(t->notes->len ? "\n  ]" : "", out);
}

static void write_head(FILE *out, const char *source, bool exact_roots)
{
    fputs("{\n  \"format\": \"physmem-map\",\n  \"version\": \"1.0\",\n  \"source\": ", out);
    json_write_string(out, source);
    fprintf(out, ",\n  \"quirks\": [%s]", exact_roots ? "" : "\"collapsed-root\"");
}

void json_map_write(FILE *out, const Mtree *t, const MtreeMachine *m, const MtreeFlat *views)
{
    g_autoptr(GPtrArray) regions = list_regions(t);
    g_autoptr(GHashTable) ids = give_ids(regions);

    write_head(out, t->file, ((MtreeBlock *)t->blocks->pdata[0])->exact_root);
    if (t->page_bits) {
        fprintf(out, ",\n  \"page_bits\": %u", t->page_bits);
    }
    write_notes(out, t);
    g_autoptr(GHashTable) places = write_spaces(out, t, m, ids);
    write_regions(out, t, regions, ids);
    json_map_write_view_list(out, views, ids, places);
    fputs("\n}\n", out);
}

void json_map_write_views(FILE *out, const MtreeFlat *views, const char *file)
{
    write_head(out, views->source ? views->source : file, false);
    json_map_write_view_spaces(out, views);
    json_map_write_view_list(out, views, NULL, NULL);
    fputs("\n}\n", out);
}
