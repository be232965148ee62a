/* SPDX-License-Identifier: MIT
 *
 * Reading and writing the host memory behind a target. All that the library itself changes in guest
 * memory passes access_memory_write() or is told to access_wrote().
 *
 * A copy of 1, 2, 4 or 8 bytes at a naturally aligned host address is one access of that width, so
 * other threads never see a part of it (specification 11). With a constant length it is one
 * instruction.
 */
#ifndef ACCESS_MEMORY_H
#define ACCESS_MEMORY_H

#include <string.h>

#include <physmem/inline/cache.h>

#include "access/translate.h"
#include "base/barrier.h"
#include "region/record.h"

#define ACCESS_MEMORY_WORD(bits)                                                                  \
    static inline void access_load##bits(const uint8_t *host, void *buf)                          \
    {                                                                                             \
        uint##bits##_t word = physmem_cache_get##bits(host);                                      \
        memcpy(buf, &word, sizeof word);                                                          \
    }                                                                                             \
    static inline void access_store##bits(uint8_t *host, const void *buf)                         \
    {                                                                                             \
        uint##bits##_t word;                                                                      \
        memcpy(&word, buf, sizeof word);                                                          \
        physmem_cache_put##bits(host, word);                                                      \
    }
ACCESS_MEMORY_WORD(8)
ACCESS_MEMORY_WORD(16)
ACCESS_MEMORY_WORD(32)
ACCESS_MEMORY_WORD(64)
#undef ACCESS_MEMORY_WORD

/* The buffer may itself lie in guest memory. */
static inline void access_memory_read(const uint8_t *host, void *buf, hwaddr len)
{
    switch (len) {
    case 1:
        access_load8(host, buf);
        break;
    case 2:
        access_load16(host, buf);
        break;
    case 4:
        access_load32(host, buf);
        break;
    case 8:
        access_load64(host, buf);
        break;
    default:
        memmove(buf, host, len);
    }
}

/* A place in a spot, for access_memory_write(). */
static inline Target access_memory_target(const Spot *s, hwaddr addr, uint8_t *host)
{
    return (Target){ .mr = s->mr, .offset = s->offset + (addr - s->start), .memory = host };
}

static inline void access_memory_put(uint8_t *host, const void *buf, hwaddr len)
{
    switch (len) {
    case 1:
        access_store8(host, buf);
        break;
    case 2:
        access_store16(host, buf);
        break;
    case 4:
        access_store32(host, buf);
        break;
    case 8:
        access_store64(host, buf);
        break;
    default:
        memmove(host, buf, len);
    }
}

/* What a write of [offset, offset + len) of a region owes to those who watch: marks it dirty for
 * those of 'clients' (bits) that log the region, and counts it. */
void access_after_write(MemoryRegion *mr, hwaddr offset, hwaddr len, uint8_t clients);

/* After the data. Usually nobody watches, and this is all there is to it. */
static inline void access_wrote(MemoryRegion *mr, hwaddr offset, hwaddr len, uint8_t clients)
{
    barrier_compiler(); /* if a full barrier is needed, all writes are watched */
    if (__builtin_expect(__atomic_load_n(&mr->record->writes_watched, __ATOMIC_RELAXED), 0)) {
        access_after_write(mr, offset, len, clients);
    }
}

static inline void access_memory_write_for(const Target *t, const void *buf, hwaddr len,
                                           uint8_t clients)
{
    access_memory_put(t->memory, buf, len);
    access_wrote(t->mr, t->offset, len, clients);
}

static inline void access_memory_write(const Target *t, const void *buf, hwaddr len)
{
    access_memory_write_for(t, buf, len, DIRTY_CLIENTS_ALL);
}

#endif
