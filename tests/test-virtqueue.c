/* SPDX-License-Identifier: MIT
 *
 * The example machines' virtqueue (examples/devices): chains of a correct driver and of a wrong
 * one, in RAM and in other memory.
 */
#include "../examples/devices/virtqueue.h"

#include "devices/ring.h"
#include "probe.h"

enum { RAM_SIZE = 0x10000, BASE = 0x1000, SIZE = 8 };

typedef struct Stage {
    MemoryRegion *root;
    MemoryRegion *ram;
    AddressSpace *as;
    Ring ring;
    Virtqueue queue;
    VirtqueueChain chain;
} Stage;

static void set_up_queue(Stage *s, Ring ring)
{
    s->ring = ring;
    s->queue.state.descriptors = ring.descriptors;
    s->queue.state.available = ring.available;
    s->queue.state.used = ring.used;
    virtqueue_set_size(&s->queue, ring.size);
    virtqueue_enable(&s->queue);
}

static void stage_open(Stage *s, Machine *m)
{
    *s = (Stage){ .root = box_new(m, "root", UINT64_MAX) };
    s->ram = ram_new(m, "ram", RAM_SIZE);
    memory_region_add_subregion(s->root, 0, s->ram);
    s->as = space_new(m, s->root, "dma");
    virtqueue_init(&s->queue, s->as);
}

static void stage_setup(Stage *s, Machine *m)
{
    stage_open(s, m);
    set_up_queue(s, ring_at(s->as, BASE, SIZE));
}

/* The queue's caches keep the regions until it is disabled. */
static void stage_end(Stage *s)
{
    virtqueue_reset(&s->queue);
}

/* Pops a chain and returns it as text: "HEAD r ADDRESS+LENGTH w ADDRESS+LENGTH"; "-" if there is
 * none; or "broken". */
static char *pop_text(Stage *s)
{
    GString *text = g_string_new(NULL);

    if (!virtqueue_pop(&s->queue, &s->chain)) {
        g_string_append(text, s->queue.state.broken ? "broken" : "-");
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "%u", s->chain.head);
    for (unsigned i = 0; i < s->chain.readable + s->chain.writable; i++) {
        const VirtqueueBuffer *b = &s->chain.buffers[i];
        g_string_append_printf(text, " %c%" PRIx64 "+%x", i < s->chain.readable ? 'r' : 'w',
                               b->address, b->length);
    }
    return g_string_free(text, FALSE);
}
#define assert_pop(s, want)                                                                       \
    do {                                                                                          \
        g_autofree char *popped = pop_text(s);                                                    \
        g_assert_cmpstr(popped, ==, want);                                                        \
    } while (0)

/* ---- A driver that keeps to the standard ------------------------------------------------ */

static void chains(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    assert_pop(s, "-");
    ring_describe(&s->ring, 3, 0x4000, 0x10, RING_NEXT, 0);
    ring_describe(&s->ring, 0, 0x123456789000, 0xffffffff, RING_NEXT | RING_WRITE, 7);
    ring_describe(&s->ring, 7, 0x5000, 1, RING_WRITE, 5);
    ring_describe(&s->ring, 1, 0x6000, 0, 0, 5);
    ring_offer(&s->ring, 3);
    ring_offer(&s->ring, 1);
    assert_pop(s, "3 r4000+10 w123456789000+ffffffff w5000+1");
    virtqueue_push(&s->queue, &s->chain, 77);
    assert_pop(s, "1 r6000+0");
    assert_pop(s, "-");
    assert_used(&s->ring, "3:77");
    assert_used(&s->ring, "-");
    virtqueue_push(&s->queue, &s->chain, 0);
    assert_used(&s->ring, "1:0");
    stage_end(s);
}

static void indexes_wrap(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    for (unsigned i = 0; i < 0x10000 + 20; i++) {
        g_autofree char *want = g_strdup_printf("%u:%u", i % SIZE, i);

        ring_describe(&s->ring, i % SIZE, i, 1, 0, 0);
        ring_offer(&s->ring, i % SIZE);
        g_assert_true(virtqueue_pop(&s->queue, &s->chain));
        g_assert_cmphex(s->chain.buffers[0].address, ==, i);
        virtqueue_push(&s->queue, &s->chain, i);
        assert_used(&s->ring, want);
    }
    assert_pop(s, "-");
    stage_end(s);
}

static void a_full_queue(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    for (unsigned i = 0; i < SIZE; i++) {
        ring_describe(&s->ring, i, 0x4000 + i, 1, i + 1 < SIZE ? RING_NEXT : 0, i + 1);
        ring_offer(&s->ring, i);
    }
    assert_pop(s, "0 r4000+1 r4001+1 r4002+1 r4003+1 r4004+1 r4005+1 r4006+1 r4007+1");
    for (unsigned i = 1; i < SIZE; i++) {
        g_assert_true(virtqueue_pop(&s->queue, &s->chain));
    }
    assert_pop(s, "-");
    stage_end(s);
}

