/* SPDX-License-Identifier: MIT
 *
 * Reads the head of a map in JSON and its spaces, and the members that regions and ranges have in
 * common (read.h).
 */
#include "json/read.h"

#include <string.h>

#include "json/write.h"

enum { MAJOR = 1 };

/* ---- What a file is --------------------------------------------------------------------- */

static const char *skip_blanks(const char *s, const char *end)
{
    while (s < end && strchr(" \t\r\n", *s) && *s) {
        s++;
    }
    return s;
}

static const char *skip_bom(const char *text, gsize length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
}

/* Whether `"format": "physmem-map"` is at 's', with any blanks. */
static bool is_format(const char *s, const char *end)
{
    static const char *const words[] = { "\"format\"", ":", "\"physmem-map\"" };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t n = strlen(words[i]);
        s = skip_blanks(s, end);
        if ((size_t)(end - s) < n || memcmp(s, words[i], n) != 0) {
            return false;
        }
        s += n;
    }
    return true;
}

bool json_is_map(const char *text, gsize length)
{
    const char *end = text + length, *s = skip_blanks(skip_bom(text, length), end);

    if (s == end || *s != '{') {
        return false;
    }
    while ((s = g_strstr_len(s, end - s, "\"format\""))) {
        if (is_format(s, end)) {
            return true;
        }
        s++;
    }
    return false;
}

/* ---- Common members --------------------------------------------------------------------- */

static const char *const kinds[] = { "container",  "alias", "ram",         "ram-device",
                                     "rom-device", "io",    "reservation", "iommu" };

const char *json_kind_word(JsonKind kind)
{
    return kinds[kind];
}

bool json_get_kind(const JsonPlace *place, JsonKind *kind)
{
    const char *word = "";

    if (!json_needed(place, "kind") || !json_get_string(place, "kind", &word)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(word, kinds[i])) {
            *kind = (JsonKind)i;
            return true;
        }
    }
    return json_fail(place, "kind",
                     "expected container, alias, ram, ram-device, rom-device, io, reservation or "
                     "iommu, not \"%s\"",
                     word);
}

static bool is_list_of_strings(const JsonPlace *place, const char *member, const JsonItem *list)
{
    for (guint i = 0; list && i < list->items->len; i++) {
        const JsonItem *item = list->items->pdata[i];
        if (item->type != JSON_STRING) {
            return json_fail(place, member, "expected strings in the array");
        }
    }
    return true;
}

bool json_get_guess(const JsonPlace *place, const char *fact, bool *guess)
{
    const JsonItem *list;

    *guess = false;
    if (!json_get_array(place, "guesses", &list) || !is_list_of_strings(place, "guesses", list)) {
        return false;
    }
    for (guint i = 0; list && i < list->items->len; i++) {
        const JsonItem *item = list->items->pdata[i];
        *guess |= g_str_equal(item->string, fact);
    }
    return true;
}

bool json_get_owner(const JsonPlace *place, char **owner)
{
    const char *text = NULL;

    if (!json_get_string(place, "owner", &text)) {
        return false;
    }
    *owner = text ? g_strconcat(" ", text, NULL) : NULL;
    return true;
}

bool json_get_line(const JsonMap *map, const JsonPlace *place, unsigned *line)
{
    *line = 0;
    if (!json_get_unsigned(place, "line", 1, line)) {
        return false;
    }
    *line = map->own_lines ? place->item->line : *line;
    return true;
}

/* ---- The head --------------------------------------------------------------------------- */

static bool read_version(const JsonMap *map)
{
    const char *format = "", *version = "";

    if (!json_get_string(&map->whole, "format", &format) || !json_needed(&map->whole, "version") ||
        !json_get_string(&map->whole, "version", &version)) {
        return false;
    }
    if (!g_str_equal(format, "physmem-map")) {
        return json_fail(&map->whole, "format", "expected \"physmem-map\"");
    }
    char *end;
    guint64 major = g_ascii_strtoull(version, &end, 10);
    if (!g_ascii_isdigit(*version) || *end != '.' || !g_ascii_isdigit(end[1])) {
        return json_fail(&map->whole, "version", "expected MAJOR.MINOR, such as \"1.0\"");
    }
    return major == MAJOR ||
           json_fail(&map->whole, "version",
                     "expected a map of version %d, not %s; a newer physmem may read it", MAJOR,
                     version);
}

static bool read_quirks(JsonMap *map)
{
    const JsonItem *list;

    if (!json_get_array(&map->whole, "quirks", &list) ||
        !is_list_of_strings(&map->whole, "quirks", list)) {
        return false;
    }
    map->exact_roots = true;
    for (guint i = 0; list && i < list->items->len; i++) {
        const JsonItem *item = list->items->pdata[i];
        map->exact_roots &= !g_str_equal(item->string, "collapsed-root");
    }
    return true;
}

