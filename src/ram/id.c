/* SPDX-License-Identifier: MIT
 *
 * Gives blocks their ids (id.h), takes them away, and finds blocks by id. region/vmstate.c decides
 * from which region and device an id is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/error.h>

#include "base/alloc.h"
#include "base/log.h"
#include "ram/id.h"
#include "ram/room.h"

const char *qemu_ram_get_idstr(RAMBlock *rb)
{
    RAMBlockId *id = __atomic_load_n(&rb->id, __ATOMIC_ACQUIRE);

    return id ? id->entry.name : "";
}

RAMBlock *qemu_ram_block_by_name(const char *name)
{
    READ_SECTION;
    RAMBlock *rb = *name ? ram_room_first(memory_context_current()) : NULL;

    while (rb && strcmp(qemu_ram_get_idstr(rb), name) != 0) {
        rb = ram_block_next(rb);
    }
    return rb;
}

static void set_id(RAMBlock *rb, const char *text)
{
    RAMBlockId *id = alloc_zero(offsetof(RAMBlockId, entry.name) + strlen(text) + 1);

    strcpy(id->entry.name, text);
    name_table_add(&rb->context->ram->ids, &id->entry);
    __atomic_store_n(&rb->id, id, __ATOMIC_RELEASE);
}

static bool is_taken(const RAMBlock *rb, const char *text)
{
    return name_table_find(&rb->context->ram->ids, text) != NULL;
}

/* The compiler cannot check this, because a program may define DeviceState itself (types.h). */
static bool is_device(const DeviceState *dev)
{
    return object_dynamic_cast((Object *)dev, TYPE_DEVICE) != NULL;
}

/* Writes "device/name", cut to RAM_ID_MAX bytes. Returns the length before the cut. */
static int put_together(char text[RAM_ID_MAX + 1], const char *name, const DeviceState *dev)
{
    const char *prefix = is_device(dev) ? device_get_id(dev) : NULL;

    return snprintf(text, RAM_ID_MAX + 1, "%s%s%s", prefix ? prefix : "", prefix ? "/" : "", name);
}

bool ram_id_give(RAMBlock *rb, const char *name, const DeviceState *dev, Error **errp)
{
    CONTEXT_LOCK(rb->context);
    char text[RAM_ID_MAX + 1];
    int length = put_together(text, name, dev);

    if (dev && !is_device(dev)) {
        error_setg(errp,
                   "RAM block '%s': its device is of type \"%s\", which is not derived from "
                   "\"%s\" and has no id",
                   text, object_get_typename((const Object *)dev), TYPE_DEVICE);
    } else if (rb->id) {
        error_setg(errp, "RAM block '%s' has an id already: unset that before it gets '%s'",
                   rb->id->entry.name, text);
    } else if (length > RAM_ID_MAX) {
        error_setg(errp, "RAM block id '%s...' has %d bytes, but at most %d are allowed", text,
                   length, RAM_ID_MAX);
    } else if (is_taken(rb, text)) {
        error_setg(errp,
                   "%s: RAM block '%s' exists already: end its region first, or take another name",
                   rb->context->name, text);
    } else {
        set_id(rb, text);
        return true;
    }
    return false;
}

/* This call has no errp. If another block has the id, the program ends with a message
 * (specification 22.5). All other errors are MISUSE messages. */
void qemu_ram_set_idstr(RAMBlock *block, const char *name, DeviceState *dev)
{
    CONTEXT_LOCK(block->context);
    char text[RAM_ID_MAX + 1];
    Error *err = NULL;

    if (!block->id && put_together(text, name, dev) <= RAM_ID_MAX && is_taken(block, text)) {
        fatal("%s: RAM block '%s' exists already: end its region first, or take another name",
              block->context->name, text);
    }
    if (!ram_id_give(block, name, dev, &err)) {
        misuse(block->context, "%s", error_get_pretty(err));
        error_free(err);
    }
}

void ram_id_give_up(RAMBlock *rb)
{
    if (rb->id) {
        name_table_remove(&rb->context->ram->ids, &rb->id->entry);
    }
}

static void free_id(Deferred *d)
{
    free(caa_container_of(d, RAMBlockId, deferred));
}

void qemu_ram_unset_idstr(RAMBlock *block)
{
    RAMBlockId *id;

    if (!block) {
        return;
    }
    CONTEXT_LOCK(block->context);
    id = block->id;
    if (id) {
        ram_id_give_up(block);
        __atomic_store_n(&block->id, NULL, __ATOMIC_RELEASE);
        context_defer(block->context, &id->deferred, free_id);
    }
}
