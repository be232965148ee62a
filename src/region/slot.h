/* SPDX-License-Identifier: MIT
 *
 * What edits leave for the rooms above: the windows that changed in each view, and the roots that
 * may show another region than before.
 *
 * A space shows its root. Often the root only passes on what another region shows: a window onto
 * all of it, a container with nothing else inside. Such a root gives way, step by step, to the
 * region that is the key of the view; all spaces with one key share one view.
 *
 *    space --> root --> alias --> [key] <-- slot: the view, its spaces
 *               ^        ^         ^
 *               +--------+---------+------- watched: if an edit makes one of them give way to
 *                                           another region, the space's root is resolved again
 */
#ifndef REGION_SLOT_H
#define REGION_SLOT_H

#include <physmem/view.h>

#include "base/context.h"
#include "region/window.h"

/* The view rendered from one region. Found by MemoryRegion.slot. */
typedef struct ViewSlot {
    MemoryRegion *key;     /* NULL: the slot of the empty view */
    MemoryContext *context;
    WindowSet changed;     /* since the last commit */
    WindowSet ioeventfds;  /* where ioeventfds came or went since then */
    bool queued;           /* on room->changed_views, for either */
    TAILQ_ENTRY(ViewSlot) queue;

    /* topology/ */
    FlatView *view;        /* as published; holds a reference. NULL: never rendered */
    FlatView *next;        /* during a commit: the new version, else NULL */
    TAILQ_HEAD(, SpacePrivate) spaces; /* that show it */
    LIST_ENTRY(ViewSlot) link;         /* among those that no space shows any more */
} ViewSlot;

/* Of a space: the regions on which its way from the root to the key depends. */
typedef struct RootResolver {
    MemoryRegion **root; /* of the space; NULL there: the root has ended */
    bool queued;         /* on room->changed_roots */
    TAILQ_ENTRY(RootResolver) queue;
    struct RootWatch *watch;
    size_t watches;
} RootResolver;

typedef struct RootWatch {
    RootResolver *resolver;
    MemoryRegion *region;
    LIST_ENTRY(RootWatch) link;
} RootWatch;

/* Returns the region whose view shows what the root shows; NULL if the root shows nothing or has
 * ended. Watches the way to it from now on. */
MemoryRegion *root_resolve(RootResolver *resolver);
void root_unwatch(RootResolver *resolver);

/* Makes the next commit resolve the root again. */
void root_queue(MemoryContext *ctx, RootResolver *resolver);

#endif
