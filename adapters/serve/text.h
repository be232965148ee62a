/* SPDX-License-Identifier: MIT
 *
 * Bytes that grow at the end and are taken from the front: what a client has sent, and what is to
 * be sent to it. If the host has no memory, the text is marked as failed and stays as it is.
 */
#ifndef SERVE_TEXT_H
#define SERVE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
    char *bytes;
    size_t length;
    size_t room;
    bool failed;
} Text;

void text_add(Text *text, const void *bytes, size_t length);
void text_printf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns a place for 'length' more bytes, which count as added, or NULL. */
char *text_extend(Text *text, size_t length);

/* Removes bytes from the front. An empty text gives back its memory. */
void text_drop(Text *text, size_t length);
void text_clear(Text *text);

#endif
