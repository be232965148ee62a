/* SPDX-License-Identifier: MIT
 *
 * A command that is being carried out, and answers to it. The commands are in access.c (memory and
 * ports), irq.c, clock.c and map.c; line.c calls them.
 */
#ifndef SERVE_COMMAND_H
#define SERVE_COMMAND_H

#include "server.h"
#include "words.h"

struct Command;

typedef struct Verb {
    const char *name;
    const char *arguments; /* for messages */
    unsigned words;        /* as many words must follow the name, */
    unsigned numbers;      /* of which the last, or with 'data' the last but one, are numbers */
    unsigned size;         /* of an access, in bytes */
    bool data;             /* a word of data follows the numbers */
    bool here;             /* does not touch the machine: PhysmemServeOptions.run is not asked */
    void (*act)(const struct Command *command);
} Verb;

#define NUMBERS_MOST 3

typedef struct Command {
    Client *client;
    const Verb *verb;
    Words words;
    uint64_t number[NUMBERS_MOST];
} Command;

/* Answers. */
void command_ok(const Command *command);
void command_fail(const Command *command, const char *why);

/* "FAIL Unknown command", with the first word. */
void command_unknown(const Command *command);

/* The commands. */
void access_read_value(const Command *command);
void access_write_value(const Command *command);
void access_read(const Command *command);
void access_write(const Command *command);
void access_read_base64(const Command *command);
void access_write_base64(const Command *command);
void access_memset(const Command *command);
void access_in(const Command *command);
void access_out(const Command *command);
void access_endianness(const Command *command);
void irq_intercept_in(const Command *command);
void irq_intercept_out(const Command *command);
void irq_set_in(const Command *command);
void clock_step(const Command *command);
void clock_set(const Command *command);
void map_describe(const Command *command);
void map_generation(const Command *command);
void map_wait(const Command *command);
void map_version(const Command *command);

/* Whether a client waits, and the map has changed or the time is over. */
bool map_wait_is_over(const Client *client);

/* Returns for how many ms a client still waits. */
int map_wait_left(const Client *client);

/* Ends the waiting, with an answer and without. */
void map_wait_answer(Client *client);
void map_wait_end(Client *client);

/* Makes the client watch nothing. */
void irq_forget(Client *client);

#endif
