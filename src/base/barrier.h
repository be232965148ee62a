/* SPDX-License-Identifier: MIT
 *
 * Two barriers that belong together: a cheap one for code that many threads run often, and an
 * expensive one for code that one thread runs rarely.
 *
 *     often:  write A; barrier_light(); read B       rarely:  write B; barrier_heavy(); read A
 *
 * At least one side sees what the other one wrote: if the left side reads the old B, the right side
 * reads the new A.
 *
 * The light barrier only keeps the compiler from moving reads and writes across it. The heavy one
 * makes the kernel run a full barrier on every processor that runs a thread of this process
 * (membarrier). If the kernel cannot do that, the light one is a full barrier as well
 * (process.light_is_full).
 *
 * Dirty logging uses them. A is guest memory. B says which clients log writes, or it is a word of a
 * map of dirty pages (ram/dirty.h).
 */
#ifndef BASE_BARRIER_H
#define BASE_BARRIER_H

#include "base/process.h"

/* Keeps the compiler from moving reads and writes across it; the processor may still do so. This is
 * enough for code that shares data with a signal handler of the same thread. */
static inline void barrier_compiler(void)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void barrier_light(void)
{
    barrier_compiler();
    if (__builtin_expect(process.light_is_full, 0)) {
        __sync_synchronize();
    }
}

/* Makes a system call, which takes some microseconds. */
void barrier_heavy(void);

#endif
