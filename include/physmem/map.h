/* SPDX-License-Identifier: MIT
 *
 * Host pointers to guest memory (specification 12, 13.3).
 *
 * Unless its comment says otherwise, every function here may be called from any thread.
 */
#ifndef PHYSMEM_MAP_H
#define PHYSMEM_MAP_H

#include <physmem/access.h>

PHYSMEM_BEGIN_DECLS

/* Returns a host pointer to guest memory at addr, for reading or for writing. *plen is the length
 * wanted in bytes. On return it is the length mapped, which may be less: the map ends with the
 * contiguous host memory, and after 8192 ranges of the map or pages of an IOMMU.
 *
 * RAM is mapped in place. So is the memory of a RAM device (D12): there the program must make only
 * accesses whose width the device can do. Everything else gets a bounce buffer of at most a guest
 * page. For reading it is filled at once; a byte that cannot be read is 0, or as a hole reads.
 *
 * Returns NULL, with *plen 0, if *plen was 0, if the space's bounce buffers are all in use
 * (address_space_set_max_bounce_bytes()), or if the host has no memory. The caller gives the
 * pointer back with address_space_unmap(). Read side.
 *
 * The region is kept alive until unmap. Memory that is mapped for writing may be written at any
 * time until unmap. So until then each harvest of dirty pages (dirty.h) finds all of it dirty;
 * unmap marks the bytes that were touched once more. */
PHYSMEM_API void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                                    MemTxAttrs attrs);

/* Releases buffer, which address_space_map() returned; asserts that it did. len is the length that
 * was mapped, access_len <= len the number of bytes that were really touched. If the map was for
 * writing, these bytes are marked dirty. If it was a bounce buffer, they are written back through
 * the view of now, with the attributes of the map, and MemoryContextHooks.schedule_bh is called for
 * the clients that wait. Read side. The reference on the region is given back, with which its owner
 * may end (memory_region_unref()). */
PHYSMEM_API void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write,
                                     hwaddr access_len);

/* Sets how many bytes of host memory the space's bounce buffers may take at a time; at first 16 MiB
 * (D2). A buffer counts with its length, rounded up to 64, plus 256 bytes for what the library and
 * the host keep about it: 16 MiB are 3855 buffers of 4 KiB, or 52428 of 1 byte. One buffer is
 * always granted. A larger limit may call MemoryContextHooks.schedule_bh. If the host has no memory
 * to note the limit, it stays as it was and an ERROR is logged. */
PHYSMEM_API void address_space_set_max_bounce_bytes(AddressSpace *as, size_t bytes);

/* Does what address_space_map() does, for the current context's memory, with unspecified attributes
 * and the same parameters. */
PHYSMEM_API void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write);

/* Does what address_space_unmap() does, for the same memory and with the same parameters. */
PHYSMEM_API void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write,
                                           hwaddr access_len);

/* After a map in the current context has failed, asks to be told once when a map may succeed. The
 * library then calls MemoryContextHooks.schedule_bh with bh. That happens at once if a map might
 * succeed now, or if the host has no memory to note the request. Otherwise it happens when a bounce
 * buffer is unmapped or the limit is raised. Of several clients, the one that registered last is
 * told first. */
PHYSMEM_API void cpu_register_map_client(QEMUBH *bh);

/* Withdraws the request for bh. Does nothing if bh is not waiting. */
PHYSMEM_API void cpu_unregister_map_client(QEMUBH *bh);

/* Does what cpu_register_map_client() does, for maps in one space: events in other spaces do not
 * schedule bh. The request is forgotten when the space ends. */
PHYSMEM_API void address_space_register_map_client(AddressSpace *as, QEMUBH *bh);

/* Does what cpu_unregister_map_client() does, for a request of that space. */
PHYSMEM_API void address_space_unregister_map_client(AddressSpace *as, QEMUBH *bh);

/* Calls MemoryContextHooks.flush_coalesced_mmio of the current context. Any thread, not in a read
 * section: takes the lock. */
PHYSMEM_API void qemu_flush_coalesced_mmio_buffer(void);

PHYSMEM_END_DECLS

#endif
