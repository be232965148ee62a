/* SPDX-License-Identifier: MIT
 *
 * A thread is cancelled in a callback. While its stack is unwound, the library gives back
 * everything that it holds for the thread. A cleanup handler of the thread runs after that and
 * checks that the thread is as after a normal return.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "iommu-puppet.h"
#include "support.h"

static const hwaddr device_base = 0x1000;

typedef struct Victim {
    Machine *machine;
    MemoryRegion device;
    void (*access)(struct Victim *v);
    void (*check)(void *victim); /* called by the cleanup handler */
    bool begun;                  /* the callback has begun and waits to be cancelled */
    bool answers;                /* the callback returns instead of waiting */
    bool ran_handler;
} Victim;

/* Waits until the thread is cancelled. A thread can be cancelled in usleep(). On ARM it cannot in
 * g_usleep(): GLib has no tables for unwinding there. */
static void wait_here(Victim *v)
{
    __atomic_store_n(&v->begun, true, __ATOMIC_RELEASE);
    for (;;) {
        pthread_testcancel();
        usleep(100);
    }
}

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    Victim *v = opaque;

    (void)addr, (void)size;
    if (!v->answers) {
        wait_here(v);
    }
    return 7;
}

static void device_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)addr, (void)data, (void)size;
    if (!((Victim *)opaque)->answers) {
        wait_here(opaque);
    }
}

static bool device_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write,
                           MemTxAttrs attrs)
{
    (void)addr, (void)size, (void)is_write, (void)attrs;
    if (!((Victim *)opaque)->answers) {
        wait_here(opaque);
    }
    return true;
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };
static const MemoryRegionOps choosy_ops = { .read = device_read,
                                            .write = device_write,
                                            .valid = { .accepts = device_accepts } };

/* Checks that the thread holds nothing, and that the same callback can be called again. */
static void assert_gave_all_back(void *opaque)
{
    Victim *v = opaque;
    AddressSpace *as = memory_context_memory(v->machine->ctx);
    MemTxResult result = MEMTX_ERROR;

    v->answers = true;
    g_assert_false(memory_context_is_locked(v->machine->ctx));
    g_assert_cmphex(address_space_ldl_le(as, device_base, MEMTXATTRS_UNSPECIFIED, &result), ==, 7);
    g_assert_cmpint(result, ==, MEMTX_OK);
    memory_drain(); /* would be refused in a read section */
    v->ran_handler = true;
}

static void *run(void *opaque)
{
    Victim *v = opaque;

    memory_context_set_current(v->machine->ctx);
    pthread_cleanup_push(v->check, v);
    v->access(v);
    pthread_cleanup_pop(0);
    return NULL;
}

/* Cancels the thread when its callback has begun. If 'stop' is given, a listener's callback ends
 * when it is set. */
static void cancel_and(Victim *v, bool *stop)
{
    pthread_t thread;
    void *result;

    g_assert_cmpint(pthread_create(&thread, NULL, run, v), ==, 0);
    while (!__atomic_load_n(&v->begun, __ATOMIC_ACQUIRE)) {
        usleep(100);
    }
    g_assert_cmpint(pthread_cancel(thread), ==, 0);
    __atomic_store_n(stop, true, __ATOMIC_RELEASE);
    g_assert_cmpint(pthread_join(thread, &result), ==, 0);
    g_assert_true(result == PTHREAD_CANCELED);
    g_assert_true(v->ran_handler);
}

static void cancel(Victim *v)
{
    bool unused;

    cancel_and(v, &unused);
}

static void victim_make(Victim *v, Machine *m, const MemoryRegionOps *ops)
{
    *v = (Victim){ .machine = m, .check = assert_gave_all_back };
    memory_region_init_io(&v->device, NULL, ops, v, "device", 0x1000);
    memory_region_add_subregion(get_system_memory(), device_base, &v->device);
}

/* The first bounce buffer is granted whatever the limit is, a second one is not. So this fails if
 * one was left over. */
static void assert_no_bounce_buffer_is_left(AddressSpace *as)
{
    hwaddr len = 4;
    void *p;

    address_space_set_max_bounce_bytes(as, 1);
    p = address_space_map(as, device_base, &len, false, MEMTXATTRS_UNSPECIFIED);
    g_assert_nonnull(p);
    address_space_unmap(as, p, len, false, len);
}

/* Checks that another thread can edit and drain. */
static void victim_end(Victim *v)
{
    memory_region_set_address(&v->device, 0x2000);
    assert_map(memory_context_memory(v->machine->ctx), "2000-2fff device@0");
    memory_region_del_subregion(get_system_memory(), &v->device);
    memory_drain();
    object_unparent(OBJECT(&v->device));
}

static void load(Victim *v)
{
    address_space_ldl_le(memory_context_memory(v->machine->ctx), device_base,
                         MEMTXATTRS_UNSPECIFIED, NULL);
}

static void store(Victim *v)
{
    address_space_stl_le(memory_context_memory(v->machine->ctx), device_base, 1,
                         MEMTXATTRS_UNSPECIFIED, NULL);
}

