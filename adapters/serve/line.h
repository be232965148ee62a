/* SPDX-License-Identifier: MIT
 *
 * Lines: the table of commands, and carrying out the one that a line begins with.
 */
#ifndef SERVE_LINE_H
#define SERVE_LINE_H

#include "server.h"

/* Carries out a line, whose end is replaced by a byte 0, and puts the answer into client->answer.
 * "physmem_wait" may have no answer yet (client->waiting). */
void line_run(Client *client, char *line, size_t length);

#endif
