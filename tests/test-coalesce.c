/* SPDX-License-Identifier: MIT
 *
 * Coalesced MMIO: what listeners are told of ranges, and when queued writes are flushed
 * (specification 7, 9.2, 9.3, 19; R10, R14).
 */
#include "hearer.h"
#include "probe.h"

/* A device of 4 KiB at 0x1000 and a listener for everything. */
typedef struct Stage {
    MemoryRegion *root, *d;
    AddressSpace *as;
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x10000), .d = io_new(m, "d", 0x1000) };

    memory_region_add_subregion(s.root, 0x1000, s.d);
    s.as = space_new(m, s.root, "as");
    return s;
}

static void note_flush(void *opaque)
{
    GString *trace = opaque;

    g_string_append_printf(trace, "%sflush", trace->len ? " " : "");
}

static void hear_flushes(Machine *m)
{
    MemoryContextHooks hooks = { .flush_coalesced_mmio = note_flush, .opaque = m->trace };

    g_string_truncate(m->trace, 0);
    memory_context_set_hooks(m->ctx, &hooks);
}

/* Removes the hook, so that flushes of the tear-down are not written down. */
static void hear_no_flushes(Machine *m)
{
    memory_context_set_hooks(m->ctx, NULL);
    g_string_truncate(m->trace, 0);
}

/* ---- Told at once ----------------------------------------------------------------------- */

static void add_is_told_at_once(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    hearer_on(m, "s", 0, s.as, NULL);
    memory_region_add_coalescing(s.d, 0x100, 0x80);
    assert_trace(m, "s:co_add(1100+80 d)");
    memory_region_transaction_begin();
    memory_region_add_coalescing(s.d, 0x20, 8);
    assert_trace(m, "s:co_add(1020+8 d)");
    memory_region_transaction_commit();
    assert_trace(m, "");
}

static void clear_takes_all_back(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0x100, 0x80);
    memory_region_add_coalescing(s.d, 0x20, 8);
    hearer_on(m, "s", 0, s.as, NULL);
    memory_region_clear_coalescing(s.d);
    assert_trace(
        m, "s:co_del(1100+80 d) s:co_del(1020+8 d)"); /* in the order in which they were added */
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "");
}

static void set_is_clear_and_all(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0x100, 0x80);
    hearer_on(m, "s", 0, s.as, NULL);
    memory_region_set_coalescing(s.d);
    assert_trace(m, "s:co_del(1100+80 d) s:co_add(1000+1000 d)");
}

static void each_piece(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion_overlap(s.root, 0x1400, io_new(m, "c", 0x100), 1);
    memory_region_add_subregion(s.root, 0x4000, window_new(m, "w", s.d, 0x300, 0x180));
    hearer_on(m, "s", 0, s.as, NULL);
    memory_region_add_coalescing(s.d, 0x380, 0x200);
    assert_trace(m, "s:co_add(1380+80 d) s:co_add(1500+80 d) s:co_add(4080+100 d)");
    memory_region_add_coalescing(s.d, 0x420, 4);
    assert_trace(m, "s:co_add(4120+4 d)");
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "s:co_del(1380+80 d) s:co_del(1500+80 d) s:co_del(4080+100 d) "
                    "s:co_del(4120+4 d)");
}

static void beyond_the_end(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *high = io_new(m, "high", 0x100), *all = box_new(m, "all", UINT64_MAX);
    AddressSpace *as = space_new(m, all, "all");

    (void)data;
    memory_region_add_subregion(all, UINT64_MAX - 0xff, high);
    co_hearer_on(m, "s", 0, s.as);
    co_hearer_on(m, "a", 0, as);
    memory_region_add_coalescing(s.d, 0xff0, 0x100);
    memory_region_add_coalescing(s.d, 0xff8, UINT64_MAX);
    memory_region_add_coalescing(s.d, 0x1000, 0x10);
    memory_region_add_coalescing(s.d, 0x20, 0);
    memory_region_add_coalescing(s.d, UINT64_MAX, 0x100);
    assert_trace(m, "s:co_add(1ff0+10 d) s:co_add(1ff8+8 d)");
    memory_region_add_coalescing(high, 0x80, UINT64_MAX);
    assert_trace(m, "a:co_add(ffffffffffffff80+80 high)");
}

static void nearly_all_of_2_64(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", UINT64_MAX);
    AddressSpace *as = space_new(m, io, "as");

    (void)data;
    co_hearer_on(m, "s", 0, as);
    memory_region_add_coalescing(io, 1, UINT64_MAX);
    assert_trace(m, "s:co_add(1+ffffffffffffffff io)");
}

