/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds: which write signals which notifier (specification 18, 14.4; R12). What listeners are
 * told is in test-ioeventfd-told.c, writers in parallel are in test-ioeventfd-threads.c.
 */
#include <poll.h>
#include <unistd.h>

#include "hearer.h"
#include "probe.h"

static const MemoryContextOptions big_machine = { .target_big_endian = true };

/* A device at 0x1000 that takes 1 to 8 bytes. */
typedef struct Stage {
    Machine *m;
    MemoryRegion *root;
    AddressSpace *as;
    Probe *d;
    Events ev;
} Stage;

static void stage_setup(Stage *s, Machine *m)
{
    s->m = m;
    s->as = probe_space(m, &s->root);
    s->d = probe_new_plain(m, "d", 0x40);
    memory_region_add_subregion(s->root, 0x1000, &s->d->mr);
    events_setup(&s->ev);
}

static void bind(Stage *s, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, false, 0, &s->ev.e[e]);
}

static void bind_data(Stage *s, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, true, data, &s->ev.e[e]);
}

static void unbind(Stage *s, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_del_eventfd(&s->d->mr, addr, size, false, 0, &s->ev.e[e]);
}

static void unbind_data(Stage *s, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    memory_region_del_eventfd(&s->d->mr, addr, size, true, data, &s->ev.e[e]);
}

/* A store of the CPU in its own order; returns the result. */
static MemTxResult store(Stage *s, hwaddr addr, unsigned size, uint64_t val)
{
    MemTxResult r = 99;

    switch (size) {
    case 1:
        address_space_stb(s->as, addr, (uint8_t)val, ANY, &r);
        break;
    case 2:
        address_space_stw(s->as, addr, (uint16_t)val, ANY, &r);
        break;
    case 4:
        address_space_stl(s->as, addr, (uint32_t)val, ANY, &r);
        break;
    default:
        address_space_stq(s->as, addr, val, ANY, &r);
    }
    return r;
}

/* What a store did: events and calls of the device, "e1" or "d:w4/4=7". */
#define assert_store(s, addr, size, val, want)                                                    \
    do {                                                                                          \
        g_assert_cmphex(store(s, addr, size, val), ==, MEMTX_OK);                                 \
        g_autofree char *store_events = events_text(&(s)->ev);                                    \
        g_string_append(s->m->trace, store_events);                                               \
        assert_trace(s->m, want);                                                                 \
    } while (0)

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
    bind_data(s, 8, 0, 77, 2); /* the data plays no part */
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

/* A number of 4 bytes is one, however it came into 64 bits. */
static void data_is_as_wide_as_the_write(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 0, 4, (uint64_t)-1, 0);
    assert_store(s, 0x1000, 4, 0xffffffff, "e0");
    memory_region_dispatch_write(&s->d->mr, 0, UINT64_MAX, MO_32, ANY);
    assert_events(&s->ev, "e0");
    unbind_data(s, 0, 4, 0xffffffff, 0);
    assert_store(s, 0x1000, 4, 0xffffffff, "d:w0/4=ffffffff");
    events_cleanup(&s->ev);
}

