/* SPDX-License-Identifier: MIT
 *
 * A hash table of things with names. The thing embeds a NameEntry and owns it and the name; the
 * table only links them. Not thread-safe.
 */
#ifndef BASE_NAME_TABLE_H
#define BASE_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct NameEntry {
    const char *name;
    uint32_t hash;
    struct NameEntry *next;
} NameEntry;

typedef struct NameTable {
    NameEntry **buckets; /* a power of two of them, or NULL while nothing was added */
    size_t size;
    size_t count;
} NameTable;

uint32_t name_hash(const char *name);

NameEntry *name_table_find(const NameTable *table, const char *name);

/* 'name' is not in the table yet and lives as long as the entry. */
void name_table_add(NameTable *table, NameEntry *entry, const char *name);

/* Takes out an entry that is there. */
void name_table_remove(NameTable *table, NameEntry *entry);

/* Frees the table itself, but no entry. */
void name_table_clear(NameTable *table);

#endif
