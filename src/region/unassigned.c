/* SPDX-License-Identifier: MIT
 *
 * The answers to accesses where no region is (specification 22.7): callbacks that reject every
 * access, callbacks of a bus whose lines read as ones, and the region that stands for all holes.
 * All of them are constant and belong to no context.
 */
#include "region/region.h"

static bool accept_nothing(void *opaque, hwaddr addr, unsigned size, bool is_write,
                           MemTxAttrs attrs)
{
    (void)opaque, (void)addr, (void)size, (void)is_write, (void)attrs;
    return false;
}

/* Rejects every access, even a write that an ioeventfd waits for. */
const MemoryRegionOps unassigned_mem_ops = {
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .accepts = accept_nothing },
};

static uint64_t ones_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    return UINT64_MAX;
}

static void ones_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)data;
    (void)size;
}

const MemoryRegionOps unassigned_io_ops = {
    .read = ones_read,
    .write = ones_write,
    .endianness = DEVICE_NATIVE_ENDIAN,
};

/* It can be constant, because nothing writes to it: it has no owner whose references are counted,
 * no context, and no place in a tree. */
const MemoryRegion region_nothing = {
    .ops = &unassigned_mem_ops,
    .size = WIDE_2_64,
    .name = (char *)"unassigned",
    .kind = MEMORY_KIND_RESERVATION,
    .enabled = true,
    .lockless_io = true,
    .reentrant = true,
};
