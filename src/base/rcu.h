/* SPDX-License-Identifier: MIT
 *
 * The one file that includes liburcu. Readers enter and leave inline (about a nanosecond); the
 * bulletproof flavour registers host threads by itself. What readers may still see goes through
 * context_defer() (context.h), never through a wait under a lock.
 */
#ifndef BASE_RCU_H
#define BASE_RCU_H

/* Readers inline: our licence is compatible with the LGPL. Not under the sanitizers, which find fault
 * with the alignment of liburcu's own records. */
#ifndef PHYSMEM_SANITIZE
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>

static inline void read_enter(void)
{
    urcu_bp_read_lock();
}

static inline void read_leave(void)
{
    urcu_bp_read_unlock();
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
