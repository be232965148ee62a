/* SPDX-License-Identifier: MIT */
#include "digits.h"

#include <ctype.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* ---- Hexadecimal ------------------------------------------------------------------------ */

void digits_put_hex(char *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *text++ = hex_digits[bytes[i] >> 4];
        *text++ = hex_digits[bytes[i] & 15];
    }
}

static bool hex_value(char c, uint8_t *value)
{
    const char *place = c ? strchr(hex_digits, tolower((unsigned char)c)) : NULL;

    *value = place ? (uint8_t)(place - hex_digits) : 0;
    return place != NULL;
}

bool digits_get_hex(const char *text, uint8_t *bytes, size_t count)
{
    size_t length = strlen(text);
    uint8_t high, low;

    memset(bytes, 0, count);
    for (size_t i = 0; i < length; i += 2) {
        bool whole = i + 1 < length;

        if (!hex_value(text[i], &high) || (whole && !hex_value(text[i + 1], &low))) {
            return false;
        }
        if (whole && i / 2 < count) {
            bytes[i / 2] = (uint8_t)(high << 4 | low);
        }
    }
    return true;
}

/* ---- Base64 ----------------------------------------------------------------------------- */

size_t digits_base64_length(size_t count)
{
    return (count + 2) / 3 * 4;
}

/* Three bytes, of which 'count' exist, become four characters. */
static void put_group(char *text, const uint8_t *bytes, size_t count)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 3; i++) {
        bits = bits << 8 | (i < count ? bytes[i] : 0);
    }
    for (size_t i = 0; i < 4; i++) {
        text[i] = i <= count ? base64_digits[bits >> (18 - 6 * i) & 63] : '=';
    }
}

void digits_put_base64(char *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i += 3) {
        put_group(text + i / 3 * 4, bytes + i, count - i < 3 ? count - i : 3);
    }
}

/* Reads the digits of a group for 'count' bytes: one digit more than bytes. */
static bool get_bits(const char *text, size_t count, uint32_t *bits)
{
    *bits = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *place = i <= count && text[i] ? strchr(base64_digits, text[i]) : NULL;

        if (place ? false : i <= count || text[i] != '=') {
            return false;
        }
        *bits = *bits << 6 | (place ? (uint32_t)(place - base64_digits) : 0);
    }
    return true;
}

static bool get_group(const char *text, uint8_t *bytes, size_t count)
{
    uint32_t bits;

    if (!get_bits(text, count, &bits)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(bits >> (16 - 8 * i));
    }
    return true;
}

bool digits_get_base64(const char *text, uint8_t *bytes, size_t count)
{
    if (strlen(text) != digits_base64_length(count)) {
        return false;
    }
    for (size_t i = 0; i < count; i += 3) {
        if (!get_group(text + i / 3 * 4, bytes + i, count - i < 3 ? count - i : 3)) {
            return false;
        }
    }
    return true;
}
