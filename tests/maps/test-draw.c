/* SPDX-License-Identifier: MIT
 *
 * `physmem draw` on the maps of real machines and on hostile ones: pictures are well-formed, no
 * text meets another or leaves the picture, and what a picture says of the winners is true. The
 * pictures of docs/ are what the command draws today.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "draw/text.h"
#include "draw/draw.h"
#include "draw/spaces.h"
#include "maps.h"

static GPtrArray *dumps;

/* ---- Reading a picture ------------------------------------------------------------------ */

typedef struct Text {
    int x, y, width;
    char *string;
} Text;

typedef struct Picture {
    int width, height;
    GArray *texts;
    bool inside; /* of a text */
    bool end;    /* its x is the end of the text */
    bool styled;
    unsigned rects, scripts;
} Picture;

static int number(const char **names, const char **values, const char *name)
{
    for (guint i = 0; names[i]; i++) {
        if (g_str_equal(names[i], name)) {
            return atoi(values[i]);
        }
    }
    return 0;
}

static bool has_class(const char **names, const char **values, const char *class)
{
    for (guint i = 0; names[i]; i++) {
        if (g_str_equal(names[i], "class") && strstr(values[i], class)) {
            return true;
        }
    }
    return false;
}

static void element_begins(GMarkupParseContext *context, const char *element, const char **names,
                           const char **values, gpointer data, GError **error)
{
    Picture *picture = data;

    (void)context, (void)error;
    picture->rects += g_str_equal(element, "rect") ? 1 : 0;
    picture->scripts += g_str_equal(element, "script") ? 1 : 0;
    if (g_str_equal(element, "svg")) {
        picture->width = number(names, values, "width");
        picture->height = number(names, values, "height");
    }
    if (g_str_equal(element, "text")) {
        Text text = { .x = number(names, values, "x"), .y = number(names, values, "y") };
        text.string = g_strdup("");
        g_array_append_val(picture->texts, text);
        picture->inside = true;
        picture->end = has_class(names, values, "end");
        picture->styled = has_class(names, values, "prose");
    }
}

static void add_characters(GMarkupParseContext *context, const char *s, gsize length,
                           gpointer data, GError **error)
{
    Picture *picture = data;

    (void)context, (void)error;
    if (picture->inside) {
        Text *text = &g_array_index(picture->texts, Text, picture->texts->len - 1);
        g_autofree char *before = text->string;
        text->string = g_strdup_printf("%s%.*s", before, (int)length, s);
    }
}

static void element_ends(GMarkupParseContext *context, const char *element, gpointer data,
                         GError **error)
{
    Picture *picture = data;

    (void)context, (void)error;
    if (g_str_equal(element, "text")) {
        Text *text = &g_array_index(picture->texts, Text, picture->texts->len - 1);
        int wide = picture->styled ? 6 : DRAW_CHAR;
        text->width = wide * (int)draw_text_columns(text->string);
        text->x -= picture->end ? text->width : 0;
        picture->inside = false;
    }
}

static void text_clear(gpointer data)
{
    g_free(((Text *)data)->string);
}

/* The test fails if the picture is not well-formed. */
static Picture picture_read(const char *svg)
{
    static const GMarkupParser parser = { element_begins, element_ends, add_characters, NULL,
                                          NULL };
    Picture picture = { .texts = g_array_new(FALSE, TRUE, sizeof(Text)) };
    GMarkupParseContext *context =
        g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &picture, NULL);
    GError *error = NULL;

    g_array_set_clear_func(picture.texts, text_clear);
    g_markup_parse_context_parse(context, svg, -1, &error);
    g_assert_no_error(error);
    g_markup_parse_context_end_parse(context, &error);
    g_assert_no_error(error);
    g_markup_parse_context_free(context);
    return picture;
}

static bool meet(const Text *a, const Text *b)
{
    enum { HEIGHT = 11 };

    return a->width && b->width && a->x < b->x + b->width && b->x < a->x + a->width &&
           abs(a->y - b->y) < HEIGHT;
}

