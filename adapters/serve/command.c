/* SPDX-License-Identifier: MIT */
#include "command.h"

void command_ok(const Command *command)
{
    text_printf(&command->client->answer, "OK\n");
}

void command_fail(const Command *command, const char *why)
{
    text_printf(&command->client->answer, "FAIL %s\n", why);
}

void command_unknown(const Command *command)
{
    text_printf(&command->client->answer, "FAIL Unknown command '%s'\n", command->words.word[0]);
}
