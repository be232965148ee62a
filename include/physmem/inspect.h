/* SPDX-License-Identifier: MIT
 *
 * Printing a machine's memory map (specification 21). Unless its comment says otherwise, every
 * function here may be called from any thread, not in a read section. They take the context's lock
 * and change nothing. 'out' is an open stream.
 */
#ifndef PHYSMEM_INSPECT_H
#define PHYSMEM_INSPECT_H

#include <stdio.h>

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Prints the current context's region trees to standard output, as `info mtree` does.
 *   flatview       prints the views instead: which region answers at which address
 *   dispatch_tree  also prints, for views, the nodes of the tree that accesses search
 *   owner          also prints the owner of each region
 *   disabled       also prints disabled regions; for trees only */
PHYSMEM_API void mtree_info(bool flatview, bool dispatch_tree, bool owner, bool disabled);

/* Print a context's region trees, and its views, to a stream. 'owner' and 'disabled' are as above;
 * 'nodes' is dispatch_tree. */
PHYSMEM_API void memory_context_print_tree(MemoryContext *ctx, FILE *out, bool owner,
                                           bool disabled);
PHYSMEM_API void memory_context_print_views(MemoryContext *ctx, FILE *out, bool nodes, bool owner);

/* Prints a context's spaces, regions and views to a stream as one JSON object and a newline. Its
 * form is docs/map.schema.json, which is installed, too. The command `physmem` reads it. Inside a
 * transaction the regions are those of the tree as edited so far, and the views are older.
 *
 * The stream is written with the context's lock held. If other threads use the machine and the
 * stream may block, pass a stream in memory (open_memstream()). */
PHYSMEM_API void memory_context_describe_json(MemoryContext *ctx, FILE *out);

PHYSMEM_END_DECLS

#endif