static void check_texts(const Picture *picture)
{
    for (guint i = 0; i < picture->texts->len; i++) {
        const Text *a = &g_array_index(picture->texts, Text, i);
        g_assert_cmpint(a->x, >=, 0);
        g_assert_cmpint(a->x + a->width, <=, picture->width);
        g_assert_cmpint(a->y, >, 11);
        g_assert_cmpint(a->y, <, picture->height);
        for (guint j = 0; j < i; j++) {
            const Text *b = &g_array_index(picture->texts, Text, j);
            if (meet(a, b)) {
                g_error("\"%s\" meets \"%s\" at %d, %d", a->string, b->string, a->x, a->y);
            }
        }
    }
}

static void check_picture(const DrawScene *scene)
{
    g_autofree char *svg = draw_svg(scene, DRAW_EITHER);
    Picture picture = picture_read(svg);

    check_texts(&picture);
    g_assert_cmpuint(picture.rects, >, scene->boxes->len + scene->ranges->len);
    g_assert_cmpuint(picture.scripts, ==, 0);
    g_array_unref(picture.texts);
}

/* ---- What a picture says ---------------------------------------------------------------- */

/* Every range has a winner, and nothing that could answer there stands further right. */
static void check_winners(const DrawScene *scene)
{
    for (guint i = 0; i < scene->rows->len; i++) {
        const DrawRow *row = &g_array_index(scene->rows, DrawRow, i);
        g_assert_true(!row->range || row->winner);
        for (guint j = 0; row->winner && j < scene->boxes->len; j++) {
            const DrawBox *box = scene->boxes->pdata[j];
            if (box->answers && box->from <= row->start && row->end <= box->to) {
                g_assert_cmpint(box->x, <=, row->winner->x);
            }
        }
    }
}

/* A box stands in its container, and meets no other one there. */
static void check_places(const DrawBox *box)
{
    for (guint i = 0; i < box->children->len; i++) {
        const DrawBox *a = box->children->pdata[i];
        g_assert_cmpint(a->x, >=, box->x + box->own_width);
        g_assert_cmpint(a->x + a->width, <=, box->x + box->width);
        g_assert_cmpint(a->width, >=, a->natural);
        g_assert_true(a->first >= box->first && a->after <= box->after);
        for (guint j = 0; j < i; j++) {
            const DrawBox *b = box->children->pdata[j];
            g_assert_true(a->after <= b->first || b->after <= a->first || a->x + a->width <= b->x);
        }
        check_places(a);
    }
}

static DrawScene *scene_of(const MtreeMachine *m, const FlatBlock *view)
{
    g_autoptr(GPtrArray) names = mtree_flat_names(view);
    MtreeLine *root = NULL;

    for (guint i = 0; i < m->spaces->len && !root; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        root = g_str_equal(space->name, names->pdata[0]) ? space->block->root : NULL;
    }
    g_assert_nonnull(root);
    DrawScene *scene = draw_scene_new("a map", root, view);
    draw_layout(scene);
    return scene;
}

static bool is_unique(const MtreeMachine *m, const char *name)
{
    unsigned found = 0;

    for (guint i = 0; i < m->spaces->len; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        found += g_str_equal(space->name, name) ? 1 : 0;
    }
    return found == 1;
}

static void check_machine(const MtreeMachine *m, unsigned *count)
{
    g_autoptr(MtreeFlat) views = machine_views(m);

    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        g_autoptr(GPtrArray) names = mtree_flat_names(view);
        if (is_unique(m, names->pdata[0])) {
            g_autoptr(DrawScene) scene = scene_of(m, view);
            check_winners(scene);
            if (scene->root) {
                check_places(scene->root);
            }
            check_picture(scene);
            ++*count;
        }
    }
}

/* ---- Real machines ---------------------------------------------------------------------- */

static void test_all_maps(void)
{
    unsigned count = 0;

    for (guint i = 0; i < dumps->len; i++) {
        g_autoptr(Mtree) tree = maps_hinted(dumps->pdata[i]);
        g_autoptr(MtreeMachine) m = machine_new(tree, NULL);
        check_machine(m, &count);
    }
    g_assert_cmpuint(count, >, 2 * dumps->len);
}

