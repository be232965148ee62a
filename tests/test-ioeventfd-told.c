/* SPDX-License-Identifier: MIT
 *
 * What listeners are told while ioeventfds are added and removed and the map changes around them
 * (specification 7, 9.1, 9.3, 18; R14; 26.9, 26.10). Random edits are in test-ioeventfd-random.c.
 */
#include "hearer.h"

/* A device of 4 KiB at 0x1000 with two ioeventfds, and a listener that was told of them. */
typedef struct Stage {
    Machine *m;
    MemoryRegion *root, *d;
    AddressSpace *as;
    Events ev;
} Stage;

static void bind(Stage *s, MemoryRegion *mr, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_add_eventfd(mr, addr, size, false, 0, &s->ev.e[e]);
}

static void unbind(Stage *s, MemoryRegion *mr, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_del_eventfd(mr, addr, size, false, 0, &s->ev.e[e]);
}

static void stage_setup(Stage *s, Machine *m)
{
    s->m = m;
    s->root = box_new(m, "root", 0x10000);
    s->d = io_new(m, "d", 0x1000);
    memory_region_add_subregion(s->root, 0x1000, s->d);
    s->as = space_new(m, s->root, "as");
    events_setup(&s->ev);
    bind(s, s->d, 0x10, 4, 0);
    bind(s, s->d, 0x810, 2, 1);
}

/* ---- Edits ------------------------------------------------------------------------------ */

/* Specification 26.10: a listener hears of the ioeventfds only, without begin and commit. */
static void no_brackets(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    FlatView *fv;

    (void)data;
    stage_setup(s, m);
    fv = address_space_to_flatview(s->as);
    hearer_on(m, "s", 0, s->as, &s->ev);
    bind(s, s->d, 0x20, 8, 2);
    assert_trace(m, "s:fd_add(1020/8 e2)");
    g_assert_true(address_space_to_flatview(s->as) == fv);
    bind(s, s->d, 0x18, 0, 3);
    assert_trace(m, "s:fd_add(1018/0 e3)");
    memory_region_add_eventfd(s->d, 0x18, 4, true, 7, &s->ev.e[0]);
    assert_trace(m, "s:fd_add(1018/4=7 e0)");
    unbind(s, s->d, 0x18, 0, 3);
    assert_trace(m, "s:fd_del(1018/0 e3)");
    events_cleanup(&s->ev);
}

static void in_one_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_transaction_begin();
    bind(s, s->d, 0x820, 4, 3);
    unbind(s, s->d, 0x810, 2, 1);
    bind(s, s->d, 0x8, 4, 2);
    bind(s, s->d, 0x40, 4, 2);   /* comes */
    unbind(s, s->d, 0x10, 4, 0); /* goes */
    unbind(s, s->d, 0x40, 4, 2); /* and goes */
    bind(s, s->d, 0x10, 4, 0);   /* and comes */
    assert_trace(m, "");
    memory_region_transaction_commit();
    assert_trace(m, "s:fd_add(1008/4 e2) s:fd_del(1810/2 e1) s:fd_add(1820/4 e3)");
    events_cleanup(&s->ev);
}

/* In ascending order of address, then width, then data, with added and removed ones mixed. */
static void in_merged_order(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_transaction_begin();
    unbind(s, s->d, 0x10, 4, 0);
    memory_region_add_eventfd(s->d, 0x10, 4, true, 9, &s->ev.e[0]);
    memory_region_add_eventfd(s->d, 0x10, 4, true, 8, &s->ev.e[1]);
    bind(s, s->d, 0x10, 2, 3);
    bind(s, s->d, 0x10, 0, 2);
    bind(s, s->d, 0x10, 8, 2);
    memory_region_transaction_commit();
    assert_trace(m, "s:fd_add(1010/0 e2) s:fd_add(1010/2 e3) s:fd_del(1010/4 e0) "
                    "s:fd_add(1010/4=8 e1) s:fd_add(1010/4=9 e0) s:fd_add(1010/8 e2)");
    events_cleanup(&s->ev);
}

