/* SPDX-License-Identifier: MIT
 *
 * Random slots: while memory of all kinds moves, overlaps, shrinks, hides and is logged, KVM has
 * the slots that the present map asks for, which the test computes anew each time. Each commit
 * makes exactly the ioctls that the difference needs, and stops vCPUs exactly where it must. Now
 * and then KVM refuses something. The first later commit that KVM does not hinder has to repair
 * that.
 */
#include <errno.h>

#include "kvm/guest.h"

enum { PAGE = 0x1000, HALF = PAGE / 2, BASE = 0x100000, PAGES = 40 };
enum { WINDOWS = 14, MEMORIES = 4, STEPS = 4000, EDITS = 5, LIMIT = 5 };

typedef struct World {
    Guest *g;
    MemoryListener listener;
    MemoryRegion *box, *nothing;
    MemoryRegion *memory[MEMORIES]; /* RAM, RAM, ROM, flash */
    MemoryRegion *window[WINDOWS];  /* the last two are devices */
    bool logged[MEMORIES];
    GArray *wanted; /* of KVMMemorySlot */
    unsigned stops;
} World;

static unsigned below(unsigned limit)
{
    return (unsigned)g_test_rand_int_range(0, (gint32)limit);
}

/* ---- What there should be --------------------------------------------------------------- */

static bool is_logged(MemoryRegion *mr)
{
    return memory_region_get_dirty_log_mask(mr) != 0;
}

static void want_section(MemoryListener *listener, MemoryRegionSection *section)
{
    World *w = (World *)((char *)listener - offsetof(World, listener));
    MemoryRegion *mr = section->mr;
    hwaddr start = section->offset_within_address_space, end = start + int128_getlo(section->size);
    hwaddr first = (start + PAGE - 1) / PAGE * PAGE, behind = end / PAGE * PAGE;

    if ((!memory_region_is_ram(mr) && !memory_region_is_romd(mr)) || first >= behind) {
        return;
    }
    KVMMemorySlot slot = {
        .guest_addr = first,
        .size = behind - first,
        .mr = mr,
        .offset_within_region = section->offset_within_region + (first - start),
        .readonly = section->readonly || memory_region_is_romd(mr),
    };
    slot.host = (char *)memory_region_get_ram_ptr(mr) + slot.offset_within_region;
    slot.logged = !slot.readonly && is_logged(mr);
    if ((uintptr_t)slot.host % PAGE == 0) {
        g_array_append_val(w->wanted, slot);
    }
}

/* Registers a new listener, which is told of everything. */
static void look(World *w)
{
    g_array_set_size(w->wanted, 0);
    memory_listener_register(&w->listener, w->g->as);
    memory_listener_unregister(&w->listener);
}

static bool take_slot(const KVMMemorySlot *slot, void *opaque)
{
    g_array_append_val((GArray *)opaque, *slot);
    return false;
}

static GArray *slots_now(World *w)
{
    GArray *slots = g_array_new(false, false, sizeof(KVMMemorySlot));

    kvm_memory_for_each_slot(w->g->km, take_slot, slots);
    return slots;
}

static const KVMMemorySlot *at(const GArray *slots, unsigned i)
{
    return &g_array_index(slots, KVMMemorySlot, i);
}

static void assert_as_wanted(World *w, const GArray *slots)
{
    look(w);
    g_assert_cmpuint(slots->len, ==, w->wanted->len);
    for (unsigned i = 0; i < slots->len; i++) {
        const KVMMemorySlot *is = at(slots, i), *want = at(w->wanted, i);
        g_assert_cmphex(is->guest_addr, ==, want->guest_addr);
        g_assert_cmphex(is->size, ==, want->size);
        g_assert_true(is->host == want->host && is->mr == want->mr);
        g_assert_cmphex(is->offset_within_region, ==, want->offset_within_region);
        g_assert_cmpint(is->readonly, ==, want->readonly);
        g_assert_cmpint(is->logged, ==, want->logged);
    }
}

