/* SPDX-License-Identifier: MIT
 *
 * The accesses of costs.h. Most of them are what contender-physmem.c does in the comparison.
 */
#include "contender-physmem.h"
#include "costs.h"
#include "machine.h"

enum { COUNT = 20000, PAGES = 1000 };

static const struct Access {
    const char *name;
    GuestShape shape;
    unsigned long ranges;
    Operation operation;
} accesses[] = {
    { "load, 1 range", GUEST_RAM, 1, LOAD },
    { "load, 64 ranges", GUEST_RAM, 64, LOAD },
    { "load, 1 range of 1 MiB", GUEST_MEDIUM, 1, LOAD },
    { "load, 64 ranges of 1 MiB", GUEST_MEDIUM, 64, LOAD },
    { "load, a PC with virtio", GUEST_PC, 1, LOAD },
    { "load inlined, 1 range", GUEST_RAM, 1, LOAD_INLINED },
    { "load inlined, 64 ranges", GUEST_RAM, 64, LOAD_INLINED },
    { "store, 1 range", GUEST_RAM, 1, STORE },
    { "store, 64 ranges", GUEST_RAM, 64, STORE },
    { "store inlined, 1 range", GUEST_RAM, 1, STORE_INLINED },
    { "device read, lock taken", GUEST_DEVICES, 1, LOAD },
    { "device read, lock-free", GUEST_LOCKLESS, 1, LOAD },
    { "device read, 64 devices", GUEST_DEVICES, 64, LOAD },
    { "map and unmap to read", GUEST_RAM, 1, MAP },
    { "host pointer in a read section", GUEST_RAM, 1, BORROW },
    { "block of 4 bytes read", GUEST_RAM, 1, READ_4 },
    { "block of 4 KiB read", GUEST_RAM, 1, READ_4096 },
};

static void access_guest(const struct Access *a)
{
    Guest *guest = guest_make(a->shape, a->ranges);
    void *state = contender_physmem.make(guest);

    costs_count(a->name, contender_physmem.batch[a->operation], state, COUNT);
    contender_physmem.end(state);
    guest_free(guest);
}

/* ---- What contenders do not do --------------------------------------------------------------- */

/* Each load is the first one of its page, all of which are RAM. */
static void load_first(void *opaque, unsigned long count)
{
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&m->space, machine_address(2 * i), MEMTXATTRS_UNSPECIFIED,
                                       NULL));
    }
}

static void write_block(void *opaque, unsigned long count)
{
    static const uint8_t block[64];
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        address_space_write(&m->space, machine_address(0), MEMTXATTRS_UNSPECIFIED, block,
                            sizeof(block));
    }
}

static void map_to_write(void *opaque, unsigned long count)
{
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr len = BENCH_PAGE;
        void *host =
            address_space_map(&m->space, machine_address(0), &len, true, MEMTXATTRS_UNSPECIFIED);
        address_space_unmap(&m->space, host, len, true, len);
    }
}

static void write_device(void *opaque, unsigned long count)
{
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&m->space, machine_address(1), 0, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void load(void *opaque, unsigned long count)
{
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&m->space, machine_address(i % 64 * 2),
                                       MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void load_in_section(void *opaque, unsigned long count)
{
    memory_read_lock();
    load(opaque, count);
    memory_read_unlock();
}

static void read_device(void *opaque, unsigned long count)
{
    Machine *m = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&m->space, machine_address(1), MEMTXATTRS_UNSPECIFIED,
                                       NULL));
    }
}

static void read_device_in_lock(void *opaque, unsigned long count)
{
    MemoryContext *context = memory_context_current();

    memory_context_lock(context);
    read_device(opaque, count);
    memory_context_unlock(context);
}

static void other_accesses(void)
{
    Machine m;

    machine_make(&m, PAGES);
    costs_count_cold("first load of a range, 1,000 ranges", load_first, &m, PAGES / 2);
    costs_count("load, 64 windows onto RAM", load, &m, COUNT);
    costs_count("load, 64 windows, in one read section", load_in_section, &m, COUNT);
    costs_count("device read, lock held", read_device_in_lock, &m, COUNT);
    costs_count("block of 64 bytes written", write_block, &m, COUNT);
    costs_count("map and unmap to write", map_to_write, &m, COUNT);
    costs_count("device write, lock taken", write_device, &m, COUNT);
    machine_end(&m);
}

void costs_access(void)
{
    for (unsigned i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        access_guest(&accesses[i]);
    }
    other_accesses();
}
