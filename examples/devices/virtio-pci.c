/* SPDX-License-Identifier: MIT
 *
 * The PCI function: its capabilities, and its life. Its registers are in virtio-pci-registers.c,
 * its thread and interrupts in virtio-pci-io.c.
 */
#include "virtio-pci.h"

#include <endian.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "end-region.h"
#include "virtio-pci-parts.h"

#define VENDOR 0x1af4
#define FIRST_DEVICE 0x1040
#define SUBSYSTEM 0x1100
#define REVISION 1
#define BAR_SIZE (VIRTIO_PCI_REGIONS * VIRTIO_PCI_REGION_SIZE)

/* ---- Accesses by configuration space ---------------------------------------------------- */

/* Finds which bytes of the BAR the window of the capability leads to. Firmware that cannot reach
 * the BAR uses it. Returns false if the window leads nowhere. The region itself refuses an
 * unaligned access. */
static bool window_target(VirtioPci *pci, MemoryRegion **region, hwaddr *addr, MemOp *op)
{
    uint32_t offset = pci_get(&pci->function, pci->window + VIRTIO_PCI_CAP_OFFSET, 4);
    uint32_t length = pci_get(&pci->function, pci->window + VIRTIO_PCI_CAP_LENGTH, 4);
    uint8_t bar = pci->function.config[pci->window + VIRTIO_PCI_CAP_BAR];

    if (bar != 0 || (length != 1 && length != 2 && length != 4) || offset >= BAR_SIZE) {
        return false;
    }
    *region = &pci->regions[offset / VIRTIO_PCI_REGION_SIZE];
    *addr = offset % VIRTIO_PCI_REGION_SIZE;
    *op = (length == 4 ? MO_32 : length == 2 ? MO_16 : MO_8) | MO_LE;
    return true;
}

static bool touches_window_data(const VirtioPci *pci, unsigned offset, unsigned size)
{
    return pci_touches(offset, size, pci->window + sizeof(struct virtio_pci_cap), 4);
}

static void before_read(PciFunction *function, unsigned offset, unsigned size)
{
    VirtioPci *pci = function->opaque;
    MemoryRegion *region;
    hwaddr addr;
    uint64_t data;
    MemOp op;

    if (touches_window_data(pci, offset, size) && window_target(pci, &region, &addr, &op)) {
        memory_region_dispatch_read(region, addr, &data, op, MEMTXATTRS_UNSPECIFIED);
        pci_put(function, pci->window + sizeof(struct virtio_pci_cap), (uint32_t)data, 4);
    }
    if (pci_touches(offset, size, PCI_STATUS, 1)) {
        pci_show_intx(function, virtio_interrupts(pci->device) != 0);
    }
}

static void written(PciFunction *function, unsigned offset, unsigned size)
{
    VirtioPci *pci = function->opaque;
    MemoryRegion *region;
    hwaddr addr;
    MemOp op;

    if (size <= 4 && touches_window_data(pci, offset, size) &&
        window_target(pci, &region, &addr, &op)) {
        uint32_t data = pci_get(function, pci->window + sizeof(struct virtio_pci_cap), 4);
        memory_region_dispatch_write(region, addr, data, op, MEMTXATTRS_UNSPECIFIED);
    }
}

/* ---- Making ----------------------------------------------------------------------------- */

static struct virtio_pci_cap place_of(uint8_t type, uint8_t length, unsigned region)
{
    return (struct virtio_pci_cap){
        .cap_len = length,
        .cfg_type = type,
        .offset = htole32(region * VIRTIO_PCI_REGION_SIZE),
        .length = htole32(VIRTIO_PCI_REGION_SIZE),
    };
}

static void add_place(VirtioPci *pci, uint8_t type, unsigned region)
{
    struct virtio_pci_cap cap = place_of(type, sizeof(cap), region);

    pci_function_add_capability(&pci->function, PCI_CAP_ID_VNDR, &cap, sizeof(cap));
}

static void add_capabilities(VirtioPci *pci)
{
    struct virtio_pci_notify_cap notify = { .notify_off_multiplier =
                                                htole32(VIRTIO_PCI_NOTIFY_STEP) };
    struct virtio_pci_cfg_cap window = { .cap.cap_len = sizeof(window),
                                         .cap.cfg_type = VIRTIO_PCI_CAP_PCI_CFG };

    add_place(pci, VIRTIO_PCI_CAP_COMMON_CFG, VIRTIO_PCI_AT_COMMON);
    add_place(pci, VIRTIO_PCI_CAP_ISR_CFG, VIRTIO_PCI_AT_ISR);
    add_place(pci, VIRTIO_PCI_CAP_DEVICE_CFG, VIRTIO_PCI_AT_DEVICE);
    notify.cap = place_of(VIRTIO_PCI_CAP_NOTIFY_CFG, sizeof(notify), VIRTIO_PCI_AT_NOTIFY);
    pci_function_add_capability(&pci->function, PCI_CAP_ID_VNDR, &notify, sizeof(notify));
    pci->window =
        pci_function_add_capability(&pci->function, PCI_CAP_ID_VNDR, &window, sizeof(window));
    pci_let_write(&pci->function, pci->window + VIRTIO_PCI_CAP_BAR, UINT8_MAX, 1);
    pci_let_write(&pci->function, pci->window + VIRTIO_PCI_CAP_OFFSET, UINT32_MAX, 4);
    pci_let_write(&pci->function, pci->window + VIRTIO_PCI_CAP_LENGTH, UINT32_MAX, 4);
    pci_let_write(&pci->function, pci->window + sizeof(struct virtio_pci_cap), UINT32_MAX, 4);
}

