/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* vasprintf */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_LEAST 256

static bool make_room(Text *text, size_t room)
{
    size_t wanted = text->room ? text->room : ROOM_LEAST;
    char *bytes;

    if (room <= text->room) {
        return true;
    }
    while (wanted < room) {
        wanted *= 2;
    }
    bytes = realloc(text->bytes, wanted);
    if (bytes) {
        text->bytes = bytes;
        text->room = wanted;
    }
    return bytes != NULL;
}

char *text_extend(Text *text, size_t length)
{
    if (text->failed || !make_room(text, text->length + length)) {
        text->failed = true;
        return NULL;
    }
    text->length += length;
    return text->bytes + text->length - length;
}

void text_add(Text *text, const void *bytes, size_t length)
{
    char *place = length == 0 ? NULL : text_extend(text, length);

    if (place) {
        memcpy(place, bytes, length);
    }
}

void text_printf(Text *text, const char *format, ...)
{
    va_list arguments;
    char *line = NULL;
    int length;

    va_start(arguments, format);
    length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
        return;
    }
    text_add(text, line, (size_t)length);
    free(line);
}

void text_drop(Text *text, size_t length)
{
    if (length == text->length) {
        text_clear(text);
    } else {
        memmove(text->bytes, text->bytes + length, text->length - length);
        text->length -= length;
    }
}

void text_clear(Text *text)
{
    free(text->bytes);
    *text = (Text){ .failed = text->failed };
}
