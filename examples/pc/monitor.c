/* SPDX-License-Identifier: MIT */
#include "monitor.h"

#define PINS 16

bool monitor_start(Pc *pc, const char *path, Error **errp)
{
    const PhysmemServePoint isa = { .name = "isa", .pins = PINS };
    const PhysmemServeOptions options = {
        .path = path,
        .context = pc->context,
        .points = &isa,
        .num_points = 1,
    };

    pc->monitor = physmem_serve(&options, errp);
    return pc->monitor != NULL;
}

void monitor_end(Pc *pc)
{
    PhysmemServer *monitor = pc->monitor;

    pc->monitor = NULL;
    physmem_serve_end(monitor);
}
