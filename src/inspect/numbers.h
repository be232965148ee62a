/* SPDX-License-Identifier: MIT
 *
 * Numbers for regions or spaces, from 0, in the order in which they are met. json.c refers to them
 * by these numbers.
 */
#ifndef INSPECT_NUMBERS_H
#define INSPECT_NUMBERS_H

#include "base/address-table.h"

typedef struct Numbered {
    AddressEntry entry; /* entry.address is the region or space */
    size_t number;
    struct Numbered *next;
} Numbered;

/* All zero is empty. */
typedef struct Numbers {
    AddressTable table;
    Numbered *first; /* 'next' leads through all, by their numbers */
    Numbered *last;
} Numbers;

/* Gives 'address' the next number, unless it has one. */
void inspect_numbers_add(Numbers *numbers, const void *address);
/* Returns the entry of 'address', or NULL. */
const Numbered *inspect_numbers_find(const Numbers *numbers, const void *address);
void inspect_numbers_clear(Numbers *numbers);

#endif
