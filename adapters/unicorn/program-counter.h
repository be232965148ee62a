/* SPDX-License-Identifier: MIT
 *
 * The guest's program counter, in any architecture.
 */
#ifndef PHYSMEM_UNICORN_PROGRAM_COUNTER_H
#define PHYSMEM_UNICORN_PROGRAM_COUNTER_H

#include <unicorn/unicorn.h>

/* Returns the address to continue at, in the form that uc_emu_start() expects (for ARM, with the
 * Thumb bit). It is exact only when the engine has stopped. */
uint64_t program_counter_read(uc_engine *uc);

#endif
