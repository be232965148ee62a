/* SPDX-License-Identifier: MIT
 *
 * The tree of objects: the parent, the children and the path of each object. Children keep the
 * order in which they were added. child-names.c gives them their names.
 *
 * The tree is read and changed under the context's lock. A parent holds a reference on each child.
 *
 *   Object --children--> ObjectChildren: list        objects, oldest first
 *                                        dependents  no children, but end with this object
 *                                        names       of the objects in 'list'
 */
#include "base/object-tree.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/child-names.h"
#include "base/context.h"
#include "base/log.h"
#include "base/type.h"

struct ObjectChildren {
    TAILQ_HEAD(, Object) list;
    TAILQ_HEAD(, Object) dependents;
    ChildNames names;
};

static struct ObjectChildren *children_of(Object *parent)
{
    if (!parent->children) {
        parent->children = alloc_new(struct ObjectChildren);
        TAILQ_INIT(&parent->children->list);
        TAILQ_INIT(&parent->children->dependents);
    }
    return parent->children;
}

/* ---- Children --------------------------------------------------------------------------- */

/* Returns whether obj is 'below' itself or one of the objects above it. */
static bool is_above(const Object *obj, const Object *below)
{
    while (below && below != obj) {
        below = below->parent;
    }
    return below != NULL;
}

static bool may_add(Object *parent, const char *name, Object *child)
{
    if (child->parent) {
        return misuse(parent->context,
                      "object \"%s\" already has a parent, under the name \"%s\": call "
                      "object_unparent() first",
                      name, child->name);
    }
    if (parent->context != child->context) {
        return misuse(parent->context,
                      "object \"%s\" is in context \"%s\", and its new parent in context \"%s\"",
                      name, child->context->name, parent->context->name);
    }
    if (is_above(child, parent)) {
        return misuse(parent->context,
                      "object \"%s\" would be a child of itself or of an object below it", name);
    }
    return true;
}

void object_property_add_child(Object *parent, const char *name, Object *child)
{
    CONTEXT_LOCK(parent->context);
    struct ObjectChildren *children;
    char *taken;

    if (!may_add(parent, name, child)) {
        return;
    }
    children = children_of(parent);
    taken = child_names_take(&children->names, name);
    if (!taken) {
        misuse(parent->context,
               "object \"%s\" cannot be added: its parent has a child of that name", name);
        return;
    }
    object_tree_drop_dependent(child);
    child->name = taken;
    child->parent = parent;
    TAILQ_INSERT_TAIL(&children->list, child, siblings);
    object_ref(child);
}

static void unlink_child(struct ObjectChildren *children, Object *obj)
{
    child_names_give_back(&children->names, obj->name);
    obj->name = NULL;
    TAILQ_REMOVE(&children->list, obj, siblings);
    obj->parent = NULL;
}

void object_unparent(Object *obj)
{
    MemoryContext *ctx = obj->context;

    memory_context_lock(ctx);
    if (obj->parent) {
        unlink_child(obj->parent->children, obj);
        object_unref(obj);
    }
    memory_context_unlock(ctx);
}

/* ---- Dependents ------------------------------------------------------------------------- *
 *
 * A dependent is in its owner's list until it ends or becomes a child of some object. */

void object_tree_add_dependent(Object *owner, Object *obj)
{
    CONTEXT_LOCK(owner->context);

    TAILQ_INSERT_TAIL(&children_of(owner)->dependents, obj, siblings);
    obj->owner = owner;
    obj->dependent = true;
}

void object_tree_drop_dependent(Object *obj)
{
    if (!obj->dependent) {
        return;
    }
    CONTEXT_LOCK(obj->context);
    TAILQ_REMOVE(&obj->owner->children->dependents, obj, siblings);
    obj->owner = NULL;
    obj->dependent = false;
}

/* ---- The end of a parent ----------------------------------------------------------------- */

static void end_dependents(struct ObjectChildren *children)
{
    Object *obj;

    while ((obj = TAILQ_FIRST(&children->dependents))) {
        object_tree_drop_dependent(obj);
        object_unref(obj);
    }
}

/* Drops the oldest child first. A region that contains others is usually the oldest of them, and
 * its end hides them all with one commit. */
void object_tree_drop_children(Object *obj)
{
    struct ObjectChildren *children = obj->children;
    MemoryContext *ctx = obj->context;

    if (!children) {
        return;
    }
    memory_context_lock(ctx);
    while (!TAILQ_EMPTY(&children->list)) {
        Object *child = TAILQ_FIRST(&children->list);

        unlink_child(children, child);
        object_unref(child);
    }
    end_dependents(children);
    memory_context_unlock(ctx);
    child_names_clear(&children->names);
    free(children);
    obj->children = NULL;
}

/* ---- Paths ------------------------------------------------------------------------------ */

const char *object_get_canonical_path_component(const Object *obj)
{
    return obj->parent ? obj->name : NULL;
}

static char *join(char *above, const char *name)
{
    char *path = alloc_printf("%s/%s", above, name);

    free(above);
    return path;
}

/* Returns the path, or NULL if obj is not in the tree of its context. The root's own path is ""
 * here, so that "/name" can be appended to it. */
static char *path_below_root(const Object *obj)
{
    char *above;

    if (!obj->parent) {
        return obj == obj->context->root ? alloc_string("") : NULL;
    }
    above = path_below_root(obj->parent);
    return above ? join(above, obj->name) : NULL;
}

char *object_get_canonical_path(const Object *obj)
{
    CONTEXT_LOCK(obj->context);
    char *path = path_below_root(obj);

    if (path && !*path) {
        free(path);
        return alloc_string("/");
    }
    return path;
}

/* ---- The tree of a context -------------------------------------------------------------- */

Object *object_get_root(void)
{
    return memory_context_current()->root;
}

void object_tree_init(MemoryContext *ctx)
{
    MemoryContext *old = context_switch(ctx);

    ctx->root = object_new(TYPE_CONTAINER);
    ctx->unattached = object_new(TYPE_CONTAINER);
    object_property_add_child(ctx->root, "unattached", ctx->unattached);
    object_unref(ctx->unattached);
    context_switch(old);
}

void object_tree_fini(MemoryContext *ctx)
{
    object_unref(ctx->root);
    ctx->root = ctx->unattached = NULL;
}
