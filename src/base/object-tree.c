/* SPDX-License-Identifier: MIT
 *
 * The tree of objects. Each object has children, which are found by name and kept in the order in
 * which they were added, and a path. A child that is added as "name[*]" gets the first free index
 * in place of the star. This file takes names as they are; region/region.c replaces the characters
 * that a path must not contain.
 *
 * The tree is read and changed under the context's lock. A parent holds a reference on each child.
 *
 *   Object --children--> ObjectChildren: list    objects, oldest first
 *                                        dependents  no children, but end with this object
 *                                        names   name -> Child -> object
 *                                        stems   "ram" -> Stem: which ram[i] are free
 *
 * Each index of a stem below 'next' belongs to a child that has joined the stem, or is in the heap
 * 'free'. A child that was added as "ram[7]" instead of "ram[*]" joins the stem when the stem comes
 * to index 7 and finds the name taken.
 */
#include "base/object-tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/context.h"
#include "base/index-heap.h"
#include "base/log.h"
#include "base/name-table.h"
#include "base/type.h"

typedef struct Stem {
    NameEntry entry;
    char *name;
    uint32_t next;
    IndexHeap free;
    size_t users; /* children that have an index of this stem */
} Stem;

typedef struct Child {
    NameEntry entry; /* in 'names', by the object's name */
    Object *object;
    Stem *stem; /* NULL: the child has no index of a stem */
    uint32_t index;
} Child;

struct ObjectChildren {
    TAILQ_HEAD(, Object) list;
    TAILQ_HEAD(, Object) dependents;
    NameTable names;
    NameTable stems;
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

static Child *find_child(const struct ObjectChildren *children, const char *name)
{
    NameEntry *entry = name_table_find(&children->names, name);

    return entry ? caa_container_of(entry, Child, entry) : NULL;
}

/* ---- Indexes ---------------------------------------------------------------------------- */

static Stem *stem_get(struct ObjectChildren *children, const char *name, size_t len)
{
    char *copy = alloc_printf("%.*s", (int)len, name);
    NameEntry *entry = name_table_find(&children->stems, copy);
    Stem *stem;

    if (entry) {
        free(copy);
        return caa_container_of(entry, Stem, entry);
    }
    stem = alloc_new(Stem);
    stem->name = copy;
    name_table_add(&children->stems, &stem->entry, stem->name);
    return stem;
}

static void join_stem(Child *child, Stem *stem, uint32_t index)
{
    child->stem = stem;
    child->index = index;
    stem->users++;
}

static void leave_stem(struct ObjectChildren *children, Child *child)
{
    Stem *stem = child->stem;

    if (!stem) {
        return;
    }
    index_heap_push(&stem->free, child->index);
    if (--stem->users == 0) {
        name_table_remove(&children->stems, &stem->entry);
        index_heap_clear(&stem->free);
        free(stem->name);
        free(stem);
    }
}

/* Gives the child the first free index of a stem, and returns the full name. */
static char *first_free_name(struct ObjectChildren *children, Child *child, Stem *stem)
{
    for (;;) {
        uint32_t index = stem->free.count ? index_heap_pop(&stem->free) : stem->next++;
        char *name = alloc_printf("%s[%" PRIu32 "]", stem->name, index);
        Child *taken = find_child(children, name);

        if (!taken) {
            join_stem(child, stem, index);
            return name;
        }
        join_stem(taken, stem, index);
        free(name);
    }
}

static bool wants_index(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && strcmp(name + len - 3, "[*]") == 0;
}

/* Returns the full name for a new child, on the heap, or NULL if another child has that name. */
static char *settle_name(struct ObjectChildren *children, Child *child, const char *name)
{
    if (wants_index(name)) {
        return first_free_name(children, child, stem_get(children, name, strlen(name) - 3));
    }
    return find_child(children, name) ? NULL : alloc_string(name);
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
    Child *link;

    if (!may_add(parent, name, child)) {
        return;
    }
    children = children_of(parent);
    link = alloc_new(Child);
    link->object = child;
    child->name = settle_name(children, link, name);
    if (!child->name) {
        free(link);
        misuse(parent->context,
               "object \"%s\" cannot be added: its parent has a child of that name", name);
        return;
    }
    object_tree_drop_dependent(child);
    child->parent = parent;
    name_table_add(&children->names, &link->entry, child->name);
    TAILQ_INSERT_TAIL(&children->list, child, siblings);
    object_ref(child);
}

static void unlink_child(struct ObjectChildren *children, Object *obj)
{
    Child *link = find_child(children, obj->name);

    name_table_remove(&children->names, &link->entry);
    leave_stem(children, link);
    free(link);
    TAILQ_REMOVE(&children->list, obj, siblings);
    free(obj->name);
    obj->name = NULL;
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
    obj->depends_on = owner;
}

void object_tree_drop_dependent(Object *obj)
{
    if (!obj->depends_on) {
        return;
    }
    CONTEXT_LOCK(obj->context);
    TAILQ_REMOVE(&obj->depends_on->children->dependents, obj, siblings);
    obj->depends_on = NULL;
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
    name_table_clear(&children->names);
    name_table_clear(&children->stems);
    free(children);
    obj->children = NULL;
}

/* ---- Paths ------------------------------------------------------------------------------ */

const char *object_get_canonical_path_component(const Object *obj)
{
    return obj->name;
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
