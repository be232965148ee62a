/* SPDX-License-Identifier: MIT
 *
 * Makes and frees blocks. The memory of a block is anonymous, the caller's, or a file's. A new
 * block gets its place among the RAM addresses and is then published; a removed one is freed after
 * a grace period. backing.c and backing-file.c map the memory. region/ram.c makes the regions that
 * show blocks.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <physmem/error.h>

#include "base/alloc.h"
#include "base/log.h"
#include "ram/backing.h"
#include "ram/id.h"
#include "ram/readers.h"
#include "ram/room.h"
#include "ram/writers.h"

/* ---- Making ----------------------------------------------------------------------------- */

static bool check_size(uint64_t size, uint64_t max_size, MemoryRegion *mr, Error **errp)
{
    const uint64_t limit = RAM_LENGTH_MAX - ram_host_page();

    if (size == 0) {
        error_setg(errp, "region '%s': RAM cannot have size 0", ram_label(mr));
        return false;
    }
    if (max_size > limit) {
        error_setg(errp, "region '%s': size 0x%" PRIx64 " is above the limit 0x%" PRIx64,
                   ram_label(mr), max_size, limit);
        return false;
    }
    if (size > max_size) {
        error_setg(errp, "region '%s': size 0x%" PRIx64 " is above its maximum 0x%" PRIx64,
                   ram_label(mr), size, max_size);
        return false;
    }
    return true;
}

static bool check_flags(uint32_t flags, uint32_t allowed, MemoryRegion *mr, Error **errp)
{
    if (flags & ~allowed) {
        error_setg(errp,
                   "region '%s': RAM flags 0x%" PRIx32 ": this kind of RAM takes only those in "
                   "0x%" PRIx32,
                   ram_label(mr), flags, allowed);
        return false;
    }
    return true;
}

static RAMBlock *block_new(uint64_t size, uint64_t max_size, uint32_t flags, MemoryRegion *mr,
                           Error **errp)
{
    RAMBlock *rb;

    if (!check_size(size, max_size, mr, errp)) {
        return NULL;
    }
    rb = calloc(1, sizeof(*rb));
    if (!rb) {
        error_setg(errp, "region '%s': the host has no memory for a block", ram_label(mr));
        return NULL;
    }
    rb->context = mr ? mr->parent_obj.context : memory_context_current();
    rb->mr = mr;
    rb->flags = flags;
    rb->fd = -1;
    ram_readers_init(rb);
    rb->page_size = ram_host_page();
    rb->used_length = ram_round_up(size, rb->page_size);
    rb->max_length = ram_round_up(max_size, rb->page_size);
    return rb;
}

static void block_free(RAMBlock *rb)
{
    ram_backing_unmap(rb);
    if (rb->fd >= 0) {
        close(rb->fd);
    }
    ram_dirty_free(rb);
    ram_readers_free(rb);
    ram_writers_free(rb);
    free(rb->id);
    free(rb);
}

/* Functions that ram_room_add() calls allocate and cannot return an error, so memory is reserved
 * for all its allocations. */
static bool add_to_room(RAMBlock *rb, Error **errp)
{
    enum { ALLOCATIONS = 4 };

    if (!alloc_reserve_begin(0, ALLOCATIONS)) {
        error_setg(errp, "region '%s': the host has no memory for a block", ram_label(rb->mr));
        return false;
    }
    bool added = ram_room_add(rb, errp);
    alloc_reserve_end();
    return added;
}

static bool publish(RAMBlock *rb, Error **errp)
{
    CONTEXT_LOCK(rb->context);
    MemoryContext *old;

    if (!add_to_room(rb, errp)) {
        return false;
    }
    old = context_switch(rb->context);
    ram_block_notify_add(rb->host, rb->used_length, rb->max_length);
    context_switch(old);
    return true;
}

static RAMBlock *publish_or_free(RAMBlock *rb, Error **errp)
{
    if (publish(rb, errp)) {
        return rb;
    }
    block_free(rb);
    return NULL;
}

static RAMBlock *map_and_publish(RAMBlock *rb, Error **errp)
{
    if (ram_backing_map(rb, errp)) {
        return publish_or_free(rb, errp);
    }
    block_free(rb);
    return NULL;
}

RAMBlock *qemu_ram_alloc(ram_addr_t size, uint32_t ram_flags, MemoryRegion *mr, Error **errp)
{
    RAMBlock *rb;

    if (!check_flags(ram_flags, RAM_SHARED | RAM_NORESERVE, mr, errp)) {
        return NULL;
    }
    rb = block_new(size, size, ram_flags, mr, errp);
    return rb ? map_and_publish(rb, errp) : NULL;
}

