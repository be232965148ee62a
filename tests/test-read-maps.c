/* SPDX-License-Identifier: MIT
 *
 * Maps for reading, which each thread counts for itself: closed by another thread than opened them,
 * or after that thread has ended, and many at once. A region without an owner shows what is
 * counted: memory_region_wait_unused() returns as soon as its last map is closed, and not before.
 */
#include <stdlib.h>

#include "exchange.h"
#include "waiter.h"

enum { PAGE = 0x1000, REGIONS = 40 };

static uint8_t *map(AddressSpace *as, hwaddr addr)
{
    hwaddr len = 16;
    uint8_t *host = address_space_map(as, addr, &len, false, MEMTXATTRS_UNSPECIFIED);

    g_assert_nonnull(host);
    g_assert_cmphex(len, ==, 16);
    return host;
}

static void unmap(AddressSpace *as, uint8_t *host)
{
    address_space_unmap(as, host, 16, false, 16);
}

typedef struct Stage {
    Machine *m;
    MemoryRegion *root, *ram[REGIONS];
    AddressSpace *as;
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .m = m, .root = box_new(m, "root", 0x100000) };

    s.as = space_new(m, s.root, "as");
    for (unsigned i = 0; i < REGIONS; i++) {
        g_autofree char *name = g_strdup_printf("ram%u", i);
        s.ram[i] = ram_new(m, name, PAGE);
        memory_region_add_subregion(s.root, i * PAGE, s.ram[i]);
    }
    return s;
}

/* ---- Other threads ---------------------------------------------------------------------- */

typedef struct Errand {
    AddressSpace *as;
    hwaddr addr;
    uint8_t *host;
} Errand;

static gpointer run_map(gpointer data)
{
    Errand *e = data;

    e->host = map(e->as, e->addr);
    return NULL;
}

static gpointer run_unmap(gpointer data)
{
    Errand *e = data;

    unmap(e->as, e->host);
    return NULL;
}

static void closed_by_another(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    uint8_t *own = map(s.as, 0);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        Errand e = { s.as, 0, map(s.as, 0) };
        elsewhere(run_unmap, &e);
    }
    Waiter w;
    memory_region_del_subregion(s.root, s.ram[0]);
    waiter_start(&w, s.ram[0]);
    unmap(s.as, own);
    waiter_end(&w);
}

static void opened_by_another(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Errand e[3] = { { s.as, 0, NULL }, { s.as, 0, NULL }, { s.as, 0, NULL } };

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        elsewhere(run_map, &e[i]);
    }
    Waiter w;
    memory_region_del_subregion(s.root, s.ram[0]);
    waiter_start(&w, s.ram[0]);
    unmap(s.as, e[0].host);
    elsewhere(run_unmap, &e[1]);
    waiter_still_waits(&w);
    unmap(s.as, e[2].host);
    waiter_end(&w);
}

/* More blocks than a thread has cells. */
static void many_blocks(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    uint8_t *host[REGIONS];

    (void)data;
    for (unsigned i = 0; i < REGIONS; i++) {
        host[i] = map(s.as, i * PAGE);
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        Waiter w;
        memory_region_del_subregion(s.root, s.ram[i]);
        waiter_start(&w, s.ram[i]);
        unmap(s.as, host[i]);
        waiter_end(&w);
    }
}

/* The threads take over the tables of those before them. */
static void threads_in_turn(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Errand e[REGIONS];

    (void)data;
    for (unsigned i = 0; i < REGIONS; i++) {
        e[i] = (Errand){ s.as, i * PAGE, NULL };
        elsewhere(run_map, &e[i]);
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        elsewhere(run_unmap, &e[i]);
        memory_region_del_subregion(s.root, s.ram[i]);
        g_assert_true(memory_region_wait_unused(s.ram[i], &error_abort));
    }
}

/* Writing and reading may be confused. */
static void closed_as_another_kind(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    hwaddr len = 16;
    uint8_t *write = address_space_map(s.as, 0, &len, true, MEMTXATTRS_UNSPECIFIED);
    uint8_t *read = map(s.as, PAGE);

    (void)data;
    unmap(s.as, write);
    address_space_unmap(s.as, read, 16, true, 0);
    for (unsigned i = 0; i < 2; i++) {
        memory_region_del_subregion(s.root, s.ram[i]);
        g_assert_true(memory_region_wait_unused(s.ram[i], &error_abort));
    }
}

/* One map is closed by two threads. */
static void closed_twice(Machine *m, gconstpointer data)
{
    (void)data;
    if (g_test_subprocess()) {
        Stage s = stage_new(m);
        Errand e = { s.as, 0, map(s.as, 0) };
        elsewhere(run_unmap, &e);
        unmap(s.as, e.host); /* the cell of this thread still counts the map */
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*unmap*Assertion*");
}

/* ---- All at once ------------------------------------------------------------------------ */

static void *take_map(void *as, GRand *rand)
{
    return map(as, (hwaddr)g_rand_int_range(rand, 0, REGIONS) * PAGE);
}

static void give_map(void *as, void *host)
{
    unmap(as, host);
}

static void all_at_once(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Exchange x = { .take = take_map, .give = give_map, .opaque = s.as };

    (void)data;
    exchange_start(&x);
    exchange_end(&x);
    for (unsigned i = 0; i < REGIONS; i++) {
        memory_region_del_subregion(s.root, s.ram[i]);
        g_assert_true(memory_region_wait_unused(s.ram[i], &error_abort));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/read-maps/closed-by-another", closed_by_another);
    TEST("/read-maps/opened-by-another", opened_by_another);
    TEST("/read-maps/many-blocks", many_blocks);
    TEST("/read-maps/threads-in-turn", threads_in_turn);
    TEST("/read-maps/another-kind", closed_as_another_kind);
    TEST("/read-maps/closed-twice", closed_twice);
    TEST("/read-maps/all-at-once", all_at_once);
    return g_test_run();
}
