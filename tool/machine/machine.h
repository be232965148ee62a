/* SPDX-License-Identifier: MIT
 *
 * A machine made from a printed tree: regions and address spaces of the library, in a context of
 * their own. Nothing runs in it. Its devices do nothing, and all its RAM is one page, because
 * nobody looks at the contents.
 *
 * The context has MEMORY_QUIRK_COLLAPSED_ROOT, because the printed views follow that rule; not if
 * the map is JSON that says that its views do not.
 */
#ifndef TOOL_MACHINE_MACHINE_H
#define TOOL_MACHINE_MACHINE_H

#include <stdio.h>

#include <physmem/physmem.h>

#include "mtree/mtree.h"

typedef struct MachineSpace {
    const char *name; /* owned by the tree */
    MtreeBlock *block;
    AddressSpace *as;
    bool own; /* made by machine.c; false: one of the two that every context has */
} MachineSpace;

typedef struct MtreeMachine {
    MemoryContext *ctx;
    const char *file;          /* of the tree, for messages; owned by the tree */
    GHashTable *regions;       /* MtreeLine -> MemoryRegion */
    GHashTable *lines;         /* MemoryRegion -> MtreeLine */
    GHashTable *places;        /* MemoryRegion -> its container */
    GPtrArray *spaces;         /* MachineSpace, in order of the text */
    MemoryRegion *system, *io; /* the context's own roots */
    char *message;             /* the first error that the library logged */
} MtreeMachine;

/* The tree must outlive the machine, and must have passed mtree_check(). */
MtreeMachine *machine_new(const Mtree *t, GError **error);
void machine_free(MtreeMachine *m);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MtreeMachine, machine_free)

/* Returns the region of a line. If there is none yet, it is made, with the target of an alias, and
 * is in no container. The machine's context must be the current one. NULL with an error if the
 * library refuses the region. */
MemoryRegion *machine_region(MtreeMachine *m, MtreeLine *line, GError **error);
/* Returns the line of a region; NULL if the region is not one of the tree. */
MtreeLine *machine_line(const MtreeMachine *m, const MemoryRegion *mr);
/* Put a region into a container; take it out of the container that it is in, if any. */
void machine_place(MtreeMachine *m, MemoryRegion *container, MemoryRegion *mr, hwaddr offset,
                   int priority);
void machine_unplace(MtreeMachine *m, MemoryRegion *mr);
/* Makes a region that exists the region of a line. */
void machine_adopt_region(MtreeMachine *m, MtreeLine *line, MemoryRegion *mr);
/* End regions that are in no container and in no space, and free them when no reader is left. The
 * context's own regions stay. */
void machine_drop_region(MtreeMachine *m, MemoryRegion *mr);
void machine_drop_regions(MtreeMachine *m, GPtrArray *regions);

/* Returns the size in the form that constructors take: UINT64_MAX means 2^64. */
uint64_t machine_size_arg(const MtreeLine *line);

/* Print the two forms of `info mtree`, without those of the context's own spaces that the tree
 * does not have. */
void machine_print_tree(const MtreeMachine *m, FILE *out, bool disabled);
void machine_print_views(const MtreeMachine *m, FILE *out, bool nodes);
/* Returns the views, in the same order. The caller frees them. */
MtreeFlat *machine_views(const MtreeMachine *m);

#endif
