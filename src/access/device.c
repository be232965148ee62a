/* SPDX-License-Identifier: MIT
 *
 * The usual loads and stores of a device (device.h). There are three kinds of accesses:
 *
 *    plain    the device has the byte order of the access, and a callback in the plain form. All
 *             that is left to do is to call it
 *    simple   the device accepts the access and is called once, and nothing and nobody else has to
 *             be asked or told. All plain accesses are simple
 *    others   dispatch.c makes them
 *
 * The questions that tell them apart are asked before the access waits for the lock. They read the
 * operations of the device at each access, because a program may change these.
 *
 * Each size and byte order has a function of its own, which compares with constants and makes the
 * plain access of a device without a lock. It jumps to another function for everything else, so
 * that a plain access pays for nothing else.
 */
#include "access/device.h"

#include "access/accept.h"
#include "access/callback-lock.h"
#include "access/dispatch.h"
#include "access/guard.h"
#include "access/split.h"
#include "access/word.h"
#include "base/probes.h"
#include "region/extras.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline))
#define USUALLY(condition) __builtin_expect(condition, 1)

/* ---- Questions -------------------------------------------------------------------------- */

/* Returns whether an access that lies in one range of the view is simple, if the device has a
 * callback for it. */
static ALWAYS_INLINE bool is_simple(const MemoryRegion *mr, hwaddr offset, unsigned size)
{
    return access_is_one_call(mr->ops, offset, size) && access_size_valid(mr->ops, size) &&
           USUALLY(!mr->ops->valid.accepts) && USUALLY(!region_heeds_accesses(mr)) &&
           USUALLY(access_guard_is_idle());
}

/* The region is a device of a view, so it has a context. */
static ALWAYS_INLINE bool has_order(const MemoryRegion *mr, enum device_endian order)
{
    enum device_endian own = mr->ops->endianness;
    return USUALLY(own == order) ||
           (own == DEVICE_NATIVE_ENDIAN &&
            mr->parent_obj.context->rules.big_endian == (order == DEVICE_BIG_ENDIAN));
}

/* A plain access calls the function that the spot knows: the processor has it before it has the
 * operations of the device, and has to guess for a shorter time where the call goes. */
static ALWAYS_INLINE bool is_plain_read(const Spot *s, hwaddr offset, unsigned size,
                                        enum device_endian order)
{
    return USUALLY(s->read != NULL) && USUALLY(s->read == s->mr->ops->read) &&
           is_simple(s->mr, offset, size) && (size == 1 || has_order(s->mr, order));
}

static ALWAYS_INLINE bool is_plain_write(const Spot *s, hwaddr offset, unsigned size,
                                         enum device_endian order)
{
    return USUALLY(s->write != NULL) && USUALLY(s->write == s->mr->ops->write) &&
           is_simple(s->mr, offset, size) && (size == 1 || has_order(s->mr, order));
}

/* ---- All but the plain accesses --------------------------------------------------------- */

/* Converts between the byte order of the device and that of the access, and masks the value to the
 * size of the access. */
static uint64_t convert(const Request *r, uint64_t val)
{
    unsigned unused = 64 - 8 * r->size;
    bool swap = region_is_big_endian(r->mr) != memop_big_endian(r->op);
    return (swap ? __builtin_bswap64(val) : val << unused) >> unused;
}

static MemTxResult load_simply(Request *r)
{
    CALL_OUT;
    CALLBACKS_LOCK(r->mr);
    IN_FIRST_CALLBACK(r->mr);
    uint64_t val;
    PROBE(device_read_begin, r->mr->name, r->offset, r->size);
    MemTxResult result = access_callback_read(r, r->mr->ops->read, r->offset, r->size, &val);
    r->val = convert(r, val);
    PROBE(device_read_end, r->val, result);
    return result;
}

static MemTxResult store_simply(const Request *r)
{
    CALL_OUT;
    CALLBACKS_LOCK(r->mr);
    IN_FIRST_CALLBACK(r->mr);
    uint64_t val = convert(r, r->val);
    PROBE(device_write_begin, r->mr->name, r->offset, r->size, val);
    MemTxResult result = access_callback_write(r, r->mr->ops->write, r->offset, r->size, val);
    PROBE(device_write_end, result);
    return result;
}

static bool is_simple_request(const Request *r)
{
    bool can = r->is_write ? access_can_write(r->mr) : access_can_read(r->mr);
    return can && r->in_range && is_simple(r->mr, r->offset, r->size);
}

uint64_t access_load_device(const Spot *s, hwaddr addr, MemOp op, MemTxAttrs attrs,
                            MemTxResult *result)
{
    READ_SECTION_UNLESS(true);
    Request r = access_spot_request(s, addr, op, attrs, false);
    access_report(result, is_simple_request(&r) ? load_simply(&r) : access_dispatch(&r));
    return r.val;
}

void access_store_device(const Spot *s, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs,
                         MemTxResult *result)
{
    READ_SECTION_UNLESS(true);
    Request r = access_spot_request(s, addr, op, attrs, true);
    r.val = val;
    access_report(result, is_simple_request(&r) ? store_simply(&r) : access_dispatch(&r));
}

/* ---- Plain accesses --------------------------------------------------------------------- */