static void two_spaces(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x10000);
    AddressSpace *same = space_new(m, s.root, "same"), *other;

    (void)data;
    memory_region_add_subregion(box, 0x8000, window_new(m, "w", s.d, 0, 0x1000));
    other = space_new(m, box, "other");
    co_hearer_on(m, "o", 0, other);
    co_hearer_on(m, "b", 0, same);
    co_hearer_on(m, "a", 9, s.as);
    memory_region_add_coalescing(s.d, 0, 8);
    memory_region_add_coalescing(s.d, 8, 8);
    assert_trace(m, "a:co_add(1000+8 d) b:co_add(1000+8 d) o:co_add(8000+8 d) "
                    "a:co_add(1008+8 d) b:co_add(1008+8 d) o:co_add(8008+8 d)");
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "a:co_del(1000+8 d) b:co_del(1000+8 d) o:co_del(8000+8 d) "
                    "a:co_del(1008+8 d) b:co_del(1008+8 d) o:co_del(8008+8 d)");
}

static void hidden_is_not_told(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_set_enabled(s.d, false);
    co_hearer_on(m, "s", 0, s.as);
    memory_region_add_coalescing(s.d, 0x100, 0x80);
    assert_trace(m, "");
    memory_region_set_enabled(s.d, true);
    assert_trace(m, "s:co_add(1100+80 d)");
}

static void order_of_priorities(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    co_hearer_on(m, "p9", 9, s.as);
    co_hearer_on(m, "p1", 1, s.as);
    co_hearer_on(m, "q9", 9, s.as);
    memory_region_add_coalescing(s.d, 0, 8);
    assert_trace(m, "p1:co_add(1000+8 d) p9:co_add(1000+8 d) q9:co_add(1000+8 d)");
    memory_region_set_address(s.d, 0x2000);
    assert_trace(m, "q9:co_del(1000+8 d) p9:co_del(1000+8 d) p1:co_del(1000+8 d) "
                    "p1:co_add(2000+8 d) p9:co_add(2000+8 d) q9:co_add(2000+8 d)");
}

/* ---- Told by a commit (9.2) ------------------------------------------------------------- */

static void around_the_ranges_of_a_commit(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 0x80);
    memory_region_add_coalescing(s.d, 0x800, 0x80);
    hearer_on(m, "s", 0, s.as, NULL);
    memory_region_set_address(s.d, 0x2000);
    assert_trace(m, "s:begin s:co_del(1000+80 d) s:co_del(1800+80 d) s:del(1000-1fff d@0) "
                    "s:add(2000-2fff d@0) s:co_add(2000+80 d) s:co_add(2800+80 d) s:commit");
    memory_region_set_size(s.d, 0x840);
    assert_trace(m, "s:begin s:co_del(2000+80 d) s:co_del(2800+80 d) s:del(2000-2fff d@0) "
                    "s:add(2000-283f d@0) s:co_add(2000+80 d) s:co_add(2800+40 d) s:commit");
    memory_region_set_enabled(s.d, false);
    assert_trace(m, "s:begin s:co_del(2000+80 d) s:co_del(2800+40 d) s:del(2000-283f d@0) "
                    "s:commit");
}

static void cut_by_what_covers(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *c = io_new(m, "c", 0x20);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 0x80);
    co_hearer_on(m, "s", 0, s.as);
    memory_region_add_subregion_overlap(s.root, 0x1040, c, 1);
    assert_trace(m, "s:co_del(1000+80 d) s:co_add(1000+40 d) s:co_add(1060+20 d)");
    memory_region_del_subregion(s.root, c);
    assert_trace(m, "s:co_del(1000+40 d) s:co_del(1060+20 d) s:co_add(1000+80 d)");
}

static void what_stays_is_not_told(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 0x80);
    co_hearer_on(m, "s", 0, s.as);
    memory_region_add_subregion(s.root, 0x4000, io_new(m, "c", 0x20));
    assert_trace(m, "");
}

/* Visible ranges are as committed; a region's coalesced ranges are as of now. */
static void in_a_transaction(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 0x80);
    co_hearer_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_set_address(s.d, 0x2000);
    memory_region_add_coalescing(s.d, 0x100, 0x10);
    assert_trace(m, "s:co_add(1100+10 d)");
    memory_region_transaction_commit();
    assert_trace(m, "s:co_del(1000+80 d) s:co_del(1100+10 d) s:co_add(2000+80 d) "
                    "s:co_add(2100+10 d)");
    memory_region_transaction_begin();
    memory_region_set_enabled(s.d, false);
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "s:co_del(2000+80 d) s:co_del(2100+10 d)");
    memory_region_transaction_commit();
    assert_trace(m, "");
}

/* ---- R14 -------------------------------------------------------------------------------- */

