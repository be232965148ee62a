/* SPDX-License-Identifier: MIT
 *
 * The size and byte order of one access, packed into a small integer (specification 1.3).
 *
 * Unless its comment says otherwise, every function here may be called from any thread. 'op' is the
 * MemOp. The byte order of the CPU is that of the current context. It is looked up each time an
 * MO_TE... name or DEVICE_NATIVE_ENDIAN is used.
 */
#ifndef PHYSMEM_MEMOP_H
#define PHYSMEM_MEMOP_H

#include <physmem/context.h>
#include <physmem/types.h>

/* The byte order of a device's registers. DEVICE_NATIVE_ENDIAN is the order of the emulated CPU,
 * which is a property of the context (MemoryContextOptions.target_big_endian). New devices state
 * LITTLE or BIG. */
enum device_endian {
    DEVICE_NATIVE_ENDIAN,
    DEVICE_BIG_ENDIAN,
    DEVICE_LITTLE_ENDIAN,
};

/* The byte order of the host. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define PHYSMEM_HOST_BIG_ENDIAN 1
#define DEVICE_HOST_ENDIAN DEVICE_BIG_ENDIAN
#else
#define PHYSMEM_HOST_BIG_ENDIAN 0
#define DEVICE_HOST_ENDIAN DEVICE_LITTLE_ENDIAN
#endif

/* The library looks at the size and at MO_BSWAP. The bits for sign and alignment are for
 * translators that share this type. */
typedef enum MemOp {
    MO_8 = 0,
    MO_16 = 1,
    MO_32 = 2,
    MO_64 = 3,
    MO_128 = 4,
    MO_256 = 5,
    MO_512 = 6,
    MO_1024 = 7,
    MO_SIZE = 0x07, /* mask: log2 of the size */

    MO_SIGN = 0x08, /* the value is signed */

    MO_BSWAP = 0x10, /* the reverse of host order */
#if PHYSMEM_HOST_BIG_ENDIAN
    MO_LE = MO_BSWAP, /* little endian in memory */
    MO_BE = 0,        /* big endian in memory */
#else
    MO_LE = 0,        /* little endian in memory */
    MO_BE = MO_BSWAP, /* big endian in memory */
#endif

    /* The alignment that the access must have. */
    MO_ASHIFT = 5,
    MO_AMASK = 0x7 << MO_ASHIFT,
    MO_UNALN = 0,
    MO_ALIGN = MO_AMASK,
    MO_ALIGN_2 = 1 << MO_ASHIFT,
    MO_ALIGN_4 = 2 << MO_ASHIFT,
    MO_ALIGN_8 = 3 << MO_ASHIFT,
    MO_ALIGN_16 = 4 << MO_ASHIFT,
    MO_ALIGN_32 = 5 << MO_ASHIFT,
    MO_ALIGN_64 = 6 << MO_ASHIFT,

    /* Sizes with signs, and with the order of the bytes. */
    MO_UB = MO_8,
    MO_UW = MO_16,
    MO_UL = MO_32,
    MO_SB = MO_SIGN | MO_8,
    MO_SW = MO_SIGN | MO_16,
    MO_SL = MO_SIGN | MO_32,
    MO_Q = MO_64,
    MO_UQ = MO_64, /* the later name of MO_Q */
    MO_LEUW = MO_LE | MO_UW,
    MO_LEUL = MO_LE | MO_UL,
    MO_LESW = MO_LE | MO_SW,
    MO_LESL = MO_LE | MO_SL,
    MO_LEQ = MO_LE | MO_Q,
    MO_LEUQ = MO_LE | MO_UQ,
    MO_BEUW = MO_BE | MO_UW,
    MO_BEUL = MO_BE | MO_UL,
    MO_BESW = MO_BE | MO_SW,
    MO_BESL = MO_BE | MO_SL,
    MO_BEQ = MO_BE | MO_Q,
    MO_BEUQ = MO_BE | MO_UQ,

    MO_SSIZE = MO_SIZE | MO_SIGN, /* mask: size and sign */
} MemOp;

/* The order of the current context's CPU. */
#define MO_TE (target_big_endian() ? MO_BE : MO_LE)
#define MO_TEUW ((MemOp)(MO_TE | MO_UW))
#define MO_TEUL ((MemOp)(MO_TE | MO_UL))
#define MO_TESW ((MemOp)(MO_TE | MO_SW))
#define MO_TESL ((MemOp)(MO_TE | MO_SL))
#define MO_TEQ ((MemOp)(MO_TE | MO_Q))
#define MO_TEUQ ((MemOp)(MO_TE | MO_UQ))

/* Returns the size of an access in bytes. */
PHYSMEM_INLINE unsigned memop_size(MemOp op)
{
    return 1u << (op & MO_SIZE);
}

/* Returns the size part of a MemOp. 'size' is in bytes and a power of two up to 128. */
PHYSMEM_INLINE MemOp size_memop(unsigned size)
{
    return (MemOp)__builtin_ctz(size);
}

/* Returns whether the access is big endian. */
PHYSMEM_INLINE bool memop_big_endian(MemOp op)
{
    return (op & MO_BSWAP) == MO_BE;
}

/* Returns MO_BSWAP if data of the order 'end' must be swapped to be in host order, else 0. */
PHYSMEM_INLINE MemOp devend_memop(enum device_endian end)
{
    switch (end) {
    case DEVICE_BIG_ENDIAN:
        return MO_BE;
    case DEVICE_LITTLE_ENDIAN:
        return MO_LE;
    default:
        return MO_TE;
    }
}

#endif
