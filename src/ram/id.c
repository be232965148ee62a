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

static bool id_is_taken(const MemoryContext *ctx, const char *text)
{
    RAMBlock *rb = ram_room_first(ctx);

    while (rb && strcmp(qemu_ram_get_idstr(rb), text) != 0) {
        rb = ram_block_next(rb);
    }
    return rb != NULL;
}

static void set_id(RAMBlock *rb, const char *text)
{
    RAMBlockId *id = alloc_zero(sizeof(*id) + strlen(text) + 1);

    strcpy(id->text, text);
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
    } else if (id_is_taken(block->context, text)) {
        fatal("%s: RAM block '%s' exists already", block->context->name, text);
    } else {
        set_id(block, text);
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
        __atomic_store_n(&block->id, NULL, __ATOMIC_RELEASE);
        context_defer(block->context, &id->deferred, free_id);
    }
}
