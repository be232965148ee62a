/* SPDX-License-Identifier: MIT
 *
 * A thread that waits in memory_region_wait_unused(), for tests of what keeps a region in use.
 */
#ifndef TESTS_WAITER_H
#define TESTS_WAITER_H

#include <physmem/error.h>

#include "support.h"

typedef struct Waiter {
    MemoryRegion *mr;
    int done;
    GThread *thread;
} Waiter;

static inline gpointer waiter_wait(gpointer data)
{
    Waiter *w = data;

    g_assert_true(memory_region_wait_unused(w->mr, &error_abort));
    g_atomic_int_set(&w->done, 1);
    return NULL;
}

static inline void waiter_still_waits(Waiter *w)
{
    g_usleep(20000); /* so that a call that does not wait is noticed */
    g_assert_false(g_atomic_int_get(&w->done));
}

/* Begins to wait for a region that is out of the tree, and is kept by something. */
static inline void waiter_start(Waiter *w, MemoryRegion *mr)
{
    *w = (Waiter){ .mr = mr };
    w->thread = g_thread_new("waiter", waiter_wait, w);
    waiter_still_waits(w);
}

/* Expects the wait to end. */
static inline void waiter_end(Waiter *w)
{
    g_thread_join(w->thread);
    g_assert_true(w->done);
}

#endif
