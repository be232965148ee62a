/* SPDX-License-Identifier: MIT
 *
 * Listening to the guest, and typing (console.h).
 */
#include "console.h"

#include <string.h>
#include <time.h>

#define PROMPT "\ngrub> "
#define ESCAPE '\033'
#define ENTER "\r"

void console_init(Console *console, Uart *uart)
{
    *console = (Console){ .uart = uart };
    pthread_mutex_init(&console->lock, NULL);
    pthread_cond_init(&console->heard, NULL);
}

void console_end(Console *console)
{
    pthread_cond_destroy(&console->heard);
    pthread_mutex_destroy(&console->lock);
}

/* ---- What the guest says ---------------------------------------------------------------- */

/* An escape sequence ends with a letter. */
static bool is_of_escape(Console *console, char c)
{
    if (c == ESCAPE) {
        console->in_escape = true;
        return true;
    }
    if (!console->in_escape) {
        return false;
    }
    console->in_escape = !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    return true;
}

/* If the buffer is full, drops what is in it, because only the end of an answer matters. */
static void append(Console *console, char c)
{
    if (console->length == CONSOLE_ANSWER - 1) {
        console->length = 0;
    }
    console->said[console->length++] = c;
}

static void hear(Console *console, char c)
{
    if (is_of_escape(console, c) || c == '\r') {
        return;
    }
    if (c == '\b') {
        console->length -= console->length > 0;
        return;
    }
    append(console, c);
    pthread_cond_signal(&console->heard);
}

void console_hear(void *opaque, char c)
{
    Console *console = opaque;

    pthread_mutex_lock(&console->lock);
    hear(console, c);
    pthread_mutex_unlock(&console->lock);
}

/* ---- The prompt ------------------------------------------------------------------------- */

static bool at_prompt(const Console *console)
{
    size_t length = strlen(PROMPT);

    return console->length >= length &&
           memcmp(console->said + console->length - length, PROMPT, length) == 0;
}

const char *console_wait(Console *console, unsigned seconds, bool *prompt)
{
    struct timespec deadline;
    int error = 0;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += seconds;
    pthread_mutex_lock(&console->lock);
    while (!at_prompt(console) && error == 0) {
        error = pthread_cond_timedwait(&console->heard, &console->lock, &deadline);
    }
    *prompt = at_prompt(console);
    console->said[console->length - (*prompt ? strlen(PROMPT) : 0)] = '\0';
    pthread_mutex_unlock(&console->lock);
    return console->said;
}

void console_type(Console *console, const char *command)
{
    pthread_mutex_lock(&console->lock);
    console->length = 0;
    pthread_mutex_unlock(&console->lock);
    uart_type(console->uart, command);
    uart_type(console->uart, ENTER);
}

const char *console_ask(Console *console, const char *command, unsigned seconds)
{
    const char *answer;
    bool prompt;

    console_type(console, command);
    answer = console_wait(console, seconds, &prompt);
    if (!prompt) {
        return NULL;
    }
    return answer + strcspn(answer, "\n");
}
