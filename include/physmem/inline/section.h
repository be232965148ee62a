/* SPDX-License-Identifier: MIT
 *
 * The read section of an inline access. physmem/inline/access.h includes this file; nothing here is
 * for programs.
 *
 * It is a read section of liburcu (flavour bp) as memory_read_lock() enters one, with two
 * differences. A thread that has never been in a section cannot enter one here, because it has to
 * be registered first. And there is no barrier. liburcu needs none if the host has membarrier(). On
 * another host the section protects nothing. There the library gives inline accesses no table to
 * look into (physmem/inline/spot.h), so they call the function at once.
 *
 * Two variables of liburcu are used. Their names and layout belong to the binary interface of its
 * library, because its own read sections are inline, too.
 */
#ifndef PHYSMEM_INLINE_SECTION_H
#define PHYSMEM_INLINE_SECTION_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* The lower half of a counter says how many sections the thread is in, the upper half in which
 * grace period it entered the outermost one. 'physmem_section_begun' is the value that a counter
 * gets when its thread enters the outermost section now. */
extern __thread unsigned long *physmem_section_counter __asm__("urcu_bp_reader")
    __attribute__((__tls_model__("initial-exec")));
extern unsigned long physmem_section_begun __asm__("urcu_bp_gp");

/* Enters a read section, and returns the counter that physmem_section_leave() needs. NULL: the
 * thread has never been in a section, and is in none now. */
static inline unsigned long *physmem_section_enter(void)
{
    const unsigned long depths = (1ul << 4 * sizeof(unsigned long)) - 1;
    unsigned long *counter = physmem_section_counter;
    if (__builtin_expect(!counter, 0)) {
        return NULL;
    }
    unsigned long count = __atomic_load_n(counter, __ATOMIC_RELAXED) + 1;
    if (__builtin_expect((count & depths) == 1, 1)) {
        count = __atomic_load_n(&physmem_section_begun, __ATOMIC_RELAXED);
    }
    __atomic_store_n(counter, count, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return counter;
}

/* Only this thread changes its counter; others read it. A plain decrement is one instruction on
 * many hosts. An atomic load and an atomic store would take three. */
static inline void physmem_section_leave(unsigned long *counter)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    --*counter;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

PHYSMEM_END_DECLS

#endif
