/* SPDX-License-Identifier: MIT
 *
 * The findings of a run (check.h), and how their texts name regions. Prints nothing.
 */
#include "check/check.h"

static void finding_clear(gpointer data)
{
    g_free(((CheckFinding *)data)->text);
}

CheckRun *check_run_new(const Mtree *tree, const MtreeFlat *views)
{
    CheckRun *run = g_new0(CheckRun, 1);

    run->tree = tree;
    run->views = views;
    run->findings = g_array_new(FALSE, FALSE, sizeof(CheckFinding));
    g_array_set_clear_func(run->findings, finding_clear);
    run->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->names = g_string_chunk_new(4096);
    return run;
}

void check_run_free(CheckRun *run)
{
    g_clear_pointer(&run->spaces, g_ptr_array_unref);
    g_array_unref(run->findings);
    g_hash_table_unref(run->told);
    g_string_chunk_free(run->names);
    g_free(run);
}

/* ---- Names ------------------------------------------------------------------------------ */

static void add_path(GString *path, const MtreeLine *line)
{
    if (line->parent) {
        add_path(path, line->parent);
        g_string_append_c(path, '/');
    }
    g_string_append(path, line->name);
}

static bool has_number(const CheckRun *run, const MtreeLine *line)
{
    return line->number && !run->paths;
}

const char *check_self(CheckRun *run, const MtreeLine *line)
{
    g_autoptr(GString) text = g_string_new("'");

    if (has_number(run, line)) {
        g_string_append(text, line->name);
    } else {
        add_path(text, line);
    }
    g_string_append_c(text, '\'');
    return g_string_chunk_insert(run->names, text->str);
}

const char *check_other(CheckRun *run, const MtreeLine *line)
{
    if (!has_number(run, line)) {
        return check_self(run, line);
    }
    g_autofree char *text = g_strdup_printf("'%s' of line %u", line->name, line->number);

    return g_string_chunk_insert(run->names, text);
}

/* ---- Findings --------------------------------------------------------------------------- */

static void add_finding(CheckRun *run, unsigned number, const char *fmt, va_list args)
{
    CheckFinding finding = {
        .def = run->current,
        .number = run->paths ? 0 : number,
        .order = run->findings->len,
        .text = g_strdup_vprintf(fmt, args),
    };

    g_array_append_val(run->findings, finding);
}

void check_tell(CheckRun *run, const MtreeLine *line, const MtreeLine *other, const char *fmt, ...)
{
    va_list args;

    if (g_hash_table_add(run->told, g_strdup_printf("%s %p %p", run->current->id,
                                                    (const void *)line, (const void *)other))) {
        va_start(args, fmt);
        add_finding(run, line->number, fmt, args);
        va_end(args);
    }
}

/* Several views may show the same range. */
void check_tell_range(CheckRun *run, const FlatLine *range, const char *fmt, ...)
{
    va_list args;

    if (g_hash_table_add(run->told, g_strdup_printf("%s %s %" PRIx64 " %" PRIx64 " %" PRIx64,
                                                    run->current->id, range->name, range->start,
                                                    range->last, range->offset))) {
        va_start(args, fmt);
        add_finding(run, range->number, fmt, args);
        va_end(args);
    }
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const CheckFinding *x = a, *y = b;

    if (x->number != y->number) {
        return x->number < y->number ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

void check_sort(CheckRun *run)
{
    g_array_sort(run->findings, by_number);
}
