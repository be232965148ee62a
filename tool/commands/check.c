/* SPDX-License-Identifier: MIT
 *
 * `physmem check FILE`: looks for what is probably wrong in a map. check/check.h has the checks;
 * this file has the switches -W and -E, the output and the exit status.
 */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "terminal/progress.h"
#include "source/source.h"

enum { CLEAN, FOUND_ERRORS, TROUBLE, MAX_CHECKS = 64 };

typedef struct CheckOptions {
    char **warn, **fail; /* the arguments of -W and -E */
    gboolean quiet;
    bool is_warning[MAX_CHECKS], is_error[MAX_CHECKS];
} CheckOptions;

/* ---- Switches --------------------------------------------------------------------------- */

/* Sets the switches that one argument names: ID, no-ID, all or no-all. */
static bool take_switch(bool *levels, const char *arg, char letter, GError **error)
{
    bool off = g_str_has_prefix(arg, "no-");
    const char *id = off ? arg + strlen("no-") : arg;

    if (!g_str_equal(id, "all") && !check_find(id)) {
        g_set_error(error, MTREE_ERROR, 0,
                    "expected the id of a check after -%c, such as \"hidden\" or \"no-hidden\", "
                    "or \"all\", not \"%s\"; \"physmem explain\" lists the ids",
                    letter, arg);
        return false;
    }
    for (guint i = 0; check_table[i].id; i++) {
        if (g_str_equal(id, "all") || g_str_equal(id, check_table[i].id)) {
            levels[i] = !off;
        }
    }
    return true;
}

static bool take_switches(CheckOptions *o, GError **error)
{
    for (guint i = 0; check_table[i].id; i++) {
        o->is_warning[i] = check_table[i].on;
    }
    for (char **arg = o->warn; arg && *arg; arg++) {
        if (!take_switch(o->is_warning, *arg, 'W', error)) {
            return false;
        }
    }
    for (char **arg = o->fail; arg && *arg; arg++) {
        if (!take_switch(o->is_error, *arg, 'E', error)) {
            return false;
        }
    }
    return true;
}

/* Returns the arguments with "-WID" and "-EID", which GLib does not take, as two words each. The
 * words are those of argv or belong to 'names'. */
static GPtrArray *split_arguments(int argc, char **argv, GStringChunk *names)
{
    GPtrArray *words = g_ptr_array_new();
    bool options = true;

    for (int i = 0; i < argc; i++) {
        char *arg = argv[i];
        options = options && !g_str_equal(arg, "--");
        bool joined = options && arg[0] == '-' && (arg[1] == 'W' || arg[1] == 'E') && arg[2];
        if (joined) {
            g_ptr_array_add(words, g_string_chunk_insert_len(names, arg, 2));
        }
        g_ptr_array_add(words, joined ? arg + 2 : arg);
    }
    g_ptr_array_add(words, NULL);
    return words;
}

/* ---- Output ----------------------------------------------------------------------------- */

static void print_findings(const CheckOptions *o, const char *file, const CheckRun *run)
{
    for (guint i = 0; i < run->findings->len; i++) {
        const CheckFinding *f = &g_array_index(run->findings, CheckFinding, i);
        printf("%s:", file);
        if (f->number) {
            printf("%u:", f->number);
        }
        printf(" %s: %s [%s]\n", o->is_error[f->def - check_table] ? "error" : "warning", f->text,
               f->def->id);
    }
}

static unsigned count_errors(const CheckOptions *o, const CheckRun *run)
{
    unsigned errors = 0;

    for (guint i = 0; i < run->findings->len; i++) {
        errors += o->is_error[g_array_index(run->findings, CheckFinding, i).def - check_table];
    }
    return errors;
}

