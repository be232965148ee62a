/* SPDX-License-Identifier: MIT
 *
 * Devices, as far as memory is concerned: a device owns regions and has an id. A program's device
 * derives from TYPE_DEVICE or contains a DeviceState. The type itself is in type.c.
 */
#include <physmem/object.h>

#include <stdlib.h>

#include "base/alloc.h"

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
