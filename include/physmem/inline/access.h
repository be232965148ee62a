/* SPDX-License-Identifier: MIT
 *
 * Loads, stores and small transfers that are inline in the program.
 *
 * A program that defines PHYSMEM_INLINE_ACCESS before it includes the headers gets the inline form
 * of each of these functions under the usual name, and need not be changed:
 *
 *    address_space_ldub, _lduw, _ldl, _ldq, _stb, _stw, _stl, _stq, also with _le and _be
 *    ldub_phys, lduw_phys, ..., stq_be_phys
 *    address_space_read, address_space_read_full, address_space_write, address_space_rw
 *
 * The names become macros with parameters. A name without parentheses behind it is still the
 * function. A program cannot call a member of a structure by such a name, because the macro would
 * replace it. Inline accesses need the library liburcu-bp, and none of its headers. This command
 * defines PHYSMEM_INLINE_ACCESS and adds the library:
 *
 *    cc -O2 machine.c $(pkg-config --cflags --libs physmem-inline)
 *
 * If the linker does not find the symbol urcu_bp_reader, liburcu-bp is missing.
 *
 * A program that wants only some accesses inline includes this header without defining the macro,
 * and calls the forms with "_inline" in their names. It has to add liburcu-bp to its libraries,
 * too. Files with and without inline accesses can be linked.
 *
 * An inline form does what the function does (physmem/access.h), with the same results, in the
 * same threads, also in a signal handler. If the access goes to RAM or ROM of a range that the
 * thread has accessed lately, the form makes no call. Otherwise it calls the function. Inline forms
 * are worth it where a program makes many loads and stores of a few bytes. Each use adds 300 to 400
 * bytes of code to the program.
 *
 * A program with inline forms depends on private structures. inline/spot.h says how it stays
 * compatible with later libraries all the same. The thread sanitizer does not know that read
 * sections order accesses. So in a program that is built with it, all inline forms call the
 * functions.
 */
#include <physmem/access.h> /* which may include this file */

#ifndef PHYSMEM_INLINE_ACCESS_H
#define PHYSMEM_INLINE_ACCESS_H

#include <physmem/inline/spot.h>

PHYSMEM_BEGIN_DECLS

/* physmem_access_begin(), except in programs with the thread sanitizer. */
PHYSMEM_ALWAYS_INLINE const PhysmemSpot *
physmem_inline_begin(AddressSpace *as, hwaddr addr, unsigned size, unsigned long **entered)
{
#ifdef PHYSMEM_THREAD_SANITIZER
    (void)as, (void)addr, (void)size;
    *entered = NULL;
    return NULL;
#else
    return physmem_access_begin(as, addr, size, entered);
#endif
}

/* Leaves the read section, if one was entered, because the function will make the access. */
PHYSMEM_ALWAYS_INLINE void physmem_inline_give_up(unsigned long *entered)
{
    if (entered) {
        physmem_section_leave(entered);
    }
}

