/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "line.h"

#define PIECE 4096
/* The longest command is "write" with two digits a byte. */
#define LINE_MOST (2 * PHYSMEM_SERVE_BYTES + 256)

/* ---- Life ------------------------------------------------------------------------------- */

void client_open(Client *client, PhysmemServer *server, int fd)
{
    pthread_mutex_lock(&server->lock);
    *client = (Client){ .server = server, .fd = fd };
    pthread_mutex_unlock(&server->lock);
}

/* A child process may have a copy of the descriptor, so the connection is shut down, too. */
void client_close(Client *client)
{
    irq_forget(client);
    map_wait_end(client);
    text_clear(&client->in);
    text_clear(&client->answer);
    text_clear(&client->out);
    text_clear(&client->sending);
    shutdown(client->fd, SHUT_RDWR);
    close(client->fd);
    client->fd = -1;
}

/* ---- Receiving -------------------------------------------------------------------------- */

static char *end_of_line(const Client *client)
{
    return client->in.length == 0 ? NULL
                                  : memchr(client->in.bytes + client->searched, '\n',
                                           client->in.length - client->searched);
}

/* At the end of what the client sends, all answers are sent: it is idle. */
static void receive(Client *client)
{
    char piece[PIECE];
    ssize_t got = recv(client->fd, piece, sizeof(piece), MSG_DONTWAIT);

    if (got > 0) {
        text_add(&client->in, piece, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        client->gone = true;
    }
}

/* Drops a line that is too long piece by piece. The client is told when it ends. */
static void limit_line(Client *client)
{
    if (end_of_line(client)) {
        return;
    }
    client->searched = client->in.length;
    if (client->in.length > LINE_MOST) {
        client->skipping = true;
        text_clear(&client->in);
        client->searched = 0;
    }
}

/* ---- Carrying out ----------------------------------------------------------------------- */

static void carry_out(Client *client, char *end)
{
    size_t length = (size_t)(end - client->in.bytes);

    *end = '\0';
    if (client->skipping || length > LINE_MOST) {
        text_printf(&client->answer, "FAIL a line has at most %d characters\n", LINE_MOST);
    } else {
        line_run(client, client->in.bytes, length);
    }
    client->skipping = false;
    text_drop(&client->in, length + 1);
    client->searched = 0;
}

static bool is_idle(const Client *client)
{
    return client->sending.length == 0 && !client->waiting;
}

static void carry_out_next(Client *client)
{
    char *end = end_of_line(client);

    if (map_wait_is_over(client)) {
        map_wait_answer(client);
    } else if (end && is_idle(client)) {
        carry_out(client, end);
    }
}

/* ---- Sending ---------------------------------------------------------------------------- */

/* Puts the answer after the changes of pins that it has caused, and takes what is to be sent. */
static void take_output(Client *client)
{
    PhysmemServer *server = client->server;

    pthread_mutex_lock(&server->lock);
    text_add(&client->out, client->answer.bytes, client->answer.length);
    if (client->sending.length == 0) {
        client->sending = client->out;
        client->sent = 0;
        client->out = (Text){ .failed = client->out.failed };
        client->changes = 0;
    }
    client->gone |= client->overrun || client->out.failed || client->answer.failed ||
                    client->in.failed;
    pthread_mutex_unlock(&server->lock);
    text_clear(&client->answer);
}

static void send_some(Client *client)
{
    ssize_t done = send(client->fd, client->sending.bytes + client->sent,
                        client->sending.length - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (done > 0) {
        client->sent += (size_t)done;
    } else if (errno != EAGAIN && errno != EINTR) {
        client->gone = true;
    }
    if (client->sent == client->sending.length) {
        text_clear(&client->sending);
    }
}

static bool has_output(Client *client)
{
    bool has;

    pthread_mutex_lock(&client->server->lock);
    has = client->out.length != 0 || client->overrun;
    pthread_mutex_unlock(&client->server->lock);
    return has;
}

/* ---- In the loop ------------------------------------------------------------------------ */

short client_events(Client *client)
{
    short events = 0;

    if (client->sending.length != 0) {
        events |= POLLOUT;
    }
    if (is_idle(client) && !end_of_line(client)) {
        events |= POLLIN;
    }
    return events;
}

static bool is_ready(Client *client)
{
    bool can_act = map_wait_is_over(client) || (is_idle(client) && end_of_line(client));

    return can_act || (client->sending.length == 0 && has_output(client));
}

int client_timeout(Client *client)
{
    if (is_ready(client)) {
        return 0;
    }
    return client->waiting ? map_wait_left(client) : -1;
}

/* A client that has closed only its sending half still gets its answers. One that is gone has
 * POLLHUP, and cannot wait for anything. */
static bool is_over(const Client *client, short events)
{
    return client->gone || (client->waiting && (events & (POLLHUP | POLLERR)));
}

void client_go_on(Client *client, short events)
{
    if (client_events(client) & POLLIN && events & (POLLIN | POLLHUP | POLLERR)) {
        receive(client);
        limit_line(client);
    }
    carry_out_next(client);
    take_output(client);
    if (client->sending.length != 0) {
        send_some(client);
    }
    if (is_over(client, events)) {
        client_close(client);
    }
}
