/* SPDX-License-Identifier: MIT
 *
 * A device and its unit test. The test is the guest: it writes the registers, looks at the
 * interrupt line, and reads what the device has written into memory.
 */
#include <assert.h>
#include <stdio.h>

#include <physmem/physmem.h>

/* ---- The device: adds two bytes in memory, and raises its line when it is done --------------- */

enum { POINTER = 0, START = 4, ACKNOWLEDGE = 8 };

typedef struct Adder {
    MemoryRegion registers;
    AddressSpace *dma;
    uint32_t pointer;
    bool line;
} Adder;

static void adder_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Adder *a = opaque;
    MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;
    uint8_t bytes[2];

    (void)size;
    switch (addr) {
    case POINTER:
        a->pointer = (uint32_t)data;
        break;
    case START:
        if (address_space_read(a->dma, a->pointer, attrs, bytes, 2) == MEMTX_OK) {
            address_space_stb(a->dma, a->pointer + 2, bytes[0] + bytes[1], attrs, NULL);
        }
        a->line = true;
        break;
    case ACKNOWLEDGE:
        a->line = false;
    }
}

static const MemoryRegionOps adder_ops = {
    .write = adder_write,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- The test ------------------------------------------------------------------------------ */

enum { AT = 0x10000000 };

static AddressSpace *memory;

static MemTxResult write_register(hwaddr reg, uint32_t value)
{
    MemTxResult result;

    address_space_stl_le(memory, AT + reg, value, MEMTXATTRS_UNSPECIFIED, &result);
    return result;
}

int main(void)
{
    static MemoryRegion ram;
    static Adder adder;

    memory = memory_context_memory(memory_context_current());
    adder.dma = memory;
    memory_region_init_ram(&ram, NULL, "ram", 0x10000, &error_fatal);
    memory_region_init_io(&adder.registers, NULL, &adder_ops, &adder, "adder", 0x1000);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_add_subregion(get_system_memory(), AT, &adder.registers);

    address_space_write(memory, 0x500, MEMTXATTRS_UNSPECIFIED, "\x15\x2a", 2);
    assert(write_register(POINTER, 0x500) == MEMTX_OK);
    assert(write_register(START, 1) == MEMTX_OK && adder.line);
    assert(address_space_ldub(memory, 0x502, MEMTXATTRS_UNSPECIFIED, NULL) == 0x3f);
    assert(write_register(ACKNOWLEDGE, 1) == MEMTX_OK && !adder.line);

    assert(write_register(POINTER, 0xdead0000) == MEMTX_OK); /* nothing is there */
    assert(write_register(START, 1) == MEMTX_OK && adder.line);
    puts("the adder adds, and survives a bad pointer");
    return 0;
}
