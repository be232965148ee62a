/* SPDX-License-Identifier: MIT
 *
 * Devices, as far as memory is concerned: a device owns regions and has an id. A program's device
 * derives from TYPE_DEVICE or contains a DeviceState.
 */
#include <physmem/object.h>

#include <stdlib.h>

#include "base/alloc.h"

static void device_finalize(Object *obj)
{
    free(((DeviceState *)obj)->id);
}

static const TypeInfo device_type = {
    .name = TYPE_DEVICE,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(DeviceState),
    .instance_finalize = device_finalize,
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&device_type);
}

DeviceState *device_new(const char *id)
{
    DeviceState *dev = DEVICE(object_new(TYPE_DEVICE));

    device_set_id(dev, id);
    return dev;
}

void device_set_id(DeviceState *dev, const char *id)
{
    char *before = dev->id;

    dev->id = id ? alloc_string(id) : NULL;
    free(before);
}

const char *device_get_id(const DeviceState *dev)
{
    return dev->id;
}
