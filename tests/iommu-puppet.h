/* SPDX-License-Identifier: MIT
 *
 * IOMMUs without tables: the test sets what they answer.
 */
#ifndef TESTS_IOMMU_PUPPET_H
#define TESTS_IOMMU_PUPPET_H

#include "probe.h"

#define TYPE_PUPPET "test-iommu-puppet" /* has only translate */
#define TYPE_PUPPET_FULL                                                                          \
    "test-iommu-puppet-full" /* has all methods but replay; index 1 is for secure accesses */
#define TYPE_PUPPET_REPLAY "test-iommu-puppet-replay" /* has replay, too */

typedef struct Puppet Puppet;
struct Puppet {
    IOMMUMemoryRegion parent_obj;
    Machine *m;
    /* Every page leads to the same address in 'to', moved by 'shift'. */
    AddressSpace *to;
    hwaddr shift;
    hwaddr mask;
    IOMMUAccessFlags perm;
    /* Called to answer instead; may be NULL. */
    IOMMUTLBEntry (*answer)(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index);
    void *opaque;
    bool tells;     /* writes each question to the machine's trace: "NAME:ro123/0" */
    unsigned asked; /* how many questions there were */
    /* Only for TYPE_PUPPET_FULL: */
    uint64_t page;
    int veto; /* what notify_flag_changed returns for flags with a bit of veto_flag */
    unsigned veto_flag;
    uint64_t page_mask; /* as set by iommu_set_page_size_mask */
};

/* Makes a puppet with 4 KiB pages, readable and writable, that lead to the same address of
 * 'to'. */
Puppet *puppet_new(Machine *m, const char *type, const char *name, uint64_t size,
                   AddressSpace *to);

/* The entry that a puppet answers if 'answer' is NULL. */
IOMMUTLBEntry puppet_entry(Puppet *s, hwaddr addr);

static inline MemoryRegion *puppet_region(Puppet *s)
{
    return &s->parent_obj.parent_obj;
}

/* A device's bus of 64 KiB with an IOMMU of 32 KiB at 0x1000, and the system memory of 64 KiB to
 * which the IOMMU leads, with 32 KiB of RAM at 0. The RAM's bytes are board_byte(). */
typedef struct Board {
    MemoryRegion *bus_root;
    MemoryRegion *root;
    MemoryRegion *ram;
    AddressSpace *bus;
    AddressSpace *system;
    Puppet *u;
} Board;

enum { BOARD_AT = 0x1000, BOARD_SIZE = 0x8000 };

Board board_new(Machine *m, const char *type);

/* A byte that differs from its neighbours and from those in neighbouring pages. */
static inline uint8_t board_byte(hwaddr offset)
{
    return (uint8_t)(offset * 7 + (offset >> 8));
}

/* A notifier that writes down what it hears: "NAME:1000+fff", followed by "=rw@5000" for a MAP. */
typedef struct Hearer Hearer;
struct Hearer {
    IOMMUNotifier n;
    Machine *m;
    const char *name;
    void (*hook)(Hearer *h, IOMMUTLBEntry *entry);
    void *opaque;
};

void hearer_init(Hearer *h, Machine *m, const char *name, unsigned flags, hwaddr start, hwaddr end,
                 int index);

#endif
