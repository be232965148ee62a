/* SPDX-License-Identifier: MIT
 *
 * Inside the library: ages of views (view/age.h), compared with a model that remembers for each
 * piece of the space when it was last in a changed window.
 */
#include <glib.h>
#include <string.h>

#include "view/age.h"

enum { PIECES = 100, VERSIONS = 1000 };

static const hwaddr piece = (hwaddr)1 << VIEW_PIECE_BITS;

typedef struct Model {
    GRand *dice;
    FlatView fv;
    unsigned version;
    unsigned changed[PIECES]; /* the version that changed each piece */
} Model;

static Window some_window(Model *m)
{
    hwaddr first = (hwaddr)(g_rand_double(m->dice) * PIECES * (double)piece);
    hwaddr size = (hwaddr)1 << g_rand_int_range(m->dice, 0, 27), last = first + size - 1;
    return (Window){ first, last < PIECES * piece ? last : PIECES * piece - 1 };
}

/* Returns the latest version that changed a part that the window touches. */
static unsigned latest_change(const Model *m, Window w)
{
    unsigned latest = 0;
    for (hwaddr at = w.first / piece; at <= w.last / piece; at++) {
        for (unsigned i = 0; i < PIECES; i++) {
            if (i % VIEW_PARTS == at % VIEW_PARTS && m->changed[i] > latest) {
                latest = m->changed[i];
            }
        }
    }
    return latest;
}

static void change(Model *m)
{
    FlatView before = m->fv;
    WindowSet set = { 0 };
    for (int i = g_rand_int_range(m->dice, 0, 3); i >= 0; i--) {
        Window w = some_window(m);
        window_set_add(&set, w.first, w.last);
    }
    view_age_next(&m->fv, &before, &set);
    g_assert_true(view_is_before(&before, m->fv.id));
    m->version++;
    for (size_t i = 0; i < set.count; i++) {
        for (hwaddr at = set.window[i].first / piece; at <= set.window[i].last / piece; at++) {
            m->changed[at] = m->version;
        }
    }
    window_set_clear(&set);
}

static void windows(void)
{
    Model m = { .dice = g_rand_new_with_seed((guint32)g_test_rand_int()) };

    view_age_begin(&m.fv);
    for (unsigned i = 0; i < VERSIONS; i++) {
        change(&m);
        Window w = some_window(&m);
        g_assert_cmpuint(view_age(&m.fv, w.first, w.last), ==,
                         MIN(m.version - latest_change(&m, w), VIEW_MOST_AGE));
    }
    g_rand_free(m.dice);
}

static FlatView next_with(const FlatView *before, hwaddr first, hwaddr last)
{
    WindowSet set = { 0 };
    FlatView fv = { 0 };
    window_set_add(&set, first, last);
    view_age_next(&fv, before, &set);
    window_set_clear(&set);
    return fv;
}

/* Windows as large as all parts, and at the end of the space. */
static void bounds(void)
{
    FlatView fv;

    view_age_begin(&fv);
    fv = next_with(&fv, HWADDR_MAX, HWADDR_MAX);
    g_assert_cmpuint(view_age(&fv, HWADDR_MAX, HWADDR_MAX), ==, 0);
    g_assert_cmpuint(view_age(&fv, 0, (VIEW_PARTS - 1) * piece - 1), ==, 1);
    g_assert_cmpuint(view_age(&fv, 0, (VIEW_PARTS - 1) * piece), ==, 0);
    g_assert_cmpuint(view_age(&fv, 0, HWADDR_MAX), ==, 0);
    fv = next_with(&fv, piece - 1, VIEW_PARTS * piece);
    g_assert_cmpuint(view_age(&fv, 5 * piece, 5 * piece), ==, 0);
    g_assert_cmpuint(view_age(&fv, HWADDR_MAX, HWADDR_MAX), ==, 0);
}

/* An age stops growing at its largest value. */
static void old(void)
{
    FlatView fv;

    view_age_begin(&fv);
    for (unsigned i = 1; i < 2 * VIEW_MOST_AGE; i++) {
        fv = next_with(&fv, 0, 0);
        g_assert_cmpuint(view_age(&fv, piece, piece), ==, MIN(i, VIEW_MOST_AGE));
    }
}

static void since(void)
{
    FlatView first, second, third, other;

    view_age_begin(&first);
    second = next_with(&first, 0, 0);
    third = next_with(&second, 0, 0);
    view_age_begin(&other);
    g_assert_cmpuint(view_versions_since(&third, third.id), ==, 0);
    g_assert_cmpuint(view_versions_since(&third, first.id), ==, 2);
    g_assert_cmpuint(view_versions_since(&first, third.id), >, VIEW_MOST_AGE);
    g_assert_cmpuint(view_versions_since(&third, other.id), >, VIEW_MOST_AGE);
    g_assert_cmpuint(view_versions_since(&other, third.id), >, VIEW_MOST_AGE);
    g_assert_cmpuint(view_versions_since(&third, 0), >, VIEW_MOST_AGE);
    g_assert_true(view_is_before(&first, third.id));
    g_assert_false(view_is_before(&third, first.id));
    g_assert_false(view_is_before(&third, third.id));
    g_assert_false(view_is_before(&third, other.id));
    g_assert_false(view_is_before(&other, third.id));
}

/* After its last version a view gets another lineage, in which nothing of before holds. */
static void lineages(void)
{
    FlatView first, fv;

    view_age_begin(&first);
    fv = first;
    for (unsigned i = 1; i < 1u << VIEW_VERSION_BITS; i++) {
        fv = next_with(&fv, 0, 0);
        g_assert_true(view_is_before(&first, fv.id));
    }
    FlatView last = fv;
    for (unsigned i = 0; i < 2 * VIEW_MOST_AGE; i++) {
        fv = next_with(&fv, 0, 0);
        g_assert_cmpuint(view_age(&fv, piece, piece), ==, MIN(i, VIEW_MOST_AGE));
        g_assert_cmpuint(view_versions_since(&fv, last.id), >, VIEW_MOST_AGE);
        g_assert_false(view_is_before(&last, fv.id));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/view-age/windows", windows);
    g_test_add_func("/view-age/bounds", bounds);
    g_test_add_func("/view-age/old", old);
    g_test_add_func("/view-age/since", since);
    g_test_add_func("/view-age/lineages", lineages);
    return g_test_run();
}
