/* SPDX-License-Identifier: MIT
 *
 * The one file that includes liburcu. Readers enter and leave inline (about a nanosecond); the
 * bulletproof flavour registers host threads by itself. What readers may still see goes through
 * context_defer() (context.h), never through a wait under a lock.
 */
#ifndef BASE_RCU_H
#define BASE_RCU_H

/* Readers inline: our licence is compatible with the LGPL. Not under the sanitizers, which find
 * fault with the alignment of liburcu's own records. */
#ifndef PHYSMEM_SANITIZE
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>

/* The thread sanitizer does not see how liburcu orders the end of a read section, and what is
 * deferred, before the call that comes after the grace period. It is told. */
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

extern const char rcu_grace; /* stands for all grace periods */

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

static inline void read_leave(void)
{
    grace_awaited();
    urcu_bp_read_unlock();
}

/* How many read sections the calling thread is in; at least one. */
static inline unsigned read_depth(void)
{
#ifdef _LGPL_SOURCE
    return (unsigned)URCU_TLS(urcu_bp_reader)->ctr; /* the low bits count */
#else
    return (unsigned)urcu_bp_read_ongoing();
#endif
}

/* Is the calling thread in a read section? */
static inline bool read_ongoing(void)
{
    return urcu_bp_read_ongoing() != 0;
}

/* For the cleanup attribute: READ_SECTION; enters here and leaves with the block. */
static inline void read_leave_guard(const int *unused)
{
    (void)unused;
    read_leave();
}
#define READ_SECTION                                                                              \
    __attribute__((cleanup(read_leave_guard), unused)) const int read_section_guard =             \
        (read_enter(), 0)

#endif
