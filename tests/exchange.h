/* SPDX-License-Identifier: MIT
 *
 * Threads that take things from the library and give them back, for tests of what each thread
 * counts for itself. Some things go from thread to thread through boxes, so that another thread
 * gives them back than took them.
 */
#ifndef TESTS_EXCHANGE_H
#define TESTS_EXCHANGE_H

#include "support.h"

enum { EXCHANGE_THREADS = 4, EXCHANGE_ROUNDS = 20000, EXCHANGE_BOXES = 8 };

typedef struct Exchange {
    void *(*take)(void *opaque, GRand *rand);
    void (*give)(void *opaque, void *thing);
    void *opaque;
    void *box[EXCHANGE_BOXES];
    GThread *thread[EXCHANGE_THREADS];
} Exchange;

static inline gpointer exchange_run(gpointer data)
{
    Exchange *x = data;
    GRand *rand = g_rand_new_with_seed(g_random_int());

    for (unsigned i = 0; i < EXCHANGE_ROUNDS; i++) {
        void **box = &x->box[g_rand_int_range(rand, 0, EXCHANGE_BOXES)];
        void *thing = x->take(x->opaque, rand);
        if (i % 4 == 0) {
            thing = __atomic_exchange_n(box, thing, __ATOMIC_ACQ_REL);
        }
        if (thing) {
            x->give(x->opaque, thing);
        }
    }
    g_rand_free(rand);
    return NULL;
}

static inline void exchange_start(Exchange *x)
{
    for (unsigned i = 0; i < EXCHANGE_THREADS; i++) {
        x->thread[i] = g_thread_new("exchange", exchange_run, x);
    }
}

/* Waits for the threads, and gives back what is left in the boxes. */
static inline void exchange_end(Exchange *x)
{
    for (unsigned i = 0; i < EXCHANGE_THREADS; i++) {
        g_thread_join(x->thread[i]);
    }
    for (unsigned i = 0; i < EXCHANGE_BOXES; i++) {
        if (x->box[i]) {
            x->give(x->opaque, x->box[i]);
        }
    }
}

/* Calls a function on a thread of its own, and returns its result. */
static inline gpointer elsewhere(GThreadFunc func, gpointer data)
{
    return g_thread_join(g_thread_new("elsewhere", func, data));
}

#endif
