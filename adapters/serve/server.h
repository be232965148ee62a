/* SPDX-License-Identifier: MIT
 *
 * The state of a server and of its clients.
 *
 * The server's thread (loop.c) owns everything here. What other threads touch:
 *
 *   - Client.out, .changes, .overrun and .watch, under Server.lock: physmem_serve_set_irq() adds
 *     lines there. The lock is an inner one: whoever holds it calls nothing, and the server never
 *     holds it while it accesses memory or writes to a socket. So a device may take it with the
 *     context's lock held.
 *   - Server.watchers, .generation, .waiters, .stopping: atomic.
 */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <physmem/listener.h>
#include <physmem/serve.h>

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "text.h"

/* What a client watches ("irq_intercept_..."): one device in its life. */
typedef struct Watch {
    const char *device;             /* NULL: none yet */
    const PhysmemServePoint *point; /* NULL: none, or the device has no pins in that direction */
    int *levels;                    /* of each pin of the point, as the client was last told */
} Watch;

typedef struct Client {
    struct PhysmemServer *server;
    int fd; /* -1: this place is free */

    Text in;         /* received, from the beginning of a line */
    size_t searched; /* this part of 'in' has no end of a line */
    bool skipping;   /* the rest of a line that was too long is to come */
    bool gone;       /* to be closed */

    Text answer;      /* of the command that is being carried out */
    Text out;         /* to be sent next; under the server's lock */
    unsigned changes; /* of pins, in 'out'; under the server's lock */
    Text sending;     /* [sent, end) is being sent */
    size_t sent;
    bool overrun; /* there were too many changes; under the server's lock */

    bool waiting; /* "physmem_wait": for another generation than this */
    uint64_t known;
    int64_t deadline; /* of the waiting, in ms of the monotonic clock */
    Watch watch;
} Client;

struct PhysmemServer {
    PhysmemServeOptions options; /* with copies of all that it points to */
    pid_t pid;                   /* of the process that serves */
    pthread_t thread;
    pthread_mutex_t lock;
    int listener;       /* the socket */
    int wakeup;         /* an eventfd that ends the thread's poll() */
    struct stat file;   /* of the socket, to know it again */
    MemoryListener map; /* hears of commits */
    bool big_endian;    /* the machine */
    uint64_t generation;
    unsigned waiters;  /* clients that wait for a generation */
    unsigned watchers; /* clients with a Watch */
    bool stopping;
    bool starved; /* the host had no descriptor for a client: try again a little later */
    uint8_t bytes[PHYSMEM_SERVE_BYTES]; /* of the command that is being carried out */
    Client clients[PHYSMEM_SERVE_CLIENTS];
};

#endif
