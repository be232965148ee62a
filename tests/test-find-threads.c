/* SPDX-License-Identifier: MIT
 *
 * memory_region_find() takes no lock. Here regions and their containers move meanwhile: a search
 * finds the region where it was before a move or where it is after it, or finds nothing.
 */
#include "crew.h"

enum { PAGE = 0x1000, PLACES = 2, SEARCHES = 64 };

/* Two containers, each the root of a space. The child is at i * PAGE of the i-th one, and something
 * else is at the other place. */
typedef struct Moves {
    Crew crew;
    MemoryRegion *child, *box[PLACES];
    int moves;
} Moves;

static gpointer find_child(gpointer data)
{
    Moves *v = data;

    while (crew_goes_on(&v->crew)) {
        for (unsigned i = 0; i < SEARCHES; i++) {
            MemoryRegionSection found = memory_region_find(v->child, 8, 4);
            g_assert_true(!found.mr || found.mr == v->child);
            g_assert_true(!found.mr || found.offset_within_region == 8);
        }
    }
    return NULL;
}

/* A space that begins in a transaction makes the library undo the move, and do it once more. */
static void move_once(Moves *v)
{
    unsigned from = (unsigned)v->moves++ % PLACES, to = (from + 1) % PLACES;
    static AddressSpace late;

    memory_region_transaction_begin();
    memory_region_del_subregion(v->box[from], v->child);
    memory_region_add_subregion(v->box[to], to * PAGE, v->child);
    address_space_init(&late, v->box[to], "late");
    memory_region_transaction_commit();
    address_space_destroy(&late);
}

static void moved_between_containers(Machine *m, gconstpointer data)
{
    Moves v = { .crew = { .machine = m }, .child = io_new(m, "child", PAGE) };

    (void)data;
    for (unsigned i = 0; i < PLACES; i++) {
        v.box[i] = box_new(m, i ? "b" : "a", PLACES * PAGE);
        memory_region_add_subregion(v.box[i], (1 - i) * PAGE, io_new(m, "other", PAGE));
        space_new(m, v.box[i], i ? "b" : "a");
    }
    memory_region_add_subregion(v.box[0], 0, v.child);
    crew_start(&v.crew, find_child, &v);
    for (Clock clock = clock_start(); clock_runs(&clock);) {
        move_once(&v);
    }
    crew_end(&v.crew);
    g_test_message("%d moves", v.moves);
}

/* ---- A way up that is long -------------------------------------------------------------- *
 *
 * The child is at the end of a chain of containers. The whole chain moves from 0 to 2 * PAGE, and
 * the child, which is out of it meanwhile, from 0 to PAGE in the last container. Something else is
 * at PAGE and at 2 * PAGE, where a search arrives that takes one place from before the moves and
 * the other one from after them. */

enum { LEVELS = 200 };

static void move_chain_once(Moves *v)
{
    bool back = v->moves++ % 2;
    MemoryRegion *last = v->box[1], *first = v->box[0];

    memory_region_transaction_begin();
    memory_region_del_subregion(last, v->child);
    memory_region_set_address(first, back ? 0 : 2 * PAGE);
    memory_region_add_subregion(last, back ? 0 : PAGE, v->child);
    memory_region_transaction_commit();
}

static void make_chain(Machine *m, Moves *v)
{
    MemoryRegion *above = box_new(m, "root", 8 * PAGE);

    space_new(m, above, "space");
    memory_region_add_subregion_overlap(above, PAGE, io_new(m, "other", 2 * PAGE), -1);
    for (unsigned i = 0; i < LEVELS; i++) {
        MemoryRegion *box = box_new(m, "box", 4 * PAGE);
        memory_region_add_subregion(above, 0, box);
        v->box[i > 0] = above = box;
    }
    memory_region_add_subregion(above, 0, v->child);
}

static void moved_with_containers(Machine *m, gconstpointer data)
{
    Moves v = { .crew = { .machine = m }, .child = io_new(m, "child", PAGE) };

    (void)data;
    make_chain(m, &v);
    crew_start(&v.crew, find_child, &v);
    for (Clock clock = clock_start(); clock_runs(&clock);) {
        move_chain_once(&v);
    }
    crew_end(&v.crew);
    g_test_message("%d moves", v.moves);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/find-threads/6.2/moved-between-containers", moved_between_containers);
    TEST("/find-threads/6.2/moved-with-containers", moved_with_containers);
    return g_test_run();
}
