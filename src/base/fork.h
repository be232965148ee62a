/* SPDX-License-Identifier: MIT
 *
 * What a fork() needs. fork.c has the functions that run before and after it. While a thread tries
 * to take all locks for a fork(), other threads wait at a gate (fork-gate.c) before they take a
 * context's lock or wait for readers.
 */
#ifndef BASE_FORK_H
#define BASE_FORK_H

#include "base/process.h"

/* Registers the functions that run before and after each fork(). Called once. */
void fork_handle(void);

/* Waits at the gate. */
void fork_gate_wait(void);

/* Sleeps for some microseconds between two looks at the gate or at a lock. */
void fork_gate_pause(void);

static inline bool fork_gate_is_closed(void)
{
    return __atomic_load_n(&process.forking, __ATOMIC_RELAXED) != 0;
}

/* Goes through the gate: waits only if it is closed. */
static inline void fork_gate_pass(void)
{
    if (__builtin_expect(fork_gate_is_closed(), 0)) {
        fork_gate_wait();
    }
}

#endif
