/* SPDX-License-Identifier: MIT
 *
 * The bounce buffers of a pool that are in use, found by the pointer that was given out: a hash
 * table that doubles. The caller has the lock. It may be asked for any pointer, which is compared
 * and never followed: behind a pointer into RAM lies what a guest has written.
 */
#ifndef ACCESS_BOUNCE_TABLE_H
#define ACCESS_BOUNCE_TABLE_H

#include "access/bounce.h"

typedef struct BounceTable {
    Bounce **buckets; /* NULL: it was always empty */
    size_t size;      /* buckets, a power of two */
    size_t count;
} BounceTable;

/* False if the host has no memory for the first buckets. Without memory for more buckets the table
 * only gets slower. */
bool access_bounce_table_add(BounceTable *table, Bounce *b);

/* Takes out the buffer whose data begins there; NULL if there is none. */
Bounce *access_bounce_table_take(BounceTable *table, const void *data);

/* Ends the table, not the buffers. */
void access_bounce_table_free(BounceTable *table);

#endif