static void equals_are_counted(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    hearer_on(m, "s", 0, s->as, &s->ev);
    bind(s, s->d, 0x10, 4, 0);
    assert_trace(m, "s:fd_add(1010/4 e0)");
    unbind(s, s->d, 0x10, 4, 0);
    assert_trace(m, "s:fd_del(1010/4 e0)");
    unbind(s, s->d, 0x10, 4, 0);
    assert_trace(m, "s:fd_del(1010/4 e0)");
    events_cleanup(&s->ev);
}

static void data_as_the_device_sees_it(Machine *m, gconstpointer data)
{
    static const MemoryRegionOps big = { .endianness = DEVICE_BIG_ENDIAN };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    s->d->ops = &big; /* changes a private field: io_new() makes little-endian devices */
    hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_add_eventfd(s->d, 0x20, 4, true, 0x11223344, &s->ev.e[0]);
    memory_region_add_eventfd(s->d, 0x30, 2, true, 0x1122, &s->ev.e[0]);
    memory_region_add_eventfd(s->d, 0x40, 0, true, 0x1122, &s->ev.e[0]);
    assert_trace(m, "s:fd_add(1020/4=44332211 e0) s:fd_add(1030/2=2211 e0) "
                    "s:fd_add(1040/0=1122 e0)");
    events_cleanup(&s->ev);
}

static void begin_flushes(void *opaque)
{
    g_string_append((GString *)opaque, "flush ");
}

/* Specification 7: an edit is a transaction, which flushes queued writes before it tells
 * anything. */
static void edits_flush(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .flush_coalesced_mmio = begin_flushes, .opaque = m->trace };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_context_set_hooks(m->ctx, &hooks);
    unbind(s, s->d, 0x10, 4, 0);
    assert_trace(m, "flush  s:fd_del(1010/4 e0)");
    memory_context_set_hooks(m->ctx, NULL);
    events_cleanup(&s->ev);
}

/* ---- The map changes -------------------------------------------------------------------- */

static void moved(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_set_address(s->d, 0x1800);
    assert_trace(m, "s:begin s:del(1000-1fff d@0) s:add(1800-27ff d@0) s:fd_del(1010/4 e0) "
                    "s:fd_del(1810/2 e1) s:fd_add(1810/4 e0) s:fd_add(2010/2 e1) s:commit");
    events_cleanup(&s->ev);
}

static void hidden_and_shown(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_set_enabled(s->d, false);
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_del(1810/2 e1)");
    bind(s, s->d, 0x20, 4, 2);
    unbind(s, s->d, 0x810, 2, 1);
    assert_trace(m, "");
    memory_region_set_enabled(s->d, true);
    assert_trace(m, "s:fd_add(1010/4 e0) s:fd_add(1020/4 e2)");
    memory_region_set_enabled(s->root, false);
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_del(1020/4 e2)");
    memory_region_set_enabled(s->root, true);
    assert_trace(m, "s:fd_add(1010/4 e0) s:fd_add(1020/4 e2)");
    events_cleanup(&s->ev);
}

/* Listeners are also told of an edit that was made while the region or its container was
 * hidden. */
static void hidden_for_a_moment(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *box;

    (void)data;
    stage_setup(s, m);
    box = box_new(m, "box", 0x1000);
    memory_region_add_subregion(s->root, 0x4000, box);
    memory_region_add_subregion(box, 0x800, io_new(m, "x", 0x100));
    hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_transaction_begin();
    memory_region_set_enabled(s->d, false);
    bind(s, s->d, 0x20, 4, 2);
    memory_region_set_enabled(s->d, true);
    memory_region_set_enabled(box, false);
    bind(s, TAILQ_FIRST(&box->subregions), 4, 4, 3);
    memory_region_set_enabled(box, true);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:fd_add(1020/4 e2) s:fd_add(4804/4 e3) s:commit");
    events_cleanup(&s->ev);
}

static void covered(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *c;

    (void)data;
    stage_setup(s, m);
    c = io_new(m, "c", 0x10);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_add_subregion_overlap(s->root, 0x1010, c, 1);
    assert_trace(m, "s:fd_del(1010/4 e0)");
    bind(s, c, 8, 4, 3);
    assert_trace(m, "s:fd_add(1018/4 e3)");
    memory_region_set_address(c, 0x1900);
    assert_trace(m, "s:fd_add(1010/4 e0) s:fd_del(1018/4 e3) s:fd_add(1908/4 e3)");
    memory_region_set_enabled(c, false);
    assert_trace(m, "s:fd_del(1908/4 e3)");
    events_cleanup(&s->ev);
}

