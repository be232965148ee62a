/* SPDX-License-Identifier: MIT
 *
 * A program with a machine of every kind of region, which prints it for tests/maps/check-json:
 *
 *   json-machine json|tree|views [collapsed]
 */
#include <stdio.h>
#include <string.h>

#include <physmem/physmem.h>

enum { PAGE = 4096 };

static const MemoryRegionOps ops = { 0 };
static uint8_t registers[PAGE] __attribute__((aligned(PAGE)));
static MemoryRegion root, box, ram, rom, flash, off, bar, dev, other, low, last, reserved, window,
    hidden, empty, far, inner, chain, lone, lone_box, wide, left, right;
static AddressSpace cpu, dma, again, dark, deep, top;

static void make_memory(void)
{
    memory_region_init_ram(&ram, NULL, "ram \"quoted\"", 16 * PAGE, &error_abort);
    memory_region_init_rom(&rom, NULL, "rom", PAGE, &error_abort);
    memory_region_init_rom_device(&flash, NULL, &ops, NULL, "flash", PAGE, &error_abort);
    memory_region_init_rom_device(&off, NULL, &ops, NULL, "flash.off", PAGE, &error_abort);
    memory_region_rom_device_set_romd(&off, false);
    memory_region_init_ram_device_ptr(&bar, NULL, "bar", PAGE, registers);
    memory_region_set_nonvolatile(&bar, true);
    memory_region_set_unmergeable(&ram, true);
    memory_region_add_subregion(&root, 0, &ram);
    memory_region_add_subregion(&root, 0x100000, &rom);
    memory_region_add_subregion(&root, 0x110000, &flash);
    memory_region_add_subregion(&root, 0x120000, &off);
    memory_region_add_subregion(&root, 0x130000, &bar);
}

/* Two devices of equal priority overlap, and the newer one is at the lower address. */
static void make_devices(void)
{
    memory_region_init(&box, NULL, "box", 0x10000);
    memory_region_init_io(&dev, NULL, &ops, NULL, "dev", 0x100);
    memory_region_init_io(&other, NULL, &ops, NULL, "other", 0x100);
    memory_region_init_io(&low, NULL, &ops, NULL, "low", 0x1000);
    memory_region_init_io(&reserved, NULL, NULL, NULL, "reserved", 0x100);
    memory_region_init_io(&hidden, NULL, &ops, NULL, "hidden", 0x10);
    memory_region_init_io(&empty, NULL, &ops, NULL, "empty", 0);
    memory_region_add_subregion(&box, 0x80, &dev);
    memory_region_add_subregion(&box, 0, &other);
    memory_region_add_subregion_overlap(&box, 0, &low, -7);
    memory_region_add_subregion(&box, 0x2000, &reserved);
    memory_region_add_subregion(&box, 0x3000, &hidden);
    memory_region_set_enabled(&hidden, false);
    memory_region_add_subregion(&box, 0x4000, &empty);
    memory_region_add_subregion(&root, 0x200000, &box);
}

static void make_aliases(void)
{
    memory_region_init_alias(&window, NULL, "window", &box, 0x40, 0x1000);
    memory_region_set_readonly(&window, true);
    memory_region_add_subregion(&root, 0x300000, &window);
    memory_region_init(&far, NULL, "far", 0x1000);
    memory_region_init_io(&inner, NULL, &ops, NULL, "inner", 0x10);
    memory_region_add_subregion(&far, 0x30, &inner);
    memory_region_init_alias(&chain, NULL, "chain", &inner, 0, 0x10);
    memory_region_add_subregion(&root, 0x310000, &chain);
    memory_region_init(&wide, NULL, "wide", 2 * PAGE);
    memory_region_init_alias(&left, NULL, "left", &ram, 0, PAGE);
    memory_region_init_alias(&right, NULL, "right", &ram, PAGE, PAGE);
    memory_region_add_subregion(&wide, 0, &left);
    memory_region_add_subregion(&wide, PAGE, &right);
    memory_region_add_subregion(&root, UINT64_MAX - 2 * PAGE + 1, &wide);
}

/* The roots of some spaces only pass on what another region shows; some would lose something. */
static void make_spaces(void)
{
    memory_region_init(&lone, NULL, "lone", UINT64_MAX);
    memory_region_init(&lone_box, NULL, "lone box", 0x20000);
    memory_region_set_nonvolatile(&lone, true);
    memory_region_add_subregion(&lone, 0, &lone_box);
    memory_region_init_io(&last, NULL, &ops, NULL, "last", 0x100);
    memory_region_add_subregion(&lone_box, 0x1000, &last);
    address_space_init(&cpu, &root, "cpu");
    address_space_init(&deep, &lone, "deep");
    address_space_init(&dma, &box, "dma");
    address_space_init(&again, &root, "again");
    address_space_init(&dark, &far, "dark");
    address_space_init(&top, &window, "top");
}

int main(int argc, char **argv)
{
    MemoryContextOptions options = {
        .quirks = argc > 2 ? MEMORY_QUIRK_COLLAPSED_ROOT : 0,
    };
    MemoryContext *ctx = memory_context_new(&options, &error_abort);

    if (argc < 2) {
        return 1;
    }
    memory_context_set_current(ctx);
    memory_region_init(&root, NULL, "root", UINT64_MAX);
    make_memory();
    make_devices();
    make_aliases();
    make_spaces();
    if (strcmp(argv[1], "json") == 0) {
        memory_context_describe_json(ctx, stdout);
    } else if (strcmp(argv[1], "tree") == 0) {
        memory_context_print_tree(ctx, stdout, false, true);
    } else {
        memory_context_print_views(ctx, stdout, false, false);
    }
    return 0;
}
