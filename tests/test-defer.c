/* SPDX-License-Identifier: MIT
 *
 * Inside the library: deferred work, the part of a region that is deferred, and the heap and the
 * table behind object names.
 */
#include "base/context.h"
#include "base/index-heap.h"
#include "base/name-table.h"
#include "reader.h"
#include "region/record.h"

/* ---- Deferral ----------------------------------------------------------------------------- */

typedef struct Chain {
    Deferred deferred;
    unsigned left; /* how often it will defer itself again */
    bool ran;
    bool refused;
    MemoryContext *current;
    pthread_t thread;
} Chain;

static void run_chain(Deferred *d)
{
    Chain *c = caa_container_of(d, Chain, deferred);

    c->current = memory_context_current();
    c->thread = pthread_self();
    __atomic_store_n(&c->ran, true, __ATOMIC_RELEASE);
    if (c->left) {
        c->left--;
        context_defer(d->context, d, run_chain);
    }
}

static void after_readers(Machine *m, gconstpointer data)
{
    Chain c = { .left = 0 };

    (void)data;
    memory_read_lock();
    context_defer(m->ctx, &c.deferred, run_chain);
    g_usleep(20000);
    g_assert_false(__atomic_load_n(&c.ran, __ATOMIC_RELAXED));
    memory_read_unlock();
    g_assert_true(context_drain(m->ctx));
    g_assert_true(c.ran);
    g_assert_true(c.current == m->ctx);
}

static void in_turn(Machine *m, gconstpointer data)
{
    Chain c = { .left = 5 };

    (void)data;
    context_defer(m->ctx, &c.deferred, run_chain);
    g_assert_true(context_drain(m->ctx));
    g_assert_cmpuint(c.left, ==, 0);
    g_assert_cmpuint((uintptr_t)m->ctx->reclaim.pushed, ==, 0);
}

/* A drain does the work itself; it does not wait for another thread to do it. */
static void by_who_drains(Machine *m, gconstpointer data)
{
    Chain c = { .left = 2 };

    (void)data;
    context_defer(m->ctx, &c.deferred, run_chain);
    g_assert_true(context_drain(m->ctx));
    g_assert_true(c.ran);
    g_assert_true(pthread_equal(c.thread, pthread_self()));
}

