/* SPDX-License-Identifier: MIT
 *
 * The words of JSON that json.c prints. json.c prints brackets itself. The member functions print
 * ", " first, so they are for all members of an object but the first.
 */
#ifndef INSPECT_JSON_WORDS_H
#define INSPECT_JSON_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <physmem/int128.h>

/* Prints a string in quotes. Bytes that are no UTF-8 become U+FFFD. */
void inspect_json_string(FILE *out, const char *s);

void inspect_json_string_member(FILE *out, const char *name, const char *value);
/* A number from 0 to 2^64, as a string such as "0xa0000". */
void inspect_json_hex_member(FILE *out, const char *name, uint64_t value);
void inspect_json_size_member(FILE *out, const char *name, Int128 size);
void inspect_json_int_member(FILE *out, const char *name, int64_t value);
void inspect_json_bool_member(FILE *out, const char *name, bool value);

#endif
