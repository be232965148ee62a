/* SPDX-License-Identifier: MIT
 *
 * Translates between blocks and host addresses, in both directions. If blocks share memory, a
 * host address means the longest of those that have it. Any thread may call these functions.
 */
#include "base/log.h"
#include "ram/block-table.h"
#include "ram/host-list.h"
#include "ram/room.h"

RAMBlock *ram_block_of_host(const MemoryContext *ctx, const void *ptr)
{
    RAMBlock *rb = ram_hosts_seek(ctx, ptr);

    while (rb && (uintptr_t)ptr - (uintptr_t)rb->host >= rb->max_length) {
        rb = ram_block_next(rb);
    }
    return rb;
}

RAMBlock *qemu_ram_block_from_host(void *ptr, bool round_offset, ram_addr_t *offset)
{
    READ_SECTION;
    RAMBlock *rb = ram_block_of_host(memory_context_current(), ptr);
    ram_addr_t mask = round_offset ? (ram_addr_t)TARGET_PAGE_MASK : RAM_ADDR_INVALID;

    if (rb && offset) {
        *offset = (ram_addr_t)((uint8_t *)ptr - rb->host) & mask;
    }
    return rb;
}

ram_addr_t qemu_ram_addr_from_host(void *ptr)
{
    READ_SECTION;
    RAMBlock *rb = ram_block_of_host(memory_context_current(), ptr);

    return rb ? rb->offset + (ram_addr_t)((uint8_t *)ptr - rb->host) : RAM_ADDR_INVALID;
}

static void *pointer_into(RAMBlock *rb, ram_addr_t offset)
{
    if (!ram_block_uses(rb, offset, 1)) {
        misuse(rb->context,
               "region '%s': offset 0x%" PRIxPTR " is not in the 0x%" PRIxPTR
               " bytes of RAM in use",
               ram_label(rb->mr), offset, qemu_ram_get_used_length(rb));
        return NULL;
    }
    return rb->host + offset;
}

static void *pointer_to_ram_addr(ram_addr_t addr)
{
    READ_SECTION;
    RAMBlock *rb = ram_block_of_ram_addr(memory_context_current(), addr);

    if (!rb) {
        misuse(NULL, "no RAM block has the RAM address 0x%" PRIxPTR, addr);
        return NULL;
    }
    return pointer_into(rb, addr - rb->offset);
}

void *qemu_map_ram_ptr(RAMBlock *ram_block, ram_addr_t addr)
{
    return ram_block ? pointer_into(ram_block, addr) : pointer_to_ram_addr(addr);
}

ram_addr_t qemu_ram_block_host_offset(RAMBlock *rb, void *host)
{
    ram_addr_t offset = (ram_addr_t)((uintptr_t)host - (uintptr_t)rb->host);

    if (offset >= rb->max_length) {
        misuse(rb->context, "host address %p is not in the RAM of region '%s'", host,
               ram_label(rb->mr));
        return RAM_ADDR_INVALID;
    }
    return offset;
}
