/* SPDX-License-Identifier: MIT
 *
 * The RAM behind regions, and the blocks that it consists of (specification 5, 22.5).
 *
 * A block belongs to the context that was current when it was made. A program rarely makes blocks
 * itself: the constructors in region.h do. Queries may be called from any thread. The rest is edit
 * side: any thread, not in a read section; it takes the context's lock. Lengths are in bytes.
 */
#ifndef PHYSMEM_RAM_H
#define PHYSMEM_RAM_H

#include <stdio.h>

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* ---- The RAM of a region (specification 5) ---------------------------------------------- */

/* Returns the descriptor of the file behind a region, and follows aliases. -1 if there is no file.
 * It stays the region's: do not close it. */
PHYSMEM_API int memory_region_get_fd(MemoryRegion *mr);

/* Returns where in that file the region's first byte is; 0 if there is no file. */
PHYSMEM_API uint64_t memory_region_get_fd_offset(MemoryRegion *mr);

/* Returns the RAM region of the current context that owns a host address, never an alias, and
 * stores the offset in it in *offset, which may be NULL. NULL if there is none. No reference is
 * taken. */
PHYSMEM_API MemoryRegion *memory_region_from_host(void *ptr, ram_addr_t *offset);

/* Returns the host address of the region's first byte, and follows aliases. Asserts that there is
 * RAM. Valid as long as the region. */
PHYSMEM_API void *memory_region_get_ram_ptr(MemoryRegion *mr);

/* Returns how many bytes of host memory there are from that address on; 0 if there is no RAM. That
 * is less than the region's size if the size was set beyond the block. Memory after these bytes is
 * not the region's. */
PHYSMEM_API uint64_t memory_region_get_ram_size(MemoryRegion *mr);

/* Returns the start of the region's block among RAM addresses, or RAM_ADDR_INVALID. Does not follow
 * aliases. */
PHYSMEM_API ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr);

/* Returns the alignment in bytes that the backing needs; 0 if it needs none. */
PHYSMEM_API uint64_t memory_region_get_alignment(const MemoryRegion *mr);

/* Changes the used size of resizeable RAM. All its pages are dirty after that. Fails with an error,
 * and changes nothing:
 *   - if the RAM is not resizeable, or newsize is 0 or above its maximum;
 *   - if the host has no memory for it;
 *   - from a listener's callback;
 *   - if the region's container refuses the size (memory_region_set_overlap_policy()); the pages
 *     are dirty then, too.
 * Edit side. */
PHYSMEM_API void memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp);

/* Write part of a region to its file; writeback only while logging is on for the region
 * (memory_region_set_log()). They do nothing without a file. A failure is logged. Assert that the
 * range is in use. Edit side. */
PHYSMEM_API void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size);
PHYSMEM_API void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Returns the host pointer to an offset in a block. With a NULL block, addr is a RAM address of the
 * current context. Asserts that the address is in use. */
PHYSMEM_API void *qemu_map_ram_ptr(RAMBlock *ram_block, ram_addr_t addr);

/* ---- Blocks (specification 22.5) -------------------------------------------------------- */

/* Make a block of 'size' bytes, rounded up to the host page, for the region mr, which may be NULL:
 * of anonymous memory (flags RAM_SHARED, RAM_NORESERVE); of the caller's memory; of a file; of a
 * descriptor; of memory that can be resized. They return NULL with an error if size is 0, if the
 * flags are not allowed, or if the host refuses. The constructors in region.h, which call them,
 * have the details. Edit side. */
