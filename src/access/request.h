/* SPDX-License-Identifier: MIT
 *
 * A request: one access that the callbacks of one region are to answer. ldst.c and transfer.c make
 * it from a spot or a target; dispatch.c, accept.h, guard.h and split.c pass it on by pointer.
 */
#ifndef ACCESS_REQUEST_H
#define ACCESS_REQUEST_H

#include "access/translate.h"

enum { ACCESS_MAX = 8 }; /* bytes of the largest access that a device gets */

typedef struct Request {
    MemoryRegion *mr;
    hwaddr offset;  /* in mr */
    uint64_t val;   /* in the order of op: what is written; what was read, 0 before */
    MemOp op;
    unsigned size;  /* bytes, as op says */
    MemTxAttrs attrs;
    bool is_write;
    bool in_range;  /* all of it lies in one range of the view */
} Request;

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

/* An access at addr, which lies in the spot. */
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
