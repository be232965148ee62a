/* SPDX-License-Identifier: MIT
 *
 * Guests that write pages, with each source of dirty pages that the adapter can use.
 */
#ifndef TESTS_KVM_DIRTY_GUEST_H
#define TESTS_KVM_DIRTY_GUEST_H

#include "pages.h"

enum { RAM_AT = 0x100000, DIRTY_RING_ENTRIES = 1024, DIRTY_SOURCES = 3 };

typedef struct DirtySource {
    const char *name;
    bool automatic;   /* reading the bitmap clears it; else it is cleared by hand */
    unsigned entries; /* entries of the vCPUs' rings; 0: a bitmap */
} DirtySource;

extern const DirtySource dirty_sources[DIRTY_SOURCES]; /* manual, automatic, ring */
const DirtySource *dirty_source(const char *name);

/* Makes a guest with one vCPU. 'source' points to a DirtySource. */
Guest *dirty_guest_new(Machine *m, gconstpointer source);

/* Makes RAM "ram" at RAM_AT that is registered for migration and logged for VGA. It is clean for
 * all clients. */
MemoryRegion *logged_ram(Guest *g, uint64_t size);

/* Programs of the first vCPU: one store; one load; a store to each page of a run that begins at
 * RAM_AT. */
void guest_store(Guest *g, hwaddr addr, unsigned size);
void guest_load(Guest *g, hwaddr addr);
void guest_fill(Guest *g, uint64_t first, uint64_t count);

/* The following programs write many pages. Now and then they exit with an OUT to a port where
 * nothing is, because some kernels look for a full ring only then. */

/* Starts a program that writes 'count' times (0: until it is stopped) to random pages. The pages
 * are page 'first' and each 'step'-th one after it, 'pages' in all (a power of two), counted from
 * RAM_AT. */
void vcpu_start_scatter(Vcpu *v, uint64_t first, uint64_t step, uint64_t pages, uint64_t count);

#endif
