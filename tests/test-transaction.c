/* SPDX-License-Identifier: MIT
 *
 * Transactions: what is visible when, which edits make a commit take effect, and the order of a
 * commit (specification 7; D3).
 */
#include <time.h>

#include "support.h"

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *io;
    AddressSpace *as;
} Stage;

static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x10000), .io = io_new(m, "io", 0x10) };

    memory_region_add_subregion(s.root, 0, s.io);
    memory_region_add_subregion(s.root, 0x8000, io_new(m, "anchor", 0x10));
    s.as = space_new(m, s.root, "as");
    return s;
}

/* ---- Visibility ------------------------------------------------------------------------- */

static void invisible_until_commit(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    uint64_t got;

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_set_address(s.io, 0x100);
    memory_region_set_size(s.io, 0x20);
    assert_map(s.as, "0-f io@0, 8000-800f anchor@0");
    got = address_space_ldub(s.as, 0x5, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_cmphex(got, ==, 5);
    g_assert_cmphex(memory_region_size(s.io), ==, 0x20); /* queries see new values at once */
    assert_trace(m, "");
    memory_region_transaction_commit();
    assert_map(s.as, "100-11f io@0, 8000-800f anchor@0");
    assert_trace(m, "s:begin s:del(0-f io@0) s:add(100-11f io@0) s:commit");
}

/* Fields of a device that an access uses, changed but not committed. */
static void device_size_until_commit(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemTxResult result;

    (void)data;
    memory_region_transaction_begin();
    memory_region_set_size(s.io, 4);
    g_assert_cmphex(address_space_ldub(s.as, 9, MEMTXATTRS_UNSPECIFIED, &result), ==, 9);
    g_assert_cmpuint(result, ==, MEMTX_OK);
    memory_region_transaction_commit();
    address_space_ldub(s.as, 9, MEMTXATTRS_UNSPECIFIED, &result);
    g_assert_cmpuint(result, ==, MEMTX_DECODE_ERROR);
}

static void only_outermost_acts(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_transaction_begin();
    memory_region_set_enabled(s.io, false);
    memory_region_transaction_commit();
    assert_trace(m, "");
    assert_map(s.as, "0-f io@0, 8000-800f anchor@0");
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:del(0-f io@0) s:commit");
}

static void change_and_back(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_set_enabled(s.io, false);
    memory_region_set_enabled(s.io, true);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:commit");
}

static void lock_is_held(Machine *m, gconstpointer data)
{
    (void)data;
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_transaction_begin();
    g_assert_true(memory_context_is_locked(m->ctx));
    memory_region_transaction_commit();
    g_assert_false(memory_context_is_locked(m->ctx));
}

static void count_flush(void *opaque)
{
    (*(int *)opaque)++;
}

static void begin_flushes(Machine *m, gconstpointer data)
{
    int flushed = 0;
    MemoryContextHooks hooks = { .flush_coalesced_mmio = count_flush, .opaque = &flushed };

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_transaction_begin();
    g_assert_cmpint(flushed, ==, 1);
    memory_region_transaction_commit();
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ NULL });
}

/* A queued write whose device makes an edit when the write is delivered. */
typedef struct QueuedEdit {
    MemoryRegion *mr;
    void (*edit)(MemoryRegion *mr);
} QueuedEdit;

static void do_queued_edit(void *opaque)
{
    QueuedEdit *queued = opaque;
    void (*edit)(MemoryRegion *) = queued->edit;

    queued->edit = NULL;
    if (edit) {
        edit(queued->mr);
    }
}

static void enable(MemoryRegion *mr)
{
    memory_region_set_enabled(mr, true);
}

static void disable(MemoryRegion *mr)
{
    memory_region_set_enabled(mr, false);
}

static void stop_log(MemoryRegion *mr)
{
    memory_region_set_log(mr, false, DIRTY_MEMORY_VGA);
}

/* An edit begins with a flush. It sees the region as the flushed writes have left it. */
static void queued_edits_come_first(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    QueuedEdit queued = { s.io, disable };
    MemoryContextHooks hooks = { .flush_coalesced_mmio = do_queued_edit, .opaque = &queued };
    g_autofree char *shown = map_text(s.as), *hidden = NULL;

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_set_enabled(s.io, false);
    hidden = map_text(s.as);
    g_assert_cmpstr(hidden, !=, shown);
    queued.edit = enable;
    memory_region_set_enabled(s.io, true);
    assert_map(s.as, shown);
    memory_region_set_enabled(s.io, false);
    assert_map(s.as, hidden);
    memory_context_set_hooks(m->ctx, NULL);
}

