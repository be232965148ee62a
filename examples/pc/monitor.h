/* SPDX-License-Identifier: MIT
 *
 * A socket on which the PC answers questions about its map, reads and writes memory and ports, and
 * says which interrupts are raised (docs/serve.md). The intercept point is "isa": its pins are the
 * interrupts of the devices on the board. Interrupts of the disk go to KVM without the program.
 */
#ifndef PC_MONITOR_H
#define PC_MONITOR_H

#include "pc.h"

/* Starts the server. Call it while the PC is paused. Returns false and an error if the socket
 * cannot be made. */
bool monitor_start(Pc *pc, const char *path, Error **errp);

/* Ends it, if there is one, while the PC is paused. */
void monitor_end(Pc *pc);

#endif
