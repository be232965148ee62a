/* SPDX-License-Identifier: MIT
 *
 * A hash table of records by an address, such as that of a region or of a bounce buffer. The
 * address is compared and never followed, so the bytes there play no role. A user embeds an
 * AddressEntry in its record and owns it; the table only links entries. Not thread-safe.
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
    AddressEntry **buckets; /* a power of two of them, or NULL while nothing was added */
    size_t size;
    size_t count;
} AddressTable;

AddressEntry *address_table_find(const AddressTable *table, const void *address);

/* 'address' is not in the table yet. */
void address_table_add(AddressTable *table, AddressEntry *entry, const void *address);

/* The same where memory may be short. False if the host has no memory for the first buckets.
 * Without memory for more buckets the table only gets slower. */
bool address_table_try_add(AddressTable *table, AddressEntry *entry, const void *address);

/* Takes out an entry that is there. */
void address_table_remove(AddressTable *table, AddressEntry *entry);

/* Any entry; NULL if there is none. Only for emptying the table. */
AddressEntry *address_table_any(const AddressTable *table);

/* Frees the table itself, but no entry. */
void address_table_clear(AddressTable *table);

#endif