static void queued_edits_count(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    QueuedEdit queued = { s.io, stop_log };
    MemoryContextHooks hooks = { .flush_coalesced_mmio = do_queued_edit, .opaque = &queued };

    (void)data;
    memory_region_set_log(s.io, true, DIRTY_MEMORY_VGA);
    memory_context_set_hooks(m->ctx, &hooks);
    memory_region_set_log(s.io, false, DIRTY_MEMORY_VGA);
    expect_message(m, "misuse", "set_log", "off", NULL);
    memory_region_set_log(s.io, true, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_is_logging(s.io, DIRTY_MEMORY_VGA));
    memory_region_set_log(s.io, false, DIRTY_MEMORY_VGA);
    g_assert_false(memory_region_is_logging(s.io, DIRTY_MEMORY_VGA));
    memory_context_set_hooks(m->ctx, NULL);
}

/* ---- What takes effect ------------------------------------------------------------------ */

static const char *const nothing = "";
static const char *const effect = "s:begin s:commit";

static void nothing_requested(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_transaction_commit();
    assert_trace(m, nothing);
}

/* Also for a region that no space shows. */
static void always_requests(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *unseen = ram_new(m, "unseen", 0x1000);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_set_enabled(unseen, false);
    assert_trace(m, effect);
    memory_region_set_size(unseen, 0x800);
    assert_trace(m, effect);
}

static void global_log_requests(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_global_dirty_log_start();
    assert_trace(m, "s:log_global_start s:begin s:commit");
    memory_global_dirty_log_stop();
    assert_trace(m, "s:begin s:commit s:log_global_stop");
}

static void add_requests_if_both_enabled(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *box = box_new(m, "box", 0x1000), *off = io_new(m, "off", 0x10);
    MemoryRegion *on = io_new(m, "on", 0x10);

    (void)data;
    memory_region_set_enabled(off, false);
    spy_on(m, "s", 0, s.as);
    memory_region_add_subregion(box, 0, on);
    assert_trace(m, effect);
    memory_region_del_subregion(box, on);
    assert_trace(m, effect);
    memory_region_add_subregion(box, 0, off);
    memory_region_del_subregion(box, off);
    assert_trace(m, nothing);
    memory_region_set_enabled(box, false);
    assert_trace(m, effect);
    memory_region_add_subregion(box, 0, on);
    memory_region_del_subregion(box, on);
    assert_trace(m, nothing);
}

static void attributes_request_if_enabled(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *romd = romd_new(m, "romd", 0x1000);
    MemoryRegion *window = window_new(m, "window", romd, 0, 0x1000);

    (void)data;
    for (int on = 1; on >= 0; on--) {
        memory_region_set_enabled(romd, on);
        memory_region_set_enabled(window, on);
        Spy *spy = spy_on(m, "s", 0, s.as);
        const char *want = on ? effect : nothing;
        memory_region_set_readonly(romd, on);
        assert_trace(m, want);
        memory_region_set_nonvolatile(romd, on);
        assert_trace(m, want);
        memory_region_rom_device_set_romd(romd, !on);
        assert_trace(m, want);
        memory_region_set_log(romd, on, DIRTY_MEMORY_VGA);
        assert_trace(m, want);
        memory_region_set_alias_offset(window, on);
        assert_trace(m, want);
        memory_listener_unregister(&spy->listener);
        g_string_truncate(m->trace, 0);
    }
}

/* ---- Order ------------------------------------------------------------------------------ */

static void order_of_a_commit(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *other = box_new(m, "other", 0x1000), *b = io_new(m, "b", 0x10);
    AddressSpace *second = space_new(m, other, "second");

    (void)data;
    memory_region_add_subregion(other, 0, b);
    memory_region_add_subregion(other, 0x100, io_new(m, "c", 0x10));
    spy_on(m, "b0", 0, second);
    spy_on(m, "a5", 5, s.as);
    spy_on(m, "b9", 9, second);
    memory_region_transaction_begin();
    memory_region_set_address(b, 0x20);
    memory_region_set_address(s.io, 0x20);
    memory_region_transaction_commit();
    assert_trace(m, "b0:begin a5:begin b9:begin "
                    "a5:del(0-f io@0) a5:add(20-2f io@0) "
                    "b9:del(0-f b@0) b0:del(0-f b@0) b0:add(20-2f b@0) b9:add(20-2f b@0) "
                    "b0:commit a5:commit b9:commit");
}

static void untouched_space_hears_brackets(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    AddressSpace *second = space_new(m, box_new(m, "other", 0x1000), "second");

    (void)data;
    spy_on(m, "s", 0, second);
    memory_region_set_enabled(s.io, false);
    assert_trace(m, "s:begin s:commit");
}

static void peek(Spy *s, const char *what, MemoryRegionSection *section)
{
    g_autofree char *map = NULL;
    GString *out = s->opaque;

    (void)section;
    map = map_text(s->listener.address_space ? s->listener.address_space : NULL);
    g_string_append_printf(out, "%s: %s; ", what, map);
}

static void old_view_until_told(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", 0x10), *root = box_new(m, "root", 0x1000);
    g_autoptr(GString) seen = g_string_new(NULL);
    AddressSpace *as;
    Spy *s;

    (void)data;
    memory_region_add_subregion(root, 0, io);
    as = space_new(m, root, "as");
    s = spy_on(m, "s", 0, as);
    s->opaque = seen;
    s->hook = peek;
    memory_region_set_address(io, 0x20);
    g_assert_cmpstr(seen->str, ==,
                    "begin: 0-f io@0; del: 0-f io@0; add: 0-f io@0; "
                    "commit: 20-2f io@0; ");
    s->hook = NULL;
}

