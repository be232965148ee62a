/* SPDX-License-Identifier: MIT
 *
 * Block transfers inside a call that has its view already: for the files of this room.
 */
#ifndef ACCESS_TRANSFER_H
#define ACCESS_TRANSFER_H

#include "access/request.h"

MemTxResult access_read(const Access *a, hwaddr addr, void *buf, hwaddr len);
MemTxResult access_write(const Access *a, hwaddr addr, const void *buf, hwaddr len);

/* One access of a block transfer: how many of len bytes at that offset it takes (10.2). */
unsigned access_chunk_size(const MemoryRegion *mr, hwaddr offset, hwaddr len);

/* How many of len bytes the next step of a transfer takes. */
hwaddr access_step(const Target *t, hwaddr len, bool is_write);

/* Makes that step of a write; in a hole there are no bytes to look at. */
MemTxResult access_write_step(const Access *a, const Target *t, hwaddr addr, const void *buf,
                              hwaddr len);

#endif