static void resized(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_set_size(s->d, 0x800);
    assert_trace(m, "s:fd_del(1810/2 e1)");
    bind(s, s->d, 0x900, 4, 3); /* after the end of the region */
    assert_trace(m, "");
    memory_region_set_size(s->d, 0x1000);
    assert_trace(m, "s:fd_add(1810/2 e1) s:fd_add(1900/4 e3)");
    memory_region_set_size(s->d, 0);
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_del(1810/2 e1) s:fd_del(1900/4 e3)");
    events_cleanup(&s->ev);
}

/* Listeners are told of an ioeventfd as long as one of its bytes is visible. One of "any width"
 * has one byte. */
static void partly_visible(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *w;

    (void)data;
    stage_setup(s, m);
    bind(s, s->d, 0x100, 8, 2);
    bind(s, s->d, 0x100, 0, 3);
    w = window_new(m, "w", s->d, 0x107, 0x10);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_add_subregion(s->root, 0x4000, w);
    assert_trace(m, "s:fd_add(3ff9/8 e2)");
    memory_region_set_alias_offset(w, 0x108);
    assert_trace(m, "s:fd_del(3ff9/8 e2)");
    memory_region_set_alias_offset(w, 0xf8);
    assert_trace(m, "s:fd_add(4008/0 e3) s:fd_add(4008/8 e2)");
    memory_region_set_size(w, 9);
    assert_trace(m, "");
    memory_region_set_size(w, 8);
    assert_trace(m, "s:fd_del(4008/0 e3) s:fd_del(4008/8 e2)");
    memory_region_transaction_begin();
    memory_region_set_alias_offset(w, 0x107);
    memory_region_set_address(w, 3); /* it would begin before the space does */
    memory_region_transaction_commit();
    assert_trace(m, "");
    memory_region_set_address(w, 7);
    assert_trace(m, "s:fd_add(0/8 e2)");
    events_cleanup(&s->ev);
}

static void at_the_ends_of_the_space(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *all, *low, *high;
    AddressSpace *as;

    (void)data;
    stage_setup(s, m);
    all = box_new(m, "all", UINT64_MAX);
    low = io_new(m, "low", 0x10);
    high = io_new(m, "high", 0x10);
    memory_region_add_subregion(all, 0, low);
    memory_region_add_subregion(all, UINT64_MAX - 0xf, high);
    as = space_new(m, all, "all");
    fd_hearer_on(m, "s", 0, as, &s->ev);
    bind(s, low, 0, 8, 0);
    bind(s, high, 8, 8, 1);
    bind(s, high, 0xf, 0, 2);
    bind(s, high, 0xc, 8, 3);
    bind(s, high, UINT64_MAX, 8, 3);
    assert_trace(m, "s:fd_add(0/8 e0) s:fd_add(fffffffffffffff8/8 e1) "
                    "s:fd_add(ffffffffffffffff/0 e2) s:fd_add(fffffffffffffffc/8 e3)");
    memory_region_set_enabled(all, false);
    assert_trace(m, "s:fd_del(0/8 e0) s:fd_del(fffffffffffffff8/8 e1) "
                    "s:fd_del(fffffffffffffffc/8 e3) s:fd_del(ffffffffffffffff/0 e2)");
    events_cleanup(&s->ev);
}

static void shown_twice(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *w;

    (void)data;
    stage_setup(s, m);
    w = window_new(m, "w", s->d, 0x800, 0x100);
    memory_region_add_subregion(s->root, 0x4000, w);
    hearer_on(m, "s", 0, s->as, &s->ev);
    bind(s, s->d, 0x820, 4, 2);
    assert_trace(m, "s:fd_add(1820/4 e2) s:fd_add(4020/4 e2)");
    memory_region_del_subregion(s->root, w);
    assert_trace(m, "s:begin s:del(4000-40ff d@800) s:fd_del(4010/2 e1) s:fd_del(4020/4 e2) "
                    "s:commit");
    events_cleanup(&s->ev);
}

/* ---- Several spaces --------------------------------------------------------------------- */