/* A device that ends in a commit still exists while its removal is told. */
static void old_regions_outlive_callbacks(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *sub = g_new0(MemoryRegion, 1);
    DeviceState *dev = device_new("dev");
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_init_io(sub, OBJECT(dev), &plain_ops, NULL, "sub", 0x10);
    memory_region_add_subregion(root, 0, sub);
    spy_on(m, "s", 0, as);
    object_unref(dev);
    memory_region_del_subregion(root, sub);
    assert_trace(m, "s:begin s:del(0-f sub@0) s:commit");
    memory_drain();
    g_free(sub);
}

/* D3: a view that an edit does not touch stays the same view. */
static void untouched_views_stay(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *other = box_new(m, "other", 0x1000);
    AddressSpace *second = space_new(m, other, "second");
    FlatView *before, *first;

    (void)data;
    memory_region_add_subregion(other, 0, io_new(m, "a", 0x10));
    memory_region_add_subregion(other, 0x100, io_new(m, "b", 0x10));
    before = address_space_to_flatview(second);
    first = address_space_to_flatview(s.as);
    memory_region_set_address(s.io, 0x20);
    g_assert_true(address_space_to_flatview(second) == before);
    g_assert_true(address_space_to_flatview(s.as) != first);
}

/* ---- Cost ------------------------------------------------------------------------------- */

enum { HIDDEN = 10000, MOVED = 20, SLOT = 0x1000 };

static int64_t cpu_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Returns the least time, in ns, of a commit that switches regions on both sides of a container. */
static int64_t least_commit(MemoryRegion *const *moved)
{
    int64_t least = INT64_MAX;

    for (unsigned i = 0; i < 20; i++) {
        int64_t begin = cpu_now();
        memory_region_transaction_begin();
        for (unsigned k = 0; k < MOVED; k++) {
            memory_region_set_enabled(moved[k], i % 2);
        }
        memory_region_transaction_commit();
        least = MIN(least, cpu_now() - begin);
    }
    return least;
}

/* A commit does not visit the regions of a container that is covered. */
static void hidden_regions_cost_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_C(1) << 40), *moved[MOVED];
    MemoryRegion *box = box_new(m, "box", UINT64_C(1) << 32);
    MemoryRegion *cover = io_new(m, "cover", UINT64_C(1) << 32);

    (void)data;
    memory_context_set_verify(m->ctx, false); /* it visits every region */
    memory_region_add_subregion(root, UINT64_C(1) << 32, box);
    memory_region_add_subregion_overlap(root, UINT64_C(1) << 32, cover, 1);
    for (unsigned i = 0; i < MOVED; i++) {
        moved[i] = io_new(m, "moved[*]", SLOT);
        memory_region_add_subregion(root, i * 2 * SLOT + (i % 2 ? UINT64_C(1) << 33 : 0),
                                    moved[i]);
    }
    space_new(m, root, "as");
    int64_t empty = least_commit(moved);
    memory_region_transaction_begin();
    for (unsigned i = 0; i < HIDDEN; i++) {
        memory_region_add_subregion(box, i * 2 * SLOT, io_new(m, "hidden[*]", SLOT));
    }
    memory_region_transaction_commit();
    g_assert_cmpint(least_commit(moved), <, 20 * empty);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/transaction/7/invisible-until-commit", invisible_until_commit);
    TEST("/transaction/7/invisible-until-commit/device-size", device_size_until_commit);
    TEST("/transaction/7/only-outermost-acts", only_outermost_acts);
    TEST("/transaction/7/change-and-back", change_and_back);
    TEST("/transaction/7/lock-is-held", lock_is_held);
    TEST("/transaction/7/begin-flushes", begin_flushes);
    TEST("/transaction/7/queued-edits-come-first", queued_edits_come_first);
    misuse_test_add("/transaction/7/queued-edits-count", queued_edits_count);
    TEST("/transaction/7/effect/nothing-requested", nothing_requested);
    TEST("/transaction/7/effect/always", always_requests);
    TEST("/transaction/7/effect/global-log", global_log_requests);
    TEST("/transaction/7/effect/both-enabled", add_requests_if_both_enabled);
    TEST("/transaction/7/effect/enabled", attributes_request_if_enabled);
    TEST("/transaction/7/order", order_of_a_commit);
    TEST("/transaction/7/untouched-space", untouched_space_hears_brackets);
    TEST("/transaction/7/old-view-until-told", old_view_until_told);
    TEST("/transaction/7/old-regions-outlive-callbacks", old_regions_outlive_callbacks);
    TEST("/transaction/D3/untouched-views-stay", untouched_views_stay);
    TEST("/transaction/hidden-regions-cost-nothing", hidden_regions_cost_nothing);
    return g_test_run();
}
