/* SPDX-License-Identifier: MIT
 *
 * The RAM behind regions, and the blocks it is made of (specification sections 5 and 22.5).
 *
 * Blocks belong to the current context at the time they are made. Queries may be called from any
 * thread; the rest is edit side.
 */
#ifndef PHYSMEM_RAM_H
#define PHYSMEM_RAM_H

#include <stdio.h>

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* ---- Of a region (5) -------------------------------------------------------------------- */

/* Descriptor of the file behind a region, following aliases; -1 if there is none. Borrowed. */
PHYSMEM_API int memory_region_get_fd(MemoryRegion *mr);

/* Where in that file the region's first byte is; 0 if there is none. */
PHYSMEM_API uint64_t memory_region_get_fd_offset(MemoryRegion *mr);

/* The RAM region of the current context that owns this host address, and where in it (offset may
 * be NULL); NULL if none. No reference is taken. */
PHYSMEM_API MemoryRegion *memory_region_from_host(void *ptr, ram_addr_t *offset);

/* Host address of the region's first byte, following aliases. Asserts that there is RAM there. */
PHYSMEM_API void *memory_region_get_ram_ptr(MemoryRegion *mr);

/* Bytes of host memory from there on: less than the region's size if that was set beyond its block,
 * and what lies behind is not the region's; 0 if there is no RAM. */
PHYSMEM_API uint64_t memory_region_get_ram_size(MemoryRegion *mr);

/* Start of the region's block among RAM addresses, or RAM_ADDR_INVALID. */
PHYSMEM_API ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr);

/* Alignment that the backing needs, in bytes; 0 if none. */
PHYSMEM_API uint64_t memory_region_get_alignment(const MemoryRegion *mr);

/* Changes the used size of resizeable RAM. Fails, with nothing changed, if it is not resizeable,
 * newsize is 0 or above its maximum, or from a listener's callback; also, but all pages are dirty
 * then, if the region's container refuses it (memory_region_set_overlap_policy()). Edit side. */
PHYSMEM_API void memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp);

/* Writes part of a file-backed region to its file; writeback only if the region's logging is on.
 * No-op without a file. Asserts that the range is in use. */
PHYSMEM_API void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size);
PHYSMEM_API void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Host pointer to an offset in a block; with a NULL block addr is a RAM address of the current
 * context. Asserts that it is in use. */
PHYSMEM_API void *qemu_map_ram_ptr(RAMBlock *ram_block, ram_addr_t addr);

/* ---- Blocks (22.5) ---------------------------------------------------------------------- */

/* A block of size bytes, rounded up to the host page, for region mr (may be NULL). Anonymous
 * memory (flags: RAM_SHARED, RAM_NORESERVE); the caller's; a file's; a descriptor's; resizeable. */
