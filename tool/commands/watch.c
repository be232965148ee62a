/* SPDX-License-Identifier: MIT
 *
 * `physmem watch SOURCE`: prints each change of a running machine that a guest would notice, as
 * `physmem diff` does (diff/diff.h), with the time. It ends when the user or the machine ends.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "diff/diff.h"
#include "terminal/progress.h"
#include "source/source.h"
#include "input/tool.h"

typedef struct Watch {
    const char *name;
    const char *space;
    unsigned milliseconds;
    int stop; /* readable after SIGINT or SIGTERM */
    Source *source;
    ToolInput *seen; /* the map of which all changes are printed */
} Watch;

/* ---- Maps ------------------------------------------------------------------------------- */

static void map_free(ToolInput *map)
{
    tool_close(map);
    g_free(map);
}

/* Returns the map of this moment; NULL with an error. */
static ToolInput *fetch(const Watch *w, GError **error)
{
    gsize length;
    g_autofree char *text = source_fetch(w->source, &length, error);

    if (!text) {
        return NULL;
    }
    ToolInput *map = g_new0(ToolInput, 1);
    map->two = true;
    map->quiet = w->seen != NULL;
    map->rest = g_strdupv((char *[]){ (char *)w->name, NULL });
    if (!tool_open_text(map, text, length, error)) {
        g_clear_pointer(&map, map_free);
    }
    return map;
}

/* ---- Changes ---------------------------------------------------------------------------- */

static void print_stanza(const char *text, bool gave_up)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");

    printf("%s.%03d\n%s\n", when, g_date_time_get_microsecond(now) / 1000, text);
    fflush(stdout);
    if (gave_up) {
        fputs("physmem: not all causes are known: there are too many ways\n", stderr);
    }
}

static void print_changes(const Watch *w, ToolInput *now)
{
    const DiffReport report = { .views_a = tool_views(w->seen),
                                .views_b = tool_views(now),
                                .tree_a = w->seen->map.tree,
                                .tree_b = now->map.tree,
                                .space = w->space,
                                .only_before = "went",
                                .only_after = "came" };
    bool gave_up;
    g_autofree char *text = diff_report(&report, &gave_up);

    if (*text) {
        print_stanza(text, gave_up);
    }
}

/* ---- Watching --------------------------------------------------------------------------- */

/* Waits for one change and prints it. A map that changes all the time is looked at later. */
static bool step(Watch *w, GError **error)
{
    bool changed;

    if (!source_wait(w->source, w->milliseconds, &changed, error)) {
        return false;
    }
    ToolInput *now = changed ? fetch(w, error) : NULL;
    if (now) {
        print_changes(w, now);
        map_free(w->seen);
        w->seen = now;
    } else if (changed && g_error_matches(*error, CHANNEL_ERROR, CHANNEL_UNSETTLED)) {
        g_clear_error(error);
    }
    return !*error;
}

static bool has_space(ToolInput *map, const char *space, GError **error)
{
    g_autoptr(GPtrArray) names = mtree_flat_all_names(tool_views(map));

    return !space || g_ptr_array_find_with_equal_func(names, space, g_str_equal, NULL) ||
           mtree_flat_fail_space(tool_views(map), map->rest[0], space, error);
}

static bool begin(Watch *w, GError **error)
{
    g_autofree char *what = g_strdup_printf("reading %s", w->name);

    progress_step(what);
    w->source = source_open(w->name, w->stop, error);
    w->seen = w->source ? fetch(w, error) : NULL;
    progress_end();
    if (!w->seen || !has_space(w->seen, w->space, error)) {
        return false;
    }
    fprintf(stderr, "physmem: %s: watching; an interrupt (Ctrl-C) ends it\n", w->name);
    return true;
}

static void end(Watch *w)
{
    g_clear_pointer(&w->seen, map_free);
    g_clear_pointer(&w->source, source_close);
    close(w->stop);
}

static int open_stop(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

/* Returns false with an error unless the user ended it. */
static bool watch(Watch *w, GError **error)
{
    w->stop = open_stop();
    if (begin(w, error)) {
        while (step(w, error)) {
        }
    }
    end(w);
    if (g_error_matches(*error, CHANNEL_ERROR, CHANNEL_STOPPED)) {
        g_clear_error(error);
    }
    return !*error;
}

/* ---- The command ------------------------------------------------------------------------ */

static bool check_arguments(const char *name, double seconds, GError **error)
{
    if (!source_is_machine(name)) {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected a machine that runs, such as qmp:SOCKET, not a file", name);
        return false;
    }
    if (!(seconds >= 0.01 && seconds <= 3600)) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected 0.01 to 3600 seconds behind --interval, not %g", seconds);
        return false;
    }
    return true;
}

static const char summary[] =
    "Prints each change of a machine's memory that a guest would notice, and when.\n"
    "SOURCE is a machine that runs; see physmem(1).\n"
    "\n"
    "Examples:\n"
    "  physmem watch qmp:/run/vm.qmp\n"
    "  physmem watch -s memory --interval 0.1 hmp:localhost:4444 | tee changes.txt\n"
    "\n"
    "The exit status is 0 after an interrupt, 1 after an error and if the machine\n"
    "goes away.";

int tool_watch(int argc, char **argv)
{
    ToolInput in = { .two = true };
    g_autofree char *space = NULL;
    double seconds = 1;
    GError *error = NULL;
    const GOptionEntry more[] = {
        { "space", 's', 0, G_OPTION_ARG_STRING, &space, "Watch this address space only", "NAME" },
        { "interval", 'i', 0, G_OPTION_ARG_DOUBLE, &seconds,
          "Look every so many seconds (default: 1)", "SECONDS" },
        G_OPTION_ENTRY_NULL,
    };

    if (tool_options(&in, &argc, &argv, more, "SOURCE", summary, 1, &error) &&
        check_arguments(in.rest[0], seconds, &error)) {
        Watch w = { .name = in.rest[0],
                    .space = space,
                    .milliseconds = (unsigned)(seconds * 1000) };
        watch(&w, &error);
    }
    if (error) {
        return tool_give_up(&in, error);
    }
    tool_close(&in);
    return 0;
}
