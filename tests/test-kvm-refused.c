/* SPDX-License-Identifier: MIT
 *
 * What KVM refuses: slots above its limit, and slots that it does not make, log or remove. The
 * adapter reports it once, goes on, and tries again in later commits. No guest runs here;
 * test-kvm-slots-run.c shows that exits replace missing slots.
 */
#include <errno.h>

#include "kvm/guest.h"
#include "kvm/slot-trace.h"

enum { PAGE = 0x1000, SET_SLOT = KVM_SET_USER_MEMORY_REGION };

static const KVMMemoryOptions traced = { .stop_vcpus = slot_trace_stop,
                                         .resume_vcpus = slot_trace_go };

static Guest *limited_guest(Machine *m, unsigned max_slots)
{
    KVMMemoryOptions options = traced;

    options.max_slots = max_slots;
    slot_trace_start();
    Guest *g = guest_new(m, &options);
    assert_slot_trace("+0");
    return g;
}

/* Makes a commit that changes nothing here. */
static void commit(Guest *g)
{
    MemoryRegion *box = box_new(g->m, "box", PAGE);

    memory_region_add_subregion(g->root, 0x100000, box);
    memory_region_del_subregion(g->root, box);
    region_drop(g->m, box);
    memory_region_transaction_begin();
    memory_region_transaction_commit();
}

static void assert_silent(Guest *g)
{
    g_assert_cmpstr(g->reports->str, ==, "");
}

static void del(Guest *g, MemoryRegion *mr)
{
    memory_region_del_subregion(g->root, mr);
}

/* ---- The limit -------------------------------------------------------------------------- */

static void limit(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 3);
    MemoryRegion *a = guest_ram(g, "a", 0x20000, PAGE);

    (void)data;
    guest_ram(g, "b", 0x30000, PAGE);
    MemoryRegion *d = guest_ram(g, "d", 0x50000, PAGE);
    expect_report(g, "error", "no slot for region 'd'", "0x50000-0x50fff",
                  "all 3 slots are in use", NULL);
    MemoryRegion *c = guest_ram(g, "c", 0x40000, PAGE);
    expect_report(g, "error", "'c'", "0x40000-0x40fff", NULL);
    commit(g);
    assert_slots(g, "0-ffff low@0, 20000-20fff a@0, 30000-30fff b@0");
    assert_slot_trace("+1 +2");
    del(g, a);
    assert_slots(g, "0-ffff low@0, 30000-30fff b@0, 40000-40fff c@0");
    assert_slot_trace("-1 +1");
    del(g, c);
    assert_slots(g, "0-ffff low@0, 30000-30fff b@0, 50000-50fff d@0");
    assert_slot_trace("-1 +1");
    del(g, d);
    assert_slot_trace("-1");
    commit(g);
    assert_slot_trace("");
    assert_silent(g);
}

/* A region that never had a slot can move and go without any request to KVM, whichever space shows
 * it. */
static void without_slot_it_goes(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 1);
    MemoryRegion *a = guest_ram(g, "a", 0x20000, PAGE);

    (void)data;
    expect_report(g, "error", "'a'", "0x20000", NULL);
    memory_region_set_log(a, true, DIRTY_MEMORY_VGA);
    memory_region_set_address(a, 0x30000);
    expect_report(g, "error", "'a'", "0x30000", NULL);
    del(g, a);
    del(g, g->low);
    assert_slot_trace("-0");
    memory_region_add_subregion(g->root, 0x20000, a);
    assert_slots(g, "20000-20fff a@0 log");
    assert_slot_trace("+0");
}

/* Logging that changes while there is no slot is applied once there is one. */
static void logging_is_remembered(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 1);
    MemoryRegion *a = guest_ram(g, "a", 0x20000, PAGE);

    (void)data;
    expect_report(g, "error", "'a'", NULL);
    memory_region_set_log(a, true, DIRTY_MEMORY_VGA);
    assert_slot_trace("");
    del(g, g->low);
    assert_slots(g, "20000-20fff a@0 log");
    assert_slot_trace("-0 +0");
}

static void limit_of_the_host(Machine *m, gconstpointer data)
{
    ioctl_pretend(KVM_CAP_NR_MEMSLOTS, 2);
    g_autoptr(Guest) g = guest_new(m, &(KVMMemoryOptions){ .max_slots = 10 });

    (void)data;
    guest_ram(g, "a", 0x20000, PAGE);
    guest_ram(g, "b", 0x30000, PAGE);
    expect_report(g, "error", "'b'", "all 2 slots are in use", NULL);
}

/* A host that does not tell its number of slots has 32. */
static void limit_unsaid(Machine *m, gconstpointer data)
{
    ioctl_pretend(KVM_CAP_NR_MEMSLOTS, 0);
    g_autoptr(Guest) g = guest_new(m, NULL);

    (void)data;
    for (unsigned i = 1; i < 32; i++) {
        guest_ram(g, "ram", i * 0x20000, PAGE);
        assert_silent(g);
    }
    guest_ram(g, "last", 0x10000, PAGE);
    expect_report(g, "error", "'last'", "all 32 slots are in use", NULL);
}

