/* SPDX-License-Identifier: MIT
 *
 * Bytes as text: hexadecimal digits and base64 (RFC 4648).
 */
#ifndef SERVE_DIGITS_H
#define SERVE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes 2 * count digits, in lower case, without an end. */
void digits_put_hex(char *text, const uint8_t *bytes, size_t count);

/* Reads 'count' bytes of two digits each. Bytes that are not there, or not whole, are zeros; bytes
 * that are too many are checked and ignored. Returns false if something is not a digit. */
bool digits_get_hex(const char *text, uint8_t *bytes, size_t count);

/* The number of characters for so many bytes, padded. */
size_t digits_base64_length(size_t count);

void digits_put_base64(char *text, const uint8_t *bytes, size_t count);

/* Reads 'count' bytes from padded base64. Returns false if the text is not that, or holds another
 * number of bytes. */
bool digits_get_base64(const char *text, uint8_t *bytes, size_t count);

#endif
