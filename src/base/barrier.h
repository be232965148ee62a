/* SPDX-License-Identifier: MIT
 *
 * A pair of barriers of unequal cost, for what many threads do often and one thread rarely.
 *
 *     often:  write A; barrier_light(); read B       rarely:  write B; barrier_heavy(); read A
 *
 * One of the two sees what the other wrote: who reads the old B has its A seen. The light one only
 * keeps the compiler from moving anything; the heavy one has the kernel run a full barrier on every
 * processor that runs a thread of this process (membarrier). Where the kernel cannot do that, the
 * light one is a full barrier, too (process.light_is_full).
 *
 * Used by dirty logging: A is guest memory, B says who wants to know of the write.
 */
#ifndef BASE_BARRIER_H
#define BASE_BARRIER_H

#include "base/process.h"

/* Keeps the compiler alone in order: for who has made sure that light ones need no more. */
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

/* A system call: some microseconds. */
void barrier_heavy(void);

#endif
