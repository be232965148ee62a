/* SPDX-License-Identifier: MIT
 *
 * Makes a tree from the regions of a map in JSON (read.h). First the regions are found by
 * their ids. Then their lines are made, from each region that is in no container down. Blocks of
 * the tree are made last: of spaces, and of what aliases show, as `info mtree` prints them.
 */
#include <string.h>

#include "json/read.h"

typedef struct RegionReader {
    JsonMap *map;
    Mtree *t;
    JsonPlace list;
    GHashTable *places; /* id -> place in the list + 1 */
    GPtrArray *lines;   /* MtreeLine of each region; NULL: not made yet */
    GHashTable *listed; /* MtreeLine -> place in the list */
    GHashTable *shown;  /* target and the line where it is described -> MtreeBlock */
    guint blocks;       /* that have their place in the order */
} RegionReader;

static JsonPlace region_place(const RegionReader *r, guint i)
{
    return json_into(&r->list, r->list.item->items->pdata[i], i);
}

/* ---- Finding ---------------------------------------------------------------------------- */

static bool get_id(const JsonPlace *place, const char *member, gint64 *id)
{
    return json_get_int(place, member, 0, G_MAXUINT32, id);
}

static bool index_region(RegionReader *r, guint i)
{
    JsonPlace place = region_place(r, i);
    gint64 id = 0;

    if (!json_is_object(&place) || !json_needed(&place, "id") || !get_id(&place, "id", &id)) {
        return false;
    }
    if (!g_hash_table_insert(r->places, GINT_TO_POINTER(id), GUINT_TO_POINTER(i + 1))) {
        return json_fail(&place, "id", "expected an id that no other region has");
    }
    return true;
}

static bool index_regions(RegionReader *r)
{
    for (guint i = 0; i < r->list.item->items->len; i++) {
        if (!index_region(r, i)) {
            return false;
        }
    }
    g_ptr_array_set_size(r->lines, (gint)r->list.item->items->len);
    return true;
}

/* Stores the place in the list of the region with an id. */
static bool find_region(const RegionReader *r, const JsonPlace *place, const char *member,
                        gint64 id, guint *i)
{
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(r->places, GINT_TO_POINTER(id)));

    *i = found - 1;
    return found || json_fail(place, member, "expected the id of a region");
}

/* ---- One region ------------------------------------------------------------------------- */

static bool read_size(const JsonPlace *place, MtreeLine *line)
{
    Int128 size = 0;

    if (!json_needed(place, "size") || !json_get_size(place, "size", &size)) {
        return false;
    }
    if (size == HWADDR_MAX) {
        return json_fail(place, "size", "expected a size of 2^64, or of less than 2^64 - 1");
    }
    line->empty = size == 0;
    line->size = line->empty ? 1 : size;
    return true;
}

static bool read_attributes(const JsonPlace *place, MtreeLine *line)
{
    gint64 priority = 0;
    bool enabled = true;

    if (!json_get_int(place, "priority", G_MININT32, G_MAXINT32, &priority) ||
        !json_get_bool(place, "enabled", &enabled) ||
        !json_get_bool(place, "readonly", &line->readonly) ||
        !json_get_bool(place, "nonvolatile", &line->nonvolatile) ||
        !json_get_bool(place, "unmergeable", &line->unmergeable) ||
        !json_get_bool(place, "unknown", &line->unknown)) {
        return false;
    }
    line->priority = (int32_t)priority;
    line->disabled = !enabled;
    return true;
}

/* Sets the marks of a kind. Returns the kind that `info mtree` prints. */
static MtreeKind set_kind(MtreeLine *line, JsonKind kind, bool romd)
{
    line->is_alias = kind == JSON_ALIAS;
    line->container = kind == JSON_CONTAINER;
    line->iommu = kind == JSON_IOMMU;
    line->reservation = kind == JSON_RESERVATION;
    line->romd_off = kind == JSON_ROM_DEVICE && !romd;
    if (kind == JSON_RAM) {
        return line->readonly ? MTREE_ROM : MTREE_RAM;
    }
    if (kind == JSON_RAM_DEVICE) {
        return MTREE_RAMD;
    }
    return kind == JSON_ROM_DEVICE && romd ? MTREE_ROMD : MTREE_IO;
}

