/* SPDX-License-Identifier: MIT
 *
 * `physmem bench`: what it counts, and that it leaves the machine as it was. Times are not looked
 * at.
 */
#include <string.h>

#include "bench/map.h"
#include "maps.h"

static const MachineSpace *space_of(const MtreeMachine *m, const char *name)
{
    for (guint i = 0; i < m->spaces->len; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        if (g_str_equal(space->name, name)) {
            return space;
        }
    }
    g_assert_not_reached();
}

static guint count_ranges(const MtreeFlat *views, const char *space)
{
    guint n = 0;

    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (!space || mtree_flat_has_name(view, space)) {
            n += view->ranges->len;
        }
    }
    return n;
}

static void check_dump(const char *dump, const char *space)
{
    g_autoptr(Mtree) tree = maps_hinted(dump);
    g_autoptr(MtreeMachine) m = machine_new(tree, NULL);
    g_autofree char *before = maps_views(m);
    g_autoptr(MtreeFlat) views = machine_views(m);

    BenchResult r = bench_machine(m, space_of(m, space));
    g_autofree char *after = maps_views(m);
    g_assert_cmpstr(before, ==, after);
    g_assert_true(r.agree);
    g_assert_cmpuint(r.ranges, ==, count_ranges(views, space));
    g_assert_cmpuint(r.all_ranges, ==, count_ranges(views, NULL));
    g_assert_cmpuint(r.views, ==, views->blocks->len);
    g_assert_cmpuint(r.spaces, ==, m->spaces->len);
    g_assert_nonnull(r.moved);
    g_assert_true(r.lookup > 0 && r.array_lookup > 0 && r.commit > 0 && r.render > 0);
}

static void test_machines(void)
{
    check_dump("x86_64-pc", "memory");
    check_dump("x86_64-pc", "I/O");
    check_dump("aarch64-raspi3b", "memory");
}

/* A space without any range, and a region that is a space's root alone. */
static void test_little(void)
{
    static const char text[] = "address-space: memory\n"
                               "  0000000000000000-ffffffffffffffff (prio 0, i/o): system\n\n"
                               "address-space: one\n"
                               "  0000000000000000-000000000000ffff (prio 0, ram): one\n\n";
    g_autoptr(Mtree) tree = load_tree("little", text, strlen(text), NULL);
    g_assert_true(load_guesses(tree, NULL));
    g_autoptr(MtreeMachine) m = machine_new(tree, NULL);

    BenchResult empty = bench_machine(m, space_of(m, "memory"));
    g_assert_cmpuint(empty.ranges, ==, 0);
    g_assert_cmpuint(empty.all_ranges, ==, 1);
    g_assert_null(empty.moved);
    BenchResult one = bench_machine(m, space_of(m, "one"));
    g_assert_cmpuint(one.ranges, ==, 1);
    g_assert_null(one.moved);
    g_assert_true(one.agree);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    maps_unpack();
    g_test_add_func("/bench/machines", test_machines);
    g_test_add_func("/bench/little", test_little);
    int status = g_test_run();
    maps_remove();
    return status;
}
