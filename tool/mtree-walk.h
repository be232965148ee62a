/* SPDX-License-Identifier: MIT
 *
 * Ways through the printed tree: from a root down through containers and aliases. For explanations
 * and guesses; which region wins an address is asked of the library.
 */
#ifndef TOOL_MTREE_WALK_H
#define TOOL_MTREE_WALK_H

#include "mtree.h"

/* The library refuses trees that show themselves more deeply than this. */
enum { MTREE_MAX_DEPTH = 200 };

/* Where a root's view begins, as in the original: a region that only passes on all of another gives
 * way to it. NULL: nothing is shown. */
MtreeLine *mtree_key(MtreeLine *root);

/* A container's only enabled child; NULL if there is none, itself if there are several. */
MtreeLine *mtree_only_child(MtreeLine *container);

/* A way that leads to a byte. */
typedef struct MtreeHit {
    GPtrArray *chain;          /* MtreeLine, outermost first */
    hwaddr offset;             /* of the byte, in the last of them */
    const MtreeLine *clipper;  /* of the chain: does not reach so far. NULL: none */
    const MtreeLine *disabled; /* of the chain: the outermost disabled one, or empty. NULL: none */
} MtreeHit;

/* All ways to the byte at 'point' of the view that begins at 'key', the one that ranks highest
 * first; containers too, behind what they contain. 'all': disabled and clipped ones too. */
GPtrArray *mtree_hits(MtreeLine *key, hwaddr point, bool all);

static inline MtreeLine *mtree_hit_line(const MtreeHit *hit)
{
    return hit->chain->pdata[hit->chain->len - 1];
}

/* The addresses (hwaddr, ascending) at which the view may change: where some region begins, or has
 * just ended. */
GArray *mtree_bounds(MtreeLine *key);

#endif
