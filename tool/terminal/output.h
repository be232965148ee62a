/* SPDX-License-Identifier: MIT
 *
 * Standard output as a whole: its descriptor at the begin, and whether all has arrived at the end.
 */
#ifndef TOOL_TERMINAL_OUTPUT_H
#define TOOL_TERMINAL_OUTPUT_H

/* Call it first. Later no file and no socket can get the descriptor of a standard file that is
 * closed. Otherwise what is printed would be sent to a monitor as a command. */
void output_begin(void);
/* Writes out what was printed. Returns the status, or that of an error if not all has arrived. */
int output_end(const char *command, int status);

#endif
