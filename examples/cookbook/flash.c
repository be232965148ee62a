/* SPDX-License-Identifier: MIT
 *
 * A flash chip: memory that reads like ROM and is written by commands. While the guest talks to the
 * chip, reads go to the device; otherwise they are as fast as reads of RAM.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <physmem/physmem.h>

enum { AT = 0x0, SIZE = 0x10000 };
enum { COMMAND_READ_ARRAY = 0xff, COMMAND_STATUS = 0x70, COMMAND_PROGRAM = 0x40 };
enum { STATUS_READY = 0x80 };

typedef struct Flash {
    MemoryRegion chip;
    uint8_t command;
} Flash;

/* Called while the chip is not in ROM mode. */
static uint64_t flash_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return STATUS_READY;
}

/* Programming can only clear bits. */
static void program(Flash *f, hwaddr addr, uint8_t data)
{
    uint8_t *bytes = memory_region_get_ram_ptr(&f->chip);

    bytes[addr] &= data;
    memory_region_set_dirty(&f->chip, addr, 1);
}

static void flash_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Flash *f = opaque;

    (void)size;
    if (f->command == COMMAND_PROGRAM) {
        program(f, addr, (uint8_t)data);
        f->command = COMMAND_STATUS;
    } else {
        f->command = (uint8_t)data;
    }
    memory_region_rom_device_set_romd(&f->chip, f->command == COMMAND_READ_ARRAY);
}

static const MemoryRegionOps flash_ops = {
    .read = flash_read,
    .write = flash_write,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void step(AddressSpace *memory, hwaddr addr, uint8_t data, const char *what)
{
    address_space_stb(memory, addr, data, MEMTXATTRS_UNSPECIFIED, NULL);
    printf("%-24s the byte at 0x123 reads 0x%02x\n", what,
           address_space_ldub(memory, AT + 0x123, MEMTXATTRS_UNSPECIFIED, NULL));
}

int main(void)
{
    static Flash flash = { .command = COMMAND_READ_ARRAY };
    AddressSpace *memory = memory_context_memory(memory_context_current());

    memory_region_init_rom_device(&flash.chip, NULL, &flash_ops, &flash, "flash", SIZE,
                                  &error_fatal);
    memset(memory_region_get_ram_ptr(&flash.chip), 0xff, SIZE);
    memory_region_add_subregion(get_system_memory(), AT, &flash.chip);

    step(memory, AT, COMMAND_READ_ARRAY, "read array:");
    step(memory, AT, COMMAND_PROGRAM, "program:");
    step(memory, AT + 0x123, 0x5a, "the byte:");
    step(memory, AT, COMMAND_READ_ARRAY, "read array:");
    return 0;
}
