/* SPDX-License-Identifier: MIT
 *
 * The smallest useful machine: a megabyte of RAM and a device with one register. The README shows
 * this file.
 */
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

static uint64_t counter_read(void *opaque, hwaddr addr, unsigned size)
{
    unsigned *count = (unsigned *)opaque;

    printf("the device is read: %u bytes at offset %" PRIu64 "\n", size, addr);
    return ++*count;
}

static const MemoryRegionOps counter_ops = {
    .read = counter_read,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static MemoryRegion ram, counter;

int main(void)
{
    AddressSpace *memory = memory_context_memory(memory_context_current());
    unsigned count = 41;
    uint32_t word;

    if (!memory_region_init_ram(&ram, NULL, "ram", 0x100000, NULL)) {
        return 1;
    }
    memory_region_init_io(&counter, NULL, &counter_ops, &count, "counter", 0x1000);
    memory_region_add_subregion(get_system_memory(), 0x80000000, &ram);
    memory_region_add_subregion(get_system_memory(), 0x10000000, &counter);

    address_space_write(memory, 0x80000010, MEMTXATTRS_UNSPECIFIED, "\x78\x56\x34\x12", 4);
    word = address_space_ldl_le(memory, 0x80000010, MEMTXATTRS_UNSPECIFIED, NULL);
    printf("RAM says 0x%" PRIx32 "\n", word);
    word = address_space_ldl_le(memory, 0x10000004, MEMTXATTRS_UNSPECIFIED, NULL);
    printf("the device says %" PRIu32 "\n\n", word);

    mtree_info(false, false, false, false);
    return 0;
}
