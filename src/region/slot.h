/* SPDX-License-Identifier: MIT
 *
 * The slots of views, and the way from the root of a space to a slot. Edits leave two things here
 * for the next commit (topology/commit.c): the windows that changed in each view, and the roots
 * that may show another region than before.
 *
 * A space shows its root. Often the root only passes on what another region shows: it is an alias
 * of all of it, or a container with nothing else inside. Such a root gives way to that region,
 * step by step. The last region is the key of the view. All spaces with the same key share one
 * slot, and so one view.
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

/* The place of the view that is rendered from one region. The key's extras point to it. */
typedef struct ViewSlot {
    MemoryRegion *key; /* NULL: the slot of the empty view */
    MemoryContext *context;
    WindowSet changed;    /* windows to be rendered anew by the next commit */
    WindowSet ioeventfds; /* where ioeventfds came or went since the last commit */
    bool queued;          /* on room->changed_views, because one of the sets is not empty */
    TAILQ_ENTRY(ViewSlot) queue;

    /* Only topology/ uses the rest. */
    FlatView *view; /* the published one, with a reference; NULL: never rendered */
    FlatView *next; /* during a commit: the new version, else NULL */
    TAILQ_HEAD(, SpacePrivate) spaces; /* those that show the view */
    LIST_ENTRY(ViewSlot) link;         /* on topology->left, once no space shows the view */
} ViewSlot;

/* The way from the root of a space to the key: one watch for each region on it. */
typedef struct RootResolver {
    MemoryRegion **root; /* AddressSpace.root; it points to NULL if the root has ended */
    bool queued;         /* on room->changed_roots */
    TAILQ_ENTRY(RootResolver) queue;
    struct RootWatch *watch;
    size_t watches;
} RootResolver;

/* On the root_watches of a region's extras, so that an edit of the region finds the roots that
 * resolve through it. */
typedef struct RootWatch {
    RootResolver *resolver;
    MemoryRegion *region; /* NULL: it has ended */
    LIST_ENTRY(RootWatch) link;
} RootWatch;

/* Returns the key: the region whose view shows what the root shows. NULL if the root shows nothing
 * or has ended. Watches the regions on the way from now on, and no others. */
MemoryRegion *root_resolve(RootResolver *resolver);
/* Ends the watches. */
void root_unwatch(RootResolver *resolver);

/* Adds a window to one of the slot's two sets, and queues the slot for the next commit
 * (mark.c). */
void view_slot_mark(ViewSlot *slot, WindowSet *set, Window w);

/* Makes the next commit resolve the root again. */
void root_queue(MemoryContext *ctx, RootResolver *resolver);

#endif
