/* SPDX-License-Identifier: MIT
 *
 * A device with ioeventfds, and stores to it: for tests that ask which write signals which event.
 */
#ifndef TESTS_BELL_H
#define TESTS_BELL_H

#include "hearer.h"
#include "probe.h"

/* A device at 0x1000 that accepts accesses of 1 to 8 bytes. */
typedef struct Stage {
    Machine *m;
    MemoryRegion *root;
    AddressSpace *as;
    Probe *d;
    Events ev;
} Stage;

static inline void stage_setup(Stage *s, Machine *m)
{
    s->m = m;
    s->as = probe_space(m, &s->root);
    s->d = probe_new_plain(m, "d", 0x40);
    memory_region_add_subregion(s->root, 0x1000, &s->d->mr);
    events_setup(&s->ev);
}

static inline void bind(Stage *s, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, false, 0, &s->ev.e[e]);
}

static inline void bind_data(Stage *s, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    memory_region_add_eventfd(&s->d->mr, addr, size, true, data, &s->ev.e[e]);
}

static inline void unbind(Stage *s, hwaddr addr, unsigned size, unsigned e)
{
    memory_region_del_eventfd(&s->d->mr, addr, size, false, 0, &s->ev.e[e]);
}

static inline void unbind_data(Stage *s, hwaddr addr, unsigned size, uint64_t data, unsigned e)
{
    memory_region_del_eventfd(&s->d->mr, addr, size, true, data, &s->ev.e[e]);
}

/* Stores a number in the CPU's byte order and returns the result. */
static inline MemTxResult store(Stage *s, hwaddr addr, unsigned size, uint64_t val)
{
    MemTxResult r = 99;

    switch (size) {
    case 1:
        address_space_stb(s->as, addr, (uint8_t)val, ANY, &r);
        break;
    case 2:
        address_space_stw(s->as, addr, (uint16_t)val, ANY, &r);
        break;
    case 4:
        address_space_stl(s->as, addr, (uint32_t)val, ANY, &r);
        break;
    default:
        address_space_stq(s->as, addr, val, ANY, &r);
    }
    return r;
}

/* Checks what a store did: which events it signalled and which calls the device got, as "e1" or
 * "d:w4/4=7". */
#define assert_store(s, addr, size, val, want)                                                    \
    do {                                                                                          \
        g_assert_cmphex(store(s, addr, size, val), ==, MEMTX_OK);                                 \
        g_autofree char *store_events = events_text(&(s)->ev);                                    \
        g_string_append(s->m->trace, store_events);                                               \
        assert_trace(s->m, want);                                                                 \
    } while (0)

#endif
