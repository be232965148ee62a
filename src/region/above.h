/* SPDX-License-Identifier: MIT
 *
 * What region/ needs of the rooms above it. It must not call them, so topology_new() sets these
 * functions in RegionRoom.above. The first three make visible the edits that the library makes
 * itself when a region ends.
 */
#ifndef REGION_ABOVE_H
#define REGION_ABOVE_H

#include <physmem/view.h>

#include "base/context.h"

typedef struct RegionAbove {
    /* Opens a transaction of several edits and takes the context's lock. False, with a message, and
     * nothing to commit: edits are refused here. */
    bool (*begin)(MemoryContext *ctx);
    /* The outermost commit has to act: an edit can be seen. */
    void (*request)(MemoryContext *ctx);
    void (*commit)(MemoryContext *ctx);

    void (*view_unref)(FlatView *fv);
} RegionAbove;

#endif
