/* SPDX-License-Identifier: MIT
 *
 * Read sections. This is the one file that includes liburcu. Entering and leaving a section is
 * inline and takes about a nanosecond. The library uses liburcu's bulletproof flavour, which
 * registers the program's threads by itself. Memory that readers may still see is freed by
 * context_defer() (defer.h).
 */
#ifndef BASE_RCU_H
#define BASE_RCU_H

/* Asks liburcu for its inline functions, which our licence permits. Builds with sanitizers call the
 * functions of liburcu instead: inlined, they would be reported for the alignment of liburcu's own
 * records. */
#ifndef PHYSMEM_SANITIZE
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>

#include <physmem/inline/section.h>

/* liburcu guarantees that a deferred call runs after everything that readers did in their sections,
 * and after everything that was done before the call was deferred. The thread sanitizer does not
 * see this order, so grace_awaited() and grace_over() tell it. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#else
#define __tsan_acquire(addr) ((void)(addr))
#define __tsan_release(addr) ((void)(addr))
#endif

extern const char rcu_grace; /* its address stands for all grace periods */

static inline void grace_awaited(void)
{
    __tsan_release((void *)&rcu_grace);
}

static inline void grace_over(void)
{
    __tsan_acquire((void *)&rcu_grace);
}

static inline void read_enter(void)
{
    urcu_bp_read_lock();
}

/* Ends what urcu_bp_read_lock() began. liburcu's own function makes a full barrier if the host has
 * no membarrier(). All it needs is that what the section did comes before the store. */
static inline void read_leave(void)
{
    grace_awaited();
#ifdef _LGPL_SOURCE
    /* A plain decrement, because it is one instruction on many hosts. Only this thread changes its
     * counter. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    --URCU_TLS(urcu_bp_reader)->ctr;
    cmm_barrier();
#else
    urcu_bp_read_unlock();
#endif
}

/* Enters a read section. If 'begun' is set, physmem_section_enter() has done so, and only a barrier
 * may be missing. */
static inline void read_enter_begun(bool begun)
{
    if (!begun) {
        read_enter();
        return;
    }
#ifdef _LGPL_SOURCE
    urcu_bp_smp_mb_slave();
#else
    __sync_synchronize();
#endif
}

/* Leaves a section that physmem_section_enter() has entered. */
static inline void read_leave_quickly(unsigned long *counter)
{
    grace_awaited();
    physmem_section_leave(counter);
}

/* Returns whether such a section protects anything. In a read section. */
static inline bool read_enter_is_quick(void)
{
#ifdef _LGPL_SOURCE
    return urcu_bp_has_sys_membarrier;
#else
    return true;
#endif
}

/* Returns the number of read sections that the calling thread is in. It must be in at least one.
 * The upper half of the counter says in which grace period it entered the outermost one. */
static inline unsigned read_depth(void)
{
#ifdef _LGPL_SOURCE
    return (unsigned)(URCU_TLS(urcu_bp_reader)->ctr & URCU_BP_GP_CTR_NEST_MASK);
#else
    return (unsigned)urcu_bp_read_ongoing();
#endif
}

/* Returns whether the calling thread is in a read section. */
static inline bool read_ongoing(void)
{
    return urcu_bp_read_ongoing() != 0;
}

/* The statement READ_SECTION; enters a read section, which ends with the enclosing block. */
static inline void read_leave_guard(const int *unused)
{
    (void)unused;
    read_leave();
}
#define READ_SECTION                                                                              \
    __attribute__((cleanup(read_leave_guard), unused))                                            \
    const int read_section_guard = (read_enter(), 0)

/* The same, if 'entered' is false. If it is true, a caller has entered the section already. */
#define READ_SECTION_UNLESS(entered)                                                              \
    __attribute__((cleanup(read_leave_guard), unused))                                            \
    const int read_section_guard = (entered) ? 0 : (read_enter(), 0)

#endif
