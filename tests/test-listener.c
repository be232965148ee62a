/* SPDX-License-Identifier: MIT
 *
 * Listeners: registration, what a commit tells them and in which order (specification 9), and how
 * they are told of dirty logging (17.1, 17.3).
 */
#include "support.h"

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *a, *b;
    AddressSpace *as;
} Stage;

/* RAM at 0x1000 and at 0x4000. */
static Stage stage_new(Machine *m)
{
    Stage s = { .root = box_new(m, "root", 0x10000),
                .a = ram_new(m, "a", 0x1000),
                .b = ram_new(m, "b", 0x1000) };

    memory_region_add_subregion(s.root, 0x1000, s.a);
    memory_region_add_subregion(s.root, 0x4000, s.b);
    s.as = space_new(m, s.root, "as");
    return s;
}

/* RAM that is registered for migration, as global logging needs it. */
static MemoryRegion *migratable_new(Machine *m, const char *name)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_ram(mr, NULL, name, 0x1000, NULL));
    return mr;
}

/* ---- Registration (9.1) ----------------------------------------------------------------- */

static void register_tells_all(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_set_log(s.b, true, DIRTY_MEMORY_VGA);
    spy_on(m, "other", 0, s.as);
    spy_start(spy_new(m, "s", 0), s.as);
    assert_trace(m, "s:begin s:add(1000-1fff a@0) s:add(4000-4fff b@0) "
                    "s:log_start(4000-4fff b@0)0>1 s:commit");
    memory_region_set_log(s.b, false, DIRTY_MEMORY_VGA);
}

static void register_tells_global_log(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, migratable_new(m, "ram"));
    memory_global_dirty_log_start();
    spy_start(spy_new(m, "s", 0), as);
    assert_trace(m, "s:begin s:log_global_start s:add(0-fff ram@0) s:log_start(0-fff ram@0)0>4 "
                    "s:commit");
    memory_global_dirty_log_stop();
}

static void unregister_tells_all(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Spy *spy;

    (void)data;
    memory_region_set_log(s.b, true, DIRTY_MEMORY_VGA);
    spy = spy_on(m, "s", 0, s.as);
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "s:begin s:del(1000-1fff a@0) s:log_stop(4000-4fff b@0)1>0 "
                    "s:del(4000-4fff b@0) s:commit");
    g_assert_null(spy->listener.address_space);
    memory_region_set_address(s.a, 0x2000);
    assert_trace(m, "");
    memory_region_set_log(s.b, false, DIRTY_MEMORY_VGA);
}

static void unregister_unknown(Machine *m, gconstpointer data)
{
    Spy *spy = spy_new(m, "s", 0);

    (void)data;
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "");
}

static void register_again(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Spy *spy = spy_on(m, "s", 0, s.as);

    (void)data;
    memory_listener_unregister(&spy->listener);
    g_string_truncate(m->trace, 0);
    spy_start(spy, s.as);
    assert_trace(m, "s:begin s:add(1000-1fff a@0) s:add(4000-4fff b@0) s:commit");
}

static void all_callbacks_optional(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Spy *spy = spy_new(m, "s", 0);

    (void)data;
    spy->listener = (MemoryListener){ .name = "s" };
    spy_start(spy, s.as);
    memory_region_set_address(s.a, 0x2000);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    memory_global_dirty_log_start();
    memory_global_dirty_log_stop();
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "");
}

static void only_its_space(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *other = box_new(m, "other", 0x1000);

    (void)data;
    space_new(m, other, "other");
    spy_on(m, "s", 0, s.as);
    memory_region_add_subregion(other, 0, io_new(m, "io", 0x10));
    assert_trace(m, "s:begin s:commit");
}

/* ---- A commit (9.2) --------------------------------------------------------------------- */

static void removals_before_additions(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_transaction_begin();
    memory_region_set_address(s.a, 0x8000);
    memory_region_set_address(s.b, 0x2000);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:del(1000-1fff a@0) s:del(4000-4fff b@0) "
                    "s:add(2000-2fff b@0) s:add(8000-8fff a@0) s:commit");
}

static void nop_in_the_second_pass(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_start(spy_new(m, "s", 0), s.as);
    assert_trace(m, "s:begin s:add(1000-1fff a@0) s:add(4000-4fff b@0) s:commit");
    memory_region_add_subregion(s.root, 0x2000, io_new(m, "io", 0x10));
    assert_trace(m, "s:begin s:nop(1000-1fff a@0) s:add(2000-200f io@0) s:nop(4000-4fff b@0) "
                    "s:commit");
    memory_region_set_enabled(s.a, false);
    assert_trace(m, "s:begin s:del(1000-1fff a@0) s:nop(2000-200f io@0) s:nop(4000-4fff b@0) "
                    "s:commit");
}

