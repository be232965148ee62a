/* SPDX-License-Identifier: MIT
 *
 * The machine with a disk, and its driver; see pci-disk.h.
 */
#include "pci-disk.h"

#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "../probe.h"

enum { DEVFN = PCI_DEVFN(4, 0) };

/* ---- Wires ------------------------------------------------------------------------------ */

static void pin_changed(void *opaque, PciFunction *function)
{
    PciDisk *d = opaque;

    g_atomic_int_set(&d->level, pci_intx_level(function));
}

static int pin_route(void *opaque, PciFunction *function)
{
    (void)function;
    return ((PciDisk *)opaque)->route;
}

static bool connect_irqfd(void *opaque, int input, EventNotifier *e, EventNotifier *resample)
{
    PciDisk *d = opaque;

    if (!d->has_irqfd) {
        return false;
    }
    g_assert_cmpint(d->input, ==, -1);
    d->input = input;
    d->irqfd = e;
    d->resample = resample;
    d->connected++;
    return true;
}

static void disconnect_irqfd(void *opaque, int input, EventNotifier *e)
{
    PciDisk *d = opaque;

    g_assert_cmpint(d->input, ==, input);
    g_assert_true(d->irqfd == e);
    d->input = -1;
}

/* ---- Life ------------------------------------------------------------------------------- */

static void make_board(PciDisk *d, const PciWires *wires)
{
    d->ram = ram_new(d->m, "ram", PD_RAM_SIZE);
    d->pci_memory = box_new(d->m, "pci", UINT64_MAX);
    d->pci_ports = box_new(d->m, "pci-ports", 0x10000);
    memory_region_add_subregion(d->root, d->base, d->ram);
    memory_region_add_subregion_overlap(d->root, 0, d->pci_memory, -1);
    pci_bus_init(&d->bus, d->pci_memory, d->pci_ports, wires);
}

static void plug_disk(PciDisk *d)
{
    for (unsigned i = 0; i < PD_SECTORS; i++) {
        d->bytes[i * DISK_SECTOR] = (uint8_t)i;
    }
    disk_init_memory(&d->disk, d->bytes, sizeof(d->bytes));
    virtio_blk_init(&d->blk, &d->disk, "disk");
    g_assert_true(virtio_pci_init(&d->pci, &d->blk.device, "disk", 0x010000, d->root, NULL));
    pci_bus_plug(&d->bus, DEVFN, &d->pci.function);
    g_assert_true(virtio_pci_start(&d->pci, NULL));
}

PciDisk *pd_new_in(Machine *m, MemoryRegion *root, AddressSpace *as, hwaddr base,
                   const PciWires *wires)
{
    PciDisk *d = g_new0(PciDisk, 1);

    *d = (PciDisk){ .m = m, .root = root, .as = as, .base = base, .input = -1 };
    make_board(d, wires);
    plug_disk(d);
    return d;
}

PciDisk *pd_new(Machine *m, bool has_irqfd)
{
    PciDisk *d = g_new0(PciDisk, 1);
    const PciWires wires = { pin_changed, pin_route, connect_irqfd, disconnect_irqfd, d };

    *d = (PciDisk){ .m = m,
                    .root = get_system_memory(),
                    .as = memory_context_memory(m->ctx),
                    .input = -1,
                    .route = 11,
                    .has_irqfd = has_irqfd };
    make_board(d, &wires);
    plug_disk(d);
    return d;
}

void pd_end(PciDisk *d)
{
    virtio_pci_end(&d->pci);
    g_assert_cmpint(d->input, ==, -1);
    g_free(d);
}

/* ---- Driver ----------------------------------------------------------------------------- */

/* As a vCPU does it: in the callback of the board's configuration ports. */
uint32_t pd_get(PciDisk *d, unsigned offset, unsigned size)
{
    memory_context_lock(d->m->ctx);
    uint32_t value = pci_bus_read(&d->bus, DEVFN, offset, size);
    memory_context_unlock(d->m->ctx);
    return value;
}

void pd_put(PciDisk *d, unsigned offset, uint32_t value, unsigned size)
{
    memory_context_lock(d->m->ctx);
    pci_bus_write(&d->bus, DEVFN, offset, value, size);
    memory_context_unlock(d->m->ctx);
}

