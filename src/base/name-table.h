/* SPDX-License-Identifier: MIT
 *
 * A hash table that finds a record by its name. The record embeds a NameEntry; the table links
 * entries and owns neither them nor the names. The caller holds the lock that protects the table.
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
    NameEntry **buckets; /* as many as a power of two; NULL before the first entry */
    size_t size;
    size_t count;
} NameTable;

uint32_t name_hash(const char *name);

/* The entry with this name, or NULL. */
NameEntry *name_table_find(const NameTable *table, const char *name);

/* Adds an entry. 'name' must not be in the table yet, and must stay valid as long as the entry is
 * in it. */
void name_table_add(NameTable *table, NameEntry *entry, const char *name);

/* Removes an entry, which must be in the table. */
void name_table_remove(NameTable *table, NameEntry *entry);

/* Frees the buckets. The entries belong to their records. */
void name_table_clear(NameTable *table);

#endif