PHYSMEM_API RAMBlock *qemu_ram_alloc(ram_addr_t size, uint32_t ram_flags, MemoryRegion *mr,
                                     Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_ptr(ram_addr_t size, void *host, MemoryRegion *mr,
                                              Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_file(ram_addr_t size, MemoryRegion *mr,
                                               uint32_t ram_flags, const char *mem_path,
                                               bool readonly, Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_fd(ram_addr_t size, MemoryRegion *mr,
                                             uint32_t ram_flags, int fd, off_t offset,
                                             bool readonly, Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_resizeable(
    ram_addr_t size, ram_addr_t max_size,
    void (*resized)(const char *id, uint64_t length, void *host), MemoryRegion *mr, Error **errp);

/* Frees a block after a grace period; NULL is fine. Notifiers are told first. */
PHYSMEM_API void qemu_ram_free(RAMBlock *block);

/* Changes the used length to newsize, rounded up to the host page, and the region's size to
 * newsize: 0, or -EINVAL with an error as of memory_region_ram_resize(). All pages are dirty after
 * a change of the length. */
PHYSMEM_API int qemu_ram_resize(RAMBlock *block, ram_addr_t newsize, Error **errp);

PHYSMEM_API void qemu_ram_msync(RAMBlock *block, ram_addr_t start, ram_addr_t length);
PHYSMEM_API bool ramblock_is_pmem(RAMBlock *rb);

/* Maps fresh memory over a damaged stretch of RAM addresses; skips the caller's memory. */
PHYSMEM_API void qemu_ram_remap(ram_addr_t addr, ram_addr_t length);

/* RAM_ADDR_INVALID if it is not RAM. */
PHYSMEM_API ram_addr_t qemu_ram_addr_from_host(void *ptr);
/* By exact id; NULL if there is none. */
PHYSMEM_API RAMBlock *qemu_ram_block_by_name(const char *name);
/* The block that holds ptr, or NULL; *offset, if wanted rounded down to the guest page. */
PHYSMEM_API RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset);
/* Asserts that host lies in the block. */
PHYSMEM_API ram_addr_t qemu_ram_block_host_offset(RAMBlock *rb, void *host);

/* Names a block: device id + "/" + name, at most 255 bytes. Asserts that it has no id yet; a
 * duplicate aborts with a message. */
PHYSMEM_API void qemu_ram_set_idstr(RAMBlock *block, const char *name,
                                    PhysmemDeviceArgument *dev);
PHYSMEM_API void qemu_ram_unset_idstr(RAMBlock *block);
/* "" if it has none. */
PHYSMEM_API const char *qemu_ram_get_idstr(RAMBlock *rb);

/* Descriptor of the file behind the block, or -1 if there is none. It stays the block's: do not
 * close it. */
PHYSMEM_API int qemu_ram_get_fd(RAMBlock *rb);

PHYSMEM_API void *qemu_ram_get_host_addr(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_offset(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_used_length(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_max_length(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_shared(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_noreserve(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_uf_zeroable(RAMBlock *rb);
PHYSMEM_API void qemu_ram_set_uf_zeroable(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_migratable(RAMBlock *rb);
PHYSMEM_API void qemu_ram_set_migratable(RAMBlock *rb);
PHYSMEM_API void qemu_ram_unset_migratable(RAMBlock *rb);

/* Page size of a block's memory, in bytes: the host's, or that of a file system of huge pages. */
PHYSMEM_API size_t qemu_ram_pagesize(RAMBlock *block);

/* The largest page size of the current context's blocks, and not less than the host's. */
PHYSMEM_API size_t qemu_ram_pagesize_largest(void);

/* The smallest and the largest page size of the current context's blocks; without any block, the
 * host's. */
PHYSMEM_API long qemu_minrampagesize(void);
PHYSMEM_API long qemu_maxrampagesize(void);

/* Writes a whole block to its file. */
static inline void qemu_ram_block_writeback(RAMBlock *block)
{
    qemu_ram_msync(block, 0, qemu_ram_get_used_length(block));
}

/* Calls func for each block, largest first, until it returns non-zero, which is returned. */
typedef int(RAMBlockIterFunc)(RAMBlock *rb, void *opaque);
PHYSMEM_API int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque);

/* Throws away the contents so that they read as 0. Start and length must be multiples of the
 * block's page size inside its maximum length: -1 and a message otherwise. A negative errno if
 * the system refuses. */
PHYSMEM_API int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length);

/* Keeps the list of the current context's blocks still. */
PHYSMEM_API void qemu_mutex_lock_ramlist(void);
PHYSMEM_API void qemu_mutex_unlock_ramlist(void);

/* Being told of blocks; any callback may be NULL. Adding replays the existing blocks to 'added'.
 * 'resized' is called before the change. */
struct RAMBlockNotifier {
    void (*ram_block_added)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_removed)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_resized)(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size);
    LIST_ENTRY(RAMBlockNotifier) next; /* private */
};

/* Refused with a MISUSE message: adding a notifier that is registered already, and removing one
 * that is not. */
PHYSMEM_API void ram_block_notifier_add(RAMBlockNotifier *n);
PHYSMEM_API void ram_block_notifier_remove(RAMBlockNotifier *n);
PHYSMEM_API void ram_block_notify_add(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_remove(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_resize(void *host, size_t old_size, size_t new_size);

/* ---- Migration registration (22.8) ------------------------------------------------------ */

/* Names the region's block after the region and dev (NULL: no prefix) and marks it migratable; the
 * reverse, after which the id is free. The id is what both sides of a migration know the block by:
 * names of regions and devices are part of the format. Refused with a MISUSE message for a region
 * without RAM, a block that has an id, or an id that is too long; an id that another block of the
 * context has aborts with a message. Edit side. */
PHYSMEM_API void vmstate_register_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_unregister_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_register_ram_global(MemoryRegion *memory);

/* Prints a table of a context's blocks. */
PHYSMEM_API void memory_context_print_ram(MemoryContext *ctx, FILE *out);

PHYSMEM_END_DECLS

#endif
