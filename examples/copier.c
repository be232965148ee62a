/* SPDX-License-Identifier: MIT
 *
 * A device model that is tested without an emulator. The device is a copier: it takes requests
 * from a ring in guest memory, through an IOMMU, on a thread of its own. The test plays the
 * guest's driver.
 *
 *   driver   fills the ring and the buffers, and writes the doorbell  (an ioeventfd wakes the
 *   device) device   reads the ring through a cache, maps what the IOMMU allows, copies, and
 *   reports test     prints which pages the device has written                (dirty logging, as
 *   in migration)
 */
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/physmem.h>

enum { PAGE = 0x1000, RAM_SIZE = 0x100000, DOORBELL = 0x10000000, RING = 0x8000, REQUESTS = 3 };
enum { STATUS_DONE = 1, STATUS_FAULT = 2 };

/* The layout of a request in guest memory: offsets in bytes, all numbers little endian. */
enum { REQUEST_FROM = 0, REQUEST_TO = 8, REQUEST_LENGTH = 16, REQUEST_STATUS = 20, REQUEST = 24 };

/* ---- The bus: where its pages lead in guest memory --------------------------------------- */

static const struct {
    hwaddr guest;
    IOMMUAccessFlags rights;
} table[] = {
    { RING, IOMMU_RW },
    { 0x20000, IOMMU_RO },
    { 0x31000, IOMMU_RW },
};

static IOMMUTLBEntry bus_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                   int index)
{
    hwaddr page = addr / PAGE;
    (void)iommu, (void)flag, (void)index;
    if (page >= sizeof(table) / sizeof(table[0])) {
        return (IOMMUTLBEntry){ .perm = IOMMU_NONE };
    }
    return (IOMMUTLBEntry){
        .target_as = memory_context_memory(memory_context_default()),
        .iova = addr & -(hwaddr)PAGE,
        .translated_addr = table[page].guest,
        .addr_mask = PAGE - 1,
        .perm = table[page].rights,
    };
}

static void bus_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(klass)->translate = bus_translate;
}

static const TypeInfo bus_type = {
    .name = "example-bus",
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(IOMMUMemoryRegion),
    .class_init = bus_class_init,
};

/* ---- The device -------------------------------------------------------------------------- */

typedef struct Copier {
    MemoryRegion registers;
    AddressSpace *bus;
    EventNotifier doorbell, interrupt;
} Copier;

/* The device has no write callback. The guest writes to the doorbell only, an ioeventfd. */
static uint64_t copier_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return REQUESTS;
}

