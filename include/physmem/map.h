/* SPDX-License-Identifier: MIT
 *
 * Host pointers to guest memory (specification sections 12 and 13.3). Read side.
 */
#ifndef PHYSMEM_MAP_H
#define PHYSMEM_MAP_H

#include <physmem/access.h>

PHYSMEM_BEGIN_DECLS

/* A host pointer to *plen bytes at addr, for reading or for writing. *plen becomes the length
 * that is mapped, which may be less: it ends with the piece of host memory, and behind an IOMMU
 * after 8192 pages. RAM is mapped in place; everything else gets a bounce buffer of at most a
 * guest page, filled at once for reads. NULL, with *plen 0, if *plen was 0, the space's bounce
 * buffers are all in use, or the host has no memory. Keeps the region alive until unmap. RAM
 * that is mapped for writing may be written at any time until unmap. Until then each harvest of
 * dirty pages (dirty.h) finds all of it dirty; unmap marks what was accessed once more. The
 * memory of a RAM device is mapped in place, too (D12): what width the accesses through such a
 * pointer have, and whether the device can do them, is the caller's affair. */
PHYSMEM_API void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                                    MemTxAttrs attrs);

/* Releases what map returned; asserts that it was. access_len <= len bytes were really touched: for
 * writing, that many bytes of a bounce buffer are written back through the view of now. Not in a
 * read section: the region's owner may end. */
PHYSMEM_API void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write,
                                     hwaddr access_len);

/* How many bytes of host memory the space's bounce buffers may take at a time; at first 16 MiB
 * (D2). A buffer counts with its length, rounded up to 64, plus 256 bytes for what the library
 * and the host keep about it: 16 MiB are 3855 buffers of 4 KiB, or 52428 of 1 byte. One buffer
 * is always granted. */
PHYSMEM_API void address_space_set_max_bounce_bytes(AddressSpace *as, size_t bytes);

PHYSMEM_API void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write);
PHYSMEM_API void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write,
                                           hwaddr access_len);

/* Asks to be told once, by MemoryContextHooks.schedule_bh, when a map that failed in the current
 * context may succeed: at once if it might now or if the host has no memory to note the request,
 * else at the next unmap of a bounce buffer. The last one registered is scheduled first.
 * Unregister: no-op if it is not waiting. */
PHYSMEM_API void cpu_register_map_client(QEMUBH *bh);
PHYSMEM_API void cpu_unregister_map_client(QEMUBH *bh);

/* The same for maps in one space: bh is not disturbed by what happens in others (25). Forgotten
 * when the space ends. */
PHYSMEM_API void address_space_register_map_client(AddressSpace *as, QEMUBH *bh);
PHYSMEM_API void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh);

/* Calls MemoryContextHooks.flush_coalesced_mmio of the current context. */
PHYSMEM_API void qemu_flush_coalesced_mmio_buffer(void);

PHYSMEM_END_DECLS

#endif
