/* SPDX-License-Identifier: MIT
 *
 * The gate at which threads wait while another thread tries to take all locks for a fork()
 * (fork.c). Threads come here through fork_gate_pass() (fork.h), before they take a context's
 * lock or wait for readers.
 */
#include <time.h>

#include "base/fork.h"
#include "base/rcu.h"
#include "base/thread.h"

enum { PAUSE_NS = 20 * 1000, GATE_PAUSES = 1000 };

/* Cancellation is disabled: a thread that is cancelled here would leave the gate closed, or its
 * caller's work half done. */
void fork_gate_pause(void)
{
    static const struct timespec pause = { .tv_nsec = PAUSE_NS };
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    nanosleep(&pause, NULL);
    pthread_setcancelstate(old, NULL);
}

/* Returns whether another thread, which holds a lock, waits for the calling thread to leave its
 * read section. */
static bool is_awaited(void)
{
    return read_ongoing() && __atomic_load_n(&process.readers_awaited, __ATOMIC_RELAXED);
}

/* Waits until the fork() is over, with three exceptions. A thread that holds one of the locks goes
 * on, so that it can give the lock back. A reader goes on if another thread waits for the end of
 * its read section. No thread waits longer than GATE_PAUSES pauses, because the program may make
 * the holder of a lock wait for this thread. */
void fork_gate_wait(void)
{
    bool holds_none = !thread_state.locks && !thread_state.reclaiming &&
                      !thread_state.process_locks;

    for (unsigned i = 0; holds_none && i < GATE_PAUSES; i++) {
        if (!fork_gate_is_closed() || is_awaited()) {
            break;
        }
        fork_gate_pause();
    }
}