static void one_view_two_spaces(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    AddressSpace *other;

    (void)data;
    stage_setup(s, m);
    other = space_new(m, s->root, "other");
    fd_hearer_on(m, "o", 0, other, &s->ev);
    fd_hearer_on(m, "s", 9, s->as, &s->ev);
    bind(s, s->d, 0x20, 4, 2);
    assert_trace(m, "s:fd_add(1020/4 e2) o:fd_add(1020/4 e2)"); /* the older space first */
    memory_region_set_enabled(s->d, false);
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_del(1020/4 e2) s:fd_del(1810/2 e1) "
                    "o:fd_del(1010/4 e0) o:fd_del(1020/4 e2) o:fd_del(1810/2 e1)");
    events_cleanup(&s->ev);
}

/* A space whose root no longer gives way to another region, or gives way to a different one. */
static void a_space_that_changes_views(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *master, *w;
    AddressSpace *dma;

    (void)data;
    stage_setup(s, m);
    master = box_new(m, "master", 0x10000);
    w = window_new(m, "w", s->root, 0, 0x10000);
    memory_region_add_subregion(master, 0, w);
    memory_region_set_enabled(w, false);
    dma = space_new(m, master, "dma");
    hearer_on(m, "s", 0, dma, &s->ev);
    memory_region_set_enabled(w, true);
    assert_trace(m, "s:begin s:add(1000-1fff d@0) s:fd_add(1010/4 e0) s:fd_add(1810/2 e1) "
                    "s:commit");
    memory_region_transaction_begin();
    unbind(s, s->d, 0x10, 4, 0);
    memory_region_add_subregion(master, 0x8000, io_new(m, "more", 0x10));
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:add(8000-800f more@0) s:fd_del(1010/4 e0) s:commit");
    memory_region_set_enabled(w, false);
    assert_trace(m, "s:begin s:del(1000-1fff d@0) s:fd_del(1810/2 e1) s:commit");
    events_cleanup(&s->ev);
}

/* ---- Several listeners ------------------------------------------------------------------ */

/* Specification 26.9: additions go from the highest priority to the lowest, removals the other
 * way. */
static void order_of_priorities(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    fd_hearer_on(m, "p9", 9, s->as, &s->ev);
    fd_hearer_on(m, "p1", 1, s->as, &s->ev);
    fd_hearer_on(m, "q9", 9, s->as, &s->ev);
    memory_region_transaction_begin();
    bind(s, s->d, 0x20, 4, 2);
    unbind(s, s->d, 0x10, 4, 0);
    memory_region_transaction_commit();
    assert_trace(m, "p1:fd_del(1010/4 e0) p9:fd_del(1010/4 e0) q9:fd_del(1010/4 e0) "
                    "q9:fd_add(1020/4 e2) p9:fd_add(1020/4 e2) p1:fd_add(1020/4 e2)");
    events_cleanup(&s->ev);
}

static void others_hear_nothing(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    spy_on(m, "s", 0, s->as);
    bind(s, s->d, 0x20, 4, 2);
    assert_trace(m, "");
    events_cleanup(&s->ev);
}

/* ---- R14 -------------------------------------------------------------------------------- */

static void late_and_early(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *ram;
    Spy *spy;

    (void)data;
    stage_setup(s, m);
    ram = ram_new(m, "ram", 0x1000);
    memory_region_add_subregion(s->root, 0x4000, ram);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    fd_hearer_on(m, "other", 0, s->as, &s->ev);
    spy = hearer_new(m, "s", 0, &s->ev);
    spy_start(spy, s->as);
    assert_trace(m, "s:begin s:add(1000-1fff d@0) s:add(4000-4fff ram@0) "
                    "s:log_start(4000-4fff ram@0)0>1 s:fd_add(1010/4 e0) s:fd_add(1810/2 e1) "
                    "s:commit");
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "s:begin s:fd_del(1010/4 e0) s:fd_del(1810/2 e1) s:del(1000-1fff d@0) "
                    "s:log_stop(4000-4fff ram@0)1>0 s:del(4000-4fff ram@0) s:commit");
    unbind(s, s->d, 0x10, 4, 0);
    assert_trace(m, "other:fd_del(1010/4 e0)");
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    events_cleanup(&s->ev);
}

