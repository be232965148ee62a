/* SPDX-License-Identifier: MIT
 *
 * A live machine made of a printed tree: regions and address spaces of the library, in a context of
 * their own. Nothing runs in it: devices have no handlers behind them, and all RAM is one page, for
 * nobody looks at its contents.
 *
 * The context has MEMORY_QUIRK_COLLAPSED_ROOT, since the printed views do as that says.
 */
#ifndef TOOL_MACHINE_H
#define TOOL_MACHINE_H

#include <stdio.h>

#include <physmem/physmem.h>

#include "mtree.h"

typedef struct MachineSpace {
    const char *name; /* the tree's */
    MtreeBlock *block;
    AddressSpace *as;
    bool own;         /* else one of those that every context has */
} MachineSpace;

typedef struct MtreeMachine {
    MemoryContext *ctx;
    GHashTable *regions; /* MtreeLine -> MemoryRegion */
    GHashTable *lines;   /* the way back */
    GHashTable *places;  /* MemoryRegion -> its container */
    GPtrArray *spaces;   /* MachineSpace, in order of the text */
    MemoryRegion *system, *io; /* the context's own roots */
    char *message;       /* the first that the library had */
} MtreeMachine;

/* The tree must outlive the machine, and must have passed mtree_check(). */
MtreeMachine *machine_new(const Mtree *t, GError **error);
void machine_free(MtreeMachine *m);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MtreeMachine, machine_free)

/* The region of a line; it is made if need be, with the target of an alias, in no container yet.
 * The machine's context must be the current one. NULL and an error if the library refuses it. */
MemoryRegion *machine_region(MtreeMachine *m, MtreeLine *line, GError **error);
/* The line of a region; NULL if it is none of the tree's. */
MtreeLine *machine_line(const MtreeMachine *m, const MemoryRegion *mr);
/* Puts a region into a container, takes it out of the one that it is in, if any. */
void machine_place(MtreeMachine *m, MemoryRegion *container, MemoryRegion *mr, hwaddr offset,
                   int priority);
void machine_unplace(MtreeMachine *m, MemoryRegion *mr);
/* Ends a region that is in no container and in no space. */
void machine_drop_region(MtreeMachine *m, MemoryRegion *mr);

/* As a constructor takes it: UINT64_MAX means 2^64. */
uint64_t machine_size_arg(const MtreeLine *line);

/* Both forms of `info mtree`, without the context's own spaces that the tree does not have. */
void machine_print_tree(const MtreeMachine *m, FILE *out, bool disabled);
void machine_print_views(const MtreeMachine *m, FILE *out, bool nodes);

#endif
