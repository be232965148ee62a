/* SPDX-License-Identifier: MIT
 *
 * Global dirty logging, and what listeners are told of dirty pages (specification 9.3, 9.4, 17.2,
 * 17.3, 25; D13).
 */
#include "dirty-support.h"

/* ---- log_clear (17.2) ------------------------------------------------------------------- */

/* A stage whose second space shows pages 2 to 4 twice. The second window shows pages that only
 * migration logs. */
typedef struct Shown {
    Stage s;
    AddressSpace *other;
    Ear first, second;
} Shown;

static void shown_init(Shown *x, Machine *m)
{
    MemoryRegion *root = box_new(m, "root2", 0x1000000);

    x->s = stage_new(m, 200);
    x->other = space_new(m, root, "other");
    memory_region_add_subregion(root, 0x500000, window_new(m, "w1", x->s.ram, 2 * PAGE, 2 * PAGE));
    memory_region_add_subregion(root, 0x600000, window_new(m, "w2", x->s.ram, 3 * PAGE, 2 * PAGE));
    ear_start(&x->first, m, "a", 5, x->other);
    ear_start(&x->second, m, "b", 0, x->s.as);
}

static void shown_end(Shown *x)
{
    memory_listener_unregister(&x->first.listener);
    memory_listener_unregister(&x->second.listener);
}

static void clear_is_cut(Machine *m, gconstpointer data)
{
    Shown x;

    (void)data;
    shown_init(&x, m);
    memory_region_clear_dirty_bitmap(x.s.ram, 0, 200 * PAGE);
    assert_trace(m, "");
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_region_clear_dirty_bitmap(x.s.ram, 3 * PAGE + 1, PAGE);
    assert_trace(m, " b:clear(3001-4000 ram@3001) a:clear(501001-501fff ram@3001)"
                    " a:clear(600001-601000 ram@3001)");
    memory_region_clear_dirty_bitmap(x.s.ram, 5 * PAGE, 1);
    assert_trace(m, " b:clear(5000-5000 ram@5000)");
    memory_region_clear_dirty_bitmap(x.s.ram, 0, 0);
    assert_trace(m, "");
    memory_region_clear_dirty_bitmap(x.s.ram, 199 * PAGE, UINT64_MAX);
    assert_trace(m, " b:clear(c7000-c7fff ram@c7000)");
    assert_dirty(x.s.ram, DIRTY_MEMORY_VGA, "0-199");
    shown_end(&x);
}

/* Clearing is rounded to pages, whether a page was dirty or not. Snapshots are exact. */
static void clear_of_reset_and_snapshot(Machine *m, gconstpointer data)
{
    Shown x;

    (void)data;
    shown_init(&x, m);
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    for (unsigned i = 0; i < 2; i++) {
        memory_region_reset_dirty(x.s.ram, 5 * PAGE + 1, PAGE, DIRTY_MEMORY_VGA);
        assert_trace(m, " b:clear(5000-6fff ram@5000)");
    }
    memory_region_reset_dirty(x.s.ram, 2 * PAGE + 5, 1, DIRTY_MEMORY_CODE);
    assert_trace(m, " b:clear(2000-2fff ram@2000) a:clear(500000-500fff ram@2000)");
    memory_region_reset_dirty(x.s.ram, 2 * PAGE, 0, DIRTY_MEMORY_VGA);
    assert_trace(m, "");
    cpu_physical_memory_clear_dirty_range(8 * PAGE, 1);
    assert_trace(m, " b:clear(8000-8fff ram@8000) b:clear(8000-8fff ram@8000)"
                    " b:clear(8000-8fff ram@8000)");
    g_assert_true(cpu_physical_memory_test_and_clear_dirty(11 * PAGE, 2, DIRTY_MEMORY_VGA));
    assert_trace(m, " b:clear(b000-bfff ram@b000)");
    free(cpu_physical_memory_snapshot_and_clear_dirty(x.s.ram, 9 * PAGE + 8, 16, 0));
    assert_trace(m, " b:clear(9008-9017 ram@9008)");
    shown_end(&x);
}

/* ---- Snapshots and syncing ------------------------------------------------------------------ */

