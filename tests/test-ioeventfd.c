/* SPDX-License-Identifier: MIT
 *
 * Which write signals which notifier (specification 14.4, 18). Adding and removing is in
 * test-ioeventfd-edits.c, what listeners are told in test-ioeventfd-told.c, parallel writers in
 * test-ioeventfd-threads.c.
 */
#include "bell.h"

static const MemoryContextOptions big_machine = { .target_big_endian = true };

/* ---- Matching --------------------------------------------------------------------------- */

static void in_place_of_the_callback(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 8, 4, 1);
    assert_store(s, 0x1008, 4, 7, "e1");
    assert_store(s, 0x1004, 4, 7, "d:w4/4=7");
    assert_store(s, 0x100c, 4, 7, "d:wc/4=7");
    g_assert_cmphex(address_space_ldl_le(s->as, 0x1008, ANY, NULL), ==, 0x1b1a1918);
    assert_trace(m, "d:r8/4");
    unbind(s, 8, 4, 1);
    assert_store(s, 0x1008, 4, 7, "d:w8/4=7");
    events_cleanup(&s->ev);
}

static void width_counts(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    for (unsigned size = 1; size <= 8; size *= 2) {
        bind(s, 8, size, 0);
        for (unsigned width = 1; width <= 8; width *= 2) {
            g_autofree char *call = g_strdup_printf("d:w8/%u=5", width);
            assert_store(s, 0x1008, width, 5, width == size ? "e0" : call);
        }
        unbind(s, 8, size, 0);
    }
    events_cleanup(&s->ev);
}

static void any_width(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 8, 0, 77, 2); /* its data plays no part */
    for (unsigned width = 1; width <= 8; width *= 2) {
        assert_store(s, 0x1008, width, 5, "e2");
    }
    assert_store(s, 0x1009, 1, 5, "d:w9/1=5");
    assert_store(s, 0x1000, 8, 5, "d:w0/8=5");
    unbind_data(s, 8, 0, 77, 2);
    events_cleanup(&s->ev);
}

static void data_counts(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 0, 4, 0x11223344, 0);
    bind_data(s, 0, 4, 0x11223345, 1);
    bind_data(s, 0, 8, UINT64_MAX, 2);
    bind_data(s, 0, 2, 0, 3);
    assert_store(s, 0x1000, 4, 0x11223344, "e0");
    assert_store(s, 0x1000, 4, 0x11223345, "e1");
    assert_store(s, 0x1000, 4, 0x11223346, "d:w0/4=11223346");
    assert_store(s, 0x1000, 8, UINT64_MAX, "e2");
    assert_store(s, 0x1000, 2, 0, "e3");
    assert_store(s, 0x1000, 2, 1, "d:w0/2=1");
    events_cleanup(&s->ev);
}

/* The number is compared in the write's width, whatever the upper bits of its 64 bits are. */
static void data_is_as_wide_as_the_write(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 0, 4, (uint64_t)-1, 0);
    assert_store(s, 0x1000, 4, 0xffffffff, "e0");
    memory_region_dispatch_write(&s->d->mr, 0, UINT64_MAX, MO_LEUL, ANY);
    assert_events(&s->ev, "e0");
    unbind_data(s, 0, 4, 0xffffffff, 0);
    assert_store(s, 0x1000, 4, 0xffffffff, "d:w0/4=ffffffff");
    events_cleanup(&s->ev);
}

/* The CPU's number is compared, whatever the byte orders of CPU, device and access are. */
static void byte_orders(Machine *m, gconstpointer data)
{
    static const enum device_endian orders[] = { DEVICE_LITTLE_ENDIAN, DEVICE_BIG_ENDIAN,
                                                 DEVICE_NATIVE_ENDIAN };
    Stage st, *s = &st;
    uint64_t val = data ? 0x44332211 : 0x11223344; /* as a little-endian access passes it */

    stage_setup(s, m);
    for (unsigned i = 0; i < G_N_ELEMENTS(orders); i++) {
        s->d->ops.endianness = orders[i];
        bind_data(s, 0, 4, 0x11223344, 0);
        bind_data(s, 0, 2, 0x1122, 1);
        bind_data(s, 0, 1, 0x11, 2);
        bind_data(s, 0, 8, 0x1122334455667788, 3);
        assert_store(s, 0x1000, 4, 0x11223344, "e0");
        assert_store(s, 0x1000, 2, 0x1122, "e1");
        assert_store(s, 0x1000, 1, 0x11, "e2");
        assert_store(s, 0x1000, 8, 0x1122334455667788, "e3");
        memory_region_dispatch_write(&s->d->mr, 0, val, MO_LEUL, ANY);
        memory_region_dispatch_write(&s->d->mr, 0, __builtin_bswap32((uint32_t)val), MO_BEUL, ANY);
        assert_events(&s->ev, "e0");
        assert_trace(m, "");
        unbind_data(s, 0, 4, 0x11223344, 0);
        unbind_data(s, 0, 2, 0x1122, 1);
        unbind_data(s, 0, 1, 0x11, 2);
        unbind_data(s, 0, 8, 0x1122334455667788, 3);
    }
    events_cleanup(&s->ev);
}

