/* SPDX-License-Identifier: MIT
 *
 * Looking at a machine's memory map (specification section 21).
 */
#ifndef PHYSMEM_INSPECT_H
#define PHYSMEM_INSPECT_H

#include <stdio.h>

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Prints the current context's region trees to standard output; with 'flatview' the views instead
 * (with 'dispatch_tree' also the nodes of the structure that accesses search). 'owner': who owns
 * each region; 'disabled': disabled regions too. Takes the lock; changes nothing. */
PHYSMEM_API void mtree_info(bool flatview, bool dispatch_tree, bool owner, bool disabled);

/* The same to a stream. */
PHYSMEM_API void memory_context_print_tree(MemoryContext *ctx, FILE *out, bool owner,
                                           bool disabled);
PHYSMEM_API void memory_context_print_views(MemoryContext *ctx, FILE *out, bool nodes,
                                            bool owner);

PHYSMEM_END_DECLS

#endif
