/* SPDX-License-Identifier: MIT
 *
 * What a machine costs in the library: memory and time, beside a plain array of the ranges that is
 * searched by halves. The array shows the least that any lookup can cost. It knows nothing of
 * containers, and has to be written again after each change.
 */
#ifndef TOOL_BENCH_MAP_H
#define TOOL_BENCH_MAP_H

#include "machine/machine.h"

/* Times are medians, in nanoseconds. */
typedef struct BenchResult {
    unsigned regions, spaces, views;
    unsigned ranges;        /* of the space that was measured */
    unsigned all_ranges;    /* of all views */
    unsigned long bytes;    /* of all views; 0: the allocator does not say */
    double render;          /* all views, from nothing */
    const MtreeLine *moved; /* the region that 'commit' moves; NULL: there is none */
    double commit;          /* one change, seen in all views */
    double lookup;          /* at random addresses of the space */
    /* The same for arrays. */
    unsigned long array_bytes;
    double array_write;  /* the space's */
    double array_lookup; /* in the space's */
    bool agree;          /* both found the same regions */
} BenchResult;

BenchResult bench_machine(const MtreeMachine *m, const MachineSpace *space);

#endif
