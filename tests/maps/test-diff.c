/* SPDX-License-Identifier: MIT
 *
 * `physmem diff`: small maps of every kind of change, and the maps of real machines: each with
 * itself in disguise, and those that changed with what is known of the change
 * (data/map-diffs/expected.txt; `test-diff --write FILE` writes it anew).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "diff/diff.h"
#include "maps.h"

static GPtrArray *dumps;
static char *directory;

/* ---- Calls ------------------------------------------------------------------------------ */

static char *path_of(const char *name)
{
    return g_build_filename(directory, name, NULL);
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

static Result run_diff(const char *const *words)
{
    g_autofree char *out = path_of("out"), *err = path_of("err");
    char *argv[8];
    int argc = 0;
    Result result;

    while (words[argc]) {
        argv[argc] = (char *)words[argc];
        argc++;
    }
    argv[argc] = NULL;
    fflush(NULL);
    int kept_out = redirect(STDOUT_FILENO, out), kept_err = redirect(STDERR_FILENO, err);
    result.status = tool_diff(argc, argv);
    fflush(NULL);
    restore(STDOUT_FILENO, kept_out);
    restore(STDERR_FILENO, kept_err);
    g_assert_true(g_file_get_contents(out, &result.out, NULL, NULL));
    g_assert_true(g_file_get_contents(err, &result.err, NULL, NULL));
    return result;
}

static void result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static Result diff_texts(const char *a, const char *b)
{
    g_autofree char *path_a = path_of("a"), *path_b = path_of("b");

    put("a", a);
    put("b", b);
    return run_diff((const char *const[]){ "diff", path_a, path_b, NULL });
}

/* ---- Small maps ------------------------------------------------------------------------- */

#define HEAD                                                                                      \
    "address-space: memory\n"                                                                     \
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
#define RAM "    0000000000000000-000000000000ffff (prio 0, ram): ram\n"
#define UART "    0000000000020000-0000000000020fff (prio 0, i/o): uart\n"
#define MOVED_UART "    0000000000030000-0000000000030fff (prio 0, i/o): uart\n"
#define DISK "    0000000000008000-0000000000008fff (prio 1, i/o): disk\n"

#define VIEW(space) "FlatView #0\n AS \"" space "\", root: system\n Root memory region: system\n"
#define LOW "  0000000000000000-0000000000007fff (prio 0, ram): ram\n"
#define HIGH "  0000000000008000-000000000000ffff (prio 0, ram): ram @0000000000008000\n"
#define WHOLE "  0000000000000000-000000000000ffff (prio 0, ram): ram\n"
#define TOP "  ffffffffffffff00-ffffffffffffffff (prio 0, i/o): top\n"

static const struct {
    const char *path, *a, *b;
    int status;
    const char *out; /* the whole output */
    const char *err; /* a pattern */
} small[] = {
    { "order", HEAD RAM UART "\n", HEAD UART RAM "\n", 0, "", "*" },
    { "came", HEAD RAM "\n", HEAD RAM UART "\n", 1,
      "memory:\n"
      "  0000000000020000-0000000000020fff came: uart @0000000000000000 (i/o)\n"
      "    because of uart (B:4): not in A\n",
      "*" },
    { "went", HEAD RAM UART "\n", HEAD RAM "\n", 1,
      "memory:\n"
      "  0000000000020000-0000000000020fff went: uart @0000000000000000 (i/o)\n"
      "    because of uart (A:4): not in B\n",
      "*" },
    { "moved", HEAD RAM UART "\n", HEAD MOVED_UART RAM "\n", 1,
      "memory:\n"
      "  0000000000020000-0000000000020fff moved: uart @0000000000000000 (i/o) -> "
      "0000000000030000-0000000000030fff\n"
      "    because of uart (A:4, B:3): offset 0000000000020000 -> 0000000000030000\n",
      "*" },
    { "taken", HEAD RAM "\n", HEAD RAM DISK "\n", 1,
      "memory:\n"
      "  0000000000008000-0000000000008fff taken: ram @0000000000008000 (ram) -> disk "
      "@0000000000000000 (i/o)\n"
      "    because of disk (B:4): not in A\n",
      "*" },
    { "order-of-equals", HEAD RAM "    0000000000000000-0000000000000fff (prio 0, i/o): rtc\n\n",
      HEAD "    0000000000000000-0000000000000fff (prio 0, i/o): rtc\n" RAM "\n", 1,
      "memory:\n"
      "  0000000000000000-0000000000000fff taken: ram @0000000000000000 (ram) -> rtc "
      "@0000000000000000 (i/o)\n"
      "    because of the order of ram (A:3) and rtc (B:3), which have one priority (a guess)\n",
      "*" },
    { "disabled", HEAD RAM "\n",
      HEAD RAM "    0000000000008000-0000000000008fff (prio 1, i/o): disk [disabled]\n\n", 0, "",
      "*" },
    { "priority", HEAD RAM "    0000000000000000-0000000000000fff (prio -1, i/o): rtc\n\n",
      HEAD RAM "    0000000000000000-0000000000000fff (prio 1, i/o): rtc\n\n", 1,
      "memory:\n"
      "  0000000000000000-0000000000000fff taken: ram @0000000000000000 (ram) -> rtc "
      "@0000000000000000 (i/o)\n"
      "    because of rtc (A:4, B:4): priority -1 -> 1\n",
      "*" },
    { "alias",
      HEAD "    0000000000000000-0000000000000fff (prio 0, ram): alias low @board "
           "0000000000000000-0000000000000fff\n"
           "    0000000000000000-00000000000fffff (prio -1, ram): alias all @board "
           "0000000000000000-00000000000fffff\n"
           "\nmemory-region: board\n"
           "  0000000000000000-00000000000fffff (prio 0, ram): board\n\n",
      HEAD "    0000000000000000-0000000000000fff (prio 0, ram): alias low @board "
           "0000000000001000-0000000000001fff\n"
           "    0000000000000000-00000000000fffff (prio -1, ram): alias all @board "
           "0000000000000000-00000000000fffff\n"
           "\nmemory-region: board\n"
           "  0000000000000000-00000000000fffff (prio 0, ram): board\n\n",
      1,
      "memory:\n"
      "  0000000000000000-0000000000000fff shifted: board @0000000000000000 (ram) -> board "
      "@0000000000001000 (ram)\n"
      "    because of low (A:3, B:3): from 0000000000000000 -> 0000000000001000\n",
      "*" },
    { "cut-elsewhere", VIEW("memory") LOW HIGH TOP "\n", VIEW("memory") WHOLE TOP "\n", 0, "",
      "" },
    { "priority-only", VIEW("memory") WHOLE "\n",
      VIEW("memory") "  0000000000000000-000000000000ffff (prio 7, ram): ram\n\n", 0, "", "" },
    { "attribute", VIEW("memory") LOW HIGH "\n",
      VIEW("memory") LOW
      "  0000000000008000-000000000000ffff (prio 0, rom): ram @0000000000008000\n\n",
      1,
      "memory:\n"
      "  0000000000008000-000000000000ffff changed: ram @0000000000008000 (ram) -> ram "
      "@0000000000008000 (rom)\n",
      "*a: causes are not known: there are views only\n" },
    { "shifted", VIEW("memory") WHOLE "\n",
      VIEW(
          "memory") "  0000000000000000-0000000000007fff (prio 0, ram): ram @0000000000008000\n\n",
      1,
      "memory:\n"
      "  0000000000000000-0000000000007fff shifted: ram @0000000000000000 (ram) -> ram "
      "@0000000000008000 (ram)\n"
      "  0000000000008000-000000000000ffff went: ram @0000000000008000 (ram)\n",
      "*" },
    { "last-address", VIEW("memory") TOP "\n",
      VIEW("memory") "  fffffffffffffff0-ffffffffffffffff (prio 0, i/o): top "
                     "@00000000000000f0\n\n",
      1,
      "memory:\n"
      "  ffffffffffffff00-ffffffffffffffef went: top @0000000000000000 (i/o)\n",
      "*" },
    { "renamed-space", VIEW("cpu-memory-0") WHOLE "\n", VIEW("CPU address space 0") WHOLE "\n", 0,
      "", "" },
    { "renamed-and-changed", VIEW("cpu-memory-0") WHOLE "\n", VIEW("cpu-memory") WHOLE TOP "\n", 1,
      "cpu-memory-0:\n"
      "  ffffffffffffff00-ffffffffffffffff came: top @0000000000000000 (i/o)\n",
      "*" },
    { "one-more-cpu", VIEW("memory") WHOLE "\n",
      "FlatView #0\n AS \"memory\", root: system\n AS \"cpu-memory-1\", root: system\n"
      " Root memory region: system\n" WHOLE "\n",
      0, "", "" },
    { "space-came", VIEW("memory") WHOLE "\n", VIEW("memory") WHOLE "\n" VIEW("disk") TOP "\n", 1,
      "disk: only in B\n", "*" },
    { "empty-space-came", VIEW("memory") WHOLE "\n",
      VIEW("memory") WHOLE "\n" VIEW("disk") "  No rendered FlatView\n\n", 0, "", "" },
};

static void test_small(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    Result result = diff_texts(small[i].a, small[i].b);

    g_assert_cmpstr(result.out, ==, small[i].out);
    g_assert_cmpint(result.status, ==, small[i].status);
    g_assert_true(g_pattern_match_simple(small[i].err, result.err));
    result_clear(&result);
}

static void test_trouble(void)
{
    g_autofree char *path = path_of("a");
    static const char *const patterns[] = {
        "*expected A B after \"physmem diff\"*",
        "*/nowhere/map: No such file or directory*",
        "*expected the name of an address space of *a or *a, not \"disk\"*",
        "*Unknown option --hints*",
    };
    const char *const calls[][6] = {
        { "diff", path, NULL },
        { "diff", path, "/nowhere/map", NULL },
        { "diff", path, path, "-s", "disk", NULL },
        { "diff", path, path, "--hints", path, NULL },
    };

    put("a", VIEW("memory") WHOLE "\n");
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        Result result = run_diff(calls[i]);
        g_assert_cmpstr(result.out, ==, "");
        g_assert_cmpint(result.status, ==, 2);
        g_assert_true(g_pattern_match_simple(patterns[i], result.err));
        result_clear(&result);
    }
}

