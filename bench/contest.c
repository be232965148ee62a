/* SPDX-License-Identifier: MIT
 *
 * Measures contenders side by side (see contest.h). All of them show the same guest. They take
 * turns in several rounds, so that other work of the host slows down all of them.
 */
#include "contest.h"

#include <pthread.h>
#include <stdlib.h>

enum { ROUNDS = 3 };

static const Contender *const contenders[COLUMNS] = {
    [PLAIN] = &contender_plain,         [SECTION] = &contender_section,
    [VM_MEMORY] = &contender_vm_memory, [GUARDED] = &contender_guarded,
    [UNICORN] = &contender_unicorn,     [PHYSMEM] = &contender_physmem,
};

/* ---- Changes beside the measured thread ---------------------------------------------------- */

typedef struct Changer {
    pthread_t thread;
    void (*change)(void *state);
    void *state;
    int stop, ready;
} Changer;

static void *keep_changing(void *opaque)
{
    Changer *c = opaque;

    do {
        c->change(c->state);
        __atomic_store_n(&c->ready, 1, __ATOMIC_RELEASE);
    } while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED));
    return NULL;
}

/* Calls 'time' beside the thread. */
static double time_beside_changes(const Contender *contender, BenchBatch *batch, void *state,
                                  double (*time)(BenchBatch *batch, void *opaque))
{
    Changer c = { .change = contender->change, .state = state };

    if (pthread_create(&c.thread, NULL, keep_changing, &c)) {
        abort();
    }
    while (!__atomic_load_n(&c.ready, __ATOMIC_ACQUIRE)) {
    }
    double ns = time(batch, state);
    __atomic_store_n(&c.stop, 1, __ATOMIC_RELAXED);
    pthread_join(c.thread, NULL);
    return ns;
}

/* ---- A contest ----------------------------------------------------------------------------- */

struct Contest {
    Guest *guest;
    void *state[COLUMNS]; /* NULL: the contender cannot show the guest */
};

Contest *contest_open(GuestShape shape, unsigned long ranges)
{
    Contest *c = calloc(1, sizeof(*c));

    if (!c) {
        abort();
    }
    c->guest = guest_make(shape, ranges);
    for (unsigned i = 0; i < COLUMNS; i++) {
        c->state[i] = contenders[i]->make ? contenders[i]->make(c->guest) : NULL;
    }
    return c;
}

void contest_close(Contest *c)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        if (c->state[i]) {
            contenders[i]->end(c->state[i]);
        }
    }
    guest_free(c->guest);
    free(c);
}

/* A contender without inlined forms does the same by its usual ones. */
static BenchBatch *batch_of(const Contender *contender, Operation operation)
{
    BenchBatch *batch = contender->batch[operation];

    switch (operation) {
    case LOAD_INLINED:
        return batch ? batch : contender->batch[LOAD];
    case STORE_INLINED:
        return batch ? batch : contender->batch[STORE];
    default:
        return batch;
    }
}

static double measure(const Contender *contender, void *state, Operation operation, How how)
{
    BenchBatch *batch = batch_of(contender, operation);

    if (!state || !batch || (how != ALONE && !contender->change)) {
        return -1;
    }
    return how == ALONE ? bench_time_busy(batch, state)
                        : time_beside_changes(contender, batch, state,
                                              how == TAIL ? bench_time_tail : bench_time_busy);
}

void contest_run(const Contest *c, Operation operation, How how, double ns[COLUMNS])
{
    double sample[COLUMNS][ROUNDS];

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < COLUMNS; i++) {
            sample[i][round] = measure(contenders[i], c->state[i], operation, how);
        }
    }
    for (unsigned i = 0; i < COLUMNS; i++) {
        ns[i] = bench_median(sample[i], ROUNDS);
    }
}

double contest_first(Column column)
{
    const Contender *contender = contenders[column];

    if (!contender->make) {
        return -1;
    }
    Guest *guest = guest_make(GUEST_RAM, 1);
    const double start = bench_now();
    void *state = contender->make(guest);
    contender->batch[LOAD](state, 1);
    const double ns = bench_now() - start;
    contender->end(state);
    guest_free(guest);
    return ns;
}

bool contest_has_vm_memory(void)
{
    return contender_vm_memory.make != NULL;
}
