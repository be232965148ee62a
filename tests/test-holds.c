/* SPDX-License-Identifier: MIT
 *
 * References on views, which each thread counts for itself while a view is published: dropped by
 * another thread than took them, before and after the view is replaced, after a thread has ended,
 * and many at once. A region without an owner shows what is counted: memory_region_wait_unused()
 * returns as soon as the last reference on a view that shows it is dropped, and not before.
 */
#include "exchange.h"
#include "reader.h"
#include "waiter.h"

enum { PAGE = 0x1000, VIEWS = 24 };

typedef struct Stage {
    MemoryRegion *root, *ram[VIEWS];
    AddressSpace *as;
    FlatView *view[VIEWS];
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x100000) };

    s.as = space_new(m, s.root, "as");
    for (unsigned i = 0; i < VIEWS; i++) {
        g_autofree char *name = g_strdup_printf("ram%u", i);
        s.ram[i] = ram_new(m, name, PAGE);
    }
    return s;
}

static void show(Stage *s, unsigned i)
{
    memory_region_add_subregion(s->root, i * PAGE, s->ram[i]);
}

static void hide(Stage *s, unsigned i)
{
    memory_region_del_subregion(s->root, s->ram[i]);
}

static void assert_unused(Stage *s, unsigned i)
{
    g_assert_true(memory_region_wait_unused(s->ram[i], &error_abort));
}

/* ---- Other threads ---------------------------------------------------------------------- */

static gpointer run_hold(gpointer data)
{
    return address_space_get_flatview(data);
}

static gpointer run_drop(gpointer data)
{
    flatview_unref(data);
    return NULL;
}

/* The sum of the cells is 1, but no cell says so. */
static void dropped_by_another(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Waiter w;

    (void)data;
    show(&s, 0);
    for (unsigned i = 0; i < 4; i++) {
        s.view[i] = address_space_get_flatview(s.as);
    }
    for (unsigned i = 0; i < 3; i++) {
        elsewhere(run_drop, s.view[i]);
    }
    hide(&s, 0);
    waiter_start(&w, s.ram[0]);
    elsewhere(run_drop, s.view[3]);
    waiter_end(&w);
}

/* The threads take over the cells of those before them. */
static void taken_by_others(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Waiter w;

    (void)data;
    show(&s, 0);
    for (unsigned i = 0; i < VIEWS; i++) {
        s.view[i] = elsewhere(run_hold, s.as);
    }
    for (unsigned i = 0; i < VIEWS / 2; i++) {
        flatview_unref(s.view[i]);
    }
    hide(&s, 0);
    waiter_start(&w, s.ram[0]);
    for (unsigned i = VIEWS / 2; i < VIEWS - 1; i++) {
        flatview_unref(s.view[i]);
    }
    waiter_still_waits(&w);
    flatview_unref(s.view[VIEWS - 1]);
    waiter_end(&w);
}

/* More views than a thread has cells. */
static void many_views(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    for (unsigned i = 0; i < VIEWS; i++) {
        show(&s, i);
        s.view[i] = address_space_get_flatview(s.as);
        hide(&s, i);
    }
    for (unsigned i = 0; i < VIEWS; i++) {
        Waiter w;
        waiter_start(&w, s.ram[i]);
        flatview_unref(s.view[i]);
        waiter_end(&w);
    }
}

/* More views at once, none of them replaced yet. */
static void many_spaces(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    AddressSpace *space[VIEWS];

    (void)data;
    for (unsigned i = 0; i < VIEWS; i++) {
        space[i] = space_new(m, s.ram[i], "of-one");
        s.view[i] = address_space_get_flatview(space[i]);
    }
    for (unsigned i = 0; i < VIEWS; i++) {
        Waiter w;
        space_drop(m, space[i]);
        waiter_start(&w, s.ram[i]);
        flatview_unref(s.view[i]);
        waiter_end(&w);
    }
}

/* A reader keeps the library from adding up the cells of a view that was replaced. */
static void dropped_under_a_reader(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Reader reader;
    Waiter w;

    (void)data;
    show(&s, 0);
    for (unsigned i = 0; i < 4; i++) {
        s.view[i] = i % 2 ? elsewhere(run_hold, s.as) : address_space_get_flatview(s.as);
    }
    elsewhere(run_drop, s.view[0]);
    reader_start(&reader);
    hide(&s, 0);
    flatview_unref(s.view[1]);
    elsewhere(run_drop, s.view[2]);
    reader_end(&reader);
    waiter_start(&w, s.ram[0]);
    flatview_unref(s.view[3]);
    waiter_end(&w);
}

/* ---- All at once ------------------------------------------------------------------------ */

static void *take_view(void *as, GRand *rand)
{
    (void)rand;
    return address_space_get_flatview(as);
}

static void give_view(void *as, void *view)
{
    (void)as;
    flatview_unref(view);
}

static void all_at_once(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Exchange x = { .take = take_view, .give = give_view, .opaque = s.as };

    (void)data;
    exchange_start(&x);
    for (unsigned i = 0; i < VIEWS; i++) {
        show(&s, i);
        g_usleep(500);
        hide(&s, i);
    }
    exchange_end(&x);
    for (unsigned i = 0; i < VIEWS; i++) {
        assert_unused(&s, i);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/holds/8/dropped-by-another", dropped_by_another);
    TEST("/holds/8/taken-by-others", taken_by_others);
    TEST("/holds/8/many-views", many_views);
    TEST("/holds/8/many-spaces", many_spaces);
    TEST("/holds/8/under-a-reader", dropped_under_a_reader);
    TEST("/holds/8/all-at-once", all_at_once);
    return g_test_run();
}
