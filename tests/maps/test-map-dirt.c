/* SPDX-License-Identifier: MIT
 *
 * Maps as people have them: one small file of data/map-cases for each kind of dirt, each old
 * format, and each part of a map. The answer must be right, and what was left out must be said.
 */
#include <string.h>

#include "maps.h"

/* The views of most of the files. */
static const char good[] = "FlatView #0\n"
                           " AS \"memory\", root: system\n"
                           " Root memory region: system\n"
                           "  0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
                           "  0000000080000000-0000000087ffffff (prio 0, ram): board.ram\n"
                           "\n";

static const char uart_only[] = "FlatView #0\n"
                                " AS \"memory\", root: system\n"
                                " Root memory region: system\n"
                                "  0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
                                "\n";

typedef struct Case {
    const char *file;
    const char *views;   /* a file for --flat; NULL: none */
    const char *note;    /* what was left out and mended; NULL: nothing */
    const char *assumed; /* a pattern for an assumption; NULL: nothing is assumed */
    const char *want;    /* NULL: the good views */
} Case;

static const Case cases[] = {
    { "good", NULL, NULL, NULL, NULL },
    { "blank-lines-with-blanks", NULL, NULL, NULL, NULL },
    { "bom", NULL, NULL, NULL, NULL },
    { "nbsp", NULL, NULL, NULL, NULL },
    { "no-blank-between", NULL, NULL, NULL, NULL },
    { "trailing-blanks", NULL, NULL, NULL, NULL },
    { "indented", NULL, NULL, NULL, NULL },
    { "session", NULL, "left out 2 lines of other text (the first is line 1)", NULL, NULL },
    { "session-both", NULL, "left out 5 lines of other text (the first is line 1)", NULL, NULL },
    { "terminal", NULL, "left out 3 lines of other text (the first is line 1)", NULL, NULL },
    { "fenced", NULL, "left out 2 lines of other text (the first is line 1)", NULL, NULL },
    { "quoted", NULL,
      "took something off the front of 6 lines, such as \">\" (the first is line 1)", NULL, NULL },
    { "wrapped", NULL, "joined 1 line with what follows (line 4)", NULL, NULL },
    { "ellipsis", NULL, "found 1 mark of missing lines (line 4)", NULL, NULL },
    { "odd-indent", NULL,
      "found the level of 4 lines from the depth of others (the first is line 2)", NULL, NULL },
    { "comment-behind", NULL, "left out what stands behind the name in 1 line (line 3)", NULL,
      NULL },
    { "qmp", NULL, "took 1 text out of JSON, and counts the lines in it", NULL, NULL },
    { "terminal-codes", NULL, "took 1 text out of JSON, and counts the lines in it", NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): "
      "u\xef\xbf\xbd[31mart\xef\xbf\xbd"
      "2J\n\n" },
    { "controls", NULL, NULL, NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): "
      "u\xef\xbf\xbd\x61\xef\xbf\xbdr\xef\xbf\xbd\x32J\n\n" },
    { "python", NULL, "took 1 text out of JSON, and counts the lines in it", NULL, uart_only },
    { "mail", NULL,
      "joined 1 line with what follows (line 3); decoded 1 text that was quoted-printable", NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-000000000fffffff (prio 0, ram): pc.ram\n"
      "  00000000fee00000-00000000feefffff (prio 4096, i/o): apic=1\n\n" },
    { "cut-names", NULL,
      "took the names as they are in 2 lines where they are cut (the first is line 3)", NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-000000000fffffff (prio 0, ram): pc.r...\n"
      "  00000000fee00000-00000000feefffff (prio 4096, i/o): api\xe2\x80\xa6\n\n" },
    { "virsh", NULL, "took 1 text out of JSON, and counts the lines in it", NULL, NULL },
    { "pretty-json", NULL,
      "took 1 text out of JSON, and counts the lines in it; left out 4 lines of other text (the "
      "first is line 1)",
      NULL, uart_only },
    { "journal", NULL,
      "left out 1 line of other text (line 5); took something off the front of 3 lines, such as "
      "\"Dec 01 12:00:01 host virsh[1203]:\" (the first is line 1)",
      NULL, uart_only },
    { "reply", NULL,
      "left out 4 lines of other text (the first is line 1); took something off the front of 7 "
      "lines, such as \">\" (the first is line 2); went on with 1 block after a blank line (line "
      "9)",
      NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 1, i/o): over\n\n" },
    { "twice", NULL,
      "left out 3 lines of other text (the first is line 1); left out 3 lines of spaces that were "
      "printed before (the first is line 7)",
      NULL, uart_only },
    { "before-after", NULL,
      "left out 2 lines of other text (the first is line 1); left out 3 lines of spaces that were "
      "printed before (the first is line 7)",
      NULL, uart_only },
    { "grep", NULL,
      "took something off the front of 3 lines, such as \"map.txt:1:\" (the first is line 1); did "
      "not take 1 line with a region behind other text (line 4)",
      NULL, uart_only },
    { "web-page", NULL,
      "left out 2 lines of other text (the first is line 1); took HTML out of 6 lines (the first "
      "is line 1)",
      NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): \"a&b\" <uart>\n\n" },
    { "headless", NULL,
      "left out 2 lines of other text (the first is line 1); made 1 header that is missing (line "
      "3)",
      NULL, NULL },
    { "part", NULL,
      "found the level of 4 lines from the depth of others (the first is line 1); made 1 header "
      "that is missing (line 1)",
      "*address space of each region*",
      "FlatView #0\n AS \"(part)\", root: (part)\n Root memory region: (part)\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
      "  0000000080000000-0000000080000fff (prio 0, i/o): over\n"
      "  0000000080001000-0000000087ffffff (prio 0, ram): board.ram @0000000000001000\n"
      "  00000000fee00000-00000000feefffff (prio 4096, i/o): apic\n\n" },
    { "cut-in-line", NULL, "left out 1 line whose end is missing (line 4)", NULL, uart_only },
    { "kind-container", NULL, NULL, NULL, NULL },
    { "kind-container.io", "kind-container.views", NULL, NULL,
      "FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n"
      "  0000000000000000-0000000000000007 (prio 0, i/o): chan\n"
      "  0000000000000008-000000000000ffff (prio 0, i/o): io @0000000000000008\n\n" },
    { "kind-container.io", NULL, NULL, "*although it is printed as a container*line 2: io*",
      "FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n"
      "  0000000000000000-0000000000000007 (prio 0, i/o): chan\n"
      "  0000000000000008-000000000000ffff (prio 0, i/o): io @0000000000000008\n\n" },
    { "flat-owner", "flat-owner.views", NULL, NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-00000000000000ff (prio 0, ram): board.ram\n"
      "  0000000000000100-00000000000001ff (prio 0, i/o): regs\n"
      "  0000000000000200-000000000000ffff (prio 0, ram): board.ram @0000000000000200\n\n" },
    { "bus-master", NULL, NULL, NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, i/o): uart\n\n"
      "FlatView #1\n AS \"nic\", root: bus master container\n Root memory region: (none)\n"
      "  No rendered FlatView\n\n" },
    { "bridges", NULL, NULL, "*of several memory-region blocks of one name*",
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  00000000d0000000-00000000d0003fff (prio 1, i/o): disk-bar\n"
      "  00000000d0200000-00000000d0203fff (prio 1, i/o): nic-bar\n"
      "  00000000e0000000-00000000e0000fff (prio 1, i/o): disk-msix\n"
      "  00000000e0200000-00000000e0200fff (prio 1, i/o): nic-msix\n\n" },
    { "region-only", NULL, NULL, "*address space of each region*",
      "FlatView #0\n AS \"sub\", root: sub\n Root memory region: regs\n"
      "  0000000000000000-00000000000000ff (prio 0, i/o): regs\n\n" },
    { "target-missing", NULL, NULL, "*not in the text*line 4: low*", NULL },
    { "old-rw", NULL,
      "took RW and R- as i/o, ram or rom by the name in 4 lines (the first is line 2)", NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000001000-0000000000001fff (prio 0, rom): uart\n"
      "  0000000080000000-0000000087ffffff (prio 0, ram): board.ram\n\n" },
    { "old-1.0", NULL,
      "found the level of 4 lines from the depth of others (the first is line 2); took RW and R- "
      "as i/o, ram or rom by the name in 4 lines (the first is line 2)",
      NULL,
      "FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n"
      "  0000000000000000-000000000000ffff (prio 0, i/o): io\n\n"
      "FlatView #1\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-00000000000fffff (prio 0, rom): board.flash\n"
      "  0000000020000000-000000002000ffff (prio 0, ram): board.sram\n\n" },
    { "old-8-digits", NULL,
      "left out 1 line of other text (line 6); found the level of 6 lines from the depth of "
      "others "
      "(the first is line 2); took RW and R- as i/o, ram or rom by the name in 6 lines (the first "
      "is line 2)",
      NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-000000000000ffff (prio 0, rom): flash\n"
      "  0000000020000000-000000002000ffff (prio 0, ram): board.ram\n"
      "  0000000040000000-0000000040000fff (prio 0, i/o): uart\n\n" },
    { "old-2.0", NULL,
      "found the level of 4 lines from the depth of others (the first is line 2); took RW and R- "
      "as "
      "i/o, ram or rom by the name in 4 lines (the first is line 2)",
      NULL,
      "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
      "  0000000000000000-0000000000000fff (prio 0, ram): pc.ram\n"
      "  0000000000001000-0000000000001fff (prio 1, i/o): uart\n"
      "  0000000000002000-000000000009ffff (prio 0, ram): pc.ram @0000000000002000\n\n" },
    { "good", "flat-wrapped.views", NULL, "the guesses are right, not the views, at 1 address*",
      NULL },
    { "good", "flat-moved.views", NULL, "the guesses are right, not the views, at 2 addresses*",
      NULL },
    { "good", "flat-other.views", NULL, "the views are of another machine*", NULL },
    { "good", "old-flat", NULL, NULL, NULL },
    { "good", "flat-as-file", NULL, NULL, NULL },
};