static const MemoryRegionOps copier_ops = {
    .read = copier_read,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

/* The addresses come from the guest's driver, so each step may fail. The access is checked first,
 * because memory that cannot be read would be mapped as a buffer of zeros. */
static uint32_t copy(AddressSpace *bus, hwaddr from, hwaddr to, hwaddr length)
{
    MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;
    hwaddr got = length;
    bool fine = false;

    if (!address_space_access_valid(bus, from, length, false, attrs)) {
        return STATUS_FAULT;
    }
    void *source = address_space_map(bus, from, &got, false, attrs);
    if (source) {
        fine = got == length && address_space_write(bus, to, attrs, source, length) == MEMTX_OK;
        address_space_unmap(bus, source, got, false, got);
    }
    return fine ? STATUS_DONE : STATUS_FAULT;
}

static void serve(Copier *c, MemoryRegionCache *ring)
{
    for (hwaddr at = 0; at < REQUESTS * REQUEST; at += REQUEST) {
        uint32_t status = copy(c->bus, ldq_le_phys_cached(ring, at + REQUEST_FROM),
                               ldq_le_phys_cached(ring, at + REQUEST_TO),
                               ldl_le_phys_cached(ring, at + REQUEST_LENGTH));
        stl_le_phys_cached(ring, at + REQUEST_STATUS, status);
    }
}

static void *copier_thread(void *opaque)
{
    Copier *c = opaque;
    MemoryRegionCache ring;
    struct pollfd bell = { event_notifier_get_fd(&c->doorbell), POLLIN, 0 };

    poll(&bell, 1, -1);
    event_notifier_test_and_clear(&c->doorbell);
    address_space_cache_init(&ring, c->bus, 0, REQUESTS * REQUEST, true);
    serve(c, &ring);
    address_space_cache_destroy(&ring);
    event_notifier_set(&c->interrupt);
    return NULL;
}

/* ---- The guest's driver, played by the test ------------------------------------------------ */

static void request(AddressSpace *memory, unsigned i, hwaddr from, hwaddr to, uint32_t length)
{
    hwaddr at = RING + i * REQUEST;

    stq_le_phys(memory, at + REQUEST_FROM, from);
    stq_le_phys(memory, at + REQUEST_TO, to);
    stl_le_phys(memory, at + REQUEST_LENGTH, length);
}

static void drive(AddressSpace *memory, Copier *c)
{
    struct pollfd line = { event_notifier_get_fd(&c->interrupt), POLLIN, 0 };
    pthread_t thread;

    address_space_write(memory, 0x20000, MEMTXATTRS_UNSPECIFIED, "carry me over", 14);
    request(memory, 0, 1 * PAGE, 2 * PAGE + 8, 14); /* succeeds */
    request(memory, 1, 2 * PAGE, 1 * PAGE, 14);     /* writes to a read-only page */
    request(memory, 2, 3 * PAGE, 2 * PAGE, 14);     /* reads where the bus has no page */
    pthread_create(&thread, NULL, copier_thread, c);
    stl_le_phys(memory, DOORBELL, 1);
    poll(&line, 1, -1);
    pthread_join(thread, NULL);
}

/* ---- The test ----------------------------------------------------------------------------- */

static void report_requests(AddressSpace *memory)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        uint32_t status = ldl_le_phys(memory, RING + i * REQUEST + REQUEST_STATUS);
        printf("request %u: %s\n", i, status == STATUS_DONE ? "done" : "fault");
    }
}

static void report_dirty(MemoryRegion *ram)
{
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(ram, 0, RAM_SIZE, DIRTY_MEMORY_MIGRATION);

    for (hwaddr at = 0, len; memory_region_snapshot_next_dirty(ram, snap, &at, RAM_SIZE, &len);
         at += len) {
        printf("written: 0x%" PRIx64 " to 0x%" PRIx64 "\n", at, at + len - 1);
    }
    free(snap);
}

int main(void)
{
    static MemoryRegion ram;
    static IOMMUMemoryRegion iommu;
    static AddressSpace bus;
    static Copier copier = { .bus = &bus };
    AddressSpace *memory = memory_context_memory(memory_context_current());
    char text[14];

    type_register_static(&bus_type);
    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_fatal);
    memory_region_init_iommu(&iommu, sizeof(iommu), "example-bus", NULL, "bus", UINT64_MAX);
    memory_region_init_io(&copier.registers, NULL, &copier_ops, &copier, "copier", PAGE);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_add_subregion(get_system_memory(), DOORBELL, &copier.registers);
    address_space_init(&bus, MEMORY_REGION(&iommu), "bus");
    if (event_notifier_init(&copier.doorbell, 0) || event_notifier_init(&copier.interrupt, 0)) {
        return 1;
    }
    memory_region_add_eventfd(&copier.registers, 0, 4, false, 0, &copier.doorbell);

    memory_global_dirty_log_start();
    free(memory_region_snapshot_and_clear_dirty(&ram, 0, RAM_SIZE, DIRTY_MEMORY_MIGRATION));
    drive(memory, &copier);
    report_requests(memory);
    address_space_read(memory, 0x31008, MEMTXATTRS_UNSPECIFIED, text, sizeof(text));
    printf("at 0x31008: %s\n", text);
    report_dirty(&ram);
    return 0;
}
