/* SPDX-License-Identifier: MIT
 *
 * Inside the library: cells (base/cells.h) whose things end. A thread gives a cell to another thing
 * while the cells of the thing before are added up; a thread gets a cell back although another one
 * has closed its map.
 */
#include "base/cells.h"
#include "support.h"

enum { THINGS = 500000, BLOCKS = 100, PAGE = 0x1000 };

typedef struct Stage {
    uint64_t ended; /* a thing that is not counted any more; atomic */
    bool over;      /* atomic */
    int64_t collected;
} Stage;

static gpointer run_collect(gpointer data)
{
    Stage *s = data;
    while (!__atomic_load_n(&s->over, __ATOMIC_ACQUIRE)) {
        uint64_t ended = __atomic_load_n(&s->ended, __ATOMIC_ACQUIRE);
        s->collected += cells_collect(CELLS_VIEWS, ended);
    }
    return NULL;
}

/* Returns the next number whose cell has the same place as 'cell'. */
static uint64_t next_at(CellTable *table, const Cell *cell, uint64_t number)
{
    do {
        number++;
    } while (cell_place(table, CELLS_VIEWS, number) != cell);
    return number;
}

static void given_away(void)
{
    Stage s = { 0 };
    uint64_t number = 1;

    read_enter();
    Cell *cell = cell_take(CELLS_VIEWS, number);
    if (!cell) {
        read_leave();
        g_test_skip("this host needs barriers in read sections");
        return;
    }
    GThread *t = g_thread_new("collect", run_collect, &s);
    for (unsigned i = 0; i < THINGS; i++) {
        __atomic_store_n(&s.ended, number, __ATOMIC_RELEASE);
        number = next_at(cell_table, cell, number);
        g_assert_true(cell_take(CELLS_VIEWS, number) == cell);
        cell_add(cell, 1);
        g_assert_cmpint(cell->count, ==, 1);
        cell_add(cell, -1);
    }
    __atomic_store_n(&s.over, true, __ATOMIC_RELEASE);
    g_thread_join(t);
    read_leave();
    g_assert_cmpint(s.collected, ==, 0);
}

static gpointer run_unmap(gpointer data)
{
    void **map = data; /* the space and the pointer */
    address_space_unmap(map[0], map[1], PAGE, false, PAGE);
    return NULL;
}

/* The blocks' maps are opened here and closed by other threads. Then the blocks end. */
static void closed_by_others(Machine *m, gconstpointer data)
{
    (void)data;
    for (unsigned i = 0; i < BLOCKS; i++) {
        MemoryRegion *ram = ram_new(m, "ram", PAGE);
        AddressSpace *as = space_new(m, ram, "as");
        hwaddr len = PAGE;
        void *map[] = { as, address_space_map(as, 0, &len, false, MEMTXATTRS_UNSPECIFIED) };
        g_thread_join(g_thread_new("unmap", run_unmap, map));
        space_drop(m, as);
        region_drop(m, ram);
    }
    memory_drain();
    for (unsigned i = 0; cell_table && i < CELLS; i++) {
        g_assert_cmpint(cell_table->cell[CELLS_MAPS][i].count, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cells/given-away", given_away);
    TEST("/cells/closed-by-others", closed_by_others);
    return g_test_run();
}