static void transfer(Victim *v)
{
    uint8_t buf[64];

    address_space_rw(memory_context_memory(v->machine->ctx), device_base, MEMTXATTRS_UNSPECIFIED,
                     buf, sizeof(buf), false);
}

static void map(Victim *v)
{
    hwaddr len = 64;

    address_space_map(memory_context_memory(v->machine->ctx), device_base, &len, false,
                      MEMTXATTRS_UNSPECIFIED);
}

/* The library gets the bounce buffer back before the device is called for its data. */
static void unmap(Victim *v)
{
    AddressSpace *as = memory_context_memory(v->machine->ctx);
    hwaddr len = 64;
    void *p = address_space_map(as, device_base, &len, true, MEMTXATTRS_UNSPECIFIED);

    address_space_unmap(as, p, len, true, len);
}

static void judge(Victim *v)
{
    address_space_access_valid(memory_context_memory(v->machine->ctx), device_base, 4, false,
                               MEMTXATTRS_UNSPECIFIED);
}

typedef struct Case {
    const char *path;
    void (*access)(Victim *v);
    const MemoryRegionOps *ops;
} Case;

static void in_a_device(Machine *m, gconstpointer opaque)
{
    const Case *c = opaque;
    Victim v;

    victim_make(&v, m, c->ops);
    v.access = c->access;
    cancel(&v);
    assert_no_bounce_buffer_is_left(memory_context_memory(m->ctx));
    victim_end(&v);
}

static void start(Machine *m, gconstpointer opaque)
{
    (void)opaque;
    machine_setup(m, NULL);
}

/* ---- IOMMUs ----------------------------------------------------------------------------- */

static Board board;

static IOMMUTLBEntry answer_or_wait(Puppet *u, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    Victim *v = u->opaque;

    (void)flag, (void)index;
    if (!v->answers) {
        wait_here(v);
    }
    return puppet_entry(u, addr);
}

static void load_through_iommu(Victim *v)
{
    MemTxResult result = MEMTX_ERROR;

    address_space_ldub(board.bus, BOARD_AT, MEMTXATTRS_UNSPECIFIED, &result);
    g_assert_cmpint(result, ==, MEMTX_OK);
    v->ran_handler = v->answers;
}

static void assert_translates(void *opaque)
{
    Victim *v = opaque;

    v->answers = true;
    load_through_iommu(v);
    memory_drain();
}

static void in_an_iommu(Machine *m, gconstpointer data)
{
    Victim v = { .machine = m, .access = load_through_iommu, .check = assert_translates };

    (void)data;
    board = board_new(m, TYPE_PUPPET);
    board.u->answer = answer_or_wait;
    board.u->opaque = &v;
    cancel(&v);
}

/* ---- Edits ------------------------------------------------------------------------------ */

typedef struct Witness {
    MemoryListener listener;
    Victim *victim;
    bool stop;
    unsigned commits;
} Witness;

/* If a callback of an edit has cancellation points, a cancellation takes effect only after the
 * edit. */
static void hear_commit(MemoryListener *l)
{
    Witness *h = (Witness *)l;

    h->commits++;
    __atomic_store_n(&h->victim->begun, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE)) {
        pthread_testcancel();
        usleep(100);
    }
}

static void edit(Victim *v)
{
    memory_region_transaction_begin();
    memory_region_set_address(&v->device, 0x3000);
    memory_region_transaction_commit();
    pthread_testcancel();
    g_assert_not_reached();
}

static void assert_edited(void *opaque)
{
    Victim *v = opaque;

    v->answers = true;
    g_assert_false(memory_context_is_locked(v->machine->ctx));
    assert_map(memory_context_memory(v->machine->ctx), "3000-3fff device@0");
    memory_drain();
    v->ran_handler = true;
}

static void in_a_listener(Machine *m, gconstpointer data)
{
    Witness h = { .stop = true };
    Victim v;

    (void)data;
    victim_make(&v, m, &device_ops);
    v.access = edit;
    v.check = assert_edited;
    h.victim = &v;
    h.listener = (MemoryListener){ .name = "hearer", .commit = hear_commit };
    memory_listener_register(&h.listener, memory_context_memory(m->ctx));
    h.commits = 0;
    h.stop = v.begun = false;
    cancel_and(&v, &h.stop);
    g_assert_cmpuint(h.commits, ==, 1);
    memory_listener_unregister(&h.listener);
    victim_end(&v);
}

int main(int argc, char **argv)
{
    static const Case cases[] = {
        { "/cancel/in-a-load", load, &device_ops },
        { "/cancel/in-a-store", store, &device_ops },
        { "/cancel/in-a-transfer", transfer, &device_ops },
        { "/cancel/in-a-map", map, &device_ops },
        { "/cancel/in-an-unmap", unmap, &device_ops },
        { "/cancel/in-a-question", judge, &choosy_ops },
    };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_add(cases[i].path, Machine, &cases[i], start, in_a_device, machine_teardown);
    }
    TEST("/cancel/in-an-iommu", in_an_iommu);
    TEST("/cancel/in-a-listener", in_a_listener);
    return g_test_run();
}
