/* SPDX-License-Identifier: MIT
 *
 * Loads and stores of 1, 2, 4 and 8 bytes, of whatever is there: for those of ldst.c and cache.c
 * that are not of plain memory.
 */
#ifndef ACCESS_WORD_H
#define ACCESS_WORD_H

#include "access/request.h"

/* The result may be NULL. 'clients' are those who learn of a store if they log the region. */
uint64_t access_load(const Access *a, hwaddr addr, MemOp op, MemTxResult *result);
void access_store(const Access *a, hwaddr addr, uint64_t val, MemOp op, MemTxResult *result,
                  uint8_t clients);

/* Between the order of op and the host's. */
static inline uint64_t access_reorder(uint64_t val, MemOp op)
{
    unsigned size = memop_size(op);
    return op & MO_BSWAP ? __builtin_bswap64(val) >> (64 - 8 * size) : val;
}

static inline void access_report(MemTxResult *to, MemTxResult result)
{
    if (to) {
        *to = result;
    }
}

#endif
