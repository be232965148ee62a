/* SPDX-License-Identifier: MIT
 *
 * Putting the board together: the map, the contents of its memories at reset, and the engine.
 */
#include "board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/end-region.h"
#include "device-tree.h"

#define DEVICE_TREE_OFFSET 0x100 /* in the boot ROM */
#define RUN_LIMIT_US (100 * 1000000ull)

/* ---- Devices and their wires ------------------------------------------------------------ */

static void power_changed(void *opaque, uint16_t what, uint16_t code)
{
    Board *board = opaque;

    (void)code;
    board->powered_off = what == POWER_OFF;
    uc_emu_stop(board->uc);
}

static void disk_interrupt(void *opaque)
{
    Board *board = opaque;

    plic_raise(&board->plic, IRQ_VIRTIO);
}

/* Each sector has a text with its number. */
static bool make_disk(Board *board, Error **errp)
{
    board->sectors = calloc(BOARD_DISK_SECTORS, DISK_SECTOR);
    if (!board->sectors) {
        error_setg(errp, "the host has no memory for the disk");
        return false;
    }
    for (unsigned i = 0; i < BOARD_DISK_SECTORS; i++) {
        snprintf((char *)board->sectors + i * DISK_SECTOR, DISK_SECTOR, "This is sector %4u.", i);
    }
    disk_init_memory(&board->disk, board->sectors, BOARD_DISK_SECTORS * DISK_SECTOR);
    return true;
}

static bool make_devices(Board *board, UartSink *sink, void *opaque, Error **errp)
{
    uart_init(&board->uart, "uart", MAP_UART_SIZE, sink, opaque);
    clint_init(&board->clint);
    plic_init(&board->plic);
    power_init(&board->power, power_changed, board);
    pci_host_init(&board->pci, MAP_PCI_ECAM_SIZE);
    virtio_blk_init(&board->blk, &board->disk, "riscv-virt");
    virtio_mmio_init(&board->virtio, &board->blk.device, board->memory, MAP_VIRTIO_SIZE,
                     disk_interrupt, board);
    if (!card_init(&board->card, errp)) {
        return false;
    }
    pci_bus_plug(&board->pci.bus, PCI_DEVFN(1, 0), &board->card.function);
    return flash_init(&board->flash[0], "flash0", MAP_FLASH_BANK_SIZE, errp) &&
           flash_init(&board->flash[1], "flash1", MAP_FLASH_BANK_SIZE, errp);
}

/* ---- The map ---------------------------------------------------------------------------- */

static bool make_memories(Board *board, Error **errp)
{
    return memory_region_init_rom(&board->boot_rom, NULL, "boot-rom", MAP_BOOT_ROM_SIZE, errp) &&
           memory_region_init_ram(&board->ram, NULL, "ram", MAP_RAM_SIZE, errp);
}

/* The bus has its own memory and ports. The CPU sees parts of them through aliases. */
static void make_pci_windows(Board *board)
{
    memory_region_init_alias(&board->pci_memory_window, NULL, "pci-memory-window",
                             &board->pci.memory, MAP_PCI_MEM, MAP_PCI_MEM_SIZE);
    memory_region_init_alias(&board->pci_ports_window, NULL, "pci-ports-window", &board->pci.ports,
                             0, MAP_PCI_IO_SIZE);
}

/* One transaction, so that listeners see the whole board appear at once. */
static void place_everything(Board *board)
{
    const struct {
        hwaddr address;
        MemoryRegion *mr;
    } places[] = {
        { MAP_BOOT_ROM, &board->boot_rom },
        { MAP_POWER, &board->power.region },
        { MAP_CLINT, &board->clint.region },
        { MAP_PCI_IO, &board->pci_ports_window },
        { MAP_PLIC, &board->plic.region },
        { MAP_UART, &board->uart.region },
        { MAP_VIRTIO, &board->virtio.region },
        { MAP_FLASH, &board->flash[0].region },
        { MAP_FLASH + MAP_FLASH_BANK_SIZE, &board->flash[1].region },
        { MAP_PCI_ECAM, &board->pci.ecam },
        { MAP_PCI_MEM, &board->pci_memory_window },
        { MAP_RAM, &board->ram },
    };

    memory_region_transaction_begin();
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        memory_region_add_subregion(board->root, places[i].address, places[i].mr);
    }
    memory_region_transaction_commit();
}

/* Ends the regions: aliases before their targets. */
static void remove_everything(Board *board)
{
    MemoryRegion *on_board[] = {
        &board->pci_memory_window, &board->pci_ports_window, &board->boot_rom,
        &board->power.region,      &board->clint.region,     &board->plic.region,
        &board->uart.region,       &board->virtio.region,    &board->flash[0].region,
        &board->flash[1].region,   &board->pci.ecam,         &board->ram,
    };
    MemoryRegion *on_bus[] = {
        &board->card.memory, &board->card.registers, &board->card.ports,
        &board->pci.memory,  &board->pci.ports,
    };

    pci_bus_reset(&board->pci.bus);
    for (size_t i = 0; i < sizeof(on_board) / sizeof(on_board[0]); i++) {
        end_region(on_board[i]);
    }
    for (size_t i = 0; i < sizeof(on_bus) / sizeof(on_bus[0]); i++) {
        end_region(on_bus[i]);
    }
}

/* ---- What the guest finds at reset ------------------------------------------------------ */

