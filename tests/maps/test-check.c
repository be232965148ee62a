/* SPDX-License-Identifier: MIT
 *
 * `physmem check` and `physmem explain`: for each check a map in which it finds one thing, and one
 * in which it finds nothing (data/map-checks); every switch; the example on each page. The findings
 * in the maps of real machines are in data/map-checks/expected.txt; `test-check --write FILE`
 * writes it anew.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check/ways.h"
#include "maps.h"
#include "runs.h"

typedef struct Result {
    int status;
    char *out, *err;
} Result;

/* ---- Calls ------------------------------------------------------------------------------ */

static char *content_of(FILE *file)
{
    long length = lseek(fileno(file), 0, SEEK_END);
    char *text = g_malloc0((gsize)length + 1);

    g_assert_cmpint(pread(fileno(file), text, (size_t)length, 0), ==, length);
    fclose(file);
    return text;
}

/* Sends a descriptor to a file; returns a copy of what it was. */
static int redirect(int fd, FILE *file)
{
    int kept = dup(fd);

    g_assert_true(kept >= 0 && dup2(fileno(file), fd) >= 0);
    return kept;
}

static void restore(int fd, int kept)
{
    g_assert_true(dup2(kept, fd) >= 0);
    close(kept);
}

/* Runs a command: words[0] is its name. */
static Result run(ToolCommand *command, const char *const *words)
{
    g_auto(GStrv) owned = g_strdupv((char **)words);
    g_autofree char **argv = g_memdup2(owned, (g_strv_length(owned) + 1) * sizeof(*owned));
    FILE *out = tmpfile(), *err = tmpfile();
    Result result;

    fflush(NULL);
    int kept_out = redirect(STDOUT_FILENO, out), kept_err = redirect(STDERR_FILENO, err);
    result.status = command((int)g_strv_length(owned), argv);
    fflush(NULL);
    restore(STDOUT_FILENO, kept_out);
    restore(STDERR_FILENO, kept_err);
    result.out = content_of(out);
    result.err = content_of(err);
    return result;
}

#define CHECK(...) run(tool_check, (const char *const[]){ "check", __VA_ARGS__, NULL })

static void result_clear(Result *result)
{
    g_free(result->out);
    g_free(result->err);
}

static char *data_path(const char *id, const char *suffix)
{
    g_autofree char *name = g_strconcat(id, suffix, NULL);

    return g_test_build_filename(G_TEST_DIST, "data", "map-checks", name, NULL);
}

static guint count(const char *text, const char *part)
{
    g_auto(GStrv) parts = g_strsplit(text, part, -1);

    return *text ? g_strv_length(parts) - 1 : 0;
}

static char *mark_of(const CheckDef *def)
{
    return g_strdup_printf(" [%s]\n", def->id);
}

/* ---- Each check ------------------------------------------------------------------------- */

static void test_bad(gconstpointer data)
{
    const CheckDef *def = data;
    g_autofree char *path = data_path(def->id, ".bad.txt"), *mark = mark_of(def);
    Result alone = CHECK("-q", "-W", "no-all", "-W", def->id, path);
    Result all = CHECK("-q", "-W", "all", path);
    Result by_default = CHECK("-q", path);

    g_assert_cmpuint(count(alone.out, "\n"), ==, 1);
    g_assert_true(g_str_has_suffix(alone.out, mark));
    g_assert_true(g_str_has_prefix(alone.out, path));
    g_assert_nonnull(strstr(alone.out, ": warning: "));
    g_assert_cmpuint(count(all.out, mark), ==, 1);
    g_assert_cmpuint(count(by_default.out, mark), ==, def->on);
    g_assert_cmpint(alone.status | all.status | by_default.status, ==, 0);
    result_clear(&alone);
    result_clear(&all);
    result_clear(&by_default);
}

static void test_good(gconstpointer data)
{
    const CheckDef *def = data;
    g_autofree char *path = data_path(def->id, ".good.txt");
    g_autofree char *nothing = g_strdup_printf("%s: nothing found\n", path);
    Result result = CHECK("-W", "no-all", "-E", def->id, path);

    g_assert_cmpstr(result.out, ==, nothing);
    g_assert_cmpint(result.status, ==, 0);
    result_clear(&result);
}