static void test_all_views(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        gsize length;
        g_autofree char *note = NULL;
        g_autofree char *text = maps_read(dumps->pdata[i], "flat.txt", &length);
        g_autoptr(MtreeFlat) views = load_views("flat.txt", text, length, &note, NULL);
        for (guint j = 0; j < views->blocks->len; j++) {
            g_autoptr(DrawScene) scene = draw_scene_new("views", NULL, views->blocks->pdata[j]);
            draw_layout(scene);
            g_assert_null(scene->root);
            check_picture(scene);
        }
    }
}

/* ---- Names that nobody expects ---------------------------------------------------------- */

static const char *const strange[] = {
    "<script>alert(1)</script>",
    "]]>&amp;\"'<!--",
    "%s%d%n",
    "\001\002\033[31m\177",
    "\xff\xfe\x80",
    "漢字の名前が長い場合はどうなるか",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "a name of eighty characters, with blanks in it, which is more than anybody needs.",
    "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_",
};

static char *strange_map(unsigned count)
{
    GString *s =
        g_string_new("address-space: memory\n  0000000000000000-ffffffffffffffff (prio 0, "
                     "i/o): system\n    0000000000000000-0000000fffffffff (prio -1, ram): "
                     "ram\n");

    for (unsigned i = 0; i < count; i++) {
        g_string_append_printf(s, "    %016x-%016x (prio %d, %s): %s\n", i * 4, i * 4 + 5,
                               (int)(i % 7), i % 3 ? "i/o" : "rom",
                               strange[i % G_N_ELEMENTS(strange)]);
    }
    return g_string_free(s, FALSE);
}

static void test_strange_names(void)
{
    g_autofree char *text = strange_map(120);
    GError *error = NULL;
    g_autoptr(Mtree) tree = load_tree("strange", text, strlen(text), &error);
    unsigned count = 0;

    g_assert_no_error(error);
    g_assert_true(load_guesses(tree, NULL));
    g_autoptr(MtreeMachine) m = machine_new(tree, NULL);
    check_machine(m, &count);
    g_assert_cmpuint(count, ==, 1);
}

static const char same_names[] =
    "address-space: bus\n  0000000000000000-00000000000000ff (prio 0, i/o): a\n\n"
    "address-space: memory\n  0000000000000000-00000000000000ff (prio 0, i/o): b\n\n"
    "address-space: bus\n  0000000000000000-00000000000000ff (prio 0, i/o): c\n\n";

/* A page shows each of them. */
static void test_same_names(void)
{
    static const char *const expected[] = { "memory", "bus", "bus (2)" };
    static const char *const roots[] = { "b", "a", "c" };
    char *file = g_build_filename(g_get_tmp_dir(), "physmem-test-XXXXXX", NULL);
    int fd = g_mkstemp(file);
    char *files[] = { file, NULL };
    ToolInput in = { .rest = g_strdupv(files) };
    GError *error = NULL;

    g_assert_true(fd >= 0 && write(fd, same_names, strlen(same_names)) > 0);
    close(fd);
    g_assert_true(tool_open(&in, &error));
    g_autoptr(GPtrArray) scenes = draw_spaces(&in);
    g_assert_cmpuint(scenes->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < scenes->len; i++) {
        const DrawScene *scene = scenes->pdata[i];
        g_assert_cmpstr(scene->name, ==, expected[i]);
        g_assert_cmpstr(scene->root->line->name, ==, roots[i]);
    }
    g_clear_pointer(&scenes, g_ptr_array_unref);
    tool_close(&in);
    unlink(file);
    g_free(file);
}

/* One region is disabled, in a container that is visible three times. One lies beyond the end of
 * its container. What is outside the window of an alias is no news. */