/* The last ioeventfd is removed, the map changes, and another one is added. */
static void none_and_again(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Spy *spy;

    (void)data;
    stage_setup(s, m);
    spy = fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_listener_unregister(&spy->listener);
    memory_region_set_address(s->d, 0x2000);
    unbind(s, s->d, 0x810, 2, 1);
    g_string_truncate(m->trace, 0);
    spy_start(spy, s->as);
    assert_trace(m, "s:fd_add(2010/4 e0)");
    address_space_remove_listeners(s->as);
    assert_trace(m, "s:fd_del(2010/4 e0)");
    events_cleanup(&s->ev);
}

/* Specification 7, R14: a listener that registers in a transaction is told what is committed, and
 * later what changes. */
static void registered_in_a_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Spy *spy;

    (void)data;
    stage_setup(s, m);
    spy = hearer_new(m, "s", 0, &s->ev);
    memory_region_transaction_begin();
    bind(s, s->d, 0x20, 4, 2);
    unbind(s, s->d, 0x10, 4, 0);
    spy_start(spy, s->as);
    assert_trace(m, "s:begin s:add(1000-1fff d@0) s:fd_add(1010/4 e0) s:fd_add(1810/2 e1) "
                    "s:commit");
    memory_region_transaction_commit();
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_add(1020/4 e2)");
    events_cleanup(&s->ev);
}

/* The edits before the space had no view of it to mark: no space shows the region then. */
static void space_made_in_a_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *alone = io_new(m, "alone", 0x1000);

    (void)data;
    stage_setup(s, m);
    bind(s, alone, 0x10, 4, 0);
    memory_region_transaction_begin();
    unbind(s, alone, 0x10, 4, 0);
    bind(s, alone, 0x20, 4, 1);
    spy_start(hearer_new(m, "s", 0, &s->ev), space_new(m, alone, "late"));
    assert_trace(m, "s:begin s:add(0-fff alone@0) s:fd_add(10/4 e0) s:commit");
    memory_region_transaction_commit();
    assert_trace(m, "s:fd_del(10/4 e0) s:fd_add(20/4 e1)");
    events_cleanup(&s->ev);
}

/* ---- Ends ------------------------------------------------------------------------------- */

static void a_region_that_leaves(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    fd_hearer_on(m, "s", 0, s->as, &s->ev);
    memory_region_del_subregion(s->root, s->d);
    assert_trace(m, "s:fd_del(1010/4 e0) s:fd_del(1810/2 e1)");
    region_drop(m, s->d);
    memory_region_set_enabled(s->root, false);
    assert_trace(m, "");
    events_cleanup(&s->ev);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ioeventfd-told/26.10/no-brackets", no_brackets);
    TEST("/ioeventfd-told/7/transaction", in_one_transaction);
    TEST("/ioeventfd-told/7/edits-flush", edits_flush);
    TEST("/ioeventfd-told/18/merged-order", in_merged_order);
    TEST("/ioeventfd-told/18/equals", equals_are_counted);
    TEST("/ioeventfd-told/18/data", data_as_the_device_sees_it);
    TEST("/ioeventfd-told/18/moved", moved);
    TEST("/ioeventfd-told/18/hidden", hidden_and_shown);
    TEST("/ioeventfd-told/18/hidden/for-a-moment", hidden_for_a_moment);
    TEST("/ioeventfd-told/18/covered", covered);
    TEST("/ioeventfd-told/18/resized", resized);
    TEST("/ioeventfd-told/18/partly-visible", partly_visible);
    TEST("/ioeventfd-told/18/ends-of-the-space", at_the_ends_of_the_space);
    TEST("/ioeventfd-told/18/shown-twice", shown_twice);
    TEST("/ioeventfd-told/7/two-spaces", one_view_two_spaces);
    TEST("/ioeventfd-told/18/other-view", a_space_that_changes_views);
    TEST("/ioeventfd-told/26.9/priorities", order_of_priorities);
    TEST("/ioeventfd-told/18/others", others_hear_nothing);
    TEST("/ioeventfd-told/R14/late", late_and_early);
    TEST("/ioeventfd-told/R14/none-and-again", none_and_again);
    TEST("/ioeventfd-told/R14/in-a-transaction", registered_in_a_transaction);
    TEST("/ioeventfd-told/R14/space-in-a-transaction", space_made_in_a_transaction);
    TEST("/ioeventfd-told/3/leaves", a_region_that_leaves);
    return g_test_run();
}
