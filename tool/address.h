/* SPDX-License-Identifier: MIT
 *
 * Addresses as people write them in arguments.
 */
#ifndef TOOL_ADDRESS_H
#define TOOL_ADDRESS_H

#include "mtree.h"

/* Reads an address: hexadecimal, with or without 0x; or decimal with K, M, G or T for powers of
 * 1024. *note is set, for the user, if the digits could also have been meant as decimal; the caller
 * frees it. */
bool address_parse(const char *s, hwaddr *address, char **note, GError **error);

#endif
