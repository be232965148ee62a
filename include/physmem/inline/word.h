/* SPDX-License-Identifier: MIT
 *
 * Words of guest memory, for the other headers of this directory and for the library. Nothing here
 * is for programs.
 */
#ifndef PHYSMEM_INLINE_WORD_H
#define PHYSMEM_INLINE_WORD_H

#include <string.h>

#include <physmem/memop.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Defined in a program with the thread sanitizer. */
#if defined(__SANITIZE_THREAD__)
#define PHYSMEM_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PHYSMEM_THREAD_SANITIZER 1
#endif
#endif

/* Defined if a plain load or store of a word is right at any address of this host, and is one
 * access of the word's width if it is naturally aligned. The thread sanitizer knows atomic accesses
 * only. */
#if (defined(__x86_64__) || (defined(__aarch64__) && defined(__ARM_FEATURE_UNALIGNED))) &&        \
    !defined(PHYSMEM_THREAD_SANITIZER)
#define PHYSMEM_WORDS_ANYWHERE 1
#endif

/* physmem_word_get64(host) and the like load and store a word in the byte order of the host. If its
 * address is naturally aligned, other threads never see a part of the access. */
#ifdef PHYSMEM_WORDS_ANYWHERE
#define PHYSMEM_WORD(bits)                                                                        \
    typedef uint##bits##_t __attribute__((__may_alias__, __aligned__(1))) physmem_word##bits;     \
    static inline uint##bits##_t physmem_word_get##bits(const uint8_t *host)                      \
    {                                                                                             \
        return *(const volatile physmem_word##bits *)host;                                        \
    }                                                                                             \
    static inline void physmem_word_put##bits(uint8_t *host, uint##bits##_t val)                  \
    {                                                                                             \
        *(volatile physmem_word##bits *)host = val;                                               \
    }
#else
#define PHYSMEM_WORD(bits)                                                                        \
    typedef uint##bits##_t __attribute__((__may_alias__)) physmem_word##bits;                     \
    static inline uint##bits##_t physmem_word_get##bits(const uint8_t *host)                      \
    {                                                                                             \
        uint##bits##_t val;                                                                       \
        if (((uintptr_t)host & (sizeof(val) - 1)) == 0) {                                         \
            return __atomic_load_n((const physmem_word##bits *)host, __ATOMIC_RELAXED);           \
        }                                                                                         \
        memcpy(&val, host, sizeof(val));                                                          \
        return val;                                                                               \
    }                                                                                             \
    static inline void physmem_word_put##bits(uint8_t *host, uint##bits##_t val)                  \
    {                                                                                             \
        if (((uintptr_t)host & (sizeof(val) - 1)) == 0) {                                         \
            __atomic_store_n((physmem_word##bits *)host, val, __ATOMIC_RELAXED);                  \
        } else {                                                                                  \
            memcpy(host, &val, sizeof(val));                                                      \
        }                                                                                         \
    }
#endif
PHYSMEM_WORD(8)
PHYSMEM_WORD(16)
PHYSMEM_WORD(32)
PHYSMEM_WORD(64)
#undef PHYSMEM_WORD

/* Convert between the host's byte order and the one of op. */
static inline uint8_t physmem_swap8(MemOp op, uint8_t val)
{
    (void)op;
    return val;
}
static inline uint16_t physmem_swap16(MemOp op, uint16_t val)
{
    return op & MO_BSWAP ? __builtin_bswap16(val) : val;
}
static inline uint32_t physmem_swap32(MemOp op, uint32_t val)
{
    return op & MO_BSWAP ? __builtin_bswap32(val) : val;
}
static inline uint64_t physmem_swap64(MemOp op, uint64_t val)
{
    return op & MO_BSWAP ? __builtin_bswap64(val) : val;
}

/* Reads a flag that another thread may change. A plain load takes one instruction less than an
 * atomic one. The compiler may move it, so a caller for whom that matters has a fence. */
static inline bool physmem_flag(const bool *flag)
{
#ifdef PHYSMEM_WORDS_ANYWHERE
    return *flag;
#else
    return __atomic_load_n(flag, __ATOMIC_RELAXED);
#endif
}

/* FORM(load, store, bits, suffix, mo) for each width and byte order of a load and a store. 'cpu' is
 * MO_LE or MO_BE: the byte order of the CPU, in which forms without a suffix load and store. */
#define PHYSMEM_WORD_FORMS(FORM, cpu)                                                             \
    FORM(ldub, stb, 8, , MO_8 | MO_LE)                                                            \
    FORM(lduw, stw, 16, _le, MO_16 | MO_LE)                                                       \
    FORM(lduw, stw, 16, _be, MO_16 | MO_BE)                                                       \
    FORM(lduw, stw, 16, , MO_16 | (cpu))                                                          \
    FORM(ldl, stl, 32, _le, MO_32 | MO_LE)                                                        \
    FORM(ldl, stl, 32, _be, MO_32 | MO_BE)                                                        \
    FORM(ldl, stl, 32, , MO_32 | (cpu))                                                           \
    FORM(ldq, stq, 64, _le, MO_64 | MO_LE)                                                        \
    FORM(ldq, stq, 64, _be, MO_64 | MO_BE)                                                        \
    FORM(ldq, stq, 64, , MO_64 | (cpu))

/* An access has succeeded. */
static inline void physmem_report(MemTxResult *result)
{
    if (result) {
        *result = MEMTX_OK;
    }
}

PHYSMEM_END_DECLS

#endif
