/* SPDX-License-Identifier: MIT
 *
 * Loads and stores of 1, 2, 4 and 8 bytes, whatever answers them: memory, devices, holes, IOMMUs.
 * ldst.c and cache.c make the usual accesses themselves, and leave all others to these functions.
 */
#ifndef ACCESS_WORD_H
#define ACCESS_WORD_H

#include "access/request.h"

/* The read section must be open. 'result' may be NULL. A store is marked for the dirty clients in
 * 'clients' (1 << DIRTY_MEMORY_...), if they log the region. */
uint64_t access_load(const Access *a, hwaddr addr, MemOp op, MemTxResult *result);
void access_store(const Access *a, hwaddr addr, uint64_t val, MemOp op, MemTxResult *result,
                  uint8_t clients);

/* Converts between the byte order of op and the host's. */
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
