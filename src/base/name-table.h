/* SPDX-License-Identifier: MIT
 *
 * A hash table that finds a record by its name, such as a child of an object or the id of a RAM
 * block. The record ends with a NameEntry, and the allocation with the name. The table links
 * entries and owns none. The caller holds the lock that protects the table.
 */
#ifndef BASE_NAME_TABLE_H
#define BASE_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct NameEntry {
    struct NameEntry *next;
    uint32_t hash;
    char name[];
} NameEntry;

typedef struct NameTable {
    NameEntry **buckets; /* the chains; NULL before the first entry */
    size_t size;         /* how many chains: a power of two, or 0 */
    size_t count;
} NameTable;

/* Returns the hash of a name, which type.c uses for its own table, too. */
uint32_t name_hash(const char *name);

/* Returns the entry with this name, or NULL. */
NameEntry *name_table_find(const NameTable *table, const char *name);

/* Adds an entry and returns NULL. If an entry with this name is there, returns that and adds none.
 * The name must not change while the entry is in the table. Ends the process if the host has no
 * memory for the first chains. */
NameEntry *name_table_add(NameTable *table, NameEntry *entry);

/* Removes an entry, which must be in the table. */
void name_table_remove(NameTable *table, NameEntry *entry);

/* Frees the chains and leaves an empty table. The entries belong to their records. */
void name_table_clear(NameTable *table);

#endif
