/* SPDX-License-Identifier: MIT
 *
 * The RAM behind regions, and the blocks that it consists of (specification 5, 22.5).
 *
 * A block belongs to the context that was current when it was made. A program rarely makes blocks
 * itself: the constructors in region.h do. Unless its comment says otherwise, every function here
 * may be called from any thread. Lengths are in bytes.
 *
 *   rb, block  the block
 *   ptr, host  an address of the host
 *   n          a notifier, in the caller's memory
 */
#ifndef PHYSMEM_RAM_H
#define PHYSMEM_RAM_H

#include <stdio.h>

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* ---- The RAM of a region (specification 5) ---------------------------------------------- */

/* Returns the descriptor of the file behind a region, or -1 if there is no file. Follows aliases.
 * The descriptor stays the region's: do not close it. */
PHYSMEM_API int memory_region_get_fd(MemoryRegion *mr);

/* Returns where in that file the region's first byte is, in bytes; 0 if there is no file. Follows
 * aliases. */
PHYSMEM_API uint64_t memory_region_get_fd_offset(MemoryRegion *mr);

/* Returns the RAM region of the current context, never an alias, that has the host address ptr in
 * its memory. Stores the offset in the region in *offset, which may be NULL. Returns NULL if there
 * is none. No reference is taken. */
PHYSMEM_API MemoryRegion *memory_region_from_host(void *ptr, ram_addr_t *offset);

/* Returns the host address of the region's first byte. Follows aliases. Valid as long as the
 * region. Returns NULL with a MISUSE message if there is no RAM. */
PHYSMEM_API void *memory_region_get_ram_ptr(MemoryRegion *mr);

/* Returns how many bytes of host memory there are from that address on; 0 if there is no RAM.
 * Follows aliases. They are fewer than the region's size if the size was set beyond the block.
 * Memory after these bytes is not the region's. */
PHYSMEM_API uint64_t memory_region_get_ram_size(MemoryRegion *mr);

/* Returns where the region's block begins among RAM addresses, or RAM_ADDR_INVALID if it has none.
 * Does not follow aliases. */
PHYSMEM_API ram_addr_t memory_region_get_ram_addr(MemoryRegion *mr);

/* Returns the alignment in bytes that the backing needs; 0 if it needs none. */
PHYSMEM_API uint64_t memory_region_get_alignment(const MemoryRegion *mr);

/* Changes the used size of resizable RAM and the size of its region. All its pages are dirty after
 * that. Memory beyond a smaller size is hidden, not dropped: if the RAM grows again, it has its old
 * contents. Edit side. Fails with an error, and changes nothing:
 *   - if the region has no RAM, with a MISUSE message as well;
 *   - if the RAM is not resizable, or newsize is 0 or above its maximum;
 *   - if the host has no memory for it;
 *   - from a listener's callback, with a MISUSE message as well;
 *   - if the region's container refuses the size (memory_region_set_overlap_policy()). The pages
 *     are dirty then, too. */
PHYSMEM_API void memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp);

/* Write part of a region to its file. memory_region_writeback() does so only while a display logs
 * the region (memory_region_set_log()). Both do nothing without a file. A failure is logged as an
 * ERROR. A range that is not in the used length is refused with a MISUSE message. Any thread, not
 * in a read section. Waits until the host has written. */
