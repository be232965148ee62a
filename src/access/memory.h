/* SPDX-License-Identifier: MIT
 *
 * Reading and writing guest memory that lies in host memory. Every file of this room does it with
 * these functions. access_memory_read() and access_memory_write() tell the observers (observe.h). A
 * caller of access_memory_get() or access_memory_put() tells them itself.
 *
 * A copy of 1, 2, 4 or 8 bytes at a naturally aligned host address is one access of that width, so
 * other threads never see a part of it (specification 11). If the length is a constant, the copy is
 * one instruction.
 */
#ifndef ACCESS_MEMORY_H
#define ACCESS_MEMORY_H

#include <string.h>

#include <physmem/inline/word.h>

#include "access/observe.h"

#define ACCESS_MEMORY_WORD(bits)                                                                  \
    static inline void access_load##bits(const uint8_t *host, void *buf)                          \
    {                                                                                             \
        uint##bits##_t word = physmem_word_get##bits(host);                                       \
        memcpy(buf, &word, sizeof(word));                                                         \
    }                                                                                             \
    static inline void access_store##bits(uint8_t *host, const void *buf)                         \
    {                                                                                             \
        uint##bits##_t word;                                                                      \
        memcpy(&word, buf, sizeof(word));                                                         \
        physmem_word_put##bits(host, word);                                                       \
    }
ACCESS_MEMORY_WORD(8)
ACCESS_MEMORY_WORD(16)
ACCESS_MEMORY_WORD(32)
ACCESS_MEMORY_WORD(64)
#undef ACCESS_MEMORY_WORD

typedef union Number {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
} Number;

/* The number of 1, 2, 4 or 8 bytes in a buffer, in host byte order. It is read with one load of its
 * own width: a processor reads fastest what one store of that width has written. */
static inline uint64_t access_number_at(const void *buf, unsigned size)
{
    Number val;
    switch (size) {
    case 1:
        memcpy(&val.u8, buf, 1);
        return val.u8;
    case 2:
        memcpy(&val.u16, buf, 2);
        return val.u16;
    case 4:
        memcpy(&val.u32, buf, 4);
        return val.u32;
    default:
        memcpy(&val.u64, buf, 8);
        return val.u64;
    }
}

static inline void access_number_put(void *buf, uint64_t val, unsigned size)
{
    Number part;
    switch (size) {
    case 1:
        part.u8 = (uint8_t)val;
        memcpy(buf, &part.u8, 1);
        break;
    case 2:
        part.u16 = (uint16_t)val;
        memcpy(buf, &part.u16, 2);
        break;
    case 4:
        part.u32 = (uint32_t)val;
        memcpy(buf, &part.u32, 4);
        break;
    default:
        memcpy(buf, &val, 8);
    }
}

/* Copy guest memory to a buffer, and the other way round, if the length is 1, 2, 4 or 8. Otherwise
 * they do nothing and return false. */
static inline bool access_memory_get_word(const uint8_t *host, void *buf, hwaddr len)
{
    switch (len) {
    case 1:
        access_load8(host, buf);
        return true;
    case 2:
        access_load16(host, buf);
        return true;
    case 4:
        access_load32(host, buf);
        return true;
    case 8:
        access_load64(host, buf);
        return true;
    default:
        return false;
    }
}

static inline bool access_memory_put_word(uint8_t *host, const void *buf, hwaddr len)
{
    switch (len) {
    case 1:
        access_store8(host, buf);
        return true;
    case 2:
        access_store16(host, buf);
        return true;
    case 4:
        access_store32(host, buf);
        return true;
    case 8:
        access_store64(host, buf);
        return true;
    default:
        return false;
    }
}

/* Copies 9 to 32 bytes by two accesses, which may overlap. Both are loaded before the first is
 * stored, because the buffer may itself lie in guest memory. */
static inline void access_copy_ends(void *to, const void *from, hwaddr len, hwaddr part)
{
    uint8_t first[16], last[16];
    memcpy(first, from, part);
    memcpy(last, (const uint8_t *)from + (len - part), part);
    memcpy(to, first, part);
    memcpy((uint8_t *)to + (len - part), last, part);
}

/* Copies if len is 9 to 32. Otherwise returns false, and does nothing. */
static inline bool access_memory_copy_few(void *to, const void *from, hwaddr len)
{
    if (len < 9 || len > 32) {
        return false;
    }
    if (len <= 16) {
        access_copy_ends(to, from, len, 8);
    } else {
        access_copy_ends(to, from, len, 16);
    }
    return true;
}

/* Load and store a block as access_memory_get_word() and access_memory_put_word() do, also if its
 * length is 9 to 32. */
static inline bool access_memory_get_few(const uint8_t *host, void *buf, hwaddr len)
{
    return access_memory_get_word(host, buf, len) || access_memory_copy_few(buf, host, len);
}

static inline bool access_memory_put_few(uint8_t *host, const void *buf, hwaddr len)
{
    return access_memory_put_word(host, buf, len) || access_memory_copy_few(host, buf, len);
}

/* The same for any length. The buffer may itself lie in guest memory. */
static inline void access_memory_get(const uint8_t *host, void *buf, hwaddr len)
{
    if (!access_memory_get_word(host, buf, len)) {
        memmove(buf, host, len);
    }
}

static inline void access_memory_put(uint8_t *host, const void *buf, hwaddr len)
{
    if (!access_memory_put_word(host, buf, len)) {
        memmove(host, buf, len);
    }
}

/* Read and write guest memory at a target. 'addr' and 'clients' are for the observers. */
static inline void access_memory_read(const Access *a, const Target *t, hwaddr addr, void *buf,
                                      hwaddr len)
{
    access_observe_read(a, t, addr, len);
    access_memory_get(t->memory, buf, len);
}

static inline void access_memory_write(const Access *a, const Target *t, const void *buf,
                                       hwaddr len, uint8_t clients)
{
    access_memory_put(t->memory, buf, len);
    access_observe_write(a, t, len, clients);
}

#endif
