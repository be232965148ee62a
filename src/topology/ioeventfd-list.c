/* SPDX-License-Identifier: MIT
 *
 * Finds the ioeventfds that are visible in a view, and keeps them in sorted lists
 * (ioeventfd-list.h).
 */
#include "topology/ioeventfd-list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wide.h"
#include "region/extras.h"
#include "view/view.h"

/* Adds an entry at its place in the order. The caller walks over the ranges of a view by ascending
 * address, so this is nearly always the end of the list. The exception is an ioeventfd that begins
 * below its range. */
static void list_add(IoeventfdList *list, const MemoryRegionIoeventfd *x)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 8;
        list->entry = alloc_resize(list->entry, list->room, sizeof(*list->entry));
    }
    size_t i = list->count++;
    for (; i && ioeventfd_compare(&list->entry[i - 1], x) > 0; i--) {
        list->entry[i] = list->entry[i - 1];
    }
    list->entry[i] = *x;
}

/* Adds the ioeventfds of the range's region that begin in the window and have a byte in the
 * range. */
static void collect_range(IoeventfdList *list, const Range *r, Window w)
{
    const IoeventfdTable *table = region_extras(r->mr)->ioeventfds;
    Int128 up = int128_sub(int128_make64(r->start),
                           int128_make64(r->offset)); /* from an offset to an address */
    hwaddr offset_last = r->offset + (r->last - r->start);
    hwaddr from = r->offset < IOEVENTFD_REACH ? 0 : r->offset - IOEVENTFD_REACH;
    Int128 first = int128_sub(int128_make64(w.first), up);
    if (int128_gt(first, int128_make64(from))) {
        from = int128_getlo(first);
    }
    for (size_t i = ioeventfd_table_seek(table, from); i < table->count; i++) {
        MemoryRegionIoeventfd x = table->entry[i];
        Int128 at = wide_end(x.addr, up);
        if (x.addr > offset_last || int128_gt(at, int128_make64(w.last))) {
            break;
        }
        if (int128_nonneg(at) && ioeventfd_last(&x) >= r->offset) {
            x.addr = int128_getlo(at);
            list_add(list, &x);
        }
    }
}

void ioeventfd_list_collect(IoeventfdList *list, const FlatView *fv, Window w)
{
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    hwaddr reach = w.last > HWADDR_MAX - IOEVENTFD_REACH ? HWADDR_MAX : w.last + IOEVENTFD_REACH;
    const Range *r = range_tree_seek(&tree, w.first, &cursor);
    for (; r && r->start <= reach; r = range_cursor_next(&cursor)) {
        if (region_extras(r->mr)->ioeventfds) {
            collect_range(list, r, w);
        }
    }
}

void ioeventfd_list_clear(IoeventfdList *list)
{
    free(list->entry);
    *list = (IoeventfdList){ NULL, 0, 0 };
}

size_t ioeventfd_list_after(const IoeventfdList *list, hwaddr addr)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entry[middle].addr <= addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void ioeventfd_list_replace(IoeventfdList *list, size_t first, size_t end,
                            const IoeventfdList *now)
{
    size_t rest = list->count - end, count = first + now->count + rest;
    if (count > list->room) {
        list->room = count + count / 2;
        list->entry = alloc_resize(list->entry, list->room, sizeof(*list->entry));
    }
    memmove(list->entry + first + now->count, list->entry + end, rest * sizeof(*list->entry));
    if (now->count) {
        memcpy(list->entry + first, now->entry, now->count * sizeof(*list->entry));
    }
    list->count = count;
}