/* ROM is RAM that is read-only itself, so the line needs no other mark. */
static bool read_kind(const JsonPlace *place, MtreeLine *line)
{
    JsonKind kind;
    bool romd = true, guess;

    if (!json_get_kind(place, &kind) || !json_get_bool(place, "romd", &romd) ||
        !json_get_guess(place, "kind", &guess)) {
        return false;
    }
    line->kind = set_kind(line, kind, romd);
    line->readonly &= kind != JSON_RAM;
    line->says_container = line->container && !guess;
    return true;
}

static bool read_ram(const JsonPlace *place, MtreeLine *line)
{
    const JsonItem *item;
    const char *id = NULL;
    gint64 fd = -1;

    if (!json_get_object(place, "ram", &item) || !item) {
        return !item || item->type == JSON_OBJECT;
    }
    JsonPlace at = json_into(place, item, 0);
    MtreeRam *ram = line->ram = g_new0(MtreeRam, 1);
    bool ok = json_get_string(&at, "block", &id) &&
              json_get_address(&at, "address", &ram->address) &&
              json_get_address(&at, "used", &ram->used) &&
              json_get_address(&at, "maximum", &ram->maximum) &&
              json_get_address(&at, "page_size", &ram->page_size) &&
              json_get_address(&at, "host", &ram->host) &&
              json_get_int(&at, "fd", 0, G_MAXINT32, &fd) &&
              json_get_address(&at, "fd_offset", &ram->fd_offset) &&
              json_get_bool(&at, "shared", &ram->shared);
    ram->id = g_strdup(id);
    ram->fd = (int)fd;
    return ok;
}

static bool read_owner(RegionReader *r, const JsonPlace *place, MtreeLine *line)
{
    if (!json_get_owner(place, &line->owner)) {
        return false;
    }
    if (line->owner && g_str_has_prefix(line->owner, " owner:{")) {
        const char *parent = strstr(line->owner, "} parent:{");
        line->owner_self = parent ? g_strndup(line->owner + 1, (gsize)(parent - line->owner))
                                  : g_strdup(line->owner + 1);
    }
    r->t->has_owners |= line->owner != NULL;
    return true;
}

static bool read_region(RegionReader *r, const JsonPlace *place, MtreeLine *line)
{
    const char *name = NULL;

    if (!json_needed(place, "name") || !json_get_string(place, "name", &name) ||
        !read_size(place, line) || !json_get_address(place, "address", &line->offset) ||
        !read_attributes(place, line) || !read_kind(place, line) || !read_ram(place, line) ||
        !read_owner(r, place, line)) {
        return false;
    }
    line->name = g_strdup(name);
    line->start = line->offset + (line->parent ? line->parent->start : 0);
    return true;
}

/* ---- Containers ------------------------------------------------------------------------- */

static bool make_line(RegionReader *r, guint i, MtreeBlock *block, MtreeLine *parent,
                      unsigned level);

/* The child must name this region as its container, so each region is made once. */
static bool is_child_of(const RegionReader *r, const JsonPlace *child, guint parent)
{
    gint64 id = JSON_NO_ID;
    guint i = G_MAXUINT;

    if (!get_id(child, "container", &id)) {
        return false;
    }
    if (id != JSON_NO_ID && !find_region(r, child, "container", id, &i)) {
        return false;
    }
    return i == parent || json_fail(child, "container",
                                    "expected the id of the region that has this one among its "
                                    "children (regions[%u])",
                                    parent);
}