/* Marks page 7, as if an accelerator had written it. The sync must find it. */
static void report_page_7(Ear *ear)
{
    MemoryRegion *mr = ear->opaque;

    g_assert_true(memory_region_get_dirty(mr, 3 * PAGE, 1, DIRTY_MEMORY_VGA));
    memory_region_set_dirty(mr, 7 * PAGE, 1);
}

static void snapshot_order(Machine *m, gconstpointer data)
{
    DirtyBitmapSnapshot *snap;
    Ear global;
    Shown x;

    (void)data;
    shown_init(&x, m);
    ear_init(&global, m, "g", 1);
    global.listener.log_sync = NULL;
    global.listener.log_sync_global = ear_sync_global;
    memory_listener_register(&global.listener, x.other);
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    clean_all(x.s.ram);
    address_space_stb(x.s.as, 3 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    global.on_sync = report_page_7;
    global.opaque = x.s.ram;
    g_string_truncate(m->trace, 0);
    snap = memory_region_snapshot_and_clear_dirty(x.s.ram, 3 * PAGE, 8 * PAGE, DIRTY_MEMORY_VGA);
    assert_trace(m, " b:sync(0-c7fff ram@0) g:sync_global a:sync(500000-501fff ram@2000)"
                    " a:sync(600000-601fff ram@3000)"
                    " b:clear(3000-afff ram@3000)"
                    " g:clear(501000-501fff ram@3000) g:clear(600000-601fff ram@3000)"
                    " a:clear(501000-501fff ram@3000) a:clear(600000-601fff ram@3000)"
                    " b:after_sync g:after_sync a:after_sync");
    g_assert_true(memory_region_snapshot_get_dirty(x.s.ram, snap, 3 * PAGE, 1));
    g_assert_true(memory_region_snapshot_get_dirty(x.s.ram, snap, 7 * PAGE, 1));
    g_assert_false(memory_region_snapshot_get_dirty(x.s.ram, snap, 4 * PAGE, 3 * PAGE));
    free(snap);
    memory_listener_unregister(&global.listener);
    shown_end(&x);
}

static void sync_of_all(Machine *m, gconstpointer data)
{
    MemoryRegion *vram = ram_new(m, "vram", PAGE), *quiet = ram_new(m, "quiet", PAGE);
    Shown x;

    (void)data;
    shown_init(&x, m);
    memory_region_add_subregion(x.s.root, 0x800000, vram);
    memory_region_add_subregion(x.s.root, 0x900000, quiet);
    memory_region_set_log(vram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_sync();
    assert_trace(m, " b:sync(800000-800fff vram@0)");
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_sync();
    assert_trace(m, " b:sync(0-c7fff ram@0) b:sync(800000-800fff vram@0)"
                    " a:sync(500000-501fff ram@2000) a:sync(600000-601fff ram@3000)");
    memory_global_after_dirty_log_sync();
    assert_trace(m, " b:after_sync a:after_sync");
    memory_region_sync_dirty_bitmap(vram);
    assert_trace(m, " b:sync(800000-800fff vram@0)");
    address_space_sync_dirty_bitmap(x.other);
    assert_trace(m, " a:sync(500000-501fff ram@2000) a:sync(600000-601fff ram@3000)");
    shown_end(&x);
}

/* A listener that has only log_sync_global is called once, in its turn, also if nothing is
 * logged. */
static void sync_at_once(Machine *m, gconstpointer data)
{
    Ear global;
    Shown x;

    (void)data;
    shown_init(&x, m);
    ear_init(&global, m, "g", 1);
    global.listener.log_sync = NULL;
    global.listener.log_sync_global = ear_sync_global;
    memory_listener_register(&global.listener, x.other);
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_sync();
    assert_trace(m, " g:sync_global");
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_sync();
    assert_trace(m, " b:sync(0-c7fff ram@0) g:sync_global a:sync(500000-501fff ram@2000)"
                    " a:sync(600000-601fff ram@3000)");
    address_space_sync_dirty_bitmap(
        x.s.as); /* section 23: all spaces are synced, whichever is named */
    assert_trace(m, " b:sync(0-c7fff ram@0) g:sync_global");
    memory_listener_unregister(&global.listener);
    shown_end(&x);
}

/* Section 23: these functions do not sync first. */
static void asked_without_sync(Machine *m, gconstpointer data)
{
    Shown x;

    (void)data;
    shown_init(&x, m);
    memory_region_set_log(x.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    g_assert_true(memory_region_get_dirty(x.s.ram, 8 * PAGE, 3 * PAGE, DIRTY_MEMORY_VGA));
    assert_trace(m, "");
    g_assert_true(memory_region_test_and_clear_dirty(x.s.ram, 8 * PAGE, PAGE, DIRTY_MEMORY_VGA));
    assert_trace(m, " b:clear(8000-8fff ram@8000)");
    g_assert_false(memory_region_get_dirty(x.s.ram, 8 * PAGE, PAGE, DIRTY_MEMORY_VGA));
    g_assert_true(memory_region_get_dirty(x.s.ram, 8 * PAGE, PAGE + 1, DIRTY_MEMORY_VGA));
    g_assert_false(memory_region_test_and_clear_dirty(x.s.ram, 8 * PAGE, PAGE, DIRTY_MEMORY_VGA));
    g_string_truncate(m->trace, 0);
    shown_end(&x);
}

/* ---- Start and stop (17.3) -------------------------------------------------------------- */

typedef struct Pair {
    Stage s;
    Ear low, high;
} Pair;

static void pair_init(Pair *p, Machine *m)
{
    p->s = stage_new(m, 2);
    ear_start(&p->high, m, "high", 9, p->s.as);
    ear_start(&p->low, m, "low", 1, p->s.as);
}

static void pair_end(Pair *p)
{
    memory_listener_unregister(&p->low.listener);
    memory_listener_unregister(&p->high.listener);
}

static const char on_text[] = " low:start high:start low:log_start(0-1fff ram@0)0>4"
                              " high:log_start(0-1fff ram@0)0>4 low:commit high:commit";
static const char off_text[] = " high:log_stop(0-1fff ram@0)4>0 low:log_stop(0-1fff ram@0)4>0"
                               " low:commit high:commit high:stop low:stop";

static void start_and_stop(Machine *m, gconstpointer data)
{
    Pair p;

    (void)data;
    pair_init(&p, m);
    clean_all(p.s.ram);
    memory_global_dirty_log_start();
    assert_trace(m, on_text);
    address_space_stb(p.s.as, PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    memory_global_dirty_log_start();
    assert_trace(m, " low:start high:start low:commit high:commit");
    memory_global_dirty_log_stop();
    assert_trace(m, off_text);
    assert_dirty(p.s.ram, DIRTY_MEMORY_MIGRATION, "1");
    g_assert_false(global_dirty_log);
    pair_end(&p);
}

/* ---- Everything dirty ------------------------------------------------------------------- */

/* Starting global logging again is not enough for a second copy: a page that was clean at the stop
 * stays clean, even if it was written since. */
static void copied_twice(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 100);

    (void)data;
    for (unsigned copy = 0; copy < 2; copy++) {
        memory_global_dirty_log_start();
        memory_global_set_all_dirty();
        assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "0-99");
        assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "");
        address_space_stb(s.as, 3 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
        assert_harvest(s.ram, DIRTY_MEMORY_MIGRATION, "3");
        memory_global_dirty_log_stop();
        address_space_stb(s.as, 5 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
        memory_global_dirty_log_start();
        assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
        memory_global_dirty_log_stop();
    }
}

/* All blocks of the context become dirty, whether they are shown and migrate or not; for MIGRATION
 * only, and no more pages than are in use. No listener is told. */
static void all_dirty_is_for_migration(Machine *m, gconstpointer data)
{
    MemoryRegion *plain = ram_new(m, "plain", 4 * PAGE), *grows = g_new0(MemoryRegion, 1);
    Pair p;

    (void)data;
    pair_init(&p, m);
    g_ptr_array_add(m->regions, grows);
    memory_region_init_resizeable_ram(grows, NULL, "grows", 2 * PAGE, 70 * PAGE, NULL, NULL);
    clean_all(p.s.ram);
    clean_all(plain);
    clean_all(grows);
    memory_region_set_log(p.s.ram, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_global_set_all_dirty();
    assert_trace(m, "");
    assert_dirty(p.s.ram, DIRTY_MEMORY_MIGRATION, "0-1");
    assert_dirty(plain, DIRTY_MEMORY_MIGRATION, "0-3");
    assert_dirty(grows, DIRTY_MEMORY_MIGRATION, "0-1");
    g_assert_false(cpu_physical_memory_get_dirty(memory_region_get_ram_addr(grows) + 2 * PAGE,
                                                 68 * PAGE, DIRTY_MEMORY_MIGRATION));
    assert_dirty(p.s.ram, DIRTY_MEMORY_VGA, "");
    assert_dirty(p.s.ram, DIRTY_MEMORY_CODE, "");
    pair_end(&p);
}

/* After a part is cleared, the rest stays dirty. A second call finds no map to drop. */
static void all_dirty_then_parts(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 100);

    (void)data;
    clean_all(s.ram);
    memory_global_set_all_dirty();
    memory_region_reset_dirty(s.ram, 0, 90 * PAGE, DIRTY_MEMORY_MIGRATION);
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "90-99");
    memory_global_set_all_dirty();
    memory_global_set_all_dirty();
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "0-99");
    g_assert_true(memory_region_test_and_clear_dirty(s.ram, 0, PAGE, DIRTY_MEMORY_MIGRATION));
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "1-99");
}

