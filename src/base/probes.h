/* SPDX-License-Identifier: MIT
 *
 * Points for tracers (docs/probes.md). "PROBE(name, argument...);" is one instruction without
 * effect, and a note in the library that says where it is and where its arguments are: in
 * registers, in memory, or constant. A tracer puts a breakpoint there. Without one, a point costs
 * that instruction and what it takes to have the arguments at hand. So arguments are values that
 * the code there has anyway, and fields of structures that it has a pointer to.
 *
 * Names and arguments are public: a program or a script of somebody else's may read them.
 * docs/probes.md has the list. The check "probes" compares it with the library.
 */
#ifndef BASE_PROBES_H
#define BASE_PROBES_H

#ifdef PHYSMEM_PROBES

/* clang would store each argument on the stack, if it may be in memory. */
#ifdef __clang__
#define STAP_SDT_ARG_CONSTRAINT nr
#endif
#include <sys/sdt.h>

/* "inline" tells the compiler that the text is one instruction. By its many lines, most of which
 * describe the note, the function would seem too large to be inlined. */
#define PROBE(name, ...) PROBE_OF(PROBE_COUNT(__VA_ARGS__, 5, 4, 3, 2, 1), name, __VA_ARGS__)
#define PROBE_COUNT(a, b, c, d, e, count, ...) count
#define PROBE_OF(count, name, ...) PROBE_ASM(count, name, __VA_ARGS__)
#define PROBE_TEXT(count, name) STAP_PROBE_ASM(physmem, name, STAP_PROBE_ASM_TEMPLATE(count))
#define PROBE_ASM(count, name, ...)                                                               \
    __asm__ __inline__ __volatile__(PROBE_TEXT(count, name)                                       \
                                    :                                                             \
                                    : STAP_PROBE_ASM_OPERANDS(count, __VA_ARGS__))

#else

/* Never called, and not defined anywhere. The compiler sees the arguments used. */
void probe_without_points(int unused, ...);

#define PROBE(name, ...)                                                                          \
    do {                                                                                          \
        if (0) {                                                                                  \
            probe_without_points(0, __VA_ARGS__);                                                 \
        }                                                                                         \
    } while (0)

#endif

#endif
