/* SPDX-License-Identifier: MIT
 *
 * One connection: lines come in, answers go out. A client's next line is carried out when its
 * answers before are sent. So a client that does not read stops itself, and what is kept for a
 * client is one line, one answer, and the changes of pins that it watches.
 *
 * Called by the server's thread.
 */
#ifndef SERVE_CLIENT_H
#define SERVE_CLIENT_H

#include <poll.h>

#include "server.h"

void client_open(Client *client, PhysmemServer *server, int fd);
void client_close(Client *client);

/* The events that the client waits for. */
short client_events(Client *client);

/* Returns after how many ms there is something to do without an event; -1: never. */
int client_timeout(Client *client);

/* Does what can be done at once: receives a piece, carries out a line, sends. Closes the client if
 * it has ended. */
void client_go_on(Client *client, short events);

#endif
