/* SPDX-License-Identifier: MIT
 *
 * Ways through the printed tree: from a root down through containers and aliases. commands/who.c
 * explains answers with them, fit.c corrects guesses with them. The library, not this file,
 * decides which region wins an address.
 */
#ifndef TOOL_MTREE_WALK_H
#define TOOL_MTREE_WALK_H

#include "mtree/mtree.h"

/* The largest depth of a tree. Trees that show themselves without end are deeper, and
 * mtree_check() refuses them. */
enum { MTREE_MAX_DEPTH = 200 };

/* Returns the region where a root's view begins, as in the original: a region that only shows all
 * of another gives way to it. NULL if nothing is shown. */
MtreeLine *mtree_key(MtreeLine *root);

/* Returns the region of that name that the root gives way to, or the root itself; NULL if there is
 * none. A printed view may begin there though more could give way. */
MtreeLine *mtree_key_named(MtreeLine *root, const char *name);

/* Returns the only enabled child of a container; NULL if it has none, the container itself if it
 * has several. */
MtreeLine *mtree_only_child(MtreeLine *container);

/* A way that leads to a byte. */
typedef struct MtreeHit {
    GPtrArray *chain;          /* MtreeLine, outermost first */
    hwaddr offset;             /* of the byte, in the last of them */
    const MtreeLine *clipper;  /* the outermost line that does not reach the byte; NULL: none */
    const MtreeLine *disabled; /* the outermost line that is disabled or empty; NULL: none */
} MtreeHit;

/* Returns all ways to the byte at 'point' of the view that begins at 'key', the one that ranks
 * highest first. A container comes after the regions inside it. 'all': include ways that are
 * disabled or clipped. */
GPtrArray *mtree_hits(MtreeLine *key, hwaddr point, bool all);

static inline MtreeLine *mtree_hit_line(const MtreeHit *hit)
{
    return hit->chain->pdata[hit->chain->len - 1];
}

/* A way to a region, and the part of the region that a view may show by it: what its containers and
 * aliases leave. */
typedef struct MtreeVisit {
    MtreeLine *line;
    Int128 zero;        /* the view's address of the region's offset 0; it may be negative */
    Int128 first, last; /* addresses of the view */
    unsigned depth;     /* regions above it */
} MtreeVisit;

/* Returns false to end the walk. */
typedef bool MtreeVisitFunc(const MtreeVisit *visit, gpointer data);

/* Calls enter() for each way to an enabled region that touches the view, then walks into the
 * region, then calls leave(), which may be NULL. So those that rank higher are left earlier. */
void mtree_visit(MtreeLine *key, MtreeVisitFunc *enter, MtreeVisitFunc *leave, gpointer data);

/* Returns the addresses (hwaddr, ascending) at which the view may change: where a region begins,
 * and the first address after each region. */
GArray *mtree_bounds(MtreeLine *key);
/* Returns the windows (MtreeWindow, ascending and disjoint) in which a region lies in the view,
 * hidden or not. */
typedef struct MtreeWindow {
    hwaddr first;
    hwaddr last;
} MtreeWindow;
GArray *mtree_windows(MtreeLine *key, const MtreeLine *line);
/* Sorts addresses, and keeps each once. */
void mtree_sort_bounds(GArray *bounds);

#endif
