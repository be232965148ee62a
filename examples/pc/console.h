/* SPDX-License-Identifier: MIT
 *
 * The person at the PC's serial port: reads what the guest says, types a command when it shows its
 * prompt, and waits for the next one. Runs in a thread of the program, beside the guest.
 */
#ifndef PC_CONSOLE_H
#define PC_CONSOLE_H

#include <pthread.h>

#include "../devices/uart.h"

#define CONSOLE_ANSWER 65536

typedef struct Console {
    Uart *uart;
    pthread_mutex_t lock; /* the last one taken; of what follows */
    pthread_cond_t heard;
    size_t length;
    bool in_escape; /* a terminal's escape sequence has begun */
    char said[CONSOLE_ANSWER]; /* since the last command */
} Console;

void console_init(Console *console, Uart *uart);
void console_end(Console *console);

/* One character from the guest; a UartSink. */
void console_hear(void *opaque, char c);

/* Waits for the prompt, for so long at most. The text up to it is valid until the next command;
 * *at_prompt says whether the prompt came. */
const char *console_wait(Console *console, unsigned seconds, bool *at_prompt);

/* Types a command, which begins a new answer, and returns at once. */
void console_type(Console *console, const char *command);

/* The same and waits for the answer, without the command's echo. NULL if no prompt comes. */
const char *console_ask(Console *console, const char *command, unsigned seconds);

#endif
