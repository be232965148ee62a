/* SPDX-License-Identifier: MIT
 *
 * Commands that move virtual time. The program has the clock; without its functions there are no
 * such commands.
 */
#include "command.h"

static void answer_time(const Command *command, int64_t now)
{
    text_printf(&command->client->answer, "OK %" PRId64 "\n", now);
}

void clock_step(const Command *command)
{
    const PhysmemServeOptions *options = &command->client->server->options;
    uint64_t ns = (uint64_t)-1;

    if (!options->clock_step) {
        command_unknown(command);
    } else if (command->words.count > 1 &&
               (!words_number(&command->words, 1, &ns) || ns > INT64_MAX)) {
        command_fail(command, "expected: clock_step [NANOSECONDS]");
    } else {
        answer_time(command, options->clock_step(options->opaque, (int64_t)ns));
    }
}

void clock_set(const Command *command)
{
    const PhysmemServeOptions *options = &command->client->server->options;

    if (!options->clock_set) {
        command_unknown(command);
    } else if (command->number[0] > INT64_MAX) {
        command_fail(command, "expected: clock_set NANOSECONDS");
    } else {
        answer_time(command, options->clock_set(options->opaque, (int64_t)command->number[0]));
    }
}
