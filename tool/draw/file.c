/* SPDX-License-Identifier: MIT
 *
 * Finds the files that are part of the command (file.h). glib-compile-resources puts them in.
 */
#include "draw/file.h"

#include <gio/gio.h>

/* glib-compile-resources defines it. */
GResource *draw_get_resource(void);

const char *draw_file(const char *name)
{
    g_autofree char *path = g_strconcat("/draw/", name, NULL);
    /* The bytes are in the program itself, and a byte 0 comes after them. */
    g_autoptr(GBytes) bytes = g_resource_lookup_data(draw_get_resource(), path, 0, NULL);

    return g_bytes_get_data(bytes, NULL);
}