/* ---- Maps of machines ------------------------------------------------------------------- */

/* The tree and the views of a dump. */
static char *whole_dump(const char *dump)
{
    gsize length;
    g_autofree char *tree = maps_read(dump, "tree.txt", &length);
    g_autofree char *flat = maps_read(dump, "flat.txt", &length);

    return g_strconcat(tree, "\n", flat, NULL);
}

/* The views of a dump in another order and with other names of CPUs. */
static char *disguised_views(const char *dump)
{
    gsize length;
    g_autofree char *flat = maps_read(dump, "flat.txt", &length);
    g_auto(GStrv) parts = g_strsplit(flat, "\"cpu-memory-", -1);
    g_autofree char *renamed = g_strjoinv("\"CPU address space ", parts);
    g_auto(GStrv) blocks = g_strsplit(renamed, "\n\n", -1);
    GString *text = g_string_new(NULL);

    for (guint i = g_strv_length(blocks); i-- > 0;) {
        if (*blocks[i]) {
            g_string_append_printf(text, "%s\n\n", g_strchug(blocks[i]));
        }
    }
    return g_string_free(text, FALSE);
}

static void test_same(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        g_autofree char *a = whole_dump(dumps->pdata[i]), *b = disguised_views(dumps->pdata[i]);
        Result result = diff_texts(a, b);
        g_test_message("%s", (char *)dumps->pdata[i]);
        g_assert_cmpstr(result.out, ==, "");
        g_assert_cmpint(result.status, ==, 0);
        result_clear(&result);
    }
}