/* The CPU's number is matched, whatever the orders of CPU, device and access are. */
static void byte_orders(Machine *m, gconstpointer data)
{
    static const enum device_endian orders[] = { DEVICE_LITTLE_ENDIAN, DEVICE_BIG_ENDIAN,
                                                 DEVICE_NATIVE_ENDIAN };
    Stage st, *s = &st;
    uint64_t val = data ? 0x44332211 : 0x11223344; /* as a little-endian access has it */

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

/* Any width first, then by width, then without data. */
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
    bind(s, 0, 0, 3); /* of equals the notifier that comes first in memory */
    assert_store(s, 0x1000, 4, 7, "e2");
    unbind(s, 0, 0, 2);
    assert_store(s, 0x1000, 4, 7, "e3");
    unbind(s, 0, 0, 3);
    unbind(s, 0, 4, 1);
    assert_store(s, 0x1000, 4, 7, "e0");
    assert_store(s, 0x1000, 4, 8, "d:w0/4=8");
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
    for (unsigned i = 0; i < 64; i++) { /* each place once, out of order */
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
    assert_store(s, 0x1004, 4, 1, "d:aw4/4 d:w4/4=1"); /* asked once */
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

/* D5: a signal does not come back to the device. */
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

/* ---- Edits ------------------------------------------------------------------------------ */

static void appear_with_the_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    memory_region_transaction_begin();
    unbind(s, 0, 4, 0);
    bind(s, 4, 4, 1);
    bind(s, 8, 4, 2);
    unbind(s, 8, 4, 2);
    assert_store(s, 0x1000, 4, 1, "e0");
    assert_store(s, 0x1004, 4, 1, "d:w4/4=1");
    memory_region_transaction_commit();
    assert_store(s, 0x1000, 4, 1, "d:w0/4=1");
    assert_store(s, 0x1004, 4, 1, "e1");
    assert_store(s, 0x1008, 4, 1, "d:w8/4=1");
    events_cleanup(&s->ev);
}

/* R12: any width is a width of its own here. */
static void exact_arguments(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    bind(s, 0, 0, 1);
    bind_data(s, 0, 4, 7, 2);
    unbind(s, 0, 0, 1);
    assert_store(s, 0x1000, 4, 7, "e0");
    assert_store(s, 0x1000, 2, 7, "d:w0/2=7");
    unbind(s, 0, 4, 0);
    assert_store(s, 0x1000, 4, 7, "e2");
    unbind_data(s, 0, 4, 7, 2);
    assert_store(s, 0x1000, 4, 7, "d:w0/4=7");
    events_cleanup(&s->ev);
}

/* 18: data takes no part in finding what is not matched by data. */
static void data_that_is_not_matched(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memory_region_add_eventfd(&s->d->mr, 0, 2, false, 5, &s->ev.e[0]);
    assert_store(s, 0x1000, 2, 7, "e0");
    memory_region_del_eventfd(&s->d->mr, 0, 2, false, 6, &s->ev.e[0]);
    assert_store(s, 0x1000, 2, 7, "d:w0/2=7");
    events_cleanup(&s->ev);
}

static void del_of_nothing(Machine *m, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    Stage st, *s = &st;

    stage_setup(s, m);
    if (g_test_subprocess()) {
        bind_data(s, 0, 4, 7, 0);
        unbind_data(s, addr, size, data, e);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*memory_region_del_eventfd*removed*");
    events_cleanup(&s->ev);
}

#define DEL_OF_NOTHING(name, addr, size, with, e)                                                 \
    static void name(Machine *m, gconstpointer data)                                              \
    {                                                                                             \
        (void)data;                                                                               \
        del_of_nothing(m, addr, size, with, e);                                                   \
    }
DEL_OF_NOTHING(del_other_address, 4, 4, 7, 0)
DEL_OF_NOTHING(del_other_width, 0, 2, 7, 0)
DEL_OF_NOTHING(del_any_width, 0, 0, 7, 0)
DEL_OF_NOTHING(del_other_data, 0, 4, 8, 0)
DEL_OF_NOTHING(del_other_notifier, 0, 4, 7, 1)

static void edit_in_callback(Spy *spy, const char *what, MemoryRegionSection *section)
{
    Events *ev = spy->opaque;

    if (g_str_equal(what, "del")) {
        memory_region_add_eventfd(section->mr, 0, 4, false, 0, &ev->e[0]);
    }
}

static void misuse_is_refused(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Spy *spy;

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 3, 0);
    expect_message(m, "misuse", "memory_region_add_eventfd", "'d'", "1, 2, 4 or 8", NULL);
    bind(s, 0, 16, 0);
    expect_message(m, "misuse", "memory_region_add_eventfd", NULL);
    unbind(s, 0, 5, 0);
    expect_message(m, "misuse", "memory_region_del_eventfd", NULL);
    memory_region_add_eventfd(&s->d->mr, 0, 4, false, 0, NULL);
    expect_message(m, "misuse", "'d'", "no event notifier", NULL);
    spy = spy_on(m, "s", 0, s->as);
    spy->opaque = &s->ev;
    spy->hook = edit_in_callback;
    memory_region_del_subregion(s->root, &s->d->mr);
    expect_message(m, "misuse", "memory_region_add_eventfd", "listener", NULL);
    spy->hook = NULL;
    memory_region_dispatch_write(&s->d->mr, 0, 1, MO_32, ANY);
    assert_trace(m, "s:begin s:del(1000-103f d@0) s:commit d:w0/4=1");
    assert_events(&s->ev, "");
    events_cleanup(&s->ev);
}

/* Teardown and the sanitizers see that nothing is left of it. */
static void regions_that_end(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *other = io_new(m, "other", 0x10);

    (void)data;
    stage_setup(s, m);
    bind(s, 0, 4, 0);
    memory_region_add_eventfd(other, 0, 4, false, 0, &s->ev.e[0]);
    memory_region_add_eventfd(other, 4, 4, false, 0, &s->ev.e[0]);
    region_drop(m, other);
    other = io_new(m, "other", 0x10);
    memory_region_transaction_begin(); /* and one that never was more than an edit */
    memory_region_add_eventfd(other, 0, 4, false, 0, &s->ev.e[0]);
    object_unparent(OBJECT(other));
    g_assert_true(g_ptr_array_remove(m->regions, other));
    memory_region_transaction_commit();
    assert_store(s, 0x1000, 4, 1, "e0");
    events_cleanup(&s->ev);
}

/* ---- Notifiers that somebody waits for (22.9) ------------------------------------------- */

typedef struct Waiter {
    EventNotifier *bell, done;
    unsigned stores;
} Waiter;

/* Each store wakes once, with one signal; then nothing is left to wake for. */
static gpointer wait_for_stores(gpointer data)
{
    Waiter *w = data;
    struct pollfd fd = { .fd = event_notifier_get_fd(w->bell), .events = POLLIN };

    for (unsigned i = 0; i < w->stores; i++) {
        uint64_t signals = 0;
        g_assert_cmpint(poll(&fd, 1, 10000), ==, 1);
        g_assert_cmpint(read(fd.fd, &signals, sizeof(signals)), ==, sizeof(signals));
        g_assert_cmpuint(signals, ==, 1);
        event_notifier_set(&w->done);
    }
    g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
    return NULL;
}

static void somebody_waits(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    Waiter w = { .stores = 200 };
    GThread *thread;

    (void)data;
    stage_setup(s, m);
    bind_data(s, 8, 4, 7, 0);
    w.bell = &s->ev.e[0];
    g_assert_cmpint(event_notifier_init(&w.done, 0), ==, 0);
    thread = g_thread_new("waiter", wait_for_stores, &w);
    for (unsigned i = 0; i < w.stores; i++) {
        struct pollfd fd = { .fd = event_notifier_get_fd(&w.done), .events = POLLIN };
        store(s, 0x1008, 4, 6);
        store(s, 0x1008, 4, 7);
        g_assert_cmpint(poll(&fd, 1, 10000), ==, 1);
        g_assert_cmpint(event_notifier_test_and_clear(&w.done), ==, 1);
    }
    g_thread_join(thread);
    g_string_truncate(m->trace, 0);
    event_notifier_cleanup(&w.done);
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
    TEST("/ioeventfd/7/transaction", appear_with_the_transaction);
    TEST("/ioeventfd/R12/exact-arguments", exact_arguments);
    TEST("/ioeventfd/18/data/not-matched", data_that_is_not_matched);
    TEST("/ioeventfd/18/del-asserts/address", del_other_address);
    TEST("/ioeventfd/18/del-asserts/width", del_other_width);
    TEST("/ioeventfd/R12/del-asserts/any-width", del_any_width);
    TEST("/ioeventfd/18/del-asserts/data", del_other_data);
    TEST("/ioeventfd/18/del-asserts/notifier", del_other_notifier);
    misuse_test_add("/ioeventfd/misuse", misuse_is_refused);
    TEST("/ioeventfd/3/end", regions_that_end);
    TEST("/ioeventfd/22.9/somebody-waits", somebody_waits);
    return g_test_run();
}
