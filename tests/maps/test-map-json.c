/* SPDX-License-Identifier: MIT
 *
 * Maps in JSON: what `physmem json` prints of every map gives the same answers as the map itself,
 * and the same JSON again. That holds for trees alone, with the machine's own views, with hints,
 * and for views alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "maps.h"

static GPtrArray *dumps;
static char *directory;

/* ---- Commands --------------------------------------------------------------------------- */

static const struct {
    const char *name;
    ToolCommand *run;
} commands[] = {
    { "json", tool_json }, { "flat", tool_flat }, { "tree", tool_tree },
    { "ram", tool_ram },   { "who", tool_who },   { "diff", tool_diff },
};

static ToolCommand *command_of(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i].name, name)) {
            return commands[i].run;
        }
    }
    g_assert_not_reached();
}

static int redirect(int fd, const char *file)
{
    int kept = dup(fd), to = g_open(file, O_CREAT | O_TRUNC | O_WRONLY, 0600);

    dup2(to, fd);
    close(to);
    return kept;
}

static void restore(int fd, int kept)
{
    dup2(kept, fd);
    close(kept);
}

typedef struct Result {
    int status;
    char *out, *err;
} Result;

/* Runs a command. %A and %J in its words stand for the files. */
static Result run(const char *words, const char *a, const char *j)
{
    g_autofree char *out = g_build_filename(directory, "out", NULL);
    g_autofree char *err = g_build_filename(directory, "err", NULL);
    g_auto(GStrv) argv = g_strsplit(words, " ", -1);
    Result result;

    for (char **word = argv; *word; word++) {
        const char *file = g_str_equal(*word, "%A") ? a : g_str_equal(*word, "%J") ? j : NULL;
        if (file) {
            g_free(*word);
            *word = g_strdup(file);
        }
    }
    char **copy = g_memdup2(argv, (g_strv_length(argv) + 1) * sizeof(*argv));
    fflush(NULL);
    int kept_out = redirect(STDOUT_FILENO, out), kept_err = redirect(STDERR_FILENO, err);
    result.status = command_of(argv[0])((int)g_strv_length(argv), copy);
    fflush(NULL);
    restore(STDOUT_FILENO, kept_out);
    restore(STDERR_FILENO, kept_err);
    g_free(copy);
    g_assert_true(g_file_get_contents(out, &result.out, NULL, NULL));
    g_assert_true(g_file_get_contents(err, &result.err, NULL, NULL));
    return result;
}

static void result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}

/* Returns the lines on standard error about assumptions. */
static char *assumptions(const Result *result)
{
    g_auto(GStrv) lines = g_strsplit(result->err, "\n", -1);
    GString *out = g_string_new(NULL);

    for (guint i = 0; lines[i]; i++) {
        if (strstr(lines[i], "assumed: ")) {
            g_string_append_printf(out, "%s\n", lines[i]);
        }
    }
    return g_string_free(out, FALSE);
}

/* JSON has no strings that are not UTF-8. */
static void make_valid(Result *result)
{
    char *valid = g_utf8_make_valid(result->out, -1);

    g_free(result->out);
    result->out = valid;
}

static void fail(const char *name, const char *what, const Result *want, const Result *got)
{
    const char *a = want->out, *b = got->out;

    while (*a && *a == *b) {
        a++, b++;
    }
    g_test_message("%s: %s: \"%.120s\", not \"%.120s\"; %s", name, what, b, a, got->err);
    g_test_fail();
}

/* ---- The test --------------------------------------------------------------------------- */

/* Options of the map stand between the command and its other words. */
static const char *const questions[] = {
    "flat|%A",
    "flat|-o %A",
    "flat|-d %A",
    "tree|-D %A",
    "tree|%A",
    "ram|--json %A",
    "who|-a %A 0 0xa0000 0xfee00000 0x10000000 0x1f0",
};

