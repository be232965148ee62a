/* SPDX-License-Identifier: MIT
 *
 * The parts of a PC, and the sections of the file in which they are saved.
 */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "state-file.h"

/* ---- RAM -------------------------------------------------------------------------------- */

#define SECTION_NAME 300 /* of the longest id, with a prefix */

static void section_of(RAMBlock *block, char name[SECTION_NAME])
{
    snprintf(name, SECTION_NAME, "ram %s", qemu_ram_get_idstr(block));
}

static int save_block(RAMBlock *block, void *opaque)
{
    StateWriter *writer = opaque;
    char name[SECTION_NAME];

    if (qemu_ram_is_migratable(block)) {
        section_of(block, name);
        state_writer_add(writer, name, qemu_ram_get_host_addr(block),
                         qemu_ram_get_used_length(block));
    }
    return 0;
}

/* Does not write to pages that are right already, so that pages of zeros take no memory. */
static void copy_differences(uint8_t *to, const uint8_t *from, size_t size)
{
    const size_t page = 4096;

    for (size_t at = 0; at < size; at += page) {
        size_t length = size - at < page ? size - at : page;

        if (memcmp(to + at, from + at, length) != 0) {
            memcpy(to + at, from + at, length);
        }
    }
}

typedef struct Load {
    StateReader *reader;
    Error **errp;
} Load;

static int load_block(RAMBlock *block, void *opaque)
{
    size_t size = qemu_ram_get_used_length(block);
    const Load *load = opaque;
    char name[SECTION_NAME];
    const void *saved;

    if (!qemu_ram_is_migratable(block)) {
        return 0;
    }
    section_of(block, name);
    saved = state_reader_get(load->reader, name, size, load->errp);
    if (!saved) {
        return -1;
    }
    copy_differences(qemu_ram_get_host_addr(block), saved, size);
    return 0;
}

/* ---- What KVM holds --------------------------------------------------------------------- */

typedef struct KernelState {
    VmState vm;
    CpuState cpu;
} KernelState;

static bool save_kernel(Pc *pc, StateWriter *writer, Error **errp)
{
    KernelState *state = calloc(1, sizeof(*state));
    bool got;

    if (!state) {
        error_setg(errp, "the host has no memory for the processor's state");
        return false;
    }
    got = cpu_state_get(&pc->vm, pc->vcpu.fd, &state->cpu, errp) &&
          vm_get_state(&pc->vm, &state->vm, errp);
    if (got) {
        state_writer_add(writer, "processor", &state->cpu, sizeof(state->cpu));
        state_writer_add(writer, "interrupt controllers, timer, clock", &state->vm,
                         sizeof(state->vm));
    }
    free(state);
    return got;
}

static bool set_kernel(Pc *pc, StateReader *reader, KernelState *state, Error **errp)
{
    return state_reader_copy(reader, "processor", &state->cpu, sizeof(state->cpu), errp) &&
           state_reader_copy(reader, "interrupt controllers, timer, clock", &state->vm,
                             sizeof(state->vm), errp) &&
           vm_set_state(&pc->vm, &state->vm, true, errp) &&
           cpu_state_set(&pc->vm, pc->vcpu.fd, &state->cpu, errp);
}

static bool load_kernel(Pc *pc, StateReader *reader, Error **errp)
{
    KernelState *state = calloc(1, sizeof(*state));
    bool set;

    if (!state) {
        error_setg(errp, "the host has no memory for the processor's state");
        return false;
    }
    set = set_kernel(pc, reader, state, errp);
    free(state);
    return set;
}

/* ---- Devices ---------------------------------------------------------------------------- */

/* The state of the devices that the guest can change, without configuration space. */
typedef struct Registers {
    uint32_t config_address;
    uint16_t fw_cfg_selected;
    uint32_t fw_cfg_offset;
    uint32_t fw_cfg_dma_high;
    uint8_t cmos_index;
    uint8_t cmos[CMOS_BYTES];
    uint8_t keyboard_control;
    uint8_t keyboard_output_port;
    uint8_t keyboard_expecting;
    uint32_t keyboard_count;
    uint8_t keyboard_answers[KEYBOARD_ANSWERS];
    uint8_t post_code;
    UartState serial;
    PowerState power;
} Registers;

static void get_registers(Pc *pc, Registers *r)
{
    r->config_address = pc->host_bridge.address;
    r->fw_cfg_selected = pc->fw_cfg.selected;
    r->fw_cfg_offset = pc->fw_cfg.offset;
    r->fw_cfg_dma_high = pc->fw_cfg.dma_high;
    r->cmos_index = pc->cmos.index;
    memcpy(r->cmos, pc->cmos.bytes, sizeof(r->cmos));
    r->keyboard_control = pc->keyboard.control;
    r->keyboard_output_port = pc->keyboard.output_port;
    r->keyboard_expecting = pc->keyboard.expecting;
    r->keyboard_count = pc->keyboard.count;
    memcpy(r->keyboard_answers, pc->keyboard.answers, sizeof(r->keyboard_answers));
    r->post_code = pc->debug.last_post_code;
    r->serial = pc->serial.state;
    power_save(&pc->power, &r->power);
}

