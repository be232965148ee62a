/* SPDX-License-Identifier: MIT
 *
 * The gate at which threads stop for a while so that a fork() gets all locks (fork.c).
 */
#include <time.h>

#include "base/process.h"
#include "base/rcu.h"
#include "base/thread.h"

enum { PAUSE_NS = 20 * 1000, GATE_PAUSES = 1000 };

/* A thread that was cancelled here would leave the gate closed, or the work of its caller half
 * done. */
void fork_gate_pause(void)
{
    static const struct timespec pause = { .tv_nsec = PAUSE_NS };
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    nanosleep(&pause, NULL);
    pthread_setcancelstate(old, NULL);
}

/* Another thread waits for the end of the calling thread's read section, with a lock held. */
static bool is_awaited(void)
{
    return read_ongoing() && __atomic_load_n(&process.readers_awaited, __ATOMIC_RELAXED);
}

/* A thread that holds none of the locks waits until the fork() is over. A thread that holds one
 * goes on, so that it gives back what it holds, and so does a reader for which another thread
 * waits. A thread that waits here goes on after a while: the holder of a lock may be waiting for
 * just this thread, for something else in the program. */
void wait_at_fork_gate(void)
{
    bool holds_none = !thread_state.locks && !thread_state.reclaiming &&
                      !thread_state.process_locks;

    for (unsigned i = 0; holds_none && i < GATE_PAUSES; i++) {
        if (!is_forking() || is_awaited()) {
            break;
        }
        fork_gate_pause();
    }
}
