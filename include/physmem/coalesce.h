/* SPDX-License-Identifier: MIT
 *
 * Coalesced MMIO: ranges of a device to which an accelerator may queue writes, to deliver them
 * later (specification section 19).
 *
 * The library itself never queues. It tells listeners where in their space such ranges are
 * (coalesced_io_add, coalesced_io_del), and calls MemoryContextHooks.flush_coalesced_mmio before
 * anything that must not overtake the queue.
 */
#ifndef PHYSMEM_COALESCE_H
#define PHYSMEM_COALESCE_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Writes to [offset, offset + size) of the region may be queued; what lies beyond its end does not
 * count. Listeners hear of it at once, not at a commit. Sets the flush flag. Edit side, as all of
 * these; those that tell are refused with a MISUSE message in a listener's callback. */
PHYSMEM_API void memory_region_add_coalescing(MemoryRegion *mr, hwaddr offset, uint64_t size);

/* No range but the whole region. Refused with a MISUSE message for one of 2^64 bytes (R10). */
PHYSMEM_API void memory_region_set_coalescing(MemoryRegion *mr);

/* No range any more: flushes, clears the flush flag, tells listeners. Nothing if there is none. */
PHYSMEM_API void memory_region_clear_coalescing(MemoryRegion *mr);

/* The flush flag: the queue is flushed before every dispatched access to the region that comes by
 * address. Clearing it flushes, and leaves it set while there are coalesced ranges. */
PHYSMEM_API void memory_region_set_flush_coalesced(MemoryRegion *mr);
PHYSMEM_API void memory_region_clear_flush_coalesced(MemoryRegion *mr);

PHYSMEM_END_DECLS

#endif
