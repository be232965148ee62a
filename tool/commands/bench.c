/* SPDX-License-Identifier: MIT
 *
 * `physmem bench FILE`: builds the map in the library and says what it costs: memory, a change, a
 * lookup (bench/map.h).
 */
#include <stdio.h>

#include "bench/map.h"
#include "json/write.h"
#include "terminal/progress.h"
#include "input/tool.h"

typedef struct BenchOptions {
    gboolean json;
} BenchOptions;

/* Returns the space of --space or "memory" or, if there is no other, the only one. */
static const MachineSpace *chosen_space(const ToolInput *in)
{
    const GPtrArray *spaces = in->machine->spaces;
    const char *name = in->space ? in->space : "memory";

    for (guint i = 0; i < spaces->len; i++) {
        const MachineSpace *space = spaces->pdata[i];
        if (g_str_equal(space->name, name)) {
            return space;
        }
    }
    return !in->space && spaces->len == 1 ? spaces->pdata[0] : NULL;
}

/* ---- Text ------------------------------------------------------------------------------- */

static const char *plural(unsigned n)
{
    return n == 1 ? "" : "s";
}

/* Prints a time in the unit that leaves one to three digits before the point. */
static void print_time(double ns)
{
    if (ns < 1000) {
        printf("%.1f ns", ns);
    } else if (ns < 1e6) {
        printf("%.1f us", ns / 1000);
    } else {
        printf("%.1f ms", ns / 1e6);
    }
}

static void print_beside(const char *what, double ns, const char *beside, double array_ns)
{
    fputs(what, stdout);
    print_time(ns);
    fputs(beside, stdout);
    print_time(array_ns);
    puts(".");
}

static void print_text(const BenchResult *r, const MachineSpace *space)
{
    printf("The map has %u region%s, %u address space%s, %u view%s and %u range%s.\n", r->regions,
           plural(r->regions), r->spaces, plural(r->spaces), r->views, plural(r->views),
           r->all_ranges, plural(r->all_ranges));
    if (r->bytes) {
        printf("The views take %lu bytes; plain arrays of their ranges would take %lu bytes.\n",
               r->bytes, r->array_bytes);
    }
    fputs("To render all views from nothing takes ", stdout);
    print_time(r->render);
    puts(".");
    if (r->moved) {
        printf("To take out or put back %s (line %u) takes ", r->moved->name, r->moved->number);
        print_beside("", r->commit, " a change; to write the array anew takes ", r->array_write);
    }
    if (r->ranges) {
        printf("To find a random address among the %u range%s of \"%s\" takes ", r->ranges,
               plural(r->ranges), space->name);
        print_beside("", r->lookup, "; in the array, by halves, ", r->array_lookup);
    }
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void print_member(const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    printf(",\n  \"%s\": %s", name, g_ascii_formatd(text, sizeof(text), "%.1f", value));
}

static void print_count(const char *name, unsigned long value)
{
    printf(",\n  \"%s\": %lu", name, value);
}

static void print_json(const BenchResult *r, const MachineSpace *space)
{
    fputs("{\n  \"space\": ", stdout);
    json_write_string(stdout, space->name);
    print_count("regions", r->regions);
    print_count("spaces", r->spaces);
    print_count("views", r->views);
    print_count("all_ranges", r->all_ranges);
    print_count("ranges", r->ranges);
    if (r->bytes) {
        print_count("view_bytes", r->bytes);
    }
    print_count("array_bytes", r->array_bytes);
    print_member("render_ns", r->render);
    print_member("array_write_ns", r->array_write);
    if (r->moved) {
        print_member("commit_ns", r->commit);
    }
    if (r->ranges) {
        print_member("lookup_ns", r->lookup);
        print_member("array_lookup_ns", r->array_lookup);
    }
    puts("\n}");
}

/* ---- The command ------------------------------------------------------------------------ */

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    const BenchOptions *o = options;

    if (!in->machine) {
        g_propagate_error(error, load_no_tree(in->rest[0]));
        return false;
    }
    const MachineSpace *space = chosen_space(in);
    if (!space) {
        return mtree_flat_fail_space(tool_views(in), in->rest[0], in->space ? in->space : "memory",
                                     error);
    }
    progress_step("measuring");
    BenchResult result = bench_machine(in->machine, space);
    progress_end();
    if (!result.agree && result.ranges) {
        fputs("physmem: not all addresses lead to the regions of the array: there is an IOMMU\n",
              stderr);
    }
    if (o->json) {
        print_json(&result, space);
    } else {
        print_text(&result, space);
    }
    return true;
}

int tool_bench(int argc, char **argv)
{
    BenchOptions o = { 0 };
    const GOptionEntry more[] = {
        { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print JSON; see physmem-bench(1)", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE",
        .summary = "Builds the map in the library, and says what it costs: memory, a change, a\n"
                   "lookup, beside a plain array of the ranges.\n\nExamples:\n"
                   "  physmem bench map.txt\n  physmem bench --json -s I/O map.txt",
        .least = 1,
        .most = 1,
        .space = "The address space; else \"memory\" or the only one",
        .more = more,
        .answer = answer,
        .options = &o,
    };

    return tool_run(&plan, argc, argv);
}
