/* SPDX-License-Identifier: MIT
 *
 * The address space of libphysmem as a contender, for parts that make accesses of their own to a
 * guest (guest.h).
 */
#ifndef BENCH_CONTENDER_PHYSMEM_H
#define BENCH_CONTENDER_PHYSMEM_H

#include <physmem/physmem.h>

#include "contest.h"

/* 'state' is what contender_physmem.make() returned. */
AddressSpace *contender_physmem_space(void *state);

#endif
