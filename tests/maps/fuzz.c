/* SPDX-License-Identifier: MIT
 *
 * Asks all that commands ask of a map (fuzz.h).
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "diff/diff.h"
#include "json/map.h"
#include "input/tool.h"
#include "who/who.h"

/* ---- Questions -------------------------------------------------------------------------- */

static void ask_print(const MtreeMachine *m)
{
    FILE *out = fopen("/dev/null", "w");

    machine_print_tree(m, out, true);
    machine_print_views(m, out, true);
    fclose(out);
}

static void ask_check(const Mtree *t, const MtreeFlat *views)
{
    g_autoptr(CheckRun) run = check_run_new(t, views);

    for (guint i = 0; check_table[i].id; i++) {
        if (t || check_table[i].views) {
            run->current = &check_table[i];
            check_table[i].run(run);
        }
    }
    check_sort(run);
}

/* A map is not different from itself. */
static void ask_diff(const Mtree *t, const MtreeFlat *views)
{
    const DiffReport report = {
        .views_a = views,
        .views_b = views,
        .tree_a = t,
        .tree_b = t,
        .only_before = "",
        .only_after = "",
    };
    bool gave_up;
    g_autofree char *text = diff_report(&report, &gave_up);

    g_assert_cmpstr(text, ==, "");
}

static int silence(void)
{
    int kept = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    fflush(stdout);
    dup2(null, STDOUT_FILENO);
    close(null);
    return kept;
}

static void unsilence(int kept)
{
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
}

static void ask_who(const Mtree *t, const MtreeMachine *m)
{
    static const hwaddr addresses[] = { 0, 0x1000, 0xa0000, 0xfee00000, HWADDR_MAX };
    g_autoptr(GHashTable) bounds = who_bounds_new();
    WhoQuestion q = { .machine = m, .guessed = t->guessed, .bounds = bounds };
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    int kept = silence();

    for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
        q.address = addresses[i];
        who_tell_address(&q, m->spaces);
    }
    q.what = WHO_RANGE;
    q.address = 0x800;
    q.last = 0xfffff;
    who_tell_range(&q, m->spaces);
    if (t->lines->len) {
        q.what = WHO_NAME;
        q.name = ((MtreeLine *)t->lines->pdata[t->lines->len / 2])->name;
        who_tell_name(&q, t, m->spaces, none);
    }
    unsilence(kept);
}

/* ---- JSON ------------------------------------------------------------------------------- */

static char *json_of(const Mtree *t, const MtreeMachine *m, const MtreeFlat *views)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (t) {
        json_map_write(out, t, m, views);
    } else {
        json_map_write_views(out, views, "FILE");
    }
    fclose(out);
    return text;
}

/* JSON is read again, and says the same. */
static void ask_json(const char *json)
{
    LoadedMap map = { 0 };
    g_autoptr(GError) error = NULL;
    bool ok = load_map("FILE", json, strlen(json), &map, &error) &&
              (!map.tree || load_guesses(map.tree, &error));

    if (!ok) {
        g_error("%s in %s", error->message, json);
    }
    g_autoptr(MtreeMachine) m = map.tree ? machine_new(map.tree, &error) : NULL;
    g_assert_no_error(error);
    MtreeFlat *views = m ? machine_views(m) : NULL;
    char *again = json_of(map.tree, m, m ? views : map.views);
    if (!g_str_equal(json, again)) {
        g_error("%s became %s", json, again);
    }
    free(again);
    g_clear_pointer(&views, mtree_flat_free);
    g_clear_pointer(&m, machine_free);
    load_clear(&map);
}

static void ask(const Mtree *t, const MtreeMachine *m, const MtreeFlat *views)
{
    char *json = json_of(t, m, views);

    ask_json(json);
    free(json);
    ask_check(t, views);
    ask_diff(t, views);
}

/* ---- The map ---------------------------------------------------------------------------- */

static bool ask_tree(const LoadedMap *map)
{
    bool fits = map->views && !map->tree->complete;
    bool ok = fits ? load_fit(map->tree, map->views, NULL) : load_guesses(map->tree, NULL);
    g_autoptr(MtreeMachine) m = ok ? machine_new(map->tree, NULL) : NULL;

    if (!m) {
        return false;
    }
    g_autoptr(MtreeFlat) views = machine_views(m);
    ask_print(m);
    ask(map->tree, m, views);
    ask_who(map->tree, m);
    return true;
}

FuzzResult fuzz_map(const char *bytes, gsize length)
{
    LoadedMap map = { 0 };
    FuzzResult result = FUZZ_REFUSED;
    g_autofree char *text = g_malloc(length + 1);

    memcpy(text, bytes, length);
    text[length] = '\0';
    if (load_map("FILE", text, length, &map, NULL)) {
        if (!map.tree) {
            ask(NULL, NULL, map.views);
            result = FUZZ_VIEWS;
        } else if (ask_tree(&map)) {
            result = FUZZ_TREE;
        }
    }
    load_clear(&map);
    return result;
}
