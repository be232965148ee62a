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

#include <string.h>

#include "parts.h"
#include "report.h"

enum { SOURCES = 2, FLOORS = 3 };

typedef struct Row {
    const char *work;

    /* The work to measure, unless 'series' is set. */
    GuestShape shape;
    unsigned long ranges;
    Operation operation;
    bool changing;

    /* Rows of the report, the point to take from them, and the parts that measure them. */
    const char *series[COLUMNS];
    long n;
    BenchPart *part[SOURCES];

    double reach;  /* nanoseconds, where 'floor' was measured, too; 0: none */
    double floor;  /* the time of PLAIN there; 0: nothing comparable */
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
      .part = { bench_iommu },
      .series = { [PHYSMEM] = "what an IOMMU adds to a load of 4 bytes" } },
    { "KVM: read exit, beside KVM_RUN", .n = 1, .reach = 25,
      .part = { bench_kvm_exits },
      .series = { [PHYSMEM] = "KVM: kvm_memory_handle_exit() of a read exit" } },
    { "cache made and destroyed", .n = 1, .reach = 8,
      .part = { bench_cache },
      .series = { [PHYSMEM] = "cache made and destroyed" } },
    { "100,000 regions in one transaction", .n = 100000, .reach = 60e6,
      .part = { bench_transaction },
      .series = { [PHYSMEM] = "N devices made and added in one transaction" } },
    { "load, 64 ranges, map changes meanwhile", GUEST_RAM, 64, LOAD, .changing = true,
      .reach = 12 },
    { "harvest of 1 TiB, 1 page in 100 dirty", .n = 1024, .reach = 8, .relative = true,
      .part = { bench_dirty },
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: 1 page in 100 dirty" } },
    { "harvest of 1 TiB, all pages dirty", .n = 1024, .reach = 2, .relative = true,
      .part = { bench_dirty },
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: everything dirty" } },
    { "KVM harvest of 4 GiB, 1 page in 1,000", .n = 4096, .reach = 1.5, .relative = true,
      .part = { bench_kvm_dirty },
      .series = { [PLAIN] = "bare KVM get and clear: 1 page in 1,000 dirty",
                  [PHYSMEM] = "KVM harvest: 1 page in 1,000 dirty" } },
    { "commit: one change among 1,000 regions", .n = 1000,
      .part = { bench_commit, bench_unicorn },
      .series = { [UNICORN] = "unicorn: uc_mem_map or uc_mem_unmap",
                  [PHYSMEM] = "commit: one of N regions switched" } },
    { "load, 4 GiB, any page", GUEST_FLAT, 1, LOAD },
    { "dependent load, 4 GiB, any page", GUEST_FLAT, 1, LOAD_DEPENDENT },
    { "store, 4 GiB, any page", GUEST_FLAT, 1, STORE },
    { "load, a PC with virtio", GUEST_PC, 1, LOAD },
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
_Static_assert((int)ROWS <= (int)COMPARISON_ROWS, "the table has room for all rows");

static double cell[ROWS][COLUMNS]; /* nanoseconds; negative: the contender does not take part */
static bool is_wanted[ROWS], is_measured[ROWS];

/* ---- Measuring ------------------------------------------------------------------------------ */

static bool is_reported(const Row *row)
{
    return row->series[PHYSMEM] != NULL;
}

static void take_from_report(const Row *row, double ns[COLUMNS])
{
    for (unsigned i = 0; i < SOURCES; i++) {
        bench_run(row->part[i]);
    }
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
        if (is_wanted[r] && !is_measured[r] && !is_reported(row) &&
            row->shape == rows[first].shape && row->ranges == rows[first].ranges) {
            contest_run(contest, row->operation, row->changing, cell[r]);
            is_measured[r] = true;
        }
    }
    contest_close(contest);
}

static void measure_rows(void)
{
    for (unsigned r = 0; r < ROWS; r++) {
        if (is_wanted[r] && is_reported(&rows[r])) {
            take_from_report(&rows[r], cell[r]);
        } else if (is_wanted[r] && !is_measured[r]) {
            measure_guest(r);
        }
    }
}

/* The pace needs some floors. If the wanted rows have none, the first rows that have one are
 * measured, too. */
static void want_floors(void)
{
    unsigned floors = 0;

    for (unsigned r = 0; r < ROWS; r++) {
        floors += is_wanted[r] && rows[r].floor > 0;
    }
    for (unsigned r = 0; r < ROWS && floors < FLOORS; r++) {
        if (rows[r].floor > 0 && !is_wanted[r]) {
            is_wanted[r] = true;
            floors++;
        }
    }
}

/* Returns the pace: the median over the measured rows that have a floor. */
static double find_pace(void)
{
    double ratio[ROWS];
    unsigned count = 0;

    for (unsigned r = 0; r < ROWS; r++) {
        if (is_measured[r] && rows[r].floor > 0) {
            ratio[count++] = cell[r][PLAIN] / rows[r].floor;
        }
    }
    return bench_median(ratio, count);
}

/* Returns the row's reach in nanoseconds of this machine; a negative number if it has none. */
static double reach_here(const Row *row, const double ns[COLUMNS], double pace)
{
    const double unit = row->relative ? ns[PLAIN] : pace;

    return row->reach > 0 && unit > 0 && ns[PHYSMEM] >= 0 ? row->reach * unit : -1;
}

/* Returns whether the row's name contains 'word'; with NULL, every one does. */
static bool is_named(const Row *row, const char *word)
{
    return !word || strstr(row->work, word);
}

void comparison_measure(Comparison *comparison, const char *word)
{
    for (unsigned r = 0; r < ROWS; r++) {
        is_wanted[r] = is_named(&rows[r], word);
    }
    want_floors();
    measure_rows();
    *comparison = (Comparison){ .pace = find_pace() };
    for (unsigned r = 0; r < ROWS; r++) {
        if (is_named(&rows[r], word)) {
            ComparedRow *row = &comparison->row[comparison->rows++];
            row->work = rows[r].work;
            memcpy(row->ns, cell[r], sizeof(row->ns));
            row->reach = reach_here(&rows[r], cell[r], comparison->pace);
        }
    }
}
