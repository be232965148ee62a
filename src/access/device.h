/* SPDX-License-Identifier: MIT
 *
 * Loads and stores that a device answers, at an address in a spot. For ldst.c and rw.c, which find
 * the spot.
 */
#ifndef ACCESS_DEVICE_H
#define ACCESS_DEVICE_H

#include "access/request.h"

/* Returns whether an access in the spot is always a call of its region. Then no target is needed:
 * the functions below make the access. */
static inline bool access_spot_calls(const Spot *s, MemTxAttrs attrs)
{
    return s->calls && !attrs.memory;
}

/* A load or store at addr in a spot for which access_spot_calls() holds. The caller has entered the
 * read section, which ends here. The spot is not valid any more afterwards. 'result' may be NULL.
 * Values are in op's byte order. */
uint64_t access_load_device(const Spot *s, hwaddr addr, MemOp op, MemTxAttrs attrs,
                            MemTxResult *result);
void access_store_device(const Spot *s, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs,
                         MemTxResult *result);

/* The same for an access of which the whole lies in the spot, with a function for each size and
 * byte order. The compiler should know op. */
#define ACCESS_DEVICE_ORDER(bits, suffix)                                                         \
    uint##bits##_t access_load_device##bits##suffix(const Spot *s, hwaddr addr, MemTxAttrs attrs, \
                                                    MemTxResult *result);                         \
    void access_store_device##bits##suffix(const Spot *s, hwaddr addr, uint##bits##_t val,        \
                                           MemTxAttrs attrs, MemTxResult *result);
ACCESS_DEVICE_ORDER(8, le)
ACCESS_DEVICE_ORDER(16, le)
ACCESS_DEVICE_ORDER(16, be)
ACCESS_DEVICE_ORDER(32, le)
ACCESS_DEVICE_ORDER(32, be)
ACCESS_DEVICE_ORDER(64, le)
ACCESS_DEVICE_ORDER(64, be)
#undef ACCESS_DEVICE_ORDER

#define access_load_device8be access_load_device8le
#define access_store_device8be access_store_device8le

#define ACCESS_DEVICE_SIZE(bits)                                                                  \
    static inline uint##bits##_t access_load_device##bits(const Spot *s, hwaddr addr, MemOp op,   \
                                                          MemTxAttrs attrs, MemTxResult *result)  \
    {                                                                                             \
        return memop_big_endian(op) ? access_load_device##bits##be(s, addr, attrs, result)        \
                                    : access_load_device##bits##le(s, addr, attrs, result);       \
    }                                                                                             \
    static inline void access_store_device##bits(const Spot *s, hwaddr addr, uint##bits##_t val,  \
                                                 MemOp op, MemTxAttrs attrs, MemTxResult *result) \
    {                                                                                             \
        if (memop_big_endian(op)) {                                                               \
            access_store_device##bits##be(s, addr, val, attrs, result);                           \
        } else {                                                                                  \
            access_store_device##bits##le(s, addr, val, attrs, result);                           \
        }                                                                                         \
    }
ACCESS_DEVICE_SIZE(8)
ACCESS_DEVICE_SIZE(16)
ACCESS_DEVICE_SIZE(32)
ACCESS_DEVICE_SIZE(64)
#undef ACCESS_DEVICE_SIZE

#endif