static void nop_where_nothing_changed(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *unseen = io_new(m, "unseen", 0x10);

    (void)data;
    spy_start(spy_new(m, "s", 0), s.as);
    g_string_truncate(m->trace, 0);
    memory_region_set_enabled(unseen, false);
    assert_trace(m, "s:begin s:nop(1000-1fff a@0) s:nop(4000-4fff b@0) s:commit");
}

static void changes_that_count(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *romd = romd_new(m, "r", 0x1000);
    MemoryRegion *window = window_new(m, "window", romd, 0, 0x800);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, window);
    spy_on(m, "s", 0, as);
    memory_region_rom_device_set_romd(romd, false);
    assert_trace(m, "s:begin s:del(0-7ff r@0) s:add(0-7ff r@0) s:commit");
    memory_region_set_readonly(window, true);
    assert_trace(m, "s:begin s:del(0-7ff r@0) s:add(0-7ff r@0 ro) s:commit");
    memory_region_set_nonvolatile(window, true);
    assert_trace(m, "s:begin s:del(0-7ff r@0 ro) s:add(0-7ff r@0 ro nv) s:commit");
    memory_region_set_alias_offset(window, 0x100);
    assert_trace(m, "s:begin s:del(0-7ff r@0 ro nv) s:add(0-7ff r@100 ro nv) s:commit");
    memory_region_set_size(window, 0x400);
    assert_trace(m, "s:begin s:del(0-7ff r@100 ro nv) s:add(0-3ff r@100 ro nv) s:commit");
    memory_region_set_address(window, 0x800);
    assert_trace(m, "s:begin s:del(0-3ff r@100 ro nv) s:add(800-bff r@100 ro nv) s:commit");
}

static void whole_ranges(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    MemoryRegion *cover = io_new(m, "c", 0x100);

    (void)data;
    memory_region_set_enabled(s.b, false);
    spy_on(m, "s", 0, s.as);
    memory_region_add_subregion_overlap(s.root, 0x1400, cover, 1);
    assert_trace(m, "s:begin s:del(1000-1fff a@0) s:add(1000-13ff a@0) s:add(1400-14ff c@0) "
                    "s:add(1500-1fff a@500) s:commit");
    memory_region_set_address(cover, 0x1000);
    assert_trace(m, "s:begin s:del(1000-13ff a@0) s:del(1400-14ff c@0) s:del(1500-1fff a@500) "
                    "s:add(1000-10ff c@0) s:add(1100-1fff a@100) s:commit");
    memory_region_set_enabled(cover, false);
    assert_trace(m, "s:begin s:del(1000-10ff c@0) s:del(1100-1fff a@100) s:add(1000-1fff a@0) "
                    "s:commit");
}

static void log_of_what_stays(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_start(spy_new(m, "s", 0), s.as);
    g_string_truncate(m->trace, 0);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    assert_trace(m, "s:begin s:nop(1000-1fff a@0) s:log_start(1000-1fff a@0)0>1 "
                    "s:nop(4000-4fff b@0) s:commit");
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    assert_trace(m, "s:begin s:nop(1000-1fff a@0) s:log_stop(1000-1fff a@0)1>0 "
                    "s:nop(4000-4fff b@0) s:commit");
}

static void log_starts_and_stops_at_once(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = migratable_new(m, "ram");
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, ram);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    spy_on(m, "s", 0, as);
    memory_region_transaction_begin();
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    memory_global_dirty_log_start();
    memory_region_transaction_commit();
    assert_trace(m, "s:log_global_start s:begin s:log_start(0-fff ram@0)1>4 "
                    "s:log_stop(0-fff ram@0)1>4 s:commit");
    memory_global_dirty_log_stop();
}

static void log_everywhere_it_is_shown(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_add_subregion(s.root, 0x8000, window_new(m, "w", s.a, 0x800, 0x100));
    spy_on(m, "s", 0, s.as);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    assert_trace(m, "s:begin s:log_start(1000-1fff a@0)0>1 s:log_start(8000-80ff a@800)0>1 "
                    "s:commit");
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
}

static void write_mask(Spy *s, const char *what, MemoryRegionSection *section)
{
    if (section) {
        g_string_append_printf(s->machine->trace, "/%s=%u", what,
                               memory_region_get_dirty_log_mask(section->mr));
    }
}

/* R13: a listener asks for the mask of a range that is added or removed. */
static void no_log_of_what_comes_or_goes(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    Spy *spy = spy_on(m, "s", 0, s.as);

    (void)data;
    spy->hook = write_mask;
    memory_region_transaction_begin();
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    memory_region_set_address(s.a, 0x2000);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:del(1000-1fff a@0)/del=1 s:add(2000-2fff a@0)/add=1 s:commit");
    memory_region_transaction_begin();
    memory_region_del_subregion(s.root, s.a);
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:del(2000-2fff a@0)/del=0 s:commit");
    spy->hook = NULL;
}

