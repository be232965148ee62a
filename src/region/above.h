/* SPDX-License-Identifier: MIT
 *
 * What region/ needs of the rooms above. It must not call them, so topology_new() puts these
 * functions into RegionRoom.above. The end of a region edits the tree: the first three make that
 * visible.
 */
#ifndef REGION_ABOVE_H
#define REGION_ABOVE_H

#include <physmem/view.h>

#include "base/context.h"

typedef struct RegionAbove {
    /* Opens a transaction and takes the context's lock. Returns false, with a message and nothing
     * to commit, if edits are refused here. */
    bool (*begin)(MemoryContext *ctx);
    /* Says that an edit can be seen, so that the outermost commit has something to do. */
    void (*request)(MemoryContext *ctx);
    void (*commit)(MemoryContext *ctx);

    /* Drops the reference that a copied section has on its view. */
    void (*view_unref)(FlatView *fv);
} RegionAbove;

#endif
