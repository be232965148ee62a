/* SPDX-License-Identifier: MIT
 *
 * Reads the views of a map in JSON (read.h).
 */
#include "json/read.h"

/* ---- Ranges ----------------------------------------------------------------------------- */

static bool read_extent(const JsonPlace *place, FlatLine *range)
{
    return json_needed(place, "start") && json_get_address(place, "start", &range->start) &&
           json_needed(place, "last") && json_get_address(place, "last", &range->last) &&
           json_needed(place, "offset") && json_get_address(place, "offset", &range->offset);
}

static MtreeKind kind_of(JsonKind kind, bool romd)
{
    switch (kind) {
    case JSON_RAM:
        return MTREE_RAM;
    case JSON_RAM_DEVICE:
        return MTREE_RAMD;
    case JSON_ROM_DEVICE:
        return romd ? MTREE_ROMD : MTREE_IO;
    case JSON_CONTAINER:
    case JSON_ALIAS:
    case JSON_IO:
    case JSON_RESERVATION:
    case JSON_IOMMU:
        break;
    }
    return MTREE_IO;
}

static bool read_kind(const JsonPlace *place, FlatLine *range)
{
    JsonKind kind;
    bool romd = true, readonly = false;

    if (!json_get_kind(place, &kind) || !json_get_bool(place, "romd", &romd) ||
        !json_get_bool(place, "readonly", &readonly) ||
        !json_get_bool(place, "nonvolatile", &range->nonvolatile)) {
        return false;
    }
    range->kind = readonly ? MTREE_ROM : kind_of(kind, romd);
    range->own_kind = readonly && kind == JSON_RAM ? MTREE_ROM : kind_of(kind, romd);
    return true;
}

/* The names are taken last, so that nothing is to be freed after an error. */
static bool read_range(const JsonMap *map, const JsonPlace *place, FlatLine *range)
{
    gint64 priority = 0;
    const char *name = NULL;

    if (!json_is_object(place) || !read_extent(place, range) || !read_kind(place, range) ||
        !json_needed(place, "priority") ||
        !json_get_int(place, "priority", G_MININT32, G_MAXINT32, &priority) ||
        !json_needed(place, "name") || !json_get_string(place, "name", &name) ||
        !json_get_line(map, place, &range->number) || !json_get_owner(place, &range->owner)) {
        return false;
    }
    range->priority = (int32_t)priority;
    range->name = g_strdup(name);
    return true;
}

static bool is_in_order(const FlatBlock *view, const JsonPlace *place, const FlatLine *range)
{
    guint n = view->ranges->len;

    if (range->last < range->start) {
        return json_fail(place, "last", "expected an address that is not below the start");
    }
    return !n || g_array_index(view->ranges, FlatLine, n - 1).last < range->start ||
           json_fail(place, "start", "expected an address above the last one of the range before");
}

static bool read_ranges(const JsonMap *map, const JsonPlace *place, FlatBlock *view)
{
    const JsonItem *list;

    if (!json_needed(place, "ranges") || !json_get_array(place, "ranges", &list)) {
        return false;
    }
    JsonPlace ranges = json_into(place, list, 0);
    for (guint i = 0; i < list->items->len; i++) {
        JsonPlace at = json_into(&ranges, list->items->pdata[i], i);
        FlatLine range = { 0 };
        if (!read_range(map, &at, &range)) {
            return false;
        }
        bool ok = is_in_order(view, &at, &range);
        g_array_append_val(view->ranges, range);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* ---- Spaces ----------------------------------------------------------------------------- */

static char *title_of(const JsonMap *map, const JsonSpace *space)
{
    const MtreeLine *root = g_hash_table_lookup(map->by_id, GINT_TO_POINTER(space->root));
    const char *name = root ? root->name : space->root_name;
    const char *target = root && root->is_alias ? mtree_target(root)->name : space->alias_name;

    if (!name) {
        return g_strdup_printf("\"%s\"", space->name);
    }
    return g_strdup_printf("\"%s\", root: %s%s%s", space->name, name, target ? ", alias " : "",
                           target ? target : "");
}

static bool read_spaces(const JsonMap *map, const JsonPlace *place, FlatBlock *view)
{
    const JsonItem *list;

    if (!json_needed(place, "spaces") || !json_get_array(place, "spaces", &list)) {
        return false;
    }
    JsonPlace spaces = json_into(place, list, 0);
    for (guint i = 0; i < list->items->len; i++) {
        const JsonItem *item = list->items->pdata[i];
        JsonPlace at = json_into(&spaces, item, i);
        if (item->type != JSON_INT || item->number < 0 || item->number >= map->spaces->len) {
            return json_fail(&at, NULL, "expected the place of a space in the list, from 0 to %u",
                             map->spaces->len - 1);
        }
        const JsonSpace *space = &g_array_index(map->spaces, JsonSpace, item->number);
        g_ptr_array_add(view->spaces, title_of(map, space));
    }
    return true;
}

/* ---- Views ------------------------------------------------------------------------------ */

static bool read_view(const JsonMap *map, const JsonPlace *place, FlatBlock *view)
{
    const char *root = NULL;

    if (!json_is_object(place) || !read_spaces(map, place, view) ||
        !json_get_string(place, "root_name", &root) || !read_ranges(map, place, view)) {
        return false;
    }
    view->root = g_strdup(root);
    return true;
}

MtreeFlat *json_read_views(const JsonMap *map)
{
    g_autoptr(MtreeFlat) flat = mtree_flat_new();
    JsonPlace views = json_into(&map->whole, map->views, 0);

    flat->source = g_strdup(map->source);
    for (guint i = 0; i < map->views->items->len; i++) {
        JsonPlace place = json_into(&views, map->views->items->pdata[i], i);
        if (!read_view(map, &place, mtree_flat_add_block(flat))) {
            return NULL;
        }
    }
    return g_steal_pointer(&flat);
}
