/* SPDX-License-Identifier: MIT
 *
 * Dirty logging: which pages were written since a client last asked (specification 17, 22.6).
 *
 * There are three clients, which ask independently of each other: VGA (a display), CODE (a
 * translator's cache) and MIGRATION. Each has one bit for each guest page of RAM. A write marks the
 * pages that it touches, after its data, for the clients in the region's mask at that moment. So a
 * client that clears bits and then reads the memory misses no write. New RAM is dirty for every
 * client.
 *
 * A harvest is a call below that clears bits and says what was dirty. Memory that is mapped for
 * writing (address_space_map()) may be written at any time. So as long as the map is open, each
 * harvest finds its memory dirty, for VGA and MIGRATION if they log the region.
 *
 * The library does not see writes through memory_region_get_ram_ptr() or qemu_map_ram_ptr(), or
 * writes of other processes: the program calls memory_region_set_dirty() after them. After writes
 * through the pointer of a cache it calls address_space_cache_invalidate().
 *
 * Unless its comment says otherwise, every function here is edit side. Queries and marking may be
 * done from any thread at any time; no bit is ever lost.
 */
#ifndef PHYSMEM_DIRTY_H
#define PHYSMEM_DIRTY_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* ---- Switching (specification 17.1) ----------------------------------------------------- */

/* Whether logging for MIGRATION is on for a whole machine. The function returns the address of the
 * flag of a context, never NULL; global_dirty_log is the flag of the current context. The program
 * may read it and must not write it. Valid as long as the context. Any thread. */
PHYSMEM_API bool *memory_context_global_dirty_log(MemoryContext *ctx);
#define global_dirty_log (*memory_context_global_dirty_log(memory_context_current()))

/* Returns the mask of clients (bits 1 << DIRTY_MEMORY_...) that log the region now: VGA after
 * memory_region_set_log(); MIGRATION while its logging is on, if the RAM is migratable or the
 * region is an IOMMU; CODE if a translator caches code and the region has RAM. Any thread. */
PHYSMEM_API uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr);

/* Returns whether one client is in that mask. Any thread. */
PHYSMEM_API bool memory_region_is_logging(MemoryRegion *mr, uint8_t client);

/* Switches logging for a display on or off, as 'log' says. The calls are counted: logging is off
 * after as many offs as ons. Asserts that client is DIRTY_MEMORY_VGA. Refused with a MISUSE
 * message: an off without an on, and more than 255 ons. */
PHYSMEM_API void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client);

/* ---- Pages of a region (specification 17.2) --------------------------------------------- *
 *
 * Addresses are offsets in the region, in bytes. These calls are refused with a MISUSE message for
 * a region without RAM, and for a range that is not in the RAM's used length.
 * (memory_region_clear_dirty_bitmap() does not check that.) These calls, and all below, are refused
 * in the same way for a client that does not exist. */

/* Marks [addr, addr + size) for the clients in the region's mask. Call it after the memory was
 * changed by other means than the library's; a listener calls it in log_sync. Calls
 * MemoryContextHooks.invalidate_code for pages that were clean for CODE. Any thread. */
PHYSMEM_API void memory_region_set_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Clears one client's bits of the pages that the range touches. Calls log_clear of listeners,
 * whether or not a bit was set. */
PHYSMEM_API void memory_region_reset_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size,
                                           unsigned client);

/* Tells listeners that pages of [start, start + len) were cleared: calls log_clear for each part of
 * the range that a space shows with a mask other than 0. Clears nothing itself. */
PHYSMEM_API void memory_region_clear_dirty_bitmap(MemoryRegion *mr, hwaddr start, hwaddr len);

/* Takes and clears one client's bits of a range. Calls log_sync of listeners first, and log_clear
 * and log_global_after_sync at the end. The range [addr, addr + size) is rounded outwards to 64
 * guest pages. The snapshot costs what was dirty, not the length of the range. The caller frees it
 * with free(). A page that is being written meanwhile may be in the next snapshot instead, or in
 * both. Returns NULL, with nothing cleared, if the host has no memory or the call is refused. */
PHYSMEM_API DirtyBitmapSnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                                        hwaddr addr, hwaddr size,
                                                                        unsigned client);

