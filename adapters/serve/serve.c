/* SPDX-License-Identifier: MIT
 *
 * Starting and ending a server. Called by the program.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "loop.h"
#include "options.h"
#include "server.h"
#include "socket.h"
#include "wakeup.h"

/* ---- The map's generation --------------------------------------------------------------- */

/* Called in each commit of the context, with its lock. map_wait() is the partner of this order. */
static void hear_commit(MemoryListener *listener)
{
    PhysmemServer *server = (PhysmemServer *)((char *)listener - offsetof(PhysmemServer, map));

    __atomic_add_fetch(&server->generation, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&server->waiters, __ATOMIC_SEQ_CST) != 0) {
        wakeup_server(server);
    }
}

/* Makes the server's context current for an edit, and gives back the one before. */
static MemoryContext *enter_context(const PhysmemServer *server)
{
    return memory_context_set_current(server->options.context);
}

static void listen_to_map(PhysmemServer *server)
{
    MemoryContext *before = enter_context(server);

    server->big_endian = target_big_endian();
    memory_listener_register(&server->map, server->options.memory);
    memory_context_set_current(before);
}

static void stop_listening(PhysmemServer *server)
{
    MemoryContext *before = enter_context(server);

    memory_listener_unregister(&server->map);
    memory_context_set_current(before);
}

/* ---- Descriptors ------------------------------------------------------------------------ */

/* A child process closes its copies only: the connections are the parent's. */
static void close_all(PhysmemServer *server, bool is_child)
{
    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        if (server->clients[i].fd >= 0 && is_child) {
            close(server->clients[i].fd);
        } else if (server->clients[i].fd >= 0) {
            client_close(&server->clients[i]);
        }
    }
    if (server->listener >= 0 && !is_child) {
        socket_remove(server->options.path, &server->file);
        shutdown(server->listener, SHUT_RDWR);
    }
    if (server->listener >= 0) {
        close(server->listener);
    }
    if (server->wakeup >= 0) {
        close(server->wakeup);
    }
}

static void free_server(PhysmemServer *server, bool is_child)
{
    close_all(server, is_child);
    options_free(&server->options);
    if (!is_child) {
        pthread_mutex_destroy(&server->lock);
    }
    free(server);
}

static bool open_descriptors(PhysmemServer *server, Error **errp)
{
    server->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wakeup < 0) {
        error_setg(errp, "the host gives no eventfd for a server");
        return false;
    }
    server->listener = socket_listen(server->options.path, &server->file, errp);
    return server->listener >= 0;
}

/* ---- The thread ------------------------------------------------------------------------- */

/* It blocks all signals: the program's own threads handle them. */
static bool start_thread(PhysmemServer *server, Error **errp)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&server->thread, NULL, loop_run, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        error_setg_errno(errp, error, "the host gives no thread for a server");
    }
    return error == 0;
}

static void stop_thread(PhysmemServer *server)
{
    __atomic_store_n(&server->stopping, true, __ATOMIC_SEQ_CST);
    wakeup_server(server);
    pthread_join(server->thread, NULL);
}

/* ---- Life ------------------------------------------------------------------------------- */

static PhysmemServer *new_server(Error **errp)
{
    PhysmemServer *server = calloc(1, sizeof(*server));

    if (!server) {
        error_setg(errp, "the host has no memory for a server");
        return NULL;
    }
    pthread_mutex_init(&server->lock, NULL);
    server->pid = getpid();
    server->listener = server->wakeup = -1;
    server->map = (MemoryListener){ .commit = hear_commit, .name = "physmem-serve" };
    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        server->clients[i].fd = -1;
    }
    return server;
}

PhysmemServer *physmem_serve(const PhysmemServeOptions *options, Error **errp)
{
    PhysmemServer *server = new_server(errp);

    if (!server) {
        return NULL;
    }
    if (!options_copy(&server->options, options, errp) || !open_descriptors(server, errp)) {
        free_server(server, false);
        return NULL;
    }
    listen_to_map(server);
    if (!start_thread(server, errp)) {
        stop_listening(server);
        free_server(server, false);
        return NULL;
    }
    return server;
}

/* What would keep the server from ending for ever. */
static const char *why_not(const PhysmemServer *server)
{
    if (pthread_equal(pthread_self(), server->thread)) {
        return "in its own thread";
    }
    return memory_context_is_locked(server->options.context) ? "with the context's lock held"
                                                             : NULL;
}

void physmem_serve_end(PhysmemServer *server)
{
    bool is_child = server && server->pid != getpid();

    if (!server) {
        return;
    }
    if (!is_child && why_not(server)) {
        fprintf(stderr, "physmem-serve: error: %s: the server cannot be ended %s\n",
                server->options.path, why_not(server));
        return;
    }
    if (!is_child) {
        stop_thread(server);
    }
    stop_listening(server);
    free_server(server, is_child);
}
