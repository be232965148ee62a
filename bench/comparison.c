/* SPDX-License-Identifier: MIT
 *
 * The comparison with the peers (see comparison.h). Each row of the table is an entry of rows[].
 *
 * A row's reach is the time that libphysmem shall need. Most of them were stated in nanoseconds of
 * one machine, together with the floors that were measured there. This run measures the floors
 * again. The median of the ratios, the pace, says how a time there translates to a time here. A
 * single floor of a fraction of a nanosecond would be too coarse for that.
 */
#include "comparison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contest.h"
#include "report.h"

typedef struct Row {
    const char *work;

    /* What to measure, unless 'series' is set. */
    GuestShape shape;
    unsigned long ranges;
    Operation operation;
    bool changing;

    /* Rows of the report that other parts have measured, and the point to take from them. */
    const char *series[COLUMNS];
    long n;

    double reach;  /* nanoseconds, where 'floor' was measured, too; 0: none */
    double floor;  /* what PLAIN took there; 0: nothing comparable */
    bool relative; /* 'reach' is a ratio to this run's PLAIN instead */
} Row;

/* clang-format off */
static const Row rows[] = {
    { "load of 4 bytes, 1 range", GUEST_RAM, 1, LOAD, .floor = 0.4, .reach = 4 },
    { "load, 16 ranges", GUEST_RAM, 16, LOAD, .floor = 0.7, .reach = 4.5 },
    { "load, 64 ranges", GUEST_RAM, 64, LOAD, .floor = 1, .reach = 5 },
    { "load, 1,000 ranges", GUEST_RAM, 1000, LOAD, .floor = 5, .reach = 15 },
    { "dependent load, 64 ranges", GUEST_RAM, 64, LOAD_DEPENDENT, .floor = 4.3, .reach = 11 },
    { "dependent load, 1,000 ranges", GUEST_RAM, 1000, LOAD_DEPENDENT, .floor = 27, .reach = 38 },
    { "store of 4 bytes, 1 range", GUEST_RAM, 1, STORE, .floor = 0.7, .reach = 5.5 },
    { "store, 64 ranges", GUEST_RAM, 64, STORE, .floor = 1.5, .reach = 6.5 },
    { "store, 1,000 ranges", GUEST_RAM, 1000, STORE, .floor = 3.3, .reach = 15 },
    { "device read, 1 region, lock taken", GUEST_DEVICES, 1, LOAD, .floor = 1.9, .reach = 15 },
    { "device read, 1 region, lock-free", GUEST_LOCKLESS, 1, LOAD, .floor = 1.9, .reach = 7 },
    { "device read, 64 regions, lock taken", GUEST_DEVICES, 64, LOAD, .floor = 6, .reach = 18 },
    { "RAM and devices mixed, 64", GUEST_MIXED, 64, LOAD, .floor = 6, .reach = 15 },
    { "map and unmap 4 KiB", GUEST_RAM, 1, MAP, .reach = 10 },
    { "block of 4 bytes", GUEST_RAM, 1, READ_4, .reach = 4 },
    { "block of 4 KiB", GUEST_RAM, 1, READ_4096, .floor = 52, .reach = 55 },
    { "what an IOMMU adds to a load", .n = 1, .reach = 8,
      .series = { [PHYSMEM] = "what an IOMMU adds to a load of 4 bytes" } },
    { "KVM: read exit, beside KVM_RUN", .n = 1, .reach = 25,
      .series = { [PHYSMEM] = "KVM: kvm_memory_handle_exit() of a read exit" } },
    { "100,000 regions in one transaction", .n = 100000, .reach = 60e6,
      .series = { [PHYSMEM] = "N devices made and added in one transaction" } },
    { "load, 64 ranges, map changes meanwhile", GUEST_RAM, 64, LOAD, .changing = true,
      .reach = 12 },
    { "harvest of 1 TiB, 1 page in 100 dirty", .n = 1024, .reach = 8, .relative = true,
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: 1 page in 100 dirty" } },
    { "harvest of 1 TiB, all pages dirty", .n = 1024, .reach = 2, .relative = true,
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: everything dirty" } },
    { "KVM harvest of 4 GiB, 1 page in 1,000", .n = 4096, .reach = 1.5, .relative = true,
      .series = { [PLAIN] = "bare KVM get and clear: 1 page in 1,000 dirty",
                  [PHYSMEM] = "KVM harvest: 1 page in 1,000 dirty" } },
    { "commit: one change among 1,000 regions", .n = 1000,
      .series = { [UNICORN] = "unicorn: uc_mem_map or uc_mem_unmap",
                  [PHYSMEM] = "commit: one of N regions switched" } },
    { "load, 4 GiB, any page", GUEST_FLAT, 1, LOAD },
    { "dependent load, 4 GiB, any page", GUEST_FLAT, 1, LOAD_DEPENDENT },
    { "store, 4 GiB, any page", GUEST_FLAT, 1, STORE },
    { "load, a PC with virtio", GUEST_PC, 1, LOAD },
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
enum { WORK_WIDTH = 40, COLUMN_WIDTH = 10 };

static const char *const titles[COLUMNS] = {
    "plain", "liburcu", "vm-memory", "guarded", "unicorn", "physmem",
};

static const char *const ratios[] = { "reach", "/ plain", "/ peer", "/ reach" };

static double cell[ROWS][COLUMNS]; /* nanoseconds; negative: not measured */
static bool measured[ROWS];
static double pace; /* nanoseconds of this machine for one of the reaches */

/* ---- Measuring ------------------------------------------------------------------------------ */

static bool is_reported(const Row *row)
{
    return row->series[PHYSMEM] != NULL;
}

static void take_from_report(const Row *row, double ns[COLUMNS])
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        ns[c] = row->series[c] ? report_value(row->series[c], row->n) : -1;
    }
}

/* Measures a row and all later ones on the same guest. */
static void measure_guest(unsigned first)
{
    Contest *contest = contest_open(rows[first].shape, rows[first].ranges);

    for (unsigned r = first; r < ROWS; r++) {
        const Row *row = &rows[r];
        if (!is_reported(row) && row->shape == rows[first].shape &&
            row->ranges == rows[first].ranges) {
            contest_run(contest, row->operation, row->changing, cell[r]);
            measured[r] = true;
        }
    }
    contest_close(contest);
}

static double find_pace(void)
{
    double ratio[ROWS];
    unsigned count = 0;

    for (unsigned r = 0; r < ROWS; r++) {
        if (rows[r].floor > 0) {
            ratio[count++] = cell[r][PLAIN] / rows[r].floor;
        }
    }
    return bench_median(ratio, count);
}

void comparison_measure(void)
{
    for (unsigned r = 0; r < ROWS; r++) {
        if (is_reported(&rows[r])) {
            take_from_report(&rows[r], cell[r]);
        } else if (!measured[r]) {
            measure_guest(r);
        }
    }
    pace = find_pace();
}

/* ---- Judging -------------------------------------------------------------------------------- */

/* The reach in nanoseconds of this machine; negative if there is none. */
static double reach_here(const Row *row, const double ns[COLUMNS])
{
    if (row->reach == 0 || ns[PHYSMEM] < 0) {
        return -1;
    }
    return row->reach * (row->relative ? ns[PLAIN] : pace);
}

/* The fastest peer of a row; negative if there is none. The floor is not a peer. */
static double best_peer(unsigned r)
{
    double best = -1;

    for (unsigned c = VM_MEMORY; c <= UNICORN; c++) {
        if (cell[r][c] >= 0 && (best < 0 || cell[r][c] < best)) {
            best = cell[r][c];
        }
    }
    return best;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void print_time(double ns)
{
    if (ns < 0) {
        printf("%*s", COLUMN_WIDTH, "-");
    } else if (ns < 1e5) {
        printf("%*.*f", COLUMN_WIDTH, ns < 100 ? 1 : 0, ns);
    } else {
        printf("%*.*f %s", COLUMN_WIDTH - 3, 1, ns < 1e6 ? ns / 1e3 : ns / 1e6,
               ns < 1e6 ? "us" : "ms");
    }
}

static void print_ratio(double ns, double other)
{
    if (ns < 0 || other <= 0) {
        printf("%*s", COLUMN_WIDTH, "-");
    } else {
        printf("%*.3g", COLUMN_WIDTH, ns / other);
    }
}

static void print_row(unsigned r)
{
    const double ours = cell[r][PHYSMEM], reach = reach_here(&rows[r], cell[r]);

    printf("%-*s", WORK_WIDTH, rows[r].work);
    for (unsigned c = 0; c < COLUMNS; c++) {
        print_time(cell[r][c]);
    }
    print_time(reach);
    print_ratio(ours, cell[r][PLAIN]);
    print_ratio(ours, best_peer(r));
    print_ratio(ours, reach);
    printf("%s\n", reach < 0 ? "" : ours <= reach ? "  met" : "  NO");
}

static void print_counts(void)
{
    unsigned reaches = 0, met = 0, peers = 0, ahead = 0;

    for (unsigned r = 0; r < ROWS; r++) {
        const double ours = cell[r][PHYSMEM], reach = reach_here(&rows[r], cell[r]);
        const double best = best_peer(r);
        reaches += reach >= 0;
        met += reach >= 0 && ours <= reach;
        peers += best >= 0 && ours >= 0;
        ahead += best >= 0 && ours >= 0 && ours < best;
    }
    printf(
        "\n%u of %u reaches are met. physmem is the fastest library on %u of %u rows that a peer "
        "has.\nA nanosecond of the machine where the reaches were stated is %.2f here.\n",
        met, reaches, ahead, peers, pace);
}

void comparison_print_table(void)
{
    printf("%-*s", WORK_WIDTH, "beside the peers: nanoseconds, median");
    for (unsigned c = 0; c < COLUMNS; c++) {
        printf("%*s", COLUMN_WIDTH, titles[c]);
    }
    for (unsigned i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
        printf("%*s", COLUMN_WIDTH, ratios[i]);
    }
    printf("\n");
    for (unsigned r = 0; r < ROWS; r++) {
        print_row(r);
    }
    print_counts();
    if (!contest_has_vm_memory()) {
        printf("vm-memory was not measured: install the Debian packages cargo and "
               "librust-vm-memory-dev, then run make bench again.\n");
    }
}

/* ---- For programs ----------------------------------------------------------------------------- */

static void print_json_row(unsigned r)
{
    const double reach = reach_here(&rows[r], cell[r]);
    const char *separator = "";

    printf("    {\"work\": \"%s\", \"ns\": {", rows[r].work);
    for (unsigned c = 0; c < COLUMNS; c++) {
        if (cell[r][c] >= 0) {
            printf("%s\"%s\": %.3f", separator, titles[c], cell[r][c]);
            separator = ", ";
        }
    }
    printf("}");
    if (reach >= 0) {
        printf(", \"reach\": %.3f, \"met\": %s", reach,
               cell[r][PHYSMEM] <= reach ? "true" : "false");
    }
    printf("}%s\n", r + 1 == ROWS ? "" : ",");
}

void comparison_print_json(void)
{
    printf("  \"pace\": %.3f,\n  \"comparison\": [\n", pace);
    for (unsigned r = 0; r < ROWS; r++) {
        print_json_row(r);
    }
    printf("  ]");
}