static bool load_boot_rom(Board *board, Error **errp)
{
    static const uint32_t reset_vector[] = {
        0x00000297,                     /* auipc t0, 0 */
        0x10028593,                     /* addi  a1, t0, DEVICE_TREE_OFFSET */
        0xf1402573,                     /* csrr  a0, mhartid */
        0x0182b283,                     /* ld    t0, 24(t0) */
        0x00028067,                     /* jr    t0 */
        0x00000000, MAP_RAM, 0x00000000 /* the target of the jump: a double word at 24 */
    };
    static uint8_t tree[MAP_BOOT_ROM_SIZE - DEVICE_TREE_OFFSET];

    if (!device_tree_build(tree, sizeof(tree))) {
        error_setg(errp, "the device tree does not fit into the boot ROM");
        return false;
    }
    address_space_write_rom(board->memory, MAP_BOOT_ROM, MEMTXATTRS_UNSPECIFIED, reset_vector,
                            sizeof(reset_vector));
    address_space_write_rom(board->memory, MAP_BOOT_ROM + DEVICE_TREE_OFFSET,
                            MEMTXATTRS_UNSPECIFIED, tree, sizeof(tree));
    return true;
}

static bool load_boot_loader(Board *board, const char *path, Error **errp)
{
    FILE *file = fopen(path, "rb");
    hwaddr at = MAP_RAM;
    uint8_t chunk[4096];
    size_t got;

    if (!file) {
        error_setg_errno(errp, errno, "%s cannot be opened (Debian: package u-boot-qemu)", path);
        return false;
    }
    while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        address_space_write(board->memory, at, MEMTXATTRS_UNSPECIFIED, chunk, got);
        at += got;
    }
    fclose(file);
    return true;
}

/* ---- Counts ----------------------------------------------------------------------------- */

#define DEVICE_REGIONS 10

static MemoryRegion *device_region(Board *board, unsigned i)
{
    MemoryRegion *regions[DEVICE_REGIONS] = {
        &board->power.region,    &board->clint.region,  &board->plic.region,
        &board->uart.region,     &board->virtio.region, &board->flash[0].region,
        &board->flash[1].region, &board->pci.ecam,      &board->card.registers,
        &board->card.ports,
    };

    return regions[i];
}

static void count_accesses(Board *board)
{
    for (unsigned i = 0; i < DEVICE_REGIONS; i++) {
        memory_region_set_counting(device_region(board, i), true);
    }
}

static void print_count(MemoryRegion *region, FILE *out)
{
    MemoryRegionCounts counts;

    memory_region_get_counts(region, &counts);
    fprintf(out, "  %-16s %10" PRIu64 " %10" PRIu64 "\n", memory_region_name(region), counts.reads,
            counts.writes);
}

void board_print_counts(Board *board, FILE *out)
{
    fprintf(out, "  %-16s %10s %10s\n", "region", "reads", "writes");
    for (unsigned i = 0; i < DEVICE_REGIONS; i++) {
        print_count(device_region(board, i), out);
    }
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool make_machine(Board *board, UartSink *sink, void *opaque, Error **errp)
{
    board->context = memory_context_new(&(MemoryContextOptions){ .name = "riscv-virt" }, errp);
    if (!board->context) {
        return false;
    }
    memory_context_set_current(board->context);
    board->root = get_system_memory();
    board->memory = memory_context_memory(board->context);
    return make_disk(board, errp) && make_devices(board, sink, opaque, errp) &&
           make_memories(board, errp);
}

static bool make_engine(Board *board, Error **errp)
{
    uc_err error = uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &board->uc);

    if (error != UC_ERR_OK) {
        error_setg(errp, "Unicorn has no RISC-V engine: %s", uc_strerror(error));
        return false;
    }
    board->guest_memory = unicorn_memory_new(board->uc, board->memory, errp);
    return board->guest_memory != NULL;
}

static bool build(Board *board, const char *path, UartSink *sink, void *opaque, Error **errp)
{
    if (!make_machine(board, sink, opaque, errp)) {
        return false;
    }
    make_pci_windows(board);
    count_accesses(board);
    place_everything(board);
    return load_boot_rom(board, errp) && load_boot_loader(board, path, errp) &&
           make_engine(board, errp);
}

/* If the board cannot be completed, what has been made of it stays until the program ends. */
Board *board_new(const char *path, UartSink *sink, void *opaque, Error **errp)
{
    Board *board = calloc(1, sizeof(*board));

    if (!board) {
        error_setg(errp, "the host has no memory for the board");
        return NULL;
    }
    return build(board, path, sink, opaque, errp) ? board : NULL;
}

void board_free(Board *board)
{
    unicorn_memory_free(board->guest_memory);
    uc_close(board->uc);
    virtio_end(&board->blk.device);
    remove_everything(board);
    memory_drain();
    memory_context_set_current(NULL);
    memory_context_destroy(board->context, NULL);
    free(board->sectors);
    free(board);
}

bool board_run(Board *board, Error **errp)
{
    uc_err error =
        unicorn_memory_run(board->guest_memory, MAP_BOOT_ROM, UINT64_MAX, RUN_LIMIT_US, 0);
    uint64_t pc = 0;

    uc_reg_read(board->uc, UC_RISCV_REG_PC, &pc);
    if (error != UC_ERR_OK) {
        error_setg(errp, "the guest ended near 0x%" PRIx64 ": %s", pc, uc_strerror(error));
    } else if (!board->powered_off) {
        error_setg(errp, "the guest, near 0x%" PRIx64 ", has not switched the power off", pc);
    }
    return error == UC_ERR_OK && board->powered_off;
}

void board_stop(Board *board)
{
    uc_emu_stop(board->uc);
}