static bool make_child(RegionReader *r, const JsonPlace *list, guint n, guint parent,
                       MtreeLine *line, unsigned level)
{
    const JsonItem *item = list->item->items->pdata[n];
    JsonPlace at = json_into(list, item, n);
    guint i;

    if (item->type != JSON_INT || item->number < 0 || item->number > G_MAXUINT32) {
        return json_fail(&at, NULL, "expected the id of a region");
    }
    if (!find_region(r, &at, NULL, item->number, &i)) {
        return false;
    }
    JsonPlace child = region_place(r, i);
    if (!is_child_of(r, &child, parent)) {
        return false;
    }
    if (r->lines->pdata[i]) {
        return json_fail(&at, NULL, "expected each child once");
    }
    return make_line(r, i, line->block, line, level + 1);
}

static bool is_front_first(const JsonPlace *list, const MtreeLine *line)
{
    for (guint n = 1; n < line->order->len; n++) {
        const MtreeLine *front = line->order->pdata[n - 1], *behind = line->order->pdata[n];
        if (front->priority < behind->priority) {
            JsonPlace at = json_into(list, list->item->items->pdata[n], n);
            return json_fail(&at, NULL,
                             "expected a child with priority %d or less, as it is "
                             "behind another one",
                             front->priority);
        }
    }
    return true;
}

/* Orders as the JSON lists, which is as `info mtree` does. */
static gint by_place(gconstpointer a, gconstpointer b, gpointer data)
{
    GHashTable *listed = data;
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(listed, *(MtreeLine *const *)a));
    guint y = GPOINTER_TO_UINT(g_hash_table_lookup(listed, *(MtreeLine *const *)b));

    return x < y ? -1 : x > y;
}