static void interrupts_as_wanted(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    g_assert_true(virtqueue_wants_interrupt(&s->queue));
    ring_set_flags(&s->ring, 1);
    g_assert_false(virtqueue_wants_interrupt(&s->queue));
    stage_end(s);
}

static void sizes(Machine *m, gconstpointer data)
{
    static const uint32_t wrong[] = { 0, 3, 6, 257, 512, 0x10000, 0x80000000 };
    Stage st, *s = &st;

    (void)data;
    stage_open(s, m);
    g_assert_cmpuint(s->queue.state.size, ==, VIRTQUEUE_SIZE_MAX);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        virtqueue_set_size(&s->queue, wrong[i]);
        g_assert_cmpuint(s->queue.state.size, ==, VIRTQUEUE_SIZE_MAX);
    }
    virtqueue_set_size(&s->queue, 1);
    set_up_queue(s, ring_at(s->as, BASE, 1));
    virtqueue_set_size(&s->queue, 2); /* too late */
    g_assert_cmpuint(s->queue.state.size, ==, 1);
    virtqueue_enable(&s->queue); /* again */
    ring_describe(&s->ring, 0, 0x4000, 4, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        ring_offer(&s->ring, 0);
        assert_pop(s, "0 r4000+4");
    }
    stage_end(s);
}

static void nothing_before_it_is_enabled(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_open(s, m);
    assert_pop(s, "-");
    set_up_queue(s, ring_at(s->as, BASE, SIZE));
    ring_describe(&s->ring, 0, 0x4000, 4, 0, 0);
    ring_offer(&s->ring, 0);
    virtqueue_reset(&s->queue);
    assert_pop(s, "-");
    stage_end(s);
}

static void goes_on_where_it_was_saved(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    VirtqueueState state;

    (void)data;
    stage_setup(s, m);
    for (unsigned i = 0; i < 5; i++) {
        ring_describe(&s->ring, i, 0x4000 + i, 1, 0, 0);
        ring_offer(&s->ring, i);
    }
    assert_pop(s, "0 r4000+1");
    virtqueue_push(&s->queue, &s->chain, 9);
    state = s->queue.state;
    virtqueue_reset(&s->queue);
    g_assert_true(virtqueue_load(&s->queue, &state));
    assert_pop(s, "1 r4001+1");
    virtqueue_push(&s->queue, &s->chain, 8);
    assert_used(&s->ring, "0:9");
    assert_used(&s->ring, "1:8");
    state.size = 12;
    g_assert_false(virtqueue_load(&s->queue, &state));
    assert_pop(s, "-");
    stage_end(s);
}

/* ---- A driver that does not ------------------------------------------------------------- */

static void stays_broken(Stage *s)
{
    assert_pop(s, "broken");
    ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
    ring_offer(&s->ring, 0);
    assert_pop(s, "broken");
    virtqueue_reset(&s->queue);
    set_up_queue(s, s->ring);
    s->ring.offered = 0;
    ring_offer(&s->ring, 0);
    assert_pop(s, "0 r4000+1");
    stage_end(s);
}

static void a_loop(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_describe(&s->ring, 0, 0x4000, 1, RING_NEXT, 1);
    ring_describe(&s->ring, 1, 0x4000, 1, RING_NEXT, 0);
    ring_offer(&s->ring, 0);
    stays_broken(s);
}

static void a_head_outside(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_offer(&s->ring, SIZE);
    stays_broken(s);
}

static void a_next_outside(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_describe(&s->ring, 0, 0x4000, 1, RING_NEXT, 0xffff);
    ring_offer(&s->ring, 0);
    stays_broken(s);
}

static void readable_behind_writable(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_describe(&s->ring, 0, 0x4000, 1, RING_NEXT | RING_WRITE, 1);
    ring_describe(&s->ring, 1, 0x4000, 1, 0, 0);
    ring_offer(&s->ring, 0);
    stays_broken(s);
}

static void indirect(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_describe(&s->ring, 0, 0x4000, 16, RING_INDIRECT, 0);
    ring_offer(&s->ring, 0);
    stays_broken(s);
}

static void a_jump(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
    s->ring.offered = SIZE;
    ring_offer(&s->ring, 0);
    stays_broken(s);
}

/* One step back is a jump of 65535 forward. */
static void a_step_back(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    stw_le_phys(s->as, s->ring.available + 2, 0xffff);
    stays_broken(s);
}

