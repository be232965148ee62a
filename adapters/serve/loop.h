/* SPDX-License-Identifier: MIT
 *
 * The server's thread: waits until a client has sent something, can take something or has left, and
 * lets each client go on by one step. So no client keeps the thread longer than one command takes.
 */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

/* The main function of the thread. 'server' is a PhysmemServer. */
void *loop_run(void *server);

#endif
