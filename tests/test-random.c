/* SPDX-License-Identifier: MIT
 *
 * Random edits in rounds. Each round makes two machines in contexts of their own, edits them in
 * turn, compares both with a model after every commit (random/), and ends them.
 *
 *   test-random [--edits N] [--seed S]
 *
 * A failure prints the seed of its round. With --seed the round of that seed comes first.
 */
#include <glib.h>

#include "random/random.h"

enum { EDITS_PER_ROUND = 4000, WORLDS = 2 };

static int64_t edits = 100000;
static int64_t seed = 1;

static uint64_t play_round(uint64_t round_seed)
{
    Dice dice = { round_seed };
    World *world[WORLDS];
    uint64_t done = 0;

    journal_start(round_seed);
    for (unsigned i = 0; i < WORLDS; i++) {
        world[i] = world_new(i, &dice);
    }
    while (done < EDITS_PER_ROUND) {
        done += world_step(world[dice_below(&dice, WORLDS)]);
    }
    for (unsigned i = 0; i < WORLDS; i++) {
        world_free(world[i]);
    }
    return done;
}

static void random_edits(void)
{
    uint64_t done = 0, rounds = 0;

    while (done < (uint64_t)edits) {
        done += play_round((uint64_t)seed + rounds++);
    }
    g_test_message("%" G_GUINT64_FORMAT " edits in %" G_GUINT64_FORMAT " rounds", done, rounds);
}

int main(int argc, char **argv)
{
    const GOptionEntry options[] = {
        { "edits", 0, 0, G_OPTION_ARG_INT64, &edits, "how many edits at least", "N" },
        { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "seed of the first round", "S" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;

    /* These options come before those of GLib, which also has a --seed. */
    g_option_context_set_help_enabled(context, false);
    g_option_context_set_ignore_unknown_options(context, true);
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &err)) {
        g_printerr("%s\n", err->message);
        return 2;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/random/edits", random_edits);
    return g_test_run();
}
