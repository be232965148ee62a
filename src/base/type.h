/* SPDX-License-Identifier: MIT
 *
 * Registered types and their classes, for the rest of base/.
 *
 * A type becomes known with its name alone, so that a type may be registered before its parent. The
 * first use makes its class: the parent is looked up, sizes are settled and checked, interfaces are
 * copied, and after that nothing of it changes. Types are never forgotten; readers take no lock.
 */
#ifndef BASE_TYPE_H
#define BASE_TYPE_H

#include <physmem/object.h>

struct TypeImpl {
    TypeInfo info; /* with the sizes settled once 'class' is set */
    Type parent; /* NULL: a root type, or no class yet */
    ObjectClass *class; /* NULL: not made yet; atomic */
    bool in_making;
    Type next; /* in its bucket */
};

#define TYPE_CONTAINER "container" /* an object with no other use than its children */

/* NULL for an unknown name. */
Type type_find(const char *name);

/* The same, but an unknown name ends the process with a message. The class is made. */
Type type_get(const char *name);

/* Makes the class if it is not there yet. */
ObjectClass *type_class(Type type);

/* Is it 'name' or derived from it? The class must have been made. */
bool type_derives(Type type, const char *name);

#endif