static void print_summary(const char *file, unsigned errors, unsigned warnings)
{
    if (!errors && !warnings) {
        printf("%s: nothing found\n", file);
        return;
    }
    printf("%s: %u error%s, %u warning%s; \"physmem explain ID\" says more\n", file, errors,
           errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

/* ---- The run ---------------------------------------------------------------------------- */

/* Says which checks are left out. */
static void note_left_out(const CheckOptions *o)
{
    g_autoptr(GString) ids = g_string_new(NULL);

    for (guint i = 0; check_table[i].id; i++) {
        if (!check_table[i].views && (o->is_warning[i] || o->is_error[i])) {
            g_string_append_printf(ids, "%s%s", ids->len ? ", " : "", check_table[i].id);
        }
    }
    if (ids->len) {
        fprintf(stderr, "physmem: not checked, because there are views and no tree: %s\n",
                ids->str);
    }
}

static void run_checks(const CheckOptions *o, CheckRun *run)
{
    progress_step("checking");
    for (guint i = 0; check_table[i].id; i++) {
        if ((o->is_warning[i] || o->is_error[i]) && (run->tree || check_table[i].views)) {
            run->current = &check_table[i];
            check_table[i].run(run);
        }
    }
    check_sort(run);
    progress_end();
}

/* Returns the file that lines are counted in. JSON may name another than that which was read. */
static const char *lines_of(const ToolInput *in)
{
    if (in->map.tree) {
        return in->map.tree->file;
    }
    return in->map.views->source ? in->map.views->source : in->rest[0];
}

static int check_map(const CheckOptions *o, ToolInput *in)
{
    g_autoptr(CheckRun) run = check_run_new(in->map.tree, tool_views(in));
    const char *file = lines_of(in);

    run->paths = in->map.converted || source_is_machine(file);
    if (!run->tree) {
        note_left_out(o);
    }
    run_checks(o, run);
    print_findings(o, file, run);
    unsigned errors = count_errors(o, run);
    if (!o->quiet) {
        print_summary(file, errors, run->findings->len - errors);
    }
    return errors ? FOUND_ERRORS : CLEAN;
}

static const char summary[] =
    "Looks for what is probably wrong in a memory map, and prints a line for each\n"
    "finding: FILE:LINE: warning: TEXT [ID]. \"physmem explain\" lists the ids.\n"
    "The exit status is 0 if no finding is an error, 1 if one is, 2 after trouble.\n"
    "\n"
    "Examples:\n"
    "  physmem check map.txt\n"
    "  physmem check -W io-over-ram -W no-clipped -E hidden map.txt";

static void options_clear(CheckOptions *o)
{
    g_strfreev(o->warn);
    g_strfreev(o->fail);
}

static bool take_arguments(ToolInput *in, CheckOptions *o, int argc, char **argv, GError **error)
{
    g_autoptr(GStringChunk) names = g_string_chunk_new(64);
    g_autoptr(GPtrArray) words = split_arguments(argc, argv, names);
    char **rest = (char **)words->pdata;
    int count = (int)words->len - 1;
    const GOptionEntry more[] = {
        { "warning", 'W', 0, G_OPTION_ARG_STRING_ARRAY, &o->warn,
          "Warn of ID; no-ID: do not; \"all\" is all", "ID" },
        { "error", 'E', 0, G_OPTION_ARG_STRING_ARRAY, &o->fail, "Make ID an error; no-ID: do not",
          "ID" },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "Print no summary", NULL },
        G_OPTION_ENTRY_NULL,
    };

    return tool_options(in, &count, &rest, more, "FILE", summary, 1, error) &&
           take_switches(o, error);
}

int tool_check(int argc, char **argv)
{
    ToolInput in = { 0 };
    CheckOptions o = { 0 };
    GError *error = NULL;
    int status = TROUBLE;

    if (take_arguments(&in, &o, argc, argv, &error) && tool_open(&in, &error)) {
        status = check_map(&o, &in);
    }
    options_clear(&o);
    if (error) {
        tool_give_up(&in, error);
    } else {
        tool_close(&in);
    }
    return status;
}
