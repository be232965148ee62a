/* SPDX-License-Identifier: MIT
 *
 * Listening to the boot loader, and typing (console.h). Called in the write callback of the serial
 * port.
 */
#include "console.h"

#include <string.h>

#define PROMPT "\n=> "
#define AUTOBOOT "Hit any key to stop autoboot"

static bool ends_with(const Console *console, const char *text)
{
    size_t length = strlen(text);

    return console->length >= length &&
           memcmp(console->answer + console->length - length, text, length) == 0;
}

static void at_prompt(Console *console)
{
    const char *command;

    console->answer[console->length - strlen(PROMPT)] = '\0';
    command = console->next(console->opaque, console->answer);
    console->length = 0;
    uart_type(console->uart, command);
    uart_type(console->uart, "\n");
}

/* Drops carriage returns. If the buffer is full, drops what is in it, because only the end of an
 * answer matters. */
void console_hear(void *opaque, char c)
{
    Console *console = opaque;

    if (c == '\r') {
        return;
    }
    if (console->length == CONSOLE_ANSWER - 1) {
        console->length = 0;
    }
    console->answer[console->length++] = c;
    if (ends_with(console, AUTOBOOT)) {
        uart_type(console->uart, " ");
    } else if (ends_with(console, PROMPT)) {
        at_prompt(console);
    }
}
