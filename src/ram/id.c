/* SPDX-License-Identifier: MIT
 *
 * Ids of blocks: by them, two processes agree on which block is which. Which region and device
 * they come from is decided in region/vmstate.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ram/block.h"

const char *qemu_ram_get_idstr(RAMBlock *rb)
{
    RAMBlockId *id = __atomic_load_n(&rb->id, __ATOMIC_ACQUIRE);

    return id ? id->text : "";
}

static void set_id(RAMBlock *rb, const char *text)
{
    RAMBlockId *id = alloc_zero(sizeof(*id) + strlen(text) + 1);

    strcpy(id->text, text);
    name_table_add(&rb->context->ram->ids, &id->entry, id->text);
    __atomic_store_n(&rb->id, id, __ATOMIC_RELEASE);
}

void qemu_ram_set_idstr(RAMBlock *block, const char *name, DeviceState *dev)
{
    CONTEXT_LOCK(block->context);
    const char *prefix = dev ? device_get_id(dev) : NULL;
    char text[RAM_ID_MAX + 1];
    int length = snprintf(text, sizeof(text), "%s%s%s", prefix ? prefix : "", prefix ? "/" : "",
                          name);

    if (block->id) {
        misuse(block->context, "RAM block '%s' cannot become '%s'", block->id->text, text);
    } else if (length > RAM_ID_MAX) {
        misuse(block->context, "RAM block id '%s...' has %d bytes, %d are the most", text, length,
               RAM_ID_MAX);
    } else if (name_table_find(&block->context->ram->ids, text)) {
        fatal("%s: RAM block '%s' exists already", block->context->name, text);
    } else {
        set_id(block, text);
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