uint32_t pd_load(PciDisk *d, hwaddr offset, unsigned size)
{
    uint32_t value = 0;

    g_assert_cmpuint(address_space_read(d->as, d->bar + offset, ANY, &value, size), ==, MEMTX_OK);
    return value;
}

void pd_store(PciDisk *d, hwaddr offset, uint32_t value, unsigned size)
{
    g_assert_cmpuint(address_space_write(d->as, d->bar + offset, ANY, &value, size), ==, MEMTX_OK);
}

void pd_place(PciDisk *d, hwaddr bar)
{
    pd_put(d, PCI_BASE_ADDRESS_0, (uint32_t)bar, 4);
    pd_put(d, PCI_BASE_ADDRESS_1, (uint32_t)(bar >> 32), 4);
    pd_put(d, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    d->bar = bar;
}

static void set_address(PciDisk *d, hwaddr at, hwaddr address)
{
    pd_store(d, at, (uint32_t)address, 4);
    pd_store(d, at + 4, (uint32_t)(address >> 32), 4);
}

void pd_start_driver(PciDisk *d)
{
    uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

    pd_store(d, PD_COMMON(STATUS), 0, 1);
    g_assert_cmphex(pd_load(d, PD_COMMON(STATUS), 1), ==, 0);
    pd_store(d, PD_COMMON(STATUS), status, 1);
    pd_store(d, PD_COMMON(GFSELECT), 1, 4);
    pd_store(d, PD_COMMON(GF), 1, 4);
    pd_store(d, PD_COMMON(STATUS), status |= VIRTIO_CONFIG_S_FEATURES_OK, 1);
    g_assert_cmphex(pd_load(d, PD_COMMON(STATUS), 1), ==, status);
    d->ring = ring_at(d->as, d->base + PD_RING, PD_RING_SIZE);
    stw_le_phys(d->as, d->ring.available + 2, 0);
    stw_le_phys(d->as, d->ring.used + 2, 0);
    pd_store(d, PD_COMMON(Q_SELECT), 0, 2);
    pd_store(d, PD_COMMON(Q_SIZE), PD_RING_SIZE, 2);
    set_address(d, PD_COMMON(Q_DESCLO), d->ring.descriptors);
    set_address(d, PD_COMMON(Q_AVAILLO), d->ring.available);
    set_address(d, PD_COMMON(Q_USEDLO), d->ring.used);
    pd_store(d, PD_COMMON(Q_ENABLE), 1, 2);
    pd_store(d, PD_COMMON(STATUS), status | VIRTIO_CONFIG_S_DRIVER_OK, 1);
}

uint8_t *pd_data(PciDisk *d, unsigned i)
{
    return host_of(d->ram) + PD_DATA + i * DISK_SECTOR;
}

void pd_offer(PciDisk *d, unsigned i, uint32_t type, uint64_t sector)
{
    hwaddr header = d->base + PD_HEADERS + 32 * i;
    bool reads = type == VIRTIO_BLK_T_IN;

    stl_le_phys(d->as, header, type);
    stq_le_phys(d->as, header + 8, sector);
    stb_phys(d->as, header + 16, 0xee);
    ring_describe(&d->ring, 3 * i, header, 16, RING_NEXT, 3 * i + 1);
    ring_describe(&d->ring, 3 * i + 1, d->base + PD_DATA + i * DISK_SECTOR, DISK_SECTOR,
                  RING_NEXT | (reads ? RING_WRITE : 0), 3 * i + 2);
    ring_describe(&d->ring, 3 * i + 2, header + 16, 1, RING_WRITE, 0);
    ring_offer(&d->ring, 3 * i);
}

void pd_notify(PciDisk *d)
{
    pd_store(d, PD_AT(NOTIFY), 0, 2);
}

void pd_wait(PciDisk *d, unsigned i, uint8_t status)
{
    g_autofree char *want = g_strdup_printf("%u:", 3 * i);

    pd_until(lduw_le_phys(d->as, d->ring.used + 2) != d->ring.taken);
    g_autofree char *used = ring_take(&d->ring);
    g_assert_true(g_str_has_prefix(used, want));
    g_assert_cmphex(ldub_phys(d->as, d->base + PD_HEADERS + 32 * i + 16), ==, status);
}
