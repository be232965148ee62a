/* SPDX-License-Identifier: MIT
 *
 * Objects as instances of types: how they are made, referenced, finalized and cast. Their names
 * and children are in object-tree.c, their classes in class.c.
 */
#include <physmem/object.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/context.h"
#include "base/log.h"
#include "base/object-tree.h"
#include "base/thread.h"
#include "base/type.h"

static void run_inits(Type type, Object *obj)
{
    if (!type) {
        return;
    }
    run_inits(type->parent, obj);
    if (type->info.instance_init) {
        type->info.instance_init(obj);
    }
}

static void run_post_inits(Type type, Object *obj)
{
    if (!type) {
        return;
    }
    run_post_inits(type->parent, obj);
    if (type->info.instance_post_init) {
        type->info.instance_post_init(obj);
    }
}

static void initialize(Object *obj, Type type, bool on_heap)
{
    memset(obj, 0, type->info.instance_size);
    obj->class = type->class;
    obj->ref = 1;
    obj->on_heap = on_heap;
    obj->context = memory_context_current();
    run_inits(type, obj);
    run_post_inits(type, obj);
}

static Type concrete_type(const char *type_name)
{
    Type type = type_get(type_name);

    if (type->info.abstract) {
        fatal("type \"%s\" is abstract and cannot have instances", type_name);
    }
    return type;
}

void object_initialize(void *obj, size_t size, const char *type_name)
{
    Type type = concrete_type(type_name);

    if (size < type->info.instance_size) {
        fatal("an instance of \"%s\" needs %zu bytes, but has only %zu", type_name,
              type->info.instance_size, size);
    }
    initialize(obj, type, false);
}

Object *object_new(const char *type_name)
{
    Type type = concrete_type(type_name);
    size_t align = type->info.instance_align;

    if (align < _Alignof(max_align_t)) {
        align = _Alignof(max_align_t);
    }
    void *obj = alloc_aligned(align, type->info.instance_size);
    initialize(obj, type, true);
    return obj;
}

/* Runs instance_finalize of the type and of its parents, with the object's context as the current
 * one. A program may drop the last reference in a read section, where edits are refused. Finalizers
 * must be able to edit even then, so the thread's count of sections is 0 while they run. */
static void finalize(Object *obj)
{
    MemoryContext *old = context_switch(obj->context);
    unsigned sections = thread_state.sections;

    thread_state.sections = 0;

    object_tree_drop_dependent(obj);
    object_tree_drop_children(obj);
    for (Type type = obj->class->type; type; type = type->parent) {
        if (type->info.instance_finalize) {
            type->info.instance_finalize(obj);
        }
    }
    thread_state.sections = sections;
    context_switch(old);
    if (obj->on_heap) {
        free(obj);
    }
}

Object *object_ref(void *obj)
{
    Object *o = obj;

    if (o) {
        __atomic_add_fetch(&o->ref, 1, __ATOMIC_RELAXED);
    }
    return o;
}

/* Acquire and release: the finalizers see everything that other threads did to the object before
 * they dropped their references. */
void object_unref(void *obj)
{
    Object *o = obj;

    if (o && __atomic_sub_fetch(&o->ref, 1, __ATOMIC_ACQ_REL) == 0) {
        finalize(o);
    }
}

ObjectClass *object_get_class(Object *obj)
{
    return obj->class;
}

const char *object_get_typename(const Object *obj)
{
    return obj->class->type->info.name;
}

Object *object_dynamic_cast(Object *obj, const char *type_name)
{
    return obj && object_class_dynamic_cast(obj->class, type_name) ? obj : NULL;
}

Object *object_dynamic_cast_assert(Object *obj, const char *type_name, const char *file, int line,
                                   const char *func)
{
    if (obj && !object_dynamic_cast(obj, type_name)) {
        fatal("%s:%d: %s: an object of type \"%s\" is not a \"%s\"", file, line, func,
              object_get_typename(obj), type_name);
    }
    return obj;
}
