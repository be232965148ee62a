/* SPDX-License-Identifier: MIT
 *
 * Wrong input. Each file in data/mtree-bad breaks one rule; its first line, which is not part of
 * the input, is the expected message. After that come real maps with random damage: the tool must
 * refuse them or build a machine.
 */
#include <stdlib.h>
#include <string.h>

#include "maps.h"

enum { MUTATIONS = 2000, SEED = 20241 };

/* ---- One file per rule ------------------------------------------------------------------ */

/* The tree to which hints and views of the bad files belong. */
static const char plain_tree[] =
    "address-space: memory\n"
    "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n"
    "    0000000000001000-0000000000001fff (prio 0, i/o): uart\n"
    "    0000000000002000-0000000000002fff (prio 0, i/o): alias window @ram "
    "0000000000000000-0000000000000fff\n"
    "    0000000000003000-0000000000003000 (prio 1, i/o): byte\n"
    "\n"
    "memory-region: ram\n"
    "  0000000000000000-000000000000ffff (prio 0, ram): ram\n"
    "\n";

static bool read_input(const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr(Mtree) t = NULL;

    if (g_str_has_prefix(name, "tree-")) {
        t = load_tree("FILE", text, length, error);
        return t && load_guesses(t, error);
    }
    t = load_tree("TREE", plain_tree, strlen(plain_tree), error);
    g_assert_nonnull(t);
    return (g_str_has_prefix(name, "hints-") ? load_hints : maps_fit)(t, "FILE", text, length,
                                                                      error);
}

static void bad_file(gconstpointer data)
{
    const char *name = data;
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "mtree-bad", name, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    char *input = memchr(text, '\n', length);
    g_assert_nonnull(input);
    *input++ = '\0';
    g_assert_false(read_input(name, input, length - (gsize)(input - text), &error));
    g_assert_nonnull(error);
    g_assert_cmpstr(error->message, ==, text);
}

static void add_bad_files(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "data", "mtree-bad", NULL);
    GDir *dir = g_dir_open(directory, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strdup_printf("/map-input/bad/%s", name);
        g_test_add_data_func_full(path, g_strdup(name), bad_file, g_free);
    }
    g_dir_close(dir);
}

/* A message names some spaces of very many. */
static void many_spaces(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *note = NULL;

    for (unsigned i = 0; i < 50; i++) {
        g_string_append_printf(text,
                               "FlatView #%u\n AS \"s%u\", root: r\n Root memory region: r\n"
                               "  0000000000000000-0000000000000fff (prio 0, ram): r\n\n",
                               i, i);
    }
    g_autoptr(MtreeFlat) views = load_views("FILE", text->str, text->len, &note, NULL);
    g_assert_false(mtree_flat_fail_space(views, "FILE", "disk", &error));
    g_assert_nonnull(strstr(error->message, "there are: s0, s1, "));
    g_assert_true(g_str_has_suffix(error->message, ", s38, s39, and 10 more"));
}

/* The tree to which the others belong is correct. */
static void plain_is_good(void)
{
    g_autoptr(Mtree) t = load_tree("TREE", plain_tree, strlen(plain_tree), NULL);

    g_assert_nonnull(t);
    g_assert_true(load_guesses(t, NULL));
}

/* ---- Limits ----------------------------------------------------------------------------- */

static void too_deep(void)
{
    g_autoptr(GString) text = g_string_new("address-space: deep\n");
    g_autoptr(GError) error = NULL;

    for (int level = 1; level <= 300; level++) {
        g_string_append_printf(text, "%*s%016x-%016x (prio 0, i/o): level\n", 2 * level, "", 0,
                               0xff);
    }
    g_assert_null(load_tree("FILE", text->str, text->len, &error));
    g_assert_cmpstr(error->message, ==, "FILE:130: expected at most 128 levels of regions");
}

/* Each container shows the next one twice, so 2^40 ways lead to the last one. */
static void too_many_ways(void)
{
    g_autoptr(GString) text = g_string_new("address-space: many\n");
    g_autoptr(GError) error = NULL;

    for (int i = 0; i <= 40; i++) {
        if (i) {
            g_string_append_printf(text, "memory-region: box%d\n", i);
        }
        g_string_append_printf(text, "  %016x-%016x (prio 0, i/o): box%d\n", 0, 0xffff, i);
        for (int j = 0; i < 40 && j < 2; j++) {
            g_string_append_printf(text,
                                   "    %016x-%016x (prio 0, i/o): alias a @box%d "
                                   "%016x-%016x\n",
                                   16 * j, 16 * j + 0xffff, i + 1, 0, 0xffff);
        }
        g_string_append(text, "\n");
    }
    g_autoptr(Mtree) t = load_tree("FILE", text->str, text->len, &error);
    g_assert_no_error(error);
    g_assert_false(load_guesses(t, &error));
    g_assert_true(strstr(error->message, "expected at most 1048576 ways to regions"));
}

