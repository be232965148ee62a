/* SPDX-License-Identifier: MIT
 *
 * The few RISC-V instructions that the guests of the tests are made of, put together in place. Not
 * an assembler: there are no labels, and addresses are absolute.
 */
#ifndef TESTS_UNICORN_RISCV_H
#define TESTS_UNICORN_RISCV_H

#include <stdint.h>

#include <glib.h>

/* T0 and T1 are what the functions below work with. */
enum { ZERO = 0, RA = 1, T0 = 5, T1 = 6, A0 = 10, A1, A2, A3, A4, A5 };

/* Host memory that code is appended to. */
typedef struct Code {
    uint32_t *next;
} Code;

Code code_at(void *host);

/* Anything that sign extension makes of 32 bits. */
void code_constant(Code *c, unsigned reg, gint64 value);

/* Sizes in bytes; what is loaded is not sign-extended. */
void code_load(Code *c, unsigned reg, unsigned size, gint64 addr);
void code_store(Code *c, unsigned size, gint64 addr, gint64 value);
void code_store_reg(Code *c, unsigned size, gint64 addr, unsigned reg);

/* Goes round until a load gives something else than zero, which is left in reg. */
void code_load_nonzero(Code *c, unsigned reg, unsigned size, gint64 addr);

/* Touches 'count' places, 'stride' bytes apart, with loads of 4 bytes; their sum is left in A0. */
void code_sum(Code *c, gint64 addr, gint64 stride, unsigned count);

void code_call(Code *c, gint64 addr);
void code_return(Code *c);

#endif
