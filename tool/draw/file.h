/* SPDX-License-Identifier: MIT
 *
 * The files of tool/draw/, which are part of the command.
 */
#ifndef TOOL_DRAW_FILE_H
#define TOOL_DRAW_FILE_H

/* Returns the text of a file. It lasts as long as the program. */
const char *draw_file(const char *name);

#endif
