/* SPDX-License-Identifier: MIT
 *
 * The ioeventfds of a region (ioeventfd.c): a sorted table that the guest's writes search without a
 * lock.
 *
 *    mr->ioeventfds ------> table   searched by accesses; never changes; freed after a grace period
 *    mr->ioeventfds_next -> table   as the open transaction has edited it; NULL: not edited
 *
 * The outermost commit publishes the edited table, so that all ioeventfds of a transaction appear
 * together. Everything except the search is under the context's lock.
 */
#ifndef REGION_IOEVENTFD_H
#define REGION_IOEVENTFD_H

#include <physmem/ioeventfd.h>

#include "base/context.h"

enum { IOEVENTFD_MAX = 8 }; /* bytes of the widest write */

/* An ioeventfd. addr is an offset in a region; in topology/ it may be an address of a space. */
struct MemoryRegionIoeventfd {
    hwaddr addr;
    uint64_t data; /* in the device's byte order */
    EventNotifier *e;
    unsigned size; /* 0: any */
    bool match_data;
};

typedef struct IoeventfdTable {
    Deferred deferred;
    MemoryRegion *mr;
    LIST_ENTRY(IoeventfdTable) link; /* room->edited_ioeventfds */
    size_t count, room;
    MemoryRegionIoeventfd entry[];
} IoeventfdTable;

/* The order of entries in a table (specification 18): by addr, size, match_data, data, e. */
int ioeventfd_compare(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b);

/* The last byte of the write that it waits for. If that may have any size, it counts as one
 * byte. */
static inline hwaddr ioeventfd_last(const MemoryRegionIoeventfd *x)
{
    hwaddr more = x->size ? x->size - 1 : 0;
    return x->addr > HWADDR_MAX - more ? HWADDR_MAX : x->addr + more;
}

/* Returns the index of the first entry at or after addr. */
size_t ioeventfd_table_seek(const IoeventfdTable *table, hwaddr addr);

/* Edits for the open transaction. Remove takes the entry that is equal, else one that differs only
 * in data that is not matched; it returns false if there is neither. */
void ioeventfd_table_add(MemoryRegion *mr, const MemoryRegionIoeventfd *x);
bool ioeventfd_table_remove(MemoryRegion *mr, const MemoryRegionIoeventfd *x);

/* Publishes the edited tables: accesses search them from now on. For the outermost commit. */
void ioeventfd_tables_publish(MemoryContext *ctx);

/* Frees the tables of a region that ends, which nobody can access any more. */
void ioeventfd_tables_drop(MemoryRegion *mr);

/* Signals the ioeventfd that waits for a write of 'size' bytes at addr; 'val' is in the device's
 * byte order. Returns false if there is none. For regions that have
 * ioeventfds. Any thread. */
bool ioeventfd_signal(const MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val);

/* The same for a region with or without ioeventfds. False if the accelerator takes the writes that
 * ioeventfds wait for. */
static inline bool ioeventfd_takes(const MemoryRegion *mr, hwaddr addr, unsigned size,
                                   uint64_t val)
{
    return __atomic_load_n(&mr->ioeventfds, __ATOMIC_RELAXED) &&
           !mr->context->hooks.accelerates_ioeventfds && ioeventfd_signal(mr, addr, size, val);
}

#endif