static void test_switches(gconstpointer data)
{
    const CheckDef *def = data;
    g_autofree char *path = data_path(def->id, ".bad.txt"), *mark = mark_of(def);
    g_autofree char *off = g_strconcat("no-", def->id, NULL);
    Result no_warning = CHECK("-W", "all", "-W", off, path);
    Result error = CHECK("-q", "-W", "no-all", "-E", def->id, path);
    Result no_error = CHECK("-W", "no-all", "-E", "all", "-E", off, path);
    Result both = CHECK("-q", "-W", def->id, "-E", def->id, "-E", off, path);

    g_assert_cmpuint(count(no_warning.out, mark), ==, 0);
    g_assert_cmpuint(count(error.out, mark), ==, 1);
    g_assert_nonnull(strstr(error.out, ": error: "));
    g_assert_cmpint(error.status, ==, 1);
    g_assert_cmpuint(count(no_error.out, mark), ==, 0);
    g_assert_cmpuint(count(both.out, mark), ==, 1);
    g_assert_cmpint(both.status, ==, 0);
    result_clear(&no_warning);
    result_clear(&error);
    result_clear(&no_error);
    result_clear(&both);
}

/* ---- The command ------------------------------------------------------------------------ */

static void test_summary(void)
{
    g_autofree char *path = data_path("same-name", ".bad.txt");
    g_autofree char *want =
        g_strdup_printf("%s: 1 error, 0 warnings; \"physmem explain ID\" says more\n", path);
    Result result = CHECK("-E", "same-name", path);

    g_assert_true(g_str_has_suffix(result.out, want));
    result_clear(&result);
}

/* A switch and its id may be one word. */
static void test_joined(void)
{
    g_autofree char *path = data_path("hidden", ".bad.txt");
    Result result = CHECK("-q", "-Wno-all", "-Ehidden", "--", path);

    g_assert_cmpuint(count(result.out, ": error: "), ==, 1);
    g_assert_cmpint(result.status, ==, 1);
    result_clear(&result);
}

static void test_trouble(void)
{
    g_autofree char *path = data_path("hidden", ".bad.txt");
    static const char *const patterns[] = {
        "*expected FILE after \"physmem check\"*",
        "*/nowhere/map: No such file or directory*",
        "*expected the id of a check after -W, such as \"hidden\"*not \"hiden\"; *explain\"*",
        "*expected the id of a check after -E,*not \"no-hiden\"*",
    };
    Result results[] = { CHECK("-q"), CHECK("/nowhere/map"), CHECK("-W", "hiden", path),
                         CHECK("-E", "no-hiden", path) };

    for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
        g_assert_cmpstr(results[i].out, ==, "");
        g_assert_cmpint(results[i].status, ==, 2);
        g_assert_true(g_pattern_match_simple(patterns[i], results[i].err));
        result_clear(&results[i]);
    }
}

/* A view alone: what it can say, and a note of what it cannot. */
static void test_views(void)
{
    g_autofree char *path = data_path("views", ".txt");
    Result result = CHECK("-W", "no-all", "-W", "hidden", "-W", "ram-hole", "-E", "ram-unaligned",
                          "-W", "clipped", "-W", "port-beyond-64k", path);
    g_autofree char *want = g_strdup_printf(
        "%s:4: warning: nothing answers at 0000000000100000-0000000000100fff, between the RAM "
        "'ram' and the RAM 'more ram' [ram-hole]\n"
        "%s:6: error: a hypervisor with pages of 4 KiB can map only 0x1000 of the 0x1800 bytes "
        "of 'rom' at 0000000010000000-00000000100017ff [ram-unaligned]\n"
        "%s:7: error: a hypervisor with pages of 4 KiB can map none of the 0x1000 bytes of "
        "'shifted' at 0000000020000000-0000000020000fff [ram-unaligned]\n"
        "%s:12: warning: 'serial' is at the ports 0x103f8-0x103ff, but the last one is 0xffff "
        "[port-beyond-64k]\n"
        "%s: 2 errors, 2 warnings; \"physmem explain ID\" says more\n",
        path, path, path, path, path);

    g_assert_cmpstr(result.out, ==, want);
    g_assert_nonnull(strstr(result.err, "no tree: hidden, clipped\n"));
    g_assert_cmpint(result.status, ==, 1);
    result_clear(&result);
}