/* Contexts are independent. */
static void all_dirty_of_a_context(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    MemoryContext *other = memory_context_new(NULL, &error_abort);
    MemoryContext *before = memory_context_set_current(other);

    (void)data;
    clean_all(s.ram);
    memory_global_set_all_dirty();
    memory_context_set_current(before);
    assert_dirty(s.ram, DIRTY_MEMORY_MIGRATION, "");
    g_assert_true(memory_context_destroy(other, NULL));
}

/* D13: while the machine does not run, a stop of global logging waits until it runs again. */
static void stop_waits(Machine *m, gconstpointer data)
{
    Pair p;

    (void)data;
    pair_init(&p, m);
    memory_global_dirty_log_start();
    memory_context_set_running(m->ctx, false);
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_stop();
    assert_trace(m, "");
    g_assert_true(global_dirty_log);
    g_assert_cmphex(memory_region_get_dirty_log_mask(p.s.ram), ==, MIGRATION);
    memory_context_set_running(m->ctx, false);
    assert_trace(m, "");
    memory_context_set_running(m->ctx, true);
    assert_trace(m, off_text);
    g_assert_false(global_dirty_log);
    memory_context_set_running(m->ctx, true);
    assert_trace(m, "");
    pair_end(&p);
}

static void start_cancels(Machine *m, gconstpointer data)
{
    Pair p;

    (void)data;
    pair_init(&p, m);
    memory_global_dirty_log_start();
    memory_context_set_running(m->ctx, false);
    memory_global_dirty_log_stop();
    g_string_truncate(m->trace, 0);
    memory_global_dirty_log_start();
    assert_trace(m, " low:start high:start low:commit high:commit");
    memory_context_set_running(m->ctx, true);
    assert_trace(m, "");
    g_assert_true(global_dirty_log);
    memory_global_dirty_log_stop();
    assert_trace(m, off_text);
    pair_end(&p);
}

