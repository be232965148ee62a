/* SPDX-License-Identifier: MIT
 *
 * Tells the user on a terminal what a command is doing that takes longer than a second in all.
 * Prints nothing if standard error is no terminal.
 */
#ifndef TOOL_TERMINAL_PROGRESS_H
#define TOOL_TERMINAL_PROGRESS_H

/* Begins a step, such as "reading map.txt", and ends the one before. */
void progress_step(const char *what);
/* Ends the step, and takes its line off the terminal. To be called before anything is printed;
 * nothing happens if there is no step. */
void progress_end(void);

#endif
