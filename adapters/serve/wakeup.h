/* SPDX-License-Identifier: MIT
 *
 * Waking the server's thread: something was added to what it sends, the map has changed, or it is
 * to end. Any thread.
 */
#ifndef SERVE_WAKEUP_H
#define SERVE_WAKEUP_H

#include <sys/eventfd.h>

#include "server.h"

/* If the counter is full, the thread is being woken already. */
static inline void wakeup_server(PhysmemServer *server)
{
    (void)eventfd_write(server->wakeup, 1);
}

#endif
