/* SPDX-License-Identifier: MIT
 *
 * Which RAM addresses are free (places.c). For room.c, under the context's lock.
 */
#ifndef RAM_PLACES_H
#define RAM_PLACES_H

#include <physmem/types.h>

/* All of it in units of 64 guest pages. Gaps do not touch: between two of them is a block. */
typedef struct RamPlaces {
    ram_addr_t unit;
    TAILQ_HEAD(RamGaps, RamGap) gaps; /* ascending */
} RamPlaces;

void ram_places_init(RamPlaces *places, unsigned page_bits);
void ram_places_clear(RamPlaces *places);

/* The start of the smallest gap that has room for 'length' bytes, of the first among equals, which
 * are taken; RAM_ADDR_INVALID if there is none. */
ram_addr_t ram_places_take(RamPlaces *places, ram_addr_t length);

/* What was taken, with the same length. */
void ram_places_give_back(RamPlaces *places, ram_addr_t start, ram_addr_t length);

#endif
