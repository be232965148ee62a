/* SPDX-License-Identifier: MIT
 *
 * Virtio over PCI (examples/devices): a driver that finds the disk's registers, uses, moves and
 * resets it; both ways of interrupts; a thread that can be stopped, and a state that continues
 * elsewhere.
 */
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <string.h>
#include <sys/resource.h>

#include "devices/pci-disk.h"
#include "probe.h"

/* ---- Finding it ------------------------------------------------------------------------- */

static void identity(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    g_assert_cmphex(pd_get(d, PCI_VENDOR_ID, 4), ==, 0x10421af4);
    g_assert_cmphex(pd_get(d, PCI_CLASS_REVISION, 4), ==, 0x01000001);
    g_assert_cmphex(pd_get(d, PCI_SUBSYSTEM_VENDOR_ID, 4), ==, 0x11001af4);
    g_assert_cmphex(pd_get(d, PCI_INTERRUPT_PIN, 1), ==, 1);
    pd_put(d, PCI_BASE_ADDRESS_0, 0xffffffff, 4);
    g_assert_cmphex(pd_get(d, PCI_BASE_ADDRESS_0, 4), ==, 0xffffc004);
    pd_end(d);
}

/* What the capabilities say, each as "TYPE@OFFSET+LENGTH". */
static void capabilities(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);
    g_autoptr(GString) text = g_string_new(NULL);

    (void)data;
    for (unsigned at = pd_get(d, PCI_CAPABILITY_LIST, 1); at != 0; at = pd_get(d, at + 1, 1)) {
        g_assert_cmphex(pd_get(d, at, 1), ==, PCI_CAP_ID_VNDR);
        g_assert_cmphex(pd_get(d, at + 4, 1), ==, 0);
        g_string_append_printf(text, "%u@%x+%x ", pd_get(d, at + 3, 1), pd_get(d, at + 8, 4),
                               pd_get(d, at + 12, 4));
        if (pd_get(d, at + 3, 1) == VIRTIO_PCI_CAP_NOTIFY_CFG) {
            g_assert_cmphex(pd_get(d, at + 16, 4), ==, VIRTIO_PCI_NOTIFY_STEP);
        }
    }
    g_assert_cmpstr(text->str, ==, "1@0+1000 3@1000+1000 4@2000+1000 2@3000+1000 5@0+0 ");
    pd_end(d);
}

static void registers(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    g_assert_cmphex(pd_load(d, PD_COMMON(NUMQ), 2), ==, 1);
    g_assert_cmphex(pd_load(d, PD_COMMON(MSIX), 2), ==, 0xffff);
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_SIZE), 2), ==, VIRTQUEUE_SIZE_MAX);
    pd_store(d, PD_COMMON(Q_SELECT), 1, 2);
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_SIZE), 2), ==, 0); /* there is no such queue */
    pd_store(d, PD_COMMON(Q_ENABLE), 1, 2);
    pd_store(d, PD_COMMON(Q_SELECT), 0, 2);
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_ENABLE), 2), ==, 0);
    pd_store(d, PD_COMMON(DFSELECT), 1, 4);
    g_assert_cmphex(pd_load(d, PD_COMMON(DF), 4), ==, 1);
    pd_start_driver(d);
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_ENABLE), 2), ==, 1);
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_SIZE), 2), ==, PD_RING_SIZE);
    pd_store(d, PD_COMMON(Q_USEDLO), 7, 4); /* too late */
    g_assert_cmphex(pd_load(d, PD_COMMON(Q_USEDLO), 4), ==, d->ring.used);
    g_assert_cmphex(pd_load(d, PD_COMMON(GF), 4), ==, 1);
    g_assert_cmphex(pd_load(d, PD_AT(DEVICE), 4), ==, PD_SECTORS);
    g_assert_cmphex(pd_load(d, PD_AT(DEVICE) + 20, 4), ==, DISK_SECTOR);
    g_assert_cmphex(pd_load(d, PD_AT(NOTIFY), 2), ==, 0);
    g_assert_cmphex(pd_load(d, 0x800, 4), ==, 0);
    pd_end(d);
}

