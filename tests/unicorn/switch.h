/* SPDX-License-Identifier: MIT
 *
 * Something in a guest's memory that the guest itself can set off: a device at CONTROL that makes
 * a change of the test's choice in the middle of each write to it.
 */
#ifndef TESTS_UNICORN_SWITCH_H
#define TESTS_UNICORN_SWITCH_H

#include "guest.h"

/* Where the switch lies, and where what is switched does. */
enum { CONTROL = 0x40000, TARGET = 0x60000 };

typedef struct Switch {
    Guest *g;
    Probe *p;
    MemoryRegion *mr; /* what the change is about */
    MemoryRegion *other;
    void (*change)(struct Switch *s);
} Switch;

void switch_init(Switch *s, Guest *g, void (*change)(Switch *s));

/* Two banks of RAM, a page each, of which 'mr' is shown at TARGET; switch_banks() exchanges them
 * and is the change that comes with them. */
void switch_init_banks(Switch *s, Guest *g);
void switch_banks(Switch *s);

/* Appends the write that sets the switch off. */
void put_flip(Code *c);

/* Code that returns with an answer in A0. */
void put_answer(MemoryRegion *mr, hwaddr offset, gint64 answer);

#endif
