/* SPDX-License-Identifier: MIT
 *
 * The guard against devices that come back to themselves (specification D5): while a callback of a
 * device runs on a thread, an access of that thread to the same device is refused. Each thread has
 * a chain of the callbacks that run on it. The chain lies on the stack.
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

/* Whose callbacks exclude each other: those of one owner, or of a region that nobody owns. */
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

/* Whether a callback of the region may be called now. RAM devices have no callback that could come
 * back. */
static inline bool access_guard_admits(const MemoryRegion *mr)
{
    return mr->reentrant || region_is_ram(mr) || !access_guard_is_held(access_guard_holder(mr));
}

static inline CallbackFrame access_guard_frame(const MemoryRegion *mr)
{
    return (CallbackFrame){ access_guard_holder(mr), thread_state.callback };
}

static inline const CallbackFrame *access_guard_enter(const CallbackFrame *frame)
{
    barrier_compiler(); /* a signal handler sees whole frames */
    thread_state.callback = frame;
    return frame;
}

static inline void access_guard_leave(const CallbackFrame *const *frame)
{
    thread_state.callback = (*frame)->outer;
}

/* Says that a callback of the region is running, until the end of the block, however it ends. */
#define IN_CALLBACK(mr)                                                                           \
    const CallbackFrame callback_frame = access_guard_frame(mr);                                  \
    __attribute__((cleanup(access_guard_leave), unused)) const CallbackFrame *const               \
        callback_entered = access_guard_enter(&callback_frame)

#endif
