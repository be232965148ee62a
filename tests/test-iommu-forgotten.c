/* SPDX-License-Identifier: MIT
 *
 * Translations that threads keep (specification 15.3): everything that can make one wrong happens
 * after two threads have made it, and neither may use it afterwards.
 *
 * Changes while an IOMMU is asked are in test-iommu-meanwhile.c, changes of tables under load in
 * test-iommu-tables.c.
 */
#include <pthread.h>

#include "iommu-keeping.h"

/* A second thread, which looks when it is told to. */
typedef struct Watcher {
    pthread_t thread;
    pthread_barrier_t barrier;
    AddressSpace *bus; /* NULL: the thread ends */
    int seen;
} Watcher;

static void *watch(void *opaque)
{
    Watcher *w = opaque;

    while (pthread_barrier_wait(&w->barrier), w->bus) {
        w->seen = look(w->bus, 1);
        pthread_barrier_wait(&w->barrier);
    }
    return NULL;
}

static void watcher_start(Watcher *w, AddressSpace *bus)
{
    w->bus = bus;
    pthread_barrier_init(&w->barrier, NULL, 2);
    pthread_create(&w->thread, NULL, watch, w);
}

static void watcher_end(Watcher *w)
{
    w->bus = NULL;
    pthread_barrier_wait(&w->barrier);
    pthread_join(w->thread, NULL);
    pthread_barrier_destroy(&w->barrier);
}

/* Both threads see the byte of this page. */
static void both_see(Watcher *w, unsigned page)
{
    g_assert_cmpint(look(w->bus, 1), ==, BYTE_OF(page));
    pthread_barrier_wait(&w->barrier);
    pthread_barrier_wait(&w->barrier);
    g_assert_cmpint(w->seen, ==, BYTE_OF(page));
}

static void report_to_one(Puppet *u, IOMMUNotifier *n)
{
    IOMMUTLBEvent event = { IOMMU_NOTIFIER_MAP, puppet_entry(u, PAGE) };

    memory_region_notify_iommu_one(n, &event);
}

/* Each way to report makes all threads forget. */
static void reports(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Watcher w;
    Hearer h;

    (void)data;
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    move(b.u, 1);
    both_see(&w, 1); /* no report, no change */
    memory_region_iommu_forget(&b.u->parent_obj);
    both_see(&w, 2);
    move(b.u, 2);
    report(b.u, IOMMU_NOTIFIER_UNMAP, PAGE);
    both_see(&w, 3);
    move(b.u, 3);
    report(b.u, IOMMU_NOTIFIER_MAP, PAGE);
    both_see(&w, 4);
    move(b.u, 4);
    report(b.u, IOMMU_NOTIFIER_DEVIOTLB_UNMAP, PAGE);
    both_see(&w, 5);
    hearer_init(&h, m, "h", IOMMU_NOTIFIER_IOTLB_EVENTS, 0, HWADDR_MAX, 0);
    memory_region_register_iommu_notifier(puppet_region(b.u), &h.n, NULL);
    move(b.u, 5);
    report_to_one(b.u, &h.n);
    both_see(&w, 6);
    memory_region_unregister_iommu_notifier(puppet_region(b.u), &h.n);
    assert_trace(m, "h:1000+fff=rw@6000");
    watcher_end(&w);
}

static void switched_off(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Watcher w;

    (void)data;
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    memory_region_iommu_set_caching(&b.u->parent_obj, true); /* is on already */
    both_see(&w, 1);
    assert_asked(b.u, 2);
    memory_region_iommu_set_caching(&b.u->parent_obj, false);
    move(b.u, 1);
    both_see(&w, 2);
    move(b.u, 2);
    both_see(&w, 3);
    memory_region_iommu_forget(&b.u->parent_obj); /* does not switch it on */
    move(b.u, 3);
    both_see(&w, 4);
    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    move(b.u, 4);
    both_see(&w, 5);
    watcher_end(&w);
}

