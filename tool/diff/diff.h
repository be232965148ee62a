/* SPDX-License-Identifier: MIT
 *
 * What `physmem diff` finds between two maps, A and B. The difference is one of views, because only
 * they matter to a guest; trees serve to say which regions caused it.
 *
 *   diff-spaces: which view of B takes the place of which view of A
 *   diff-views:  the changes from one view to the other
 *   diff-lines:  which region of B is which region of A
 *   diff-ways:   the way from an address to what answers there
 *   diff-causes: the regions on the ways that are not what they were
 *   diff-print:  all of this as text
 */
#ifndef TOOL_DIFF_DIFF_H
#define TOOL_DIFF_DIFF_H

#include "mtree/flat.h"

/* A stretch of a view where one region answers, its parts in order. Neighbours that go on in the
 * region with the same attributes are one range, however the view is cut. */
typedef struct DiffRange {
    const FlatLine *line; /* of its first part */
    hwaddr start;
    hwaddr last;
    bool stays;                    /* the other view has the same range in the same place */
    const struct DiffRange *moved; /* the same range, elsewhere in the other view; NULL: none */
} DiffRange;

/* Returns the offset in the region that answers at an address of the range. */
static inline hwaddr diff_offset(const DiffRange *range, hwaddr address)
{
    return range->line->offset + (address - range->start);
}

typedef struct DiffView {
    const FlatBlock *block;
    GArray *ranges; /* DiffRange, ascending */
    char *content;  /* equal for views in which a guest sees no difference */
} DiffView;

/* Returns the views (DiffView) of a file, in the order of 'views', which must outlive them. */
GPtrArray *diff_views(const MtreeFlat *views);

/* ---- Which views are compared ----------------------------------------------------------- */

/* Spaces that have the same view in A and the same view in B. */
typedef struct DiffPair {
    DiffView *before, *after; /* NULL: the spaces came or went */
    GPtrArray *names;         /* of the spaces: those of A, or those of B if they came */
    char *name_after;         /* of the space of B that takes the place of the first; or NULL */
} DiffPair;

/* Returns the name of a space without numbers and what separates them. The caller frees it. */
char *diff_stem(const char *name);

/* Returns the pairs (DiffPair), that of "memory" first. A space of B takes the place of one with
 * its name, else of one with the same content, else of one with the same name but for numbers. A
 * space that is left over counts only if no other space of its file has its view and a partner, and
 * it is neither empty nor like a view of the other file. 'space': of these names only; NULL:
 * all. */
GPtrArray *diff_pairs(const GPtrArray *before, const GPtrArray *after, const char *space);

/* ---- What changed ----------------------------------------------------------------------- */

typedef enum DiffWhat {
    DIFF_CAME,
    DIFF_WENT,
    DIFF_MOVED,   /* a whole range is elsewhere; start and last: where it was */
    DIFF_TAKEN,   /* another region answers */
    DIFF_SHIFTED, /* the same region answers, from another offset on */
    DIFF_CHANGED, /* the same bytes, with other attributes */
} DiffWhat;

typedef struct DiffChange {
    DiffWhat what;
    hwaddr start;
    hwaddr last;
    const DiffRange *before, *after; /* NULL: nothing answers */
} DiffChange;

/* Returns the changes (DiffChange) of a pair with both views, by ascending start. */
GArray *diff_changes(const DiffPair *pair);

/* ---- Why -------------------------------------------------------------------------------- */

/* Which line of one tree is which line of the other: real lines (mtree_real()) only. */
typedef struct DiffLines {
    GHashTable *after;  /* line of A -> line of B */
    GHashTable *before; /* line of B -> line of A */
} DiffLines;

DiffLines *diff_lines_new(const Mtree *a, const Mtree *b);
void diff_lines_free(DiffLines *lines);
/* Says how two lines of the same region differ; NULL if they do not. The caller frees it. Whether a
 * region is a pure container counts only if it is the one that 'answers'. */
char *diff_line_changes(const MtreeLine *a, const MtreeLine *b, bool answers);

/* The ways up through a tree. */
typedef struct DiffWays DiffWays;
DiffWays *diff_ways_new(const Mtree *t);
void diff_ways_free(DiffWays *ways);
/* Returns the lines from the one that answers at 'address' of a range up to the root of the space;
 * NULL if no such way exists. */
GPtrArray *diff_way(DiffWays *ways, const char *space, const DiffRange *range, hwaddr address);
/* Whether a search for a way took too long. */
bool diff_ways_gave_up(const DiffWays *ways);

typedef struct DiffCauses {
    const Mtree *a, *b;
    DiffLines *lines;
    DiffWays *ways_a, *ways_b;
} DiffCauses;

DiffCauses *diff_causes_new(const Mtree *a, const Mtree *b);
void diff_causes_free(DiffCauses *causes);
/* Returns a line of text for each cause of a change, or ""; the caller frees it. */
char *diff_causes_tell(const DiffCauses *causes, const DiffPair *pair, const DiffChange *change);

/* ---- The report ------------------------------------------------------------------------- */

typedef struct DiffReport {
    const MtreeFlat *views_a, *views_b;
    const Mtree *tree_a, *tree_b;         /* NULL, one of them or both: causes are not known */
    const char *space;                    /* NULL: all */
    const char *only_before, *only_after; /* what to say of a space that only A or B has */
} DiffReport;

/* Returns the differences as text; "" if there are none. The caller frees it. *gave_up: some causes
 * are missing, because there are too many ways. */
char *diff_report(const DiffReport *report, bool *gave_up);

/* ---- Tables ----------------------------------------------------------------------------- */

/* A table of queues by key. diff_pop() takes the oldest thing of a key; NULL if there is none. */
GHashTable *diff_table(void);
void diff_push(GHashTable *table, const char *key, gpointer thing);
gpointer diff_pop(GHashTable *table, const char *key);

#endif
