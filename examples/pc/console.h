/* SPDX-License-Identifier: MIT
 *
 * The person at the PC's serial port, who reads what the guest sends, types a command at its
 * prompt, and waits for the next prompt. Runs in a thread of the program, beside the guest.
 */
#ifndef PC_CONSOLE_H
#define PC_CONSOLE_H

#include <pthread.h>

#include "../devices/uart.h"

#define CONSOLE_ANSWER 65536

typedef struct Console {
    Uart *uart;
    pthread_mutex_t lock; /* protects the rest; no other lock is taken inside it */
    pthread_cond_t heard; /* a character has come */
    size_t length;
    bool in_escape;            /* a terminal's escape sequence has begun */
    char said[CONSOLE_ANSWER]; /* what the guest has sent since the last command */
} Console;

void console_init(Console *console, Uart *uart);
void console_end(Console *console);

/* Takes one character from the guest; a UartSink. */
void console_hear(void *opaque, char c);

/* Waits for the prompt, at most this time. Sets *at_prompt to whether it came. Returns the text
 * before it, which is valid until the next command. */
const char *console_wait(Console *console, unsigned seconds, bool *at_prompt);

/* Types a command, and returns at once. The next answer begins here. */
void console_type(Console *console, const char *command);

/* Types a command and waits for the answer. Returns it without the command's echo, or NULL if no
 * prompt comes. */
const char *console_ask(Console *console, const char *command, unsigned seconds);

#endif