/* Accesses through configuration space, without a BAR. */
static void window(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);
    unsigned at = d->pci.window;

    (void)data;
    pd_put(d, at + 8, PD_AT(DEVICE) + 20, 4);
    g_assert_cmphex(pd_get(d, at + 16, 4), ==, 0); /* the length is 0 */
    pd_put(d, at + 12, 4, 4);
    g_assert_cmphex(pd_get(d, at + 16, 4), ==, DISK_SECTOR);
    pd_put(d, at + 8, PD_COMMON(STATUS), 4);
    pd_put(d, at + 12, 1, 4);
    pd_put(d, at + 16, VIRTIO_CONFIG_S_ACKNOWLEDGE, 1);
    g_assert_cmphex(virtio_status(&d->blk.device), ==, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    g_assert_cmphex(pd_get(d, at + 16, 1), ==, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    pd_put(d, at + 4, 1, 1); /* another BAR */
    pd_put(d, at + 16, 0, 1);
    g_assert_cmphex(virtio_status(&d->blk.device), ==, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    pd_put(d, at + 4, 0, 1);
    pd_put(d, at + 8, VIRTIO_PCI_REGIONS * VIRTIO_PCI_REGION_SIZE, 4);
    pd_put(d, at + 16, 0, 1);
    pd_put(d, at + 8, 2, 4);
    pd_put(d, at + 12, 4, 4); /* not aligned */
    pd_put(d, at + 16, 0, 4);
    g_assert_cmphex(virtio_status(&d->blk.device), ==, VIRTIO_CONFIG_S_ACKNOWLEDGE);
    pd_end(d);
}

/* A program that has no free file descriptor. */
static void no_descriptors(Machine *m, gconstpointer data)
{
    struct rlimit before, few;
    VirtioPci pci;
    VirtioBlk blk;
    Disk disk = { .fd = -1 };
    Error *error = NULL;

    (void)m;
    (void)data;
    virtio_blk_init(&blk, &disk, "disk");
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
    few = (struct rlimit){ 0, before.rlim_max };
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
    g_assert_false(virtio_pci_init(&pci, &blk.device, "disk", 0x010000, get_system_memory(),
                                   &error));
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &before), ==, 0);
    g_assert_nonnull(strstr(error_get_pretty(error), "virtio"));
    error_free(error);
}

/* ---- Working with it -------------------------------------------------------------------- */

static void requests(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 0; i < 5; i++) {
            pd_offer(d, i, VIRTIO_BLK_T_IN, 5 * round + i);
        }
        pd_notify(d);
        for (unsigned i = 0; i < 5; i++) {
            pd_wait(d, i, VIRTIO_BLK_S_OK);
            g_assert_cmphex(*pd_data(d, i), ==, 5 * round + i);
        }
    }
    memset(pd_data(d, 0), 0x77, DISK_SECTOR);
    pd_offer(d, 0, VIRTIO_BLK_T_OUT, 3);
    pd_notify(d);
    pd_wait(d, 0, VIRTIO_BLK_S_OK);
    g_assert_cmphex(d->bytes[3 * DISK_SECTOR + 511], ==, 0x77);
    pd_end(d);
}

/* A write of two bytes is the ioeventfd, which an accelerator takes. Writes of other widths call
 * the device, and so do all writes if the accelerator has not seen the ioeventfd. */
static void any_notification(Machine *m, gconstpointer data)
{
    const MemoryContextHooks taken = { .accelerates_ioeventfds = true };
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    for (unsigned size = 1; size <= 4; size *= 2) {
        pd_offer(d, 0, VIRTIO_BLK_T_IN, size);
        pd_store(d, PD_AT(NOTIFY), 0, size);
        pd_wait(d, 0, VIRTIO_BLK_S_OK);
    }
    virtio_pci_stop(&d->pci); /* hooks can be set only while nothing runs */
    memory_context_set_hooks(m->ctx, &taken);
    g_assert_true(virtio_pci_start(&d->pci, NULL));
    g_usleep(10000); /* it looks into the queue when it starts */
    pd_offer(d, 0, VIRTIO_BLK_T_IN, 1);
    pd_notify(d);
    pd_wait(d, 0, VIRTIO_BLK_S_OK);
    pd_end(d);
}

/* What a listener hears of the ioeventfd, as an accelerator would. */
typedef struct Ear {
    MemoryListener listener;
    hwaddr at; /* 0: nowhere */
} Ear;

static void ear_add(MemoryListener *listener, MemoryRegionSection *section, bool match,
                    uint64_t value, EventNotifier *e)
{
    (void)match;
    (void)value;
    (void)e;
    ((Ear *)listener)->at = section->offset_within_address_space;
}

