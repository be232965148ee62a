/* SPDX-License-Identifier: MIT
 *
 * Registered types and their classes, for the rest of base/.
 *
 * Registering a type looks at its name only, so a type may be registered before its parent. The
 * class is made when the type is first used: the parent is looked up, sizes are checked,
 * interfaces are copied. After that, the type does not change any more. No type is ever removed,
 * so readers need no lock.
 */
#ifndef BASE_TYPE_H
#define BASE_TYPE_H

#include <physmem/object.h>

struct TypeImpl {
    TypeInfo info;      /* an omitted size is replaced by the parent's before 'class' is set */
    Type parent;        /* NULL: a root type, or the class is not made yet */
    ObjectClass *class; /* NULL: not made yet; atomic */
    bool in_making;
    Type next; /* in its bucket */
};

#define TYPE_CONTAINER "container" /* an object that only has children */

/* The type of that name, or NULL. */
Type type_find(const char *name);

/* The type of that name, with its class made. If there is none, ends the process with a message.
 * */
Type type_get(const char *name);

/* The class of a type. Makes it if that has not been done yet. */
ObjectClass *type_class(Type type);

/* Whether the type is the one called 'name' or derives from it. Its class must have been made. */
bool type_derives(Type type, const char *name);

#endif
