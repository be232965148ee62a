/* SPDX-License-Identifier: MIT
 *
 * Rebuilds all dumps of real machines and compares them with what the machines printed: exactly,
 * if hints tell what the text leaves open; as often as measured, if it is guessed.
 */
#include <stdlib.h>
#include <string.h>

#include "maps.h"

/* How many dumps the guesses get right. The numbers may grow. */
enum {
    DUMPS = 204,
    BY_FLAT = 204,
    BY_FLAT_AND_OWNERS = 204,
    BY_TREE = 201,
    BY_PLAIN = 200,
    BY_PLAIN_AND_FLAT = 204
};

static GPtrArray *dumps;

typedef bool FillIn(Mtree *t, const char *dump, GError **error);

static bool with_hints(Mtree *t, const char *dump, GError **error)
{
    gsize length;
    g_autofree char *text = maps_read(dump, "hints.txt", &length);

    return load_hints(t, "hints.txt", text, length, error);
}

static bool with_flat(Mtree *t, const char *dump, GError **error)
{
    gsize length;
    g_autofree char *text = maps_read(dump, "flat.txt", &length);

    return maps_fit(t, "flat.txt", text, length, error);
}

static bool with_nothing(Mtree *t, const char *dump, GError **error)
{
    (void)dump;
    return load_guesses(t, error);
}

/* The file "plain.txt" is the tree as it is printed without -D. */
static char *read_tree(const char *dump, const char *file)
{
    bool plain = g_str_equal(file, "plain.txt");
    g_autofree char *text = maps_read(dump, plain ? "tree.txt" : file, NULL);

    return plain ? maps_without_disabled(text) : g_steal_pointer(&text);
}

/* Returns whether the machine that was rebuilt from the dump's file answers everywhere like the
 * real one. */
static bool answers_alike(const char *dump, const char *file, FillIn *fill_in)
{
    GError *error = NULL;
    g_autofree char *text = read_tree(dump, file);
    g_autofree char *flat = maps_read(dump, "flat.txt", NULL);
    g_autofree char *want = maps_normal(flat);
    g_autoptr(Mtree) t = load_tree(file, text, strlen(text), &error);

    g_assert_no_error(error);
    fill_in(t, dump, &error);
    g_assert_no_error(error);
    g_autoptr(MtreeMachine) m = machine_new(t, &error);
    g_assert_no_error(error);
    g_autofree char *got = maps_views(m);
    return g_str_equal(got, want);
}

static guint count_alike(const char *file, FillIn *fill_in)
{
    guint alike = 0;

    for (guint i = 0; i < dumps->len; i++) {
        const char *dump = dumps->pdata[i];
        bool there = g_str_equal(file, "plain.txt") || maps_have(dump, file);
        if (answers_alike(dump, there ? file : "tree.txt", fill_in)) {
            alike++;
        } else {
            g_test_message("differs: %s", dump);
        }
    }
    g_test_message("%u of %u", alike, dumps->len);
    return alike;
}

static void all_there(void)
{
    g_assert_cmpuint(dumps->len, ==, DUMPS);
}

static void by_hints(void)
{
    g_assert_cmpuint(count_alike("tree.txt", with_hints), ==, DUMPS);
}

static void by_flat(void)
{
    g_assert_cmpuint(count_alike("tree.txt", with_flat), >=, BY_FLAT);
}

static void by_flat_and_owners(void)
{
    g_assert_cmpuint(count_alike("owners.txt", with_flat), >=, BY_FLAT_AND_OWNERS);
}

static void by_tree(void)
{
    g_assert_cmpuint(count_alike("tree.txt", with_nothing), >=, BY_TREE);
}

static void by_plain_text(void)
{
    g_assert_cmpuint(count_alike("plain.txt", with_nothing), >=, BY_PLAIN);
}

static void by_plain_text_and_flat(void)
{
    g_assert_cmpuint(count_alike("plain.txt", with_flat), >=, BY_PLAIN_AND_FLAT);
}

/* ---- Views as data ---------------------------------------------------------------------- */

