/* SPDX-License-Identifier: MIT
 *
 * Putting the PC together: regions, devices, wires, and the virtual machine.
 */
#include "pc.h"

#include <stdlib.h>

#include "../devices/end-region.h"
#include "firmware.h"
#include "map.h"

#define BUS_PRIORITY -1 /* RAM covers the bus */

/* ---- Wires ------------------------------------------------------------------------------ */

static void set_irq(void *opaque, unsigned irq, bool level)
{
    Pc *pc = opaque;

    vm_set_irq(&pc->vm, irq, level);
    if (pc->monitor) {
        physmem_serve_set_irq(pc->monitor, 0, irq, level);
    }
}

static void serial_irq(void *opaque, bool level)
{
    set_irq(opaque, IRQ_SERIAL, level);
}

static void pin_changed(void *opaque, PciFunction *function)
{
    Pc *pc = opaque;

    (void)function;
    isa_bridge_update(&pc->isa_bridge);
}

static int route_pin(void *opaque, PciFunction *function)
{
    Pc *pc = opaque;

    return isa_bridge_route(&pc->isa_bridge, function);
}

static bool add_irqfd(void *opaque, int input, EventNotifier *e, EventNotifier *resample)
{
    Pc *pc = opaque;

    return kvm_memory_add_irqfd(pc->kvm, (uint32_t)input, e, resample, NULL);
}

static void remove_irqfd(void *opaque, int input, EventNotifier *e)
{
    Pc *pc = opaque;

    kvm_memory_remove_irqfd(pc->kvm, (uint32_t)input, e, NULL);
}

static void power_wish(void *opaque, PowerWish wish)
{
    Pc *pc = opaque;

    if (wish == POWER_WISH_OFF) {
        vcpu_want_off(&pc->vcpu);
    } else {
        vcpu_want_reset(&pc->vcpu);
    }
}

static void keyboard_wish(void *opaque)
{
    power_wish(opaque, POWER_WISH_RESET);
}

/* ---- The map ---------------------------------------------------------------------------- */

/* The bus answers where no device does, with ones, because nothing pulls a line down. So a window
 * onto the bus also hides RAM where the bus has no device. */
static bool make_memories(Pc *pc, const PcOptions *options, Error **errp)
{
    memory_region_init_io(&pc->pci_memory, NULL, &unassigned_io_ops, NULL, "pci", UINT64_MAX);
    memory_region_add_subregion_overlap(get_system_memory(), 0, &pc->pci_memory, BUS_PRIORITY);
    if (!ram_init(&pc->ram, get_system_memory(), options->ram_size, errp)) {
        end_region(&pc->pci_memory);
        return false;
    }
    if (!bios_init(&pc->bios, &pc->pci_memory, options->bios, errp)) {
        ram_end(&pc->ram);
        end_region(&pc->pci_memory);
        return false;
    }
    return true;
}

static void make_devices(Pc *pc, const PcOptions *options)
{
    const PciWires wires = { .changed = pin_changed,
                             .route = route_pin,
                             .add_irqfd = add_irqfd,
                             .remove_irqfd = remove_irqfd,
                             .opaque = pc };

    pci_bus_init(&pc->pci, &pc->pci_memory, get_system_io(), &wires);
    shadow_init(&pc->shadow, get_system_memory(), &pc->ram.block, &pc->pci_memory);
    host_bridge_init(&pc->host_bridge, &pc->pci, &pc->shadow);
    isa_bridge_init(&pc->isa_bridge, &pc->pci, set_irq, pc);
    power_init(&pc->power, &pc->pci, power_wish, pc);
    fw_cfg_init(&pc->fw_cfg, pc->memory);
    firmware_describe(&pc->fw_cfg, &pc->ram, 1, options->firmware_on_serial);
    cmos_init(&pc->cmos, pc->ram.low_size, pc->ram.high_size, 1);
    keyboard_init(&pc->keyboard, keyboard_wish, pc);
    uart_init(&pc->serial, "serial", UART_REGISTERS, options->serial, options->opaque);
    uart_connect(&pc->serial, serial_irq, pc);
    debug_port_init(&pc->debug, options->debug, options->opaque);
}

/* ---- The disk --------------------------------------------------------------------------- */

#define CLASS_SCSI 0x010000