static char *without_lines(const char *json)
{
    g_autoptr(GRegex) line = g_regex_new(", \"line\": [0-9]+", 0, 0, NULL);

    return g_regex_replace_literal(line, json, -1, 0, "", 0, NULL);
}

static void check_json(const char *json, const char *want)
{
    g_assert_true(g_file_set_contents("map.json", json, -1, NULL));
    Result result = CHECK("-q", "map.json");
    g_assert_cmpstr(result.out, ==, want);
    unlink("map.json");
    result_clear(&result);
}

/* JSON names the text that it was made from. Without its lines, regions are named by their
 * paths. */
static void test_json(void)
{
    g_autofree char *path = data_path("clipped", ".bad.txt");
    Result text = CHECK("-q", path);
    Result json = run(tool_json, (const char *const[]){ "json", path, NULL });
    g_autofree char *bare = without_lines(json.out);
    g_autofree char *want =
        g_strdup_printf("%s: warning: 'system/flash-window/flash' is clipped: its container "
                        "'system/flash-window' ends after 0x10000 of 0x20000 bytes [clipped]\n",
                        path);

    check_json(json.out, text.out);
    check_json(bare, want);
    result_clear(&text);
    result_clear(&json);
}

/* The lines of a device tree are not those of the file. */
static void test_device_tree(void)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "data", "other-maps", "odd.dtb", NULL);
    g_autofree char *begin = g_strdup_printf("%s: warning: 'system//first@0' and ", path);
    Result result = CHECK("-q", path);

    g_assert_true(g_str_has_prefix(result.out, begin));
    result_clear(&result);
}

/* A BAR under RAM: the bus has a negative priority, and the RAM is an alias, but it is no stand-in
 * and no shadow. */
static void test_bar(void)
{
    g_autofree char *path = data_path("bar-under-ram", ".txt");
    g_autofree char *begin = g_strdup_printf("%s:8: warning: 'bar' is wholly hidden ", path);
    Result result = CHECK("-q", path);

    g_assert_true(g_str_has_prefix(result.out, begin));
    g_assert_true(g_str_has_suffix(result.out, "'ram' of line 11 is in front [hidden]\n"));
    g_assert_cmpuint(count(result.out, "\n"), ==, 1);
    result_clear(&result);
}

/* A finding that rests on a guess says so, and does not once a view has settled it. Hints may say
 * that one of the two is a container. */
static void test_guess(void)
{
    g_autofree char *path = data_path("same-priority-overlap", ".bad.txt");
    g_autofree char *views = data_path("same-priority-overlap", ".views.txt");
    g_autofree char *hints = data_path("same-priority-overlap", ".hints.txt");
    Result plain = CHECK("-q", path), settled = CHECK("-q", "--flat", views, path);
    Result container = CHECK("-q", "--hints", hints, path);

    g_assert_nonnull(strstr(plain.out, "'uart' and 'timer' of line 4 "));
    g_assert_nonnull(strstr(plain.out, "the second answers (a guess) [same"));
    g_assert_nonnull(strstr(settled.out, ":4: warning: 'timer' and 'uart' of line 3 "));
    g_assert_nonnull(strstr(settled.out, "the second answers [same"));
    g_assert_cmpstr(container.out, ==, "");
    result_clear(&plain);
    result_clear(&settled);
    result_clear(&container);
}