/* Asks the same of a map with its options, and of its JSON. */
static void compare(const char *name, const char *question, const char *options, const char *a,
                    const char *j)
{
    g_auto(GStrv) parts = g_strsplit(question, "|", 2);
    g_autofree char *of_map = g_strdup_printf("%s %s%s", parts[0], options, parts[1]);
    g_autofree char *of_json = g_strdup_printf("%s %s", parts[0], parts[1]);
    Result want = run(of_map, a, NULL), got = run(of_json, j, NULL);
    g_autofree char *assumed = assumptions(&want), *assumed_again = assumptions(&got);

    make_valid(&want);
    if (want.status != got.status || !g_str_equal(want.out, got.out) ||
        !g_str_equal(assumed, assumed_again)) {
        fail(name, question, &want, &got);
    }
    result_clear(&want);
    result_clear(&got);
}

static void check_map(const char *name, const char *options, const char *a)
{
    g_autofree char *j = g_build_filename(directory, "map.json", NULL);
    g_autofree char *words = g_strdup_printf("json %s%%A", options);
    Result json = run(words, a, NULL);

    g_assert_cmpint(json.status, ==, 0);
    g_assert_true(g_file_set_contents(j, json.out, -1, NULL));
    Result again = run("json %A", j, NULL);
    if (!g_str_equal(json.out, again.out)) {
        fail(name, "json", &json, &again);
    }
    for (guint i = 0; i < G_N_ELEMENTS(questions); i++) {
        compare(name, questions[i], options, a, j);
    }
    if (!*options && !strstr(json.out, "\xef\xbf\xbd")) {
        Result diff = run("diff %A %J", a, j);
        if (diff.status != 0 || *diff.out) {
            g_test_message("%s: diff: %.200s%.200s", name, diff.out, diff.err);
            g_test_fail();
        }
        result_clear(&diff);
    }
    result_clear(&json);
    result_clear(&again);
}

static void all_maps(const char *file, const char *option, const char *beside)
{
    for (guint i = 0; i < dumps->len; i += MAPS_STEP) {
        const char *dump = dumps->pdata[i];
        if (maps_have(dump, file) && (!beside || maps_have(dump, beside))) {
            g_autofree char *path = maps_path(dump, file);
            g_autofree char *other = beside ? maps_path(dump, beside) : NULL;
            g_autofree char *options = other ? g_strdup_printf("%s %s ", option, other)
                                             : g_strdup("");
            check_map(dump, options, path);
        }
    }
}

static void trees(void)
{
    all_maps("tree.txt", NULL, NULL);
}

static void trees_with_owners(void)
{
    all_maps("owners.txt", NULL, NULL);
}

static void trees_with_views(void)
{
    all_maps("tree.txt", "--flat", "flat.txt");
}

static void trees_with_hints(void)
{
    all_maps("tree.txt", "--hints", "hints.txt");
}

static void views(void)
{
    all_maps("flat.txt", NULL, NULL);
}

/* Small maps of every age and form; what they have no map in is refused with and without JSON. */
static void small_maps(void)
{
    g_autofree char *cases = g_test_build_filename(G_TEST_DIST, "data", "map-cases", NULL);
    g_autoptr(GDir) dir = g_dir_open(cases, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(cases, name, NULL);
        Result json = run("json %A", path, NULL);
        if (json.status == 0) {
            check_map(name, "", path);
        }
        result_clear(&json);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    directory = g_dir_make_tmp("physmem-XXXXXX", NULL);
    g_test_add_func("/map-json/trees", trees);
    g_test_add_func("/map-json/trees-with-owners", trees_with_owners);
    g_test_add_func("/map-json/trees-with-views", trees_with_views);
    g_test_add_func("/map-json/trees-with-hints", trees_with_hints);
    g_test_add_func("/map-json/views", views);
    g_test_add_func("/map-json/small", small_maps);
    int status = g_test_run();
    g_autofree char *command = g_strdup_printf("rm -rf %s", directory);
    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
    g_free(directory);
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
