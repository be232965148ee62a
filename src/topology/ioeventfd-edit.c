/* SPDX-License-Identifier: MIT
 *
 * The public edits of a region's ioeventfds (specification section 18). The tables are in
 * region/ioeventfd.c. At the commit, ioeventfds.c tells listeners.
 */
#include <assert.h>

#include "base/log.h"
#include "region/region.h"
#include "topology/topology.h"

/* Whether a write can have this size; 0 means any size. */
static bool is_width(unsigned size)
{
    return size <= IOEVENTFD_MAX && !(size & (size - 1));
}

/* Converts 'data', the value that the CPU writes, to the byte order of the device. */
static uint64_t data_for(const MemoryRegion *mr, unsigned size, uint64_t data)
{
    if (!size) {
        return data;
    }
    if (region_is_big_endian(mr) != mr->parent_obj.context->rules.big_endian) {
        return __builtin_bswap64(data) >> (64 - 8 * size);
    }
    return data & (UINT64_MAX >> (64 - 8 * size));
}

static bool edit_begin(MemoryRegion *mr, unsigned size, const EventNotifier *e, const char *call)
{
    if (!region_check(mr, call)) {
        return false;
    }
    if (!is_width(size) || !e) {
        return misuse(mr->parent_obj.context, "%s: region '%s': %s", call, region_label(mr),
                      e ? "the size must be 0 (any), 1, 2, 4 or 8"
                        : "no event notifier was given");
    }
    return transaction_begin(mr->parent_obj.context, call);
}

static void edit_end(MemoryRegion *mr, const MemoryRegionIoeventfd *x)
{
    region_mark_ioeventfd(mr, x->addr, ioeventfd_last(x));
    mr->parent_obj.context->topology->ioeventfds_edited = true;
    transaction_commit(mr->parent_obj.context);
}

void memory_region_add_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data,
                               uint64_t data, EventNotifier *e)
{
    if (edit_begin(mr, size, e, __func__)) {
        MemoryRegionIoeventfd x = { addr, data_for(mr, size, data), e, size, match_data };
        ioeventfd_table_add(mr, &x);
        edit_end(mr, &x);
    }
}

void memory_region_del_eventfd(MemoryRegion *mr, hwaddr addr, unsigned size, bool match_data,
                               uint64_t data, EventNotifier *e)
{
    if (edit_begin(mr, size, e, __func__)) {
        MemoryRegionIoeventfd x = { addr, data_for(mr, size, data), e, size, match_data };
        bool removed = ioeventfd_table_remove(mr, &x);
        assert(removed);
        (void)removed;
        edit_end(mr, &x);
    }
}
