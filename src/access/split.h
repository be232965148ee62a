/* SPDX-License-Identifier: MIT
 *
 * Calling the device for an access that it accepts, for dispatch.c and device.c. Usually it is one
 * callback, which is called here. Otherwise it is cut into pieces (split.c).
 *
 * 'val' is in the device's byte order in all of these functions. They do not look at Request.val.
 */
#ifndef ACCESS_SPLIT_H
#define ACCESS_SPLIT_H

#include "access/request.h"

enum { ACCESS_USUAL_MAX = 4 }; /* impl.max_access_size if the device states none */

/* Calls the device for each piece of the access. */
MemTxResult access_read_pieces(const Request *r, uint64_t *val);
MemTxResult access_write_pieces(const Request *r, uint64_t val);

/* The number of bytes, from its offset on, that the access takes at the device. That is its size,
 * except if the access is smaller than impl.min_access_size and is widened from its own offset on:
 * then it is impl.min_access_size. An access that is widened to the aligned unit around it counts
 * with its own size, because that unit is never beyond the last unit of the region. */
unsigned access_split_width(const Request *r);

static inline bool access_has_quirk(const MemoryRegion *mr, MemoryQuirk quirk)
{
    return __atomic_load_n(&mr->quirks, __ATOMIC_RELAXED) & quirk;
}

/* Returns whether the access is smaller than the callbacks can do. */
static inline bool access_is_narrow(const Request *r)
{
    return r->size < r->mr->ops->impl.min_access_size;
}

/* Returns whether one callback can make an access as it is, which is usual. */
static inline bool access_is_one_call(const MemoryRegionOps *ops, hwaddr offset, unsigned size)
{
    unsigned max = ops->impl.max_access_size;
    return __builtin_expect(size >= ops->impl.min_access_size, 1) &&
           __builtin_expect(size <= (max ? max : ACCESS_USUAL_MAX), 1) &&
           __builtin_expect(!(offset & (size - 1)), 1);
}

static inline bool access_is_one_piece(const Request *r)
{
    return access_is_one_call(r->mr->ops, r->offset, r->size);
}

/* The value of the lowest 'count' bytes, 1 to 8. */
static inline uint64_t access_low_bytes(uint64_t val, unsigned count)
{
    return val & (~UINT64_C(0) >> (64 - 8 * count));
}

/* Calls the device once, for 'size' bytes at offset addr. 'read' and 'write' are those of its
 * operations. */
static inline MemTxResult access_callback_read(const Request *r, ReadCallback *read, hwaddr addr,
                                               unsigned size, uint64_t *val)
{
    const MemoryRegion *mr = r->mr;
    if (__builtin_expect(read != NULL, 1)) {
        *val = read(mr->opaque, addr, size);
        return MEMTX_OK;
    }
    uint64_t answer = 0;
    MemTxResult result = mr->ops->read_with_attrs(mr->opaque, addr, &answer, size, r->attrs);
    *val = answer;
    return result;
}

static inline MemTxResult access_callback_write(const Request *r, WriteCallback *write,
                                                hwaddr addr, unsigned size, uint64_t val)
{
    const MemoryRegion *mr = r->mr;
    if (__builtin_expect(write != NULL, 1)) {
        write(mr->opaque, addr, val, size);
        return MEMTX_OK;
    }
    return mr->ops->write_with_attrs(mr->opaque, addr, val, size, r->attrs);
}

/* Calls the device for the whole access. */
static inline MemTxResult access_split_read(const Request *r, uint64_t *val)
{
    if (!access_is_one_piece(r)) {
        return access_read_pieces(r, val);
    }
    MemTxResult result = access_callback_read(r, r->mr->ops->read, r->offset, r->size, val);
    *val = access_low_bytes(*val, r->size);
    return result;
}

static inline MemTxResult access_split_write(const Request *r, uint64_t val)
{
    if (!access_is_one_piece(r)) {
        return access_write_pieces(r, val);
    }
    return access_callback_write(r, r->mr->ops->write, r->offset, r->size,
                                 access_low_bytes(val, r->size));
}

#endif