/* ---- Reasons (25) ----------------------------------------------------------------------- */

static void reasons(Machine *m, gconstpointer data)
{
    Pair p;

    (void)data;
    pair_init(&p, m);
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_DIRTY_RATE, NULL));
    assert_trace(m, on_text);
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_MIGRATION | GLOBAL_DIRTY_LIMIT,
                                                    NULL));
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_DIRTY_RATE | GLOBAL_DIRTY_LIMIT);
    assert_trace(m, "");
    g_assert_true(global_dirty_log);
    memory_global_dirty_log_stop();
    assert_trace(m, off_text);
    g_assert_false(global_dirty_log);
    pair_end(&p);
}

static void reasons_wait(Machine *m, gconstpointer data)
{
    Pair p;

    (void)data;
    pair_init(&p, m);
    memory_global_dirty_log_start_for(GLOBAL_DIRTY_LIMIT | GLOBAL_DIRTY_DIRTY_RATE, NULL);
    memory_context_set_running(m->ctx, false);
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_LIMIT);
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_DIRTY_RATE);
    g_string_truncate(m->trace, 0);
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_LIMIT, NULL));
    memory_context_set_running(m->ctx, true);
    assert_trace(m, "");
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_LIMIT);
    assert_trace(m, off_text);
    pair_end(&p);
}

