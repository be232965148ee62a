/* SPDX-License-Identifier: MIT */
#include "line.h"

#include <string.h>

#include "command.h"

/* ---- The verbs -------------------------------------------------------------------------- */

static void refuse_module(const Command *command)
{
    command_fail(command, "there are no modules to load");
}

#define READ_VALUE(name, bytes)                                                                   \
    {                                                                                             \
        name, "ADDRESS", 1, 1, .size = bytes, .act = access_read_value                            \
    }
#define WRITE_VALUE(name, bytes)                                                                  \
    {                                                                                             \
        name, "ADDRESS VALUE", 2, 2, .size = bytes, .act = access_write_value                     \
    }
#define IN(name, bytes)                                                                           \
    {                                                                                             \
        name, "PORT", 1, 1, .size = bytes, .act = access_in                                       \
    }
#define OUT(name, bytes)                                                                          \
    {                                                                                             \
        name, "PORT VALUE", 2, 2, .size = bytes, .act = access_out                                \
    }

static const Verb verbs[] = {
    READ_VALUE("readb", 1),
    READ_VALUE("readw", 2),
    READ_VALUE("readl", 4),
    READ_VALUE("readq", 8),
    WRITE_VALUE("writeb", 1),
    WRITE_VALUE("writew", 2),
    WRITE_VALUE("writel", 4),
    WRITE_VALUE("writeq", 8),
    IN("inb", 1),
    IN("inw", 2),
    IN("inl", 4),
    OUT("outb", 1),
    OUT("outw", 2),
    OUT("outl", 4),
    { "read", "ADDRESS BYTES", 2, 2, .act = access_read },
    { "write", "ADDRESS BYTES 0xDIGITS", 3, 2, .data = true, .act = access_write },
    { "b64read", "ADDRESS BYTES", 2, 2, .act = access_read_base64 },
    { "b64write", "ADDRESS BYTES BASE64", 3, 2, .data = true, .act = access_write_base64 },
    { "memset", "ADDRESS BYTES VALUE", 3, 3, .act = access_memset },
    { "endianness", "", .here = true, .act = access_endianness },
    { "irq_intercept_in", "DEVICE", 1, .here = true, .act = irq_intercept_in },
    { "irq_intercept_out", "DEVICE", 1, .here = true, .act = irq_intercept_out },
    { "set_irq_in", "DEVICE LIST PIN LEVEL", 4, 2, .act = irq_set_in },
    { "clock_step", "[NANOSECONDS]", .act = clock_step },
    { "clock_set", "NANOSECONDS", 1, 1, .act = clock_set },
    { "module_load", "PREFIX NAME", 2, .here = true, .act = refuse_module },
    { "physmem_version", "", .here = true, .act = map_version },
    { "physmem_map", "", .here = true, .act = map_describe },
    { "physmem_generation", "", .here = true, .act = map_generation },
    { "physmem_wait", "GENERATION [MILLISECONDS]", 1, 1, .here = true, .act = map_wait },
};

static const Verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

/* ---- A line ----------------------------------------------------------------------------- */

static void explain(const Command *command)
{
    text_printf(&command->client->answer, "FAIL expected: %s %s\n", command->verb->name,
                command->verb->arguments);
}

static bool read_numbers(Command *command)
{
    const Verb *verb = command->verb;
    unsigned first = 1 + verb->words - verb->numbers - verb->data;

    for (unsigned i = 0; i < verb->numbers; i++) {
        if (!words_number(&command->words, first + i, &command->number[i])) {
            return false;
        }
    }
    return true;
}

static void act(void *data)
{
    const Command *command = data;

    command->verb->act(command);
}

static void act_where_the_program_wants(Command *command)
{
    const PhysmemServeOptions *options = &command->client->server->options;

    if (!options->run || command->verb->here) {
        act(command);
    } else if (!options->run(options->opaque, act, command)) {
        command_fail(command, "the machine takes no commands now");
    }
}

void line_run(Client *client, char *line, size_t length)
{
    Command command = { .client = client };
    bool has_zero = strlen(line) != length;

    words_split(&command.words, line);
    command.verb = find_verb(command.words.word[0]);
    if (length == 0) {
        command_fail(&command, "an empty line is not a command");
    } else if (has_zero) {
        command_fail(&command, "a line must not have a byte 0");
    } else if (!command.verb) {
        command_unknown(&command);
    } else if (command.words.count <= command.verb->words || !read_numbers(&command)) {
        explain(&command);
    } else {
        act_where_the_program_wants(&command);
    }
}
