/* SPDX-License-Identifier: MIT
 *
 * Lists of the ioeventfds that are visible in a view (ioeventfd-list.c). ioeventfds.c uses them.
 *
 * An ioeventfd is visible if one of its bytes is. It is listed by the address of its first byte.
 * So a change of the view at an address concerns ioeventfds that begin up to IOEVENTFD_REACH bytes
 * below it.
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

/* Appends the ioeventfds of a view that begin in the window. All entries that are in the list
 * already must begin below the window. */
void ioeventfd_list_collect(IoeventfdList *list, const FlatView *fv, Window w);

/* Returns the index of the first entry above an address, or list->count if there is none. */
size_t ioeventfd_list_after(const IoeventfdList *list, hwaddr addr);

/* Replaces the entries [first, end) by those of 'now'. */
void ioeventfd_list_replace(IoeventfdList *list, size_t first, size_t end,
                            const IoeventfdList *now);

void ioeventfd_list_clear(IoeventfdList *list);

#endif
