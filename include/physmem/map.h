/* SPDX-License-Identifier: MIT
 *
 * Host pointers to guest memory (specification 12, 13.3).
 *
 * All functions here may be called from any thread. Map and unmap may call a device's callbacks, as
 * every access does.
 */
#ifndef PHYSMEM_MAP_H
#define PHYSMEM_MAP_H

#include <physmem/access.h>

PHYSMEM_BEGIN_DECLS

/* Returns a host pointer to guest memory at addr, for reading or for writing. *plen is the length
 * wanted in bytes. On return it is the length mapped, which may be less: it ends with the
 * contiguous host memory, and behind an IOMMU after 8192 pages.
 *
 * RAM is mapped in place. So is the memory of a RAM device (D12); the caller sees to it that the
 * device can do accesses of the width that it makes. Everything else gets a bounce buffer of at
 * most a guest page. For reading it is filled at once; what cannot be read is zero, or as a hole
 * reads.
 *
 * NULL with *plen 0: *plen was 0, the space's bounce buffers are all in use
 * (address_space_set_max_bounce_bytes()), or the host has no memory.
 *
 * The region is kept alive until unmap. Memory that is mapped for writing may be written at any
 * time until unmap. Until then each harvest of dirty pages (dirty.h) finds all of it dirty; unmap
 * marks what was accessed once more. */
PHYSMEM_API void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                                    MemTxAttrs attrs);

/* Releases what address_space_map() returned; asserts that it did. len is the length that was
 * mapped, access_len <= len the number of bytes that were really touched. If it was mapped for
 * writing, these bytes are marked dirty, or written back from the bounce buffer through the view of
 * now, with the attributes of the map. Not in a read section, because the region's owner may
 * end. */
PHYSMEM_API void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write,
                                     hwaddr access_len);

/* Sets how many bytes of host memory the space's bounce buffers may take at a time; at first 16 MiB
 * (D2). A buffer counts with its length, rounded up to 64, plus 256 bytes for what the library
 * and the host keep about it: 16 MiB are 3855 buffers of 4 KiB, or 52428 of 1 byte. One buffer
 * is always granted. */
PHYSMEM_API void address_space_set_max_bounce_bytes(AddressSpace *as, size_t bytes);

/* Do the same in the current context's memory, with unspecified attributes. */
PHYSMEM_API void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write);
PHYSMEM_API void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write,
                                           hwaddr access_len);

/* Asks to be told once when a map that failed in the current context may succeed. The library then
 * calls MemoryContextHooks.schedule_bh with bh. That happens at once if a map might succeed now, or
 * if the host has no memory to note the request; otherwise at the next unmap of a bounce buffer.
 * The last one registered is told first. Unregistering does nothing if bh is not waiting. */
PHYSMEM_API void cpu_register_map_client(QEMUBH *bh);
PHYSMEM_API void cpu_unregister_map_client(QEMUBH *bh);

/* Do the same for maps in one space: what happens in other spaces does not schedule bh. The request
 * is forgotten when the space ends. */
PHYSMEM_API void address_space_register_map_client(AddressSpace *as, QEMUBH *bh);
PHYSMEM_API void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh);

/* Calls MemoryContextHooks.flush_coalesced_mmio of the current context. */
PHYSMEM_API void qemu_flush_coalesced_mmio_buffer(void);

PHYSMEM_END_DECLS

#endif