/* Reports a write that was just made, if somebody watches. Ends the read section. */
PHYSMEM_ALWAYS_INLINE void physmem_inline_wrote(const PhysmemSpot *spot, hwaddr addr, hwaddr len,
                                                MemTxAttrs attrs, unsigned long *entered)
{
    if (physmem_spot_watched(spot)) {
        physmem_spot_wrote_1(spot, addr, len, attrs);
    } else {
        physmem_section_leave(entered);
    }
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* Returns whether a block of len bytes that begins in the spot also ends in it. */
PHYSMEM_ALWAYS_INLINE bool physmem_inline_holds(const PhysmemSpot *spot, hwaddr addr, hwaddr len)
{
    return len - 1 <= spot->span - (addr - spot->start);
}

/* Copy between guest memory and a buffer, which may itself lie in guest memory. A copy of 1, 2, 4
 * or 8 bytes is one load or store. */
PHYSMEM_ALWAYS_INLINE void physmem_inline_copy_out(const uint8_t *host, void *buf, hwaddr len)
{
    switch (len) {
#define PHYSMEM_INLINE_WORD(bits)                                                                 \
    case (bits) / 8: {                                                                            \
        const uint##bits##_t val = physmem_word_get##bits(host);                                  \
        memcpy(buf, &val, sizeof(val));                                                           \
        break;                                                                                    \
    }
        PHYSMEM_INLINE_WORD(8)
        PHYSMEM_INLINE_WORD(16)
        PHYSMEM_INLINE_WORD(32)
        PHYSMEM_INLINE_WORD(64)
#undef PHYSMEM_INLINE_WORD
    default:
        memmove(buf, host, (size_t)len);
    }
}

PHYSMEM_ALWAYS_INLINE void physmem_inline_copy_in(uint8_t *host, const void *buf, hwaddr len)
{
    switch (len) {
#define PHYSMEM_INLINE_WORD(bits)                                                                 \
    case (bits) / 8: {                                                                            \
        uint##bits##_t val;                                                                       \
        memcpy(&val, buf, sizeof(val));                                                           \
        physmem_word_put##bits(host, val);                                                        \
        break;                                                                                    \
    }
        PHYSMEM_INLINE_WORD(8)
        PHYSMEM_INLINE_WORD(16)
        PHYSMEM_INLINE_WORD(32)
        PHYSMEM_INLINE_WORD(64)
#undef PHYSMEM_INLINE_WORD
    default:
        memmove(host, buf, (size_t)len);
    }
}

/* Does what address_space_read_full() does. */
PHYSMEM_ALWAYS_INLINE MemTxResult address_space_read_inline(AddressSpace *as, hwaddr addr,
                                                            MemTxAttrs attrs, void *buf,
                                                            hwaddr len)
{
    unsigned long *entered;
    const PhysmemSpot *spot = physmem_inline_begin(as, addr, 1, &entered);
    if (__builtin_expect(!spot || !physmem_inline_holds(spot, addr, len) ||
                             !physmem_spot_readable(spot, as),
                         0)) {
        physmem_inline_give_up(entered);
        return address_space_read_full(as, addr, attrs, buf, len);
    }
    physmem_inline_copy_out(physmem_spot_host(spot, addr), buf, len);
    physmem_section_leave(entered);
    return MEMTX_OK;
}

/* Does what address_space_write() does. */
PHYSMEM_ALWAYS_INLINE MemTxResult address_space_write_inline(AddressSpace *as, hwaddr addr,
                                                             MemTxAttrs attrs, const void *buf,
                                                             hwaddr len)
{
    unsigned long *entered;
    const PhysmemSpot *spot = physmem_inline_begin(as, addr, 1, &entered);
    if (__builtin_expect(!spot || !physmem_inline_holds(spot, addr, len) ||
                             !(spot->direct & PHYSMEM_DIRECT_WRITE),
                         0)) {
        physmem_inline_give_up(entered);
        return address_space_write(as, addr, attrs, buf, len);
    }
    physmem_inline_copy_in(physmem_spot_host(spot, addr), buf, len);
    physmem_inline_wrote(spot, addr, len, attrs, entered);
    return MEMTX_OK;
}

/* Does what address_space_rw() does. */
PHYSMEM_ALWAYS_INLINE MemTxResult address_space_rw_inline(AddressSpace *as, hwaddr addr,
                                                          MemTxAttrs attrs, void *buf, hwaddr len,
                                                          bool is_write)
{
    return is_write ? address_space_write_inline(as, addr, attrs, buf, len)
                    : address_space_read_inline(as, addr, attrs, buf, len);
}

/* ---- Loads and stores ------------------------------------------------------------------- *
 *
 * They do what address_space_ldub() does, and the other functions of the same names. */

#define PHYSMEM_INLINE_FORMS(load, store, bits, order, mo)                                        \
    PHYSMEM_ALWAYS_INLINE uint##bits##_t address_space_##load##order##_inline(                    \
        AddressSpace * as, hwaddr addr, MemTxAttrs attrs, MemTxResult * result)                   \
    {                                                                                             \
        unsigned long *entered;                                                                   \
        const PhysmemSpot *spot = physmem_inline_begin(as, addr, (bits) / 8, &entered);           \
        if (__builtin_expect(!spot || !physmem_spot_readable(spot, as), 0)) {                     \
            physmem_inline_give_up(entered);                                                      \
            return address_space_##load##order(as, addr, attrs, result);                          \
        }                                                                                         \
        const uint##bits##_t val = physmem_word_get##bits(physmem_spot_host(spot, addr));         \
        physmem_section_leave(entered);                                                           \
        physmem_report(result);                                                                   \
        return physmem_swap##bits((MemOp)(mo), val);                                              \
    }                                                                                             \
    PHYSMEM_ALWAYS_INLINE void address_space_##store##order##_inline(AddressSpace * as,           \
                                                                     hwaddr addr,                 \
                                                                     uint##bits##_t val,          \
                                                                     MemTxAttrs attrs,            \
                                                                     MemTxResult * result)        \
    {                                                                                             \
        unsigned long *entered;                                                                   \
        const PhysmemSpot *spot = physmem_inline_begin(as, addr, (bits) / 8, &entered);           \
        if (__builtin_expect(!spot || !(spot->direct & PHYSMEM_DIRECT_WRITE), 0)) {               \
            physmem_inline_give_up(entered);                                                      \
            address_space_##store##order(as, addr, val, attrs, result);                           \
            return;                                                                               \
        }                                                                                         \
        physmem_word_put##bits(physmem_spot_host(spot, addr),                                     \
                               physmem_swap##bits((MemOp)(mo), val));                             \
        physmem_inline_wrote(spot, addr, (bits) / 8, attrs, entered);                             \
        physmem_report(result);                                                                   \
    }
