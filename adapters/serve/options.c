/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdlib.h>
#include <string.h>

static bool check_point(const PhysmemServePoint *point, Error **errp)
{
    if (!point->name || point->name[0] == '\0' || strpbrk(point->name, " \n")) {
        error_setg(errp, "the name of an intercept point has no blanks, and is not empty: \"%s\"",
                   point->name ? point->name : "");
        return false;
    }
    if (point->pins < 1 || point->pins > PHYSMEM_SERVE_PINS) {
        error_setg(errp, "intercept point %s has 1 to %d pins, not %u", point->name,
                   PHYSMEM_SERVE_PINS, point->pins);
        return false;
    }
    return true;
}

static bool check_points(const PhysmemServeOptions *options, Error **errp)
{
    for (unsigned i = 0; i < options->num_points; i++) {
        if (!check_point(&options->points[i], errp)) {
            return false;
        }
    }
    return true;
}

/* The result is NULL where the host has no memory. */
static PhysmemServePoint *copy_points(const PhysmemServePoint *points, unsigned count)
{
    PhysmemServePoint *copy = calloc(count + 1u, sizeof(*copy));

    for (unsigned i = 0; copy && i < count; i++) {
        copy[i] = points[i];
        copy[i].name = strdup(points[i].name);
    }
    return copy;
}

static bool is_complete(const PhysmemServeOptions *copy)
{
    bool complete = copy->path && copy->points;

    for (unsigned i = 0; complete && i < copy->num_points; i++) {
        complete = copy->points[i].name != NULL;
    }
    return complete;
}

static void fill_in(PhysmemServeOptions *copy)
{
    if (!copy->context) {
        copy->context = memory_context_current();
    }
    if (!copy->memory) {
        copy->memory = memory_context_memory(copy->context);
    }
    if (!copy->io) {
        copy->io = memory_context_io(copy->context);
    }
}

bool options_copy(PhysmemServeOptions *copy, const PhysmemServeOptions *options, Error **errp)
{
    if (!check_points(options, errp)) {
        return false;
    }
    *copy = *options;
    copy->path = strdup(options->path ? options->path : "");
    copy->points = copy_points(options->points, options->num_points);
    fill_in(copy);
    if (!is_complete(copy)) {
        error_setg(errp, "the host has no memory for a server");
        return false;
    }
    return true;
}

void options_free(PhysmemServeOptions *copy)
{
    for (unsigned i = 0; copy->points && i < copy->num_points; i++) {
        free((char *)copy->points[i].name);
    }
    free((PhysmemServePoint *)copy->points);
    free((char *)copy->path);
}
