/* SPDX-License-Identifier: MIT
 *
 * The guard against devices that access themselves (specification D5): while a callback of a device
 * runs on a thread, an access of the same thread to the same device is refused. Each thread has a
 * chain of the callbacks that run on it, the innermost first. The chain lies on the thread's stack.
 * dispatch.c asks the guard and enters each callback in the chain.
 */
#ifndef ACCESS_GUARD_H
#define ACCESS_GUARD_H

#include "base/barrier.h"
#include "base/thread.h"
#include "region/region.h"

/* A callback that is running. */
typedef struct CallbackFrame {
    const void *holder;
    const struct CallbackFrame *outer;
} CallbackFrame;

/* Callbacks with the same holder exclude each other. The holder is the region's owner, or the
 * region itself if nobody owns it. */
static inline const void *access_guard_holder(const MemoryRegion *mr)
{
    return mr->owner ? (const void *)mr->owner : mr;
}

static inline bool access_guard_is_held(const void *holder)
{
    for (const CallbackFrame *f = thread_state.callback; f; f = f->outer) {
        if (f->holder == holder) {
            return true;
        }
    }
    return false;
}

/* Returns whether a callback of the region may be called now. A RAM device needs no guard, because
 * its callbacks only access host memory. */
static inline bool access_guard_admits(const MemoryRegion *mr)
{
    return !thread_state.callback || mr->reentrant || region_is_ram(mr) ||
           !access_guard_is_held(access_guard_holder(mr));
}

static inline CallbackFrame access_guard_frame(const MemoryRegion *mr)
{
    return (CallbackFrame){ access_guard_holder(mr), thread_state.callback };
}

static inline const CallbackFrame *access_guard_enter(const CallbackFrame *frame)
{
    barrier_compiler(); /* a signal handler must see a complete frame */
    thread_state.callback = frame;
    return frame;
}

static inline void access_guard_leave(const CallbackFrame *const *frame)
{
    thread_state.callback = (*frame)->outer;
}

/* "IN_CALLBACK(mr);" in a block enters a callback of the region in the chain until the end of the
 * block, also if the thread is cancelled in the callback. */
#define IN_CALLBACK(mr)                                                                           \
    const CallbackFrame callback_frame = access_guard_frame(mr);                                  \
    __attribute__((cleanup(access_guard_leave), unused))                                          \
    const CallbackFrame *const callback_entered = access_guard_enter(&callback_frame)

#endif