PHYSMEM_WORD_FORMS(PHYSMEM_INLINE_FORMS, physmem_access_rules(as)->big_endian ? MO_BE : MO_LE)
#undef PHYSMEM_INLINE_FORMS

PHYSMEM_END_DECLS

/* ---- The usual names -------------------------------------------------------------------- *
 *
 * With PHYSMEM_INLINE_ACCESS, a call of one of these functions is its inline form. */

#ifdef PHYSMEM_INLINE_ACCESS
#define address_space_read(...) address_space_read_inline(__VA_ARGS__)
#define address_space_read_full(...) address_space_read_inline(__VA_ARGS__)
#define address_space_write(...) address_space_write_inline(__VA_ARGS__)
#define address_space_rw(...) address_space_rw_inline(__VA_ARGS__)
#define address_space_ldub(...) address_space_ldub_inline(__VA_ARGS__)
#define address_space_stb(...) address_space_stb_inline(__VA_ARGS__)
#define address_space_lduw_le(...) address_space_lduw_le_inline(__VA_ARGS__)
#define address_space_lduw_be(...) address_space_lduw_be_inline(__VA_ARGS__)
#define address_space_lduw(...) address_space_lduw_inline(__VA_ARGS__)
#define address_space_stw_le(...) address_space_stw_le_inline(__VA_ARGS__)
#define address_space_stw_be(...) address_space_stw_be_inline(__VA_ARGS__)
#define address_space_stw(...) address_space_stw_inline(__VA_ARGS__)
#define address_space_ldl_le(...) address_space_ldl_le_inline(__VA_ARGS__)
#define address_space_ldl_be(...) address_space_ldl_be_inline(__VA_ARGS__)
#define address_space_ldl(...) address_space_ldl_inline(__VA_ARGS__)
#define address_space_stl_le(...) address_space_stl_le_inline(__VA_ARGS__)
#define address_space_stl_be(...) address_space_stl_be_inline(__VA_ARGS__)
#define address_space_stl(...) address_space_stl_inline(__VA_ARGS__)
#define address_space_ldq_le(...) address_space_ldq_le_inline(__VA_ARGS__)
#define address_space_ldq_be(...) address_space_ldq_be_inline(__VA_ARGS__)
#define address_space_ldq(...) address_space_ldq_inline(__VA_ARGS__)
#define address_space_stq_le(...) address_space_stq_le_inline(__VA_ARGS__)
#define address_space_stq_be(...) address_space_stq_be_inline(__VA_ARGS__)
#define address_space_stq(...) address_space_stq_inline(__VA_ARGS__)
#endif

#endif
