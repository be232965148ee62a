/* SPDX-License-Identifier: MIT
 *
 * Block transfers inside a call that has chosen its view, for the files of this room. The read
 * section must be open.
 */
#ifndef ACCESS_TRANSFER_H
#define ACCESS_TRANSFER_H

#include "access/request.h"

MemTxResult access_read(const Access *a, hwaddr addr, void *buf, hwaddr len);
MemTxResult access_write(const Access *a, hwaddr addr, const void *buf, hwaddr len);

/* The size of the largest access that a transfer makes of the device, in bytes. It need not be a
 * power of 2. */
static inline unsigned access_most(const MemoryRegion *mr)
{
    unsigned most = mr->ops->valid.max_access_size ? mr->ops->valid.max_access_size : 4;
    return most < ACCESS_MAX ? most : ACCESS_MAX;
}

/* The access of that size, in the byte order of the host: that of the bytes in a buffer. */
static inline MemOp access_host_order(unsigned size)
{
    return (MemOp)(size_memop(size) | (PHYSMEM_HOST_BIG_ENDIAN ? MO_BE : MO_LE));
}

/* Returns how many of 'len' bytes the next access of a transfer takes, at that offset of a device:
 * 1, 2, 4 or 8 (specification 10.2). */
unsigned access_chunk_size(const MemoryRegion *mr, hwaddr offset, hwaddr len);

/* Returns how many of 'len' bytes the next step of a transfer takes. */
hwaddr access_step(const Target *t, hwaddr len, bool is_write);

/* Makes the next step of a write, of 'len' bytes. 'buf' is not read in a hole. */
MemTxResult access_write_step(const Access *a, const Target *t, hwaddr addr, const void *buf,
                              hwaddr len);

#endif