static char *read_case(const char *name, gsize *length)
{
    g_autofree char *file = g_strconcat(name, ".txt", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "map-cases", file, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, length, NULL));
    return text;
}

static void fill_in(const Case *c, LoadedMap *map)
{
    GError *error = NULL;

    if (c->views) {
        gsize length;
        g_autofree char *text = read_case(c->views, &length);
        maps_fit(map->tree, c->views, text, length, &error);
    } else if (map->views) {
        load_fit(map->tree, map->views, &error);
    } else {
        load_guesses(map->tree, &error);
    }
    g_assert_no_error(error);
}

static void check_assumed(const Case *c, const GPtrArray *notes)
{
    bool found = !c->assumed && !notes->len;

    for (guint i = 0; i < notes->len; i++) {
        g_test_message("assumed: %s", (char *)notes->pdata[i]);
        found |= c->assumed && g_pattern_match_simple(c->assumed, notes->pdata[i]);
    }
    g_assert_true(found);
}

static void check_case(gconstpointer data)
{
    const Case *c = data;
    LoadedMap map = { 0 };
    GError *error = NULL;
    gsize length;
    g_autofree char *text = read_case(c->file, &length);

    load_map(c->file, text, length, &map, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(map.note, ==, c->note);
    fill_in(c, &map);
    check_assumed(c, map.tree->notes);
    g_autoptr(MtreeMachine) m = machine_new(map.tree, &error);
    g_assert_no_error(error);
    g_autofree char *got = maps_views(m);
    g_autofree char *want = maps_normal(c->want ? c->want : good);
    g_assert_cmpstr(got, ==, want);
    g_clear_pointer(&m, machine_free);
    load_clear(&map);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/map-dirt/%s%s%s", cases[i].file,
                                                cases[i].views ? "+" : "",
                                                cases[i].views ? cases[i].views : "");
        g_test_add_data_func(path, &cases[i], check_case);
    }
    return g_test_run();
}
