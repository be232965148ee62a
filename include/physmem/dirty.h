/* SPDX-License-Identifier: MIT
 *
 * Dirty logging: which pages were written since somebody last asked (specification sections 17 and
 * 22.6).
 *
 * Three clients ask independently of each other: VGA (a display), CODE (a translator's cache) and
 * MIGRATION. Each has one bit for each guest page of RAM. A write marks the pages that it touches
 * for the clients in the region's mask at that moment, after the data; whoever clears bits and then
 * reads the memory misses no write. New RAM is dirty for everybody.
 *
 * A harvest is a call below that clears bits and says what was dirty. Memory that is mapped for
 * writing (address_space_map()) may be written at any time. So as long as the map is open, each
 * harvest finds its memory dirty, for VGA and MIGRATION if they log the region.
 *
 * The library does not see writes through memory_region_get_ram_ptr() or qemu_map_ram_ptr(), nor
 * those of other processes: the writer calls memory_region_set_dirty() after them. After writes
 * through the pointer of a cache it calls address_space_cache_invalidate().
 *
 * Marking is read side, from any thread; no bit is ever lost. Switching, synchronising and clearing
 * is edit side: it takes the context's lock and may call listeners (log_sync, log_clear, ...).
 */
#ifndef PHYSMEM_DIRTY_H
#define PHYSMEM_DIRTY_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* ---- Who logs (17.1) -------------------------------------------------------------------- */

/* Is logging for all clients of MIGRATION on in the current context? Read only. */
PHYSMEM_API bool *memory_context_global_dirty_log(MemoryContext *ctx);
#define global_dirty_log (*memory_context_global_dirty_log(memory_context_current()))

/* The clients (1 << DIRTY_MEMORY_...) that log the region now. Any thread. */
PHYSMEM_API uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr);

/* One bit of that mask. */
PHYSMEM_API bool memory_region_is_logging(MemoryRegion *mr, uint8_t client);

/* Counted switch of logging for display; client must be DIRTY_MEMORY_VGA. More offs than ons, or
 * more than 255 ons, are refused with a MISUSE message. Edit side. */
PHYSMEM_API void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client);

/* ---- Of a region (17.2) ----------------------------------------------------------------- *
 *
 * Refused with a MISUSE message: a region without RAM, a range that is not in its used length, and
 * here as everywhere below a client that does not exist. */

/* [addr, addr + size) of the region was modified by other means than the library's: marks it for
 * the region's mask. For a listener's log_sync. Any thread. */
PHYSMEM_API void memory_region_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Clears one client's bits of the pages touched, and tells listeners (log_clear) whether or not any
 * was set. */
PHYSMEM_API void memory_region_reset_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                           unsigned client);

/* Calls log_clear for the parts of [start, start + len) that spaces show and somebody logs. Touches
 * no bits. */
PHYSMEM_API void memory_region_clear_dirty_bitmap(MemoryRegion *mr, hwaddr start, hwaddr len);

/* Takes and clears one client's bits of a range, after log_sync and before log_clear and
 * log_global_after_sync. What is taken is rounded outwards to 64 guest pages. The snapshot costs
 * what was dirty, not the length of the range; free() releases it. A page that somebody is writing
 * to meanwhile may stay dirty for the next one. NULL without memory for it, and where it is
 * refused: nothing is cleared then. */
PHYSMEM_API DirtyBitmapSnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                                        hwaddr addr, hwaddr size,
                                                                        unsigned client);

/* Was any page of the range dirty? True, with a MISUSE message, if the snapshot does not reach so
 * far. Any thread. */
PHYSMEM_API bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap,
                                                  hwaddr addr, hwaddr size);

/* The first run of dirty pages that begins in [*addr, end): its beginning and length in bytes, in
 * whole guest pages, cut to [*addr, end). False if there is none, or, with a MISUSE message, if the
 * snapshot does not reach so far. Skips clean pages in steps of 64 at least, so a harvest costs
 * what is dirty. Any thread.
 *
 *     for (hwaddr at = 0, len; memory_region_snapshot_next_dirty(mr, snap, &at, end, &len);
 *          at += len) { ... }
 */
PHYSMEM_API bool memory_region_snapshot_next_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap,
                                                   hwaddr *addr, hwaddr end, hwaddr *len);

/* ---- Of a whole machine (17.3) ---------------------------------------------------------- */

/* Collects what listeners have pending: log_sync for each range that somebody logs, or
 * log_sync_global. Of the current context, as everything below. */
