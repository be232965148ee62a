/* SPDX-License-Identifier: MIT
 *
 * Reads a tree from a source (source/source.h) and fills in what its text leaves open: from hints,
 * by guesses that are corrected with the machine's own views, or by guesses alone. The user is told
 * of guesses that could change an answer. open.c and the tests call it.
 */
#include <string.h>

#include "format/format.h"
#include "json/read.h"
#include "mtree/infer.h"
#include "sift/sift.h"
#include "source/source.h"
#include "input/tool.h"

bool load_text(const char *file, char **text, gsize *length, GError **error)
{
    return source_read(file, text, length, error);
}

/* ---- Maps ------------------------------------------------------------------------------- */

/* Says what the file looks like (NULL: that is not known), and what to do. */
static void fail_without_map(const char *file, const char *what, GError **error)
{
    if (!what) {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected the output of \"info mtree\", with lines such as "
                    "\"0000000000000000-ffffffffffffffff (prio 0, i/o): system\", but no line "
                    "looks like that",
                    file);
        return;
    }
    g_set_error(error, MTREE_ERROR, 0,
                "%s: expected the output of \"info mtree\", but this is %s%s", file, what,
                g_str_equal(what, "compressed") ? "; expand it first" : "");
}

static Sift *sift_map(const char *file, const char *text, gsize length, GError **error)
{
    g_autoptr(Sift) sift = sift_new(file, text, length, error);

    if (sift && (sift->tree->len || sift->views->len)) {
        return g_steal_pointer(&sift);
    }
    const char *what = sift_looks_like(text, length);
    if (!sift && !what) {
        return NULL;
    }
    g_clear_error(error);
    bool headers = !what && sift->blocks->len;
    fail_without_map(file, headers ? "only headers, without regions below them" : what, error);
    return NULL;
}

/* Reads JSON, or the text of a monitor. */
static bool load_monitor(const char *file, const char *text, gsize length, LoadedMap *map,
                         GError **error)
{
    if (json_is_map(text, length)) {
        return json_read_map(file, text, length, &map->tree, &map->views, error);
    }
    g_autoptr(Sift) sift = sift_map(file, text, length, error);

    if (!sift) {
        return false;
    }
    map->note = sift_note(sift);
    map->tree = sift->tree->len ? mtree_parse(file, sift->tree, error) : NULL;
    if (sift->tree->len && !map->tree) {
        return false;
    }
    map->views = sift->views->len ? mtree_flat_parse(file, sift->views, error) : NULL;
    return map->views || !sift->views->len;
}

bool load_as_text(const char *file, char **text, gsize *length, char **note, GError **error)
{
    const Format *format = format_of(*text, *length);
    char *converted = format ? format->text(file, *text, *length, note, error) : NULL;

    if (converted) {
        g_free(*text);
        *text = converted;
        *length = strlen(converted);
    }
    return converted || !format;
}

bool load_map(const char *file, const char *text, gsize length, LoadedMap *map, GError **error)
{
    g_autofree char *copy = g_malloc(length + 1), *note = NULL;

    memcpy(copy, text, length);
    copy[length] = '\0';
    map->converted = format_of(copy, length);
    if (!load_as_text(file, &copy, &length, &note, error) ||
        !load_monitor(file, copy, length, map, error)) {
        return false;
    }
    if (note) {
        g_free(map->note);
        map->note = g_steal_pointer(&note);
    }
    return true;
}

void load_clear(LoadedMap *map)
{
    g_clear_pointer(&map->tree, mtree_free);
    g_clear_pointer(&map->views, mtree_flat_free);
    g_clear_pointer(&map->note, g_free);
}

GError *load_no_tree(const char *file)
{
    return g_error_new(MTREE_ERROR, 0,
                       "%s: expected the tree that \"info mtree\" prints; this is the output of "
                       "\"info mtree -f\". All commands but \"physmem tree\", \"bench\" and "
                       "\"flat -d\" take it alone; with a tree, give it with --flat",
                       file);
}

Mtree *load_tree(const char *file, const char *text, gsize length, GError **error)
{
    LoadedMap map = { 0 };

    if (load_map(file, text, length, &map, error) && !map.tree) {
        g_propagate_error(error, load_no_tree(file));
    }
    Mtree *tree = g_steal_pointer(&map.tree);
    load_clear(&map);
    return tree;
}

MtreeFlat *load_views(const char *file, const char *text, gsize length, char **note,
                      GError **error)
{
    LoadedMap map = { 0 };

    if (load_map(file, text, length, &map, error) && !map.views) {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected the views that \"info mtree -f\" prints; this is the tree of "
                    "\"info mtree\"",
                    file);
    }
    *note = g_steal_pointer(&map.note);
    MtreeFlat *views = g_steal_pointer(&map.views);
    load_clear(&map);
    return views;
}

/* ---- What the tree leaves open ---------------------------------------------------------- */

static bool fail_complete(const Mtree *t, GError **error)
{
    g_set_error(error, MTREE_ERROR, 0,
                "%s: expected the text of \"info mtree\", because of --hints or --flat; this is "
                "JSON, which leaves nothing open",
                t->file);
    return false;
}

bool load_hints(Mtree *t, const char *file, const char *text, gsize length, GError **error)
{
    if (t->complete) {
        return fail_complete(t, error);
    }
    return mtree_hints_apply(t, file, text, length, error) && mtree_check(t, error);
}

bool load_fit(Mtree *t, const MtreeFlat *views, GError **error)
{
    if (t->complete) {
        return fail_complete(t, error);
    }
    mtree_infer(t);
    if (!mtree_check(t, error)) {
        return false;
    }
    bool fits = mtree_fit(t, views);
    mtree_note_targets(t);
    if (!fits) {
        mtree_note_guesses(t);
    }
    return true;
}

bool load_guesses(Mtree *t, GError **error)
{
    if (t->complete) {
        return mtree_check(t, error);
    }
    mtree_infer(t);
    if (!mtree_check(t, error)) {
        return false;
    }
    mtree_note_targets(t);
    mtree_note_guesses(t);
    return true;
}