static void whole_access_before_splitting(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    s->d->ops.impl.max_access_size = 2;
    bind_data(s, 0, 4, 0x11223344, 0);
    bind(s, 4, 2, 1);
    assert_store(s, 0x1000, 4, 0x11223344, "e0");
    assert_store(s, 0x1004, 4, 0x55667788, "d:w4/2=7788 d:w6/2=5566");
    events_cleanup(&s->ev);
}

/* First those of any width, then by width, then those without data. */
static void first_in_table_order(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 0, 4, 7, 0);
    bind(s, 0, 4, 1);
    assert_store(s, 0x1000, 4, 7, "e1");
    bind(s, 0, 0, 2);
    assert_store(s, 0x1000, 4, 7, "e2");
    bind(s, 0, 0, 3); /* of two equal ones, the one whose notifier has the lower address */
    assert_store(s, 0x1000, 4, 7, "e2");
    unbind(s, 0, 0, 2);
    assert_store(s, 0x1000, 4, 7, "e3");
    unbind(s, 0, 0, 3);
    unbind(s, 0, 4, 1);
    assert_store(s, 0x1000, 4, 7, "e0");
    assert_store(s, 0x1000, 4, 8, "d:w0/4=8");
    memory_region_add_eventfd(&s->d->mr, 0, 4, false, 9,
                              &s->ev.e[1]); /* data that is not matched does not count */
    assert_store(s, 0x1000, 4, 7, "e1");
    events_cleanup(&s->ev);
}

static void duplicates(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    bind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 7, "e0");
    unbind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 7, "e0");
    unbind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 7, "d:w0/4=7");
    events_cleanup(&s->ev);
}

static void many(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memory_region_transaction_begin();
    for (unsigned i = 0; i < 64; i++) { /* each place once, in mixed order */
        bind(s, i * 37 % 64, 1, i % EVENTS);
    }
    memory_region_transaction_commit();
    for (unsigned i = 0; i < 64; i++) {
        const char *const want[] = { "e0", "e1", "e2", "e3" };
        assert_store(s, 0x1000 + i * 37 % 64, 1, i, want[i % EVENTS]);
    }
    events_cleanup(&s->ev);
}

static void through_windows_and_blocks(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    uint8_t buf[16] = { 7, 0, 0, 0, 0, 0, 0, 0, 9 };

    (void)data;
    stage_setup(s, m);
    bind_data(s, 8, 8, 9, 0);
    memory_region_add_subregion(s->root, 0x2000, window_new(m, "w", &s->d->mr, 4, 0x20));
    assert_store(s, 0x2004, 8, 9, "e0");
    g_assert_cmphex(address_space_write(s->as, 0x1000, ANY, buf, 16), ==, MEMTX_OK);
    assert_trace(m, "d:w0/8=7");
    assert_events(&s->ev, "e0");
    events_cleanup(&s->ev);
}

/* ---- What comes before (14.4) ----------------------------------------------------------- */

