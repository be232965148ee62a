/* SPDX-License-Identifier: MIT
 *
 * Random edits of coalesced MMIO (specification 9.2, 19). The pieces that a listener was told one
 * by one must be those that a later listener is told when it registers (R14).
 */
#include <stdlib.h>

#include "support.h"

enum { REGIONS = 6, STEPS = 3000, MOST = 4096, SPAN = 0x400 };

typedef struct Piece {
    hwaddr addr, len;
} Piece;

/* A listener that keeps the pieces that it was told of. */
typedef struct Keeper {
    MemoryListener listener;
    Piece piece[MOST];
    unsigned pieces;
} Keeper;

static void on_add(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    Keeper *k = (Keeper *)l;

    g_assert_true(len > 0 && addr >= section->offset_within_address_space);
    g_assert_true(addr + len <=
                  section->offset_within_address_space + int128_getlo(section->size));
    g_assert_cmpuint(k->pieces, <, MOST);
    k->piece[k->pieces++] = (Piece){ addr, len };
}

static void on_del(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    Keeper *k = (Keeper *)l;

    (void)section;
    for (unsigned i = 0; i < k->pieces; i++) {
        if (k->piece[i].addr == addr && k->piece[i].len == len) {
            k->piece[i] = k->piece[--k->pieces];
            return;
        }
    }
    g_error("removal of 0x%" PRIx64 " bytes at 0x%" PRIx64 " that were never added", len, addr);
}

static void keeper_start(Keeper *k, AddressSpace *as)
{
    *k = (Keeper){
        .listener = { .coalesced_io_add = on_add, .coalesced_io_del = on_del, .name = "keeper" },
    };
    memory_listener_register(&k->listener, as);
}

static int by_address(const void *a, const void *b)
{
    const Piece *x = a, *y = b;

    if (x->addr != y->addr) {
        return x->addr < y->addr ? -1 : 1;
    }
    return x->len < y->len ? -1 : x->len > y->len;
}

static void assert_same(Keeper *old, Keeper *late)
{
    g_assert_cmpuint(old->pieces, ==, late->pieces);
    qsort(old->piece, old->pieces, sizeof(Piece), by_address);
    qsort(late->piece, late->pieces, sizeof(Piece), by_address);
    for (unsigned i = 0; i < old->pieces; i++) {
        g_assert_cmphex(old->piece[i].addr, ==, late->piece[i].addr);
        g_assert_cmphex(old->piece[i].len, ==, late->piece[i].len);
    }
}

/* ---- Edits ------------------------------------------------------------------------------ */

static hwaddr any_address(void)
{
    return (hwaddr)g_test_rand_int_range(0, SPAN);
}

static void move(MemoryRegion *root, MemoryRegion *mr)
{
    if (memory_region_container(mr)) {
        memory_region_del_subregion(root, mr);
    } else {
        hwaddr at = any_address();
        memory_region_add_subregion_overlap(root, at, mr, g_test_rand_int_range(-1, 2));
    }
}

static void edit(MemoryRegion *root, MemoryRegion *mr)
{
    hwaddr start;

    switch (g_test_rand_int_range(0, 8)) {
    case 0:
    case 1:
        move(root, mr);
        return;
    case 2:
        memory_region_set_enabled(mr, g_test_rand_bit());
        return;
    case 3:
        memory_region_set_size(mr, any_address());
        return;
    case 4:
        memory_region_set_address(mr, any_address());
        return;
    case 5:
        start = any_address();
        memory_region_add_coalescing(mr, start, any_address());
        return;
    case 6:
        memory_region_set_coalescing(mr);
        return;
    default:
        memory_region_clear_coalescing(mr);
    }
}

static void at_random(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", SPAN), *mr[REGIONS];
    AddressSpace *as = space_new(m, root, "as");
    g_autofree Keeper *old = g_new(Keeper, 1), *late = g_new(Keeper, 1);
    unsigned open = 0;

    (void)data;
    for (unsigned i = 0; i < REGIONS; i++) {
        mr[i] = i < REGIONS / 2 ? io_new(m, "io", SPAN / 4)
                                : window_new(m, "window", mr[i - REGIONS / 2], 0x20, SPAN / 8);
    }
    keeper_start(old, as);
    for (unsigned i = 0; i < STEPS || open; i++) {
        if (open < 2 && i < STEPS && g_test_rand_int_range(0, 4) == 0) {
            memory_region_transaction_begin();
            open++;
        } else if (open && g_test_rand_int_range(0, 6) == 0) {
            memory_region_transaction_commit();
            open--;
        }
        edit(root, mr[g_test_rand_int_range(0, REGIONS)]);
        keeper_start(late, as);
        assert_same(old, late);
        memory_listener_unregister(&late->listener);
        g_assert_cmpuint(late->pieces, ==, 0);
    }
    memory_listener_unregister(&old->listener);
    g_assert_cmpuint(old->pieces, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/coalesce-random/R14/told-late-as-told-early", at_random);
    return g_test_run();
}
