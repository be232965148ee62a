/* SPDX-License-Identifier: MIT
 *
 * physmem-costs: does the operations of costs.h in a fixed order. It prints a line for each: its
 * name, and how often it was done. callgrind writes one dump for each line.
 */
#include "costs.h"

#include <stdio.h>

#include <physmem/physmem.h>

/* callgrind begins to count when the first is called, and writes a dump when the second is. */
void costs_begin(void);
void costs_end(void);

__attribute__((noinline)) void costs_begin(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) void costs_end(void)
{
    __asm__ volatile("");
}

/* The drain leaves nothing to the reclaimer that would be done meanwhile or not. */
void costs_count_cold(const char *name, BenchBatch *batch, void *state, unsigned long count)
{
    memory_drain();
    costs_begin();
    batch(state, count);
    costs_end();
    printf("%s\t%lu\n", name, count);
}

void costs_count(const char *name, BenchBatch *batch, void *state, unsigned long count)
{
    batch(state, count);
    costs_count_cold(name, batch, state, count);
}

int main(void)
{
    costs_access();
    costs_cache();
    costs_edit();
    costs_dirty();
    costs_iommu();
    costs_kvm();
    return 0;
}