RAMBlock *qemu_ram_alloc_resizeable(ram_addr_t size, ram_addr_t max_size,
                                    void (*resized)(const char *id, uint64_t length, void *host),
                                    MemoryRegion *mr, Error **errp)
{
    RAMBlock *rb = block_new(size, max_size, RAM_RESIZEABLE, mr, errp);

    if (!rb) {
        return NULL;
    }
    rb->resized = resized;
    return map_and_publish(rb, errp);
}

RAMBlock *qemu_ram_alloc_from_ptr(ram_addr_t size, void *host, MemoryRegion *mr, Error **errp)
{
    RAMBlock *rb;

    if (!host || size > UINTPTR_MAX - (uintptr_t)host) {
        error_setg(errp,
                   "region '%s': 0x%" PRIxPTR " bytes at host address %p: the address must not be "
                   "NULL, and the memory must not reach beyond the address space",
                   ram_label(mr), size, host);
        return NULL;
    }
    rb = block_new(size, size, RAM_PREALLOC, mr, errp);
    if (!rb) {
        return NULL;
    }
    rb->host = host;
    return publish_or_free(rb, errp);
}

/* ---- From files ------------------------------------------------------------------------- */

/* Frees a block that could not be made. The file stays open, because it is the caller's again, and
 * gets back the length that it had. */
static void detach_file(RAMBlock *rb, int fd, bool extended)
{
    rb->fd = -1;
    if (extended && ftruncate(fd, 0) < 0) {
        log_say(rb->context, MEMORY_LOG_WARNING,
                "region '%s': cannot make its file empty again, as it was before: %s",
                ram_label(rb->mr), strerror(errno));
    }
    block_free(rb);
}

static RAMBlock *alloc_from_fd(ram_addr_t size, MemoryRegion *mr, uint32_t flags, int fd,
                               uint64_t offset, bool readonly, const char *what, Error **errp)
{
    const uint32_t allowed = RAM_SHARED | RAM_PMEM | RAM_NORESERVE | RAM_PROTECTED;
    bool extended = false;
    RAMBlock *rb;

    if (!check_flags(flags, allowed, mr, errp)) {
        return NULL;
    }
    rb = block_new(size, size, flags, mr, errp);
    if (!rb) {
        return NULL;
    }
    rb->readonly = readonly;
    if (ram_file_attach(rb, fd, offset, size, mr ? mr->align : 0, what, &extended, errp) &&
        ram_backing_map(rb, errp) && publish(rb, errp)) {
        return rb;
    }
    detach_file(rb, fd, extended);
    return NULL;
}

RAMBlock *qemu_ram_alloc_from_fd(ram_addr_t size, MemoryRegion *mr, uint32_t ram_flags, int fd,
                                 off_t offset, bool readonly, Error **errp)
{
    char what[32];

    snprintf(what, sizeof(what), "file descriptor %d", fd);
    return alloc_from_fd(size, mr, ram_flags, fd, (uint64_t)offset, readonly, what, errp);
}

RAMBlock *qemu_ram_alloc_from_file(ram_addr_t size, MemoryRegion *mr, uint32_t ram_flags,
                                   const char *mem_path, bool readonly, Error **errp)
{
    RAMBlock *rb;
    char *created, what[PATH_MAX + sizeof("file ''")];
    int fd = ram_file_open(mem_path, mr, readonly, &created, errp);

    if (fd < 0) {
        return NULL;
    }
    snprintf(what, sizeof(what), "file '%s'", mem_path);
    rb = alloc_from_fd(size, mr, ram_flags, fd, 0, readonly, what, errp);
    if (!rb) {
        close(fd);
        if (created) {
            unlink(created);
        }
    }
    free(created);
    return rb;
}

/* ---- Freeing ---------------------------------------------------------------------------- */

static void free_deferred(Deferred *d)
{
    block_free(caa_container_of(d, RAMBlock, deferred));
}

void qemu_ram_free(RAMBlock *block)
{
    MemoryContext *old;

    if (!block) {
        return;
    }
    CONTEXT_LOCK(block->context);
    old = context_switch(block->context);
    ram_block_notify_remove(block->host, block->used_length, block->max_length);
    context_switch(old);
    ram_room_remove(block);
    ram_id_give_up(block);
    /* The region may end earlier than the grace period. */
    __atomic_store_n(&block->mr, NULL, __ATOMIC_RELAXED);
    context_defer(block->context, &block->deferred, free_deferred);
}