static bool make_disk(Pc *pc, const char *path, Error **errp)
{
    if (!path) {
        return true;
    }
    if (!disk_open(&pc->image, path, true, errp)) {
        return false;
    }
    virtio_blk_init(&pc->blk, &pc->image, "example");
    if (!virtio_pci_init(&pc->disk, &pc->blk.device, "disk", CLASS_SCSI, get_system_memory(),
                         errp)) {
        virtio_end(&pc->blk.device);
        disk_close(&pc->image);
        return false;
    }
    pci_bus_plug(&pc->pci, DEVFN_DISK, &pc->disk.function);
    pc->has_disk = true;
    return true;
}

static void end_disk(Pc *pc)
{
    if (pc->has_disk) {
        virtio_pci_stop(&pc->disk);
        virtio_pci_end(&pc->disk);
        disk_close(&pc->image);
    }
}

/* ---- Places ----------------------------------------------------------------------------- */

typedef struct Place {
    hwaddr port;
    MemoryRegion *mr;
    int priority;
} Place;

#define PLACES 12

/* The reset control covers one byte of the 32-bit address port. An access of 32 bits begins in the
 * address port, before that byte, and goes to the address port. */
static void list_places(Pc *pc, Place places[PLACES])
{
    const Place list[PLACES] = {
        { PORT_KEYBOARD_DATA, &pc->keyboard.data, 0 },
        { PORT_KEYBOARD_COMMAND, &pc->keyboard.command, 0 },
        { PORT_CMOS, &pc->cmos.mr, 0 },
        { PORT_POST_CODE, &pc->debug.post_code, 0 },
        { PORT_SYSTEM_CONTROL, &pc->power.system_control, 0 },
        { PORT_SERIAL, &pc->serial.region, 0 },
        { PORT_DEBUG, &pc->debug.text, 0 },
        { PORT_FW_CFG, &pc->fw_cfg.ports, 0 },
        { PORT_FW_CFG_DMA, &pc->fw_cfg.dma, 0 },
        { PORT_CONFIG_ADDRESS, &pc->host_bridge.address_port, 0 },
        { PORT_RESET_CONTROL, &pc->power.reset_control, 1 },
        { PORT_CONFIG_DATA, &pc->host_bridge.data_port, 0 },
    };

    for (unsigned i = 0; i < PLACES; i++) {
        places[i] = list[i];
    }
}

static void place_devices(Pc *pc)
{
    Place places[PLACES];

    list_places(pc, places);
    for (unsigned i = 0; i < PLACES; i++) {
        memory_region_add_subregion_overlap(get_system_io(), places[i].port, places[i].mr,
                                            places[i].priority);
    }
}

static void remove_devices(Pc *pc)
{
    Place places[PLACES];

    list_places(pc, places);
    for (unsigned i = 0; i < PLACES; i++) {
        end_region(places[i].mr);
    }
}

/* One transaction, so that all devices appear at once. */
static bool make_board(Pc *pc, const PcOptions *options, Error **errp)
{
    if (!make_memories(pc, options, errp)) {
        return false;
    }
    memory_region_transaction_begin();
    make_devices(pc, options);
    place_devices(pc);
    memory_region_transaction_commit();
    return true;
}

static void end_board(Pc *pc)
{
    remove_devices(pc);
    power_end(&pc->power);
    pci_function_end(&pc->host_bridge.function);
    pci_function_end(&pc->isa_bridge.function); /* last, because it routes the others' pins */
    shadow_end(&pc->shadow);
    bios_end(&pc->bios);
    ram_end(&pc->ram);
    end_region(&pc->pci_memory);
    fw_cfg_end(&pc->fw_cfg);
}

/* ---- Reset ------------------------------------------------------------------------------ */

/* Resets everything but the contents of RAM. The disk comes first. Otherwise, when its irqfd ends,
 * it would raise by its pin an interrupt that the guest has not taken yet. */
static void reset_devices(Pc *pc)
{
    memory_context_lock(pc->context);
    if (pc->has_disk) {
        virtio_pci_reset(&pc->disk);
    }
    memory_region_transaction_begin();
    pci_bus_reset(&pc->pci);
    host_bridge_reset(&pc->host_bridge);
    isa_bridge_reset(&pc->isa_bridge);
    power_reset(&pc->power);
    memory_region_transaction_commit();
    fw_cfg_reset(&pc->fw_cfg);
    keyboard_reset(&pc->keyboard);
    uart_reset(&pc->serial);
    memory_context_unlock(pc->context);
}