/* ---- What a commit may cost ------------------------------------------------------------- */

static const KVMMemorySlot *same_in(const GArray *slots, const KVMMemorySlot *slot)
{
    for (unsigned i = 0; i < slots->len; i++) {
        const KVMMemorySlot *s = at(slots, i);
        if (s->guest_addr == slot->guest_addr && s->size == slot->size && s->host == slot->host &&
            s->readonly == slot->readonly) {
            return s;
        }
    }
    return NULL;
}

/* Returns whether a slot overlaps another one that is not in both lists. */
static bool meets_new(const GArray *before, const GArray *after, const KVMMemorySlot *slot)
{
    for (unsigned i = 0; i < after->len; i++) {
        const KVMMemorySlot *s = at(after, i);
        if (!same_in(before, s) && s->guest_addr < slot->guest_addr + slot->size &&
            slot->guest_addr < s->guest_addr + s->size) {
            return true;
        }
    }
    return false;
}

static void assert_cost(World *w, const GArray *before, const GArray *after, unsigned ioctls)
{
    unsigned needed = 0;
    bool stop = false;

    for (unsigned i = 0; i < before->len; i++) {
        const KVMMemorySlot *slot = at(before, i), *kept = same_in(after, slot);
        needed += kept == NULL || kept->logged != slot->logged;
        stop |= kept == NULL && (slot->logged || meets_new(before, after, slot));
    }
    for (unsigned i = 0; i < after->len; i++) {
        needed += same_in(before, at(after, i)) == NULL;
    }
    g_assert_cmpuint(ioctls, ==, needed);
    g_assert_cmpuint(w->stops, ==, stop);
}

/* ---- Edits ------------------------------------------------------------------------------ */

/* Mostly multiples of pages. */
static hwaddr any_place(unsigned pages)
{
    hwaddr page = below(pages) * PAGE;
    return page + (below(6) == 0 ? HALF : 0);
}

static void edit_memory(World *w)
{
    unsigned i = below(MEMORIES);

    if (i == MEMORIES - 1) {
        memory_region_rom_device_set_romd(w->memory[i], g_test_rand_bit());
    } else if (g_test_rand_bit()) {
        w->logged[i] = !w->logged[i];
        memory_region_set_log(w->memory[i], w->logged[i], DIRTY_MEMORY_VGA);
    } else {
        memory_region_set_nonvolatile(w->memory[i], g_test_rand_bit());
    }
}

static void edit(World *w)
{
    unsigned i = below(WINDOWS);
    MemoryRegion *mr = w->window[i];
    uint64_t size;

    switch (below(6)) {
    case 0:
        memory_region_set_enabled(mr, below(4) != 0);
        break;
    case 1:
        size = any_place(10) + 1;
        memory_region_set_size(mr, size + below(2) * (PAGE - 1));
        break;
    case 2:
        memory_region_set_readonly(mr, below(4) == 0);
        break;
    case 3:
        if (i < WINDOWS - 2) {
            memory_region_set_alias_offset(mr, any_place(8));
        }
        break;
    case 4:
        edit_memory(w);
        break;
    default:
        memory_region_set_address(mr, any_place(PAGES));
    }
}

static void edit_some(World *w)
{
    memory_region_transaction_begin();
    for (unsigned i = below(EDITS); i-- > 0;) {
        edit(w);
    }
    memory_region_transaction_commit();
}

/* Makes a commit that changes nothing. */
static void commit(World *w)
{
    memory_region_set_enabled(w->nothing, false);
    memory_region_set_enabled(w->nothing, true);
}

/* ---- Steps ------------------------------------------------------------------------------ */

static void step(World *w)
{
    GArray *before = slots_now(w), *after;
    unsigned ioctls = ioctl_count(KVM_SET_USER_MEMORY_REGION);

    w->stops = 0;
    edit_some(w);
    after = slots_now(w);
    assert_as_wanted(w, after);
    assert_cost(w, before, after, ioctl_count(KVM_SET_USER_MEMORY_REGION) - ioctls);
    g_array_unref(before);
    g_array_unref(after);
}

