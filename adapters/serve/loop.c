/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4, pthread_setname_np */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "client.h"
#include "server.h"
#include "wakeup.h"

#define STARVED_MS 100

enum { WAKEUP, LISTENER, FIRST_CLIENT, POLLED = FIRST_CLIENT + PHYSMEM_SERVE_CLIENTS };

/* ---- New clients ------------------------------------------------------------------------ */

static Client *free_place(PhysmemServer *server)
{
    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        if (server->clients[i].fd < 0) {
            return &server->clients[i];
        }
    }
    return NULL;
}

static bool out_of_something(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* While the host has no descriptor, the listener stays readable. So it is left alone for some
 * time. */
static void welcome(PhysmemServer *server)
{
    Client *place = free_place(server);
    int fd = place ? accept4(server->listener, NULL, NULL, SOCK_CLOEXEC) : -1;

    if (fd >= 0) {
        client_open(place, server, fd);
    }
    server->starved = place && fd < 0 && out_of_something(errno);
}

/* ---- Waiting ---------------------------------------------------------------------------- */

/* Of two times in ms, where -1 is for ever. */
static int earlier(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Returns for how long to wait for an event, in ms. */
static int list_clients(PhysmemServer *server, struct pollfd polled[POLLED])
{
    int timeout = server->starved ? STARVED_MS : -1;

    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        Client *client = &server->clients[i];

        polled[FIRST_CLIENT + i] = (struct pollfd){ .fd = client->fd };
        if (client->fd >= 0) {
            polled[FIRST_CLIENT + i].events = client_events(client);
            timeout = earlier(timeout, client_timeout(client));
        }
    }
    return timeout;
}

static void wait_for_events(PhysmemServer *server, struct pollfd polled[POLLED])
{
    bool welcomes = !server->starved && free_place(server) != NULL;
    int timeout = list_clients(server, polled);

    polled[WAKEUP] = (struct pollfd){ .fd = server->wakeup, .events = POLLIN };
    polled[LISTENER] = (struct pollfd){ .fd = welcomes ? server->listener : -1, .events = POLLIN };
    if (poll(polled, POLLED, timeout) < 0) {
        for (unsigned i = 0; i < POLLED; i++) {
            polled[i].revents = 0;
        }
    }
}

/* ---- The thread ------------------------------------------------------------------------- */

static void handle(PhysmemServer *server, const struct pollfd polled[POLLED])
{
    eventfd_t count;

    if (polled[WAKEUP].revents & POLLIN) {
        eventfd_read(server->wakeup, &count);
    }
    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        if (server->clients[i].fd >= 0) {
            client_go_on(&server->clients[i], polled[FIRST_CLIENT + i].revents);
        }
    }
    server->starved = false;
    if (polled[LISTENER].revents & POLLIN) {
        welcome(server);
    }
}

void *loop_run(void *opaque)
{
    PhysmemServer *server = opaque;
    struct pollfd polled[POLLED];

    pthread_setname_np(pthread_self(), "physmem-serve");
    memory_context_set_current(server->options.context);
    while (!__atomic_load_n(&server->stopping, __ATOMIC_SEQ_CST)) {
        wait_for_events(server, polled);
        handle(server, polled);
    }
    return NULL;
}
