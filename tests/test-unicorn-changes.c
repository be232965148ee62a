/* SPDX-License-Identifier: MIT
 *
 * The Unicorn adapter while the map changes under a running guest: by devices in the middle of its
 * accesses, and by other threads. A guest sees a change with its next access, mostly within the
 * same translated block. Code that changes is in test-unicorn-code.c.
 */
#include <string.h>

#include "unicorn/switch.h"

/* ---- Devices that change the map -------------------------------------------------------- */

static void move_switch(Switch *s)
{
    memory_region_set_address(&s->p->mr, TARGET);
}

static void device_moves_itself(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, move_switch);
    code_load(&g->code, A0, 4, TARGET);
    put_flip(&g->code);
    code_load(&g->code, A1, 4, TARGET);
    code_load(&g->code, A2, 4, CONTROL);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0);
    g_assert_cmphex(guest_word(g, A1), ==, 0x13121110);
    g_assert_cmphex(guest_word(g, A2), ==, 0);
}

static void remove_switch(Switch *s)
{
    memory_region_del_subregion(s->g->root, &s->p->mr);
}

static void device_removes_itself(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    address_space_set_hole(g->as, 0xff, MEMTX_OK);
    switch_init(&s, g, remove_switch);
    code_load(&g->code, A0, 4, CONTROL);
    put_flip(&g->code);
    code_load(&g->code, A1, 4, CONTROL);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x13121110);
    g_assert_cmphex(guest_word(g, A1), ==, 0xffffffff);
}

static void show_at_target(Switch *s)
{
    memory_region_add_subregion_overlap(s->g->root, TARGET, s->mr, 1);
}

static void ram_over_device(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Probe *covered = probe_new_plain(m, "covered", 2 * PAGE);
    Switch s;

    (void)data;
    memory_region_add_subregion(g->root, TARGET, &covered->mr);
    switch_init(&s, g, show_at_target);
    s.mr = words_new(m, "ram", PAGE, 0x55);
    code_load(&g->code, A0, 4, TARGET);
    put_flip(&g->code);
    code_load(&g->code, A1, 4, TARGET);
    code_store(&g->code, 4, TARGET + 4, 0x66);
    code_load(&g->code, A2, 4, TARGET + PAGE);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x13121110);
    g_assert_cmphex(guest_word(g, A1), ==, 0x55);
    g_assert_cmphex(guest_word(g, A2), ==, 0xeeeeeeee);
    g_assert_cmphex(*word_of(s.mr, 4), ==, 0x66);
    assert_mapped(g, "40000-4ffff rw-, 60000-60fff rwx, 61000-6ffff rw-");
}

static void hide(Switch *s)
{
    memory_region_set_enabled(s->mr, false);
}

static void ram_goes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, hide);
    s.mr = words_new(m, "ram", PAGE, 0x55);
    show_at_target(&s);
    code_load(&g->code, A0, 4, TARGET);
    put_flip(&g->code);
    code_load(&g->code, A1, 4, TARGET);
    code_store(&g->code, 4, TARGET, 0x66);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x55);
    g_assert_cmphex(guest_word(g, A1), ==, 0);
    g_assert_cmphex(*word_of(s.mr, 0), ==, 0x55);
}

static void write_protect(Switch *s)
{
    memory_region_set_readonly(s->mr, true);
}

static void ram_becomes_readonly(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, write_protect);
    s.mr = words_new(m, "ram", PAGE, 0x55);
    show_at_target(&s);
    code_store(&g->code, 4, TARGET, 0x66);
    put_flip(&g->code);
    code_store(&g->code, 4, TARGET, 0x77);
    code_load(&g->code, A0, 4, TARGET);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x66);
    g_assert_cmphex(*word_of(s.mr, 0), ==, 0x66);
}

/* The engine cannot replace the range whose callback is running; the guest does not notice. */
static void show_at_control(Switch *s)
{
    memory_region_add_subregion_overlap(s->g->root, CONTROL, s->mr, 1);
    assert_mapped(s->g, "40000-4ffff rw-");
}