static void too_many_spaces(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i <= MTREE_MAX_SPACES; i++) {
        g_string_append(text, "address-space: s\n");
    }
    g_string_append(text, "  0000000000000000-000000000000ffff (prio 0, ram): ram\n");
    g_assert_null(load_tree("FILE", text->str, text->len, &error));
    g_assert_cmpstr(error->message, ==, "FILE:16385: expected at most 16384 address spaces");
}

static void too_long(void)
{
    g_autoptr(GError) error = NULL;
    gsize length = (gsize)MTREE_MAX_BYTES + 1;
    g_autofree char *text = g_malloc(length);

    memset(text, '\n', length);
    g_assert_null(load_tree("FILE", text, length, &error));
    g_assert_cmpstr(error->message, ==, "FILE:1: expected a file of at most 67108864 bytes");
}

/* ---- Damage ----------------------------------------------------------------------------- */

static GString *damage(const char *text, gsize length, GRand *rand)
{
    static const char bytes[] = "0123456789abcdef-() ,:@[]\n\nxi/o rampnv";
    GString *out = g_string_new_len(text, (gssize)length);
    int times = g_rand_int_range(rand, 1, 6);

    while (times-- && out->len > 64) {
        gint at = g_rand_int_range(rand, 0, (gint)out->len - 40);
        gint n = g_rand_int_range(rand, 1, 40);
        switch (g_rand_int_range(rand, 0, 5)) {
        case 0: /* another byte */
            out->str[at] = bytes[g_rand_int_range(rand, 0, sizeof(bytes) - 1)];
            break;
        case 1: /* any byte at all */
            out->str[at] = (char)g_rand_int_range(rand, 0, 256);
            break;
        case 2: /* something missing */
            g_string_erase(out, at, n);
            break;
        case 3: { /* something twice, elsewhere */
            g_autofree char *piece = g_strndup(out->str + at, (gsize)n);
            g_string_insert(out, g_rand_int_range(rand, 0, (gint)out->len), piece);
            break;
        }
        default: /* the end missing */
            if (g_rand_int_range(rand, 0, 8) == 0) {
                g_string_truncate(out, (gsize)at);
            }
        }
    }
    return out;
}

/* Damage that keeps the form of lines: one digit replaces another. */
static GString *change_digits(const char *text, gsize length, GRand *rand)
{
    GString *out = g_string_new_len(text, (gssize)length);
    int times = g_rand_int_range(rand, 1, 4);

    for (int tries = 0; times && tries < 1000; tries++) {
        gint at = g_rand_int_range(rand, 0, (gint)out->len);
        if (g_ascii_isxdigit(out->str[at]) && at && g_ascii_isxdigit(out->str[at - 1])) {
            out->str[at] = "0123456789abcdef"[g_rand_int_range(rand, 0, 16)];
            times--;
        }
    }
    return out;
}

static bool build(const char *text, gsize length, const GString *flat)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Mtree) t = load_tree("FILE", text, length, &error);
    bool ok = t &&
              (flat ? maps_fit(t, "FLAT", flat->str, flat->len, &error) : load_guesses(t, &error));
    g_autoptr(MtreeMachine) m = ok ? machine_new(t, &error) : NULL;

    if (m) {
        g_autofree char *views = maps_views(m);
        g_assert_cmpuint(strlen(views), >, 0);
    } else {
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, "FILE") ||
                      g_str_has_prefix(error->message, "FLAT"));
    }
    return m;
}

static void damaged(void)
{
    static const char *const dumps[] = { "arm-microbit", "avr-uno", "arm-mps2-an505",
                                         "x86_64-pc" };
    GRand *rand = g_rand_new_with_seed(SEED);
    guint built = 0;

    for (guint i = 0; i < MUTATIONS; i++) {
        const char *dump = dumps[i % G_N_ELEMENTS(dumps)];
        gsize length, flat_length;
        g_autofree char *text = maps_read(dump, "tree.txt", &length);
        g_autofree char *flat = maps_read(dump, "flat.txt", &flat_length);
        GString *tree = (i & 4 ? damage : change_digits)(text, length, rand);
        GString *views = i & 8 ? change_digits(flat, flat_length, rand) : NULL;
        built += build(tree->str, tree->len, views);
        g_string_free(tree, TRUE);
        if (views) {
            g_string_free(views, TRUE);
        }
    }
    g_test_message("%u of %u built", built, MUTATIONS);
    g_assert_cmpuint(built, >, MUTATIONS / 10);
    g_assert_cmpuint(built, <, MUTATIONS);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    GPtrArray *dumps = maps_unpack();

    add_bad_files();
    g_test_add_func("/map-input/plain-is-good", plain_is_good);
    g_test_add_func("/map-input/many-spaces", many_spaces);
    g_test_add_func("/map-input/too-deep", too_deep);
    g_test_add_func("/map-input/too-many-ways", too_many_ways);
    g_test_add_func("/map-input/too-many-spaces", too_many_spaces);
    g_test_add_func("/map-input/too-long", too_long);
    g_test_add_func("/map-input/damaged", damaged);
    int status = g_test_run();
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
