/* SPDX-License-Identifier: MIT
 *
 * The person at the board's serial port: waits for the prompt, types the next command, and hands
 * over what came back.
 */
#ifndef RISCV_VIRT_CONSOLE_H
#define RISCV_VIRT_CONSOLE_H

#include "../devices/uart.h"

#define CONSOLE_ANSWER 65536

/* Called at every prompt with all that was said since the last one; the first time that is the
 * banner. Returns what to type next. */
typedef const char *ConsoleNext(void *opaque, const char *answer);

typedef struct Console {
    Uart *uart;
    ConsoleNext *next;
    void *opaque;
    size_t length;
    char answer[CONSOLE_ANSWER];
} Console;

/* One character from the guest; a UartSink. */
void console_hear(void *opaque, char c);

#endif
