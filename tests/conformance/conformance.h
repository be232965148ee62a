/* SPDX-License-Identifier: MIT */
/*
 * Conformance scenarios for the guest physical memory interface of docs/specification.md.
 *
 * A topic is one C file that uses the public interface only. Given a seed it plays a reproducible
 * random scenario and prints what a user of the interface can observe: callbacks, results, views.
 * golden/TOPIC-SEED.txt is what an independent implementation of the same interface printed for
 * that seed. A line that differs is a question to settle with the specification.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Conf {
    FILE *out;
    uint64_t state;
} Conf;

/* xorshift64*: the same sequence everywhere */
static inline uint64_t conf_rand(Conf *c)
{
    c->state ^= c->state >> 12;
    c->state ^= c->state << 25;
    c->state ^= c->state >> 27;
    return c->state * 0x2545F4914F6CDD1Dull;
}

/* uniform enough in [0, n) */
static inline uint64_t conf_below(Conf *c, uint64_t n)
{
    return n ? conf_rand(c) % n : 0;
}

static inline bool conf_chance(Conf *c, unsigned percent)
{
    return conf_below(c, 100) < percent;
}

static inline void conf_init(Conf *c, FILE *out, uint64_t seed)
{
    c->out = out;
    c->state = seed * 0x9E3779B97F4A7C15ull + 0x1234567890ABCDEFull;
    for (int i = 0; i < 8; i++) {
        conf_rand(c);
    }
}

__attribute__((format(printf, 2, 3)))
static inline void conf_say(Conf *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(c->out, fmt, ap);
    va_end(ap);
}

/* One per topic file. Leaves nothing behind: seeds can be played one after another. */
void conformance_topology(Conf *c);
void conformance_listeners(Conf *c);
void conformance_iommu(Conf *c);
void conformance_notify(Conf *c);   /* ioeventfds and coalesced ranges */
void conformance_access(Conf *c);
void conformance_map(Conf *c);      /* map, unmap, caches */
void conformance_dirty(Conf *c);

#endif
