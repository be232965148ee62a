/* SPDX-License-Identifier: MIT
 *
 * Lists of the ioeventfds of a view (ioeventfd-list.c): for the files of this room.
 *
 * An ioeventfd is listed by the address of its first byte, and it is there if any of its bytes is
 * visible. So a change of the view at an address concerns ioeventfds that begin up to
 * IOEVENTFD_REACH bytes below it.
 */
#ifndef TOPOLOGY_IOEVENTFD_LIST_H
#define TOPOLOGY_IOEVENTFD_LIST_H

#include <physmem/types.h>

#include "region/ioeventfd.h"
#include "region/slot.h"

enum { IOEVENTFD_REACH = IOEVENTFD_MAX - 1 };

/* Sorted by ioeventfd_compare(); the addresses are those of a space. */
typedef struct IoeventfdList {
    MemoryRegionIoeventfd *entry;
    size_t count;
    size_t room;
} IoeventfdList;

/* Appends those of a view that begin in the window. All present entries are below the window. */
void ioeventfd_list_collect(IoeventfdList *list, const FlatView *fv, Window w);

/* Index of the first entry above an address; list->count if there is none. */
size_t ioeventfd_list_after(const IoeventfdList *list, hwaddr addr);

/* Puts the entries of 'now' in place of entries [first, end). */
void ioeventfd_list_replace(IoeventfdList *list, size_t first, size_t end,
                            const IoeventfdList *now);

void ioeventfd_list_clear(IoeventfdList *list);

#endif
