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
    AddressEntry **buckets; /* the chains; NULL before the first entry */
    size_t size;            /* how many chains: a power of two, or 0 */
    size_t count;
} AddressTable;

/* Returns the entry with this address, or NULL. */
AddressEntry *address_table_find(const AddressTable *table, const void *address);

/* Adds an entry. 'address' must not be in the table yet. Ends the process if the host has no memory
 * for the first chains. */
void address_table_add(AddressTable *table, AddressEntry *entry, const void *address);

/* Adds an entry like address_table_add(), but returns false, with nothing changed, if the host has
 * no memory for the first chains. If there is no memory for more chains, both functions add the
 * entry to the chains that exist, and the table gets slower. */
bool address_table_try_add(AddressTable *table, AddressEntry *entry, const void *address);

/* Removes an entry, which must be in the table. */
void address_table_remove(AddressTable *table, AddressEntry *entry);

/* Returns the entry that follows 'entry', in no particular order, or NULL after the last one. With
 * NULL returns the first. The table must not change during such a walk. */
AddressEntry *address_table_next(const AddressTable *table, const AddressEntry *entry);

/* Frees the chains and leaves an empty table. The entries belong to their records. */
void address_table_clear(AddressTable *table);

#endif