static void make_function(VirtioPci *pci, const char *name, uint32_t class, MemoryRegion *memory)
{
    PciFunction *function = &pci->function;

    pci_function_init(function, name, VENDOR, FIRST_DEVICE + pci->device->id, class);
    function->opaque = pci;
    function->before_read = before_read;
    function->written = written;
    function->rerouted = virtio_pci_rerouted;
    pci_put(function, PCI_REVISION_ID, REVISION, 1);
    pci_put(function, PCI_SUBSYSTEM_VENDOR_ID, VENDOR, 2);
    pci_put(function, PCI_SUBSYSTEM_ID, SUBSYSTEM, 2);
    pci_function_set_pin(function, 1);
    pci_function_add_bar(function, 0, &pci->bar, PCI_BASE_ADDRESS_MEM_TYPE_64);
    pci_function_enable_dma(function, memory);
    add_capabilities(pci);
}

/* The BAR is a container, so that all its regions move together. */
static void make_regions(VirtioPci *pci, const char *name)
{
    static const char *const names[] = { "virtio-common", "virtio-isr", "virtio-device",
                                         "virtio-notify" };

    memory_region_init(&pci->bar, NULL, name, BAR_SIZE);
    for (unsigned i = 0; i < VIRTIO_PCI_REGIONS; i++) {
        memory_region_init_io(&pci->regions[i], NULL, &virtio_pci_ops[i], pci, names[i],
                              VIRTIO_PCI_REGION_SIZE);
        memory_region_add_subregion(&pci->bar, (hwaddr)i * VIRTIO_PCI_REGION_SIZE,
                                    &pci->regions[i]);
    }
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        memory_region_add_eventfd(&pci->regions[VIRTIO_PCI_AT_NOTIFY], i * VIRTIO_PCI_NOTIFY_STEP,
                                  2, false, 0, &pci->kick);
    }
}

bool virtio_pci_init(VirtioPci *pci, VirtioDevice *device, const char *name, uint32_t class,
                     MemoryRegion *memory, Error **errp)
{
    *pci = (VirtioPci){ .device = device, .context = memory_context_current(), .input = -1 };
    if (!virtio_pci_open_notifiers(pci, errp)) {
        return false;
    }
    make_regions(pci, name);
    make_function(pci, name, class, memory);
    virtio_connect(device, &pci->function.dma, virtio_pci_raise, pci);
    return true;
}

static void end_regions(VirtioPci *pci)
{
    for (unsigned i = 0; i < VIRTIO_QUEUES; i++) {
        memory_region_del_eventfd(&pci->regions[VIRTIO_PCI_AT_NOTIFY], i * VIRTIO_PCI_NOTIFY_STEP,
                                  2, false, 0, &pci->kick);
    }
    for (unsigned i = 0; i < VIRTIO_PCI_REGIONS; i++) {
        end_region(&pci->regions[i]);
    }
    end_region(&pci->bar);
}

void virtio_pci_end(VirtioPci *pci)
{
    virtio_pci_stop(pci);
    memory_context_lock(pci->context);
    virtio_pci_disconnect(pci);
    pci_bus_unplug(&pci->function);
    memory_context_unlock(pci->context);
    memory_drain(); /* waits until no vCPU is in a callback */
    virtio_end(pci->device);
    pci_function_end(&pci->function);
    end_regions(pci);
    memory_drain();
    virtio_pci_close_notifiers(pci);
}

/* ---- Saving ----------------------------------------------------------------------------- */

void virtio_pci_save(VirtioPci *pci, VirtioPciState *state)
{
    memset(state, 0, sizeof(*state));
    memory_context_lock(pci->context);
    memcpy(state->config, pci->function.config, PCI_CONFIG_SIZE);
    virtio_save(pci->device, &state->virtio);
    memory_context_unlock(pci->context);
}

bool virtio_pci_load(VirtioPci *pci, const VirtioPciState *state)
{
    memory_context_lock(pci->context);
    pci_function_load(&pci->function, state->config);
    bool good = virtio_load(pci->device, &state->virtio);
    virtio_pci_update_pin(pci);
    memory_context_unlock(pci->context);
    return good;
}