/* ---- Not taken -------------------------------------------------------------------------- */

static void not_taken(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    guest_ram(g, "ram", 0x20000, PAGE);
    expect_report(g, "error", "KVM refuses a slot for region 'ram'", "0x20000-0x20fff", "slot 1",
                  g_strerror(ENOMEM), "accesses there exit", NULL);
    assert_slots(g, "0-ffff low@0");
    commit(g);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
}

/* Each commit tries once; each reason is reported once. */
static void not_taken_again(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);
    MemoryRegion *io = io_new(m, "io", PAGE);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 3, ENOMEM);
    guest_ram(g, "ram", 0x20000, PAGE);
    expect_report(g, "error", g_strerror(ENOMEM), NULL);
    memory_region_add_subregion(g->root, 0x30000, io);
    del(g, io);
    assert_slot_trace("+1 +1 +1");
    assert_silent(g);
    ioctl_fail(SET_SLOT, 1, 1, EINVAL);
    memory_region_add_subregion(g->root, 0x30000, io);
    expect_report(g, "error", g_strerror(EINVAL), NULL);
    assert_slots(g, "0-ffff low@0");
    del(g, io);
    assert_slots(g, "0-ffff low@0, 20000-20fff ram@0");
}

/* One piece of a split is refused; the others exist. */
static void part_of_a_split(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);
    MemoryRegion *io = io_new(m, "io", PAGE);

    (void)data;
    ioctl_fail(SET_SLOT, 2, 1, ENOMEM);
    memory_region_add_subregion_overlap(g->root, 0x8000, io, 1);
    expect_report(g, "error", "refuses a slot for", "'low'", "0x0-0x7fff", NULL);
    assert_slots(g, "9000-ffff low@9000");
    assert_slot_trace("stop -0 +0 +0 go");
    del(g, io);
    assert_slots(g, "0-ffff low@0");
    assert_slot_trace("stop -0 +0 go");
}

/* An address that the processor cannot reach. */
static void too_high(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = guest_new(m, NULL);

    (void)data;
    guest_ram(g, "high", 0xfffffffffffe0000, 0x10000);
    expect_report(g, "error", "refuses a slot for", "'high'",
                  "0xfffffffffffe0000-0xfffffffffffeffff", NULL);
    guest_ram(g, "top", 0xffffffffffff0000, 0x10000);
    expect_report(g, "error", "refuses a slot for", "'top'",
                  "0xffffffffffff0000-0xffffffffffffefff", NULL);
}

/* ---- Not logged ------------------------------------------------------------------------- */

static void not_logged(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 2, ENOMEM);
    memory_region_set_log(g->low, true, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to log", "'low'", "slot 0", g_strerror(ENOMEM), NULL);
    commit(g);
    assert_slots(g, "0-ffff low@0 log");
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(g->low, false, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "KVM refuses to stop logging", "'low'", NULL);
    assert_slots(g, "0-ffff low@0 log");
    commit(g);
    assert_slots(g, "0-ffff low@0");
}

/* KVM refused to log, and no client wants it any more. */
static void not_logged_any_more(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 1, ENOMEM);
    memory_region_set_log(g->low, true, DIRTY_MEMORY_VGA);
    expect_report(g, "error", "refuses to log", NULL);
    memory_region_set_log(g->low, false, DIRTY_MEMORY_VGA);
    commit(g);
    assert_slots(g, "0-ffff low@0");
    assert_slot_trace("~0");
}

/* ---- Not let go ------------------------------------------------------------------------- */

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
    .name = "test-kvm-owner",
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(DeviceState),
    .instance_init = owner_init,
    .instance_finalize = owner_finalize,
};

typedef struct Card {
    Object *owner;
    MemoryRegion mr;
} Card;

static void card_init(Guest *g, Card *card)
{
    card->owner = object_new("test-kvm-owner");
    g_assert_true(memory_region_init_ram_nomigrate(&card->mr, card->owner, "card", PAGE, NULL));
    memory_region_add_subregion(g->root, 0x20000, &card->mr);
}

/* Makes a guest whose card was removed while KVM refused to remove its slot. */
static Guest *guest_with_stale(Machine *m, Card *card)
{
    Guest *g = limited_guest(m, 0);

    card_init(g, card);
    assert_slot_trace("+1");
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    del(g, &card->mr);
    expect_report(g, "error", "KVM refuses to remove the slot of region 'card'", "0x20000-0x20fff",
                  "slot 1", g_strerror(EIO), "still reaches", NULL);
    assert_slot_trace("-1");
    return g;
}

/* The slot keeps the memory alive, and is removed with the next commit. */
static void let_go_later(Machine *m, gconstpointer data)
{
    Card card;
    g_autoptr(Guest) g = guest_with_stale(m, &card);

    (void)data;
    object_unref(card.owner);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 1);
    assert_slots(g, "0-ffff low@0, 20000-20fff card@0");
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    memory_region_transaction_begin();
    memory_region_set_enabled(g->low, false);
    memory_region_set_enabled(g->low, true);
    memory_region_transaction_commit();
    assert_silent(g);
    commit(g);
    assert_slots(g, "0-ffff low@0");
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

