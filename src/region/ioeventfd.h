/* SPDX-License-Identifier: MIT
 *
 * The ioeventfds of a region (ioeventfd.c): a sorted table that writers of the guest search without
 * a lock.
 *
 *    mr->ioeventfds ------> table   what accesses match; never changes, goes after a grace period
 *    mr->ioeventfds_next -> table   what the open transaction has made of it; NULL: the same
 *
 * The outermost commit makes the second the first, so a transaction's ioeventfds appear at once.
 * All but the search is under the context's lock.
 */
#ifndef REGION_IOEVENTFD_H
#define REGION_IOEVENTFD_H

#include <physmem/ioeventfd.h>

#include "base/context.h"

enum { IOEVENTFD_MAX = 8 }; /* bytes of the widest write */

/* One of a region (addr is an offset) or, in topology/, of a space. */
struct MemoryRegionIoeventfd {
    hwaddr addr;
    uint64_t data; /* as the device sees it */
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

/* The order of tables (18). */
int ioeventfd_compare(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b);

/* The last byte of the write that it is for; one byte if that may have any width. */
static inline hwaddr ioeventfd_last(const MemoryRegionIoeventfd *x)
{
    hwaddr more = x->size ? x->size - 1 : 0;
    return x->addr > HWADDR_MAX - more ? HWADDR_MAX : x->addr + more;
}

/* Index of the first entry at or after addr. */
size_t ioeventfd_table_seek(const IoeventfdTable *table, hwaddr addr);

/* Edits of the open transaction. Remove takes the very same one, else one that differs in data that
 * is not matched; false if there is none. */
void ioeventfd_table_add(MemoryRegion *mr, const MemoryRegionIoeventfd *x);
bool ioeventfd_table_remove(MemoryRegion *mr, const MemoryRegionIoeventfd *x);

/* At the outermost commit: accesses match the edited tables from now on. */
void ioeventfd_tables_publish(MemoryContext *ctx);

/* The region ends. */
void ioeventfd_tables_drop(MemoryRegion *mr);

/* Signals what a write of 'size' bytes at addr is for; false if nothing is. 'val' is in the
 * device's order. Any thread; only worth a call if mr->ioeventfds is not NULL. */
bool ioeventfd_signal(const MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val);

/* The same, for any region. An accelerator that takes these writes itself has them all. */
static inline bool ioeventfd_takes(const MemoryRegion *mr, hwaddr addr, unsigned size,
                                   uint64_t val)
{
    return __atomic_load_n(&mr->ioeventfds, __ATOMIC_RELAXED) &&
           !mr->context->hooks.accelerates_ioeventfds && ioeventfd_signal(mr, addr, size, val);
}

#endif