static void ear_del(MemoryListener *listener, MemoryRegionSection *section, bool match,
                    uint64_t value, EventNotifier *e)
{
    Ear *ear = (Ear *)listener;

    (void)match;
    (void)value;
    (void)e;
    if (ear->at ==
        section->offset_within_address_space) { /* otherwise the new one was told first */
        ear->at = 0;
    }
}

static void bar_moves(Machine *m, gconstpointer data)
{
    static const hwaddr places[] = { PD_BAR, 0xf0000000, 0x123400000000, 0x200000, PD_BAR };
    PciDisk *d = pd_new(m, false);
    Ear ear = { .listener = { .eventfd_add = ear_add, .eventfd_del = ear_del, .name = "ear" } };

    (void)data;
    memory_listener_register(&ear.listener, d->as);
    g_assert_cmphex(ear.at, ==, 0);
    pd_place(d, places[0]);
    pd_start_driver(d);
    for (unsigned i = 0; i < 50; i++) {
        pd_offer(d, 0, VIRTIO_BLK_T_IN, i);
        pd_place(d, places[i % G_N_ELEMENTS(places)]);
        g_assert_cmphex(ear.at, ==, d->bar + PD_AT(NOTIFY));
        pd_notify(d);
        pd_wait(d, 0, VIRTIO_BLK_S_OK);
        g_assert_cmphex(*pd_data(d, 0), ==, i);
        g_assert_cmphex(pd_load(d, PD_COMMON(NUMQ), 2), ==, 1);
    }
    pd_put(d, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    g_assert_cmphex(ear.at, ==, 0);
    memory_listener_unregister(&ear.listener);
    pd_end(d);
}

/* The map changes all the time. */
static void map_changes_under_requests(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);
    MemoryRegion *other = ram_new(m, "other", 0x1000);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    for (unsigned i = 0; i < 300; i++) {
        pd_offer(d, 0, VIRTIO_BLK_T_IN, i % PD_SECTORS);
        pd_notify(d);
        memory_region_add_subregion(d->root, 0x200000 + 0x1000 * (hwaddr)i, other);
        memory_region_del_subregion(d->root, other);
        pd_wait(d, 0, VIRTIO_BLK_S_OK);
        g_assert_cmphex(*pd_data(d, 0), ==, i % PD_SECTORS);
    }
    pd_end(d);
}