static ALWAYS_INLINE uint64_t call_read(const MemoryRegion *mr, hwaddr offset, ReadCallback *read,
                                        unsigned size, MemTxResult *result)
{
    IN_FIRST_CALLBACK(mr);
    PROBE(device_read_begin, mr->name, offset, size);
    uint64_t val = read(mr->opaque, offset, size);
    PROBE(device_read_end, val, MEMTX_OK);
    access_report(result, MEMTX_OK);
    return access_low_bytes(val, size);
}

static ALWAYS_INLINE void call_write(const MemoryRegion *mr, hwaddr offset, WriteCallback *write,
                                     uint64_t val, unsigned size, MemTxResult *result)
{
    IN_FIRST_CALLBACK(mr);
    PROBE(device_write_begin, mr->name, offset, size, val);
    write(mr->opaque, offset, val, size);
    PROBE(device_write_end, MEMTX_OK);
    access_report(result, MEMTX_OK);
}

/* For one size. The conversions of types are here, so that the functions of the next macro can
 * jump to these. */
#define WAYS(bits)                                                                                \
    static OUT_OF_LINE uint##bits##_t load_other##bits(const Spot *s, hwaddr addr,                \
                                                       MemTxAttrs attrs, MemTxResult *result,     \
                                                       MemOp op)                                  \
    {                                                                                             \
        return (uint##bits##_t)access_load_device(s, addr, op, attrs, result);                    \
    }                                                                                             \
    static OUT_OF_LINE void store_other##bits(const Spot *s, hwaddr addr, uint##bits##_t val,     \
                                              MemTxAttrs attrs, MemTxResult *result, MemOp op)    \
    {                                                                                             \
        access_store_device(s, addr, val, op, attrs, result);                                     \
    }                                                                                             \
    static OUT_OF_LINE uint##bits##_t read_locked##bits(const MemoryRegion *mr, hwaddr offset,    \
                                                        ReadCallback *read, MemTxResult *result)  \
    {                                                                                             \
        READ_SECTION_UNLESS(true);                                                                \
        CALL_OUT;                                                                                 \
        CALLBACKS_LOCK_NEEDED(mr);                                                                \
        return (uint##bits##_t)call_read(mr, offset, read, (bits) / 8, result);                   \
    }                                                                                             \
    static OUT_OF_LINE void write_locked##bits(const MemoryRegion *mr, hwaddr offset,             \
                                               WriteCallback *write, uint##bits##_t val,          \
                                               MemTxResult *result)                               \
    {                                                                                             \
        READ_SECTION_UNLESS(true);                                                                \
        CALL_OUT;                                                                                 \
        CALLBACKS_LOCK_NEEDED(mr);                                                                \
        call_write(mr, offset, write, val, (bits) / 8, result);                                   \
    }
WAYS(8)
WAYS(16)
WAYS(32)
WAYS(64)

#define FORMS(bits, suffix, order, op)                                                            \
    uint##bits##_t access_load_device##bits##suffix(const Spot *s, hwaddr addr, MemTxAttrs attrs, \
                                                    MemTxResult *result)                          \
    {                                                                                             \
        const MemoryRegion *mr = s->mr;                                                           \
        ReadCallback *read = s->read;                                                             \
        hwaddr offset = access_spot_offset(s, addr);                                              \
        if (!is_plain_read(s, offset, (bits) / 8, order)) {                                       \
            return load_other##bits(s, addr, attrs, result, op);                                  \
        }                                                                                         \
        if (access_needs_lock(mr)) {                                                              \
            return read_locked##bits(mr, offset, read, result);                                   \
        }                                                                                         \
        READ_SECTION_UNLESS(true);                                                                \
        CALL_OUT;                                                                                 \
        return (uint##bits##_t)call_read(mr, offset, read, (bits) / 8, result);                   \
    }                                                                                             \
    void access_store_device##bits##suffix(const Spot *s, hwaddr addr, uint##bits##_t val,        \
                                           MemTxAttrs attrs, MemTxResult *result)                 \
    {                                                                                             \
        const MemoryRegion *mr = s->mr;                                                           \
        WriteCallback *write = s->write;                                                          \
        hwaddr offset = access_spot_offset(s, addr);                                              \
        if (!is_plain_write(s, offset, (bits) / 8, order)) {                                      \
            store_other##bits(s, addr, val, attrs, result, op);                                   \
            return;                                                                               \
        }                                                                                         \
        if (access_needs_lock(mr)) {                                                              \
            write_locked##bits(mr, offset, write, val, result);                                   \
            return;                                                                               \
        }                                                                                         \
        READ_SECTION_UNLESS(true);                                                                \
        CALL_OUT;                                                                                 \
        call_write(mr, offset, write, val, (bits) / 8, result);                                   \
    }
FORMS(8, le, DEVICE_LITTLE_ENDIAN, MO_8 | MO_LE)
FORMS(16, le, DEVICE_LITTLE_ENDIAN, MO_16 | MO_LE)
FORMS(32, le, DEVICE_LITTLE_ENDIAN, MO_32 | MO_LE)
FORMS(64, le, DEVICE_LITTLE_ENDIAN, MO_64 | MO_LE)
FORMS(16, be, DEVICE_BIG_ENDIAN, MO_16 | MO_BE)
FORMS(32, be, DEVICE_BIG_ENDIAN, MO_32 | MO_BE)
FORMS(64, be, DEVICE_BIG_ENDIAN, MO_64 | MO_BE)