PHYSMEM_API void memory_region_msync(MemoryRegion *mr, hwaddr addr, hwaddr size);
PHYSMEM_API void memory_region_writeback(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Returns the host pointer to an offset in a block. If ram_block is NULL, addr is a RAM address of
 * the current context. Returns NULL with a MISUSE message if the address is not in use. Valid as
 * long as the block. */
PHYSMEM_API void *qemu_map_ram_ptr(RAMBlock *ram_block, ram_addr_t addr);

/* ---- Blocks (specification 22.5) -------------------------------------------------------- */

/* Make a block of 'size' bytes, rounded up to the host page, for the region mr, which may be NULL.
 * In this order: of anonymous memory (flags RAM_SHARED, RAM_NORESERVE); of the caller's memory; of
 * a file; of a descriptor; of memory that can be resized. They return NULL with an error if size is
 * 0, if the flags are not allowed, or if the host refuses. The constructors in region.h, which call
 * them, have the details of ram_flags, readonly, the file mem_path, the descriptor fd from 'offset'
 * on, max_size and 'resized'. The caller frees the block with qemu_ram_free(). Calls the notifiers.
 * Edit side. */
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

/* Frees a block. Notifiers are told first. The memory goes after a grace period. Does nothing for
 * NULL. Edit side. */
PHYSMEM_API void qemu_ram_free(RAMBlock *block);

/* Changes the used length of a block to newsize, rounded up to the host page, and the size of its
 * region to newsize. Returns 0, or -EINVAL with an error in the cases of
 * memory_region_ram_resize(). Edit side. */
PHYSMEM_API int qemu_ram_resize(RAMBlock *block, ram_addr_t newsize, Error **errp);

/* Does what memory_region_msync() does, for [start, start + length) of a block. */
PHYSMEM_API void qemu_ram_msync(RAMBlock *block, ram_addr_t start, ram_addr_t length);
/* Returns whether the block has RAM_PMEM. */
PHYSMEM_API bool ramblock_is_pmem(RAMBlock *rb);

/* Maps fresh memory over a damaged stretch of RAM addresses, [addr, addr + length); memory of a
 * file gets the contents of the file. Skips memory of the caller. A failure is logged as an ERROR.
 * Edit side. */
PHYSMEM_API void qemu_ram_remap(ram_addr_t addr, ram_addr_t length);

/* The next three look for blocks of the current context.
 *
 * Returns the RAM address of a host address, or RAM_ADDR_INVALID. */
PHYSMEM_API ram_addr_t qemu_ram_addr_from_host(void *ptr);
/* Returns the block with that id, or NULL. No block has the id "". No reference is taken. */
PHYSMEM_API RAMBlock *qemu_ram_block_by_name(const char *name);
/* Returns the block that contains ptr, or NULL. Stores in *offset, which may be NULL, where in the
 * block ptr is; with round_offset this is rounded down to the guest page. No reference is taken. */
PHYSMEM_API RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset);
/* Returns where in the block a host address is. If it is not in the block, returns RAM_ADDR_INVALID
 * with a MISUSE message. */
PHYSMEM_API ram_addr_t qemu_ram_block_host_offset(RAMBlock *rb, void *host);

/* Gives a block its id, of at most 255 bytes: "name", or "device/name" if dev has an id. If another
 * block of the context has that id, the program aborts with a message. Refused with a MISUSE
 * message: a block that has an id already, an id that is too long, a dev that is not a device.
 * qemu_ram_unset_idstr() takes the id away; it does nothing for NULL. Edit side. */
PHYSMEM_API void qemu_ram_set_idstr(RAMBlock *block, const char *name, PhysmemDeviceArgument *dev);
PHYSMEM_API void qemu_ram_unset_idstr(RAMBlock *block);
/* Returns the id, or "" if the block has none; never NULL. Valid until a grace period after the id
 * was taken away. */
PHYSMEM_API const char *qemu_ram_get_idstr(RAMBlock *rb);

/* Returns the descriptor of the file behind the block, or -1 if there is none. It stays the
 * block's: do not close it. */
PHYSMEM_API int qemu_ram_get_fd(RAMBlock *rb);

/* Return a block's properties: its host address, never NULL and valid as long as the block; where
 * it begins among RAM addresses; the length in use, and the length up to which it may grow. */
