/* SPDX-License-Identifier: MIT
 *
 * The device that changes things; see switch.h.
 */
#include "switch.h"

static void flip(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Switch *s = p->opaque;

    (void)addr, (void)size;
    if (is_write) {
        s->change(s);
    }
}

void switch_init(Switch *s, Guest *g, void (*change)(Switch *s))
{
    *s = (Switch){ .g = g, .p = probe_new_plain(g->m, "switch", PAGE), .change = change };
    s->p->hook = flip;
    s->p->opaque = s;
    memory_region_add_subregion(g->root, CONTROL, &s->p->mr);
}

void switch_init_banks(Switch *s, Guest *g)
{
    switch_init(s, g, switch_banks);
    s->mr = ram_new(g->m, "bank-a", PAGE);
    s->other = ram_new(g->m, "bank-b", PAGE);
    memory_region_add_subregion(g->root, TARGET, s->mr);
}

void switch_banks(Switch *s)
{
    MemoryRegion *shown = s->mr;

    memory_region_transaction_begin();
    memory_region_del_subregion(s->g->root, shown);
    memory_region_add_subregion(s->g->root, TARGET, s->other);
    memory_region_transaction_commit();
    s->mr = s->other;
    s->other = shown;
}

/* Uses registers that tests do not read. */
void put_flip(Code *c)
{
    code_store(c, 4, CONTROL + 0x20, 0);
}

void put_answer(MemoryRegion *mr, hwaddr offset, gint64 answer)
{
    Code c = code_at(host_of(mr) + offset);

    code_constant(&c, A0, answer);
    code_return(&c);
}
