/* SPDX-License-Identifier: MIT
 *
 * Maps the memory of a block. The first step reserves address space for the maximum length, aligned
 * so that the host can use huge pages. The second step maps memory over the part in use. So a block
 * can grow without moving.
 */
#define _GNU_SOURCE /* MAP_SYNC */
#include "ram/backing.h"

#include <errno.h>
#include <sys/mman.h>

#include <physmem/error.h>

#include "base/log.h"

#define HUGE_PAGE ((size_t)2 << 20)

static int protection(const RAMBlock *rb)
{
    return rb->readonly ? PROT_READ : PROT_READ | PROT_WRITE;
}

static int mapping_flags(const RAMBlock *rb)
{
    return MAP_FIXED | (rb->flags & RAM_SHARED ? MAP_SHARED : MAP_PRIVATE) |
           (rb->flags & RAM_NORESERVE ? MAP_NORESERVE : 0) | (rb->fd < 0 ? MAP_ANONYMOUS : 0);
}

static bool map_with(RAMBlock *rb, uint64_t start, size_t length, int flags)
{
    off_t file_offset = rb->fd < 0 ? 0 : (off_t)(rb->fd_offset + start);

    return mmap(rb->host + start, length, protection(rb), flags, rb->fd, file_offset) !=
           MAP_FAILED;
}

/* With MAP_SYNC, the file system stores its metadata of a page before it lets the page be written.
 * So data that has reached the persistent memory is safe. Few file systems support that. */
static bool map_synchronous(RAMBlock *rb, uint64_t start, size_t length)
{
    int flags = (mapping_flags(rb) & ~MAP_SHARED) | MAP_SHARED_VALIDATE | MAP_SYNC;

    if (map_with(rb, start, length, flags)) {
        return true;
    }
    log_say(rb->context, MEMORY_LOG_WARNING,
            "region '%s': its file does not support MAP_SYNC, so writes may be lost if the host "
            "fails",
            ram_label(rb->mr));
    return false;
}

static bool map_part(RAMBlock *rb, uint64_t start, size_t length)
{
    const uint32_t persistent = RAM_PMEM | RAM_SHARED;

    if ((rb->flags & persistent) == persistent && map_synchronous(rb, start, length)) {
        return true;
    }
    return map_with(rb, start, length, mapping_flags(rb));
}

static uint64_t host_alignment(const RAMBlock *rb)
{
    uint64_t align = rb->page_size > rb->alignment ? rb->page_size : rb->alignment;

    return rb->max_length >= HUGE_PAGE && align < HUGE_PAGE ? HUGE_PAGE : align;
}

static void unmap(uint8_t *start, const uint8_t *end)
{
    if (end > start) {
        munmap(start, (size_t)(end - start));
    }
}

/* Reserves address space without memory in it. Returns NULL, with errno set, if the host
 * refuses. */
static uint8_t *reserve(size_t length, uint64_t align)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint64_t slack = align - ram_host_page(); /* mmap() aligns to the host page */
    uint8_t *mapping, *host;

    if (slack > RAM_LENGTH_MAX || length > RAM_LENGTH_MAX - slack) {
        errno = ENOMEM;
        return NULL;
    }
    mapping = mmap(NULL, length + (size_t)slack, PROT_NONE, flags, -1, 0);
    if (mapping == MAP_FAILED) {
        return NULL;
    }
    host = (uint8_t *)(uintptr_t)ram_round_up((uintptr_t)mapping, align);
    unmap(mapping, host);
    unmap(host + length, mapping + length + slack);
    return host;
}

static bool refuse(RAMBlock *rb, uint64_t length, Error **errp)
{
    error_setg_errno(errp, errno, "region '%s': cannot map 0x%" PRIx64 " bytes of memory",
                     ram_label(rb->mr), length);
    return false;
}

bool ram_backing_map(RAMBlock *rb, Error **errp)
{
    size_t length = ram_round_up(rb->max_length, rb->page_size);

    rb->host = reserve(length, host_alignment(rb));
    if (!rb->host) {
        return refuse(rb, length, errp);
    }
    rb->reserved = length;
    return ram_backing_grow(rb, ram_round_up(rb->used_length, rb->page_size), errp);
}

void ram_backing_unmap(RAMBlock *rb)
{
    if (rb->reserved) {
        munmap(rb->host, rb->reserved);
        rb->reserved = 0;
    }
}

bool ram_backing_grow(RAMBlock *rb, size_t length, Error **errp)
{
    if (length <= rb->accessible) {
        return true;
    }
    if (!map_part(rb, rb->accessible, length - rb->accessible)) {
        return refuse(rb, length, errp);
    }
    rb->accessible = length;
    return true;
}

int ram_backing_renew(RAMBlock *rb, uint64_t start, uint64_t length)
{
    uint64_t end = start + length < rb->accessible ? start + length : rb->accessible;

    return start >= end || map_part(rb, start, end - start) ? 0 : -errno;
}