static void reasons_wrong(Machine *m, gconstpointer data)
{
    Error *err = NULL;

    (void)data;
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_LIMIT, NULL));
    g_assert_false(memory_global_dirty_log_start_for(GLOBAL_DIRTY_LIMIT | GLOBAL_DIRTY_MIGRATION,
                                                     &err));
    expect_message(m, "misuse", "0x5", "0x4 are on", NULL);
    g_assert_nonnull(err);
    error_free(err);
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_MIGRATION);
    expect_message(m, "misuse", "0x1", "off", NULL);
    g_assert_false(memory_global_dirty_log_start_for(1U << 3, NULL));
    expect_message(m, "misuse", "0x8", NULL);
    memory_global_dirty_log_stop_for(0);
    expect_message(m, "misuse", "0x0", NULL);
    g_assert_true(global_dirty_log);
    memory_global_dirty_log_stop_for(GLOBAL_DIRTY_LIMIT);
    g_assert_false(global_dirty_log);
}

/* ---- Listeners that refuse (25) --------------------------------------------------------- */

static void refused(Machine *m, gconstpointer data)
{
    Error *err = NULL;
    Ear middle;
    Pair p;

    (void)data;
    pair_init(&p, m);
    ear_init(&middle, m, "middle", 5);
    middle.listener.log_global_start_errp = ear_global_start_errp;
    memory_listener_register(&middle.listener, p.s.as);
    middle.refuses = true;
    clean_all(p.s.ram);
    Ear lowest;
    ear_start(&lowest, m, "lowest", 0, p.s.as);
    g_assert_false(memory_global_dirty_log_start_for(GLOBAL_DIRTY_MIGRATION, &err));
    assert_trace(m, " lowest:start low:start middle:try low:stop lowest:stop");
    g_assert_nonnull(strstr(error_get_pretty(err), "'middle'"));
    g_assert_nonnull(strstr(error_get_pretty(err), "no room for a log"));
    error_free(err);
    g_assert_false(global_dirty_log);
    address_space_stb(p.s.as, 0, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    assert_dirty(p.s.ram, DIRTY_MEMORY_MIGRATION, "");
    middle.refuses = false;
    memory_listener_unregister(&lowest.listener);
    g_string_truncate(m->trace, 0);
    g_assert_true(memory_global_dirty_log_start_for(GLOBAL_DIRTY_MIGRATION, &err));
    g_assert_true(g_str_has_prefix(m->trace->str,
                                   " low:start middle:try high:start low:log_start"));
    memory_global_dirty_log_stop();
    memory_listener_unregister(&middle.listener);
    pair_end(&p);
}

/* A listener without log_global_start_errp hears of the start that another one refuses. */
static void refused_for_nothing(Machine *m, gconstpointer data)
{
    Ear ear, late;
    Stage s = stage_new(m, 2);

    (void)data;
    ear_start(&ear, m, "ear", 0, s.as);
    ear.listener.log_global_start_errp = ear_global_start_errp;
    ear.refuses = true;
    memory_global_dirty_log_start();
    expect_message(m, "error", "'ear'", "no room for a log", NULL);
    assert_trace(m, " ear:try ear:log_start(0-1fff ram@0)0>4 ear:commit");
    g_assert_true(global_dirty_log);
    ear_init(&late, m, "late", 0);
    late.listener.log_global_start_errp = ear_global_start_errp;
    memory_listener_register(&late.listener, s.as);
    assert_trace(m, " late:try late:log_start(0-1fff ram@0)0>4 late:commit");
    memory_listener_unregister(&late.listener);
    memory_global_dirty_log_stop();
    memory_listener_unregister(&ear.listener);
}

/* R15: a callback may not switch logging. */
static void switch_in_callback(Ear *ear)
{
    memory_global_dirty_log_start();
    expect_message(ear->machine, "misuse", NULL);
    memory_global_dirty_log_stop();
    expect_message(ear->machine, "misuse", NULL);
    g_assert_false(memory_global_dirty_log_start_for(GLOBAL_DIRTY_LIMIT, NULL));
    expect_message(ear->machine, "misuse", NULL);
    memory_context_set_running(ear->machine->ctx, true);
    expect_message(ear->machine, "misuse", NULL);
    memory_region_set_log(ear->opaque, false, DIRTY_MEMORY_VGA);
    expect_message(ear->machine, "misuse", NULL);
}

static void not_in_callbacks(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    Ear ear;

    (void)data;
    ear_start(&ear, m, "ear", 0, s.as);
    memory_region_set_log(s.ram, true, DIRTY_MEMORY_VGA);
    ear.on_sync = switch_in_callback;
    ear.opaque = s.ram;
    memory_global_dirty_log_sync();
    g_assert_false(global_dirty_log);
    memory_listener_unregister(&ear.listener);
}

/* ---- RAM that comes to migrate while it is logged ------------------------------------------ */

static void migratable_while_logged(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    MemoryRegion *mr = ram_new(m, "more", PAGE);
    Ear ear;

    (void)data;
    memory_region_add_subregion(s.root, 0x800000, mr);
    memory_global_dirty_log_start();
    ear_start(&ear, m, "ear", 0, s.as);
    clean_all(mr);
    vmstate_register_ram(mr, NULL);
    g_assert_cmphex(memory_region_get_dirty_log_mask(mr), ==, MIGRATION);
    address_space_stb(s.as, 0x800000, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    assert_dirty(mr, DIRTY_MEMORY_MIGRATION, "0");
    memory_region_set_address(s.ram, 0x100000);
    g_assert_nonnull(strstr(m->trace->str, "ear:log_start(800000-800fff more@0)0>4"));
    vmstate_unregister_ram(mr, NULL);
    g_string_truncate(m->trace, 0);
    memory_region_set_address(s.ram, 0);
    g_assert_nonnull(strstr(m->trace->str, "ear:log_stop(800000-800fff more@0)4>0"));
    memory_global_dirty_log_stop();
    memory_listener_unregister(&ear.listener);
}

/* R13: a range that is already logged when it appears has no log_start; its mask says it. */
static void added_while_logged(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m, 2);
    MemoryRegion *mr = ram_new(m, "vram", PAGE);
    Ear ear;

    (void)data;
    ear_start(&ear, m, "ear", 0, s.as);
    memory_region_set_log(mr, true, DIRTY_MEMORY_VGA);
    memory_region_add_subregion(s.root, 0x800000, mr);
    assert_trace(m, " ear:commit ear:commit");
    g_assert_cmphex(memory_region_get_dirty_log_mask(mr), ==, VGA);
    memory_region_clear_dirty_bitmap(mr, 0, PAGE);
    assert_trace(m, " ear:clear(800000-800fff vram@0)");
    memory_listener_unregister(&ear.listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/dirty-global/17.2/clear/cut", clear_is_cut);
    TEST("/dirty-global/17.2/clear/callers", clear_of_reset_and_snapshot);
    TEST("/dirty-global/17.2/snapshot-order", snapshot_order);
    TEST("/dirty-global/17.3/sync", sync_of_all);
    TEST("/dirty-global/17.3/sync-at-once", sync_at_once);
    TEST("/dirty-global/23/asked-without-sync", asked_without_sync);
    TEST("/dirty-global/17.3/start-and-stop", start_and_stop);
    TEST("/dirty-global/all-dirty/copied-twice", copied_twice);
    TEST("/dirty-global/all-dirty/for-migration", all_dirty_is_for_migration);
    TEST("/dirty-global/all-dirty/then-parts", all_dirty_then_parts);
    TEST("/dirty-global/all-dirty/of-a-context", all_dirty_of_a_context);
    TEST("/dirty-global/D13/stop-waits", stop_waits);
    TEST("/dirty-global/D13/start-cancels", start_cancels);
    TEST("/dirty-global/25/reasons", reasons);
    TEST("/dirty-global/25/reasons-wait", reasons_wait);
    misuse_test_add("/dirty-global/25/reasons-wrong", reasons_wrong);
    TEST("/dirty-global/25/refused", refused);
    TEST("/dirty-global/25/refused-for-nothing", refused_for_nothing);
    misuse_test_add("/dirty-global/R15/not-in-callbacks", not_in_callbacks);
    TEST("/dirty-global/22.8/migratable-while-logged", migratable_while_logged);
    TEST("/dirty-global/R13/added-while-logged", added_while_logged);
    return g_test_run();
}
