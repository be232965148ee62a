/* SPDX-License-Identifier: MIT
 *
 * Registered types and their classes, for the rest of base/. include/physmem/object.h has the calls
 * for programs.
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
    TypeInfo info;      /* a size that is 0 is replaced by the parent's when the class is made */
    Type parent;        /* NULL: a root type, or the class is not made yet */
    ObjectClass *class; /* NULL: not made yet; atomic */
    bool in_making;     /* the class is being made; under process.types_lock */
    Type next;          /* in its bucket */
};

#define TYPE_CONTAINER "container" /* an object that only has children */

/* ---- The registry (type.c) -------------------------------------------------------------- */

/* Returns the type of that name, or NULL. */
Type type_find(const char *name);

/* Takes and gives back process.types_lock, which a thread holds while it registers a type or makes
 * a class. The lock is recursive, because making a class makes the parent's class and calls the
 * program's class_init, which may register types. The library takes no other lock inside it. */
void types_lock(void);
void types_unlock(void);

/* ---- Classes (class.c) ------------------------------------------------------------------ */

/* Returns the type of that name, with its class made. If there is none, ends the process with a
 * message. */
Type type_get(const char *name);

/* Returns the class of a type. Makes the class if that has not been done yet. */
ObjectClass *type_class(Type type);

/* Returns whether the type is the one called 'name' or derives from it. The class of the type must
 * have been made. */
bool type_derives(Type type, const char *name);

#endif
