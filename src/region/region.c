/* SPDX-License-Identifier: MIT
 *
 * The life of a region (specification section 3): what all constructors have in common,
 * references, and the end. The constructors of the kinds are in kinds.c, ram.c and iommu.c. Edits
 * of the tree are in tree.c.
 */
#include "region/region.h"

#include <stdlib.h>
#include <string.h>

#include <physmem/ram.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/object-tree.h"
#include "region/above.h"
#include "region/coalesce.h"
#include "region/counting.h"
#include "region/extras.h"
#include "region/ioeventfd.h"
#include "region/journal.h"
#include "region/record.h"
#include "region/room.h"
#include "region/slot.h"
#include "region/watches.h"

/* ---- Construction ------------------------------------------------------------------------ */

/* Writes the name as a component of an object's path. Characters with a meaning in paths become
 * \xNN. 'component' has room for COMPONENT_SIZE(strlen(name)) bytes. */
#define COMPONENT_SIZE(length) (4 * (length) + sizeof("[*]"))

static void write_component(char *component, const char *name)
{
    char *end = component;
    for (const char *c = name; *c; c++) {
        if (*c == '/' || *c == '[' || *c == ']' || *c == '\\') {
            static const char digit[] = "0123456789abcdef";
            *end++ = '\\';
            *end++ = 'x';
            *end++ = digit[(unsigned char)*c >> 4];
            *end++ = digit[*c & 15];
        } else {
            *end++ = *c;
        }
    }
    memcpy(end, "[*]", sizeof("[*]"));
}

/* Makes a region with a name a child of its owner, or of the context's 'unattached'. The parent
 * takes over the initial reference, and the region ends with it. */
static void become_child(MemoryRegion *mr, Object *owner)
{
    enum { USUAL = 32 };
    size_t length = strlen(mr->name);
    char usual[COMPONENT_SIZE(USUAL)];
    char *component = length <= USUAL ? usual : alloc_zero(COMPONENT_SIZE(length));
    write_component(component, mr->name);
    object_property_add_child(owner ? owner : mr->parent_obj.context->unattached, component,
                              OBJECT(mr));
    object_unref(OBJECT(mr));
    if (component != usual) {
        free(component);
    }
}

/* Whether no region lives at mr. If one does, sends a MISUSE message and returns false. The record
 * decides, because the memory may have been overwritten. */
static bool is_free(MemoryContext *ctx, MemoryRegion *mr)
{
    const RegionRecord *r = region_record_of_living(ctx, mr);
    if (!r) {
        return true;
    }
    bool intact = region_is_live(mr) && mr->record == r;
    const MemoryRegion *container = intact ? mr->container : NULL;
    mr->made = false;
    return misuse(ctx,
                  "a constructor was called at %p, where region '%s' lives%s%s%s: end that "
                  "region first (memory_region_wait_unused(), or the end of its owner)",
                  (void *)mr, region_record_label(r),
                  container ? " in container '"
                  : intact  ? ""
                            : " although it was overwritten",
                  container ? region_label(container) : "", container ? "'" : "");
}

bool region_init_instance(MemoryRegion *mr, size_t instance_size, const char *type_name,
                          Object *owner, const char *name, uint64_t size)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);
    if (!is_free(ctx, mr)) {
        return false;
    }
    object_initialize(mr, instance_size, type_name);
    mr->record = region_record_new(ctx, mr, name);
    mr->name = name ? mr->record->text : NULL;
    mr->life = (uintptr_t)mr;
    mr->owner = owner;
    mr->size = region_size_from_arg(size);
    mr->ops = &unassigned_mem_ops;
    mr->quirks = (uint8_t)ctx->quirks;
    mr->enabled = true;
    mr->romd_mode = true;
    TAILQ_INIT(&mr->subregions);
    region_watches_review_one(mr);
    if (name) {
        become_child(mr, owner);
    } else if (owner && owner->context == ctx) {
        object_tree_add_dependent(owner, OBJECT(mr));
    }
    return true;
}

bool region_init_common(MemoryRegion *mr, Object *owner, const char *name, uint64_t size)
{
    return region_init_instance(mr, sizeof(*mr), TYPE_MEMORY_REGION, owner, name, size);
}

/* ---- End -------------------------------------------------------------------------------- */

void region_end(MemoryRegion *mr)
{
    if (mr->parent_obj.parent) {
        object_unparent(OBJECT(mr));
    } else {
        object_unref(mr);
    }
}

void region_init_failed(MemoryRegion *mr)
{
    mr->record->failed = true;
    region_end(mr);
    mr->size = int128_zero();
    mr->ram_block = NULL;
    mr->made = false;
}