PHYSMEM_API void *qemu_ram_get_host_addr(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_offset(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_used_length(RAMBlock *rb);
PHYSMEM_API ram_addr_t qemu_ram_get_max_length(RAMBlock *rb);

/* Return whether a block has a flag: RAM_SHARED, RAM_NORESERVE, RAM_UF_ZEROPAGE, RAM_MIGRATABLE. */
PHYSMEM_API bool qemu_ram_is_shared(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_noreserve(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_uf_zeroable(RAMBlock *rb);
PHYSMEM_API bool qemu_ram_is_migratable(RAMBlock *rb);

/* Sets the flag RAM_UF_ZEROPAGE. */
PHYSMEM_API void qemu_ram_set_uf_zeroable(RAMBlock *rb);

/* Set and clear the flag RAM_MIGRATABLE. While logging for MIGRATION is on, the change holds for
 * writes at once, and for listeners with the next commit; in a listener's callback it is refused
 * with a MISUSE message. Edit side. */
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

/* Does what qemu_ram_msync() does, for all of the block that is in use. */
PHYSMEM_INLINE void qemu_ram_block_writeback(RAMBlock *block)
{
    qemu_ram_msync(block, 0, qemu_ram_get_used_length(block));
}

/* Calls func for each block of the current context, largest first, until it returns a value other
 * than 0. Returns that, or 0. func is called in a read section, so it must neither edit nor block.
 * Any thread. */
typedef int(RAMBlockIterFunc)(RAMBlock *rb, void *opaque);
PHYSMEM_API int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque);

/* Throws away the contents of part of a block, so that they read as 0. Returns 0, or a negative
 * errno if the host refuses. start and length must be multiples of the block's page size and lie in
 * its maximum length; otherwise the result is -1 and an ERROR is logged. No dirty page is marked
 * and no listener is told. */
PHYSMEM_API int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length);

/* Keeps the list of the current context's blocks as it is, until it is unlocked. The thread must
 * not edit in between. Any thread, not in a read section. Waits for edits of the list. */
PHYSMEM_API void qemu_mutex_lock_ramlist(void);
/* Unlocks the list. */
PHYSMEM_API void qemu_mutex_unlock_ramlist(void);

/* Is told when the current context's blocks change: after a block was made, before one is freed,
 * before the used length of one changes. Any callback may be NULL. Lengths are in bytes. The
 * callbacks run with the context's lock held. The structure is the caller's; it must stay in place
 * while it is registered. */
struct RAMBlockNotifier {
    void (*ram_block_added)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_removed)(RAMBlockNotifier *n, void *host, size_t size, size_t max_size);
    void (*ram_block_resized)(RAMBlockNotifier *n, void *host, size_t old_size, size_t new_size);
    LIST_ENTRY(RAMBlockNotifier) next; /* private */
};

/* Register and unregister a notifier of the current context. A new notifier is told of each block
 * that exists: its ram_block_added is called. To register a notifier twice, and to unregister one
 * that is not registered, is refused with a MISUSE message. Edit side. */
PHYSMEM_API void ram_block_notifier_add(RAMBlockNotifier *n);
PHYSMEM_API void ram_block_notifier_remove(RAMBlockNotifier *n);
/* Call the notifiers with these arguments, as described above: host, size, max_size, old_size,
 * new_size. The library does this itself; programs need not. Edit side. */
PHYSMEM_API void ram_block_notify_add(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_remove(void *host, size_t size, size_t max_size);
PHYSMEM_API void ram_block_notify_resize(void *host, size_t old_size, size_t new_size);

/* ---- Registration for migration (specification 22.8) ------------------------------------ */

/* vmstate_register_ram() gives the block of the region 'memory' its id (qemu_ram_set_idstr(): the
 * region's name, after the device's id unless dev is NULL) and marks it migratable.
 * vmstate_unregister_ram() takes both back. vmstate_register_ram_global() registers without a
 * device. Both sides of a migration know the block by its id, so names of regions and ids of
 * devices are part of the format. A region without a name is registered without an id, with a
 * WARNING. Refused with a MISUSE message: a region without RAM, a block that has an id, an id that
 * is too long, a dev that is not a device. If another block of the context has the id, the program
 * aborts with a message. Edit side. */
PHYSMEM_API void vmstate_register_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_unregister_ram(MemoryRegion *memory, PhysmemDeviceArgument *dev);
PHYSMEM_API void vmstate_register_ram_global(MemoryRegion *memory);

/* Prints a table of a context's blocks to the stream 'out'. Any thread, not in a read section. */
PHYSMEM_API void memory_context_print_ram(MemoryContext *ctx, FILE *out);

PHYSMEM_END_DECLS

#endif
