/* SPDX-License-Identifier: MIT
 *
 * A hash table that finds a record by an address, such as the address of a region or of a bounce
 * buffer. The table compares addresses and never reads what is there. The record embeds an
 * AddressEntry; the table links entries and owns none. The caller holds the lock that protects the
 * table.
 */
#ifndef BASE_ADDRESS_TABLE_H
#define BASE_ADDRESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct AddressEntry {
    const void *address;
    struct AddressEntry *next;
} AddressEntry;

typedef struct AddressTable {
    AddressEntry **buckets; /* as many as a power of two; NULL before the first entry */
    size_t size;
    size_t count;
} AddressTable;

/* The entry with this address, or NULL. */
AddressEntry *address_table_find(const AddressTable *table, const void *address);

/* Adds an entry. 'address' must not be in the table yet. */
void address_table_add(AddressTable *table, AddressEntry *entry, const void *address);

/* Adds an entry like address_table_add(), but does not end the process if the host has no memory.
 * Returns false if there is none for the first buckets. If there is none for more buckets, the
 * entry is added and the table only gets slower. */
bool address_table_try_add(AddressTable *table, AddressEntry *entry, const void *address);

/* Removes an entry, which must be in the table. */
void address_table_remove(AddressTable *table, AddressEntry *entry);

/* Any entry of the table, or NULL if it is empty. Serves to empty a table one by one. */
AddressEntry *address_table_any(const AddressTable *table);

/* Frees the buckets. The entries belong to their records. */
void address_table_clear(AddressTable *table);

#endif