/* Each guess on which the finding that a region is hidden may rest. */
static void test_guesses(void)
{
    static const char head[] = "address-space: memory\n"
                               "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n";
    static const struct {
        const char *regions, *end;
    } maps[] = {
        { "    0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
          "    0000000000001000-0000000000001fff (prio 0, i/o): timer\n",
          " is in front (a guess: both have one priority) [hidden]\n" },
        { "    0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
          "    0000000000001000-0000000000001fff (prio 1, i/o): io\n"
          "      0000000000001000-0000000000001003 (prio 0, i/o): port\n",
          " and others are in front (a guess: what is in front may be a container) [hidden]\n" },
        { "    0000000000001000-0000000000001fff (prio 0, i/o): alias window @bus "
          "0000000000001000-0000000000001fff\n"
          "    0000000000001000-0000000000001fff (prio 1, i/o): timer\n"
          "\nmemory-region: bus\n"
          "  0000000000000000-ffffffffffffffff (prio 0, i/o): bus\n"
          "    0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
          "\nmemory-region: bus\n"
          "  0000000000000000-ffffffffffffffff (prio 0, i/o): bus\n",
          " is in front (a guess: an alias above it may show another region) [hidden]\n" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(maps); i++) {
        g_autofree char *text = g_strconcat(head, maps[i].regions, "\n", NULL);
        g_assert_true(g_file_set_contents("guess.txt", text, -1, NULL));
        Result result = CHECK("-q", "-Wno-all", "-Whidden", "guess.txt");
        g_assert_cmpuint(count(result.out, "\n"), ==, 1);
        g_assert_true(g_str_has_suffix(result.out, maps[i].end));
        unlink("guess.txt");
        result_clear(&result);
    }
}

/* ---- Pages ------------------------------------------------------------------------------ */

#define EXPLAIN(...) run(tool_explain, (const char *const[]){ "explain", __VA_ARGS__ })

static void test_list(void)
{
    Result list = EXPLAIN(NULL), unknown = EXPLAIN("hiden", NULL);

    for (const CheckDef *def = check_table; def->id; def++) {
        g_autofree char *begin = g_strdup_printf("%-22s %-7s  %s\n", def->id,
                                                 def->on ? "warning" : "off", def->summary);
        g_assert_nonnull(strstr(list.out, begin));
    }
    g_assert_cmpint(list.status, ==, 0);
    g_assert_cmpstr(unknown.out, ==, "");
    g_assert_nonnull(strstr(unknown.err, "expected the id of a check, such as \"hidden\", not"));
    g_assert_cmpint(unknown.status, ==, 1);
    result_clear(&list);
    result_clear(&unknown);
}

/* Returns the lines of an example between two lines, without their indentation. */
static char *part_of(const char *page, const char *begin, const char *end)
{
    const char *from = strstr(page, begin);
    g_assert_nonnull(from);
    from = strchr(from, '\n') + 1;
    const char *to = strstr(from, end);
    g_assert_nonnull(to);
    g_autofree char *part = g_strndup(from, (gsize)(to - from));
    g_auto(GStrv) lines = g_strsplit(part, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "    ")) {
            memmove(*line, *line + 4, strlen(*line + 4) + 1);
        }
    }
    return g_strjoinv("\n", lines);
}

/* The example of a page, run as a reader would, must print what the page says. */
static void test_page(gconstpointer data)
{
    const CheckDef *def = data;
    Result page = EXPLAIN(def->id, NULL);
    g_autofree char *map = part_of(page.out, "    $ cat map.txt\n", "    $ physmem check ");
    g_autofree char *want = part_of(page.out, "    $ physmem check ", "\nWhat to do\n");
    g_autofree char *title = g_strdup_printf("%s: %s\n\n", def->id, def->summary);

    g_assert_true(g_str_has_prefix(page.out, title));
    g_assert_true(g_file_set_contents("map.txt", map, -1, NULL));
    Result result = def->on ? CHECK("map.txt") : CHECK("-W", def->id, "map.txt");
    g_assert_cmpstr(result.out, ==, want);
    unlink("map.txt");
    result_clear(&page);
    result_clear(&result);
}

