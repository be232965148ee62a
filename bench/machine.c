/* SPDX-License-Identifier: MIT
 *
 * Makes the machine that most parts of the benchmark measure (see machine.h): N pages, RAM and
 * devices in turn.
 */
#include <malloc.h>
#include <stdlib.h>

#include "machine.h"
#include "timer.h"

enum { RAM_PAGES = 64, FEW_SIZES = 3 };

static const long sizes[] = { 10, 64, 100, 1000, 10000, 100000 };

const long *bench_sizes = sizes;
unsigned bench_size_count = sizeof(sizes) / sizeof(sizes[0]);

void bench_sizes_be_few(void)
{
    bench_size_count = FEW_SIZES;
}

bool bench_sizes_are_few(void)
{
    return bench_size_count == FEW_SIZES;
}

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)size;
    return addr;
}

static void device_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    bench_use(data);
}

static const MemoryRegionOps device_ops = {
    .read = device_read,
    .write = device_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static void *must(void *ptr)
{
    if (!ptr) {
        abort();
    }
    return ptr;
}

static size_t heap_used(void)
{
    memory_drain();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* The windows show the RAM out of order. Otherwise ranges that follow each other could become
 * one. */
static void make_page(Machine *machine, unsigned long i)
{
    MemoryRegion *page = &machine->page[i];

    if (i % 2 == 0) {
        hwaddr offset = (i / 2 * 7 % RAM_PAGES) * BENCH_PAGE;
        memory_region_init_alias(page, NULL, "window", &machine->ram, offset, BENCH_PAGE);
    } else {
        memory_region_init_io(page, NULL, &device_ops, NULL, "device", BENCH_PAGE);
    }
    memory_region_add_subregion(&machine->root, machine_address(i), page);
}

void machine_make(Machine *machine, unsigned long pages)
{
    MemoryRegion *page = must(calloc(pages, sizeof(MemoryRegion)));

    machine_make_at(machine, pages, page);
    machine->allocated = page;
}

void machine_make_at(Machine *machine, unsigned long pages, MemoryRegion *page)
{
    *machine = (Machine){ .pages = pages, .page = page };
    machine->context = must(memory_context_new(NULL, NULL));
    machine->before = memory_context_set_current(machine->context);
    machine->host = must(aligned_alloc(BENCH_PAGE, RAM_PAGES * BENCH_PAGE));
    memory_region_init_ram_ptr(&machine->ram, NULL, "ram", RAM_PAGES * BENCH_PAGE, machine->host);
    memory_region_init(&machine->root, NULL, "root", UINT64_MAX);

    size_t before = heap_used();
    for (unsigned long i = 0; i < pages; i++) {
        make_page(machine, i);
    }
    size_t with_pages = heap_used();
    address_space_init(&machine->space, &machine->root, "bench");
    machine->heap_of_pages = with_pages - before;
    machine->heap_of_view = heap_used() - with_pages;
}

void machine_end(Machine *machine)
{
    address_space_destroy(&machine->space);
    for (unsigned long i = 0; i < machine->pages; i++) {
        memory_region_del_subregion(&machine->root, &machine->page[i]);
        object_unparent(OBJECT(&machine->page[i]));
    }
    object_unparent(OBJECT(&machine->ram));
    object_unparent(OBJECT(&machine->root));
    memory_drain();
    memory_context_set_current(machine->before);
    if (!memory_context_destroy(machine->context, NULL)) {
        abort();
    }
    free(machine->allocated);
    free(machine->host);
}
