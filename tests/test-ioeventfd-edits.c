/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds: adding and removing them, as writes see it, and a thread that waits for a notifier
 * (specification 7, 18, 22.9; R12).
 */
#include <poll.h>
#include <unistd.h>

#include "bell.h"

/* ---- Edits ------------------------------------------------------------------------------ */

static void appear_with_the_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    memory_region_transaction_begin();
    unbind(s, 0, 4, 0);
    bind(s, 4, 4, 1);
    bind(s, 8, 4, 2);
    unbind(s, 8, 4, 2);
    assert_store(s, 0x1000, 4, 1, "e0");
    assert_store(s, 0x1004, 4, 1, "d:w4/4=1");
    memory_region_transaction_commit();
    assert_store(s, 0x1000, 4, 1, "d:w0/4=1");
    assert_store(s, 0x1004, 4, 1, "e1");
    assert_store(s, 0x1008, 4, 1, "d:w8/4=1");
    events_cleanup(&s->ev);
}

/* R12: here "any width" is a width like any other. */
static void exact_arguments(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    bind(s, 0, 0, 1);
    bind_data(s, 0, 4, 7, 2);
    unbind(s, 0, 0, 1);
    assert_store(s, 0x1000, 4, 7, "e0");
    assert_store(s, 0x1000, 2, 7, "d:w0/2=7");
    unbind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 7, "e2");
    unbind_data(s, 0, 4, 7, 2);
    assert_store(s, 0x1000, 4, 7, "d:w0/4=7");
    events_cleanup(&s->ev);
}

/* Specification 18: if data is not matched, it plays no part in finding the ioeventfd. */
static void data_that_is_not_matched(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memory_region_add_eventfd(&s->d->mr, 0, 2, false, 5, &s->ev.e[0]);
    assert_store(s, 0x1000, 2, 7, "e0");
    memory_region_del_eventfd(&s->d->mr, 0, 2, false, 6, &s->ev.e[0]);
    assert_store(s, 0x1000, 2, 7, "d:w0/2=7");
    events_cleanup(&s->ev);
}

static void del_of_nothing(Machine *m, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    Stage st, *s = &st;

    stage_setup(s, m);
    if (g_test_subprocess()) {
        bind_data(s, 0, 4, 7, 0);
        unbind_data(s, addr, size, data, e);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*memory_region_del_eventfd*removed*");
    events_cleanup(&s->ev);
}

#define DEL_OF_NOTHING(name, addr, size, with, e)                                                 \
    static void name(Machine *m, gconstpointer data)                                              \
    {                                                                                             \
        (void)data;                                                                               \
        del_of_nothing(m, addr, size, with, e);                                                   \
    }
DEL_OF_NOTHING(del_other_address, 4, 4, 7, 0)
DEL_OF_NOTHING(del_other_width, 0, 2, 7, 0)
DEL_OF_NOTHING(del_any_width, 0, 0, 7, 0)
DEL_OF_NOTHING(del_other_data, 0, 4, 8, 0)
DEL_OF_NOTHING(del_other_notifier, 0, 4, 7, 1)

static void edit_in_callback(Spy *spy, const char *what, MemoryRegionSection *section)
{
    Events *ev = spy->opaque;

    if (g_str_equal(what, "del")) {
        memory_region_add_eventfd(section->mr, 0, 4, false, 0, &ev->e[0]);
    }
}

static void misuse_is_refused(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Spy *spy;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 3, 0);
    expect_message(m, "misuse", "memory_region_add_eventfd", "'d'", "1, 2, 4 or 8", NULL);
    bind(s, 0, 16, 0);
    expect_message(m, "misuse", "memory_region_add_eventfd", NULL);
    unbind(s, 0, 5, 0);
    expect_message(m, "misuse", "memory_region_del_eventfd", NULL);
    memory_region_add_eventfd(&s->d->mr, 0, 4, false, 0, NULL);
    expect_message(m, "misuse", "'d'", "no event notifier", NULL);
    spy = spy_on(m, "s", 0, s->as);
    spy->opaque = &s->ev;
    spy->hook = edit_in_callback;
    memory_region_del_subregion(s->root, &s->d->mr);
    expect_message(m, "misuse", "memory_region_add_eventfd", "listener", NULL);
    spy->hook = NULL;
    memory_region_dispatch_write(&s->d->mr, 0, 1, MO_LEUL, ANY);
    assert_trace(m, "s:begin s:del(1000-103f d@0) s:commit d:w0/4=1");
    assert_events(&s->ev, "");
    events_cleanup(&s->ev);
}

