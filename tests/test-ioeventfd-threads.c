/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds are added and removed while threads write without a lock. An ioeventfd that stays is
 * never missed, and after a grace period no removed notifier is signalled (specification 18).
 */
#include "crew.h"

enum { STAYS = 0x20, PASSING = 16 };

typedef struct Doorbell {
    Crew crew;
    MemoryRegion mr;
    EventNotifier bell;
    int rung,
        missed; /* stores that may have signalled the bell, and callbacks that came instead */
} Doorbell;

static uint64_t bell_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0;
}

static void bell_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Doorbell *b = opaque;

    (void)data, (void)size;
    if (addr == STAYS) {
        g_atomic_int_inc(&b->missed);
    }
}

static const MemoryRegionOps bell_ops = {
    .read = bell_read,
    .write = bell_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

static gpointer ring(gpointer data)
{
    Doorbell *b = data;
    unsigned lap = 0;

    do {
        MemTxResult r = MEMTX_ERROR;
        address_space_stl_le(b->crew.as, STAYS, lap, MEMTXATTRS_UNSPECIFIED, &r);
        g_assert_cmphex(r, ==, MEMTX_OK);
        address_space_stl_le(b->crew.as, lap++ % PASSING * 4, 1, MEMTXATTRS_UNSPECIFIED, NULL);
        g_atomic_int_inc(&b->rung);
    } while (crew_goes_on(&b->crew));
    return NULL;
}

/* Adds an ioeventfd and removes it. end_of_notifiers() overwrites its notifier after a grace
 * period. */
static void pass_by(Doorbell *b, hwaddr addr, EventNotifier *e)
{
    g_assert_cmpint(event_notifier_init(e, 0), ==, 0);
    memory_region_add_eventfd(&b->mr, addr, 4, false, 0, e);
    g_thread_yield();
    memory_region_del_eventfd(&b->mr, addr, 4, false, 0, e);
}

static void end_of_notifiers(EventNotifier **e, unsigned count)
{
    memory_drain();
    for (unsigned i = 0; i < count; i++) {
        event_notifier_cleanup(e[i]);
        memset(e[i], 0xee, sizeof(*e[i]));
        g_free(e[i]);
    }
}

static void come_and_go(Doorbell *b)
{
    EventNotifier *e[PASSING];

    for (unsigned i = 0; i < PASSING; i++) {
        e[i] = g_new0(EventNotifier, 1);
        pass_by(b, i * 4 == STAYS ? 0 : i * 4, e[i]);
    }
    end_of_notifiers(e, PASSING);
}

static void doorbell_setup(Doorbell *b, Machine *m)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);

    b->crew.machine = m;
    memory_region_init_io(&b->mr, NULL, &bell_ops, b, "bell", 0x100);
    memory_region_enable_lockless_io(&b->mr);
    memory_region_add_subregion(root, 0, &b->mr);
    b->crew.as = space_new(m, root, "as");
    g_assert_cmpint(event_notifier_init(&b->bell, 0), ==, 0);
    memory_region_add_eventfd(&b->mr, STAYS, 4, false, 0, &b->bell);
}

static void writers_without_a_lock(Machine *m, gconstpointer data)
{
    static Doorbell b;
    Clock clock;
    unsigned laps = 0;

    (void)data;
    doorbell_setup(&b, m);
    for (unsigned i = 0; i < 3; i++) {
        crew_start(&b.crew, ring, &b);
    }
    clock = clock_start();
    do {
        come_and_go(&b);
        laps++;
    } while (clock_runs(&clock) || g_atomic_int_get(&b.rung) < 1000);
    crew_end(&b.crew);
    g_assert_cmpint(b.missed, ==, 0);
    g_assert_cmpint(event_notifier_test_and_clear(&b.bell), ==, 1);
    g_test_message("%u laps, %d stores", laps, b.rung);
    memory_region_del_subregion(b.mr.container, &b.mr);
    memory_drain();
    object_unparent(OBJECT(&b.mr));
    event_notifier_cleanup(&b.bell);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/ioeventfd-threads/18/writers-without-a-lock", writers_without_a_lock);
    return g_test_run();
}
