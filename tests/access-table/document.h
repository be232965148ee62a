/* SPDX-License-Identifier: MIT
 *
 * docs/access-table.md: the text (document.c) and the tables in it (tables.c), which are played
 * through the library as they are rendered.
 */
#ifndef TESTS_ACCESS_TABLE_DOCUMENT_H
#define TESTS_ACCESS_TABLE_DOCUMENT_H

#include "device.h"

/* A test that renders the document and compares it with the one in docs/; with PHYSMEM_WRITE_DOCS
 * in the environment it writes it instead. */
void document_test_add(const char *path);

/* Each appends a table. The device is left with the rules that it came with. */
void table_of_sizes(GString *s, Device *d);
void table_of_chunks(GString *s, Device *d, bool unaligned);
void table_of_callbacks(GString *s, Device *d, unsigned min, unsigned max);
void table_of_unaligned_callbacks(GString *s, Device *d);
void table_of_values(GString *s, Device *d);
void table_of_the_end(GString *s, Device *d);

#endif
