/* SPDX-License-Identifier: MIT
 *
 * Where the guest is, whatever its architecture.
 */
#ifndef PHYSMEM_UNICORN_PROGRAM_COUNTER_H
#define PHYSMEM_UNICORN_PROGRAM_COUNTER_H

#include <unicorn/unicorn.h>

/* The address to go on from, as uc_emu_start() wants it (for ARM, with the Thumb bit). Only when
 * the engine has stopped. */
uint64_t program_counter_read(uc_engine *uc);

#endif
