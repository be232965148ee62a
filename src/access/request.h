/* SPDX-License-Identifier: MIT
 *
 * A request: one access that a region's callbacks are to answer. The files that access by address
 * make it, from a spot or from a target. dispatch.c and the files that it calls pass it on by
 * pointer.
 */
#ifndef ACCESS_REQUEST_H
#define ACCESS_REQUEST_H

#include "access/translate.h"

enum { ACCESS_MAX = 8 }; /* the largest access that a device gets, in bytes */

/* op with a size that the compiler knows. */
#define MEMOP_SIZED(op, bits) ((MemOp)(((op) & ~MO_SIZE) | MO_##bits))

typedef struct Request {
    MemoryRegion *mr;
    hwaddr offset; /* in mr */
    uint64_t val;  /* the value to write, or the value read (0 until then), in op's byte order */
    MemOp op;
    unsigned size; /* of op, in bytes */
    MemTxAttrs attrs;
    bool is_write;
    bool in_range; /* all of the access lies in one range of the view */
} Request;

/* 'rest' is the number of bytes of the range after the first byte of the access. A write sets 'val'
 * afterwards; that holds for the next two functions, too. */
static inline Request access_request(MemoryRegion *mr, hwaddr offset, MemOp op, MemTxAttrs attrs,
                                     bool is_write, hwaddr rest)
{
    unsigned size = memop_size(op);
    return (Request){
        .mr = mr,
        .offset = offset,
        .op = op,
        .size = size,
        .attrs = attrs,
        .is_write = is_write,
        .in_range = size - 1 <= rest,
    };
}

/* A request at addr, which lies in the spot. */
static inline Request access_spot_request(const Spot *s, hwaddr addr, MemOp op, MemTxAttrs attrs,
                                          bool is_write)
{
    hwaddr delta = addr - s->start;
    return access_request(s->mr, s->offset + delta, op, attrs, is_write, s->span - delta);
}

static inline Request access_target_request(const Target *t, MemOp op, MemTxAttrs attrs,
                                            bool is_write)
{
    return access_request(t->mr, t->offset, op, attrs, is_write, t->rest);
}

#endif
