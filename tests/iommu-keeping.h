/* SPDX-License-Identifier: MIT
 *
 * For tests of the translations that threads keep (specification 15.3): a board whose IOMMU allows
 * it. The IOMMU counts how often it is asked.
 */
#ifndef TESTS_IOMMU_KEEPING_H
#define TESTS_IOMMU_KEEPING_H

#include <string.h>

#include "iommu-puppet.h"

enum { PAGE = 0x1000 };

/* The first byte of a page of the board's RAM. */
#define BYTE_OF(page) board_byte((hwaddr)(page)*PAGE)

static inline Board keeping_board(Machine *m, const char *type)
{
    Board b = board_new(m, type);

    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    return b;
}

/* The byte at the beginning of a page of the bus; -1 if it cannot be read. */
static inline int look(AddressSpace *bus, unsigned page)
{
    MemTxResult result;
    int byte = address_space_ldub(bus, BOARD_AT + (hwaddr)page * PAGE, ANY, &result);

    return result == MEMTX_OK ? byte : -1;
}

/* Checks how often the puppet has been asked since the last check. */
#define assert_asked(puppet, want)                                                                \
    do {                                                                                          \
        g_assert_cmpuint((puppet)->asked, ==, want);                                              \
        (puppet)->asked = 0;                                                                      \
    } while (0)

/* Sends all pages to an address that lies 'pages' further on, without a report. */
static inline void move(Puppet *u, unsigned pages)
{
    u->shift = (hwaddr)pages * PAGE;
}

/* Tells the IOMMU's notifiers and the library that its table has changed. */
static inline void report(Puppet *u, IOMMUNotifierFlag type, hwaddr iova)
{
    IOMMUTLBEvent event = { type, puppet_entry(u, iova) };

    if (type != IOMMU_NOTIFIER_MAP) {
        event.entry.perm = IOMMU_NONE;
    }
    memory_region_notify_iommu(&u->parent_obj, 0, event);
}

#endif
