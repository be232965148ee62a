/* SPDX-License-Identifier: MIT
 *
 * Measures bounce buffers: while N of them are in use, unmaps the oldest one and maps a new one.
 */
#include <stdlib.h>

#include <physmem/physmem.h>

#include "parts.h"
#include "report.h"
#include "timer.h"

static const unsigned sizes[] = { 1, 100, 10000, 50000 };

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), MOST = 50000 };

typedef struct Buffers {
    MemoryContext *context;
    MemoryContext *before;
    MemoryRegion root; /* empty, so that every map gets a bounce buffer */
    AddressSpace space;
    void *buffer[MOST];
    unsigned count;
} Buffers;

static void buffers_make(Buffers *b)
{
    b->context = memory_context_new(NULL, NULL);
    b->before = memory_context_set_current(b->context);
    memory_region_init(&b->root, NULL, "root", MOST);
    address_space_init(&b->space, &b->root, "space");
    address_space_set_max_bounce_bytes(&b->space, SIZE_MAX);
}

static void buffers_end(Buffers *b)
{
    address_space_destroy(&b->space);
    memory_drain();
    object_unparent(OBJECT(&b->root));
    memory_drain();
    memory_context_set_current(b->before);
    memory_context_destroy(b->context, NULL);
}

static void *map_at(Buffers *b, hwaddr addr)
{
    hwaddr len = 1;

    return address_space_map(&b->space, addr, &len, true, MEMTXATTRS_UNSPECIFIED);
}

static void change_oldest(void *opaque, unsigned long count)
{
    Buffers *b = opaque;

    for (unsigned long i = 0; i < count; i++) {
        unsigned oldest = (unsigned)(i % b->count);
        address_space_unmap(&b->space, b->buffer[oldest], 1, true, 0);
        b->buffer[oldest] = map_at(b, oldest);
    }
}

static double measure(Buffers *b, unsigned count)
{
    b->count = count;
    for (unsigned i = 0; i < count; i++) {
        b->buffer[i] = map_at(b, i);
    }
    double ns = bench_time(change_oldest, b);
    for (unsigned i = 0; i < count; i++) {
        address_space_unmap(&b->space, b->buffer[i], 1, true, 0);
    }
    return ns;
}

void bench_bounce(void)
{
    Buffers *b = calloc(1, sizeof(Buffers));

    if (!b) {
        abort();
    }
    buffers_make(b);
    Series *series = report_series("map and unmap of one of N bounce buffers", "N", "ns");
    for (unsigned i = 0; i < SIZES; i++) {
        report_add(series, sizes[i], measure(b, sizes[i]));
    }
    buffers_end(b);
    free(b);
}
