/* SPDX-License-Identifier: MIT
 *
 * A thread that is inside a read section from reader_start() to reader_end().
 */
#ifndef TESTS_READER_H
#define TESTS_READER_H

#include "support.h"

typedef struct Reader {
    GThread *thread;
    int stage; /* atomic */
} Reader;

enum { READER_BEGINS, READER_IN_SECTION, READER_MAY_LEAVE };

static inline gpointer reader_run(gpointer data)
{
    Reader *r = data;

    memory_read_lock();
    g_atomic_int_set(&r->stage, READER_IN_SECTION);
    while (g_atomic_int_get(&r->stage) != READER_MAY_LEAVE) {
        g_thread_yield();
    }
    memory_read_unlock();
    return NULL;
}

static inline void reader_start(Reader *r)
{
    r->stage = READER_BEGINS;
    r->thread = g_thread_new("reader", reader_run, r);
    while (g_atomic_int_get(&r->stage) != READER_IN_SECTION) {
        g_thread_yield();
    }
}

static inline void reader_end(Reader *r)
{
    g_atomic_int_set(&r->stage, READER_MAY_LEAVE);
    g_thread_join(r->thread);
}

#endif
