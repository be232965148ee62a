/* SPDX-License-Identifier: MIT
 *
 * The tree of objects of a context, for the rest of base/.
 */
#ifndef BASE_OBJECT_TREE_H
#define BASE_OBJECT_TREE_H

#include <physmem/object.h>

/* Makes the root and its child "unattached"; drops them with all that is below. */
void object_tree_init(MemoryContext *ctx);
void object_tree_fini(MemoryContext *ctx);

/* Makes 'obj', which has no parent, end with its owner: when the owner ends, the initial
 * reference of obj is dropped. The tie is undone if obj ends before that, or becomes a child. */
void object_tree_add_dependent(Object *owner, Object *obj);
void object_tree_drop_dependent(Object *obj);

/* Takes all children and dependents out of an object that is being finalized. */
void object_tree_drop_children(Object *obj);

#endif