static bool make_children(RegionReader *r, const JsonPlace *place, guint i, MtreeLine *line,
                          unsigned level)
{
    const JsonItem *list;

    if (!json_get_array(place, "children", &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    JsonPlace children = json_into(place, list, 0);
    for (guint n = 0; n < list->items->len; n++) {
        if (!make_child(r, &children, n, i, line, level)) {
            return false;
        }
    }
    g_ptr_array_extend(line->order, line->children, NULL, NULL);
    g_ptr_array_sort_with_data(line->children, by_place, r->listed);
    return is_front_first(&children, line);
}

/* Makes the line of a region and of all that is in it. */
static bool make_line(RegionReader *r, guint i, MtreeBlock *block, MtreeLine *parent,
                      unsigned level)
{
    JsonPlace place = region_place(r, i);
    unsigned number;

    if (level > MTREE_MAX_LEVEL) {
        return json_fail(&place, NULL, "expected at most %d levels of regions", MTREE_MAX_LEVEL);
    }
    if (!json_get_line(r->map, &place, &number)) {
        return false;
    }
    MtreeLine *line = r->lines->pdata[i] = mtree_line_new(r->t, block, parent, number);
    g_hash_table_insert(r->listed, line, GUINT_TO_POINTER(i));
    return read_region(r, &place, line) && make_children(r, &place, i, line, level);
}

/* ---- Roots ------------------------------------------------------------------------------ */

static MtreeBlock *add_block(RegionReader *r)
{
    MtreeBlock *block = g_new0(MtreeBlock, 1);

    block->names = g_ptr_array_new_with_free_func(g_free);
    block->index = G_MAXUINT;
    block->exact_root = r->map->exact_roots;
    g_ptr_array_add(r->t->blocks, block);
    return block;
}

static bool make_roots(RegionReader *r)
{
    for (guint i = 0; i < r->lines->len; i++) {
        JsonPlace place = region_place(r, i);
        if (!json_member(place.item, "container") && !make_line(r, i, add_block(r), NULL, 1)) {
            return false;
        }
    }
    return true;
}

/* A region that is not made yet names a container that does not have it, or lies in itself. */
static bool are_all_made(const RegionReader *r)
{
    for (guint i = 0; i < r->lines->len; i++) {
        JsonPlace place = region_place(r, i);
        gint64 id = JSON_NO_ID;
        guint container;
        if (r->lines->pdata[i]) {
            continue;
        }
        return get_id(&place, "container", &id) &&
               find_region(r, &place, "container", id, &container) &&
               json_fail(&place, "container",
                         "expected a region that has this one among its children, and that is "
                         "not inside it");
    }
    return true;
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* Makes a second line for a region, which is the first of a block of its own. */
static void make_twin(RegionReader *r, MtreeBlock *block, MtreeLine *line)
{
    MtreeLine *twin = mtree_line_new(r->t, block, NULL, 0);

    twin->twin = line;
    twin->name = g_strdup(line->name);
    twin->target_name = g_strdup(line->target_name);
    twin->owner = g_strdup(line->owner);
    twin->owner_self = g_strdup(line->owner_self);
    twin->kind = line->kind;
    twin->container = line->container;
    twin->is_alias = line->is_alias;
    twin->start = twin->offset = line->offset;
    twin->size = line->size;
    twin->empty = line->empty;
    twin->from = line->from;
    twin->unknown = line->unknown;
    twin->disabled = line->disabled;
}

/* Returns the next block in the order, with the region as its root. */
static MtreeBlock *begin_block(RegionReader *r, MtreeLine *line, const char *name)
{
    MtreeBlock *block = line->block;

    if (line->parent || block->index != G_MAXUINT) {
        block = add_block(r);
        make_twin(r, block, line);
    }
    block->index = r->blocks++;
    g_ptr_array_add(block->names, g_strdup(name));
    return block;
}

static char *shown_key(const MtreeLine *target, unsigned number)
{
    return g_strdup_printf("%p %u", (const void *)target, number);
}

static void add_space(RegionReader *r, const JsonSpace *space, MtreeLine *root,
                      MtreeBlock **before)
{
    if (*before && (*before)->is_space && !space->assumed && mtree_real((*before)->root) == root) {
        g_ptr_array_add((*before)->names, g_strdup(space->name));
        return;
    }
    *before = begin_block(r, root, space->name);
    (*before)->is_space = !space->assumed;
    (*before)->has_space = true;
    (*before)->number = space->line;
    if (space->assumed) {
        g_hash_table_insert(r->shown, shown_key(root, space->line), *before);
    }
}

static bool make_spaces(RegionReader *r)
{
    const JsonItem *list = json_member(r->map->whole.item, "spaces");
    JsonPlace spaces = json_into(&r->map->whole, list, 0);
    MtreeBlock *before = NULL;

    for (guint i = 0; i < r->map->spaces->len; i++) {
        const JsonSpace *space = &g_array_index(r->map->spaces, JsonSpace, i);
        JsonPlace place = json_into(&spaces, list->items->pdata[i], i);
        guint root;
        if (space->root == JSON_NO_ID) {
            mtree_note(r->t, "the space \"%s\" shows nothing, because its root has ended",
                       space->name);
            continue;
        }
        if (!find_region(r, &place, "root", space->root, &root)) {
            return false;
        }
        add_space(r, space, r->lines->pdata[root], &before);
    }
    return true;
}

/* ---- Aliases ---------------------------------------------------------------------------- */

static MtreeBlock *shown_block(RegionReader *r, MtreeLine *target, const char *name,
                               unsigned number)
{
    char *key = shown_key(target, number);
    MtreeBlock *block = g_hash_table_lookup(r->shown, key);

    if (block) {
        g_free(key);
        return block;
    }
    block = begin_block(r, target, name);
    block->number = number;
    g_hash_table_insert(r->shown, key, block);
    return block;
}

static bool read_alias(RegionReader *r, const JsonPlace *place, MtreeLine *line)
{
    const JsonItem *item;
    const char *name = NULL;
    unsigned number = 0;
    gint64 id = 0;
    guint target;

    if (!json_needed(place, "alias") || !json_get_object(place, "alias", &item)) {
        return false;
    }
    JsonPlace at = json_into(place, item, 0);
    if (!json_needed(&at, "target") || !get_id(&at, "target", &id) ||
        !find_region(r, &at, "target", id, &target) || !json_needed(&at, "offset") ||
        !json_get_address(&at, "offset", &line->from) ||
        !json_get_unsigned(&at, "line", 1, &number) || !json_get_string(&at, "name", &name) ||
        !json_get_guess(place, "target", &line->guessed_target)) {
        return false;
    }
    MtreeLine *shown = r->lines->pdata[target];
    line->target_name = g_strdup(name ? name : shown->name);
    line->target = shown_block(r, shown, line->target_name, number);
    return true;
}

static bool read_aliases(RegionReader *r)
{
    for (guint i = 0; i < r->lines->len; i++) {
        JsonPlace place = region_place(r, i);
        MtreeLine *line = r->lines->pdata[i];
        if (line->is_alias && !read_alias(r, &place, line)) {
            return false;
        }
    }
    return true;
}

/* An alias is printed with the kind of what it shows in the end. */
static MtreeKind shown_kind(const MtreeLine *line)
{
    for (unsigned depth = 0; line->is_alias && depth < MTREE_MAX_LEVEL; depth++) {
        line = mtree_target(line);
    }
    return line->is_alias ? MTREE_IO : line->kind;
}

/* Second lines were made before all aliases had their targets. */
static void finish_lines(const Mtree *t)
{
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (line->twin && line->is_alias) {
            line->target = line->twin->target;
            line->from = line->twin->from;
            g_free(line->target_name);
            line->target_name = g_strdup(line->twin->target_name);
        }
    }
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        line->kind = line->is_alias ? shown_kind(line) : line->kind;
    }
}

/* ---- The whole -------------------------------------------------------------------------- */

static gint by_index(gconstpointer a, gconstpointer b)
{
    const MtreeBlock *x = *(MtreeBlock *const *)a, *y = *(MtreeBlock *const *)b;

    return x->index < y->index ? -1 : x->index > y->index;
}

/* A region that is in no container gets a block also if nothing shows it. */
static void finish_blocks(RegionReader *r)
{
    for (guint i = 0; i < r->t->blocks->len; i++) {
        MtreeBlock *block = r->t->blocks->pdata[i];
        if (block->index == G_MAXUINT) {
            begin_block(r, block->root, block->root->name);
        }
    }
    g_ptr_array_sort(r->t->blocks, by_index);
}

static void keep_ids(const RegionReader *r)
{
    GHashTableIter iter;
    gpointer id, place;

    g_hash_table_iter_init(&iter, r->places);
    while (g_hash_table_iter_next(&iter, &id, &place)) {
        g_hash_table_insert(r->map->by_id, id, r->lines->pdata[GPOINTER_TO_UINT(place) - 1]);
    }
}

static void copy_head(const JsonMap *map, Mtree *t)
{
    t->complete = true;
    t->guessed = map->guessed;
    t->page_bits = map->page_bits;
    for (guint i = 0; map->notes && i < map->notes->items->len; i++) {
        const JsonItem *note = map->notes->items->pdata[i];
        mtree_note(t, "%s", note->string);
    }
}

Mtree *json_read_regions(JsonMap *map)
{
    g_autoptr(Mtree) t = mtree_new(map->source ? map->source : map->whole.file);
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_autoptr(GHashTable) shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
    RegionReader r = {
        .map = map,
        .t = t,
        .list = json_into(&map->whole, map->regions, 0),
        .places = places,
        .lines = lines,
        .listed = listed,
        .shown = shown,
    };

    copy_head(map, t);
    if (!index_regions(&r) || !make_roots(&r) || !are_all_made(&r) || !make_spaces(&r) ||
        !read_aliases(&r)) {
        return NULL;
    }
    finish_blocks(&r);
    finish_lines(t);
    keep_ids(&r);
    return g_steal_pointer(&t);
}
