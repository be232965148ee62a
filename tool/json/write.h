/* SPDX-License-Identifier: MIT
 *
 * The words of JSON that commands print. The commands print the brackets themselves.
 */
#ifndef TOOL_JSON_WRITE_H
#define TOOL_JSON_WRITE_H

#include <stdio.h>

#include <physmem/int128.h>

/* Returns a string that can be printed: bytes that are no UTF-8 and control characters other than
 * the tab become U+FFFD, so that no name begins a line or commands a terminal. */
char *json_printable(const char *s);
/* Prints a printable string in quotes. */
void json_write_string(FILE *out, const char *s);
/* Prints a number as a string such as "0xa0000", because many readers of JSON round numbers above
 * 2^53. */
void json_write_hex(FILE *out, Int128 value);

#endif
