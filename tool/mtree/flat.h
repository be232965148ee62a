/* SPDX-License-Identifier: MIT
 *
 * Flat views: those that a machine printed (`info mtree -f`), or those that were made from a tree
 * (machine/machine.h). fit.c compares guesses with printed ones. Commands answer from either.
 */
#ifndef TOOL_MTREE_FLAT_H
#define TOOL_MTREE_FLAT_H

#include "mtree/mtree.h"

typedef struct FlatLine {
    unsigned number; /* in the file: of the range or, if the view was made, of the region */
    hwaddr start;
    hwaddr last;
    int32_t priority;
    MtreeKind kind;     /* MTREE_ROM: the range is read-only for whatever reason */
    MtreeKind own_kind; /* of the region; of a printed view: as kind, because no more is known */
    bool nonvolatile;
    char *name;
    hwaddr offset;         /* of start, in the region */
    char *owner;           /* the whole suffix, or NULL */
    const MtreeLine *line; /* if the view was made: the region; else NULL */
} FlatLine;

typedef struct FlatBlock {
    GPtrArray *spaces; /* titles: `"NAME", root: ROOT[, alias TARGET]`; old texts: `"NAME"` */
    char *root;        /* the region that the view begins at; NULL: not said */
    GArray *ranges;    /* FlatLine, ascending and disjoint */
    /* If the view was made; else NULL and empty. */
    const MtreeLine *key; /* the region that the view begins at */
    GPtrArray *made_for;  /* MachineSpace of each title */
} FlatBlock;

struct MtreeFlat {
    char *source; /* the file that the lines are counted in; NULL: the one that was read */
    GPtrArray *blocks;
};

/* Parses views from lines (MtreeText). NULL with an error that begins with FILE:LINE. */
MtreeFlat *mtree_flat_parse(const char *file, const GPtrArray *lines, GError **error);
MtreeFlat *mtree_flat_new(void);
FlatBlock *mtree_flat_add_block(MtreeFlat *flat);
void mtree_flat_free(MtreeFlat *flat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MtreeFlat, mtree_flat_free)

/* Return the names of the spaces of a view, and of all views, each once. */
GPtrArray *mtree_flat_names(const FlatBlock *view);
GPtrArray *mtree_flat_all_names(const MtreeFlat *views);
bool mtree_flat_has_name(const FlatBlock *view, const char *name);
/* The error that no view is of a space of that name. Returns false. */
bool mtree_flat_fail_space(const MtreeFlat *views, const char *file, const char *space,
                           GError **error);

#endif
