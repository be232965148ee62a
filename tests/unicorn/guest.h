/* SPDX-License-Identifier: MIT
 *
 * A guest for the tests of the Unicorn adapter: a RISC-V engine whose memory is a space of 4 GiB,
 * with nothing in it at first but RAM for code. A test puts a program together and runs it. Each
 * program runs once; the next one is placed after it.
 */
#ifndef TESTS_UNICORN_GUEST_H
#define TESTS_UNICORN_GUEST_H

#include <physmem/unicorn.h>

#include "../probe.h"
#include "riscv.h"

enum { PAGE = 0x1000, CODE_AT = 0x10000, CODE_SIZE = 0x10000 };

typedef struct Guest {
    Machine *m;
    MemoryRegion *root;
    MemoryRegion *code_ram;
    AddressSpace *as;
    uc_engine *uc;
    UnicornMemory *um;
    Code code;    /* the program that runs next */
    hwaddr begin; /* where it begins */
} Guest;

Guest *guest_new(Machine *m);
void guest_free(Guest *g);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)

/* Run the program that was put into g->code since the last run, to its end. guest_run() fails the
 * test if that does not work. */
void guest_run(Guest *g);
uc_err guest_try(Guest *g);

/* Returns a register; the second function its low half. */
uint64_t guest_reg(Guest *g, unsigned reg);
uint32_t guest_word(Guest *g, unsigned reg);

/* Run a program of one access. */
uint64_t guest_read(Guest *g, unsigned size, hwaddr addr);
void guest_write(Guest *g, unsigned size, hwaddr addr, uint64_t value);

/* Returns a pointer to a word in a region's memory. */
uint32_t *word_of(MemoryRegion *mr, hwaddr offset);

/* Makes RAM whose words are all 'word'. */
MemoryRegion *words_new(Machine *m, const char *name, uint64_t size, uint32_t word);

/* Returns what the engine has mapped besides the code: "20000-20fff rwx, 30000-3ffff rw-". */
char *mapped_text(Guest *g);
#define assert_mapped(g, want)                                                                    \
    do {                                                                                          \
        g_autofree char *mapped_now = mapped_text(g);                                             \
        g_assert_cmpstr(mapped_now, ==, want);                                                    \
    } while (0)

#endif