static void late_and_early(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Events ev;
    Spy *spy;

    (void)data;
    events_setup(&ev);
    memory_region_add_subregion(s.root, 0x4000, window_new(m, "w", s.d, 0, 0x100));
    memory_region_add_coalescing(s.d, 0, 0x80);
    memory_region_add_coalescing(s.d, 0x800, 0x80);
    memory_region_add_eventfd(s.d, 8, 4, false, 0, &ev.e[0]);
    co_hearer_on(m, "other", 0, s.as);
    spy = hearer_new(m, "s", 0, &ev);
    spy_start(spy, s.as);
    assert_trace(m, "s:begin s:add(1000-1fff d@0) s:add(4000-40ff d@0) s:co_add(1000+80 d) "
                    "s:co_add(1800+80 d) s:co_add(4000+80 d) s:fd_add(1008/4 e0) "
                    "s:fd_add(4008/4 e0) s:commit");
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "s:begin s:fd_del(1008/4 e0) s:fd_del(4008/4 e0) s:co_del(1000+80 d) "
                    "s:co_del(1800+80 d) s:co_del(4000+80 d) s:del(1000-1fff d@0) "
                    "s:del(4000-40ff d@0) s:commit");
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "other:co_del(1000+80 d) other:co_del(4000+80 d) other:co_del(1800+80 d)");
    events_cleanup(&ev);
}

/* ---- Flushing --------------------------------------------------------------------------- */

static void before_each_access(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40), *q = probe_new_plain(m, "q", 0x40);
    uint8_t buf[16] = { 0 };
    uint64_t val;

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_region_add_subregion(root, 0x100, &q->mr);
    memory_region_set_flush_coalesced(&p->mr);
    hear_flushes(m);
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "flush d:r0/4");
    address_space_stb(as, 4, 1, ANY, NULL);
    assert_trace(m, "flush d:w4/1=1");
    address_space_read(as, 0, ANY, buf, 16);
    assert_trace(m, "flush d:r0/8 flush d:r8/8");
    address_space_ldl_le(as, 0x100, ANY, NULL);
    assert_trace(m, "q:r0/4");
    memory_region_dispatch_read(&p->mr, 0, &val, MO_LEUL,
                                ANY); /* dispatched to the region, not by address */
    assert_trace(m, "d:r0/4");
    memory_region_clear_flush_coalesced(&p->mr);
    assert_trace(m, "flush");
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "d:r0/4");
    hear_no_flushes(m);
}

static void queued_writes_come_first(void *opaque)
{
    Probe *p = opaque;

    if (p->hook_value) {
        p->hook_value = 0;
        memory_region_dispatch_write(&p->mr, 8, 0x5, MO_LEUL, ANY);
    }
}

/* A read by address sees the writes that an accelerator has queued. */
static void the_queue_is_delivered(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);
    MemoryContextHooks hooks = { .flush_coalesced_mmio = queued_writes_come_first, .opaque = p };

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_region_add_coalescing(&p->mr, 0, 0x40);
    memory_context_set_hooks(m->ctx, &hooks);
    p->hook_value = 1;
    g_assert_cmphex(address_space_ldl_le(as, 8, ANY, NULL), ==, 5);
    assert_trace(m, "d:w8/4=5 d:r8/4");
    memory_context_set_hooks(m->ctx, NULL);
}

static void ranges_set_the_flag(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    hear_flushes(m);
    memory_region_add_coalescing(&p->mr, 0, 8);
    assert_trace(m, "");
    address_space_ldl_le(as, 0x10, ANY, NULL); /* all of the region is coalesced */
    assert_trace(m, "flush d:r10/4");
    memory_region_clear_flush_coalesced(&p->mr);
    address_space_ldl_le(as, 0x10, ANY, NULL);
    assert_trace(m,
                 "flush flush d:r10/4"); /* the region still has ranges, so the flush flag stays */
    memory_region_clear_coalescing(&p->mr);
    address_space_ldl_le(as, 0x10, ANY, NULL);
    assert_trace(m, "flush d:r10/4");
    hear_no_flushes(m);
}

static void clear_takes_the_flag_of_hand(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "d", 0x40);

    (void)data;
    memory_region_add_subregion(root, 0, &p->mr);
    memory_region_set_flush_coalesced(&p->mr);
    hear_flushes(m);
    memory_region_clear_coalescing(&p->mr); /* there is no range, so nothing happens */
    assert_trace(m, "");
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "flush d:r0/4");
    memory_region_add_coalescing(&p->mr, 0, 8);
    memory_region_clear_coalescing(&p->mr);
    assert_trace(m, "flush");
    address_space_ldl_le(as, 0, ANY, NULL);
    assert_trace(m, "d:r0/4");
    hear_no_flushes(m);
}