static const char left_out[] =
    "address-space: memory\n"
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
    "    0000000000000000-00000000000fffff (prio 0, i/o): alias one "
    "@bus 0000000000000000-00000000000fffff\n"
    "    0000000000100000-00000000001fffff (prio 0, i/o): alias two "
    "@bus 0000000000000000-00000000000fffff\n"
    "    0000000000200000-00000000002000ff (prio 0, i/o): alias three "
    "@bus 0000000000000000-00000000000000ff\n"
    "    0000000000300000-0000000000300fff (prio 0, i/o): box\n"
    "      0000000000300000-00000000003000ff (prio 0, i/o): inside\n"
    "      0000000000301000-00000000003010ff (prio 0, i/o): beyond\n"
    "\n"
    "memory-region: bus\n"
    "  0000000000000000-00000000000fffff (prio 0, i/o): bus\n"
    "    0000000000000000-00000000000000ff (prio 0, i/o): off [disabled]\n"
    "    0000000000001000-00000000000010ff (prio 0, i/o): on\n";

static void test_left_out(void)
{
    GError *error = NULL;
    g_autoptr(Mtree) tree = load_tree("left-out", left_out, strlen(left_out), &error);

    g_assert_no_error(error);
    g_assert_true(load_guesses(tree, NULL));
    g_autoptr(MtreeMachine) m = machine_new(tree, NULL);
    g_autoptr(MtreeFlat) views = machine_views(m);
    g_autoptr(DrawScene) scene = scene_of(m, views->blocks->pdata[0]);
    g_assert_cmpuint(g_hash_table_size(scene->disabled), ==, 1);
    g_assert_cmpuint(g_hash_table_size(scene->clipped), ==, 1);
    g_assert_cmpuint(scene->boxes->len, ==, 8);
}

static void assert_wrapped(const char *s, guint columns, const char *want)
{
    g_autoptr(GPtrArray) lines = draw_text_wrap(s, columns);

    g_ptr_array_add(lines, NULL);
    g_autofree char *got = g_strjoinv("|", (char **)lines->pdata);
    g_assert_cmpstr(got, ==, want);
}

static void test_wrap(void)
{
    assert_wrapped("", 8, "");
    assert_wrapped("12345678", 8, "12345678");
    assert_wrapped("123456789", 8, "12345678|9");
    assert_wrapped("12345-789", 8, "12345-|789");
    assert_wrapped("1-3456789", 8, "1-345678|9");
    assert_wrapped("1234 6789", 8, "1234|6789");
    assert_wrapped("漢字漢", 4, "漢字|漢");
    assert_wrapped("漢", 1, "漢");
}

static void assert_size(Int128 size, const char *want)
{
    g_autofree char *got = draw_text_size(size);

    g_assert_cmpstr(got, ==, want);
}

static void test_sizes(void)
{
    assert_size(1, "1B");
    assert_size(1023, "1023B");
    assert_size(1024, "1K");
    assert_size(640 << 10, "640K");
    assert_size(0xa0050, "640K");
    assert_size(106086, "104K");
    assert_size((Int128)5 << 29, "2.5G");
    assert_size(1 << 20 | 1, "1M");
    assert_size(int128_2_64() - 1, "16E");
    assert_size(int128_2_64(), "16E");
}

/* ---- The command ------------------------------------------------------------------------ */

/* Runs the command with an output file. Returns what it has written there, or NULL if it failed. */
static char *drawn(const char *map, const char *more)
{
    g_autofree char *out = NULL;
    GError *error = NULL;
    char *svg = NULL;
    int fd = g_file_open_tmp("physmem-draw-XXXXXX", &out, &error);

    g_assert_no_error(error);
    close(fd);
    const char *argv[] = { "draw", "-o", out, map, more, NULL };
    if (tool_draw(more ? 5 : 4, (char **)argv) == 0) {
        g_assert_true(g_file_get_contents(out, &svg, NULL, NULL));
    }
    g_remove(out);
    return svg;
}

/* After a change that is meant, `make pictures` draws them again. */
static void test_committed(void)
{
    g_autofree char *map = g_test_build_filename(G_TEST_DIST, "..", "examples", "pc.txt", NULL);
    g_autofree char *file = g_test_build_filename(G_TEST_DIST, "..", "docs", "pc.svg", NULL);
    g_autofree char *svg = drawn(map, NULL), *committed = NULL;

    g_assert_true(g_file_get_contents(file, &committed, NULL, NULL));
    if (!svg || !g_str_equal(svg, committed)) {
        g_test_message("docs/pc.svg is out of date; run \"make pictures\" and look at it");
        g_test_fail();
    }
}

