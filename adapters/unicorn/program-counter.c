/* SPDX-License-Identifier: MIT
 *
 * Reading the program counter. It is another register in each architecture and mode.
 */
#include "program-counter.h"

static int x86_register(size_t mode)
{
    if (mode & UC_MODE_64) {
        return UC_X86_REG_RIP;
    }
    return (mode & UC_MODE_16) ? UC_X86_REG_IP : UC_X86_REG_EIP;
}

static int register_of(size_t arch, size_t mode)
{
    switch (arch) {
    case UC_ARCH_ARM:
        return UC_ARM_REG_PC;
    case UC_ARCH_ARM64:
        return UC_ARM64_REG_PC;
    case UC_ARCH_MIPS:
        return UC_MIPS_REG_PC;
    case UC_ARCH_X86:
        return x86_register(mode);
    case UC_ARCH_PPC:
        return UC_PPC_REG_PC;
    case UC_ARCH_SPARC:
        return UC_SPARC_REG_PC;
    case UC_ARCH_M68K:
        return UC_M68K_REG_PC;
    case UC_ARCH_RISCV:
        return UC_RISCV_REG_PC;
    case UC_ARCH_S390X:
        return UC_S390X_REG_PC;
    default:
        return UC_TRICORE_REG_PC;
    }
}

uint64_t program_counter_read(uc_engine *uc)
{
    size_t arch = 0;
    size_t mode = 0;
    uint64_t pc = 0; /* a narrower register fills its low part: hosts are little endian */

    uc_query(uc, UC_QUERY_ARCH, &arch);
    uc_query(uc, UC_QUERY_MODE, &mode);
    uc_reg_read(uc, register_of(arch, mode), &pc);
    return arch == UC_ARCH_ARM && (mode & UC_MODE_THUMB) ? pc | 1 : pc;
}