PHYSMEM_API RAMBlock *qemu_ram_alloc(ram_addr_t size, uint32_t ram_flags, MemoryRegion *mr,
                                     Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_ptr(ram_addr_t size, void *host, MemoryRegion *mr,
                                              Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_file(ram_addr_t size, MemoryRegion *mr,
                                               uint32_t ram_flags, const char *mem_path,
                                               bool readonly, Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_from_fd(ram_addr_t size, MemoryRegion *mr, uint32_t ram_flags,
                                             int fd, off_t offset, bool readonly, Error **errp);
PHYSMEM_API RAMBlock *qemu_ram_alloc_resizeable(ram_addr_t size, ram_addr_t max_size,
                                                void (*resized)(const char *id, uint64_t length,
                                                                void *host),
                                                MemoryRegion *mr, Error **errp);

/* Frees a block after a grace period. Notifiers are told first. Does nothing for NULL. Edit
 * side. */
PHYSMEM_API void qemu_ram_free(RAMBlock *block);

/* Changes the used length of a block to newsize, rounded up to the host page, and the size of its
 * region to newsize. Returns 0, or -EINVAL with an error as memory_region_ram_resize() has it. Edit
 * side. */
PHYSMEM_API int qemu_ram_resize(RAMBlock *block, ram_addr_t newsize, Error **errp);

/* Does what memory_region_msync() does, for a block. */
PHYSMEM_API void qemu_ram_msync(RAMBlock *block, ram_addr_t start, ram_addr_t length);
/* Returns whether the block has RAM_PMEM. */
PHYSMEM_API bool ramblock_is_pmem(RAMBlock *rb);

/* Maps fresh memory over a damaged stretch of RAM addresses. Skips memory of the caller. Edit
 * side. */
PHYSMEM_API void qemu_ram_remap(ram_addr_t addr, ram_addr_t length);

/* Look for blocks of the current context. No reference is taken.
 * Returns the RAM address of a host address, or RAM_ADDR_INVALID. */
PHYSMEM_API ram_addr_t qemu_ram_addr_from_host(void *ptr);
/* Returns the block with exactly that id, or NULL. */
PHYSMEM_API RAMBlock *qemu_ram_block_by_name(const char *name);
/* Returns the block that contains ptr, or NULL. *offset is where in it; with round_offset it is
 * rounded down to the guest page. */
PHYSMEM_API RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset);
/* Returns where in the block a host address is. Asserts that it is in the block. */
PHYSMEM_API ram_addr_t qemu_ram_block_host_offset(RAMBlock *rb, void *host);

/* Gives a block its id, of at most 255 bytes: "name", or "device/name" if dev has an id. Asserts
 * that the block has no id yet. An id that another block of the context has aborts with a message.
 * unset takes the id away and does nothing for NULL. Edit side. */
PHYSMEM_API void qemu_ram_set_idstr(RAMBlock *block, const char *name, PhysmemDeviceArgument *dev);
PHYSMEM_API void qemu_ram_unset_idstr(RAMBlock *block);
/* Returns the id, "" if the block has none. */
PHYSMEM_API const char *qemu_ram_get_idstr(RAMBlock *rb);

/* Returns the descriptor of the file behind the block, or -1 if there is none. It stays the
 * block's: do not close it. */
PHYSMEM_API int qemu_ram_get_fd(RAMBlock *rb);

/* Return a block's properties: its host address; where it begins among RAM addresses; the lengths
 * that are in use and that it may grow to; its RAM_... flags. */
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

/* Returns the page size of a block's memory in bytes: the host's, or that of a file system of huge
 * pages. */
PHYSMEM_API size_t qemu_ram_pagesize(RAMBlock *block);

/* Returns the largest page size of the current context's blocks, at least the host's. */
PHYSMEM_API size_t qemu_ram_pagesize_largest(void);

/* Return the smallest and the largest page size of the current context's blocks. Without any block
 * it is the host's. */
PHYSMEM_API long qemu_minrampagesize(void);
PHYSMEM_API long qemu_maxrampagesize(void);

/* Writes a whole block to its file. */
static inline void qemu_ram_block_writeback(RAMBlock *block)
{
    qemu_ram_msync(block, 0, qemu_ram_get_used_length(block));
}

/* Calls func for each block of the current context, largest first, until it returns non-zero.
 * Returns that, or 0. Any thread, not in a read section. */
typedef int(RAMBlockIterFunc)(RAMBlock *rb, void *opaque);
PHYSMEM_API int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque);

/* Throws away the contents of part of a block, so that they read as 0. Start and length must be
 * multiples of the block's page size inside its maximum length; otherwise it returns -1, with a
 * message. Returns 0, or a negative errno if the host refuses. Edit side. */
PHYSMEM_API int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length);

/* Keep the list of the current context's blocks still, and let it go. Do not edit in between. */
PHYSMEM_API void qemu_mutex_lock_ramlist(void);
PHYSMEM_API void qemu_mutex_unlock_ramlist(void);

/* Is told of blocks: after one was made, before one goes, before the used length of one changes.
 * Any callback may be NULL. The caller's; it must stay in place while it is added. */
struct RAMBlockNotifier {
    void (*ram_block_added)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_removed)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_resized)(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size);
    LIST_ENTRY(RAMBlockNotifier) next; /* private */
};

/* Add and remove a notifier of the current context. When it is added, 'added' is called for each
 * block that exists. Adding a notifier that is registered already, and removing one that is not,
 * are refused with a MISUSE message. Edit side. */
PHYSMEM_API void ram_block_notifier_add(RAMBlockNotifier *n);
PHYSMEM_API void ram_block_notifier_remove(RAMBlockNotifier *n);
/* Call the notifiers. The library does so itself. */
PHYSMEM_API void ram_block_notify_add(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_remove(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_resize(void *host, size_t old_size, size_t new_size);

/* ---- Registration for migration (specification 22.8) ------------------------------------ */

/* Register: gives the region's block its id (qemu_ram_set_idstr(): the region's name, after the
 * device's id unless dev is NULL) and marks it migratable. Unregister: takes both back. The _global
 * form registers without a device. Both sides of a migration know the block by its id, so names of
 * regions and ids of devices are part of the format. Refused with a MISUSE message for a region
 * without RAM, a block that has an id, or an id that is too long. An id that another block of the
 * context has aborts with a message. Edit side. */
PHYSMEM_API void vmstate_register_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_unregister_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_register_ram_global(MemoryRegion *memory);

/* Prints a table of a context's blocks. Any thread, not in a read section. */
PHYSMEM_API void memory_context_print_ram(MemoryContext *ctx, FILE *out);

PHYSMEM_END_DECLS

#endif
