/* SPDX-License-Identifier: MIT
 *
 * Calls that break the interface's rules are refused with a message that names the regions, and
 * change nothing (R10, R15; specification 6 to 9). A debug build of the library aborts instead;
 * there each case runs in a process of its own, which must end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* ---- Places ----------------------------------------------------------------------------- */

static void second_container(Machine *m, gconstpointer data)
{
    MemoryRegion *one = box_new(m, "one", 0x1000), *two = box_new(m, "two", 0x1000);
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *a = space_new(m, one, "a"), *b = space_new(m, two, "b");

    (void)data;
    memory_region_add_subregion(one, 0x20, io);
    memory_region_add_subregion(two, 0x40, io);
    expect_message(m, "misuse", "io", "one", NULL);
    assert_map(a, "20-2f io@0");
    assert_map(b, "");
    memory_region_del_subregion(one, io);
    assert_map(a, "");
}

static void same_container_twice(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, box, "as");

    (void)data;
    memory_region_add_subregion(box, 0x20, io);
    memory_region_add_subregion_overlap(box, 0x40, io, 5);
    expect_message(m, "misuse", "io", "box", NULL);
    assert_map(as, "20-2f io@0");
}

static void del_of_a_stranger(Machine *m, gconstpointer data)
{
    MemoryRegion *one = box_new(m, "one", 0x1000), *two = box_new(m, "two", 0x1000);
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, one, "as");

    (void)data;
    memory_region_del_subregion(one, io);
    expect_message(m, "misuse", "io", "one", NULL);
    memory_region_add_subregion(one, 0, io);
    memory_region_del_subregion(two, io);
    expect_message(m, "misuse", "io", "two", NULL);
    assert_map(as, "0-f io@0");
}

static void inside_itself(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000);

    (void)data;
    memory_region_add_subregion(box, 0, box);
    expect_message(m, "misuse", "box", NULL);
    g_assert_false(memory_region_is_mapped(box));
}

static void inside_its_content(Machine *m, gconstpointer data)
{
    MemoryRegion *outer = box_new(m, "outer", 0x1000), *mid = box_new(m, "mid", 0x1000);
    MemoryRegion *inner = box_new(m, "inner", 0x1000);
    AddressSpace *as = space_new(m, outer, "as");

    (void)data;
    memory_region_add_subregion(inner, 0, io_new(m, "io", 0x10));
    memory_region_add_subregion(mid, 0, inner);
    memory_region_add_subregion(outer, 0, mid);
    memory_region_add_subregion(inner, 0x100, outer);
    expect_message(m, "misuse", "outer", "inner", NULL);
    g_assert_false(memory_region_is_mapped(outer));
    assert_map(as, "0-f io@0");
}

static void alias_in_its_target(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000);
    MemoryRegion *window = window_new(m, "window", box, 0, 0x100);
    AddressSpace *as = space_new(m, box, "as");

    (void)data;
    memory_region_add_subregion(box, 0, window);
    expect_message(m, "misuse", "window", "box", NULL);
    g_assert_false(memory_region_is_mapped(window));
    assert_map(as, "");
}

/* Real machines have windows onto another part of the container that they are in. An edit is
 * refused only if it lets such a window show itself. */
static void alias_beside_its_target(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000);
    MemoryRegion *window = window_new(m, "window", box, 0, 0x400);
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, box, "as");

    (void)data;
    memory_region_add_subregion(box, 0x800, window);
    memory_region_add_subregion(box, 0x100, io);
    assert_map(as, "100-10f io@0, 900-90f io@0");
    memory_region_set_address(io, 0x200);
    assert_map(as, "200-20f io@0, a00-a0f io@0");
    memory_region_set_address(window, 0);
    expect_message(m, "misuse", "window", NULL);
    memory_region_set_alias_offset(window, 0x7f0);
    expect_message(m, "misuse", "window", NULL);
    memory_region_set_size(window, 0x1000);
    assert_map(as, "200-20f io@0, a00-a0f io@0");
    memory_region_set_alias_offset(window, 0x100);
    assert_map(as, "200-20f io@0, 900-90f io@0");
}

/* The step that closes the cycle is a plain containment, far from the alias. */
static void alias_cycle_of_many_steps(Machine *m, gconstpointer data)
{
    MemoryRegion *a = box_new(m, "a", 0x1000), *b = box_new(m, "b", 0x1000);
    MemoryRegion *c = box_new(m, "c", 0x1000), *d = box_new(m, "d", 0x1000);
    MemoryRegion *to_b = window_new(m, "to-b", b, 0, 0x1000);
    MemoryRegion *to_to_b = window_new(m, "to-to-b", to_b, 0, 0x1000);
    MemoryRegion *to_d = window_new(m, "to-d", d, 0, 0x1000);
    AddressSpace *as = space_new(m, a, "as");

    (void)data;
    memory_region_add_subregion(a, 0, to_to_b);
    memory_region_add_subregion(b, 0, c);
    memory_region_add_subregion(c, 0, to_d);
    memory_region_add_subregion(d, 0, io_new(m, "io", 0x10));
    assert_map(as, "0-f io@0");
    memory_region_add_subregion(d, 0x100, a);
    expect_message(m, "misuse", "a", "d", NULL);
    g_assert_false(memory_region_is_mapped(a));
    assert_map(as, "0-f io@0");
}

