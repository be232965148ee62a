/* SPDX-License-Identifier: MIT
 *
 * Where edits leave word for the rooms above: what changed in which view, and which roots may show
 * another region than before.
 *
 * A space shows its root. Often the root only passes on what another region shows: a window onto
 * all of it, a container with nothing else inside. Such a root gives way, step by step, to the
 * region that is the key of the view; all spaces with one key share one view.
 *
 *    space --> root --> alias --> [key] <-- slot: the view, its spaces
 *               ^        ^         ^
 *               +--------+---------+------- watched, so that an edit that makes one of them give
 *                                           way to another region sends the space on its way again
 */
#ifndef REGION_SLOT_H
#define REGION_SLOT_H

#include <physmem/view.h>

#include "base/context.h"

/* Addresses of a view, both ends inclusive. */
typedef struct Window {
    hwaddr first;
    hwaddr last;
} Window;

typedef struct WindowSet {
    Window *window;
    size_t count;
    size_t room;
} WindowSet;

void window_set_add(WindowSet *set, hwaddr first, hwaddr last);
/* Sorts; joins what overlaps or touches. */
void window_set_tidy(WindowSet *set);
void window_set_clear(WindowSet *set);

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

/* Of a space: on which regions its way from root to key depends. */
typedef struct RootResolver {
    MemoryRegion **root; /* of the space; NULL there: the root has ended */
    bool queued;         /* on room->changed_roots */
    TAILQ_ENTRY(RootResolver) queue;
    struct ViewWatch *watch;
    size_t watches;
} RootResolver;

typedef struct ViewWatch {
    RootResolver *resolver;
    MemoryRegion *region;
    LIST_ENTRY(ViewWatch) link;
} ViewWatch;

/* The region whose view shows what the root shows, NULL if it shows nothing or has ended. The
 * way is watched from now on. */
MemoryRegion *root_resolve(RootResolver *resolver);
void root_unwatch(RootResolver *resolver);
void root_queue(MemoryContext *ctx, RootResolver *resolver);

#endif
