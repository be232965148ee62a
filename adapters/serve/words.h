/* SPDX-License-Identifier: MIT
 *
 * The words of a line. Each blank separates two words, so two blanks have an empty word between
 * them.
 */
#ifndef SERVE_WORDS_H
#define SERVE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#define WORDS_MOST 5 /* more are ignored */

typedef struct Words {
    char *word[WORDS_MOST];
    unsigned count;
} Words;

/* Cuts a line into words, in place. */
void words_split(Words *words, char *line);

/* Reads a number as strtoull() with base 0 does. Returns false if the word is not a number, or does
 * not fit into 64 bits. */
bool words_number(const Words *words, unsigned index, uint64_t *value);

#endif
