/* SPDX-License-Identifier: MIT
 *
 * Maps that are not a monitor's text: device trees and what Linux shows. For each NAME.dtb, which
 * was made of NAME.dts, and each NAME.txt of data/other-maps there is NAME.map: the note, and the
 * text that comes of it. After that come the same files with random damage.
 */
#include <string.h>

#include "maps.h"

enum { MUTATIONS = 1500 };

static const char *const names[] = { "buses.dtb", "memory.dtb", "odd.dtb",
                                     "pci.dtb",   "iomem.txt",  "ioports.txt" };

static char *read_data(const char *name, gsize *length)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "other-maps", name, NULL);
    char *bytes;

    g_assert_true(g_file_get_contents(path, &bytes, length, NULL));
    return bytes;
}

static char *read_expected(const char *name)
{
    g_autofree char *stem = g_strndup(name, strcspn(name, "."));
    g_autofree char *file = g_strconcat(stem, ".map", NULL);

    return read_data(file, NULL);
}

/* Builds the machine and its views. */
static bool build(const char *bytes, gsize length, GError **error)
{
    LoadedMap map = { 0 };
    bool ok = load_map("FILE", bytes, length, &map, error) && load_guesses(map.tree, error);
    g_autoptr(MtreeMachine) machine = ok ? machine_new(map.tree, error) : NULL;

    if (machine) {
        mtree_flat_free(machine_views(machine));
    }
    g_clear_pointer(&machine, machine_free);
    load_clear(&map);
    return ok;
}

static void check_text(gconstpointer data)
{
    gsize length;
    g_autofree char *bytes = read_data(data, &length), *note = NULL;
    g_autofree char *expected = read_expected(data);
    g_autoptr(GError) error = NULL;

    g_assert_true(load_as_text("FILE", &bytes, &length, &note, &error));
    g_autofree char *all = g_strconcat(note, "\n", bytes, NULL);
    g_assert_cmpstr(all, ==, expected);
    g_assert_true(build(bytes, length, &error));
    g_assert_no_error(error);
}

/* ---- Wrong input ------------------------------------------------------------------------ */

static void zero(void)
{
    gsize length;
    g_autofree char *bytes = read_data("zero.txt", &length);
    g_autoptr(GError) error = NULL;

    g_assert_false(build(bytes, length, &error));
    g_assert_cmpstr(error->message, ==,
                    "FILE: expected addresses, but all of them are 0: the kernel shows them to "
                    "root only, so read /proc/iomem as root, such as with sudo");
}

static void cut(void)
{
    gsize length;
    g_autofree char *bytes = read_data("buses.dtb", &length);

    for (gsize n = 4; n < length; n++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(build(bytes, n, &error));
        g_assert_true(g_str_has_prefix(error->message, "FILE: expected a whole device tree blob"));
    }
}

/* libfdt would crash. */
static void old_version(void)
{
    static const char odd_bytes[] = { 15, 2, (char)0326, (char)0222 };
    static const gsize places[] = { 23, 27, 380, 539 };
    gsize length;
    g_autofree char *bytes = read_data("odd.dtb", &length);
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        bytes[places[i]] = odd_bytes[i];
    }
    g_assert_false(build(bytes, length, &error));
    g_assert_cmpstr(
        error->message, ==,
        "FILE: expected a whole device tree blob, but it cannot be read: its version is "
        "below 16");
}

/* Changes a few bytes: to anything, or to what numbers of cells and sizes often are. */
static void damage(char *bytes, gsize length, GRand *rand)
{
    for (int i = g_rand_int_range(rand, 1, 5); i > 0; i--) {
        gsize at = (gsize)g_rand_int_range(rand, 0, (gint32)length);
        bytes[at] = (char)(g_rand_boolean(rand) ? g_rand_int_range(rand, 0, 256)
                                                : g_rand_int_range(rand, 0, 5));
    }
}

static void damaged(gconstpointer data)
{
    gsize length;
    g_autofree char *bytes = read_data(data, &length);
    GRand *rand = g_rand_new_with_seed(7);
    unsigned good = 0;

    for (int i = 0; i < MUTATIONS; i++) {
        g_autofree char *copy = g_memdup2(bytes, length + 1);
        g_autoptr(GError) error = NULL;
        damage(copy, length, rand);
        if (build(copy, length, &error)) {
            good++;
        } else {
            g_assert_true(g_str_has_prefix(error->message, "FILE"));
        }
    }
    g_test_message("%u of %d were accepted", good, MUTATIONS);
    g_assert_cmpuint(good, >, 0);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *text = g_strdup_printf("/formats/text/%s", names[i]);
        g_autofree char *damage = g_strdup_printf("/formats/damaged/%s", names[i]);
        g_test_add_data_func(text, names[i], check_text);
        g_test_add_data_func(damage, names[i], damaged);
    }
    g_test_add_func("/formats/zero", zero);
    g_test_add_func("/formats/cut", cut);
    g_test_add_func("/formats/old-version", old_version);
    return g_test_run();
}
