/* SPDX-License-Identifier: MIT
 *
 * A fuzzer for a device. Each input is a list of accesses: four bytes say what is done where. Under
 * libFuzzer the inputs come from there (-fsanitize=fuzzer -DFUZZER); alone the program makes random
 * ones. It looks for crashes, sanitizer reports and hangs.
 */
#include <stdio.h>
#include <stdlib.h>

#include <physmem/physmem.h>

/* ---- The device: a buffer of 16 bytes behind an index register ------------------------------- */

enum { INDEX = 0, DATA = 4, SIZE = 8, BYTES = 16 };

typedef struct Buffer {
    MemoryRegion registers;
    uint32_t index;
    uint8_t bytes[BYTES];
} Buffer;

static uint64_t buffer_read(void *opaque, hwaddr addr, unsigned size)
{
    const Buffer *b = opaque;

    (void)size;
    return addr == INDEX ? b->index : b->bytes[b->index % BYTES];
}

/* Without the modulo, a guest writes where it likes, and the fuzzer finds it at once. */
static void buffer_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Buffer *b = opaque;

    (void)size;
    if (addr == INDEX) {
        b->index = (uint32_t)data;
    } else {
        b->bytes[b->index % BYTES] = (uint8_t)data;
    }
}

static const MemoryRegionOps buffer_ops = {
    .read = buffer_read,
    .write = buffer_write,
    .impl = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* ---- The fuzzer ---------------------------------------------------------------------------- */

static AddressSpace *build(void)
{
    static Buffer buffer;
    AddressSpace *memory = memory_context_memory(memory_context_current());

    if (!memory_region_size(&buffer.registers)) {
        memory_region_init_io(&buffer.registers, NULL, &buffer_ops, &buffer, "buffer", SIZE);
        memory_region_add_subregion(get_system_memory(), 0, &buffer.registers);
    }
    return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length); /* libFuzzer's name */

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
    AddressSpace *memory = build();

    for (; length >= 4; input += 4, length -= 4) {
        uint8_t value[8] = { input[2], input[3] };
        hwaddr addr = input[1] % SIZE, len = 1u << (input[0] >> 1 & 3);
        address_space_rw(memory, addr, MEMTXATTRS_UNSPECIFIED, value, len, input[0] & 1);
    }
    return 0;
}

#ifndef FUZZER
int main(void)
{
    enum { INPUTS = 100000, LENGTH = 64 };
    uint8_t input[LENGTH];

    for (unsigned i = 0; i < INPUTS; i++) {
        for (unsigned j = 0; j < LENGTH; j++) {
            input[j] = (uint8_t)rand();
        }
        LLVMFuzzerTestOneInput(input, LENGTH);
    }
    printf("%d inputs, no fault\n", INPUTS);
    return 0;
}
#endif
