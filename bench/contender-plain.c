/* SPDX-License-Identifier: MIT
 *
 * Two contenders that no library can beat (see contest.h). The first accesses memory by host
 * pointers that were found beforehand, and calls the functions of devices. The second does the same
 * in read sections of liburcu, which a library needs if the map may change meanwhile.
 */
#ifndef PHYSMEM_SANITIZE
#define _LGPL_SOURCE /* the inline functions; see src/base/rcu.h */
#endif
#include <urcu/urcu-bp.h>

#include <stdlib.h>
#include <string.h>

#include "contest.h"

enum { BLOCK = 4096 };

typedef uint32_t __attribute__((may_alias)) Word;

typedef struct Place {
    uint8_t *host; /* NULL: a device */
    GuestRead *read;
    uint64_t offset;
} Place;

typedef struct Floor {
    volatile Word *word[GUEST_PLACES];
    Place place[GUEST_PLACES];
    bool has_devices;
    uint8_t *block;
} Floor;

static void *floor_make(const Guest *guest)
{
    Floor *f = calloc(1, sizeof(*f));

    if (!f) {
        abort();
    }
    f->block = guest->block;
    for (unsigned i = 0; i < GUEST_PLACES; i++) {
        const GuestRange *range = guest->range_of[i];
        const uint64_t offset = guest->address[i] - range->base;
        f->place[i] = (Place){ NULL, range->read, offset };
        if (range->host) {
            f->place[i].host = range->host + offset;
            f->word[i] = (Word *)(void *)(range->host + offset);
        }
        f->has_devices |= !range->host;
    }
    return f;
}

static inline uint32_t load_place(const Place *place)
{
    return place->host ? *(const volatile Word *)(void *)place->host
                       : (uint32_t)place->read(NULL, place->offset, 4);
}

/* ---- Plain --------------------------------------------------------------------------------- */

static void load(void *opaque, unsigned long count)
{
    const Floor *f = opaque;

    if (f->has_devices) {
        for (unsigned long i = 0; i < count; i++) {
            bench_use(load_place(&f->place[i % GUEST_PLACES]));
        }
        return;
    }
    for (unsigned long i = 0; i < count; i++) {
        bench_use(*f->word[i % GUEST_PLACES]);
    }
}

/* The values are 0, but the processor has to wait for each one. */
static void load_dependent(void *opaque, unsigned long count)
{
    const Floor *f = opaque;
    uint32_t value = 0;

    for (unsigned long i = 0; i < count; i++) {
        value = f->word[i % GUEST_PLACES][value];
    }
    bench_use(value);
}

static void store(void *opaque, unsigned long count)
{
    const Floor *f = opaque;

    for (unsigned long i = 0; i < count; i++) {
        *f->word[i % GUEST_PLACES] = 0;
    }
}

static void read_4096(void *opaque, unsigned long count)
{
    Floor *f = opaque;
    size_t len = BLOCK;

    __asm__("" : "+r"(len)); /* the C library's memcpy() is faster than that of the compiler */
    for (unsigned long i = 0; i < count; i++) {
        memcpy(f->block, f->place[i % GUEST_PLACES].host, len);
        __asm__ volatile("" : : "r"(f->block) : "memory");
    }
}

const Contender contender_plain = {
    .make = floor_make,
    .end = free,
    .batch = { [LOAD] = load,
               [LOAD_DEPENDENT] = load_dependent,
               [STORE] = store,
               [READ_4096] = read_4096 },
};

/* ---- In read sections ------------------------------------------------------------------------ */

static void load_in_section(void *opaque, unsigned long count)
{
    const Floor *f = opaque;

    for (unsigned long i = 0; i < count; i++) {
        urcu_bp_read_lock();
        bench_use(load_place(&f->place[i % GUEST_PLACES]));
        urcu_bp_read_unlock();
    }
}

static void load_dependent_in_section(void *opaque, unsigned long count)
{
    const Floor *f = opaque;
    uint32_t value = 0;

    for (unsigned long i = 0; i < count; i++) {
        urcu_bp_read_lock();
        value = f->word[i % GUEST_PLACES][value];
        urcu_bp_read_unlock();
    }
    bench_use(value);
}

static void store_in_section(void *opaque, unsigned long count)
{
    const Floor *f = opaque;

    for (unsigned long i = 0; i < count; i++) {
        urcu_bp_read_lock();
        *f->word[i % GUEST_PLACES] = 0;
        urcu_bp_read_unlock();
    }
}

const Contender contender_section = {
    .make = floor_make,
    .end = free,
    .batch = { [LOAD] = load_in_section,
               [LOAD_DEPENDENT] = load_dependent_in_section,
               [STORE] = store_in_section },
};
