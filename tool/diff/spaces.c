/* SPDX-License-Identifier: MIT
 *
 * Finds which views of two files are to be compared (diff.h). The names of spaces are the
 * monitor's, and so is their number: a guest with one more CPU sees the same memory through it.
 */
#include <string.h>

#include "diff/diff.h"

typedef struct Space {
    char *name;
    DiffView *view;
    struct Space *partner;
} Space;

static void space_free(gpointer data)
{
    g_free(((Space *)data)->name);
    g_free(data);
}

static GPtrArray *spaces_of(const GPtrArray *views, const char *only)
{
    GPtrArray *spaces = g_ptr_array_new_with_free_func(space_free);

    for (guint i = 0; i < views->len; i++) {
        DiffView *view = views->pdata[i];
        g_autoptr(GPtrArray) names = mtree_flat_names(view->block);
        for (guint j = 0; j < names->len; j++) {
            if (!only || g_str_equal(names->pdata[j], only)) {
                Space *space = g_new0(Space, 1);
                *space = (Space){ .name = g_strdup(names->pdata[j]), .view = view };
                g_ptr_array_add(spaces, space);
            }
        }
    }
    return spaces;
}

/* ---- Partners --------------------------------------------------------------------------- */

typedef char *KeyFunc(const Space *space);

static char *key_all(const Space *space)
{
    return g_strdup_printf("%s %s", space->view->content, space->name);
}

static char *key_name(const Space *space)
{
    return g_strdup(space->name);
}

static char *key_content(const Space *space)
{
    return g_strdup(space->view->content);
}

static char *key_stem(const Space *space)
{
    return diff_stem(space->name);
}

char *diff_stem(const char *name)
{
    GString *stem = g_string_new(NULL);

    for (const char *s = name; *s; s++) {
        if (!g_ascii_isdigit(*s) && !strchr("-_.# []", *s)) {
            g_string_append_c(stem, *s);
        }
    }
    return g_string_free(stem, FALSE);
}

/* Returns the spaces without a partner, by key. */
static GHashTable *lonely(const GPtrArray *spaces, KeyFunc *key_of)
{
    GHashTable *table = diff_table();

    for (guint i = 0; i < spaces->len; i++) {
        Space *space = spaces->pdata[i];
        g_autofree char *key = key_of(space);
        if (!space->partner) {
            diff_push(table, key, space);
        }
    }
    return table;
}

static void find_partners(const GPtrArray *before, const GPtrArray *after, KeyFunc *key_of)
{
    g_autoptr(GHashTable) table = lonely(before, key_of);

    for (guint i = 0; i < after->len; i++) {
        Space *b = after->pdata[i];
        g_autofree char *key = key_of(b);
        Space *a = b->partner ? NULL : diff_pop(table, key);
        if (a) {
            a->partner = b;
            b->partner = a;
        }
    }
}

/* ---- Pairs ------------------------------------------------------------------------------ */

static void pair_free(gpointer data)
{
    DiffPair *pair = data;

    g_ptr_array_unref(pair->names);
    g_free(pair->name_after);
    g_free(pair);
}

typedef struct Pairs {
    GPtrArray *all;
    GHashTable *known; /* "BEFORE AFTER" -> DiffPair */
} Pairs;

static DiffPair *pair_of(Pairs *pairs, DiffView *before, DiffView *after)
{
    g_autofree char *key = g_strdup_printf("%p %p", (void *)before, (void *)after);
    DiffPair *pair = g_hash_table_lookup(pairs->known, key);

    if (!pair) {
        pair = g_new0(DiffPair, 1);
        pair->before = before;
        pair->after = after;
        pair->names = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(pairs->known, g_strdup(key), pair);
        g_ptr_array_add(pairs->all, pair);
    }
    return pair;
}

static void add_space(Pairs *pairs, const Space *space, DiffView *before, DiffView *after)
{
    bool first = g_str_equal(space->name, "memory");
    DiffPair *pair = pair_of(pairs, before, after);

    if (first || !pair->names->len) {
        g_free(pair->name_after);
        pair->name_after = space->partner ? g_strdup(space->partner->name) : NULL;
    }
    g_ptr_array_insert(pair->names, first ? 0 : -1, g_strdup(space->name));
}

static void add_contents(GHashTable *contents, const GPtrArray *spaces, bool all)
{
    for (guint i = 0; i < spaces->len; i++) {
        const Space *space = spaces->pdata[i];
        if (all || space->partner) {
            g_hash_table_add(contents, space->view->content);
        }
    }
}

/* Whether the space shows something that no other does. */
static bool is_news(const Space *space, GHashTable *contents)
{
    return !space->partner && space->view->ranges->len &&
           !g_hash_table_contains(contents, space->view->content);
}

static void add_left_over(Pairs *pairs, const GPtrArray *spaces, const GPtrArray *others,
                          bool went)
{
    g_autoptr(GHashTable) contents = g_hash_table_new(g_str_hash, g_str_equal);

    add_contents(contents, spaces, false);
    add_contents(contents, others, true);
    for (guint i = 0; i < spaces->len; i++) {
        const Space *space = spaces->pdata[i];
        if (is_news(space, contents)) {
            add_space(pairs, space, went ? space->view : NULL, went ? NULL : space->view);
        }
    }
}

static void put_memory_first(GPtrArray *pairs)
{
    for (guint i = 0; i < pairs->len; i++) {
        DiffPair *pair = pairs->pdata[i];
        if (g_str_equal(pair->names->pdata[0], "memory")) {
            g_ptr_array_insert(pairs, 0, g_ptr_array_steal_index(pairs, i));
            return;
        }
    }
}

GPtrArray *diff_pairs(const GPtrArray *before, const GPtrArray *after, const char *space)
{
    static KeyFunc *const keys[] = { key_all, key_name, key_content, key_stem };
    g_autoptr(GPtrArray) a = spaces_of(before, space), b = spaces_of(after, space);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Pairs pairs = { g_ptr_array_new_with_free_func(pair_free), known };

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        find_partners(a, b, keys[i]);
    }
    for (guint i = 0; i < a->len; i++) {
        const Space *one = a->pdata[i];
        if (one->partner) {
            add_space(&pairs, one, one->view, one->partner->view);
        }
    }
    add_left_over(&pairs, a, b, true);
    add_left_over(&pairs, b, a, false);
    put_memory_first(pairs.all);
    return pairs.all;
}