static void test_manual(void)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "..", "tool", "man", "physmem-check.1", NULL);
    g_autofree char *manual = NULL;

    g_assert_true(g_file_get_contents(path, &manual, NULL, NULL));
    for (const CheckDef *def = check_table; def->id; def++) {
        g_auto(GStrv) words = g_strsplit(def->id, "-", -1);
        g_autofree char *id = g_strjoinv("\\-", words);
        g_autofree char *item = g_strdup_printf("\n.B %s%s\n", id, def->views ? " *" : "");
        g_assert_nonnull(strstr(manual, item));
    }
}

/* ---- Machines --------------------------------------------------------------------------- */

static GPtrArray *dumps;

static char *without_directory(const char *out, const char *tree, const char *dump)
{
    g_auto(GStrv) parts = g_strsplit(out, tree, -1);

    return g_strjoinv(dump, parts);
}

/* Left out: what thousands of lines find. */
static char *all_findings(void)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < dumps->len; i++) {
        g_autofree char *tree = maps_path(dumps->pdata[i], "tree.txt");
        g_autofree char *hints = maps_path(dumps->pdata[i], "hints.txt");
        Result result = CHECK("-q", "-W", "all", "-W", "no-same-name", "-W",
                              "no-enabled-in-disabled", "--hints", hints, tree);
        g_autofree char *out = without_directory(result.out, tree, dumps->pdata[i]);
        g_string_append(all, out);
        result_clear(&result);
    }
    return g_string_free(all, FALSE);
}

static void test_expected(void)
{
    g_autofree char *path = data_path("expected", ".txt");
    g_autofree char *expected = NULL, *all = all_findings();

    g_assert_true(g_file_get_contents(path, &expected, NULL, NULL));
    g_auto(GStrv) want = g_strsplit(expected, "\n", -1), have = g_strsplit(all, "\n", -1);
    for (guint i = 0; want[i] && have[i]; i++) {
        g_assert_cmpstr(have[i], ==, want[i]);
    }
    g_assert_cmpuint(g_strv_length(have), ==, g_strv_length(want));
}

static bool same_answer(const CheckStretch *s, const FlatLine *range)
{
    return range->start <= s->first && s->last <= range->last &&
           range->number == s->front->line->number &&
           range->offset + (s->first - range->start) == (hwaddr)(s->first - s->front->zero);
}

/* Whether the way in front is that of the region that answers in the library's view. */
static bool is_like(const CheckSpace *space, const FlatBlock *view)
{
    guint j = 0;

    for (guint i = 0; i < space->stretches->len; i++) {
        const CheckStretch *s = &g_array_index(space->stretches, CheckStretch, i);
        while (j < view->ranges->len && g_array_index(view->ranges, FlatLine, j).last < s->first) {
            j++;
        }
        if (j == view->ranges->len || !same_answer(s, &g_array_index(view->ranges, FlatLine, j))) {
            return false;
        }
    }
    return true;
}

/* Several spaces may have one name. */
static bool has_view(const CheckSpace *space, const MtreeFlat *views)
{
    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (mtree_flat_has_name(view, space->name) && is_like(space, view)) {
            return true;
        }
    }
    return false;
}

static void test_ways(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        g_autoptr(Mtree) t = maps_hinted(dumps->pdata[i]);
        GError *error = NULL;
        g_autoptr(MtreeMachine) m = machine_new(t, &error);
        g_assert_no_error(error);
        g_autoptr(MtreeFlat) views = machine_views(m);
        g_autoptr(CheckRun) check = check_run_new(t, views);
        const GPtrArray *spaces = check_spaces(check);
        for (guint j = 0; j < spaces->len; j++) {
            g_assert_true(has_view(spaces->pdata[j], views));
        }
    }
}

