/* SPDX-License-Identifier: MIT
 *
 * Changes the used length of a resizeable block, and with it the size of its region. When a block
 * shrinks, the host memory beyond its new end stays mapped, because readers may still be there. If
 * the block grows again, that memory has its old contents.
 */
#include <errno.h>

#include <physmem/error.h>

#include "base/log.h"
#include "ram/backing.h"
#include "ram/dirty.h"
#include "region/region.h"

/* Whether the block can get this size. If not, sets an error. */
static bool check(RAMBlock *rb, ram_addr_t newsize, Error **errp)
{
    if (rb->context->telling) {
        error_setg(errp, "region '%s': its RAM must not be resized from a listener's callback",
                   ram_label(rb->mr));
        return misuse(rb->context,
                      "the RAM of region '%s' must not be resized from a listener's callback",
                      ram_label(rb->mr));
    }
    if (!(rb->flags & RAM_RESIZEABLE)) {
        error_setg(errp,
                   "region '%s': its RAM has a fixed size, 0x%" PRIxPTR
                   ": make it with memory_region_init_resizeable_ram()",
                   ram_label(rb->mr), rb->used_length);
        return false;
    }
    if (newsize == 0 || newsize > rb->max_length) {
        error_setg(errp, "region '%s': size 0x%" PRIxPTR " is not between 1 and 0x%" PRIxPTR,
                   ram_label(rb->mr), newsize, rb->max_length);
        return false;
    }
    return true;
}

/* Sets the used length. All pages are dirty for all clients after that, also those that were
 * clean. */
static void set_length(RAMBlock *rb, ram_addr_t length)
{
    MemoryContext *old = context_switch(rb->context);

    ram_block_notify_resize(rb->host, rb->used_length, length);
    cpu_physical_memory_clear_dirty_range(rb->offset, rb->used_length);
    context_switch(old);
    __atomic_store_n(&rb->used_length, length, __ATOMIC_RELAXED);
    ram_dirty_refill(rb);
}

/* Sets the size of the block's region, and calls the program's 'resized' callback. Returns false
 * if memory_region_set_size() has refused the size. */
static bool set_region_size(RAMBlock *rb, ram_addr_t newsize)
{
    if (rb->mr) {
        memory_region_set_size(rb->mr, newsize);
        if (memory_region_size(rb->mr) != newsize) {
            return false;
        }
    }
    if (rb->resized) {
        rb->resized(qemu_ram_get_idstr(rb), newsize, rb->host);
    }
    return true;
}

int qemu_ram_resize(RAMBlock *block, ram_addr_t newsize, Error **errp)
{
    CONTEXT_LOCK(block->context);
    ram_addr_t before = block->used_length, length;

    if (!check(block, newsize, errp)) {
        return -EINVAL;
    }
    length = ram_round_up(newsize, block->page_size);
    if (length == before && (!block->mr || memory_region_size(block->mr) == newsize)) {
        return 0;
    }
    if (length != before) {
        if (!ram_backing_grow(block, length, errp)) {
            return -EINVAL;
        }
        set_length(block, length);
    }
    if (set_region_size(block, newsize)) {
        return 0;
    }
    if (length != before) {
        set_length(block, before);
    }
    error_setg(errp,
               "region '%s': size 0x%" PRIxPTR " was refused at its place in the map: see the log",
               ram_label(block->mr), newsize);
    return -EINVAL;
}

void memory_region_ram_resize(MemoryRegion *mr, ram_addr_t newsize, Error **errp)
{
    if (!region_has_ram(mr)) {
        error_setg(errp, "region '%s' has no RAM", region_label(mr));
        misuse(mr->parent_obj.context, "%s: region '%s' has no RAM to resize", __func__,
               region_label(mr));
        return;
    }
    qemu_ram_resize(mr->ram_block, newsize, errp);
}
