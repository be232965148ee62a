/* SPDX-License-Identifier: MIT
 *
 * The parts of a line that the texts of trees and views have in common (text.h). tree.c and
 * views.c print the rest.
 */
#include "inspect/text.h"

#include <stdlib.h>

#include <physmem/object.h>

#include "region/region.h"

const char *inspect_region_kind(const MemoryRegion *mr)
{
    while (region_target(mr)) {
        mr = region_target(mr);
    }
    switch (mr->kind) {
    case MEMORY_KIND_RAM:
        return mr->readonly ? "rom" : "ram";
    case MEMORY_KIND_RAM_DEVICE:
        return "ramd";
    case MEMORY_KIND_ROM_DEVICE:
        return mr->romd_mode ? "romd" : "i/o";
    case MEMORY_KIND_CONTAINER:
    case MEMORY_KIND_ALIAS:
    case MEMORY_KIND_IO:
    case MEMORY_KIND_RESERVATION:
    case MEMORY_KIND_IOMMU:
        break;
    }
    return "i/o";
}

/* Prints a device by its id, another object by its path. An object without a path is outside of
 * the context's object tree; its type is printed. */
static void print_object(FILE *out, const char *label, Object *obj)
{
    Object *dev = object_dynamic_cast(obj, TYPE_DEVICE);
    const char *id = dev ? device_get_id((DeviceState *)dev) : NULL;

    fprintf(out, " %s:{%s", label, dev ? "dev" : "obj");
    if (id) {
        fprintf(out, " id=%s}", id);
        return;
    }
    char *path = object_get_canonical_path(obj);
    if (path) {
        fprintf(out, " path=%s}", path);
    } else {
        fprintf(out, " type=%s}", object_get_typename(obj));
    }
    free(path);
}

void inspect_owner_print(FILE *out, const MemoryRegion *mr)
{
    Object *owner = mr->owner;
    Object *parent = mr->parent_obj.parent;

    if (!owner && !parent) {
        fputs(" orphan", out);
        return;
    }
    if (owner) {
        print_object(out, "owner", owner);
    }
    if (parent && parent != owner) {
        print_object(out, "parent", parent);
    }
}
