/* SPDX-License-Identifier: MIT
 *
 * Encoding RISC-V instructions; see riscv.h.
 */
#include "riscv.h"

/* The fields that are at the same place in every instruction. */
static uint32_t fields(unsigned opcode, unsigned rd, unsigned function, unsigned rs1)
{
    return opcode | rd << 7 | function << 12 | rs1 << 15;
}

static void put(Code *c, uint32_t instruction)
{
    *c->next++ = instruction;
}

static void put_immediate(Code *c, uint32_t instruction, int immediate)
{
    put(c, instruction | (uint32_t)immediate << 20);
}

static void add_immediate(Code *c, unsigned rd, unsigned rs1, int immediate)
{
    put_immediate(c, fields(0x13, rd, 0, rs1), immediate);
}

static void add(Code *c, unsigned rd, unsigned rs1, unsigned rs2)
{
    put(c, fields(0x33, rd, 0, rs1) | rs2 << 20);
}

static unsigned log2_of(unsigned size)
{
    return (unsigned)g_bit_nth_msf(size, -1);
}

static void load(Code *c, unsigned rd, unsigned size, unsigned base)
{
    unsigned zero_extends = size < 8 ? 4 : 0;

    put(c, fields(0x03, rd, log2_of(size) | zero_extends, base));
}

/* Branches back by 'back' instructions, counted from this one. */
static void branch_back(Code *c, unsigned condition, unsigned rs1, unsigned rs2, unsigned back)
{
    uint32_t by = (uint32_t)(-4 * (int)back);
    uint32_t low = (by >> 11 & 1) | (by >> 1 & 0xf) << 1;
    uint32_t high = (by >> 5 & 0x3f) | (by >> 12 & 1) << 6;

    put(c, fields(0x63, low, condition, rs1) | rs2 << 20 | high << 25);
}

Code code_at(void *host)
{
    return (Code){ .next = host };
}

void code_constant(Code *c, unsigned reg, gint64 value)
{
    g_assert_cmpint((gint32)value, ==, value);
    put(c, fields(0x37, reg, 0, 0) | (((uint32_t)value + 0x800) & 0xfffff000));
    add_immediate(c, reg, reg, (int)(value & 0xfff));
}

void code_load(Code *c, unsigned reg, unsigned size, gint64 addr)
{
    code_constant(c, T0, addr);
    load(c, reg, size, T0);
}

void code_store_reg(Code *c, unsigned size, gint64 addr, unsigned reg)
{
    code_constant(c, T0, addr);
    put(c, fields(0x23, 0, log2_of(size), T0) | reg << 20);
}

void code_store(Code *c, unsigned size, gint64 addr, gint64 value)
{
    code_constant(c, T1, value);
    code_store_reg(c, size, addr, T1);
}

void code_load_nonzero(Code *c, unsigned reg, unsigned size, gint64 addr)
{
    code_load(c, reg, size, addr);
    branch_back(c, 0, reg, ZERO, 1);
}

void code_sum(Code *c, gint64 addr, gint64 stride, unsigned count)
{
    code_constant(c, A0, 0);
    code_constant(c, A1, addr);
    code_constant(c, A2, stride);
    code_constant(c, A3, (gint64)count);
    load(c, A4, 4, A1);
    add(c, A0, A0, A4);
    add(c, A1, A1, A2);
    add_immediate(c, A3, A3, -1);
    branch_back(c, 1, A3, ZERO, 4);
}

void code_call(Code *c, gint64 addr)
{
    code_constant(c, T0, addr);
    put(c, fields(0x67, RA, 0, T0));
}

void code_return(Code *c)
{
    put(c, fields(0x67, ZERO, 0, RA));
}
