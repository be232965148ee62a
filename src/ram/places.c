/* SPDX-License-Identifier: MIT
 *
 * Decides where blocks lie among the RAM addresses (specification section 22.5). It keeps a list of
 * the gaps between blocks. Blocks are placed side by side and rarely removed, so there are few gaps
 * even if there are many blocks. That is why a walk along the list is good enough.
 */
#include "ram/places.h"

#include <stdlib.h>

#include "base/alloc.h"

enum { PLACE_PAGES = 64 }; /* as many pages as a word of a bitmap has bits */

typedef struct RamGap {
    ram_addr_t start;
    ram_addr_t length;
    TAILQ_ENTRY(RamGap) link;
} Gap;

static Gap *gap_new(ram_addr_t start, ram_addr_t length)
{
    Gap *gap = alloc_new(Gap);

    gap->start = start;
    gap->length = length;
    return gap;
}

static void gap_drop(RamPlaces *places, Gap *gap)
{
    TAILQ_REMOVE(&places->gaps, gap, link);
    free(gap);
}

/* The last unit is not given out, because RAM_ADDR_INVALID lies in it. */
void ram_places_init(RamPlaces *places, unsigned page_bits)
{
    Gap *all;

    places->unit = (ram_addr_t)PLACE_PAGES << page_bits;
    all = gap_new(0, -places->unit);
    TAILQ_INIT(&places->gaps);
    TAILQ_INSERT_TAIL(&places->gaps, all, link);
}

void ram_places_clear(RamPlaces *places)
{
    Gap *gap;

    while ((gap = TAILQ_FIRST(&places->gaps))) {
        gap_drop(places, gap);
    }
}

static ram_addr_t in_units(const RamPlaces *places, ram_addr_t length)
{
    return (length + places->unit - 1) & -places->unit;
}

ram_addr_t ram_places_take(RamPlaces *places, ram_addr_t length)
{
    Gap *gap, *best = NULL;
    ram_addr_t start;

    length = in_units(places, length);
    TAILQ_FOREACH(gap, &places->gaps, link) {
        if (gap->length >= length && (!best || gap->length < best->length)) {
            best = gap;
        }
    }
    if (!best) {
        return RAM_ADDR_INVALID;
    }
    start = best->start;
    best->start += length;
    best->length -= length;
    if (!best->length) {
        gap_drop(places, best);
    }
    return start;
}

/* Joins two gaps if they touch. Either may be NULL. */
static void join(RamPlaces *places, Gap *gap, Gap *next)
{
    if (gap && next && gap->start + gap->length == next->start) {
        gap->length += next->length;
        gap_drop(places, next);
    }
}

void ram_places_give_back(RamPlaces *places, ram_addr_t start, ram_addr_t length)
{
    Gap *gap = gap_new(start, in_units(places, length)), *next;

    TAILQ_FOREACH(next, &places->gaps, link) {
        if (next->start > start) {
            break;
        }
    }
    if (next) {
        TAILQ_INSERT_BEFORE(next, gap, link);
    } else {
        TAILQ_INSERT_TAIL(&places->gaps, gap, link);
    }
    join(places, gap, next);
    join(places, TAILQ_PREV(gap, RamGaps, link), gap);
}