static char *after_of(const char *dump)
{
    const char *end = strstr(dump, "/before");

    return end ? g_strdup_printf("%.*s/after", (int)(end - dump), dump) : NULL;
}

/* The first lines of a text, and how many more there are. */
static void add_beginning(GString *out, const char *text)
{
    enum { SHOWN = 30 };
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);

    for (guint i = 0; i < n && i < SHOWN; i++) {
        g_string_append_printf(out, *lines[i] ? "%s\n" : "%s", lines[i]);
    }
    if (n > SHOWN) {
        g_string_append_printf(out, "and %u lines\n", n - SHOWN);
    }
}

static char *all_differences(void)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < dumps->len; i++) {
        const char *before = dumps->pdata[i];
        g_autofree char *after = after_of(before);
        if (after) {
            g_autofree char *a = whole_dump(before), *b = whole_dump(after);
            Result result = diff_texts(a, b);
            g_string_append_printf(all, "== %s: %d\n", before, result.status);
            add_beginning(all, result.out);
            result_clear(&result);
        }
    }
    return g_string_free(all, FALSE);
}

static void test_expected(void)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "data", "map-diffs", "expected.txt", NULL);
    g_autofree char *expected = NULL, *all = all_differences();

    g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
    g_auto(GStrv) want = g_strsplit(expected, "\n", -1), have = g_strsplit(all, "\n", -1);
    for (guint i = 0; want[i] && have[i]; i++) {
        g_assert_cmpstr(have[i], ==, want[i]);
    }
    g_assert_cmpuint(g_strv_length(have), ==, g_strv_length(want));
}

