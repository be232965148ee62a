/* SPDX-License-Identifier: MIT
 *
 * A short run of the fuzzer, the same at each time: small maps of all forms, and their JSON, with a
 * few bytes or words replaced, taken away, or repeated. `make fuzz` runs for longer and finds more.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "json/map.h"
#include "maps.h"

enum { RUNS = 8000, SEED = 20262, LARGEST = 8192 };

static GPtrArray *seeds; /* GString */

/* ---- Seeds ------------------------------------------------------------------------------ */

static void add_seed(const char *text, gsize length)
{
    g_ptr_array_add(seeds, g_string_new_len(text, (gssize)length));
}

/* Adds the JSON of a map that can be read. */
static void add_json(const char *text, gsize length)
{
    LoadedMap map = { 0 };
    bool ok = load_map("FILE", text, length, &map, NULL);
    g_autoptr(MtreeMachine) m = NULL;
    char *json = NULL;
    size_t size;
    FILE *out = open_memstream(&json, &size);

    if (ok && map.tree && load_guesses(map.tree, NULL) && (m = machine_new(map.tree, NULL))) {
        g_autoptr(MtreeFlat) views = machine_views(m);
        json_map_write(out, map.tree, m, views);
    } else if (ok && !map.tree) {
        json_map_write_views(out, map.views, "FILE");
    }
    fclose(out);
    if (size && size <= LARGEST) {
        add_seed(json, size);
    }
    g_clear_pointer(&m, machine_free);
    load_clear(&map);
    free(json);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_seeds(const char *data)
{
    g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "data", data, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_autofree char *text = NULL;
        gsize length;
        g_assert_true(g_file_get_contents(path, &text, &length, NULL));
        if (length <= LARGEST) {
            add_seed(text, length);
            add_json(text, length);
        }
    }
}

/* ---- Damage ----------------------------------------------------------------------------- */

static void replace_byte(GString *text, GRand *rand, gsize at)
{
    static const char bytes[] = "0123456789abcdef-() ,:@[]{}\n\t\"\\>x\r\033\xc3";

    text->str[at] = bytes[g_rand_int_range(rand, 0, sizeof(bytes) - 1)];
}

/* Returns a random length of what follows a place. */
static gsize some(const GString *text, GRand *rand, gsize at, gint most)
{
    gsize length = (gsize)g_rand_int_range(rand, 1, most);

    return MIN(length, text->len - at);
}

static void repeat(GString *text, GRand *rand, gsize at)
{
    gsize length = some(text, rand, at, 200);
    gsize to = (gsize)g_rand_int_range(rand, 0, (gint)text->len);
    g_autofree char *piece = g_memdup2(text->str + at, length);

    g_string_insert_len(text, (gssize)to, piece, (gssize)length);
}

static void insert_word(GString *text, GRand *rand, gsize at)
{
    static const char *const words[] = {
        "ffffffffffffffff",
        "0000000000000000",
        "container",
        "alias ",
        "[disabled]",
        "-2147483648",
        "\"id\": 0, ",
        "null",
        "[0]",
        "\"0x10000000000000000\"",
        "memory-region: ",
        "\n\n",
        "FlatView ",
        "rom",
        " @",
    };

    g_string_insert(text, (gssize)at, words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
}

static void damage(GString *text, GRand *rand)
{
    for (int times = g_rand_int_range(rand, 1, 6); times && text->len; times--) {
        gsize at = (gsize)g_rand_int_range(rand, 0, (gint)text->len);
        switch (g_rand_int_range(rand, 0, 5)) {
        case 0:
            g_string_erase(text, (gssize)at, (gssize)some(text, rand, at, 90));
            break;
        case 1:
            repeat(text, rand, at);
            break;
        case 2:
            insert_word(text, rand, at);
            break;
        default:
            replace_byte(text, rand, at);
        }
    }
}

/* ---- The test --------------------------------------------------------------------------- */

static void damaged(void)
{
    GRand *rand = g_rand_new_with_seed(SEED);
    guint results[FUZZ_TREE + 1] = { 0 };

    for (guint i = 0; i < RUNS; i++) {
        const GString *seed = seeds->pdata[i % seeds->len];
        GString *text = g_string_new_len(seed->str, (gssize)seed->len);
        damage(text, rand);
        results[fuzz_map(text->str, text->len)]++;
        g_string_free(text, TRUE);
    }
    g_rand_free(rand);
    g_test_message("%u seeds; %u trees, %u views, %u refused", seeds->len, results[FUZZ_TREE],
                   results[FUZZ_VIEWS], results[FUZZ_REFUSED]);
    g_assert_cmpuint(results[FUZZ_TREE], >, RUNS / 10);
    g_assert_cmpuint(results[FUZZ_REFUSED], >, RUNS / 10);
}

static void undamaged(void)
{
    for (guint i = 0; i < seeds->len; i++) {
        const GString *seed = seeds->pdata[i];
        fuzz_map(seed->str, seed->len);
    }
}

/* What the fuzzer has found. */
static void found(void)
{
    static const char *const texts[] = {
        "FlatView #0\n AS \"\n  0000000000000000-0000000000000fff (prio 0, ram): ram\n\n",
        "address-space: as\n  0000000000000000-0000000000000fff (prio 0, ram): ram {x}\n\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_assert_cmpint(fuzz_map(texts[i], strlen(texts[i])), !=, FUZZ_REFUSED);
    }
}

static void seed_free(gpointer seed)
{
    g_string_free(seed, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seeds = g_ptr_array_new_with_free_func(seed_free);
    read_seeds("map-cases");
    read_seeds("other-maps");
    g_test_add_func("/fuzz/found", found);
    g_test_add_func("/fuzz/undamaged", undamaged);
    g_test_add_func("/fuzz/damaged", damaged);
    int status = g_test_run();
    g_ptr_array_unref(seeds);
    return status;
}