/* ---- Rings in other places -------------------------------------------------------------- */

static void in_nothing(Machine *m, gconstpointer data)
{
    static const hwaddr nowhere[] = { 0x100000, UINT64_MAX - 0xff };
    Stage st, *s = &st;

    (void)data;
    stage_open(s, m);
    for (unsigned i = 0; i < 3 * G_N_ELEMENTS(nowhere); i++) {
        hwaddr *parts[] = { &s->ring.descriptors, &s->ring.available, &s->ring.used };

        virtqueue_reset(&s->queue);
        s->ring = ring_at(s->as, BASE, SIZE);
        *parts[i % 3] = nowhere[i / 3];
        set_up_queue(s, s->ring);
        ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
        ring_offer(&s->ring, 0);
        if (i % 3 == 2) {
            assert_pop(s, "0 r4000+1");
            virtqueue_push(&s->queue, &s->chain, 1);
        }
        assert_pop(s, "broken");
        stw_le_phys(s->as, BASE + 16 * SIZE + 2, 0);
    }
    stage_end(s);
}

/* No callback is called, so nothing waits for the lock. */
static void in_a_device(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Probe *p = probe_new_plain(m, "d", 0x1000);

    (void)data;
    stage_open(s, m);
    memory_region_add_subregion(s->root, 0x20000, &p->mr);
    set_up_queue(s, ring_at(s->as, 0x20000, SIZE));
    assert_pop(s, "broken");
    assert_trace(m, "");
    stage_end(s);
}

static void used_in_rom(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *rom = ram_new(m, "rom", 0x1000);

    (void)data;
    stage_open(s, m);
    memory_region_set_readonly(rom, true);
    memory_region_add_subregion(s->root, 0x20000, rom);
    Ring ring = ring_at(s->as, BASE, SIZE);
    ring.used = 0x20000;
    set_up_queue(s, ring);
    ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
    ring_offer(&s->ring, 0);
    assert_pop(s, "0 r4000+1");
    virtqueue_push(&s->queue, &s->chain, 1);
    assert_pop(s, "broken");
    g_assert_cmphex(*(uint32_t *)host_of(rom), ==, 0);
    stage_end(s);
}

/* Half of the ring is in another memory: what the cache does not cover is accessed by address. */
static void over_a_seam(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *next = ram_new(m, "next", 0x1000);

    (void)data;
    stage_open(s, m);
    memory_region_add_subregion(s->root, RAM_SIZE, next);
    for (hwaddr base = RAM_SIZE - 0x100; base <= RAM_SIZE; base += 2) {
        virtqueue_reset(&s->queue);
        set_up_queue(s, ring_at(s->as, base, SIZE));
        stw_le_phys(s->as, s->ring.available + 2, 0);
        stw_le_phys(s->as, s->ring.used + 2, 0);
        for (unsigned i = 0; i < SIZE; i++) {
            g_autofree char *want = g_strdup_printf("%u w%x+%x", i, 0x4000 + i, i + 1);
            g_autofree char *used = g_strdup_printf("%u:%u", i, 1000 + i);

            ring_describe(&s->ring, i, 0x4000 + i, i + 1, RING_WRITE, 0);
            ring_offer(&s->ring, i);
            assert_pop(s, want);
            virtqueue_push(&s->queue, &s->chain, 1000 + i);
            assert_used(&s->ring, used);
        }
    }
    stage_end(s);
}

/* ---- Changes of the map ----------------------------------------------------------------- */

/* Another region has taken the place. Without a call the queue goes on with the old one. */
static void remapped(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *other = ram_new(m, "other", 0x1000);

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion_overlap(s->root, BASE, other, 1);
    ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
    ring_offer(&s->ring, 0);
    assert_pop(s, "-");
    virtqueue_remap(&s->queue);
    assert_pop(s, "0 r4000+1");
    virtqueue_push(&s->queue, &s->chain, 5);
    assert_used(&s->ring, "0:5");
    stage_end(s);
}

/* A region may end as soon as the queue was told that it is gone. */
static void lets_regions_go(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *ram2 = ram_new(m, "ram2", 0x1000);
    Error *error = NULL;

    (void)data;
    stage_open(s, m);
    memory_region_add_subregion(s->root, 0x20000, ram2);
    set_up_queue(s, ring_at(s->as, 0x20000, SIZE));
    virtqueue_enable(&s->queue); /* again */
    memory_region_del_subregion(s->root, ram2);
    virtqueue_remap(&s->queue);
    g_assert_true(memory_region_wait_unused(ram2, &error));
    assert_pop(s, "broken");
    stage_end(s);
}

/* ---- Dirty pages ------------------------------------------------------------------------ */

