/* SPDX-License-Identifier: MIT
 *
 * Commands about the memory map: the map itself, and its generation, which is another number after
 * each commit.
 */
#define _GNU_SOURCE /* open_memstream */
#include <physmem/inspect.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "command.h"

#define VERSION 1
#define WAIT_MOST INT_MAX /* ms: about 25 days, as poll() takes */

/* Prints the map to 'out', and returns its generation. */
static uint64_t print_map(const PhysmemServer *server, FILE *out)
{
    MemoryContext *context = server->options.context;
    uint64_t generation;

    memory_context_lock(context);
    generation = __atomic_load_n(&server->generation, __ATOMIC_SEQ_CST);
    memory_context_describe_json(context, out);
    memory_context_unlock(context);
    return generation;
}

void map_describe(const Command *command)
{
    Text *answer = &command->client->answer;
    char *map = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&map, &length);
    uint64_t generation = out ? print_map(command->client->server, out) : 0;

    if (out && fclose(out) == 0) {
        text_printf(answer, "OK %zu %" PRIu64 "\n", length, generation);
        text_add(answer, map, length);
    } else {
        command_fail(command, "the host has no memory");
    }
    free(map);
}

static uint64_t current_generation(const Client *client)
{
    return __atomic_load_n(&client->server->generation, __ATOMIC_SEQ_CST);
}

void map_generation(const Command *command)
{
    text_printf(&command->client->answer, "OK %" PRIu64 "\n", current_generation(command->client));
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t)1000 + now.tv_nsec / 1000000;
}

/* hear_commit() in serve.c counts a generation, then looks for waiters. Here a waiter is counted
 * first, and map_wait_is_over() then looks at the generation. So one of the two sees the other. */
void map_wait(const Command *command)
{
    Client *client = command->client;
    uint64_t wait = WAIT_MOST;

    if (command->words.count > 2 && !words_number(&command->words, 2, &wait)) {
        command_fail(command, "expected: physmem_wait GENERATION [MILLISECONDS]");
        return;
    }
    client->waiting = true;
    client->known = command->number[0];
    client->deadline = now_ms() + (int64_t)(wait < WAIT_MOST ? wait : WAIT_MOST);
    __atomic_add_fetch(&client->server->waiters, 1, __ATOMIC_SEQ_CST);
}

void map_wait_end(Client *client)
{
    if (client->waiting) {
        client->waiting = false;
        __atomic_sub_fetch(&client->server->waiters, 1, __ATOMIC_SEQ_CST);
    }
}

int map_wait_left(const Client *client)
{
    int64_t left = client->deadline - now_ms();

    return left < 0 ? 0 : left < WAIT_MOST ? (int)left : WAIT_MOST;
}

bool map_wait_is_over(const Client *client)
{
    return client->waiting &&
           (client->known != current_generation(client) || map_wait_left(client) == 0);
}

void map_wait_answer(Client *client)
{
    map_wait_end(client);
    text_printf(&client->answer, "OK %" PRIu64 "\n", current_generation(client));
}

void map_version(const Command *command)
{
    text_printf(&command->client->answer, "OK %u\n", VERSION);
}