/* Returns whether any page of the range was dirty in the snapshot 'snap' of mr. If the snapshot
 * does not cover the range, a MISUSE message is logged and the result is true. Any thread. */
PHYSMEM_API bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap,
                                                  hwaddr addr, hwaddr size);

/* Finds the first run of dirty pages of 'snap' in [*addr, end), offsets in mr. Sets *addr to its
 * beginning and *len to its length in bytes: whole guest pages, cut to [*addr, end). Returns false
 * if there is none. Returns false with a MISUSE message if the snapshot does not cover the range.
 * Clean pages are skipped 64 or more at a time, so a harvest costs what is dirty. Any thread.
 *
 *     for (hwaddr at = 0, len; memory_region_snapshot_next_dirty(mr, snap, &at, end, &len);
 *          at += len) { ... } */
PHYSMEM_API bool memory_region_snapshot_next_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap,
                                                   hwaddr *addr, hwaddr end, hwaddr *len);

/* A run of dirty pages: its first byte, and its length in bytes. */
typedef struct DirtyBitmapRun {
    hwaddr addr;
    hwaddr len;
} DirtyBitmapRun;

/* Finds many runs with one call, which takes a fraction of the time of many calls. The runs are
 * those that memory_region_snapshot_next_dirty() would find in [*addr, end) one after the other.
 * Writes the first of them, at most 'most', to 'run', sets *addr to the end of the last one, and
 * returns how many there are. If there is none, returns 0 and leaves *addr alone. Refused like
 * memory_region_snapshot_next_dirty(), with 0. Any thread.
 *
 *     for (hwaddr at = 0; (n = memory_region_snapshot_next_runs(mr, snap, &at, end, run, 64));) {
 *         for (size_t i = 0; i < n; i++) { ... } } */
PHYSMEM_API size_t memory_region_snapshot_next_runs(MemoryRegion *mr, DirtyBitmapSnapshot *snap,
                                                    hwaddr *addr, hwaddr end, DirtyBitmapRun *run,
                                                    size_t most);

/* ---- A whole machine (specification 17.3) ----------------------------------------------- *
 *
 * These calls, and all below that take no region or context, are for the current context. */

/* Has listeners put the dirty pages that they know of into the library's bitmap. A listener's
 * log_sync is called for each range with a mask other than 0, or its log_sync_global once. */
PHYSMEM_API void memory_global_dirty_log_sync(void);

/* Calls log_global_after_sync of each listener. Call it after bits were cleared and before the
 * memory is read. */
PHYSMEM_API void memory_global_after_dirty_log_sync(void);

/* Switch logging for MIGRATION on and off. Starts are not counted: a second one tells the listeners
 * again. While the machine is stopped (memory_context_set_running()), a stop waits until the
 * machine runs again. A start before that cancels the stop.
 *
 * Neither call changes a bit. A page that was clean at the stop is clean after the next start,
 * although it may have been written in between, when nothing marked it. A page whose bit was taken
 * to measure a dirty rate is clean, too. So a copy of the machine begins with a start and with
 * memory_global_set_all_dirty(). */
PHYSMEM_API void memory_global_dirty_log_start(void);
PHYSMEM_API void memory_global_dirty_log_stop(void);

/* Makes all RAM of the context dirty for MIGRATION, migratable or not. Call it before the first
 * harvest of every copy of a machine, right before or right after the start, so that the first
 * round copies all of memory. It costs some work for each RAM block, however large the blocks are.
 * No listener is told. Nothing that other threads write or mark meanwhile is lost. */
PHYSMEM_API void memory_global_set_all_dirty(void);

/* Reasons why logging for MIGRATION is on. It goes off with the last reason. The two calls above
 * are for GLOBAL_DIRTY_MIGRATION. */
#define GLOBAL_DIRTY_MIGRATION (1U << 0)
#define GLOBAL_DIRTY_DIRTY_RATE (1U << 1)
#define GLOBAL_DIRTY_LIMIT (1U << 2)

