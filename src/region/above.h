/* SPDX-License-Identifier: MIT
 *
 * The calls from region/ up to topology/. This room includes and links nothing of the rooms above,
 * so topology_new() stores these functions in RegionRoom.above. The end of a region (region.c)
 * edits the tree, in a transaction that the first three functions make.
 */
#ifndef REGION_ABOVE_H
#define REGION_ABOVE_H

#include <physmem/view.h>

#include "base/context.h"

typedef struct RegionAbove {
    /* Takes the context's lock and opens a transaction. Returns false, with a message and without
     * the lock, if edits are refused here. */
    bool (*begin)(MemoryContext *ctx);
    /* Says that an edit of the transaction is visible: the outermost commit must render views. */
    void (*request)(MemoryContext *ctx);
    /* Closes the transaction, makes the edits visible if it was the outermost one, and gives the
     * lock back. */
    void (*commit)(MemoryContext *ctx);

    /* Take and drop the reference that a copied section (section.c) holds on its view. */
    void (*view_ref)(FlatView *fv);
    void (*view_unref)(FlatView *fv);
} RegionAbove;

#endif
