/* SPDX-License-Identifier: MIT
 *
 * Reads any bytes as a file with a map, and asks all that commands ask of it. Whatever the bytes
 * are, there is an answer or an error, in a short time. test-fuzz.c calls it with damaged maps of
 * its own, fuzz-map.c is called by libFuzzer.
 */
#ifndef TESTS_MAPS_FUZZ_H
#define TESTS_MAPS_FUZZ_H

#include <glib.h>

/* What became of the bytes. */
typedef enum FuzzResult { FUZZ_REFUSED, FUZZ_VIEWS, FUZZ_TREE } FuzzResult;

FuzzResult fuzz_map(const char *bytes, gsize length);

#endif
