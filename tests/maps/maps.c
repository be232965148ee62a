/* SPDX-License-Identifier: MIT
 *
 * Reads the archive of maps and compares texts. Called by the tests of the tool.
 */
#include "maps.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

static char *directory;

static void add_dump(GPtrArray *dumps, const char *name)
{
    g_autofree char *tree = g_build_filename(directory, name, "tree.txt", NULL);

    if (g_file_test(tree, G_FILE_TEST_EXISTS)) {
        g_ptr_array_add(dumps, g_strdup(name));
    }
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *list_dumps(void)
{
    GPtrArray *dumps = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(directory, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *before = g_build_filename(name, "before", NULL);
        g_autofree char *after = g_build_filename(name, "after", NULL);
        add_dump(dumps, name);
        add_dump(dumps, before);
        add_dump(dumps, after);
    }
    g_dir_close(dir);
    g_ptr_array_sort(dumps, by_name);
    return dumps;
}

static void run(const char *const *argv)
{
    GError *error = NULL;
    int status;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                 &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
}

GPtrArray *maps_unpack(void)
{
    g_autofree char *archive =
        g_test_build_filename(G_TEST_DIST, "data", "qemu-maps.tar.xz", NULL);

    directory = g_dir_make_tmp("physmem-maps-XXXXXX", NULL);
    g_assert_nonnull(directory);
    run((const char *const[]){ "tar", "-xJf", archive, "-C", directory, NULL });
    return list_dumps();
}

void maps_remove(void)
{
    run((const char *const[]){ "rm", "-rf", directory, NULL });
    g_clear_pointer(&directory, g_free);
}

char *maps_path(const char *dump, const char *file)
{
    return g_build_filename(directory, dump, file, NULL);
}

bool maps_have(const char *dump, const char *file)
{
    g_autofree char *path = maps_path(dump, file);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

char *maps_read(const char *dump, const char *file, gsize *length)
{
    g_autofree char *path = maps_path(dump, file);
    char *text = NULL;
    GError *error = NULL;

    g_file_get_contents(path, &text, length, &error);
    g_assert_no_error(error);
    return text;
}

Mtree *maps_hinted(const char *dump)
{
    gsize length, hints_length;
    g_autofree char *text = maps_read(dump, "tree.txt", &length);
    g_autofree char *hints = maps_read(dump, "hints.txt", &hints_length);
    GError *error = NULL;
    Mtree *t = load_tree(dump, text, length, &error);

    g_assert_no_error(error);
    load_hints(t, "hints.txt", hints, hints_length, &error);
    g_assert_no_error(error);
    return t;
}

bool maps_fit(Mtree *t, const char *file, const char *text, gsize length, GError **error)
{
    g_autofree char *note = NULL;
    g_autoptr(MtreeFlat) views = load_views(file, text, length, &note, error);

    return views && load_fit(t, views, error);
}

char *maps_without_disabled(const char *text)
{
    g_autoptr(GRegex) disabled = g_regex_new("^.* \\[disabled\\]\n", G_REGEX_MULTILINE, 0, NULL);

    return g_regex_replace_literal(disabled, text, -1, 0, "", 0, NULL);
}

/* Sorts the titles, leaves the rest as it is, and drops the number of a view. */
static char *normal_block(const char *block)
{
    g_auto(GStrv) lines = g_strsplit(block, "\n", -1);
    g_autoptr(GPtrArray) titles = g_ptr_array_new();
    g_autoptr(GString) rest = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, " AS ") || g_str_has_prefix(*line, "address-space: ")) {
            g_ptr_array_add(titles, *line);
        } else if (**line && !g_str_has_prefix(*line, "FlatView #")) {
            g_string_append_printf(rest, "%s\n", *line);
        }
    }
    g_ptr_array_sort(titles, by_name);
    for (guint i = 0; i < titles->len; i++) {
        g_string_append_printf(text, "%s\n", (char *)titles->pdata[i]);
    }
    g_string_append(text, rest->str);
    return g_strdup(text->str);
}

char *maps_normal(const char *text)
{
    g_auto(GStrv) blocks = g_strsplit(text, "\n\n", -1);
    g_autoptr(GPtrArray) normal = g_ptr_array_new_with_free_func(g_free);

    for (char **block = blocks; *block; block++) {
        if (**block) {
            g_ptr_array_add(normal, normal_block(*block));
        }
    }
    g_ptr_array_sort(normal, by_name);
    g_ptr_array_add(normal, NULL);
    return g_strjoinv("\n", (char **)normal->pdata);
}

char *maps_views(const MtreeMachine *m)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    machine_print_views(m, out, false);
    fclose(out);
    char *normal = maps_normal(text);
    free(text);
    return normal;
}
