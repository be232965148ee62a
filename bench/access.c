/* SPDX-License-Identifier: MIT
 *
 * Measures look-ups and accesses in a machine of N ranges, and comparable accesses without the
 * library.
 */
#include <stdlib.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { ADDRESSES = 1024, RUN = 16 };

typedef struct Access {
    Machine machine;
    hwaddr ram[ADDRESSES]; /* addresses of RAM, all over the machine */
    hwaddr device[ADDRESSES];
} Access;

static void choose_addresses(Access *access)
{
    uint32_t random = 7;
    unsigned long pairs = access->machine.pages / 2;

    for (unsigned i = 0; i < ADDRESSES; i++) {
        unsigned long page = bench_random(&random) % pairs * 2;
        hwaddr offset = bench_random(&random) % BENCH_PAGE & ~(hwaddr)7;
        access->ram[i] = machine_address(page) + offset;
        access->device[i] = machine_address(page + 1) + offset;
    }
}

static void translate(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr len = 4;
        hwaddr offset;
        memory_read_lock();
        address_space_translate(&a->machine.space, a->ram[i % ADDRESSES], &offset, &len, false,
                                MEMTXATTRS_UNSPECIFIED);
        memory_read_unlock();
        bench_use(offset);
    }
}

static void load(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&a->machine.space, a->ram[i % ADDRESSES],
                                       MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void load_same(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&a->machine.space, a->ram[0], MEMTXATTRS_UNSPECIFIED,
                                       NULL));
    }
}

/* Several accesses to a page before the next one, as programs make them. */
static void load_runs(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr addr = a->ram[i / RUN % ADDRESSES] ^ i % RUN * 4;
        bench_use(address_space_ldl_le(&a->machine.space, addr, MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void store(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&a->machine.space, a->ram[i % ADDRESSES], (uint32_t)i,
                             MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void device_load(void *opaque, unsigned long count)
{
    Access *a = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&a->machine.space, a->device[i % ADDRESSES],
                                       MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void load_in_section(void *opaque, unsigned long count)
{
    memory_read_lock();
    load(opaque, count);
    memory_read_unlock();
}

static void device_load_in_lock(void *opaque, unsigned long count)
{
    MemoryContext *context = memory_context_current();

    memory_context_lock(context);
    device_load(opaque, count);
    memory_context_unlock(context);
}

static const struct {
    const char *name;
    BenchBatch *batch;
} cases[] = {
    { "translate, any of N ranges", translate },
    { "load of 4 bytes, any of N ranges", load },
    { "load of 4 bytes, 16 in each of N ranges", load_runs },
    { "load of 4 bytes, the same range", load_same },
    { "store of 4 bytes, any of N ranges", store },
    { "load of 4 bytes, in one read section", load_in_section },
    { "device read of 4 bytes", device_load },
    { "device read of 4 bytes, lock held", device_load_in_lock },
};

void bench_access(void)
{
    for (unsigned i = 0; i < bench_size_count; i++) {
        Access *access = calloc(1, sizeof(Access));
        if (!access) {
            abort();
        }
        machine_make(&access->machine, (unsigned long)bench_sizes[i]);
        choose_addresses(access);
        for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
            Series *series = report_series(cases[c].name, "N", "ns");
            report_add(series, bench_sizes[i], bench_time(cases[c].batch, access));
        }
        machine_end(&access->machine);
        free(access);
    }
}

/* ---- The bare machine ------------------------------------------------------------------- */

static uint32_t word;

static void bare_load(void *opaque, unsigned long count)
{
    volatile uint32_t *place = opaque;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(*place);
    }
}

static uint32_t __attribute__((noinline)) callee(void *opaque)
{
    return *(uint32_t *)opaque;
}

static void bare_call(void *opaque, unsigned long count)
{
    uint32_t (*volatile function)(void *) = callee;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(function(opaque));
    }
}

void bench_bare(void)
{
    report_add(report_series("bare: volatile load", "", "ns"), 1, bench_time(bare_load, &word));
    report_add(report_series("bare: call through a pointer", "", "ns"), 1,
               bench_time(bare_call, &word));
}
