/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds: writes that signal an event notifier instead of calling the device (specification
 * section 18).
 *
 * The library matches writes itself, unless MemoryContextHooks.accelerates_ioeventfds says that an
 * accelerator does; listeners are told where in their space each one is (eventfd_add, eventfd_del).
 */
#ifndef PHYSMEM_IOEVENTFD_H
#define PHYSMEM_IOEVENTFD_H

#include <physmem/event_notifier.h>
#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Edits take effect, for writes and for listeners, with the outermost commit. One that is no
 * write's width, or has no notifier, is refused with a MISUSE message. Edit side. */

/* A write of 'size' bytes (1, 2, 4, 8; 0: any width, and data does not matter) that begins at
 * offset addr, with match_data only of the value 'data' as the CPU writes it, signals e and ends
 * with MEMTX_OK. Of several that match, the first by (size, match_data, data, e) is signalled.
 * Equal ones may be added more than once. The write must be valid, but the device needs no
 * callback for it. e stays the caller's and must outlive the ioeventfd by a grace period
 * (memory_drain()). */
PHYSMEM_API void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                                           bool match_data, uint64_t data, EventNotifier *e);

/* Takes away one that was added with exactly these arguments (R12), but for data that is not
 * matched; asserts that there is one. */
PHYSMEM_API void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size,
                                           bool match_data, uint64_t data, EventNotifier *e);

PHYSMEM_END_DECLS

#endif