static void note_view(Spy *s, const char *what, MemoryRegionSection *section)
{
    FlatView *now = address_space_to_flatview(s->listener.address_space);

    if (section) {
        g_string_append_printf(s->opaque, "%s %s; ", what, section->fv == now ? "shown" : "next");
    }
}

/* R8: a range that is removed belongs to the view that is published, one that is added or stays to
 * the next view. */
static void section_view(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    g_autoptr(GString) seen = g_string_new(NULL);
    Spy *spy = spy_new(m, "s", 0);

    (void)data;
    spy_start(spy, s.as);
    spy->opaque = seen;
    spy->hook = note_view;
    memory_region_set_address(s.a, 0x2000);
    g_assert_cmpstr(seen->str, ==, "del shown; add next; nop next; ");
    spy->hook = NULL;
}

static void section_view_of_logging(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);
    g_autoptr(GString) seen = g_string_new(NULL);
    Spy *spy = spy_on(m, "s", 0, s.as);

    (void)data;
    spy->opaque = seen;
    spy->hook = note_view;
    memory_region_transaction_begin();
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    memory_region_set_address(s.b, 0x5000);
    memory_region_transaction_commit();
    g_assert_cmpstr(seen->str, ==, "del shown; log_start next; add next; ");
    g_string_truncate(seen, 0);
    memory_region_transaction_begin();
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    memory_region_set_address(s.b, 0x4000);
    memory_region_transaction_commit();
    g_assert_cmpstr(seen->str, ==, "del shown; log_stop shown; add next; ");
    spy->hook = NULL;
}

static void section_whole(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", UINT64_MAX);
    AddressSpace *as = space_new(m, io, "as");

    (void)data;
    spy_start(spy_new(m, "s", 0), as);
    assert_trace(m, "s:begin s:add(0-ffffffffffffffff io@0) s:commit");
}

/* ---- Several listeners (9.3) ------------------------------------------------------------ */

static void order_of_priorities(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_set_enabled(s.b, false);
    spy_on(m, "p9", 9, s.as);
    spy_on(m, "p1", 1, s.as);
    spy_on(m, "q9", 9, s.as);
    memory_region_set_address(s.a, 0x2000);
    assert_trace(m, "p1:begin p9:begin q9:begin "
                    "q9:del(1000-1fff a@0) p9:del(1000-1fff a@0) p1:del(1000-1fff a@0) "
                    "p1:add(2000-2fff a@0) p9:add(2000-2fff a@0) q9:add(2000-2fff a@0) "
                    "p1:commit p9:commit q9:commit");
}

static void order_of_logging(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "p9", 9, s.as);
    spy_on(m, "p1", 1, s.as);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    assert_trace(m, "p1:begin p9:begin p1:log_start(1000-1fff a@0)0>1 "
                    "p9:log_start(1000-1fff a@0)0>1 p1:commit p9:commit");
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    assert_trace(m, "p1:begin p9:begin p9:log_stop(1000-1fff a@0)1>0 "
                    "p1:log_stop(1000-1fff a@0)1>0 p1:commit p9:commit");
}

static void range_by_range(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "l", 1, s.as);
    spy_on(m, "h", 2, s.as);
    memory_region_set_enabled(s.root, false);
    assert_trace(m, "l:begin h:begin h:del(1000-1fff a@0) l:del(1000-1fff a@0) "
                    "h:del(4000-4fff b@0) l:del(4000-4fff b@0) l:commit h:commit");
    memory_region_set_enabled(s.root, true);
    assert_trace(m, "l:begin h:begin l:add(1000-1fff a@0) h:add(1000-1fff a@0) "
                    "l:add(4000-4fff b@0) h:add(4000-4fff b@0) l:commit h:commit");
}

/* ---- Masks and global logging (17.1, 17.3) ---------------------------------------------- */

static void log_is_counted(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    g_string_truncate(m->trace, 0);
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    assert_trace(m, "");
    g_assert_true(memory_region_is_logging(s.a, DIRTY_MEMORY_VGA));
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
    assert_trace(m, "s:begin s:log_stop(1000-1fff a@0)1>0 s:commit");
    g_assert_false(memory_region_is_logging(s.a, DIRTY_MEMORY_VGA));
}

