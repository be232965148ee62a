/* SPDX-License-Identifier: MIT
 *
 * For tests with threads: a crew of threads works while one more thread changes things. The
 * command line says how long:
 *
 *   test-NAME [--seconds N]     each case runs N seconds; without it, 0.4 seconds
 */
#ifndef TESTS_CREW_H
#define TESTS_CREW_H

#include <string.h>

#include "support.h"

static double crew_seconds = 0.4;

/* The threads of one case. The readers run until the changing thread's time is over. */
typedef struct Crew {
    Machine *machine;
    AddressSpace *as;
    int stop;
    GThread *thread[8];
    unsigned threads;
} Crew;

static inline bool crew_goes_on(Crew *c)
{
    return !g_atomic_int_get(&c->stop);
}

static inline void crew_start(Crew *c, GThreadFunc func, gpointer data)
{
    c->thread[c->threads++] = g_thread_new("crew", func, data);
}

static inline void crew_end(Crew *c)
{
    g_atomic_int_set(&c->stop, 1);
    for (unsigned i = 0; i < c->threads; i++) {
        g_thread_join(c->thread[i]);
    }
}

typedef struct Clock {
    gint64 end;
} Clock;

static inline Clock clock_start(void)
{
    return (Clock){ g_get_monotonic_time() + (gint64)(crew_seconds * G_USEC_PER_SEC) };
}

static inline bool clock_runs(const Clock *k)
{
    return g_get_monotonic_time() < k->end;
}

/* Makes RAM whose bytes are all the same. */
static inline MemoryRegion *filled_ram(Machine *m, uint8_t byte, uint64_t size)
{
    MemoryRegion *mr = ram_new(m, byte == 0xaa ? "a" : "b", size);

    memset(memory_region_get_ram_ptr(mr), byte, size);
    return mr;
}

/* Call it instead of g_test_init(). */
static inline void crew_init(int *argc, char ***argv)
{
    const GOptionEntry options[] = {
        { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &crew_seconds, "how long each case runs", "N" },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) err = NULL;

    g_test_init(argc, argv, NULL);
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, argc, argv, &err)) {
        g_error("%s", err->message);
    }
}

#endif
