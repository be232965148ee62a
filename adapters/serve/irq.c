/* SPDX-License-Identifier: MIT
 *
 * Interrupts: clients that watch the pins of a device, and the command that drives a pin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "wakeup.h"

/* A client that has not taken so many changes is closed. */
#define CHANGES_MOST 4096

/* ---- Watching --------------------------------------------------------------------------- */

static const PhysmemServePoint *find_point(const PhysmemServer *server, const char *device,
                                           bool is_output)
{
    for (unsigned i = 0; i < server->options.num_points; i++) {
        const PhysmemServePoint *point = &server->options.points[i];

        if (strcmp(point->name, device) == 0 && point->is_output == is_output) {
            return point;
        }
    }
    return NULL;
}

/* Returns false if the host has no memory. */
static bool watch(Client *client, const PhysmemServePoint *point)
{
    int *levels = calloc(point->pins, sizeof(*levels));

    if (levels) {
        pthread_mutex_lock(&client->server->lock);
        client->watch.point = point;
        client->watch.levels = levels;
        pthread_mutex_unlock(&client->server->lock);
        __atomic_add_fetch(&client->server->watchers, 1, __ATOMIC_SEQ_CST);
    }
    return levels != NULL;
}

void irq_forget(Client *client)
{
    int *levels = client->watch.levels;

    pthread_mutex_lock(&client->server->lock);
    client->watch = (Watch){ .device = NULL };
    pthread_mutex_unlock(&client->server->lock);
    if (levels) {
        __atomic_sub_fetch(&client->server->watchers, 1, __ATOMIC_SEQ_CST);
    }
    free(levels);
}

/* A device that has no pins in the wanted direction has nothing to tell, which is not an error. */
static void intercept(const Command *command, bool is_output)
{
    Client *client = command->client;
    const char *device = command->words.word[1];
    const PhysmemServePoint *wanted = find_point(client->server, device, is_output);
    const PhysmemServePoint *any = wanted ? wanted
                                          : find_point(client->server, device, !is_output);

    if (!any) {
        command_fail(command, "Unknown device");
    } else if (client->watch.device && strcmp(client->watch.device, device) != 0) {
        command_fail(command, "IRQ intercept already enabled");
    } else if (!client->watch.device && wanted && !watch(client, wanted)) {
        command_fail(command, "the host has no memory");
    } else {
        client->watch.device = any->name;
        command_ok(command);
    }
}

void irq_intercept_in(const Command *command)
{
    intercept(command, false);
}

void irq_intercept_out(const Command *command)
{
    intercept(command, true);
}

/* ---- Telling ---------------------------------------------------------------------------- */

static void tell(Client *client, unsigned pin, int level)
{
    char line[32];
    int length;

    if (client->overrun || client->watch.levels[pin] == level) {
        return;
    }
    client->watch.levels[pin] = level;
    client->changes++;
    client->overrun = client->changes > CHANGES_MOST;
    length = snprintf(line, sizeof(line), "IRQ %s %u\n", level ? "raise" : "lower", pin);
    text_add(&client->out, line, (size_t)length);
}

static void tell_all(PhysmemServer *server, const PhysmemServePoint *point, unsigned pin,
                     int level)
{
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < PHYSMEM_SERVE_CLIENTS; i++) {
        if (server->clients[i].watch.point == point) {
            tell(&server->clients[i], pin, level);
        }
    }
    pthread_mutex_unlock(&server->lock);
}

/* In a child process the lock may have been copied while another thread had it. */
void physmem_serve_set_irq(PhysmemServer *server, unsigned point, unsigned pin, int level)
{
    if (__atomic_load_n(&server->watchers, __ATOMIC_SEQ_CST) == 0 || server->pid != getpid()) {
        return;
    }
    if (point < server->options.num_points && pin < server->options.points[point].pins) {
        tell_all(server, &server->options.points[point], pin, level);
        wakeup_server(server);
    }
}

/* ---- Driving ---------------------------------------------------------------------------- */

void irq_set_in(const Command *command)
{
    const PhysmemServeOptions *options = &command->client->server->options;
    uint64_t pin = command->number[0];

    if (pin >= PHYSMEM_SERVE_PINS) {
        command_fail(command, "Unknown pin");
    } else if (options->set_irq_in &&
               options->set_irq_in(options->opaque, command->words.word[1], command->words.word[2],
                                   (unsigned)pin, (int)command->number[1])) {
        command_ok(command);
    } else {
        command_fail(command, "Unknown device");
    }
}