static void mask_of_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = migratable_new(m, "ram"), *plain = ram_new(m, "plain", 0x1000);
    MemoryRegion *io = io_new(m, "io", 0x1000);

    (void)data;
    memory_global_dirty_log_start();
    g_assert_true(global_dirty_log);
    g_assert_cmpuint(memory_region_get_dirty_log_mask(ram), ==, 1 << DIRTY_MEMORY_MIGRATION);
    g_assert_cmpuint(memory_region_get_dirty_log_mask(plain), ==, 0);
    g_assert_cmpuint(memory_region_get_dirty_log_mask(io), ==, 0);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    g_assert_cmpuint(memory_region_get_dirty_log_mask(ram), ==,
                     1 << DIRTY_MEMORY_MIGRATION | 1 << DIRTY_MEMORY_VGA);
    memory_global_dirty_log_stop();
    g_assert_false(global_dirty_log);
    g_assert_cmpuint(memory_region_get_dirty_log_mask(ram), ==, 1 << DIRTY_MEMORY_VGA);
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
}

static void mask_of_translator(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .translates_code = true };
    MemoryRegion *ram = ram_new(m, "ram", 0x1000), *io = io_new(m, "io", 0x10);

    (void)data;
    g_assert_false(memory_region_is_logging(ram, DIRTY_MEMORY_CODE));
    memory_context_set_hooks(m->ctx, &hooks);
    g_assert_true(memory_region_is_logging(ram, DIRTY_MEMORY_CODE));
    g_assert_false(memory_region_is_logging(io, DIRTY_MEMORY_CODE));
}

/* The mask is computed when it is asked for, not when something is committed. */
static void mask_is_of_now(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    memory_region_transaction_begin();
    memory_region_set_log(s.a, true, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_is_logging(s.a, DIRTY_MEMORY_VGA));
    memory_region_transaction_commit();
    memory_region_set_log(s.a, false, DIRTY_MEMORY_VGA);
}

static void global_start_and_stop(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *plain = ram_new(m, "plain", 0x1000);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, migratable_new(m, "ram"));
    memory_region_add_subregion(root, 0x1000, plain);
    spy_on(m, "h", 2, as);
    spy_on(m, "l", 1, as);
    memory_global_dirty_log_start();
    assert_trace(m, "l:log_global_start h:log_global_start l:begin h:begin "
                    "l:log_start(0-fff ram@0)0>4 h:log_start(0-fff ram@0)0>4 l:commit h:commit");
    memory_global_dirty_log_stop();
    assert_trace(m, "l:begin h:begin h:log_stop(0-fff ram@0)4>0 l:log_stop(0-fff ram@0)4>0 "
                    "l:commit h:commit h:log_global_stop l:log_global_stop");
}

static void second_start_repeats(Machine *m, gconstpointer data)
{
    Stage s = stage_new(m);

    (void)data;
    spy_on(m, "s", 0, s.as);
    memory_global_dirty_log_start();
    memory_global_dirty_log_start();
    assert_trace(m, "s:log_global_start s:begin s:commit s:log_global_start s:begin s:commit");
    memory_global_dirty_log_stop(); /* not counted */
    g_assert_false(global_dirty_log);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/listener/9.1/register", register_tells_all);
    TEST("/listener/9.1/register/global-log", register_tells_global_log);
    TEST("/listener/9.1/unregister", unregister_tells_all);
    TEST("/listener/9.1/unregister/unknown", unregister_unknown);
    TEST("/listener/9.1/register/again", register_again);
    TEST("/listener/9.1/all-optional", all_callbacks_optional);
    TEST("/listener/9.1/only-its-space", only_its_space);
    TEST("/listener/9.2/removals-before-additions", removals_before_additions);
    TEST("/listener/9.2/nop", nop_in_the_second_pass);
    TEST("/listener/9.2/nop/nothing-changed", nop_where_nothing_changed);
    TEST("/listener/9.2/unchanged", changes_that_count);
    TEST("/listener/9.2/whole-ranges", whole_ranges);
    TEST("/listener/9.2/log/stays", log_of_what_stays);
    TEST("/listener/9.2/log/both", log_starts_and_stops_at_once);
    TEST("/listener/9.2/log/everywhere", log_everywhere_it_is_shown);
    TEST("/listener/R13/log/comes-or-goes", no_log_of_what_comes_or_goes);
    TEST("/listener/R8/section-view", section_view);
    TEST("/listener/R8/section-view/logging", section_view_of_logging);
    TEST("/listener/9.2/section-whole", section_whole);
    TEST("/listener/9.3/priorities", order_of_priorities);
    TEST("/listener/9.3/logging", order_of_logging);
    TEST("/listener/9.3/range-by-range", range_by_range);
    TEST("/listener/17.1/counted", log_is_counted);
    TEST("/listener/17.1/kinds", mask_of_kinds);
    TEST("/listener/17.1/translator", mask_of_translator);
    TEST("/listener/17.1/of-now", mask_is_of_now);
    TEST("/listener/17.3/start-and-stop", global_start_and_stop);
    TEST("/listener/17.3/second-start", second_start_repeats);
    return g_test_run();
}
