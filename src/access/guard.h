/* SPDX-License-Identifier: MIT
 *
 * The guard against devices that access themselves (specification D5): while a callback of a device
 * runs on a thread, an access of the same thread to the same device is refused. Each thread has a
 * chain of the callbacks that run on it. The innermost is in thread_state.callback. It points to
 * the one outside it, which has been moved to the stack meanwhile. dispatch.c and device.c ask the
 * guard, and enter each callback in the chain.
 */
#ifndef ACCESS_GUARD_H
#define ACCESS_GUARD_H

#include "base/barrier.h"
#include "base/thread.h"
#include "region/region.h"

/* Callbacks with the same holder exclude each other. The holder is the region's owner, or the
 * region itself if nobody owns it. */
static inline const void *access_guard_holder(const MemoryRegion *mr)
{
    return mr->owner ? (const void *)mr->owner : mr;
}

static inline bool access_guard_is_held(const void *holder)
{
    for (const Callback *c = &thread_state.callback; c; c = c->outer) {
        if (c->holder == holder) {
            return true;
        }
    }
    return false;
}

/* Returns whether no callback runs on this thread. Then the guard admits every access. */
static inline bool access_guard_is_idle(void)
{
    return !thread_state.callback.holder;
}

/* Returns whether a callback of the region may be called now. A RAM device needs no guard, because
 * its callbacks only access host memory. */
static inline bool access_guard_admits(const MemoryRegion *mr)
{
    return access_guard_is_idle() || mr->reentrant || region_is_ram(mr) ||
           !access_guard_is_held(access_guard_holder(mr));
}

/* A signal handler finds each callback that runs in the chain. Between the two steps of entering
 * or leaving, it finds the outer one twice. */
static inline void access_guard_enter(const MemoryRegion *mr, const Callback *outer)
{
    thread_state.callback.outer = outer;
    barrier_compiler();
    thread_state.callback.holder = access_guard_holder(mr);
}

static inline void access_guard_leave(const Callback *outer)
{
    thread_state.callback.holder = outer->holder;
    barrier_compiler();
    thread_state.callback.outer = outer->outer;
}

/* "IN_CALLBACK(mr);" in a block enters a callback of the region in the chain until the end of the
 * block, also if the thread is cancelled in the callback. */
#define IN_CALLBACK(mr)                                                                           \
    __attribute__((cleanup(access_guard_leave)))                                                  \
    const Callback callback_outer = thread_state.callback;                                        \
    access_guard_enter(mr, &callback_outer)

/* IN_CALLBACK() if no callback runs on this thread. The chain has no outer one then. */
static inline void access_guard_leave_first(const int *unused)
{
    (void)unused;
    thread_state.callback.holder = NULL;
}
static inline void access_guard_enter_first(const MemoryRegion *mr)
{
    thread_state.callback.holder = access_guard_holder(mr);
}
#define IN_FIRST_CALLBACK(mr)                                                                     \
    __attribute__((cleanup(access_guard_leave_first), unused))                                    \
    const int callback_first = (access_guard_enter_first(mr), 0)

#endif