static void device_turns_into_ram(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, show_at_control);
    s.mr = words_new(m, "ram", PAGE, 0x55);
    put_flip(&g->code);
    code_load(&g->code, A0, 4, CONTROL);
    code_store(&g->code, 4, CONTROL + 4, 0x66);
    code_load(&g->code, A1, 4, TARGET);
    code_store(&g->code, 4, CONTROL + 8, 0x77);
    code_load(&g->code, A2, 4, CONTROL + 4);
    guest_run(g);
    assert_mapped(g, "40000-40fff rwx, 60000-6ffff rw-");
    g_assert_cmphex(guest_word(g, A0), ==, 0x55);
    g_assert_cmphex(guest_word(g, A2), ==, 0x66);
    g_assert_cmphex(*word_of(s.mr, 8), ==, 0x77);
}

/* The guest runs code from there before the engine could be updated. */
static void device_turns_into_code(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init(&s, g, show_at_control);
    s.mr = ram_new(m, "ram", PAGE);
    put_answer(s.mr, 0, 0x111);
    code_constant(&g->code, A1, 0x222);
    put_flip(&g->code);
    code_call(&g->code, CONTROL);
    code_store(&g->code, 4, CONTROL + 0x800, 1);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x111);
    g_assert_cmphex(guest_word(g, A1), ==, 0x222);
    g_assert_cmphex(*word_of(s.mr, 0x800), ==, 1);
}

/* ---- What keeps memory alive ------------------------------------------------------------ */

static int owners;

static void owner_init(Object *obj)
{
    (void)obj;
    g_atomic_int_inc(&owners);
}

static void owner_finalize(Object *obj)
{
    (void)obj;
    g_atomic_int_add(&owners, -1);
}

static const TypeInfo owner_info = {
    .name = "test-unicorn-owner",
    .parent = TYPE_DEVICE,
    .instance_init = owner_init,
    .instance_finalize = owner_finalize,
};

/* Puts RAM at TARGET. Its owner lives only as long as something needs the RAM. */
static void show_owned(Guest *g, MemoryRegion *ram)
{
    Object *owner = object_new("test-unicorn-owner");

    g_assert_true(memory_region_init_ram_nomigrate(ram, owner, "ram", PAGE, NULL));
    memory_region_add_subregion(g->root, TARGET, ram);
}

static void pull_owned(Guest *g, MemoryRegion *ram)
{
    Object *owner = memory_region_owner(ram);

    memory_region_del_subregion(g->root, ram);
    object_unref(owner);
}

static void removed_memory_goes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion ram;

    (void)data;
    show_owned(g, &ram);
    guest_write(g, 4, TARGET, 1);
    pull_owned(g, &ram);
    assert_mapped(g, "");
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

static void an_end_drops_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion ram;

    (void)data;
    show_owned(g, &ram);
    unicorn_memory_free(g->um);
    g->um = NULL;
    pull_owned(g, &ram);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

static void pull_in_callback(Switch *s)
{
    pull_owned(s->g, s->mr);
}

