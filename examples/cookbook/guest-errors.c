/* SPDX-License-Identifier: MIT
 *
 * One function is told of a guest's mistakes: accesses to holes, accesses that a device does
 * not take, and what a device itself reports.
 */
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

enum { AT = 0x10000000, CONTROL = 0 };

static MemoryRegion timer;

static void timer_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)size;
    if (addr == CONTROL && data > 1) {
        memory_region_log_guest_error(&timer, "control 0x%" PRIx64 ": only bit 0 exists", data);
    }
}

static const MemoryRegionOps timer_ops = {
    .write = timer_write,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static const char *const severity[] = {
    [MEMORY_LOG_GUEST] = "guest",
    [MEMORY_LOG_WARNING] = "warning",
    [MEMORY_LOG_ERROR] = "error",
    [MEMORY_LOG_MISUSE] = "misuse",
};

static void log_message(MemoryContext *ctx, MemoryLogLevel level, const char *message,
                        void *opaque)
{
    (void)opaque;
    printf("%s, %s: %s\n", memory_context_name(ctx), severity[level], message);
}

int main(void)
{
    AddressSpace *memory = memory_context_memory(memory_context_current());

    memory_context_set_log(memory_context_current(), log_message, NULL);
    memory_region_init_io(&timer, NULL, &timer_ops, NULL, "timer", 0x1000);
    memory_region_add_subregion(get_system_memory(), AT, &timer);

    address_space_stl_le(memory, AT + CONTROL, 0x11, MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stb(memory, AT + CONTROL, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_ldl_le(memory, 0xdead0000, MEMTXATTRS_UNSPECIFIED, NULL);
    return 0;
}