static void set_registers(Pc *pc, const Registers *r)
{
    pc->host_bridge.address = r->config_address;
    pc->fw_cfg.selected = r->fw_cfg_selected;
    pc->fw_cfg.offset = r->fw_cfg_offset;
    pc->fw_cfg.dma_high = r->fw_cfg_dma_high;
    pc->cmos.index = r->cmos_index % CMOS_BYTES;
    memcpy(pc->cmos.bytes, r->cmos, sizeof(r->cmos));
    pc->keyboard.control = r->keyboard_control;
    pc->keyboard.output_port = r->keyboard_output_port;
    pc->keyboard.expecting = r->keyboard_expecting;
    pc->keyboard.count = r->keyboard_count < KEYBOARD_ANSWERS ? r->keyboard_count
                                                              : KEYBOARD_ANSWERS;
    memcpy(pc->keyboard.answers, r->keyboard_answers, sizeof(r->keyboard_answers));
    pc->debug.last_post_code = r->post_code;
    uart_load(&pc->serial, &r->serial);
    power_load(&pc->power, &r->power);
}

static void save_devices(Pc *pc, StateWriter *writer)
{
    Registers registers;
    VirtioPciState disk;

    memset(&registers, 0, sizeof(registers));
    get_registers(pc, &registers);
    state_writer_add(writer, "registers", &registers, sizeof(registers));
    state_writer_add(writer, "host bridge", pc->host_bridge.function.config, PCI_CONFIG_SIZE);
    state_writer_add(writer, "ISA bridge", pc->isa_bridge.function.config, PCI_CONFIG_SIZE);
    state_writer_add(writer, "power management", pc->power.function.config, PCI_CONFIG_SIZE);
    if (pc->has_disk) {
        memset(&disk, 0, sizeof(disk));
        virtio_pci_save(&pc->disk, &disk);
        state_writer_add(writer, "disk", &disk, sizeof(disk));
        state_writer_add(writer, "size of the disk", &pc->image.size, sizeof(pc->image.size));
    }
}

/* Loads configuration space. This also makes the map follow it: the shadowing of RAM, BARs,
 * ports. */
static bool load_function(PciFunction *function, StateReader *reader, const char *name,
                          Error **errp)
{
    uint8_t config[PCI_CONFIG_SIZE];

    if (!state_reader_copy(reader, name, config, sizeof(config), errp)) {
        return false;
    }
    pci_function_load(function, config);
    return true;
}

/* The guest knows the size of the disk, so it must not be another one. */
static bool check_disk_size(Pc *pc, StateReader *reader, Error **errp)
{
    uint64_t size;

    if (!state_reader_copy(reader, "size of the disk", &size, sizeof(size), errp)) {
        return false;
    }
    if (size != pc->image.size) {
        error_setg(errp, "the disk has %" PRIu64 " sectors, not %" PRIu64 " as in the saved PC",
                   pc->image.size / DISK_SECTOR, size / DISK_SECTOR);
        return false;
    }
    return true;
}

static bool load_disk(Pc *pc, StateReader *reader, Error **errp)
{
    VirtioPciState state;

    if (!pc->has_disk) {
        return true;
    }
    if (!state_reader_copy(reader, "disk", &state, sizeof(state), errp) ||
        !check_disk_size(pc, reader, errp)) {
        return false;
    }
    if (!virtio_pci_load(&pc->disk, &state)) {
        error_setg(errp, "the state of the disk in the saved PC is not valid");
        return false;
    }
    return true;
}

/* Called with the context's lock, in one transaction, so that listeners see one change. */
static bool load_devices(Pc *pc, StateReader *reader, Error **errp)
{
    Registers registers;

    if (!state_reader_copy(reader, "registers", &registers, sizeof(registers), errp) ||
        !load_function(&pc->host_bridge.function, reader, "host bridge", errp) ||
        !load_function(&pc->isa_bridge.function, reader, "ISA bridge", errp) ||
        !load_function(&pc->power.function, reader, "power management", errp)) {
        return false;
    }
    set_registers(pc, &registers);
    return load_disk(pc, reader, errp);
}

/* ---- Everything ------------------------------------------------------------------------- */

bool snapshot_save(Pc *pc, const char *path, Error **errp)
{
    StateWriter writer;
    bool saved;

    if (!state_writer_open(&writer, path, errp)) {
        return false;
    }
    save_devices(pc, &writer);
    saved = save_kernel(pc, &writer, errp);
    qemu_ram_foreach_block(save_block, &writer);
    return state_writer_close(&writer, saved ? errp : NULL) && saved;
}

static bool load(Pc *pc, StateReader *reader, Error **errp)
{
    Load ram = { .reader = reader, .errp = errp };
    bool loaded;

    if (qemu_ram_foreach_block(load_block, &ram) != 0) {
        return false;
    }
    memory_context_lock(pc->context);
    memory_region_transaction_begin();
    loaded = load_devices(pc, reader, errp);
    memory_region_transaction_commit();
    memory_context_unlock(pc->context);
    return loaded && load_kernel(pc, reader, errp) && state_reader_all_taken(reader, errp);
}

bool snapshot_load(Pc *pc, const char *path, Error **errp)
{
    StateReader reader;
    bool loaded;

    if (!state_reader_open(&reader, path, errp)) {
        return false;
    }
    loaded = load(pc, &reader, errp);
    state_reader_close(&reader);
    return loaded;
}