static void step_hindered(World *w)
{
    unsigned first = 1 + below(4);
    ioctl_fail(KVM_SET_USER_MEMORY_REGION, first, 1 + below(3), ENOMEM);
    for (unsigned i = below(3); i-- > 0;) {
        edit_some(w);
    }
    ioctl_fail(KVM_SET_USER_MEMORY_REGION, 1, 0, 0);
    edit_some(w);
    commit(w);
    GArray *after = slots_now(w);
    assert_as_wanted(w, after);
    g_array_unref(after);
}

/* With a limit, KVM has as many slots as it may, and each of them is wanted. */
static void step_limited(World *w)
{
    edit_some(w);
    GArray *slots = slots_now(w);
    look(w);
    g_assert_cmpuint(slots->len, ==, MIN(w->wanted->len, LIMIT));
    for (unsigned i = 0; i < slots->len; i++) {
        const KVMMemorySlot *slot = at(slots, i), *want = same_in(w->wanted, slot);
        g_assert_true(want && want->mr == slot->mr && want->logged == slot->logged);
    }
    g_array_unref(slots);
}

/* ---- The world -------------------------------------------------------------------------- */

static void count_stop(void *opaque)
{
    World *w = opaque;

    w->stops++;
}

static void go_on(void *opaque)
{
    (void)opaque;
}

/* Reports are expected: some places cannot have a slot, and KVM refuses some. */
static void ignore_report(MemoryLogLevel level, const char *message, void *opaque)
{
    (void)message, (void)opaque;
    g_assert_cmpint(level, !=, MEMORY_LOG_MISUSE);
}

static void make_regions(World *w, Machine *m)
{
    for (unsigned i = 0; i < MEMORIES - 1; i++) {
        w->memory[i] = ram_new(m, "ram", 12 * PAGE);
    }
    memory_region_set_readonly(w->memory[MEMORIES - 2], true);
    w->memory[MEMORIES - 1] = romd_new(m, "romd", 12 * PAGE);
    w->box = box_new(m, "box", (PAGES + 4) * PAGE);
    for (unsigned i = 0; i < WINDOWS; i++) {
        MemoryRegion *mr = i < WINDOWS - 2 ? window_new(m, "w", w->memory[i % MEMORIES], 0, PAGE)
                                           : io_new(m, "io", PAGE);
        hwaddr at = any_place(PAGES);
        w->window[i] = mr;
        memory_region_add_subregion_overlap(w->box, at, mr, (int)below(3));
    }
    w->nothing = box_new(m, "nothing", PAGE);
    memory_region_add_subregion(w->box, 0, w->nothing);
    memory_region_add_subregion(w->g->root, BASE, w->box);
}

static void any_step(World *w)
{
    if (below(8) == 0) {
        step_hindered(w);
    } else {
        step(w);
    }
}

static void at_random(Machine *m, gconstpointer limited)
{
    World w = { .listener = { .name = "look", .region_add = want_section } };
    KVMMemoryOptions options = { .stop_vcpus = count_stop,
                                 .resume_vcpus = go_on,
                                 .report = ignore_report,
                                 .opaque = &w,
                                 .max_slots = limited ? LIMIT : 0 };

    w.g = guest_new(m, &options);
    w.wanted = g_array_new(false, false, sizeof(KVMMemorySlot));
    make_regions(&w, m);
    for (unsigned i = 0; i < STEPS; i++) {
        (limited ? step_limited : any_step)(&w);
    }
    guest_free(w.g);
    g_array_unref(w.wanted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    kvm_test_add("/kvm-slots/random", at_random, NULL);
    kvm_test_add("/kvm-slots/random/limited", at_random, "limited");
    return g_test_run();
}
