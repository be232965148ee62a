/* SPDX-License-Identifier: MIT
 *
 * The ioeventfds of a region: a sorted table that the guest's writes search without a lock
 * (ioeventfd.c).
 *
 *    ioeventfds ------> table   searched by accesses; never changes; freed after a grace period
 *    ioeventfds_next -> table   as the open transaction has edited it; NULL: not edited
 *
 * The outermost commit publishes the edited table, so that all edits of a transaction appear
 * together. ioeventfd_signal() and ioeventfd_takes() need no lock, all else the context's lock.
 */
#ifndef REGION_IOEVENTFD_H
#define REGION_IOEVENTFD_H

#include <physmem/ioeventfd.h>

#include "base/context.h"
#include "region/extras.h"

enum { IOEVENTFD_MAX = 8 }; /* size of the widest write, in bytes */

/* An ioeventfd. addr is an offset in the region; in the lists of topology/ioeventfd-list.h it is
 * an address of a space. */
struct MemoryRegionIoeventfd {
    hwaddr addr;
    uint64_t data; /* in the device's byte order */
    EventNotifier *e;
    unsigned size; /* of the write, in bytes; 0: any */
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

/* The last byte of the write that the ioeventfd waits for. If the write may have any size, this is
 * its first byte. */
static inline hwaddr ioeventfd_last(const MemoryRegionIoeventfd *x)
{
    hwaddr more = x->size ? x->size - 1 : 0;
    return x->addr > HWADDR_MAX - more ? HWADDR_MAX : x->addr + more;
}

/* Returns the index of the first entry at or after addr. */
size_t ioeventfd_table_seek(const IoeventfdTable *table, hwaddr addr);

/* Edit the table of the open transaction. Remove takes the entry that is equal, else one that
 * differs from it only in 'data' while match_data is false. It returns false if there is
 * neither. */
void ioeventfd_table_add(MemoryRegion *mr, const MemoryRegionIoeventfd *x);
bool ioeventfd_table_remove(MemoryRegion *mr, const MemoryRegionIoeventfd *x);

/* Publishes the edited tables: accesses search them from now on. For the outermost commit. */
void ioeventfd_tables_publish(MemoryContext *ctx);

/* Frees the tables of a region that ends. No access can be searching them any more. */
void ioeventfd_tables_drop(MemoryRegion *mr);

/* Signals the ioeventfd that waits for a write of the value 'val', in the device's byte order, of
 * 'size' bytes at offset addr. Returns false if there is none. Any thread. */
bool ioeventfd_signal(const MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val);

static inline bool region_has_ioeventfds(const MemoryRegion *mr)
{
    return region_heeds_accesses(mr) &&
           __atomic_load_n(&region_extras(mr)->ioeventfds, __ATOMIC_RELAXED);
}

/* The same, fast for regions without ioeventfds. Returns false if the accelerator matches
 * ioeventfds itself: a write that reaches the library then goes to the device. */
static inline bool ioeventfd_takes(const MemoryRegion *mr, hwaddr addr, unsigned size,
                                   uint64_t val)
{
    return region_has_ioeventfds(mr) && !mr->parent_obj.context->hooks.accelerates_ioeventfds &&
           ioeventfd_signal(mr, addr, size, val);
}

#endif
