/* SPDX-License-Identifier: MIT
 *
 * Registers RAM for migration: its block becomes migratable, and gets the id by which the
 * destination of a migration finds it (specification section 22.8). The program moves the
 * contents.
 */
#include <physmem/error.h>

#include "base/barrier.h"
#include "base/log.h"
#include "ram/id.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"

/* Whether a view may show the region. */
static bool is_placed(const MemoryRegion *mr)
{
    return mr &&
           (mr->container || !LIST_EMPTY(&region_extras(mr)->aliases) || region_is_on_a_way(mr));
}

/* While migration logs, this changes which clients log the region. Writes see the new mask at
 * once. Views, and so listeners, get it with the next commit that renders. barrier_heavy() pairs
 * with barrier_light() in region_mark_dirty(). Returns false, with a message, in a listener's
 * callback. */
static bool set_migratable(RAMBlock *rb, bool on)
{
    CONTEXT_LOCK(rb->context);
    bool shown = rb->context->region->logs_migration && is_placed(rb->mr);

    if (shown && rb->context->telling) {
        return misuse(
            rb->context,
            "the RAM of region '%s' must not become %smigratable in a listener's callback",
            ram_label(rb->mr), on ? "" : "un");
    }
    ram_block_set_migratable(rb, on);
    barrier_heavy();
    if (shown) {
        region_mark(rb->mr);
    }
    return true;
}

void qemu_ram_set_migratable(RAMBlock *rb)
{
    set_migratable(rb, true);
}

void qemu_ram_unset_migratable(RAMBlock *rb)
{
    set_migratable(rb, false);
}

static bool check_ram(const MemoryRegion *mr, const char *call)
{
    return region_has_ram(mr) ||
           misuse(mr->parent_obj.context, "%s: region '%s' has no RAM", call, region_label(mr));
}

/* Returns the region's name, from which the id is made. NULL, with a warning, if it has none. */
static const char *id_name(const MemoryRegion *mr)
{
    const char *name = memory_region_name(mr);

    if (!name) {
        log_say(mr->parent_obj.context, MEMORY_LOG_WARNING,
                "a RAM region without a name is registered for migration: its block gets no id");
    }
    return name;
}

/* Returns false, with a message, if the block has an id already or the new one is too long. A
 * region without a name gets no id, which is not an error. */
static bool give_id(MemoryRegion *mr, DeviceState *dev)
{
    const RAMBlockId *before = mr->ram_block->id;
    const char *name = id_name(mr);

    if (!name) {
        return true;
    }
    qemu_ram_set_idstr(mr->ram_block, name, dev);
    return mr->ram_block->id != before;
}

bool region_register_new_ram(MemoryRegion *mr, Error **errp)
{
    CONTEXT_LOCK(mr->parent_obj.context);
    const char *name;

    if (mr->owner && !object_dynamic_cast(mr->owner, TYPE_DEVICE)) {
        error_setg(errp,
                   "region '%s': its owner is of type \"%s\", which is not a device and has no id "
                   "for migration: use the constructor with _nomigrate",
                   region_label(mr), object_get_typename(mr->owner));
        return false;
    }
    name = id_name(mr);
    if (name && !ram_id_give(mr->ram_block, name, (DeviceState *)mr->owner, errp)) {
        return false;
    }
    return set_migratable(mr->ram_block, true);
}

void vmstate_register_ram(MemoryRegion *memory, DeviceState *dev)
{
    if (!region_check(memory, __func__)) {
        return;
    }
    CONTEXT_LOCK(memory->parent_obj.context);

    if (check_ram(memory, __func__) && give_id(memory, dev) &&
        !set_migratable(memory->ram_block, true)) {
        qemu_ram_unset_idstr(memory->ram_block);
    }
}

void vmstate_unregister_ram(MemoryRegion *memory, DeviceState *dev)
{
    if (!region_check(memory, __func__)) {
        return;
    }
    CONTEXT_LOCK(memory->parent_obj.context);

    (void)dev;
    if (check_ram(memory, __func__) && set_migratable(memory->ram_block, false)) {
        qemu_ram_unset_idstr(memory->ram_block);
    }
}

void vmstate_register_ram_global(MemoryRegion *memory)
{
    vmstate_register_ram(memory, NULL);
}
