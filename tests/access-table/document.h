/* SPDX-License-Identifier: MIT
 *
 * Renders docs/access-table.md. document.c has its text, tables.c its tables; each row of a table
 * is played through the library as it is rendered.
 */
#ifndef TESTS_ACCESS_TABLE_DOCUMENT_H
#define TESTS_ACCESS_TABLE_DOCUMENT_H

#include "device.h"

/* Adds a test that renders the document and compares it with docs/access-table.md. With
 * PHYSMEM_WRITE_DOCS in the environment it writes that file instead. */
void document_test_add(const char *path);

/* Each function appends a table. It leaves the device with the rules that it had before. */
void table_of_sizes(GString *s, Device *d);
void table_of_chunks(GString *s, Device *d, bool unaligned);
void table_of_callbacks(GString *s, Device *d, unsigned min, unsigned max);
void table_of_unaligned_callbacks(GString *s, Device *d);
void table_of_values(GString *s, Device *d);
void table_of_the_end(GString *s, Device *d);

#endif