static bool read_head(JsonMap *map)
{
    gint64 page_bits = 0;

    if (!json_is_object(&map->whole) || !read_version(map) || !read_quirks(map) ||
        !json_get_int(&map->whole, "page_bits", 6, 30, &page_bits) ||
        !json_get_bool(&map->whole, "guessed", &map->guessed) ||
        !json_get_array(&map->whole, "notes", &map->notes) ||
        !is_list_of_strings(&map->whole, "notes", map->notes) ||
        !json_get_string(&map->whole, "source", &map->source) ||
        !json_get_array(&map->whole, "regions", &map->regions) ||
        !json_needed(&map->whole, "views") || !json_get_array(&map->whole, "views", &map->views)) {
        return false;
    }
    map->page_bits = (unsigned)page_bits;
    map->own_lines = !map->source;
    return true;
}

/* ---- Spaces ----------------------------------------------------------------------------- */

/* In a map with regions each space says what its root is, or null. */
static bool read_root(const JsonMap *map, const JsonPlace *place, JsonSpace *space)
{
    const JsonItem *root = json_member(place->item, "root");

    space->root = JSON_NO_ID;
    if (!map->regions || (root && root->type == JSON_NULL)) {
        return true;
    }
    return json_needed(place, "root") && json_get_int(place, "root", 0, G_MAXUINT32, &space->root);
}

static bool read_space(JsonMap *map, const JsonPlace *place)
{
    JsonSpace space = { 0 };

    if (!json_is_object(place) || !json_needed(place, "name") ||
        !json_get_string(place, "name", &space.name) || !read_root(map, place, &space) ||
        !json_get_string(place, "root_name", &space.root_name) ||
        !json_get_string(place, "alias_name", &space.alias_name) ||
        !json_get_bool(place, "assumed", &space.assumed) ||
        !json_get_line(map, place, &space.line)) {
        return false;
    }
    g_array_append_val(map->spaces, space);
    return true;
}

static bool read_spaces(JsonMap *map)
{
    const JsonItem *list;

    if (!json_needed(&map->whole, "spaces") || !json_get_array(&map->whole, "spaces", &list)) {
        return false;
    }
    if (!list->items->len || list->items->len > MTREE_MAX_SPACES) {
        return json_fail(&map->whole, "spaces", "expected 1 to %d address spaces",
                         MTREE_MAX_SPACES);
    }
    JsonPlace spaces = json_into(&map->whole, list, 0);
    for (guint i = 0; i < list->items->len; i++) {
        JsonPlace place = json_into(&spaces, list->items->pdata[i], i);
        if (!read_space(map, &place)) {
            return false;
        }
    }
    return true;
}

/* ---- The whole -------------------------------------------------------------------------- */

/* Names are printed as they are, so they become printable here. */
static void make_printable(JsonItem *item)
{
    if (item->type == JSON_STRING) {
        char *text = json_printable(item->string);
        g_free(item->string);
        item->string = text;
    }
    for (guint i = 0; item->items && i < item->items->len; i++) {
        make_printable(item->items->pdata[i]);
    }
}

static bool read_map(JsonMap *map, Mtree **tree, MtreeFlat **views)
{
    g_autoptr(Mtree) t = NULL;

    if (!read_head(map) || !read_spaces(map)) {
        return false;
    }
    if (map->regions && !(t = json_read_regions(map))) {
        return false;
    }
    *views = json_read_views(map);
    *tree = *views ? g_steal_pointer(&t) : NULL;
    return *views;
}

bool json_read_map(const char *file, const char *text, gsize length, Mtree **tree,
                   MtreeFlat **views, GError **error)
{
    if (length > MTREE_MAX_BYTES) {
        return mtree_fail(error, file, 1, "expected a file of at most %d bytes", MTREE_MAX_BYTES);
    }
    const char *begin = skip_bom(text, length);
    g_autoptr(JsonItem) item = json_parse(file, begin, length - (gsize)(begin - text), error);

    if (!item) {
        return false;
    }
    make_printable(item);
    g_autoptr(GArray) spaces = g_array_new(FALSE, FALSE, sizeof(JsonSpace));
    g_autoptr(GHashTable) by_id = g_hash_table_new(NULL, NULL);
    JsonMap map = {
        .whole = { .file = file, .item = item, .error = error },
        .spaces = spaces,
        .by_id = by_id,
    };
    return read_map(&map, tree, views);
}
