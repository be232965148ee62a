/* SPDX-License-Identifier: MIT
 *
 * The person at the board's serial port, who waits for the prompt, passes the answer on, and types
 * the next command.
 */
#ifndef RISCV_VIRT_CONSOLE_H
#define RISCV_VIRT_CONSOLE_H

#include "../devices/uart.h"

#define CONSOLE_ANSWER 65536

/* Called at each prompt with the text since the last one; the first time that is the banner.
 * Returns the next command. */
typedef const char *ConsoleNext(void *opaque, const char *answer);

typedef struct Console {
    Uart *uart;
    ConsoleNext *next;
    void *opaque;
    size_t length;
    char answer[CONSOLE_ANSWER];
} Console;

/* Takes one character from the guest; a UartSink. */
void console_hear(void *opaque, char c);

#endif
