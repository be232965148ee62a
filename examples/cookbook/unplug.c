/* SPDX-License-Identifier: MIT
 *
 * A device is unplugged and freed while another thread goes on reading its registers. An access
 * that has begun ends first. Later ones find a hole.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <physmem/physmem.h>

enum { AT = 0x10000000, SIZE = 0x1000 };

typedef struct Sensor {
    MemoryRegion registers;
    uint64_t value;
} Sensor;

static AddressSpace *memory;
static atomic_uint answered;

static uint64_t sensor_read(void *opaque, hwaddr addr, unsigned size)
{
    const Sensor *s = opaque;

    (void)addr, (void)size;
    return s->value;
}

static const MemoryRegionOps sensor_ops = {
    .read = sensor_read,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static Sensor *plug(void)
{
    Sensor *s = calloc(1, sizeof(*s));

    if (!s) {
        abort();
    }
    s->value = 42;
    memory_region_init_io(&s->registers, NULL, &sensor_ops, s, "sensor", SIZE);
    memory_region_add_subregion(get_system_memory(), AT, &s->registers);
    return s;
}

/* No access reaches the device after the wait, so the memory may be freed. */
static void unplug(Sensor *s)
{
    memory_region_del_subregion(get_system_memory(), &s->registers);
    memory_region_wait_unused(&s->registers, &error_fatal);
    free(s);
}

/* Reads until the device is gone. */
static void *cpu(void *opaque)
{
    MemTxResult result = MEMTX_OK;

    (void)opaque;
    while (result == MEMTX_OK) {
        uint32_t value = address_space_ldl_le(memory, AT, MEMTXATTRS_UNSPECIFIED, &result);
        if (result == MEMTX_OK && value != 42) {
            puts("a read of freed memory");
        }
        answered += result == MEMTX_OK;
    }
    return NULL;
}

int main(void)
{
    Sensor *s;
    pthread_t thread;

    memory = memory_context_memory(memory_context_current());
    s = plug();
    pthread_create(&thread, NULL, cpu, NULL);
    while (answered < 1000) {
    }
    unplug(s);
    pthread_join(thread, NULL);
    puts("the device is gone, and every read before that was answered");
    return 0;
}