/* Whether the edits that the end of a region makes can be committed. They cannot in a listener's
 * callback, and need not: a region that ends there is not in the map any more. */
static bool may_tell(const MemoryContext *ctx)
{
    return !ctx->telling;
}

/* Takes a child out of its container, and drops the reference that the container held on it. */
static void take_out(MemoryRegion *child)
{
    const MemoryRegion *container = child->container;
    Object *referenced = region_references(container, child) ? child->owner : NULL;
    RegionEdit edit = region_edit(child);
    edit.to.container = NULL;
    region_tree_move(&edit);
    if (container->enabled && child->enabled && may_tell(child->parent_obj.context)) {
        child->parent_obj.context->region->above->request(child->parent_obj.context);
    }
    object_unref(referenced);
}

/* A container holds a reference on its child, so a child that ends inside it is misuse. The
 * exception is a child with the same owner as its container, which is not referenced: when that
 * owner ends, its regions leave their containers here. */
static void leave_container(MemoryRegion *mr)
{
    if (!mr->container) {
        return;
    }
    if (region_references(mr->container, mr)) {
        misuse(mr->parent_obj.context,
               "region '%s' ends while it is in container '%s': remove it first", region_label(mr),
               region_label(mr->container));
    }
    take_out(mr);
}

/* It is misuse if the root of a space ends. A region to which a root gives way may end: the space
 * then resolves its root again. */
static void leave_spaces(MemoryRegion *mr)
{
    RootWatch *watch;
    while ((watch = LIST_FIRST(&region_extras(mr)->root_watches))) {
        if (*watch->resolver->root == mr) {
            *watch->resolver->root = NULL;
            misuse(mr->parent_obj.context,
                   "region '%s' ends while an address space shows it: destroy the space first",
                   region_label(mr));
        }
        root_queue(mr->parent_obj.context, watch->resolver);
        LIST_REMOVE(watch, link);
        watch->region = NULL;
    }
}

/* A region without an owner can end while an alias or a space still shows it. It is disabled
 * first, so that the commit takes it out of their views. */
static void leave_views(MemoryRegion *mr)
{
    bool shown = !LIST_EMPTY(&region_extras(mr)->aliases) || region_is_on_a_way(mr);
    if (shown && mr->enabled && may_tell(mr->parent_obj.context)) {
        RegionEdit edit = region_edit(mr);
        edit.to.enabled = false;
        region_tree_change(&edit);
        mr->parent_obj.context->region->above->request(mr->parent_obj.context);
    }
}

/* Removes every link between the region and others. */
static void drop_relatives(MemoryRegion *mr)
{
    MemoryRegion *other;
    leave_views(mr);
    leave_container(mr);
    while ((other = TAILQ_FIRST(&mr->subregions))) {
        take_out(other);
    }
    while ((other = LIST_FIRST(&region_extras(mr)->aliases))) {
        region_tree_drop_target(other);
    }
    if (mr->kind == MEMORY_KIND_ALIAS) {
        region_tree_drop_target(mr);
    }
    leave_spaces(mr);
}

static void leave_tree(MemoryRegion *mr)
{
    MemoryContext *ctx = mr->parent_obj.context;
    bool begun = may_tell(ctx) && ctx->region->above->begin(ctx);
    drop_relatives(mr);
    if (begun) {
        ctx->region->above->commit(ctx);
    }
}

static void region_finalize(Object *obj)
{
    MemoryRegion *mr = MEMORY_REGION(obj);
    MemoryContext *ctx = mr->parent_obj.context;
    if (!region_is_live(mr)) {
        return; /* made by object_new() alone: no constructor has run */
    }
    CONTEXT_LOCK(ctx);
    leave_tree(mr);
    if (region_has_ram(mr)) {
        qemu_ram_free(mr->ram_block);
    }
    region_counting_end(mr);
    coalesced_ranges_drop(mr);
    ioeventfd_tables_drop(mr);
    region_extras_end(mr);
    journal_forget(mr);
    mr->life = ~(uintptr_t)mr;
    mr->name = NULL;
    region_record_end(ctx, mr->record);
}

/* ---- Type and references ----------------------------------------------------------------- */

static const TypeInfo region_type = {
    .name = TYPE_MEMORY_REGION,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(MemoryRegion),
    .instance_finalize = region_finalize,
    .class_size = sizeof(MemoryRegionClass),
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&region_type);
}

/* Returns the object whose references keep the region alive: its owner. NULL if it has none, or mr
 * is NULL. */
static Object *keeper(const MemoryRegion *mr)
{
    return mr ? mr->owner : NULL;
}

void memory_region_ref(MemoryRegion *mr)
{
    object_ref(keeper(mr));
}

void memory_region_unref(MemoryRegion *mr)
{
    object_unref(keeper(mr));
}
