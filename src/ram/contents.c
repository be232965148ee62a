/* SPDX-License-Identifier: MIT
 *
 * Changes the host memory behind a block: writes it back to the file, discards it, or replaces
 * damaged memory by fresh memory. Programs and region/ call these functions.
 */
#define _GNU_SOURCE /* fallocate */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "ram/backing.h"
#include "ram/room.h"

void qemu_ram_msync(RAMBlock *block, ram_addr_t start, ram_addr_t length)
{
    ram_addr_t first = start / ram_host_page() * ram_host_page();

    if (!ram_block_uses(block, start, length)) {
        misuse(block->context,
               "%s: region '%s' has 0x%" PRIxPTR " bytes of RAM in use, but a caller asks for "
               "0x%" PRIxPTR " bytes at 0x%" PRIxPTR,
               __func__, ram_label(block->mr), block->used_length, length, start);
        return;
    }
    if (block->fd >= 0 && msync(block->host + first, start + length - first, MS_SYNC) < 0) {
        log_say(block->context, MEMORY_LOG_ERROR, "region '%s': cannot write to its file: %s",
                ram_label(block->mr), strerror(errno));
    }
}

/* ---- Discarding ------------------------------------------------------------------------- */

static int punch(RAMBlock *rb, uint64_t start, size_t length)
{
    off_t offset = (off_t)(rb->fd_offset + start);

    return fallocate(rb->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, (off_t)length);
}

/* MADV_DONTNEED does not discard shared anonymous memory: the kernel keeps its pages. MADV_REMOVE
 * does. */
static int drop_pages(RAMBlock *rb, uint64_t start, size_t length)
{
    bool anonymous_shared = rb->fd < 0 && (rb->flags & RAM_SHARED);

    return madvise(rb->host + start, length, anonymous_shared ? MADV_REMOVE : MADV_DONTNEED);
}

int ram_block_discard_range(RAMBlock *rb, uint64_t start, size_t length)
{
    if (start % rb->page_size || length % rb->page_size || start > rb->max_length ||
        length > rb->max_length - start) {
        log_say(rb->context, MEMORY_LOG_ERROR,
                "region '%s': cannot discard 0x%zx bytes at 0x%" PRIx64
                ": the range must consist of whole pages of 0x%zx bytes and lie in the 0x%" PRIxPTR
                " bytes of the block",
                ram_label(rb->mr), length, start, rb->page_size, rb->max_length);
        return -1;
    }
    if (rb->fd >= 0 && length && punch(rb, start, length) < 0) {
        return -errno;
    }
    if (rb->page_size == ram_host_page() && length && drop_pages(rb, start, length) < 0) {
        return -errno;
    }
    return 0;
}

/* ---- Damaged memory --------------------------------------------------------------------- */

/* Replaces the pages from the one at offset 'first' to the one at offset 'last'. */
static void renew(RAMBlock *rb, uint64_t first, uint64_t last)
{
    uint64_t start = first / rb->page_size * rb->page_size;
    int err = ram_backing_renew(rb, start, ram_round_up(last + 1, rb->page_size) - start);

    if (err) {
        log_say(rb->context, MEMORY_LOG_ERROR,
                "region '%s': cannot map fresh memory at 0x%" PRIx64 ": %s", ram_label(rb->mr),
                start, strerror(-err));
    }
}

/* Replaces the part of [addr, last] (RAM addresses) that the block has. Memory of the caller's
 * stays as it is, because rb->accessible is 0 for it. */
static void renew_overlap(RAMBlock *rb, ram_addr_t addr, ram_addr_t last)
{
    ram_addr_t block_last = rb->offset + rb->max_length - 1;

    if (addr > block_last || last < rb->offset) {
        return;
    }
    renew(rb, addr > rb->offset ? addr - rb->offset : 0,
          (last < block_last ? last : block_last) - rb->offset);
}

void qemu_ram_remap(ram_addr_t addr, ram_addr_t length)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    ram_addr_t last = length > RAM_ADDR_INVALID - addr ? RAM_ADDR_INVALID : addr + length - 1;

    for (RAMBlock *rb = ram_room_first(ctx); rb && length; rb = ram_block_next(rb)) {
        renew_overlap(rb, addr, last);
    }
}