static void device_removes_memory(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    MemoryRegion ram;
    Switch s;

    (void)data;
    show_owned(g, &ram);
    switch_init(&s, g, pull_in_callback);
    s.mr = &ram;
    code_store(&g->code, 4, TARGET, 0x55);
    put_flip(&g->code);
    code_load(&g->code, A0, 4, TARGET);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

/* ---- Other threads ---------------------------------------------------------------------- */

static gpointer end_the_loop(gpointer data)
{
    Switch *s = data;

    memory_context_set_current(s->g->m->ctx);
    g_usleep(1000); /* the guest probably loops by now; the result does not depend on it */
    memory_region_transaction_begin();
    switch_banks(s);
    memory_region_add_subregion_overlap(s->g->root, CONTROL, &s->p->mr, 1);
    memory_region_transaction_commit();
    return NULL;
}

/* The guest waits until a register changes. By then RAM that it has read before has changed,
 * too. */
static void thread_ends_a_loop(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Probe *zero = probe_new_plain(m, "zero", PAGE);
    GThread *thread;
    Switch s;

    (void)data;
    memset(zero->byte, 0, PROBE_BYTES);
    switch_init_banks(&s, g);
    memory_region_del_subregion(g->root, &s.p->mr);
    memory_region_add_subregion(g->root, CONTROL, &zero->mr);
    *word_of(s.mr, 0) = 0x111;
    *word_of(s.other, 0) = 0x222;
    code_load(&g->code, A0, 4, TARGET);
    code_load_nonzero(&g->code, A1, 4, CONTROL);
    code_load(&g->code, A2, 4, TARGET);
    thread = g_thread_new("editor", end_the_loop, &s);
    guest_run(g);
    g_thread_join(thread);
    g_assert_cmphex(guest_word(g, A1), ==, 0x13121110);
    g_assert_cmphex(guest_word(g, A2), ==, 0x222);
}

static gpointer switch_banks_elsewhere(gpointer data)
{
    Switch *s = data;

    memory_context_set_current(s->g->m->ctx);
    switch_banks(s);
    return NULL;
}

static void let_another_thread_switch_banks(Switch *s)
{
    g_thread_join(g_thread_new("editor", switch_banks_elsewhere, s));
}

/* A change during an access is visible when the access is over: its result may depend on it. */
static void thread_edits_during_an_access(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s;

    (void)data;
    switch_init_banks(&s, g);
    s.change = let_another_thread_switch_banks;
    memory_region_del_subregion(g->root, &s.p->mr);
    memory_region_enable_lockless_io(&s.p->mr);
    memory_region_add_subregion(g->root, CONTROL, &s.p->mr);
    *word_of(s.mr, 0) = 0x111;
    *word_of(s.other, 0) = 0x222;
    code_load(&g->code, A0, 4, TARGET);
    put_flip(&g->code);
    code_load(&g->code, A1, 4, TARGET);
    guest_run(g);
    g_assert_cmphex(guest_word(g, A0), ==, 0x111);
    g_assert_cmphex(guest_word(g, A1), ==, 0x222);
}

/* A guest that does not access devices goes on using memory that was removed, so the memory is
 * kept. */
static gpointer pull_under_the_guest(gpointer data)
{
    Switch *s = data;
    uint32_t *flags = word_of(s->mr, 0);

    memory_context_set_current(s->g->m->ctx);
    while (__atomic_load_n(&flags[1], __ATOMIC_ACQUIRE) == 0) {
        g_thread_yield();
    }
    pull_owned(s->g, s->mr);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 1);
    __atomic_store_n(&flags[0], 0x77, __ATOMIC_RELEASE);
    return NULL;
}

static void thread_removes_memory_in_use(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m);
    Switch s = { .g = g };
    MemoryRegion ram;
    GThread *thread;

    (void)data;
    s.mr = &ram;
    show_owned(g, &ram);
    code_store(&g->code, 4, TARGET + 4, 1);
    code_load_nonzero(&g->code, A0, 4, TARGET);
    thread = g_thread_new("editor", pull_under_the_guest, &s);
    guest_run(g);
    g_thread_join(thread);
    g_assert_cmphex(guest_word(g, A0), ==, 0x77);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
    g_assert_cmphex(guest_read(g, 4, TARGET), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&owner_info);
    TEST("/unicorn/change/device/moves", device_moves_itself);
    TEST("/unicorn/change/device/goes", device_removes_itself);
    TEST("/unicorn/change/device/covered", ram_over_device);
    TEST("/unicorn/change/device/turns-into-ram", device_turns_into_ram);
    TEST("/unicorn/change/device/turns-into-code", device_turns_into_code);
    TEST("/unicorn/change/ram/goes", ram_goes);
    TEST("/unicorn/change/ram/readonly", ram_becomes_readonly);
    TEST("/unicorn/change/owner", removed_memory_goes);
    TEST("/unicorn/change/owner/end", an_end_drops_memory);
    TEST("/unicorn/change/owner/device", device_removes_memory);
    TEST("/unicorn/change/thread/owner", thread_removes_memory_in_use);
    TEST("/unicorn/change/thread/loop", thread_ends_a_loop);
    TEST("/unicorn/change/thread/access", thread_edits_during_an_access);
    return g_test_run();
}