/* Specification 3: ending a region that is still in a container, or that is a space's root, gives
 * a message. The region is removed from there. */
static void ends_in_a_container(Machine *m, gconstpointer data)
{
    MemoryRegion *box = box_new(m, "box", 0x1000), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, box, "as");

    (void)data;
    memory_region_add_subregion(box, 0x20, io);
    object_unparent(OBJECT(io));
    expect_message(m, "misuse", "'io'", "'box'", NULL);
    assert_map(as, "");
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, io));
}

static void print_maps(Machine *m, FILE *out)
{
    memory_context_print_tree(m->ctx, out, true, true);
    memory_context_print_views(m->ctx, out, true, true);
}

static void ends_as_a_root(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, io, "as");
    size_t size;
    char *text;
    FILE *out = open_memstream(&text, &size);

    (void)data;
    object_unparent(OBJECT(io));
    expect_message(m, "misuse", "'io'", "address space", NULL);
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, io)); /* the space lives on without it */
    assert_map(as, "");
    print_maps(m, out);
    fclose(out);
    g_assert_nonnull(strstr(text, "AS \"as\", root: (ended)\n"));
    free(text);
    space_drop(m, as);
}

static void destroyed_twice(Machine *m, gconstpointer data)
{
    AddressSpace as;

    (void)data;
    address_space_init(&as, box_new(m, "box", 0x1000), "as");
    address_space_destroy(&as);
    address_space_destroy(&as);
    expect_message(m, "misuse", "address_space_destroy", "already", NULL);
}

/* ---- Transactions and listeners --------------------------------------------------------- */

static void unbalanced_commit(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_transaction_commit();
    expect_message(m, "misuse", NULL);
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_transaction_begin();
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    assert_map(as, "");
    memory_region_transaction_commit();
    assert_map(as, "0-f io@0");
}

enum { EDITS = 13 };

typedef struct Attempt {
    Machine *machine;
    MemoryRegion *root, *io, *other, *window;
    AddressSpace *as;
    unsigned edit;
    const char *when; /* which callback makes the edit */
    bool done;
} Attempt;

static void try_edit(Attempt *t)
{
    switch (t->edit) {
    case 0:
        memory_region_set_enabled(t->io, false);
        break;
    case 1:
        memory_region_set_address(t->io, 0x500);
        break;
    case 2:
        memory_region_set_size(t->io, 0x8);
        break;
    case 3:
        memory_region_del_subregion(t->root, t->io);
        break;
    case 4:
        memory_region_add_subregion(t->root, 0x600, t->other);
        break;
    case 5:
        memory_region_set_readonly(t->io, true);
        break;
    case 6:
        memory_region_set_nonvolatile(t->io, true);
        break;
    case 7:
        memory_region_set_alias_offset(t->window, 4);
        break;
    case 8:
        memory_region_set_log(t->io, true, DIRTY_MEMORY_VGA);
        break;
    case 9:
        memory_region_transaction_begin();
        break;
    case 10:
        memory_global_dirty_log_start();
        break;
    case 11:
        memory_global_dirty_log_stop();
        break;
    default:
        memory_listener_unregister(&((Spy *)t->machine->spies->pdata[0])->listener);
        break;
    }
}

static void edit_once(Spy *s, const char *what, MemoryRegionSection *section)
{
    Attempt *t = s->opaque;

    (void)section;
    if (strcmp(what, t->when) == 0 && !t->done) {
        t->done = true;
        try_edit(t);
        expect_message(t->machine, "misuse", NULL);
    }
}

