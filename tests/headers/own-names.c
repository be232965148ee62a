/* SPDX-License-Identifier: MIT
 *
 * A program with guest pages and devices of its own leaves out those of the headers, and lets
 * address_space_io follow the current context. In C and in C++; only compiled (check-headers).
 */
#define PHYSMEM_NO_TARGET_PAGE
#define PHYSMEM_NO_DEVICE_STATE
#define PHYSMEM_IO_OF_CURRENT_CONTEXT
#include <physmem/physmem.h>

#define TARGET_PAGE_BITS 10
#define TARGET_PAGE_SIZE (1 << TARGET_PAGE_BITS)
#define TARGET_PAGE_MASK ~(TARGET_PAGE_SIZE - 1)
#define TARGET_PAGE_ALIGN(addr) (((addr) + TARGET_PAGE_SIZE - 1) & TARGET_PAGE_MASK)

typedef struct Board {
    PhysmemDevice parent_obj;
    int number;
} DeviceState;

#define TYPE_DEVICE "own-device"
#define DEVICE(obj) ((DeviceState *)(obj))

int use(MemoryRegion *mr, RAMBlock *rb, void *obj);

int use(MemoryRegion *mr, RAMBlock *rb, void *obj)
{
    DeviceState *dev = DEVICE(obj);

    device_set_id(&dev->parent_obj, TYPE_DEVICE);
    vmstate_register_ram(mr, dev);
    vmstate_unregister_ram(mr, DEVICE(obj));
    qemu_ram_set_idstr(rb, "ram", dev);
    return &address_space_io == memory_context_io(memory_context_current()) ? dev->number
                                                                            : TARGET_PAGE_ALIGN(1);
}
