/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds: a write signals an event notifier instead of calling the device (specification 18).
 *
 * The library matches writes itself, unless MemoryContextHooks.accelerates_ioeventfds says that an
 * accelerator does. Listeners are told where in their space each ioeventfd is (eventfd_add,
 * eventfd_del).
 *
 * Unless its comment says otherwise, every function here is edit side.
 */
#ifndef PHYSMEM_IOEVENTFD_H
#define PHYSMEM_IOEVENTFD_H

#include <physmem/event_notifier.h>
#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Edits take effect, for writes and for listeners, with the outermost commit. A size other than 0,
 * 1, 2, 4, 8, and a NULL notifier, are refused with a MISUSE message. */

/* Adds an ioeventfd: a write of 'size' bytes that begins at offset addr of the region signals 'e'.
 * The write ends with MEMTX_OK and the device is not called. The device need not have a callback
 * for writes, but the write must be one that it accepts (MemoryRegionOps.valid).
 *
 *   - Size 0 matches a write of any width; then match_data and data do not matter.
 *   - With match_data the written value must be 'data', a number as the CPU writes it.
 *   - If several ioeventfds match a write, only the first is signalled, in the order of (size,
 *     match_data, data, e).
 *   - The same ioeventfd may be added more than once.
 *
 * e stays the caller's. It must outlive the ioeventfd by a grace period: call memory_drain() after
 * the removal. */
PHYSMEM_API void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                                           bool match_data, uint64_t data, EventNotifier *e);

/* Takes away an ioeventfd that was added with exactly these arguments, 'e' included (R12). 'data'
 * counts only if match_data is set. Asserts that there is such an ioeventfd. */
PHYSMEM_API void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                                           bool match_data, uint64_t data, EventNotifier *e);

PHYSMEM_END_DECLS

#endif