static void edit_in_callback(Machine *m, const char *when, unsigned edit)
{
    Attempt t = { .machine = m,
                  .edit = edit,
                  .when = when,
                  .root = box_new(m, "root", 0x10000),
                  .io = io_new(m, "io", 0x10),
                  .other = io_new(m, "other", 0x10) };
    Spy *s;

    t.window = window_new(m, "window", t.io, 0, 0x8);
    memory_region_add_subregion(t.root, 0, t.io);
    memory_region_add_subregion(t.root, 0x100, t.window);
    t.as = space_new(m, t.root, "as");
    memory_region_add_subregion(t.root, 0x200, io_new(m, "still", 0x10));
    s = spy_new(m, "s", 0);
    spy_start(s, t.as);
    s->opaque = &t;
    s->hook = edit_once;
    memory_region_set_address(t.io, 0x40);
    s->hook = NULL;
    g_assert_true(t.done);
    assert_sections(t.as, "40-4f io@0, 100-107 io@0, 200-20f still@0");
    g_assert_false(memory_region_is_mapped(t.other));
    g_assert_false(global_dirty_log);
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_set_log(t.io, true, DIRTY_MEMORY_VGA);
    memory_region_set_log(t.io, false, DIRTY_MEMORY_VGA);
    g_assert_false(memory_region_is_logging(t.io, DIRTY_MEMORY_VGA));
}

static void all_edits_in_callback(Machine *m, gconstpointer data)
{
    (void)data;
    for (unsigned edit = 0; edit < EDITS; edit++) {
        edit_in_callback(m, "add", edit);
    }
}

static void edit_in_all_callbacks(Machine *m, gconstpointer data)
{
    static const char *const callbacks[] = { "begin", "del", "nop", "add", "commit" };

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(callbacks); i++) {
        edit_in_callback(m, callbacks[i], 0);
    }
}

/* ---- Read sections ---------------------------------------------------------------------- */

static void edit_in_read_section(Machine *m, gconstpointer data)
{
    Attempt t = { .machine = m,
                  .root = box_new(m, "root", 0x10000),
                  .io = io_new(m, "io", 0x10),
                  .other = io_new(m, "other", 0x10) };

    (void)data;
    t.window = window_new(m, "window", t.io, 0, 0x8);
    memory_region_add_subregion(t.root, 0, t.io);
    t.as = space_new(m, t.root, "as");
    for (t.edit = 0; t.edit < EDITS - 1; t.edit++) {
        if (t.edit != 11) { /* logging is not on */
            memory_read_lock();
            try_edit(&t);
            memory_read_unlock();
            expect_message(m, "misuse", "in a read section", NULL);
        }
    }
    assert_sections(t.as, "0-f io@0");
    g_assert_false(memory_region_is_mapped(t.other));
    g_assert_false(memory_region_is_logging(t.io, DIRTY_MEMORY_VGA));
    g_assert_false(global_dirty_log);
    g_assert_false(memory_context_is_locked(m->ctx));
    memory_region_set_address(t.io, 0x20);
    assert_map(t.as, "20-2f io@0");
}

static uint64_t move_away(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr, (void)size;
    memory_region_set_address(opaque, 0x100);
    return 7;
}

static const MemoryRegionOps moving_ops = { .read = move_away };

/* A device may edit, also if it is accessed in a read section. The last reference on an owner may
 * be dropped in a read section; its regions are then removed from their containers. */
static void edits_that_may_be_in_read_sections(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), moving, inner, outer;
    AddressSpace *as = space_new(m, root, "as");
    DeviceState *dev = device_new("dev");

    (void)data;
    memory_region_init_io(&moving, NULL, &moving_ops, &moving, "moving", 0x10);
    memory_region_add_subregion(root, 0, &moving);
    memory_region_init(&outer, OBJECT(dev), "outer", 0x100);
    memory_region_init(&inner, OBJECT(dev), "inner", 0x100);
    memory_region_add_subregion(&outer, 0, &inner);
    memory_read_lock();
    g_assert_cmpuint(address_space_ldl_le(as, 0, MEMTXATTRS_UNSPECIFIED, NULL), ==, 7);
    object_unref(dev);
    memory_read_unlock();
    assert_map(as, "100-10f moving@0");
    memory_region_del_subregion(root, &moving);
    g_assert_true(memory_region_wait_unused(&moving, NULL));
}

/* ---- Listeners -------------------------------------------------------------------------- */

static void null_space(Machine *m, gconstpointer data)
{
    Spy *s = spy_new(m, "nosy", 0);

    (void)data;
    memory_listener_register(&s->listener, NULL);
    expect_message(m, "misuse", "nosy", NULL);
    g_assert_null(s->listener.address_space);
    assert_trace(m, "");
    memory_listener_unregister(&s->listener); /* it is not registered */
    assert_trace(m, "");
}

static void ignore_sync(MemoryListener *l, MemoryRegionSection *s)
{
    (void)l, (void)s;
}

static void ignore_sync_global(MemoryListener *l)
{
    (void)l;
}

static void both_syncs(Machine *m, gconstpointer data)
{
    AddressSpace *as = space_new(m, io_new(m, "io", 0x10), "as");
    Spy *s = spy_new(m, "greedy", 0);

    (void)data;
    s->listener.log_sync = ignore_sync;
    s->listener.log_sync_global = ignore_sync_global;
    spy_start(s, as);
    expect_message(m, "misuse", "greedy", NULL);
    g_assert_null(s->listener.address_space);
    assert_trace(m, "");
}

