/* SPDX-License-Identifier: MIT
 *
 * Block transfers inside a call that has its view already: for the files of this room.
 */
#ifndef ACCESS_TRANSFER_H
#define ACCESS_TRANSFER_H

#include "access/dispatch.h"

MemTxResult access_read(const Access *a, hwaddr addr, void *buf, hwaddr len);
MemTxResult access_write(const Access *a, hwaddr addr, const void *buf, hwaddr len);

/* A load or store of 1, 2, 4 or 8 bytes, of whatever is there; the result may be NULL. 'clients'
 * are those who learn of a store if they log the region (ldst.c). */
uint64_t access_load(const Access *a, hwaddr addr, MemOp op, MemTxResult *result);
void access_store(const Access *a, hwaddr addr, uint64_t val, MemOp op, MemTxResult *result,
                  uint8_t clients);

/* How many of len bytes the next step of a transfer takes. */
hwaddr access_step(const Target *t, hwaddr len, bool is_write);

/* Makes that step of a write; in a hole there are no bytes to look at. */
MemTxResult access_write_step(const Access *a, const Target *t, hwaddr addr, const void *buf,
                              hwaddr len);

/* A dispatched step of 1, 2, 4 or 8 bytes from or to a buffer: memory order, so host order. */
MemTxResult access_chunk_read(const Target *t, void *buf, unsigned size, MemTxAttrs attrs);
MemTxResult access_chunk_write(const Target *t, const void *buf, unsigned size, MemTxAttrs attrs);

#endif