static void only_valid_writes(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    s->d->ops.valid.max_access_size = 4;
    bind(s, 0, 0, 0);
    bind(s, 2, 4, 0);
    g_assert_cmphex(store(s, 0x1000, 8, 1), ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(store(s, 0x1002, 4, 1), ==, MEMTX_DECODE_ERROR);
    probe_ask(s->d);
    g_assert_cmphex(store(s, 0x1000, 4, 1), ==, MEMTX_DECODE_ERROR);
    assert_events(&s->ev, "");
    assert_trace(m, "d:aw0/4");
    s->d->accepts = true;
    assert_store(s, 0x1000, 4, 1, "d:aw0/4e0");
    assert_store(s, 0x1004, 4, 1, "d:aw4/4 d:w4/4=1"); /* accepts is called once */
    events_cleanup(&s->ev);
}

static void no_callback_needed(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    s->d->ops.write = NULL;
    bind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 1, "e0");
    g_assert_cmphex(store(s, 0x1004, 4, 1), ==, MEMTX_DECODE_ERROR);
    events_cleanup(&s->ev);
}

static void reservation(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    (void)data;
    stage_setup(s, m);
    g_ptr_array_add(m->regions, mr);
    memory_region_init_io(mr, NULL, NULL, NULL, "reserved", 0x100);
    memory_region_add_subregion(s->root, 0x2000, mr);
    memory_region_add_eventfd(mr, 0, 4, false, 0, &s->ev.e[0]);
    g_assert_cmphex(store(s, 0x2000, 4, 1), ==, MEMTX_DECODE_ERROR);
    assert_events(&s->ev, "");
    events_cleanup(&s->ev);
}

static void ring_own_bell(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Stage *s = p->opaque;

    (void)addr, (void)size, (void)is_write;
    p->hook = NULL;
    g_assert_cmphex(store(s, 0x1008, 4, 1), ==, MEMTX_OK);
    g_assert_cmphex(store(s, 0x100c, 4, 1), ==, MEMTX_ACCESS_ERROR);
}

/* D5: a device whose own write signals an ioeventfd is not called for it. */
static void from_own_callback(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 8, 4, 3);
    s->d->opaque = s;
    s->d->hook = ring_own_bell;
    assert_store(s, 0x1000, 4, 1, "d:w0/4=1e3");
    events_cleanup(&s->ev);
}

static void bind_in_callback(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)size;
    if (is_write && addr == 0) {
        bind(p->opaque, 8, 4, 0);
    } else if (is_write && addr == 4) {
        unbind(p->opaque, 8, 4, 0);
    }
}

static void edited_in_a_callback(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    s->d->opaque = s;
    s->d->hook = bind_in_callback;
    assert_store(s, 0x1000, 4, 1, "d:w0/4=1");
    assert_store(s, 0x1008, 4, 1, "e0");
    assert_store(s, 0x1004, 4, 1, "d:w4/4=1");
    assert_store(s, 0x1008, 4, 1, "d:w8/4=1");
    events_cleanup(&s->ev);
}

static void left_to_the_accelerator(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .accelerates_ioeventfds = true };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    memory_context_set_hooks(m->ctx, &hooks);
    assert_store(s, 0x1000, 4, 1, "d:w0/4=1");
    memory_context_set_hooks(m->ctx, NULL);
    assert_store(s, 0x1000, 4, 1, "e0");
    events_cleanup(&s->ev);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ioeventfd/18/in-place-of-the-callback", in_place_of_the_callback);
    TEST("/ioeventfd/18/width", width_counts);
    TEST("/ioeventfd/18/width/any", any_width);
    TEST("/ioeventfd/18/data", data_counts);
    TEST("/ioeventfd/18/data/wide", data_is_as_wide_as_the_write);
    TEST("/ioeventfd/18/byte-orders/little", byte_orders);
    TEST_WITH("/ioeventfd/18/byte-orders/big", byte_orders, &big_machine);
    TEST("/ioeventfd/18/before-splitting", whole_access_before_splitting);
    TEST("/ioeventfd/18/first-in-table-order", first_in_table_order);
    TEST("/ioeventfd/18/duplicates", duplicates);
    TEST("/ioeventfd/18/many", many);
    TEST("/ioeventfd/18/windows-and-blocks", through_windows_and_blocks);
    TEST("/ioeventfd/14.4/only-valid-writes", only_valid_writes);
    TEST("/ioeventfd/14.4/no-callback-needed", no_callback_needed);
    TEST("/ioeventfd/14.4/reservation", reservation);
    TEST("/ioeventfd/D5/own-callback", from_own_callback);
    TEST("/ioeventfd/18/edited-in-a-callback", edited_in_a_callback);
    TEST("/ioeventfd/18/accelerated", left_to_the_accelerator);
    return g_test_run();
}