/* A running QEMU: nothing is guessed, and regions have paths. */
static void test_live(void)
{
    runs_begin();
    g_autofree char *socket = runs_path("q");
    Run *machine =
        run_start("setpriv --pdeathsig KILL qemu-system-arm -M mcimx6ul-evk -accel tcg -S "
                  "-display none -nodefaults -qmp unix:%s/q,server=on,wait=off");
    for (int i = 0; i < 3000 && !g_file_test(socket, G_FILE_TEST_EXISTS); i++) {
        g_usleep(10000);
    }
    g_autofree char *name = g_strconcat("qmp:", socket, NULL);
    g_autofree char *want = g_strdup_printf(
        "%s: warning: 'system/imx25.gpt' is wholly hidden at 00000000020e8000-00000000020e8fff of "
        "memory: 'system/imx7.gpr' is in front [hidden]\n",
        name);
    g_autofree char *out = run_output("physmem check -q -W no-all -W hidden qmp:%s/q");
    g_assert_cmpstr(out, ==, want);
    kill(machine->pid, SIGTERM);
    run_end(machine, 0, NULL, "*");
    runs_end();
}

/* ---- Size ------------------------------------------------------------------------------- */

/* Many regions that all meet: the time of a check that compares all pairs would be noticed. */
static void test_large(void)
{
    enum { REGIONS = 4000, SPACES = 4000 };
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append(text, "address-space: memory\n"
                          "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n");
    for (guint i = 0; i < REGIONS; i++) {
        g_string_append_printf(text, "    %016x-000000000fffffff (prio %u, i/o): device%u\n", i,
                               i % 2, i % 100);
    }
    for (guint i = 0; i < SPACES; i++) {
        g_string_append_printf(text,
                               "\naddress-space: space%u\n"
                               "  0000000000000000-ffffffffffffffff (prio 0, i/o): bus%u\n"
                               "    0000000000001000-0000000000002fff (prio 0, ram): ram\n"
                               "    0000000000002000-0000000000003fff (prio 0, i/o): io\n",
                               i, i);
    }
    g_string_append_c(text, '\n');
    g_assert_true(g_file_set_contents("large.txt", text->str, -1, NULL));
    Result result = CHECK("-q", "-W", "all", "large.txt");
    g_assert_cmpuint(count(result.out, "[same-priority-overlap]\n"), ==, REGIONS / 2 - 1 + SPACES);
    unlink("large.txt");
    result_clear(&result);
}

/* ---- The program ------------------------------------------------------------------------ */

static void add(const char *what, const CheckDef *def, GTestDataFunc func)
{
    g_autofree char *path = g_strdup_printf("/check/%s/%s", what, def->id);

    g_test_add_data_func(path, def, func);
}

static void add_tests(void)
{
    for (const CheckDef *def = check_table; def->id; def++) {
        add("bad", def, test_bad);
        add("good", def, test_good);
        add("switches", def, test_switches);
        add("page", def, test_page);
    }
    g_test_add_func("/check/summary", test_summary);
    g_test_add_func("/check/joined", test_joined);
    g_test_add_func("/check/trouble", test_trouble);
    g_test_add_func("/check/views", test_views);
    g_test_add_func("/check/json", test_json);
    g_test_add_func("/check/device-tree", test_device_tree);
    g_test_add_func("/check/bar", test_bar);
    g_test_add_func("/check/guess", test_guess);
    g_test_add_func("/check/guesses", test_guesses);
    g_test_add_func("/check/live", test_live);
    g_test_add_func("/check/list", test_list);
    g_test_add_func("/check/manual", test_manual);
    g_test_add_func("/check/expected", test_expected);
    g_test_add_func("/check/ways", test_ways);
    g_test_add_func("/check/large", test_large);
}

int main(int argc, char **argv)
{
    int status = 0;
    const char *write = argc == 3 && g_str_equal(argv[1], "--write") ? argv[2] : NULL;
    g_autofree char *directory = g_dir_make_tmp("physmem-check-XXXXXX", NULL);

    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    if (write) {
        g_autofree char *all = all_findings();
        g_assert_true(g_file_set_contents(write, all, -1, NULL));
    } else {
        g_assert_cmpint(chdir(directory), ==, 0);
        add_tests();
        status = g_test_run();
    }
    rmdir(directory);
    maps_remove();
    g_ptr_array_unref(dumps);
    return status;
}