static void used_ring_is_marked(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Ring ring = { .descriptors = 0x1000, .available = 0x2000, .used = 0x3000, .size = SIZE };

    (void)data;
    stage_open(s, m);
    ring.as = s->as;
    memory_region_set_log(s->ram, true, DIRTY_MEMORY_VGA);
    set_up_queue(s, ring);
    ring_describe(&s->ring, 0, 0x4000, 1, 0, 0);
    ring_offer(&s->ring, 0);
    memory_region_reset_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA);
    assert_pop(s, "0 r4000+1");
    g_assert_false(memory_region_get_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA));
    virtqueue_push(&s->queue, &s->chain, 5);
    g_assert_true(memory_region_get_dirty(s->ram, 0x3000, 4, DIRTY_MEMORY_VGA));
    memory_region_reset_dirty(s->ram, 0x3000, 0x1000, DIRTY_MEMORY_VGA);
    g_assert_false(memory_region_get_dirty(s->ram, 0, RAM_SIZE, DIRTY_MEMORY_VGA));
    memory_region_set_log(s->ram, false, DIRTY_MEMORY_VGA);
    stage_end(s);
}

/* ---- Anything --------------------------------------------------------------------------- */

static VirtqueueState random_state(void)
{
    VirtqueueState state = { .enabled = true };

    state.descriptors = g_test_rand_int_range(0, RAM_SIZE + 0x100);
    state.available = g_test_rand_int_range(0, RAM_SIZE + 0x100);
    state.used = g_test_rand_int_range(0, RAM_SIZE + 0x100);
    state.size = 1u << g_test_rand_int_range(0, 9);
    state.next_available = (uint16_t)g_test_rand_int();
    state.next_used = (uint16_t)g_test_rand_int();
    return state;
}

/* Random bytes wherever the device reads, and random places of the parts. All chains have buffers
 * within bounds, and nothing is written but the used ring. */
static void random_rings(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    unsigned popped = 0;

    (void)data;
    stage_open(s, m);
    for (unsigned round = 0; round < 3000; round++) {
        VirtqueueState state = random_state();
        for (unsigned i = 0; i < 64; i++) {
            stw_le_phys(s->as, state.descriptors + 2 * (hwaddr)i, g_test_rand_int_range(0, 16));
        }
        stw_le_phys(s->as, state.available + 2,
                    (uint16_t)(state.next_available + g_test_rand_int_range(-1, 4)));
        g_assert_true(virtqueue_load(&s->queue, &state));
        for (unsigned i = 0; i < 8 && virtqueue_pop(&s->queue, &s->chain); i++, popped++) {
            unsigned buffers = s->chain.readable + s->chain.writable;

            g_assert_cmpuint(buffers, >, 0);
            g_assert_cmpuint(buffers, <=, state.size);
            virtqueue_push(&s->queue, &s->chain, g_test_rand_int());
        }
    }
    g_assert_cmpuint(popped, >, 100);
    stage_end(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/virtqueue/driver/chains", chains);
    TEST("/virtqueue/driver/indexes-wrap", indexes_wrap);
    TEST("/virtqueue/driver/a-full-queue", a_full_queue);
    TEST("/virtqueue/driver/interrupts-as-wanted", interrupts_as_wanted);
    TEST("/virtqueue/driver/sizes", sizes);
    TEST("/virtqueue/driver/nothing-before-it-is-enabled", nothing_before_it_is_enabled);
    TEST("/virtqueue/driver/goes-on-where-it-was-saved", goes_on_where_it_was_saved);
    TEST("/virtqueue/hostile/a-loop", a_loop);
    TEST("/virtqueue/hostile/a-head-outside", a_head_outside);
    TEST("/virtqueue/hostile/a-next-outside", a_next_outside);
    TEST("/virtqueue/hostile/readable-behind-writable", readable_behind_writable);
    TEST("/virtqueue/hostile/indirect", indirect);
    TEST("/virtqueue/hostile/a-jump", a_jump);
    TEST("/virtqueue/hostile/a-step-back", a_step_back);
    TEST("/virtqueue/places/in-nothing", in_nothing);
    TEST("/virtqueue/places/in-a-device", in_a_device);
    TEST("/virtqueue/places/used-in-rom", used_in_rom);
    TEST("/virtqueue/places/over-a-seam", over_a_seam);
    TEST("/virtqueue/map/remapped", remapped);
    TEST("/virtqueue/map/lets-regions-go", lets_regions_go);
    TEST("/virtqueue/dirty/used-ring-is-marked", used_ring_is_marked);
    TEST("/virtqueue/hostile/random-rings", random_rings);
    return g_test_run();
}