static void registered_twice(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, io, "as"), *other = space_new(m, io, "other");
    Spy *s = spy_on(m, "eager", 0, as);

    (void)data;
    spy_start(s, other);
    expect_message(m, "misuse", "eager", NULL);
    g_assert_true(s->listener.address_space == as);
    assert_trace(m, "");
}

static void space_with_listeners(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = space_new(m, root, "watched");

    (void)data;
    spy_on(m, "s", 0, as);
    address_space_destroy(as);
    expect_message(m, "misuse", "watched", NULL);
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    assert_map(as, "0-f io@0");
    assert_trace(m, "s:begin s:add(0-f io@0) s:commit");
}

/* ---- Logging ---------------------------------------------------------------------------- */

static void log_below_zero(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);

    (void)data;
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    expect_message(m, "misuse", "ram", NULL);
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    g_assert_true(memory_region_is_logging(ram, DIRTY_MEMORY_VGA));
    memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    g_assert_false(memory_region_is_logging(ram, DIRTY_MEMORY_VGA));
}

static void log_too_often(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);

    (void)data;
    for (int i = 0; i < 255; i++) {
        memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    }
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    expect_message(m, "misuse", "ram", NULL);
    for (int i = 0; i < 255; i++) {
        g_assert_true(memory_region_is_logging(ram, DIRTY_MEMORY_VGA));
        memory_region_set_log(ram, false, DIRTY_MEMORY_VGA);
    }
    g_assert_false(memory_region_is_logging(ram, DIRTY_MEMORY_VGA));
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static void drain_where_it_hangs(Machine *m, gconstpointer data)
{
    (void)data;
    memory_read_lock();
    memory_drain();
    memory_read_unlock();
    expect_message(m, "misuse", NULL);
    memory_context_lock(m->ctx);
    memory_drain();
    memory_context_unlock(m->ctx);
    expect_message(m, "misuse", NULL);
}

static void count_misuse(MemoryContext *ctx, MemoryLogLevel level, const char *text, void *opaque)
{
    (void)ctx, (void)text;
    *(int *)opaque += level == MEMORY_LOG_MISUSE;
}

static void destroy_in_read_section(Machine *m, gconstpointer data)
{
    MemoryContext *other = memory_context_new(NULL, NULL);
    Error *err = NULL;
    int said = 0;

    (void)m, (void)data;
    memory_context_set_log(other, count_misuse, &said);
    memory_read_lock();
    g_assert_false(memory_context_destroy(other, &err));
    memory_read_unlock();
    g_assert_nonnull(err);
    g_assert_cmpint(said, ==, 1);
    error_free(err);
    g_assert_true(memory_context_destroy(other, NULL));
}

/* ---- Both kinds of build ---------------------------------------------------------------- */

typedef struct Case {
    const char *path;
    TestFunc *func;
} Case;

static const Case cases[] = {
    { "/misuse/6/R10/second-container", second_container },
    { "/misuse/6/same-container-twice", same_container_twice },
    { "/misuse/6/del-of-a-stranger", del_of_a_stranger },
    { "/misuse/R10/cycle/itself", inside_itself },
    { "/misuse/R10/cycle/content", inside_its_content },
    { "/misuse/R10/cycle/alias", alias_in_its_target },
    { "/misuse/R10/cycle/beside", alias_beside_its_target },
    { "/misuse/R10/cycle/many-steps", alias_cycle_of_many_steps },
    { "/misuse/3/ends-in-a-container", ends_in_a_container },
    { "/misuse/3/ends-as-a-root", ends_as_a_root },
    { "/misuse/8/destroyed-twice", destroyed_twice },
    { "/misuse/7/unbalanced-commit", unbalanced_commit },
    { "/misuse/R15/edit-in-callback", all_edits_in_callback },
    { "/misuse/R15/edit-in-each-callback", edit_in_all_callbacks },
    { "/misuse/7/edit-in-read-section", edit_in_read_section },
    { "/misuse/9.1/R10/null-space", null_space },
    { "/misuse/9.1/both-syncs", both_syncs },
    { "/misuse/9.1/registered-twice", registered_twice },
    { "/misuse/8/space-with-listeners", space_with_listeners },
    { "/misuse/R10/log-below-zero", log_below_zero },
    { "/misuse/R10/log-too-often", log_too_often },
    { "/misuse/drain", drain_where_it_hangs },
    { "/misuse/destroy-in-read-section", destroy_in_read_section },
};

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        misuse_test_add(cases[i].path, cases[i].func);
    }
    TEST("/misuse/7/edits-in-read-sections", edits_that_may_be_in_read_sections);
    return g_test_run();
}
