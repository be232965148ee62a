/* SPDX-License-Identifier: MIT
 *
 * Gives out places among the RAM addresses, and knows which are free (places.c). room.c calls this,
 * under the context's lock.
 */
#ifndef RAM_PLACES_H
#define RAM_PLACES_H

#include <physmem/types.h>

/* Starts and lengths are multiples of 'unit', which is 64 guest pages. Two gaps never touch: there
 * is a block between them. */
typedef struct RamPlaces {
    ram_addr_t unit;
    TAILQ_HEAD(RamGaps, RamGap) gaps; /* ascending */
} RamPlaces;

void ram_places_init(RamPlaces *places, unsigned page_bits);
void ram_places_clear(RamPlaces *places);

/* Takes 'length' bytes from the start of the smallest gap that has room for them, or of the first
 * one if several are equally small. Returns the start, or RAM_ADDR_INVALID if no gap has room. */
ram_addr_t ram_places_take(RamPlaces *places, ram_addr_t length);

/* Gives back a place. 'length' is the one with which it was taken. */
void ram_places_give_back(RamPlaces *places, ram_addr_t start, ram_addr_t length);

#endif
