/* SPDX-License-Identifier: MIT
 *
 * Coalesced MMIO: an accelerator may queue writes to some ranges of a device and deliver them later
 * (specification 19).
 *
 * The library itself never queues. It tells listeners where in their space such ranges are
 * (coalesced_io_add, coalesced_io_del), and calls MemoryContextHooks.flush_coalesced_mmio before
 * anything that must not overtake the queue.
 *
 * Unless its comment says otherwise, every function here is edit side. From a listener's callback,
 * those that tell listeners are refused with a MISUSE message.
 */
#ifndef PHYSMEM_COALESCE_H
#define PHYSMEM_COALESCE_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Lets writes to [offset, offset + size) of the region be queued, and sets the flush flag. The part
 * beyond the region's end does not count. Listeners are told at once, not at a commit. */
PHYSMEM_API void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size);

/* Replaces all ranges by one of the whole region. Refused with a MISUSE message for a region of
 * 2^64 bytes, because listeners are told a length of 64 bits (R10). */
PHYSMEM_API void memory_region_set_coalescing(MemoryRegion *mr);

/* Takes away all ranges: calls MemoryContextHooks.flush_coalesced_mmio, clears the flush flag and
 * tells listeners. Does nothing if there is no range. */
PHYSMEM_API void memory_region_clear_coalescing(MemoryRegion *mr);

/* Set and clear the flush flag. While it is set, the queue is flushed before every access by
 * address that calls the region's callbacks. memory_region_clear_flush_coalesced() calls
 * MemoryContextHooks.flush_coalesced_mmio first. It leaves the flag set while the region has
 * coalesced ranges. */
PHYSMEM_API void memory_region_set_flush_coalesced(MemoryRegion *mr);
PHYSMEM_API void memory_region_clear_flush_coalesced(MemoryRegion *mr);

PHYSMEM_END_DECLS

#endif
