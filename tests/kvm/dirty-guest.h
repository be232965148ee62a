/* SPDX-License-Identifier: MIT
 *
 * Guests that write pages, with each of the sources of dirty pages that the adapter knows.
 */
#ifndef TESTS_KVM_DIRTY_GUEST_H
#define TESTS_KVM_DIRTY_GUEST_H

#include "pages.h"

enum { RAM_AT = 0x100000, DIRTY_RING_ENTRIES = 1024, DIRTY_SOURCES = 3 };

typedef struct DirtySource {
    const char *name;
    bool automatic;   /* a bitmap that reading clears: a host without manual clearing */
    unsigned entries; /* of rings */
} DirtySource;

extern const DirtySource dirty_sources[DIRTY_SOURCES]; /* manual, automatic, ring */
const DirtySource *dirty_source(const char *name);

/* With one vCPU. 'source' is a DirtySource. */
Guest *dirty_guest_new(Machine *m, gconstpointer source);

/* RAM "ram" at RAM_AT that may migrate, logged for VGA; clean for all clients. */
MemoryRegion *logged_ram(Guest *g, uint64_t size);

/* Programs of the first vCPU: one store, one load; a store to each page of a run from RAM_AT
 * on. */
void guest_store(Guest *g, hwaddr addr, unsigned size);
void guest_load(Guest *g, hwaddr addr);
void guest_fill(Guest *g, uint64_t first, uint64_t count);

/* The programs that write many pages look into the host with an OUT to a port where nothing is,
 * now and then: there are kernels that look for a full ring only then. */

/* A program that writes 'count' times (0: until it is stopped) to pages chosen at random: page
 * 'first' and each 'step'th of 'pages' (a power of two) from RAM_AT on. */
void vcpu_start_scatter(Vcpu *v, uint64_t first, uint64_t step, uint64_t pages, uint64_t count);

#endif