/* A commit changes where the translation's address leads. No report is needed. */
static void map_changes(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *other = ram_new(m, "other", PAGE);
    MemTxResult result;
    Watcher w;

    (void)data;
    *host_of(other) = BYTE_OF(7);
    watcher_start(&w, b.bus);
    for (unsigned i = 0; i < 3; i++) {
        both_see(&w, 1);
        memory_region_add_subregion_overlap(b.root, PAGE, other, 1);
        both_see(&w, 7);
        address_space_stb(b.bus, BOARD_AT + PAGE, BYTE_OF(7), ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        memory_region_set_readonly(other, true);
        address_space_stb(b.bus, BOARD_AT + PAGE, 0, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
        both_see(&w, 7);
        memory_region_set_readonly(other, false);
        memory_region_del_subregion(b.root, other);
    }
    watcher_end(&w);
    assert_asked(b.u, 3); /* both threads for reading, one for writing */
}

/* The IOMMU's own range changes: the page is cut, hidden, moved. */
static void range_changes(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *cover = ram_new(m, "cover", 2);
    MemTxResult result;

    (void)data;
    memset(host_of(cover), 0xee, 2);
    g_assert_cmphex(address_space_lduw_le(b.bus, BOARD_AT, ANY, NULL), ==,
                    board_byte(0) | board_byte(1) << 8);
    memory_region_add_subregion_overlap(b.bus_root, BOARD_AT + 1, cover, 1);
    g_assert_cmphex(address_space_lduw_le(b.bus, BOARD_AT, ANY, NULL), ==,
                    board_byte(0) | 0xee << 8);
    memory_region_del_subregion(b.bus_root, cover);
    address_space_stb(b.bus, BOARD_AT, 0x11, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    memory_region_set_readonly(b.bus_root, true);
    address_space_stb(b.bus, BOARD_AT, 0x22, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT, ANY, NULL), ==, 0x11);
    memory_region_set_readonly(b.bus_root, false);
    memory_region_set_address(puppet_region(b.u), BOARD_AT + PAGE);
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT + PAGE, ANY, NULL), ==, 0x11);
    address_space_ldub(b.bus, BOARD_AT, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    assert_asked(b.u, 2);
}

/* The space to which translations lead is destroyed, and its memory freed. */
static void target_is_destroyed(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    AddressSpace *system = b.system;
    Watcher w;

    (void)data;
    b.u->to = g_new0(AddressSpace, 1);
    address_space_init(b.u->to, b.ram, "short-lived");
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    AddressSpace *gone = b.u->to;
    b.u->to = system;
    move(b.u, 1);
    address_space_destroy(gone);
    memory_drain();
    g_free(gone);
    both_see(&w, 2);
    watcher_end(&w);
}

/* An IOMMU ends, and another one begins at the same address and place. */
static void iommu_is_replaced(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *u = g_new0(Puppet, 1);
    Watcher w;

    (void)data;
    memory_region_del_subregion(b.bus_root, puppet_region(b.u));
    watcher_start(&w, b.bus);
    for (unsigned i = 0; i < 4; i++) {
        memory_region_init_iommu(u, sizeof(*u), TYPE_PUPPET, NULL, "u", BOARD_SIZE);
        u->m = m, u->to = b.system, u->mask = 0xfff, u->perm = IOMMU_RW;
        move(u, i);
        memory_region_iommu_set_caching(&u->parent_obj, i < 3);
        memory_region_add_subregion(b.bus_root, BOARD_AT, puppet_region(u));
        both_see(&w, 1 + i);
        both_see(&w, 1 + i);
        memory_region_del_subregion(b.bus_root, puppet_region(u));
        g_assert_true(memory_region_wait_unused(puppet_region(u), NULL));
        memset(u, 0xff, sizeof(*u));
    }
    watcher_end(&w);
    g_free(u);
}

/* The same with a context: it ends while threads keep translations of its IOMMU. */
static void context_is_replaced(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    for (unsigned i = 0; i < 4; i++) {
        Machine other = { 0 };
        machine_setup(&other, NULL);
        Board b = keeping_board(&other, TYPE_PUPPET);
        move(b.u, i);
        g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1 + i));
        g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1 + i));
        assert_asked(b.u, 1);
        machine_teardown(&other, NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-forgotten/15.3/reports", reports);
    TEST("/iommu-forgotten/15.3/switched-off", switched_off);
    TEST("/iommu-forgotten/15.3/map-changes", map_changes);
    TEST("/iommu-forgotten/15.3/range-changes", range_changes);
    TEST("/iommu-forgotten/15.3/target-is-destroyed", target_is_destroyed);
    TEST("/iommu-forgotten/15.3/iommu-is-replaced", iommu_is_replaced);
    TEST("/iommu-forgotten/15.3/context-is-replaced", context_is_replaced);
    return g_test_run();
}