/* Deferred work is also done without a drain, after a while. */
static void by_itself(Machine *m, gconstpointer data)
{
    Chain c = { .left = 0 };

    (void)data;
    context_defer(m->ctx, &c.deferred, run_chain);
    while (!__atomic_load_n(&c.ran, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
    g_assert_true(c.current == m->ctx);
    g_assert_false(pthread_equal(c.thread, pthread_self()));
    g_assert_true(context_drain(m->ctx));
}

typedef struct Echo {
    Deferred deferred;
    MemoryContext *ctx;
    bool asked, stop;
} Echo;

/* Another thread defers it again before this call returns. */
static void run_echo(Deferred *d)
{
    Echo *e = caa_container_of(d, Echo, deferred);

    __atomic_store_n(&e->asked, true, __ATOMIC_RELEASE);
    while (__atomic_load_n(&e->asked, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
}

static gpointer echo(gpointer opaque)
{
    Echo *e = opaque;

    while (!__atomic_load_n(&e->stop, __ATOMIC_ACQUIRE)) {
        if (__atomic_load_n(&e->asked, __ATOMIC_ACQUIRE)) {
            context_defer(e->ctx, &e->deferred, run_echo);
            __atomic_store_n(&e->asked, false, __ATOMIC_RELEASE);
        }
        g_usleep(100);
    }
    return NULL;
}

static void while_others_defer(Machine *m, gconstpointer data)
{
    Echo e = { .ctx = m->ctx };
    GThread *thread = g_thread_new("echo", echo, &e);

    (void)data;
    context_defer(m->ctx, &e.deferred, run_echo);
    g_assert_true(context_drain(m->ctx));
    __atomic_store_n(&e.stop, true, __ATOMIC_RELEASE);
    g_thread_join(thread);
    g_assert_true(context_drain(m->ctx));
}

typedef struct Numbered {
    Deferred deferred;
    unsigned *next;
    unsigned number;
} Numbered;

static void run_numbered(Deferred *d)
{
    Numbered *n = caa_container_of(d, Numbered, deferred);

    g_assert_cmpuint((*n->next)++, ==, n->number);
}

static void oldest_first(Machine *m, gconstpointer data)
{
    enum { N = 10 };
    Numbered item[N];
    unsigned next = 0;

    (void)data;
    for (unsigned i = 0; i < N; i++) {
        item[i] = (Numbered){ .next = &next, .number = i };
        context_defer(m->ctx, &item[i].deferred, run_numbered);
    }
    g_assert_true(context_drain(m->ctx));
    g_assert_cmpuint(next, ==, N);
}

typedef struct Slow {
    Deferred deferred;
    bool begun, go_on, done;
} Slow;

static void run_slow(Deferred *d)
{
    Slow *s = caa_container_of(d, Slow, deferred);

    __atomic_store_n(&s->begun, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&s->go_on, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
    s->done = true;
}

static gpointer let_go_on(gpointer opaque)
{
    Slow *s = opaque;

    g_usleep(1000); /* the drain has probably begun by then; the result does not depend on it */
    __atomic_store_n(&s->go_on, true, __ATOMIC_RELEASE);
    return NULL;
}

/* A drain also waits for work that another thread is doing. */
static void waits_for_what_runs(Machine *m, gconstpointer data)
{
    Slow s = { .done = false };
    GThread *thread;

    (void)data;
    context_defer(m->ctx, &s.deferred, run_slow);
    while (!__atomic_load_n(&s.begun, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
    thread = g_thread_new("t", let_go_on, &s);
    g_assert_true(context_drain(m->ctx));
    g_assert_true(s.done);
    g_thread_join(thread);
}

/* The slow work of one machine delays only that machine's drain. */
static void not_for_other_contexts(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);
    Slow s = { .done = false };

    (void)data;
    context_defer(m->ctx, &s.deferred, run_slow);
    while (!__atomic_load_n(&s.begun, __ATOMIC_ACQUIRE)) {
        g_usleep(100);
    }
    g_assert_true(memory_context_destroy(other, NULL));
    __atomic_store_n(&s.go_on, true, __ATOMIC_RELEASE);
    g_assert_true(context_drain(m->ctx));
}

static void run_drain(Deferred *d)
{
    Chain *c = caa_container_of(d, Chain, deferred);

    c->refused = !context_drain(d->context);
}

static void no_drain_inside(Machine *m, gconstpointer data)
{
    Chain c = { .left = 0 };

    (void)data;
    context_defer(m->ctx, &c.deferred, run_drain);
    g_assert_true(context_drain(m->ctx));
    g_assert_true(c.refused);
    expect_message(m, "misuse", "deferred", NULL);
}

/* ---- Heap --------------------------------------------------------------------------------- */

static void heap_sorts(void)
{
    enum { N = 1000 };
    IndexHeap heap = { 0 };
    uint32_t last = 0;

    for (uint32_t i = 0; i < N; i++) {
        index_heap_push(&heap, i * 7919 % N);
    }
    for (uint32_t i = 0; i < N; i++) {
        uint32_t index = index_heap_pop(&heap);
        g_assert_cmpuint(index, >=, last);
        g_assert_cmpuint(index, ==, i);
        last = index;
    }
    g_assert_cmpuint(heap.count, ==, 0);
    index_heap_clear(&heap);
}

enum { NUMBERS = 500 };

static void pop_smallest(IndexHeap *heap, bool in[NUMBERS])
{
    unsigned smallest = 0;

    while (!in[smallest]) {
        smallest++;
    }
    g_assert_cmpuint(index_heap_pop(heap), ==, smallest);
    in[smallest] = false;
}

/* Numbers in order are kept as a queue, which turns into a heap when a smaller one comes. */
static void heap_begins_in_order(void)
{
    IndexHeap heap = { 0 };
    bool in[NUMBERS] = { false };
    uint32_t random = 5;

    for (unsigned step = 0; step < 40 * NUMBERS; step++) {
        bool ordered = step / NUMBERS % 2 == 0;
        random = random * 1664525u + 1013904223u;
        unsigned i = ordered ? step % NUMBERS : (random >> 8) % NUMBERS;
        if (!in[i]) {
            index_heap_push(&heap, i);
            in[i] = true;
        }
        if (random >> 31) {
            pop_smallest(&heap, in);
        }
        while (step % (2 * NUMBERS) == 2 * NUMBERS - 1 && heap.count) {
            pop_smallest(&heap, in);
        }
    }
    index_heap_clear(&heap);
}

/* ---- Table -------------------------------------------------------------------------------- */

static void table_finds(void)
{
    enum { N = 500 };
    NameTable table = { 0 };
    NameEntry *entry[N];

    g_assert_null(name_table_find(&table, "n0"));
    for (int i = 0; i < N; i++) {
        entry[i] = g_malloc(sizeof(NameEntry) + 8);
        g_snprintf(entry[i]->name, 8, "n%d", i);
        name_table_add(&table, entry[i]);
    }
    for (int i = 0; i < N; i += 2) {
        name_table_remove(&table, entry[i]);
    }
    for (int i = 0; i < N; i++) {
        g_assert_true(name_table_find(&table, entry[i]->name) == (i % 2 ? entry[i] : NULL));
    }
    g_assert_cmpuint(table.count, ==, N / 2);
    name_table_clear(&table);
    for (int i = 0; i < N; i++) {
        g_free(entry[i]);
    }
}

/* Names with a number or an address in steps: no chain gets long. */
static void table_spreads(void)
{
    enum { N = 1024, LONGEST = 16 };
    static const uint64_t steps[] = { 1, 2, 64, 1000, 0x1000, 1000000, 0x100000, 0x100000000 };
    static const char *const formats[] = { "ram[%" PRIu64 "]", "dev@%" PRIx64, "%" PRIu64 "-dev" };

    for (unsigned i = 0; i < G_N_ELEMENTS(steps) * G_N_ELEMENTS(formats); i++) {
        unsigned chain[N] = { 0 };
        for (unsigned k = 0; k < N; k++) {
            char name[32];
            /* The format is one of those above. */
            g_snprintf(name, sizeof(name), formats[i % G_N_ELEMENTS(formats)],
                       k * steps[i / G_N_ELEMENTS(formats)]);
            g_assert_cmpuint(++chain[name_hash(name) % N], <=, LONGEST);
        }
    }
}

/* The library reads a region's record after a write's data, so the record must live until the
 * write is over. */
static void records_of_regions(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);
    const RegionRecord *record = ram->record;
    Reader r;

    (void)data;
    reader_start(&r);
    object_unparent(OBJECT(ram));
    g_assert_false(record->writes_watched);
    g_assert_cmpstr(record->text, ==, "ram");
    reader_end(&r);
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, ram));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/defer/after-readers", after_readers);
    TEST("/defer/in-turn", in_turn);
    TEST("/defer/by-who-drains", by_who_drains);
    TEST("/defer/by-itself", by_itself);
    TEST("/defer/while-others-defer", while_others_defer);
    TEST("/defer/oldest-first", oldest_first);
    TEST("/defer/waits-for-what-runs", waits_for_what_runs);
    TEST("/defer/not-for-other-contexts", not_for_other_contexts);
    TEST("/defer/records-of-regions", records_of_regions);
    misuse_test_add("/defer/no-drain-inside", no_drain_inside);
    g_test_add_func("/defer/heap-sorts", heap_sorts);
    g_test_add_func("/defer/heap-begins-in-order", heap_begins_in_order);
    g_test_add_func("/defer/table-finds", table_finds);
    g_test_add_func("/defer/table-spreads", table_spreads);
    return g_test_run();
}