/* Add and take away reasons. The first reason switches logging on.
 * memory_global_dirty_log_start_for() returns false with an error if a listener refuses
 * (log_global_start_errp): then the listeners that had started already are told log_global_stop,
 * and nothing has changed. To add a reason that is on already, or to take away one that is not, is
 * refused with a MISUSE message, and a start with an error as well. */
PHYSMEM_API bool memory_global_dirty_log_start_for(unsigned reasons, Error **errp);
PHYSMEM_API void memory_global_dirty_log_stop_for(unsigned reasons);

/* Tells the library whether the machine runs, as 'running' says. At first it does. If a stop of
 * logging has waited for this, it is carried out when the machine runs. */
PHYSMEM_API void memory_context_set_running(MemoryContext *ctx, bool running);

/* ---- By RAM address (specification 22.6) ------------------------------------------------- *
 *
 * For accelerators and migration. Addresses and lengths are in bytes: [start, start + length), or
 * the page of addr. Addresses that are not RAM are clean, and marking them does nothing. */

/* Return whether pages are dirty for a client. get_dirty: at least one page of the range is dirty.
 * all_dirty: every page is. get_dirty_flag: the page of this address is. is_clean: the page of this
 * address is clean for at least one client. Any thread. */
PHYSMEM_API bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length,
                                               unsigned client);
PHYSMEM_API bool cpu_physical_memory_all_dirty(ram_addr_t start, ram_addr_t length,
                                               unsigned client);
PHYSMEM_API bool cpu_physical_memory_get_dirty_flag(ram_addr_t addr, unsigned client);
PHYSMEM_API bool cpu_physical_memory_is_clean(ram_addr_t addr);

/* Returns the clients of 'mask' for which at least one page of the range is clean. Any thread. */
PHYSMEM_API uint8_t cpu_physical_memory_range_includes_clean(ram_addr_t start, ram_addr_t length,
                                                             uint8_t mask);

/* Mark pages: of an address for one client, or of a range for the clients of a mask. Any thread. */
PHYSMEM_API void cpu_physical_memory_set_dirty_flag(ram_addr_t addr, unsigned client);
PHYSMEM_API void cpu_physical_memory_set_dirty_range(ram_addr_t start, ram_addr_t length,
                                                     uint8_t mask);

/* Marks the pages that are set in a bitmap, as an accelerator delivers it: little-endian, with one
 * bit for each of 'pages' host pages from 'start' on. Refused with a MISUSE message if start is not
 * at the beginning of a host page. _set_dirty_bitmap() marks them for the clients of a mask.
 * _set_dirty_lebitmap() marks them for VGA; for MIGRATION while its logging is on; for CODE if a
 * translator caches code. Any thread. */
PHYSMEM_API void cpu_physical_memory_set_dirty_bitmap(const unsigned long *bitmap,
                                                      ram_addr_t start, ram_addr_t pages,
                                                      uint8_t mask);
PHYSMEM_API void cpu_physical_memory_set_dirty_lebitmap(unsigned long *bitmap, ram_addr_t start,
                                                        ram_addr_t pages);

/* Clears one client's bits of the pages that the range touches, and calls log_clear of listeners,
 * as memory_region_reset_dirty() does. Returns whether any bit was set. */
PHYSMEM_API bool cpu_physical_memory_test_and_clear_dirty(ram_addr_t start, ram_addr_t length,
                                                          unsigned client);

/* Does the same for the three clients, one after the other. */
PHYSMEM_API void cpu_physical_memory_clear_dirty_range(ram_addr_t start, ram_addr_t length);

/* cpu_physical_memory_snapshot_and_clear_dirty() does what memory_region_snapshot_and_clear_dirty()
 * does, for [offset, offset + length) of mr, without log_sync and log_global_after_sync.
 * cpu_physical_memory_snapshot_get_dirty() may be called from any thread: it returns whether any
 * page of a range of RAM addresses was dirty in 'snap'. */
PHYSMEM_API DirtyBitmapSnapshot *cpu_physical_memory_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                                              hwaddr offset,
                                                                              hwaddr length,
                                                                              unsigned client);
PHYSMEM_API bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap,
                                                        ram_addr_t start, ram_addr_t length);

PHYSMEM_END_DECLS

#endif