static void flushed_before_it_is_told(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 8);
    hearer_on(m, "s", 0, s.as, NULL);
    hear_flushes(m);
    memory_region_set_coalescing(s.d);
    assert_trace(m, "flush s:co_del(1000+8 d) s:co_add(1000+1000 d)");
    memory_region_transaction_begin(); /* the begin of a transaction flushes (specification 7) */
    assert_trace(m, "flush");
    memory_region_transaction_commit();
    assert_trace(m, "");
    memory_region_set_enabled(s.d, false);
    assert_trace(m, "flush s:begin s:co_del(1000+1000 d) s:del(1000-1fff d@0) s:commit");
    qemu_flush_coalesced_mmio_buffer();
    assert_trace(m, "flush");
    hear_no_flushes(m);
}

/* ---- Misuse and ends -------------------------------------------------------------------- */

/* R10: a region of 2^64 bytes cannot be coalesced as a whole. */
static void not_all_of_2_64(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", UINT64_MAX);
    AddressSpace *as = space_new(m, io, "as");

    (void)data;
    memory_region_add_coalescing(io, 0x10, 8);
    co_hearer_on(m, "s", 0, as);
    memory_region_set_coalescing(io);
    expect_message(m, "misuse", "memory_region_set_coalescing", "'io'", "2^64", NULL);
    assert_trace(m, "");
    memory_region_clear_coalescing(io);
    assert_trace(m, "s:co_del(10+8 io)");
}

static void edit_in_callback(Spy *spy, const char *what, MemoryRegionSection *section)
{
    if (g_str_equal(what, spy->opaque)) {
        memory_region_clear_coalescing(section->mr);
        memory_region_set_coalescing(section->mr);
        memory_region_add_coalescing(section->mr, 0, 8);
    }
}

static void refused_in_callbacks(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    char what[] = "co_add";
    Spy *spy = hearer_on(m, "s", 0, s.as, NULL);

    (void)data;
    spy->opaque = what;
    spy->hook = edit_in_callback;
    memory_region_add_coalescing(s.d, 0, 8);
    spy->hook = NULL;
    g_assert_nonnull(strstr(m->messages->str,
                            "misuse: memory_region_clear_coalescing: must not be called from"));
    g_assert_nonnull(strstr(m->messages->str,
                            "misuse: memory_region_set_coalescing: must not be called from"));
    g_assert_nonnull(strstr(m->messages->str,
                            "misuse: memory_region_add_coalescing: must not be called from"));
    g_string_truncate(m->messages, 0);
    assert_trace(m, "s:co_add(1000+8 d)");
    memory_region_clear_coalescing(s.d);
    assert_trace(m, "s:co_del(1000+8 d)");
}

/* Specification 3: coalesced ranges are freed with their region; the sanitizers check it. */
static void a_region_that_ends(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_coalescing(s.d, 0, 8);
    co_hearer_on(m, "s", 0, s.as);
    memory_region_del_subregion(s.root, s.d);
    assert_trace(m, "s:co_del(1000+8 d)");
    region_drop(m, s.d);
    assert_trace(m, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/coalesce/19/add", add_is_told_at_once);
    TEST("/coalesce/19/clear", clear_takes_all_back);
    TEST("/coalesce/19/set", set_is_clear_and_all);
    TEST("/coalesce/19/each-piece", each_piece);
    TEST("/coalesce/19/beyond-the-end", beyond_the_end);
    TEST("/coalesce/19/nearly-all-of-2-64", nearly_all_of_2_64);
    TEST("/coalesce/19/two-spaces", two_spaces);
    TEST("/coalesce/19/hidden", hidden_is_not_told);
    TEST("/coalesce/9.3/priorities", order_of_priorities);
    TEST("/coalesce/9.2/commit", around_the_ranges_of_a_commit);
    TEST("/coalesce/9.2/covered", cut_by_what_covers);
    TEST("/coalesce/9.2/stays", what_stays_is_not_told);
    TEST("/coalesce/7/transaction", in_a_transaction);
    TEST("/coalesce/R14/late", late_and_early);
    TEST("/coalesce/19/flush/each-access", before_each_access);
    TEST("/coalesce/19/flush/delivered", the_queue_is_delivered);
    TEST("/coalesce/19/flush/ranges", ranges_set_the_flag);
    TEST("/coalesce/19/flush/clear", clear_takes_the_flag_of_hand);
    TEST("/coalesce/19/flush/before-told", flushed_before_it_is_told);
    misuse_test_add("/coalesce/R10/all-of-2-64", not_all_of_2_64);
    misuse_test_add("/coalesce/R15/callbacks", refused_in_callbacks);
    TEST("/coalesce/3/end", a_region_that_ends);
    return g_test_run();
}
