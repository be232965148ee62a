/* SPDX-License-Identifier: MIT
 *
 * Addresses as people write them in arguments, and sizes as they read them.
 */
#ifndef TOOL_TERMINAL_ADDRESS_H
#define TOOL_TERMINAL_ADDRESS_H

#include "mtree/mtree.h"

/* Reads an address: hexadecimal, with or without 0x; or decimal with K, M, G or T for powers of
 * 1024. *note is set, for the user, if the digits could also have been meant as decimal; the caller
 * frees it. */
bool address_parse(const char *s, hwaddr *address, char **note, GError **error);

/* Returns a size in the largest unit of which it is a whole number: "8B", "640K", "16E"; rounded,
 * with a mark, if that number has more than five digits: "~2048M". Units are powers of 1024. The
 * caller frees it. */
char *address_size_text(Int128 size);

#endif
