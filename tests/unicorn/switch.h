/* SPDX-License-Identifier: MIT
 *
 * A change that the guest itself sets off: a device at CONTROL that makes a change of the test's
 * choice in the middle of each write to it.
 */
#ifndef TESTS_UNICORN_SWITCH_H
#define TESTS_UNICORN_SWITCH_H

#include "guest.h"

/* Where the switch is, and where the region is that changes. */
enum { CONTROL = 0x40000, TARGET = 0x60000 };

typedef struct Switch {
    Guest *g;
    Probe *p;
    MemoryRegion *mr; /* the region that changes */
    MemoryRegion *other;
    void (*change)(struct Switch *s);
} Switch;

void switch_init(Switch *s, Guest *g, void (*change)(Switch *s));

/* switch_init_banks() makes two banks of RAM of one page each; 'mr' is the one that is shown at
 * TARGET. switch_banks() is the change that exchanges them. */
void switch_init_banks(Switch *s, Guest *g);
void switch_banks(Switch *s);

/* Appends the write that sets off the change. */
void put_flip(Code *c);

/* Writes code that returns with an answer in A0. */
void put_answer(MemoryRegion *mr, hwaddr offset, gint64 answer);

#endif
