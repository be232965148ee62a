/* SPDX-License-Identifier: MIT
 *
 * Inside: deferral, and the heap and the table behind names of objects.
 */
#include "base/context.h"
#include "base/index-heap.h"
#include "base/name-table.h"
#include "support.h"

/* ---- Deferral ----------------------------------------------------------------------------- */

typedef struct Chain {
    Deferred deferred;
    unsigned left; /* how often it defers itself again */
    bool ran;
    bool refused;
    MemoryContext *current;
} Chain;

static void run_chain(Deferred *d)
{
    Chain *c = caa_container_of(d, Chain, deferred);

    c->ran = true;
    c->current = memory_context_current();
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
    g_assert_cmpuint(m->ctx->deferred, ==, 0);
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

/* ---- Table -------------------------------------------------------------------------------- */

static void table_finds(void)
{
    enum { N = 500 };
    NameTable table = { 0 };
    NameEntry entry[N];
    char name[N][8];

    g_assert_null(name_table_find(&table, "n0"));
    for (int i = 0; i < N; i++) {
        g_snprintf(name[i], sizeof name[i], "n%d", i);
        name_table_add(&table, &entry[i], name[i]);
    }
    for (int i = 0; i < N; i += 2) {
        name_table_remove(&table, &entry[i]);
    }
    for (int i = 0; i < N; i++) {
        g_assert_true(name_table_find(&table, name[i]) == (i % 2 ? &entry[i] : NULL));
    }
    g_assert_cmpuint(table.count, ==, N / 2);
    name_table_clear(&table);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/defer/after-readers", after_readers);
    TEST("/defer/in-turn", in_turn);
    misuse_test_add("/defer/no-drain-inside", no_drain_inside);
    g_test_add_func("/defer/heap-sorts", heap_sorts);
    g_test_add_func("/defer/table-finds", table_finds);
    return g_test_run();
}
