/* SPDX-License-Identifier: MIT
 *
 * Four shapes of code that boards written for the original have: registers behind a wide 'impl', a
 * ROM at two places with RAM behind it, a bus master, and accesses to "the" memory of the CPU.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

#define ANY MEMTXATTRS_UNSPECIFIED

enum { REGISTERS = 0x10000000, LOW = 0xe0000, HIGH = 0xfffe0000, ROM_SIZE = 0x20000 };

/* ---- Registers of 4 bytes, of which a guest reads and writes single bytes ---- */

static uint32_t reg[4] = { 0x03020100, 0x13121110, 0x23222120, 0x33323130 };

static uint64_t reg_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return reg[addr >> 2];
}

static void reg_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)size;
    reg[addr >> 2] = data;
}

static const MemoryRegionOps reg_ops = {
    .read = reg_read,
    .write = reg_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

static void use_registers(AddressSpace *memory)
{
    static MemoryRegion registers;

    memory_region_init_io(&registers, NULL, &reg_ops, NULL, "registers", sizeof(reg));
    memory_region_add_subregion(get_system_memory(), REGISTERS, &registers);
    printf("bytes of the second register:");
    for (hwaddr addr = REGISTERS + 4; addr < REGISTERS + 8; addr++) {
        printf(" %02x", address_space_ldub(memory, addr, ANY, NULL));
    }
    address_space_stb(memory, REGISTERS + 5, 0xaa, ANY, NULL);
    printf("; after a byte is written: %08" PRIx32 "\n", reg[1]);
}

/* ---- A ROM at two places, and RAM behind it ---- */

static MemoryRegion rom, low_rom, ram, shadow;

static void add_rom(void)
{
    memory_region_init_ram(&ram, NULL, "ram", 0x100000, &error_fatal);
    memory_region_init_rom(&rom, NULL, "rom", ROM_SIZE, &error_fatal);
    memory_region_init_alias(&low_rom, NULL, "low-rom", &rom, 0, ROM_SIZE);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_add_subregion(get_system_memory(), HIGH, &rom);
    memory_region_add_subregion_overlap(get_system_memory(), LOW, &low_rom, 1);
}

/* The firmware has copied itself to the RAM behind the ROM, and protects the copy. */
static void add_shadow(void)
{
    memory_region_init_alias(&shadow, NULL, "shadow", &ram, LOW, ROM_SIZE);
    memory_region_set_readonly(&shadow, true);
    memory_region_add_subregion_overlap(get_system_memory(), LOW, &shadow, 2);
}

static unsigned store(AddressSpace *memory, hwaddr addr)
{
    MemTxResult result;

    address_space_stl_le(memory, addr, 1, ANY, &result);
    return result;
}

static void use_rom(AddressSpace *memory)
{
    char text[6];

    add_rom();
    address_space_write_rom(memory, HIGH, ANY, "reset", sizeof(text));
    address_space_read(memory, LOW, ANY, text, sizeof(text));
    printf("the ROM at its low place: %s; a store: status %u\n", text, store(memory, LOW));
    add_shadow();
    printf("a store to the protected RAM: status %u\n", store(memory, LOW));
}

/* ---- A bus master ---- */

/* In place of the original's function: the space is the one that the device sees. */
static MemTxResult dma_memory_read(AddressSpace *as, hwaddr addr, void *buf, hwaddr len)
{
    return address_space_read(as, addr, ANY, buf, len);
}

static void use_bus_master(AddressSpace *dma_as)
{
    uint32_t descriptor = htole32(0x1234);

    cpu_physical_memory_write(0x500, &descriptor, sizeof(descriptor));
    MemTxResult result = dma_memory_read(dma_as, 0x500, &descriptor, sizeof(descriptor));
    printf("the bus master reads 0x%" PRIx32 ", status %u; ", le32toh(descriptor), result);
    result = dma_memory_read(dma_as, 0xdead0000, &descriptor, sizeof(descriptor));
    printf("from nowhere: status %u\n", result);
}

/* ---- The memory of the CPU ---- */

static void use_cpu_memory(void)
{
    hwaddr length = 6;

    cpu_physical_memory_write(0x600, "hello", length);
    char *text = cpu_physical_memory_map(0x600, &length, false);
    printf("mapped by the CPU's address: %s\n", text);
    cpu_physical_memory_unmap(text, length, false, length);
}

int main(void)
{
    use_registers(&address_space_memory);
    use_rom(&address_space_memory);
    use_bus_master(&address_space_memory);
    use_cpu_memory();
    return 0;
}
