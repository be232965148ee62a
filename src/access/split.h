/* SPDX-License-Identifier: MIT
 *
 * Calling the device for an accepted access. Usually the access is one callback, which is called
 * from here. Else it is cut into pieces (split.c).
 */
#ifndef ACCESS_SPLIT_H
#define ACCESS_SPLIT_H

#include "access/request.h"

enum { ACCESS_USUAL_MAX = 4 }; /* impl.max_access_size if the device states none */

/* In pieces. 'val' is in the device's byte order, here and below; request->val is not looked at. */
MemTxResult access_read_pieces(const Request *r, uint64_t *val);
MemTxResult access_write_pieces(const Request *r, uint64_t val);

/* How many bytes from its offset on an access takes at the device: more than its size if that is
 * less than impl.min_access_size and the access goes as it is. */
unsigned access_split_width(const Request *r);

/* Whether the access is smaller than the callbacks can do. */
static inline bool access_is_narrow(const Request *r)
{
    return r->size < r->mr->ops->impl.min_access_size;
}

/* Whether the access is one piece, whatever else the callbacks can do. */
static inline bool access_is_one_piece(const Request *r)
{
    unsigned max = r->mr->ops->impl.max_access_size;
    return !access_is_narrow(r) && r->size <= (max ? max : ACCESS_USUAL_MAX) &&
           !(r->offset & (r->size - 1));
}

static inline uint64_t access_low_bytes(uint64_t val, unsigned count)
{
    return val & (~UINT64_C(0) >> (64 - 8 * count));
}

/* One callback, of 'size' bytes at offset addr. */
static inline MemTxResult access_callback_read(const Request *r, hwaddr addr, unsigned size,
                                               uint64_t *val)
{
    const MemoryRegion *mr = r->mr;
    if (mr->ops->read) {
        *val = mr->ops->read(mr->opaque, addr, size);
        return MEMTX_OK;
    }
    *val = 0;
    return mr->ops->read_with_attrs(mr->opaque, addr, val, size, r->attrs);
}

static inline MemTxResult access_callback_write(const Request *r, hwaddr addr, unsigned size,
                                                uint64_t val)
{
    const MemoryRegion *mr = r->mr;
    if (mr->ops->write) {
        mr->ops->write(mr->opaque, addr, val, size);
        return MEMTX_OK;
    }
    return mr->ops->write_with_attrs(mr->opaque, addr, val, size, r->attrs);
}

/* The whole access. */
static inline MemTxResult access_split_read(const Request *r, uint64_t *val)
{
    if (!access_is_one_piece(r)) {
        return access_read_pieces(r, val);
    }
    MemTxResult result = access_callback_read(r, r->offset, r->size, val);
    *val = access_low_bytes(*val, r->size);
    return result;
}

static inline MemTxResult access_split_write(const Request *r, uint64_t val)
{
    if (!access_is_one_piece(r)) {
        return access_write_pieces(r, val);
    }
    return access_callback_write(r, r->offset, r->size, access_low_bytes(val, r->size));
}

#endif