static bool reset(void *opaque, Error **errp)
{
    Pc *pc = opaque;

    reset_devices(pc);
    return vm_set_state(&pc->vm, &pc->chips_at_power_on, false, errp) &&
           vcpu_power_on(&pc->vcpu, errp);
}

/* ---- The virtual machine ---------------------------------------------------------------- */

static bool attach(Pc *pc, const PcOptions *options, Error **errp)
{
    const KVMMemoryOptions kvm_options = {
        .memory = pc->memory,
        .io = pc->io,
        .kick_signal = VM_KICK_SIGNAL,
        .dirty_ring_entries = options->dirty_ring_entries,
    };

    pc->kvm = kvm_memory_new(pc->vm.fd, &kvm_options, errp);
    if (!pc->kvm) {
        return false;
    }
    memory_context_set_hooks(pc->context, &(MemoryContextHooks){
                                              .flush_coalesced_mmio = kvm_memory_flush_coalesced,
                                              .opaque = pc->kvm });
    return true;
}

static void detach(Pc *pc)
{
    memory_context_set_hooks(pc->context, &(MemoryContextHooks){ .opaque = NULL });
    kvm_memory_free(pc->kvm);
}

static bool make_machine(Pc *pc, const PcOptions *options, Error **errp)
{
    if (!vm_get_state(&pc->vm, &pc->chips_at_power_on, errp) || !attach(pc, options, errp)) {
        return false;
    }
    if (!vcpu_init(&pc->vcpu, &pc->vm, pc->kvm, reset, pc, errp)) {
        detach(pc);
        return false;
    }
    return true;
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool make_context(Pc *pc, Error **errp)
{
    pc->context = memory_context_new(&(MemoryContextOptions){ .name = "pc" }, errp);
    if (!pc->context) {
        return false;
    }
    memory_context_set_current(pc->context);
    pc->memory = memory_context_memory(pc->context);
    pc->io = memory_context_io(pc->context);
    return true;
}

static void end_context(Pc *pc)
{
    memory_drain();
    memory_context_set_current(NULL);
    memory_context_destroy(pc->context, NULL);
}

static bool make(Pc *pc, const PcOptions *options, Error **errp)
{
    if (!vm_init(&pc->vm, errp)) {
        return false;
    }
    if (!make_context(pc, errp)) {
        goto no_context;
    }
    if (!make_board(pc, options, errp)) {
        goto no_board;
    }
    if (!make_disk(pc, options->disk, errp)) {
        goto no_disk;
    }
    if (make_machine(pc, options, errp)) {
        return true;
    }
    end_disk(pc);
no_disk:
    end_board(pc);
no_board:
    end_context(pc);
no_context:
    vm_end(&pc->vm);
    return false;
}

Pc *pc_new(const PcOptions *options, Error **errp)
{
    Pc *pc = calloc(1, sizeof(*pc));

    if (!pc) {
        error_setg(errp, "the host has no memory for the PC");
        return NULL;
    }
    if (!make(pc, options, errp)) {
        free(pc);
        return NULL;
    }
    return pc;
}

void pc_free(Pc *pc)
{
    vcpu_end(&pc->vcpu);
    end_disk(pc);
    detach(pc);
    end_board(pc);
    end_context(pc);
    vm_end(&pc->vm);
    free(pc);
}

/* ---- In operation ----------------------------------------------------------------------- */

void pc_pause(Pc *pc)
{
    vcpu_pause(&pc->vcpu);
    if (pc->has_disk) {
        virtio_pci_stop(&pc->disk);
    }
}

bool pc_resume(Pc *pc, Error **errp)
{
    if (pc->has_disk && !virtio_pci_start(&pc->disk, errp)) {
        return false;
    }
    vcpu_resume(&pc->vcpu);
    return true;
}

void pc_type(Pc *pc, const char *text)
{
    uart_type(&pc->serial, text);
}

bool pc_plug_ram(Pc *pc, uint64_t size, hwaddr *address, Error **errp)
{
    return ram_plug(&pc->ram, size, address, errp);
}

bool pc_unplug_ram(Pc *pc, Error **errp)
{
    return ram_unplug(&pc->ram, errp);
}

void pc_print_map(Pc *pc, FILE *out)
{
    memory_context_print_tree(pc->context, out, false, false);
    memory_context_print_views(pc->context, out, false, false);
}
