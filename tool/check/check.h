/* SPDX-License-Identifier: MIT
 *
 * `physmem check`: a table of checks. Each check has a stable id, and looks for one kind of finding
 * in a map. The arrows go down:
 *
 *   commands/check.c      options, output          commands/explain.c
 *   table.c    ids, default levels      pages: explain/ID.txt
 *   place.c, alias.c, meet.c, view.c, port.c
 *                    the checks, by family
 *   spaces.c   the spaces
 *   ways.c     which ways meet at an address of a space
 *   report.c   findings, and the names of regions in them
 */
#ifndef TOOL_CHECK_CHECK_H
#define TOOL_CHECK_CHECK_H

#include "input/tool.h"

typedef struct CheckRun CheckRun;

typedef struct CheckDef {
    const char *id;
    bool on;    /* by default */
    bool views; /* works on views without a tree, too */
    void (*run)(CheckRun *run);
    const char *summary;
} CheckDef;

typedef struct CheckFinding {
    const CheckDef *def;
    unsigned number; /* the line in the file; 0: none, and the text names the path */
    guint order;     /* of telling */
    char *text;
} CheckFinding;

struct CheckRun {
    /* The map. */
    const Mtree *tree; /* NULL: there are views only */
    const MtreeFlat *views;
    bool paths; /* name regions by paths, because the user does not see the lines */
    /* State. */
    const CheckDef *current;
    GPtrArray *spaces;   /* CheckSpace, once a check has asked for them */
    GArray *findings;    /* CheckFinding */
    GHashTable *told;    /* "id line line" of each finding */
    GStringChunk *names; /* for texts */
};

/* ---- Findings (report.c) ---------------------------------------------------------- */

/* 'views' must have the views of the tree, or be alone. They must outlive the run. */
CheckRun *check_run_new(const Mtree *tree, const MtreeFlat *views);
void check_run_free(CheckRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckRun, check_run_free)

/* Adds a finding of the current check about a line. Each pair of lines is told once for each check;
 * 'other' may be NULL. */
void check_tell(CheckRun *run, const MtreeLine *line, const MtreeLine *other, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);
/* The same about a range of a view. */
void check_tell_range(CheckRun *run, const FlatLine *range, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/* Return a region's name for a text. They last as long as the run. check_self() is for the line
 * that the finding is about, check_other() for all others: it says the line, too. */
const char *check_self(CheckRun *run, const MtreeLine *line);
const char *check_other(CheckRun *run, const MtreeLine *line);

/* Sorts the findings by line. */
void check_sort(CheckRun *run);

/* Whether the check can say something of the line: it is in the text, and is not the second print
 * of a region. */
static inline bool check_is_asked(const MtreeLine *line)
{
    return !line->twin && !line->unknown;
}

/* ---- The table (table.c) ---------------------------------------------------------- */

/* Ends with an id of NULL. */
extern const CheckDef check_table[];
/* NULL: there is none. */
const CheckDef *check_find(const char *id);

/* ---- The checks ------------------------------------------------------------------------- */

/* place.c: a region in its container. */
void check_clipped(CheckRun *run);
void check_outside(CheckRun *run);
void check_detected_overflow(CheckRun *run);
void check_enabled_in_disabled(CheckRun *run);
void check_same_name(CheckRun *run);
void check_io_container(CheckRun *run);

/* alias.c: an alias and what it shows. */
void check_alias_beyond_target(CheckRun *run);
void check_window_wraps(CheckRun *run);
void check_target_missing(CheckRun *run);
void check_target_guessed(CheckRun *run);

/* meet.c: regions that meet at one address. */
void check_same_priority_overlap(CheckRun *run);
void check_background_overlap(CheckRun *run);
void check_hidden(CheckRun *run);
void check_background_hidden(CheckRun *run);
void check_shadowed(CheckRun *run);
void check_io_over_ram(CheckRun *run);

/* view.c: what a view shows. */
void check_ram_unaligned(CheckRun *run);
void check_ram_lost(CheckRun *run);
void check_ram_hole(CheckRun *run);
void check_ram_read_only(CheckRun *run);

/* port.c */
void check_port_beyond_64k(CheckRun *run);
/* Whether the line is at a port that does not exist. */
bool check_is_bad_port(const MtreeLine *line);

#endif