static char *range_text(const FlatLine *r)
{
    return g_strdup_printf("%" PRIx64 "-%" PRIx64 " %d %d %d %s @%" PRIx64, r->start, r->last,
                           r->priority, r->kind, r->nonvolatile, r->name, r->offset);
}

static void check_block(const FlatBlock *made, const FlatBlock *printed)
{
    g_assert_cmpstr(made->root, ==, printed->root);
    g_assert_cmpuint(made->spaces->len, ==, printed->spaces->len);
    for (guint i = 0; i < made->spaces->len; i++) {
        g_assert_cmpstr(made->spaces->pdata[i], ==, printed->spaces->pdata[i]);
    }
    g_assert_cmpuint(made->ranges->len, ==, printed->ranges->len);
    for (guint i = 0; i < made->ranges->len; i++) {
        g_autofree char *a = range_text(&g_array_index(made->ranges, FlatLine, i));
        g_autofree char *b = range_text(&g_array_index(printed->ranges, FlatLine, i));
        g_assert_cmpstr(a, ==, b);
    }
}

static MtreeFlat *printed_views(const MtreeMachine *m)
{
    char *text = NULL, *note = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    GError *error = NULL;

    machine_print_views(m, out, false);
    fclose(out);
    MtreeFlat *views = load_views("printed", text, length, &note, &error);
    g_assert_no_error(error);
    g_assert_null(note);
    free(text);
    return views;
}

/* They are those that the library prints, in the same order. */
static void made_views(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        g_autoptr(Mtree) t = maps_hinted(dumps->pdata[i]);
        g_autoptr(MtreeMachine) m = machine_new(t, NULL);
        g_autoptr(MtreeFlat) made = machine_views(m);
        g_autoptr(MtreeFlat) printed = printed_views(m);
        g_assert_cmpuint(made->blocks->len, ==, printed->blocks->len);
        for (guint j = 0; j < made->blocks->len; j++) {
            check_block(made->blocks->pdata[j], printed->blocks->pdata[j]);
        }
    }
}

/* ---- Round trip ------------------------------------------------------------------------- */

static void check_tree(const char *dump)
{
    g_autofree char *text = maps_read(dump, "tree.txt", NULL);
    g_autofree char *want = maps_normal(text);
    g_autoptr(Mtree) t = maps_hinted(dump);
    g_autoptr(MtreeMachine) m = machine_new(t, NULL);
    char *printed = NULL;
    size_t length;
    FILE *out = open_memstream(&printed, &length);

    machine_print_tree(m, out, true);
    fclose(out);
    g_autofree char *got = maps_normal(printed);
    free(printed);
    g_assert_cmpstr(got, ==, want);
}

static void round_trip(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        check_tree(dumps->pdata[i]);
    }
}

/* Without -D the lines of disabled regions are left out; their children stay. */
static void round_trip_enabled(void)
{
    g_autofree char *text = maps_read("x86_64-pc", "tree.txt", NULL);
    g_autofree char *enabled = maps_without_disabled(text);
    g_autofree char *want = maps_normal(enabled);
    g_autoptr(Mtree) t = load_tree("x86_64-pc", enabled, strlen(enabled), NULL);
    g_assert_true(load_guesses(t, NULL));
    g_autoptr(MtreeMachine) m = machine_new(t, NULL);
    char *printed = NULL;
    size_t length;
    FILE *out = open_memstream(&printed, &length);

    machine_print_tree(m, out, false);
    fclose(out);
    g_autofree char *got = maps_normal(printed);
    free(printed);
    g_assert_cmpstr(got, ==, want);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    g_test_add_func("/maps/all-there", all_there);
    g_test_add_func("/maps/by-hints", by_hints);
    g_test_add_func("/maps/by-flat", by_flat);
    g_test_add_func("/maps/by-flat-and-owners", by_flat_and_owners);
    g_test_add_func("/maps/by-tree", by_tree);
    g_test_add_func("/maps/by-plain-text", by_plain_text);
    g_test_add_func("/maps/by-plain-text-and-flat", by_plain_text_and_flat);
    g_test_add_func("/maps/made-views", made_views);
    g_test_add_func("/maps/round-trip", round_trip);
    g_test_add_func("/maps/round-trip-enabled", round_trip_enabled);
    int status = g_test_run();
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
