/* SPDX-License-Identifier: MIT
 *
 * IOMMUs without tables for tests: what they answer is what the test sets.
 */
#ifndef TESTS_IOMMU_PUPPET_H
#define TESTS_IOMMU_PUPPET_H

#include "probe.h"

#define TYPE_PUPPET "test-iommu-puppet"           /* nothing but translate */
#define TYPE_PUPPET_FULL "test-iommu-puppet-full" /* all methods but replay; index 1 for secure */
#define TYPE_PUPPET_REPLAY "test-iommu-puppet-replay" /* and that */

typedef struct Puppet Puppet;
struct Puppet {
    IOMMUMemoryRegion parent_obj;
    Machine *m;
    /* Every page leads to itself in 'to', moved by 'shift'. */
    AddressSpace *to;
    hwaddr shift;
    hwaddr mask;
    IOMMUAccessFlags perm;
    /* Answers instead; may be NULL. */
    IOMMUTLBEntry (*answer)(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index);
    void *opaque;
    bool tells;     /* what it is asked goes on the machine's trace: "NAME:ro123/0" */
    unsigned asked; /* how often */
    /* Of the full type. */
    uint64_t page;
    int veto;           /* what notify_flag_changed returns for */
    unsigned veto_flag; /* flags with one of these bits */
    uint64_t page_mask; /* set by iommu_set_page_size_mask */
};

/* 4 KiB pages, readable and writable, that lead to the same address of 'to'. */
Puppet *puppet_new(Machine *m, const char *type, const char *name, uint64_t size,
                   AddressSpace *to);

/* What a puppet answers by itself. */
IOMMUTLBEntry puppet_entry(Puppet *s, hwaddr addr);

static inline MemoryRegion *puppet_region(Puppet *s)
{
    return &s->parent_obj.parent_obj;
}

/* A device's bus of 64 KiB, on which an IOMMU of 32 KiB lies at 0x1000, and the system of 64 KiB
 * to which it leads, with 32 KiB of RAM at 0 whose bytes are board_byte(). */
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

/* Different in neighbours, and in neighbouring pages. */
static inline uint8_t board_byte(hwaddr offset)
{
    return (uint8_t)(offset * 7 + (offset >> 8));
}

/* A notifier that writes down what it hears: "NAME:1000+fff" and for a MAP "=rw@5000" behind
 * it. */
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