/* The region comes back before its slot was removed, so KVM still has it. */
static void let_go_never(Machine *m, gconstpointer data)
{
    Card card;
    g_autoptr(Guest) g = guest_with_stale(m, &card);

    (void)data;
    memory_region_add_subregion(g->root, 0x20000, &card.mr);
    assert_slot_trace("");
    assert_slots(g, "0-ffff low@0, 20000-20fff card@0");
    del(g, &card.mr);
    assert_slot_trace("-1");
    object_unref(card.owner);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

/* Another region is there by now. The guest sees it only when KVM has removed the old slot. */
static void let_go_for_another(Machine *m, gconstpointer data)
{
    Card card;
    g_autoptr(Guest) g = guest_with_stale(m, &card);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 2 * PAGE);
    expect_report(g, "error", "refuses a slot for", "'ram'", "slot 2", g_strerror(EEXIST), NULL);
    assert_slots(g, "0-ffff low@0, 20000-20fff card@0");
    assert_slot_trace("stop -1 +2 go");
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    assert_slots(g, "0-ffff low@0, 20000-21fff ram@0 log");
    assert_slot_trace("stop -1 +1 go");
    object_unref(card.owner);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

/* The other region is removed as well, while KVM still has the old slot. */
static void two_that_go(Machine *m, gconstpointer data)
{
    Card card;
    g_autoptr(Guest) g = guest_with_stale(m, &card);

    (void)data;
    ioctl_fail(SET_SLOT, 1, 1, EIO);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, 2 * PAGE);
    expect_report(g, "error", "'ram'", NULL);
    del(g, ram);
    assert_slots(g, "0-ffff low@0");
    assert_slot_trace("stop -1 +2 go -1");
    object_unref(card.owner);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
}

/* Without an owner nothing can keep the region alive. */
static void ownerless(Machine *m, gconstpointer data)
{
    g_autoptr(Guest) g = limited_guest(m, 0);
    MemoryRegion *ram = guest_ram(g, "ram", 0x20000, PAGE);

    (void)data;
    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    ioctl_fail(SET_SLOT, 1, 2, EIO);
    del(g, ram);
    expect_report(g, "error", "refuses to remove", "'ram'", NULL);
    region_drop(m, ram);
    assert_slots(g, "0-ffff low@0, 20000-20fff (gone)@0");
    commit(g);
    assert_slots(g, "0-ffff low@0");
    assert_silent(g);
}

static void never_let_go(Machine *m, gconstpointer data)
{
    Guest *g = limited_guest(m, 0);
    Card card;

    (void)data;
    card_init(g, &card);
    ioctl_fail(SET_SLOT, 1, 4, EIO);
    kvm_memory_free(g->km);
    g->km = NULL;
    assert_slot_trace("+1 -0 -1 -0 -1");
    expect_report(g, "error", "refuses to remove", "'low'", NULL);
    expect_report(g, "error", "refuses to remove", "'card'", NULL);
    expect_report(g, "error", "KVM keeps a slot of region '(gone)'", "0x0-0xffff", NULL);
    expect_report(g, "error", "KVM keeps a slot of region 'card'", "0x20000-0x20fff", NULL);
    del(g, &card.mr);
    object_unref(card.owner);
    memory_drain();
    g_assert_cmpint(g_atomic_int_get(&owners), ==, 0);
    guest_free(g);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&owner_info);
    KVM_TEST("/kvm-refused/limit", limit);
    KVM_TEST("/kvm-refused/limit/without-slot-it-goes", without_slot_it_goes);
    KVM_TEST("/kvm-refused/limit/logging-is-remembered", logging_is_remembered);
    KVM_TEST("/kvm-refused/limit/of-the-host", limit_of_the_host);
    KVM_TEST("/kvm-refused/limit/unsaid", limit_unsaid);
    KVM_TEST("/kvm-refused/not-taken", not_taken);
    KVM_TEST("/kvm-refused/not-taken/again", not_taken_again);
    KVM_TEST("/kvm-refused/not-taken/part-of-a-split", part_of_a_split);
    KVM_TEST("/kvm-refused/not-taken/too-high", too_high);
    KVM_TEST("/kvm-refused/not-logged", not_logged);
    KVM_TEST("/kvm-refused/not-logged/any-more", not_logged_any_more);
    KVM_TEST("/kvm-refused/not-let-go/later", let_go_later);
    KVM_TEST("/kvm-refused/not-let-go/never", let_go_never);
    KVM_TEST("/kvm-refused/not-let-go/for-another", let_go_for_another);
    KVM_TEST("/kvm-refused/not-let-go/two-that-go", two_that_go);
    KVM_TEST("/kvm-refused/not-let-go/ownerless", ownerless);
    KVM_TEST("/kvm-refused/not-let-go/at-the-end", never_let_go);
    return g_test_run();
}
