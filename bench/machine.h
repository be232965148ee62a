/* SPDX-License-Identifier: MIT
 *
 * The machine that most parts of the benchmark measure, and its sizes.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <physmem/physmem.h>

enum { BENCH_PAGE = 0x1000, BENCH_STRIDE = 0x2000 };

/* N pages with a hole after each one, in a context of their own. The even ones are windows onto
 * RAM, the odd ones devices. */
typedef struct Machine {
    MemoryContext *context;
    MemoryContext *before; /* the context that was current when the machine was made */
    AddressSpace space;
    MemoryRegion root;
    MemoryRegion ram;
    MemoryRegion *page;
    MemoryRegion *allocated; /* the same, unless it is the caller's */
    unsigned long pages;
    uint8_t *host;
    size_t heap_of_pages; /* bytes of heap that the pages took before any space showed them */
    size_t heap_of_view;  /* bytes of heap that the view of the pages took in addition */
} Machine;

void machine_make(Machine *machine, unsigned long pages);
/* The same with regions at 'page', which is zeroed memory of the caller's. */
void machine_make_at(Machine *machine, unsigned long pages, MemoryRegion *page);
void machine_end(Machine *machine);

static inline hwaddr machine_address(unsigned long page)
{
    return (hwaddr)page * BENCH_STRIDE;
}

/* The values of N, in ascending order. */
extern const long *bench_sizes;
extern unsigned bench_size_count;

/* Leaves out the large sizes. */
void bench_sizes_be_few(void);
bool bench_sizes_are_few(void);

#endif
