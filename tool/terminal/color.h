/* SPDX-License-Identifier: MIT
 *
 * Colour on standard output. Commands print plain text; what they print goes through a filter that
 * colours known words, if the user wants colour. The text without terminal codes is always the
 * same.
 */
#ifndef TOOL_TERMINAL_COLOR_H
#define TOOL_TERMINAL_COLOR_H

#include <glib.h>

/* Starts the filter if 'when' says so: "always", "never", or "auto" (NULL is the same), which is on
 * a terminal, unless NO_COLOR is set or the terminal is a dumb one. Returns false and an error for
 * any other word. */
gboolean color_start(const char *when, GError **error);

#endif
