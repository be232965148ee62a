/* SPDX-License-Identifier: MIT
 *
 * Plays the recorded scenarios (conformance/README.md) and compares what they print with the
 * traces of an independent implementation of the same interface, byte for byte. Shows the first
 * line that differs, with the lines before it.
 *
 *   test-conformance [--seeds N]            plays all scenarios, or N of each topic
 *   test-conformance --print TOPIC SEED     prints a trace instead
 */
#include <glib.h>
#include <physmem/physmem.h>
#include <string.h>

#include "conformance/conformance.h"

enum { SEEDS = 30, CONTEXT_BEFORE = 12, CONTEXT_AFTER = 3 };

typedef struct Topic {
    const char *name;
    void (*play)(Conf *c);
} Topic;

typedef struct Case {
    const Topic *topic;
    unsigned seed;
} Case;

static const Topic topics[] = {
    { "topology", conformance_topology }, { "listeners", conformance_listeners },
    { "access", conformance_access },     { "dirty", conformance_dirty },
    { "iommu", conformance_iommu },       { "map", conformance_map },
    { "notify", conformance_notify },
};

static char *golden_trace(const Case *k)
{
    g_autofree char *file = g_strdup_printf("%s-%u.txt.xz", k->topic->name, k->seed);
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "conformance", "golden", file, NULL);
    const char *argv[] = { "xz", "-dc", path, NULL };
    char *text = NULL;
    int status = 0;
    g_autoptr(GError) err = NULL;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL,
                      &status, &err) ||
        !g_spawn_check_wait_status(status, &err)) {
        g_error("%s: %s", path, err->message);
    }
    return text;
}

/* The recorded implementation does not mark pages that are written through a cache. */
static const MemoryContextOptions as_recorded = { .quirks = MEMORY_QUIRK_UNMARKED_CACHE };

static char *played_trace(const Case *k)
{
    MemoryContext *ctx = memory_context_new(&as_recorded, &error_abort);
    MemoryContext *before = memory_context_set_current(ctx);
    char *text = NULL;
    size_t size = 0;
    Conf c;
    FILE *out = open_memstream(&text, &size);

    g_assert_nonnull(out);
    conf_init(&c, out, k->seed);
    k->topic->play(&c);
    g_assert_cmpint(fclose(out), ==, 0);
    memory_context_set_current(before);
    g_assert_true(memory_context_destroy(ctx, &error_abort));
    return text;
}

static unsigned first_difference(char **want, char **got)
{
    unsigned i = 0;
    while (want[i] && got[i] && strcmp(want[i], got[i]) == 0) {
        i++;
    }
    return i;
}

static void show_from(const char *what, char **lines, unsigned first, unsigned last)
{
    for (unsigned i = 0; lines[i] && i <= last; i++) {
        if (i >= first) {
            g_test_message("%s %6u  %s", what, i + 1, lines[i]);
        }
    }
}

static void report(const char *want, const char *got)
{
    g_auto(GStrv) w = g_strsplit(want, "\n", -1);
    g_auto(GStrv) g = g_strsplit(got, "\n", -1);
    unsigned i = first_difference(w, g);

    if (i > 0) {
        show_from("both", w, i > CONTEXT_BEFORE ? i - CONTEXT_BEFORE : 0, i - 1);
    }
    show_from("want", w, i, i + CONTEXT_AFTER);
    show_from("got ", g, i, i + CONTEXT_AFTER);
}

static void play(gconstpointer data)
{
    const Case *k = data;
    g_autofree char *want = golden_trace(k);
    char *got = played_trace(k);

    if (strcmp(want, got) != 0) {
        report(want, got);
        g_test_fail();
    }
    free(got);
}

static int print(const char *topic, const char *seed)
{
    for (unsigned t = 0; t < G_N_ELEMENTS(topics); t++) {
        if (strcmp(topics[t].name, topic) == 0) {
            const Case k = { &topics[t], (unsigned)atoi(seed) };
            char *text = played_trace(&k);
            fputs(text, stdout);
            free(text);
            return 0;
        }
    }
    fprintf(stderr, "unknown topic \"%s\": see tests/conformance/README.md\n", topic);
    return 2;
}

/* The number after --seeds, which GLib does not know; it is taken from the arguments. */
static unsigned take_seeds(int *argc, char **argv)
{
    unsigned seeds = SEEDS;

    if (*argc > 2 && strcmp(argv[1], "--seeds") == 0) {
        seeds = MIN((unsigned)atoi(argv[2]), SEEDS);
        memmove(&argv[1], &argv[3], (size_t)(*argc - 2) * sizeof(*argv));
        *argc -= 2;
    }
    return seeds;
}

int main(int argc, char **argv)
{
    static Case cases[G_N_ELEMENTS(topics)][SEEDS];
    unsigned seeds = take_seeds(&argc, argv);

    if (argc == 4 && strcmp(argv[1], "--print") == 0) {
        return print(argv[2], argv[3]);
    }
    g_test_init(&argc, &argv, NULL);
    for (unsigned t = 0; t < G_N_ELEMENTS(topics); t++) {
        for (unsigned s = 0; s < seeds; s++) {
            g_autofree char *path = g_strdup_printf("/conformance/%s/%u", topics[t].name, s + 1);
            cases[t][s] = (Case){ &topics[t], s + 1 };
            g_test_add_data_func(path, &cases[t][s], play);
        }
    }
    return g_test_run();
}
