/* SPDX-License-Identifier: MIT
 *
 * The registry of types, and the library's own entries in it (type.h). class.c makes the classes of
 * types, object.c the instances.
 */
#include "base/type.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/context.h"
#include "base/log.h"
#include "base/name-table.h"
#include "base/process.h"
#include "base/thread.h"

void types_lock(void)
{
    inner_lock(&process.types_lock);
    thread_state.process_locks++;
}

void types_unlock(void)
{
    thread_state.process_locks--;
    inner_unlock(&process.types_lock);
}

static Type *bucket(const char *name)
{
    return &process.types[name_hash(name) % PROCESS_TYPE_BUCKETS];
}

static Type find(const char *name)
{
    Type type = __atomic_load_n(bucket(name), __ATOMIC_ACQUIRE);

    while (type && type->info.name != name && strcmp(type->info.name, name) != 0) {
        type = type->next;
    }
    return type;
}

/* Called under process.types_lock. The release pairs with the acquire in find(), so that readers
 * see complete entries. */
static Type add(const TypeInfo *info)
{
    Type type = alloc_new(struct TypeImpl);
    Type *head = bucket(info->name);

    type->info = *info;
    type->next = *head;
    __atomic_store_n(head, type, __ATOMIC_RELEASE);
    return type;
}

static const TypeInfo object_type = {
    .name = TYPE_OBJECT,
    .instance_size = sizeof(Object),
    .abstract = true,
};

static const TypeInfo interface_type = {
    .name = TYPE_INTERFACE,
    .class_size = sizeof(InterfaceClass),
};

static const TypeInfo container_type = {
    .name = TYPE_CONTAINER,
    .parent = TYPE_OBJECT,
};

static void device_finalize(Object *obj)
{
    free(((DeviceState *)obj)->id);
}

/* This type is not registered in device.c, because the linker may leave that file out: a program
 * that is linked with the static library may derive from the type and call none of its
 * functions. */
static const TypeInfo device_type = {
    .name = TYPE_DEVICE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(DeviceState),
    .instance_finalize = device_finalize,
};

static void add_own_types(void)
{
    add(&object_type);
    add(&interface_type);
    add(&container_type);
    add(&device_type);
}

static void begin(void)
{
    pthread_once(&process.types_begun, add_own_types);
}

static Type add_new(const TypeInfo *info)
{
    Type type;

    begin();
    types_lock();
    if (find(info->name)) {
        fatal("type \"%s\" is registered twice", info->name);
    }
    type = add(info);
    types_unlock();
    return type;
}

static InterfaceInfo *copy_interfaces(const InterfaceInfo *list)
{
    size_t n = 0;
    InterfaceInfo *copy;

    while (list[n].type) {
        n++;
    }
    copy = alloc_zero((n + 1) * sizeof(*copy));
    for (size_t i = 0; i < n; i++) {
        copy[i].type = alloc_string(list[i].type);
    }
    return copy;
}

Type type_register_static(const TypeInfo *info)
{
    return add_new(info);
}

Type type_register(const TypeInfo *info)
{
    TypeInfo copy = *info;

    copy.name = alloc_string(info->name);
    copy.parent = info->parent ? alloc_string(info->parent) : NULL;
    copy.interfaces = info->interfaces ? copy_interfaces(info->interfaces) : NULL;
    return add_new(&copy);
}

Type type_find(const char *name)
{
    begin();
    return find(name);
}