PHYSMEM_API void memory_global_dirty_log_sync(void);

/* Calls log_global_after_sync: after the bits were cleared, before the memory is read. */
PHYSMEM_API void memory_global_after_dirty_log_sync(void);

/* Switch logging for MIGRATION on and off. Start is not counted: a second one tells the listeners
 * again. While the machine is stopped (memory_context_set_running()) the stop waits until it runs
 * again, and a start before that cancels it.
 *
 * Neither of them changes a bit. A page that was clean at the stop is clean after the next start,
 * although it may have been written in between, when nothing marked it. So is a page that was taken
 * to measure a dirty rate. A copy of the machine therefore begins with a start and with
 * memory_global_set_all_dirty(). */
PHYSMEM_API void memory_global_dirty_log_start(void);
PHYSMEM_API void memory_global_dirty_log_stop(void);

/* Makes all RAM of the context dirty for MIGRATION, migratable or not. Call it before the first
 * harvest of every copy of a machine, right before or right after the start: the first round is all
 * of memory then. It costs some work for each RAM block, however large the blocks are. No listener
 * is told. Nothing that other threads write or mark meanwhile is lost. Edit side. */
PHYSMEM_API void memory_global_set_all_dirty(void);

/* Why logging is on; it goes off with its last reason (25). The forms above are for MIGRATION. */
#define GLOBAL_DIRTY_MIGRATION (1U << 0)
#define GLOBAL_DIRTY_DIRTY_RATE (1U << 1)
#define GLOBAL_DIRTY_LIMIT (1U << 2)

/* Adds or takes away reasons, each of which may be on once (a MISUSE message otherwise). The first
 * one switches logging on: false and an error if a listener refuses (log_global_start_errp); those
 * that had started already are told log_global_stop, and nothing has changed. */
PHYSMEM_API bool memory_global_dirty_log_start_for(unsigned reasons, Error **errp);
PHYSMEM_API void memory_global_dirty_log_stop_for(unsigned reasons);

/* Does the machine run? At first it does. Letting it run does what waited for that. */
PHYSMEM_API void memory_context_set_running(MemoryContext *ctx, bool running);

/* ---- By RAM address (22.6) --------------------------------------------------------------- *
 *
 * For accelerators and migration. Addresses that are no RAM are clean, and marking them does
 * nothing. The first group may be called from any thread. */

/* Is any page dirty; are all; is this one; is this one clean for at least one client? */
PHYSMEM_API bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length,
                                               unsigned client);
PHYSMEM_API bool cpu_physical_memory_all_dirty(ram_addr_t start, ram_addr_t length,
                                               unsigned client);
PHYSMEM_API bool cpu_physical_memory_get_dirty_flag(ram_addr_t addr, unsigned client);
PHYSMEM_API bool cpu_physical_memory_is_clean(ram_addr_t addr);

/* The clients of 'mask' for which some page of the range is clean. */
PHYSMEM_API uint8_t cpu_physical_memory_range_includes_clean(ram_addr_t start, ram_addr_t length,
                                                             uint8_t mask);

PHYSMEM_API void cpu_physical_memory_set_dirty_flag(ram_addr_t addr, unsigned client);
PHYSMEM_API void cpu_physical_memory_set_dirty_range(ram_addr_t start, ram_addr_t length,
                                                     uint8_t mask);

/* Marks what a little-endian bitmap of 'pages' host pages from 'start' on says, as an accelerator
 * delivers it: for VGA, for MIGRATION while that is logged, for CODE with a translator. Refused
 * with a MISUSE message if start is inside a host page. */
PHYSMEM_API void cpu_physical_memory_set_dirty_lebitmap(unsigned long *bitmap, ram_addr_t start,
                                                        ram_addr_t pages);

/* As memory_region_reset_dirty(); was any bit set? Edit side. */
PHYSMEM_API bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length,
                                                          unsigned client);

/* The same for all three clients, one after the other. Edit side. */
PHYSMEM_API void cpu_physical_memory_clear_dirty_range(ram_addr_t start, ram_addr_t length);

/* memory_region_snapshot_and_clear_dirty() without log_sync and log_global_after_sync, and the
 * query with RAM addresses. */
PHYSMEM_API DirtyBitmapSnapshot *cpu_physical_memory_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                                              hwaddr offset,
                                                                              hwaddr length,
                                                                              unsigned client);
PHYSMEM_API bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap,
                                                        ram_addr_t start, ram_addr_t length);

PHYSMEM_END_DECLS

#endif