static void no_bus_master(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    pd_put(d, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    pd_offer(d, 0, VIRTIO_BLK_T_IN, 1);
    pd_notify(d);
    pd_until(pd_load(d, PD_COMMON(STATUS), 1) & VIRTIO_CONFIG_S_NEEDS_RESET);
    g_assert_cmphex(*pd_data(d, 0), ==, 0);
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    pd_offer(d, 0, VIRTIO_BLK_T_IN, 1);
    pd_notify(d);
    pd_wait(d, 0, VIRTIO_BLK_S_OK);
    pd_end(d);
}

static void reset_while_busy(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    for (unsigned round = 0; round < 300; round++) {
        pd_start_driver(d);
        for (unsigned i = 0; i < 5; i++) {
            pd_offer(d, i, VIRTIO_BLK_T_IN, i);
        }
        pd_notify(d);
        g_usleep(round % 50);
        pd_store(d, PD_COMMON(STATUS), 0, 1);
        uint16_t used = lduw_le_phys(d->as, d->ring.used + 2);
        g_assert_cmpuint(used, <=, 5);
        g_assert_cmphex(pd_load(d, PD_AT(ISR), 1), ==, 0);
        g_usleep(10);
        g_assert_cmpuint(lduw_le_phys(d->as, d->ring.used + 2), ==, used);
    }
    pd_end(d);
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static void one_request(PciDisk *d)
{
    pd_offer(d, 0, VIRTIO_BLK_T_IN, 1);
    pd_notify(d);
    pd_wait(d, 0, VIRTIO_BLK_S_OK);
}

static bool status_bit(PciDisk *d)
{
    return pd_get(d, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

static void by_the_pin(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    one_request(d);
    pd_until(g_atomic_int_get(&d->level));
    g_assert_true(status_bit(d));
    g_assert_cmphex(pd_load(d, PD_AT(ISR), 1), ==, 1);
    g_assert_cmpint(d->level, ==, 0);
    g_assert_false(status_bit(d));
    g_assert_cmphex(pd_load(d, PD_AT(ISR), 1), ==, 0);
    pd_put(d, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, 2);
    one_request(d);
    pd_until(status_bit(d));
    g_assert_cmpint(d->level, ==, 0);
    pd_put(d, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    pd_until(g_atomic_int_get(&d->level));
    pd_store(d, PD_COMMON(STATUS), 0, 1);
    g_assert_cmpint(d->level, ==, 0);
    pd_end(d);
}

/* The guest ends an interrupt without reading its cause: the interrupt comes again. */
static void by_irqfd(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, true);

    (void)data;
    g_assert_cmpint(d->input, ==, 11);
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    one_request(d);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    g_assert_true(status_bit(d));
    event_notifier_set(d->resample);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    g_assert_cmphex(pd_load(d, PD_AT(ISR), 1), ==, 1);
    event_notifier_set(d->resample);
    g_usleep(5000);
    g_assert_false(event_notifier_test_and_clear(d->irqfd));
    g_assert_false(status_bit(d));
    g_assert_cmpint(d->level, ==, 0);
    one_request(d);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    pd_end(d);
}

static void reroute(PciDisk *d, int input)
{
    memory_context_lock(d->m->ctx);
    d->route = input;
    pci_bus_rerouted(&d->bus);
    memory_context_unlock(d->m->ctx);
}

/* A pending interrupt moves with the routing, in both ways of interrupts. */
static void rerouted(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, true);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    one_request(d);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    reroute(d, 11);
    g_assert_cmpuint(d->connected, ==, 1);
    reroute(d, 5);
    g_assert_cmpint(d->input, ==, 5);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    reroute(d, -1);
    g_assert_cmpint(d->input, ==, -1);
    g_assert_cmpint(d->level, ==, 1);
    d->has_irqfd = false;
    reroute(d, 10);
    g_assert_cmpint(d->level, ==, 1);
    d->has_irqfd = true;
    reroute(d, 9);
    g_assert_cmpint(d->level, ==, 0);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    pd_put(d, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE, 2);
    g_assert_cmpint(d->input, ==, -1);
    g_assert_cmpint(d->level, ==, 0);
    pd_put(d, PCI_COMMAND, 0, 2);
    g_assert_cmpint(d->input, ==, 9);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    pd_end(d);
}

/* ---- Stopping, saving ------------------------------------------------------------------- */

static void stopped_and_started(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    for (unsigned i = 0; i < 20; i++) {
        virtio_pci_stop(&d->pci);
        virtio_pci_stop(&d->pci);
        pd_offer(d, 0, VIRTIO_BLK_T_IN, i);
        pd_notify(d);
        g_usleep(100);
        assert_used(&d->ring, "-");
        g_assert_true(virtio_pci_start(&d->pci, NULL));
        g_assert_true(virtio_pci_start(&d->pci, NULL));
        pd_wait(d, 0, VIRTIO_BLK_S_OK);
    }
    pd_end(d);
}

/* Offers the next chain while one is served. */
static uint32_t serve_and_offer(VirtioDevice *device, const VirtqueueChain *chain)
{
    PciDisk *d = (PciDisk *)((char *)device - offsetof(PciDisk, blk.device));

    (void)chain;
    ring_offer(&d->ring, 0);
    return 0;
}

static void stopped_though_it_never_ends(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, false);

    (void)data;
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    virtio_pci_stop(&d->pci);
    d->blk.device.serve = serve_and_offer;
    pd_offer(d, 0, VIRTIO_BLK_T_IN, 0);
    g_assert_true(virtio_pci_start(&d->pci, NULL));
    pd_until(lduw_le_phys(d->as, d->ring.used + 2) > 100);
    virtio_pci_stop(&d->pci);
    pd_end(d);
}

/* One device serves half of the requests, the device that replaces it the other half. */
static void saved_and_loaded(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, true);
    VirtioPciState state;

    (void)data;
    pd_place(d, 0xf0000000);
    pd_start_driver(d);
    one_request(d);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    virtio_pci_stop(&d->pci);
    pd_offer(d, 1, VIRTIO_BLK_T_IN, 7);
    pd_notify(d);
    virtio_pci_save(&d->pci, &state);
    virtio_pci_end(&d->pci);
    g_assert_cmpint(d->input, ==, -1);
    virtio_blk_init(&d->blk, &d->disk, "disk");
    g_assert_true(virtio_pci_init(&d->pci, &d->blk.device, "disk", 0x010000, d->root, NULL));
    pci_bus_plug(&d->bus, PCI_DEVFN(4, 0), &d->pci.function);
    g_assert_true(virtio_pci_load(&d->pci, &state));
    g_assert_true(virtio_pci_start(&d->pci, NULL));
    pd_wait(d, 1, VIRTIO_BLK_S_OK);
    g_assert_cmphex(*pd_data(d, 1), ==, 7);
    pd_until(event_notifier_test_and_clear(d->irqfd));
    g_assert_cmphex(pd_load(d, PD_AT(ISR), 1), ==, 1);
    virtio_pci_stop(&d->pci);
    state.virtio.queues[0].size = 0;
    g_assert_false(virtio_pci_load(&d->pci, &state));
    g_assert_cmphex(pd_load(d, PD_COMMON(STATUS), 1), ==, 0);
    pd_end(d);
}

/* ---- Anything --------------------------------------------------------------------------- */

static void random_access(PciDisk *d)
{
    unsigned size = 1u << g_test_rand_int_range(0, 3);
    hwaddr at = g_test_rand_bit() ? g_test_rand_int_range(0, 0x40)
                                  : g_test_rand_int_range(0, 0x4010);
    uint32_t value = g_test_rand_bit() ? (uint32_t)g_test_rand_int()
                                       : (uint32_t)g_test_rand_int_range(0, 16);

    if (g_test_rand_bit()) {
        address_space_write(d->as, d->bar + at, ANY, &value, size);
    } else {
        address_space_read(d->as, d->bar + at, ANY, &value, size);
    }
}

static void random_configuration(PciDisk *d)
{
    unsigned size = 1u << g_test_rand_int_range(0, 3);
    unsigned at = (unsigned)g_test_rand_int_range(0, 0x100) & ~(size - 1);

    pd_put(d, at, (uint32_t)g_test_rand_int_range(0, 0x3000), size);
    pd_get(d, at, size);
}

/* Registers, configuration space and rings are wrong at random while the thread serves them, then
 * correct. */
static void random_guest(Machine *m, gconstpointer data)
{
    PciDisk *d = pd_new(m, true);

    (void)data;
    for (unsigned round = 0; round < 60; round++) {
        pd_place(d, PD_BAR);
        pd_start_driver(d);
        for (unsigned i = 0; i < 50; i++) {
            pd_offer(d, i % 5, VIRTIO_BLK_T_IN, i);
            hwaddr at = PD_RING + (hwaddr)g_test_rand_int_range(0, 0x200);
            stw_le_phys(d->as, at, (uint16_t)g_test_rand_int_range(0, 0x2000));
            random_access(d);
            random_configuration(d);
            address_space_write(d->as, d->bar + PD_AT(NOTIFY), ANY, "\0", 2);
        }
    }
    pci_bus_reset(&d->bus);
    pd_place(d, PD_BAR);
    pd_start_driver(d);
    one_request(d);
    pd_end(d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/virtio-pci/finding/identity", identity);
    TEST("/virtio-pci/finding/capabilities", capabilities);
    TEST("/virtio-pci/finding/registers", registers);
    TEST("/virtio-pci/finding/window", window);
    TEST("/virtio-pci/finding/no-descriptors", no_descriptors);
    TEST("/virtio-pci/working/requests", requests);
    TEST("/virtio-pci/working/any-notification", any_notification);
    TEST("/virtio-pci/working/bar-moves", bar_moves);
    TEST("/virtio-pci/working/map-changes-under-requests", map_changes_under_requests);
    TEST("/virtio-pci/working/no-bus-master", no_bus_master);
    TEST("/virtio-pci/working/reset-while-busy", reset_while_busy);
    TEST("/virtio-pci/interrupts/by-the-pin", by_the_pin);
    TEST("/virtio-pci/interrupts/by-irqfd", by_irqfd);
    TEST("/virtio-pci/interrupts/rerouted", rerouted);
    TEST("/virtio-pci/stopping/stopped-and-started", stopped_and_started);
    TEST("/virtio-pci/stopping/stopped-though-it-never-ends", stopped_though_it_never_ends);
    TEST("/virtio-pci/stopping/saved-and-loaded", saved_and_loaded);
    TEST("/virtio-pci/hostile/random-guest", random_guest);
    return g_test_run();
}
