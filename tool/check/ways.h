/* SPDX-License-Identifier: MIT
 *
 * For each address of a space: the way to the region that answers, and the way to the one that
 * would answer without it. For checks about regions that meet (meet.c).
 *
 *     ways            a ------------ ....        front first
 *                     b     ----------------
 *     stretches       |a   |a, b     |b    |     front, behind
 */
#ifndef TOOL_CHECK_WAYS_H
#define TOOL_CHECK_WAYS_H

#include "check/check.h"
#include "mtree/walk.h"

/* A way from the root of a space to a region. */
typedef struct CheckWay CheckWay;
struct CheckWay {
    MtreeLine *line;
    const CheckWay *up; /* the way to its container, or to the alias that shows it; NULL: root */
    guint depth;
    hwaddr first, last; /* of the space: its window */
    Int128 zero;        /* the space's address of the region's offset 0 */
    bool empty;         /* a region of size 0 is on the way */
    guint rank;         /* the lowest is in front */
    GSequenceIter *place;
};

typedef struct CheckStretch {
    hwaddr first, last;
    const CheckWay *front;
    const CheckWay *behind; /* NULL: nothing else is there */
} CheckStretch;

typedef struct CheckSpace {
    const char *name;
    GPtrArray *ways;   /* CheckWay, containers before what is in them */
    GArray *stretches; /* CheckStretch, ascending; without those where nothing answers */
} CheckSpace;

/* The view that begins at 'key'. */
CheckSpace *check_space_new(const char *name, MtreeLine *key);
void check_space_free(gpointer space);

/* Returns the spaces (CheckSpace), each view once: "memory", then
 * those of CPUs, then others. They belong to the run. */
const GPtrArray *check_spaces(CheckRun *run);

/* Whether a region answers accesses itself that come by this way. */
bool check_answers(const CheckWay *way);

/* Finds where two ways part: *a and *b become different regions of one container. Returns false if
 * one of them lies on the other. */
bool check_ways_part(const CheckWay **a, const CheckWay **b);

/* Returns the stretch at an address; NULL: nothing answers there. */
const CheckStretch *check_stretch_at(const CheckSpace *space, hwaddr address);

#endif
