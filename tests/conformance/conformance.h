/* SPDX-License-Identifier: MIT
 *
 * What the topics share: a scenario's dice and its output. README.md beside this file says what a
 * scenario is. A topic is one C file that uses the public interface only.
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

/* The next number (xorshift64*). A seed gives the same sequence on every machine. */
static inline uint64_t conf_rand(Conf *c)
{
    c->state ^= c->state >> 12;
    c->state ^= c->state << 25;
    c->state ^= c->state >> 27;
    return c->state * 0x2545F4914F6CDD1Dull;
}

/* A number from 0 to n - 1; 0 if n is 0. */
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

__attribute__((format(printf, 2, 3))) static inline void conf_say(Conf *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(c->out, fmt, ap);
    va_end(ap);
}

/* One function for each topic. It leaves nothing behind, so seeds can be played one after
 * another. */
void conformance_topology(Conf *c);
void conformance_listeners(Conf *c);
void conformance_iommu(Conf *c);
void conformance_notify(Conf *c); /* ioeventfds and coalesced ranges */
void conformance_access(Conf *c);
void conformance_map(Conf *c); /* map, unmap, caches */
void conformance_dirty(Conf *c);

#endif
