/* SPDX-License-Identifier: MIT
 *
 * Making and running guests; see guest.h.
 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>

Guest *guest_new(Machine *m)
{
    Guest *g = g_new0(Guest, 1);
    Error *err = NULL;

    g->m = m;
    g->root = box_new(m, "root", UINT64_MAX);
    g->code_ram = ram_new(m, "code", CODE_SIZE);
    memory_region_add_subregion(g->root, CODE_AT, g->code_ram);
    g->as = space_new(m, g->root, "as");
    g->begin = CODE_AT;
    g->code = code_at(host_of(g->code_ram));
    g_assert_cmpint(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV64, &g->uc), ==, UC_ERR_OK);
    g->um = unicorn_memory_new(g->uc, g->as, &err);
    g_assert_cmpstr(err ? error_get_pretty(err) : "", ==, "");
    g_assert_nonnull(g->um);
    return g;
}

void guest_free(Guest *g)
{
    unicorn_memory_free(g->um);
    g_assert_cmpint(uc_close(g->uc), ==, UC_ERR_OK);
    g_free(g);
}

/* The engine has translated the end of a program as "stop here", so the next one begins after
 * it. */
uc_err guest_try(Guest *g)
{
    hwaddr end = CODE_AT + (hwaddr)((uint8_t *)g->code.next - host_of(g->code_ram));
    uc_err error = unicorn_memory_run(g->um, g->begin, end, 0, 0);

    g->code.next++;
    g->begin = end + sizeof(*g->code.next);
    g_assert_cmphex(g->begin, <, CODE_AT + CODE_SIZE - 0x200);
    return error;
}

void guest_run(Guest *g)
{
    g_assert_cmpstr(uc_strerror(guest_try(g)), ==, uc_strerror(UC_ERR_OK));
}

uint64_t guest_reg(Guest *g, unsigned reg)
{
    uint64_t value = 0;

    g_assert_cmpint(uc_reg_read(g->uc, UC_RISCV_REG_X0 + (int)reg, &value), ==, UC_ERR_OK);
    return value;
}

uint32_t guest_word(Guest *g, unsigned reg)
{
    return (uint32_t)guest_reg(g, reg);
}

uint64_t guest_read(Guest *g, unsigned size, hwaddr addr)
{
    code_load(&g->code, A0, size, (gint64)addr);
    guest_run(g);
    return guest_reg(g, A0);
}

void guest_write(Guest *g, unsigned size, hwaddr addr, uint64_t value)
{
    g_assert_cmpint(uc_reg_write(g->uc, UC_RISCV_REG_X0 + A0, &value), ==, UC_ERR_OK);
    code_store_reg(&g->code, size, (gint64)addr, A0);
    guest_run(g);
}

uint32_t *word_of(MemoryRegion *mr, hwaddr offset)
{
    return (uint32_t *)(host_of(mr) + offset);
}

MemoryRegion *words_new(Machine *m, const char *name, uint64_t size, uint32_t word)
{
    MemoryRegion *mr = ram_new(m, name, size);

    for (hwaddr at = 0; at < size; at += sizeof(word)) {
        *word_of(mr, at) = word;
    }
    return mr;
}

/* ---- What is mapped --------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    const uc_mem_region *x = a, *y = b;

    return (x->begin > y->begin) - (x->begin < y->begin);
}

static void append_mapped(GString *out, const uc_mem_region *r)
{
    g_string_append_printf(out, "%s%" PRIx64 "-%" PRIx64 " %c%c%c", out->len ? ", " : "", r->begin,
                           r->end, r->perms & UC_PROT_READ ? 'r' : '-',
                           r->perms & UC_PROT_WRITE ? 'w' : '-',
                           r->perms & UC_PROT_EXEC ? 'x' : '-');
}

char *mapped_text(Guest *g)
{
    GString *out = g_string_new(NULL);
    uc_mem_region *regions;
    uint32_t count;

    g_assert_cmpint(uc_mem_regions(g->uc, &regions, &count), ==, UC_ERR_OK);
    qsort(regions, count, sizeof(*regions), by_address);
    for (uint32_t i = 0; i < count; i++) {
        if (regions[i].begin != CODE_AT) {
            append_mapped(out, &regions[i]);
        }
    }
    uc_free(regions);
    return g_string_free(out, false);
}
