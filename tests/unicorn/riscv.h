/* SPDX-License-Identifier: MIT
 *
 * Writes the few RISC-V instructions that the guests of the tests consist of. It is not an
 * assembler: there are no labels, and addresses are absolute.
 */
#ifndef TESTS_UNICORN_RISCV_H
#define TESTS_UNICORN_RISCV_H

#include <stdint.h>

#include <glib.h>

/* The functions below use T0 and T1. */
enum { ZERO = 0, RA = 1, T0 = 5, T1 = 6, A0 = 10, A1, A2, A3, A4, A5 };

/* Host memory that code is appended to. */
typedef struct Code {
    uint32_t *next;
} Code;

Code code_at(void *host);

/* Loads a constant: any value that results from sign extension of 32 bits. */
void code_constant(Code *c, unsigned reg, gint64 value);

/* Loads and stores; sizes are in bytes. Loads do not extend the sign. */
void code_load(Code *c, unsigned reg, unsigned size, gint64 addr);
void code_store(Code *c, unsigned size, gint64 addr, gint64 value);
void code_store_reg(Code *c, unsigned size, gint64 addr, unsigned reg);

/* Loads again and again until the value is not zero, and leaves it in 'reg'. */
void code_load_nonzero(Code *c, unsigned reg, unsigned size, gint64 addr);

/* Loads 4 bytes at 'count' places that are 'stride' bytes apart; A0 is their sum. */
void code_sum(Code *c, gint64 addr, gint64 stride, unsigned count);

void code_call(Code *c, gint64 addr);
void code_return(Code *c);

#endif