static void assert_committed(const char *folder, const char *map)
{
    g_autofree char *name = g_strndup(map, strlen(map) - strlen(".txt"));
    g_autofree char *text = g_strdup_printf("%s/%s.txt", folder, name);
    g_autofree char *file = g_strdup_printf("%s/%s.svg", folder, name);
    g_autofree char *svg = drawn(text, NULL), *committed = NULL;

    if (!svg || !g_file_get_contents(file, &committed, NULL, NULL) ||
        !g_str_equal(svg, committed)) {
        g_test_message("%s is out of date; run \"make pictures\" and look at it", file);
        g_test_fail();
    }
}

static void test_committed_guide(void)
{
    g_autofree char *folder =
        g_test_build_filename(G_TEST_DIST, "..", "docs", "guide", "maps", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".txt")) {
            assert_committed(folder, name);
        }
    }
}

static void test_committed_schemes(void)
{
    for (int dark = 0; dark <= 1; dark++) {
        const char *name = dark ? "q35-dark.svg" : "q35-light.svg";
        g_autofree char *map = maps_path("x86_64-q35-seabios/after", "q35.txt");
        g_autofree char *tree = maps_read("x86_64-q35-seabios/after", "tree.txt", NULL);
        g_autofree char *flat = maps_read("x86_64-q35-seabios/after", "flat.txt", NULL);
        g_autofree char *both = g_strconcat(tree, "\n", flat, NULL);
        g_autofree char *file = g_test_build_filename(G_TEST_DIST, "..", "docs", name, NULL);
        g_autofree char *committed = NULL;
        g_assert_true(g_file_set_contents(map, both, -1, NULL));
        g_autofree char *svg = drawn(map, dark ? "--scheme=dark" : "--scheme=light");
        g_assert_true(g_file_get_contents(file, &committed, NULL, NULL));
        if (!svg || !g_str_equal(svg, committed)) {
            g_test_message("docs/%s is out of date; run \"make pictures\" and look at it", name);
            g_test_fail();
        }
    }
}

static void assert_refused(const char *out, const char *map, const char *more)
{
    const char *argv[] = { "draw", "-o", out, map, more, NULL };

    g_assert_cmpint(tool_draw(more ? 5 : 4, (char **)argv), ==, 1);
    g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
}

static void test_refused(void)
{
    g_autofree char *map = g_test_build_filename(G_TEST_DIST, "..", "examples", "pc.txt", NULL);
    const char *none[] = { "draw", map, NULL };

    assert_refused("no-such-picture.txt", map, NULL);
    assert_refused("no-such-picture.svg", map, map);
    assert_refused("no-such-page.html", map, "--scheme=dark");
    assert_refused("no-such-page.html", map, "/nonexistent");

    g_assert_null(drawn(map, "--space=nowhere"));
    g_assert_null(drawn(map, "--scheme=pink"));
    g_assert_null(drawn("/nonexistent", NULL));
    g_assert_cmpint(tool_draw(2, (char **)none), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    g_test_add_func("/draw/all-maps", test_all_maps);
    g_test_add_func("/draw/all-views", test_all_views);
    g_test_add_func("/draw/strange-names", test_strange_names);
    g_test_add_func("/draw/same-names", test_same_names);
    g_test_add_func("/draw/left-out", test_left_out);
    g_test_add_func("/draw/wrap", test_wrap);
    g_test_add_func("/draw/sizes", test_sizes);
    g_test_add_func("/draw/committed", test_committed);
    g_test_add_func("/draw/committed-schemes", test_committed_schemes);
    g_test_add_func("/draw/committed-guide", test_committed_guide);
    g_test_add_func("/draw/refused", test_refused);
    int status = g_test_run();
    maps_remove();
    g_ptr_array_unref(dumps);
    return status;
}
