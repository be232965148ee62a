/* SPDX-License-Identifier: MIT
 *
 * physmem-bench: measures the costs of commits, look-ups and accesses, beside peers and the bare
 * machine, in one run. Prints tables, or JSON with --json. With --compare it leaves out whatever
 * the comparison with the peers does not need, with --compare=WORD all but the rows of the
 * comparison whose name contains WORD. With --plot=FILE it measures costs as functions of the
 * number of ranges, and nothing else, and draws them into the file as SVG. With --quick it measures
 * small machines for a short time. That shows that the benchmark works; the numbers mean nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "curves.h"
#include "host.h"
#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

typedef struct Options {
    bool json;
    bool compare;
    const char *word; /* of the rows to compare; NULL: all rows */
    const char *plot; /* the file to draw into; NULL: none */
} Options;

static const char usage[] =
    "Usage: physmem-bench [--json] [--compare[=WORD]] [--plot=FILE] [--quick]\n";

static void measure(const Options *o, Comparison *comparison)
{
    if (!o->compare) {
        bench_run_all();
        bench_conclude();
    }
    comparison_measure(comparison, o->word);
}

static void print_json(const Host *host, const Comparison *comparison)
{
    printf("{\n");
    host_print_json(host);
    printf(",\n");
    report_print_json();
    printf(",\n");
    comparison_print_json(comparison);
    printf("\n}\n");
}

static void print_tables(const Options *o, const Host *host, const Comparison *comparison)
{
    host_print_line(stdout, host);
    printf("\n\n");
    if (!o->compare) {
        report_print_table();
        printf("\n");
    }
    comparison_print_table(comparison);
}

/* Returns the exit status. */
static int draw(const Options *o, const Host *host)
{
    Curves curves;
    FILE *file = fopen(o->plot, "w");

    if (!file) {
        fprintf(stderr, "physmem-bench: cannot write \"%s\": %s\n", o->plot, strerror(errno));
        return 1;
    }
    curves_measure(&curves);
    plot_write(file, &curves, host);
    return fclose(file) == 0 ? 0 : 1;
}

/* Returns false if there is no such option. */
static bool take_option(Options *o, const char *arg)
{
    if (strcmp(arg, "--json") == 0) {
        o->json = true;
    } else if (strcmp(arg, "--compare") == 0) {
        o->compare = true;
    } else if (strncmp(arg, "--compare=", 10) == 0) {
        o->compare = true;
        o->word = arg + 10;
    } else if (strncmp(arg, "--plot=", 7) == 0) {
        o->plot = arg + 7;
    } else if (strcmp(arg, "--quick") == 0) {
        bench_time_quickly();
        bench_sizes_be_few();
    } else {
        return false;
    }
    return true;
}

/* Ends the process if the command line asks for help, or cannot be followed. */
static void take_options(Options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            printf("%s", usage);
            exit(0);
        }
        if (!take_option(o, argv[i])) {
            fprintf(stderr, "physmem-bench: there is no option \"%s\"\n%s", argv[i], usage);
            exit(2);
        }
    }
    if (o->word && !comparison_has(o->word)) {
        fprintf(stderr, "physmem-bench: no row of the comparison has \"%s\" in its name\n",
                o->word);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    Options o = { .json = false };
    const Host host = host_describe();
    Comparison comparison;

    if (argc == 2 && strncmp(argv[1], "--first=", 8) == 0) {
        bench_first_child(atoi(argv[1] + 8));
        return 0;
    }
    take_options(&o, argc, argv);
    if (o.plot) {
        return draw(&o, &host);
    }
    measure(&o, &comparison);
    if (o.json) {
        print_json(&host, &comparison);
    } else {
        print_tables(&o, &host, &comparison);
    }
    return 0;
}
