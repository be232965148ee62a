/* SPDX-License-Identifier: MIT
 *
 * The tree of objects of a context, for the rest of the library. include/physmem/object.h has the
 * calls for programs.
 */
#ifndef BASE_OBJECT_TREE_H
#define BASE_OBJECT_TREE_H

#include <physmem/object.h>

/* Makes the root of the tree and its child "unattached". */
void object_tree_init(MemoryContext *ctx);
/* Drops both, with everything below them. */
void object_tree_fini(MemoryContext *ctx);

/* Makes 'obj', which has no parent, a dependent of 'owner': when the owner ends, the initial
 * reference of obj is dropped. object_tree_drop_dependent() undoes this; it is called when obj ends
 * or becomes a child, and does nothing if obj is no dependent. */
void object_tree_add_dependent(Object *owner, Object *obj);
void object_tree_drop_dependent(Object *obj);

/* Drops all children and dependents of an object that is being finalized. */
void object_tree_drop_children(Object *obj);

#endif
