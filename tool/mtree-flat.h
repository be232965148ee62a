/* SPDX-License-Identifier: MIT
 *
 * The flat views that a machine printed (`info mtree -f`). mtree-fit.c compares guesses with them.
 */
#ifndef TOOL_MTREE_FLAT_H
#define TOOL_MTREE_FLAT_H

#include "mtree.h"

typedef struct FlatLine {
    unsigned number; /* in the file */
    hwaddr start;
    hwaddr last;
    int32_t priority;
    MtreeKind kind; /* MTREE_ROM: the range is read-only for whatever reason */
    bool nonvolatile;
    char *name;
    hwaddr offset; /* of start, in the region */
} FlatLine;

typedef struct FlatBlock {
    GPtrArray *spaces; /* titles: `"NAME", root: ROOT[, alias TARGET]`; old texts: `"NAME"` */
    char *root;        /* the region that the view begins at; NULL: not said */
    GArray *ranges;    /* FlatLine, ascending and disjoint */
} FlatBlock;

struct MtreeFlat {
    GPtrArray *blocks;
};

/* Parses views from lines (MtreeText). NULL with an error that begins with FILE:LINE. */
MtreeFlat *mtree_flat_parse(const char *file, const GPtrArray *lines, GError **error);
void mtree_flat_free(MtreeFlat *flat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MtreeFlat, mtree_flat_free)

#endif
