/* SPDX-License-Identifier: MIT
 *
 * Registration of RAM for migration: a block gets the id under which the other side knows it
 * (specification section 22.8). Moving the contents is the embedder's.
 */
#include "ram/block.h"
#include "region/region.h"

void vmstate_register_ram(MemoryRegion *memory, DeviceState *dev)
{
    const char *name = memory_region_name(memory);

    if (name) {
        qemu_ram_set_idstr(memory->ram_block, name, dev);
    } else {
        log_say(memory->context, MEMORY_LOG_WARNING,
                "RAM without a name is registered for migration: its block has no id");
    }
    qemu_ram_set_migratable(memory->ram_block);
}

void vmstate_unregister_ram(MemoryRegion *memory, DeviceState *dev)
{
    (void)dev;
    qemu_ram_unset_idstr(memory->ram_block);
    qemu_ram_unset_migratable(memory->ram_block);
}

void vmstate_register_ram_global(MemoryRegion *memory)
{
    vmstate_register_ram(memory, NULL);
}