/* ---- Completeness ----------------------------------------------------------------------- */

static const DiffRange *range_at(const DiffView *view, hwaddr address)
{
    for (guint i = 0; i < view->ranges->len; i++) {
        const DiffRange *range = &g_array_index(view->ranges, DiffRange, i);
        if (range->start <= address && address <= range->last) {
            return range;
        }
    }
    return NULL;
}

static bool is_same(const DiffPair *pair, hwaddr address)
{
    const DiffRange *a = range_at(pair->before, address), *b = range_at(pair->after, address);

    return (!a && !b) ||
           (a && b && g_str_equal(a->line->name, b->line->name) &&
            a->line->kind == b->line->kind && a->line->nonvolatile == b->line->nonvolatile &&
            diff_offset(a, address) == diff_offset(b, address));
}

static bool is_told(const GArray *changes, hwaddr address)
{
    for (guint i = 0; i < changes->len; i++) {
        const DiffChange *c = &g_array_index(changes, DiffChange, i);
        hwaddr to = c->what == DIFF_MOVED ? c->after->start : c->start;
        if ((c->start <= address && address <= c->last) ||
            (to <= address && address - to <= c->last - c->start)) {
            return true;
        }
    }
    return false;
}

static void check_at(const DiffPair *pair, const GArray *changes, hwaddr address)
{
    if (!is_same(pair, address)) {
        g_assert_true(is_told(changes, address));
    }
}

static void check_pair(const DiffPair *pair)
{
    g_autoptr(GArray) changes = diff_changes(pair);

    for (int side = 0; side < 2; side++) {
        const GArray *ranges = (side ? pair->after : pair->before)->ranges;
        for (guint i = 0; i < ranges->len; i++) {
            const DiffRange *range = &g_array_index(ranges, DiffRange, i);
            check_at(pair, changes, range->start);
            check_at(pair, changes, range->last);
            check_at(pair, changes, range->last + 1);
        }
    }
    for (guint i = 0; i < changes->len; i++) {
        const DiffChange *c = &g_array_index(changes, DiffChange, i);
        g_assert_true(c->what == DIFF_MOVED ||
                      (!is_same(pair, c->start) && !is_same(pair, c->last)));
    }
}

static MtreeFlat *views_of(const char *dump)
{
    gsize length;
    g_autofree char *text = maps_read(dump, "flat.txt", &length);
    g_autofree char *note = NULL;

    return load_views(dump, text, length, &note, NULL);
}

/* Each address of two views is the same, or a change tells of it; also for views of quite different
 * machines. */
static void test_complete(void)
{
    for (guint i = 0; i + 1 < dumps->len; i++) {
        g_autoptr(MtreeFlat) flat_a = views_of(dumps->pdata[i]);
        g_autoptr(MtreeFlat) flat_b = views_of(dumps->pdata[i + 1]);
        g_autoptr(GPtrArray) a = diff_views(flat_a), b = diff_views(flat_b);
        g_autoptr(GPtrArray) pairs = diff_pairs(a, b, NULL);
        for (guint j = 0; j < pairs->len; j++) {
            const DiffPair *pair = pairs->pdata[j];
            if (pair->before && pair->after) {
                check_pair(pair);
            }
        }
    }
}

int main(int argc, char **argv)
{
    int status = 0;
    const char *write = argc == 3 && g_str_equal(argv[1], "--write") ? argv[2] : NULL;

    g_test_init(&argc, &argv, NULL);
    directory = g_dir_make_tmp("physmem-diff-XXXXXX", NULL);
    dumps = maps_unpack();
    for (guint i = 0; i < G_N_ELEMENTS(small); i++) {
        g_autofree char *path = g_strdup_printf("/diff/small/%s", small[i].path);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_small);
    }
    g_test_add_func("/diff/trouble", test_trouble);
    g_test_add_func("/diff/same", test_same);
    g_test_add_func("/diff/expected", test_expected);
    g_test_add_func("/diff/complete", test_complete);
    if (write) {
        g_autofree char *all = all_differences();
        g_assert_true(g_file_set_contents(write, all, -1, NULL));
    } else {
        status = g_test_run();
    }
    maps_remove();
    g_ptr_array_unref(dumps);
    for (const char *const *name = (const char *const[]){ "a", "b", "out", "err", NULL }; *name;
         name++) {
        g_autofree char *path = path_of(*name);
        g_unlink(path);
    }
    g_rmdir(directory);
    g_free(directory);
    return status;
}
