/* SPDX-License-Identifier: MIT
 *
 * Writes the file that an option names.
 */
#ifndef TOOL_TERMINAL_SAVE_H
#define TOOL_TERMINAL_SAVE_H

#include <stdbool.h>

#include <glib.h>

/* Writes the text to a file; "-" is standard output. A file is replaced as a whole or, after an
 * error, not at all. A device, a pipe or the target of a symbolic link is written to. */
bool tool_save(const char *file, const char *text, gsize length, GError **error);

#endif