/* Tear-down and the sanitizers check that nothing is left. */
static void regions_that_end(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *other = io_new(m, "other", 0x10);

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    memory_region_add_eventfd(other, 0, 4, false, 0, &s->ev.e[0]);
    memory_region_add_eventfd(other, 4, 4, false, 0, &s->ev.e[0]);
    region_drop(m, other);
    other = io_new(m, "other", 0x10);
    memory_region_transaction_begin(); /* the region ends before the commit */
    memory_region_add_eventfd(other, 0, 4, false, 0, &s->ev.e[0]);
    object_unparent(OBJECT(other));
    g_assert_true(g_ptr_array_remove(m->regions, other));
    memory_region_transaction_commit();
    assert_store(s, 0x1000, 4, 1, "e0");
    events_cleanup(&s->ev);
}

/* ---- Notifiers that somebody waits for (22.9) ------------------------------------------- */

typedef struct Waiter {
    EventNotifier *bell, done;
    unsigned stores;
} Waiter;

/* Each store wakes the thread once, with one signal. After that nothing wakes it. */
static gpointer wait_for_stores(gpointer data)
{
    Waiter *w = data;
    struct pollfd fd = { .fd = event_notifier_get_fd(w->bell), .events = POLLIN };

    for (unsigned i = 0; i < w->stores; i++) {
        uint64_t signals = 0;
        g_assert_cmpint(poll(&fd, 1, 10000), ==, 1);
        g_assert_cmpint(read(fd.fd, &signals, sizeof(signals)), ==, sizeof(signals));
        g_assert_cmpuint(signals, ==, 1);
        event_notifier_set(&w->done);
    }
    g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
    return NULL;
}

static void somebody_waits(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Waiter w = { .stores = 200 };
    GThread *thread;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 8, 4, 7, 0);
    w.bell = &s->ev.e[0];
    g_assert_cmpint(event_notifier_init(&w.done, 0), ==, 0);
    thread = g_thread_new("waiter", wait_for_stores, &w);
    for (unsigned i = 0; i < w.stores; i++) {
        struct pollfd fd = { .fd = event_notifier_get_fd(&w.done), .events = POLLIN };
        store(s, 0x1008, 4, 6);
        store(s, 0x1008, 4, 7);
        g_assert_cmpint(poll(&fd, 1, 10000), ==, 1);
        g_assert_cmpint(event_notifier_test_and_clear(&w.done), ==, 1);
    }
    g_thread_join(thread);
    g_string_truncate(m->trace, 0);
    event_notifier_cleanup(&w.done);
    events_cleanup(&s->ev);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ioeventfd-edits/7/transaction", appear_with_the_transaction);
    TEST("/ioeventfd-edits/R12/exact-arguments", exact_arguments);
    TEST("/ioeventfd-edits/18/data/not-matched", data_that_is_not_matched);
    TEST("/ioeventfd-edits/18/del-asserts/address", del_other_address);
    TEST("/ioeventfd-edits/18/del-asserts/width", del_other_width);
    TEST("/ioeventfd-edits/R12/del-asserts/any-width", del_any_width);
    TEST("/ioeventfd-edits/18/del-asserts/data", del_other_data);
    TEST("/ioeventfd-edits/18/del-asserts/notifier", del_other_notifier);
    misuse_test_add("/ioeventfd-edits/misuse", misuse_is_refused);
    TEST("/ioeventfd-edits/3/end", regions_that_end);
    TEST("/ioeventfd-edits/22.9/somebody-waits", somebody_waits);
    return g_test_run();
}
