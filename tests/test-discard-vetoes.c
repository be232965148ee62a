/* SPDX-License-Identifier: MIT
 *
 * Counted vetoes: which parts of a program may discard RAM, and which forbid it (specification
 * 20.2).
 */
#include <errno.h>

#include "support.h"

typedef int Veto(bool state);

/* A request of the row's kind while one of the column's kind is in force. The order is that of the
 * specification's table. */
static void veto_table(Machine *m, gconstpointer data)
{
    static Veto *const veto[] = { ram_block_discard_disable,
                                  ram_block_uncoordinated_discard_disable,
                                  ram_block_discard_require,
                                  ram_block_coordinated_discard_require };
    static const int want[4][4] = { { 0, 0, -EBUSY, -EBUSY },
                                    { 0, 0, -EBUSY, 0 },
                                    { -EBUSY, -EBUSY, 0, 0 },
                                    { -EBUSY, 0, 0, 0 } };

    (void)m, (void)data;
    for (unsigned taken = 0; taken < 4; taken++) {
        g_assert_false(ram_block_discard_is_disabled() || ram_block_discard_is_required());
        g_assert_cmpint(veto[taken](true), ==, 0);
        g_assert_cmpint(ram_block_discard_is_disabled(), ==, taken < 2);
        g_assert_cmpint(ram_block_discard_is_required(), ==, taken >= 2);
        for (unsigned i = 0; i < 4; i++) {
            g_assert_cmpint(veto[i](true), ==, want[i][taken]);
            if (!want[i][taken]) {
                g_assert_cmpint(veto[i](false), ==, 0);
            }
        }
        g_assert_cmpint(veto[taken](false), ==, 0);
    }
}

static void veto_counts(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(ram_block_discard_disable(true), ==, 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(ram_block_discard_require(true), ==, -EBUSY);
        g_assert_cmpint(ram_block_discard_disable(false), ==, 0);
    }
    g_assert_cmpint(ram_block_discard_require(true), ==, 0);
    g_assert_cmpint(ram_block_discard_require(false), ==, 0);
}

/* R10: a count below zero is refused. */
static void veto_below_zero(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(ram_block_discard_disable(false), ==, 0);
    expect_message(m, "misuse", "ram_block_discard_disable", NULL);
    ram_block_uncoordinated_discard_disable(false);
    expect_message(m, "misuse", "ram_block_uncoordinated_discard_disable", NULL);
    ram_block_coordinated_discard_require(false);
    expect_message(m, "misuse", "ram_block_coordinated_discard_require", NULL);
    g_assert_cmpint(ram_block_discard_require(true), ==, 0);
    ram_block_discard_require(false);
    ram_block_discard_require(false);
    expect_message(m, "misuse", "ram_block_discard_require", NULL);
    g_assert_cmpint(ram_block_discard_disable(true), ==, 0);
    ram_block_discard_disable(false);
}

static void veto_of_a_context(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);

    (void)data;
    g_assert_cmpint(ram_block_discard_disable(true), ==, 0);
    memory_context_set_current(other);
    g_assert_false(ram_block_discard_is_disabled());
    g_assert_cmpint(ram_block_discard_require(true), ==, 0);
    memory_context_set_current(m->ctx);
    g_assert_true(memory_context_destroy(other, NULL));
    g_assert_true(ram_block_discard_is_disabled());
    ram_block_discard_disable(false);
}

/* Threads that disable and threads that require discarding: never both kinds succeed at once. */
typedef struct Rivals {
    MemoryContext *ctx;
    int inside[2]; /* disablers, requirers */
} Rivals;

static void contend(Rivals *r, unsigned side)
{
    Veto *veto = side ? ram_block_discard_require : ram_block_discard_disable;

    memory_context_set_current(r->ctx);
    for (unsigned i = 0; i < 5000; i++) {
        if (!veto(true)) {
            g_atomic_int_inc(&r->inside[side]);
            g_assert_cmpint(g_atomic_int_get(&r->inside[!side]), ==, 0);
            g_atomic_int_add(&r->inside[side], -1);
            veto(false);
        }
    }
}

static gpointer disabler(gpointer data)
{
    contend(data, 0);
    return NULL;
}

static gpointer requirer(gpointer data)
{
    contend(data, 1);
    return NULL;
}

static void veto_threads(Machine *m, gconstpointer data)
{
    Rivals r = { .ctx = m->ctx };
    GThread *thread[4];

    (void)data;
    for (unsigned i = 0; i < 4; i++) {
        thread[i] = g_thread_new("veto", i % 2 ? disabler : requirer, &r);
    }
    for (unsigned i = 0; i < 4; i++) {
        g_thread_join(thread[i]);
    }
    g_assert_false(ram_block_discard_is_disabled() || ram_block_discard_is_required());
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/discard/20.2/veto-table", veto_table);
    TEST("/discard/20.2/veto-counts", veto_counts);
    misuse_test_add("/discard/R10/veto-below-zero", veto_below_zero);
    TEST("/discard/20.2/veto-of-a-context", veto_of_a_context);
    TEST("/discard/20.2/veto-threads", veto_threads);
    return g_test_run();
}
