/* SPDX-License-Identifier: MIT
 *
 * Classes: makes the class of a type when it is first asked for, and answers what a class is. Types
 * are registered in type.c.
 */
#include "base/type.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

/* ---- Making a class --------------------------------------------------------------------- */

static void find_parent(Type type)
{
    if (!type->info.parent) {
        return;
    }
    type->parent = type_find(type->info.parent);
    if (!type->parent) {
        fatal("type \"%s\" has the unknown parent \"%s\": register that before \"%s\" is used",
              type->info.name, type->info.parent, type->info.name);
    }
    type_class(type->parent);
}

/* Replaces a size of 0 by the parent's. Ends the process if the size is below the parent's. */
static void settle_size(const Type type, const char *what, size_t *size, size_t inherited)
{
    if (*size == 0) {
        *size = inherited;
    } else if (*size < inherited) {
        fatal("type \"%s\": its %s has %zu bytes, but needs at least the %zu of its parent",
              type->info.name, what, *size, inherited);
    }
}

static void settle_sizes(Type type)
{
    const Type parent = type->parent;
    TypeInfo *info = &type->info;

    settle_size(type, "instance", &info->instance_size, parent ? parent->info.instance_size : 0);
    settle_size(type, "class", &info->class_size,
                parent ? parent->info.class_size : sizeof(ObjectClass));
    if (parent && info->instance_align < parent->info.instance_align) {
        info->instance_align = parent->info.instance_align;
    }
    info->abstract |= info->instance_size == 0;
}

/* Returns how many interfaces the class can have at most. */
static size_t count_interfaces(const Type type)
{
    InterfaceClass **inherited = type->parent ? type->parent->class->interfaces : NULL;
    const InterfaceInfo *own = type->info.interfaces;
    size_t n = 0;

    for (; inherited && *inherited; inherited++) {
        n++;
    }
    for (; own && own->type; own++) {
        n++;
    }
    return n;
}

/* Makes a class's own copy of an interface. It begins with the contents of 'from', which is the
 * parent's copy or the class of the interface. */
static void append_interface(ObjectClass *klass, size_t *n, Type interface,
                             const InterfaceClass *from)
{
    InterfaceClass *copy = alloc_zero(interface->info.class_size);

    memcpy(copy, from, interface->info.class_size);
    copy->parent_class = (ObjectClass){ .type = interface };
    copy->concrete_class = klass;
    copy->interface_type = interface;
    klass->interfaces[(*n)++] = copy;
}

static void inherit_interfaces(ObjectClass *klass, size_t *n, const ObjectClass *parent)
{
    for (InterfaceClass **i = parent->interfaces; i && *i; i++) {
        append_interface(klass, n, (*i)->interface_type, *i);
    }
}

static InterfaceClass *find_interface(const ObjectClass *klass, const char *name)
{
    for (InterfaceClass **i = klass->interfaces; i && *i; i++) {
        if (type_derives((*i)->interface_type, name)) {
            return *i;
        }
    }
    return NULL;
}

static void add_interfaces(ObjectClass *klass, size_t *n, const InterfaceInfo *list)
{
    for (; list && list->type; list++) {
        Type interface = type_get(list->type);

        if (!type_derives(interface, TYPE_INTERFACE)) {
            fatal("type \"%s\" lists \"%s\" among its interfaces, but that is not an interface",
                  klass->type->info.name, list->type);
        }
        if (!find_interface(klass, list->type)) {
            append_interface(klass, n, interface, (InterfaceClass *)interface->class);
        }
    }
}

static void make_interfaces(Type type, ObjectClass *klass)
{
    size_t room = count_interfaces(type);
    size_t n = 0;

    klass->interfaces = NULL;
    if (!room) {
        return;
    }
    klass->interfaces = alloc_zero((room + 1) * sizeof(*klass->interfaces));
    if (type->parent) {
        inherit_interfaces(klass, &n, type->parent->class);
    }
    add_interfaces(klass, &n, type->info.interfaces);
}

static void run_base_inits(const Type ancestor, const Type type, ObjectClass *klass)
{
    if (!ancestor) {
        return;
    }
    run_base_inits(ancestor->parent, type, klass);
    if (ancestor->info.class_base_init) {
        ancestor->info.class_base_init(klass, type->info.class_data);
    }
}

static ObjectClass *fill_class(Type type)
{
    ObjectClass *klass = alloc_zero(type->info.class_size);

    if (type->parent) {
        memcpy(klass, type->parent->class, type->parent->info.class_size);
    }
    klass->type = type;
    make_interfaces(type, klass);
    run_base_inits(type->parent, type, klass);
    if (type->info.class_init) {
        type->info.class_init(klass, type->info.class_data);
    }
    return klass;
}

static void make_class(Type type)
{
    if (type->in_making) {
        fatal("the class of type \"%s\" is needed to make itself: check its chain of parents",
              type->info.name);
    }
    type->in_making = true;
    find_parent(type);
    settle_sizes(type);
    __atomic_store_n(&type->class, fill_class(type), __ATOMIC_RELEASE);
    type->in_making = false;
}

/* The acquire pairs with the release in make_class(). */
ObjectClass *type_class(Type type)
{
    ObjectClass *klass = __atomic_load_n(&type->class, __ATOMIC_ACQUIRE);

    if (klass) {
        return klass;
    }
    types_lock();
    if (!type->class) {
        make_class(type);
    }
    types_unlock();
    return type->class;
}

Type type_get(const char *name)
{
    Type type = type_find(name);

    if (!type) {
        fatal("unknown type \"%s\": register it before it is used", name);
    }
    type_class(type);
    return type;
}

/* ---- Questions -------------------------------------------------------------------------- */

bool type_derives(Type type, const char *name)
{
    while (type && type->info.name != name && strcmp(type->info.name, name) != 0) {
        type = type->parent;
    }
    return type != NULL;
}

ObjectClass *object_class_by_name(const char *type_name)
{
    Type type = type_find(type_name);

    return type ? type_class(type) : NULL;
}

ObjectClass *object_class_get_parent(ObjectClass *klass)
{
    Type parent = klass->type->parent;

    return parent ? parent->class : NULL;
}

const char *object_class_get_name(ObjectClass *klass)
{
    return klass->type->info.name;
}

ObjectClass *object_class_dynamic_cast(ObjectClass *klass, const char *type_name)
{
    if (!klass || type_derives(klass->type, type_name)) {
        return klass;
    }
    return (ObjectClass *)find_interface(klass, type_name);
}

ObjectClass *object_class_dynamic_cast_assert(ObjectClass *klass, const char *type_name,
                                              const char *file, int line, const char *func)
{
    ObjectClass *cast = object_class_dynamic_cast(klass, type_name);

    if (klass && !cast) {
        fatal("%s:%d: %s: a class of type \"%s\" is not a \"%s\"", file, line, func,
              object_class_get_name(klass), type_name);
    }
    return cast;
}
