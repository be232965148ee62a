/* SPDX-License-Identifier: MIT
 *
 * The journal of an open transaction: saves the attributes of regions before they are edited
 * (journal.c). Everything here is called under the context's lock.
 */
#ifndef REGION_JOURNAL_H
#define REGION_JOURNAL_H

#include "base/context.h"

/* Opens the journal, unless it is open: edits are noted from now on. The outermost commit closes
 * it. */
void journal_open(MemoryContext *ctx);
void journal_close(MemoryContext *ctx);

/* Notes the attributes of a region if the journal is open. Raw edits call it before they change
 * any. */
void journal_note(MemoryRegion *mr);

/* Removes a region that ends from the records. */
void journal_forget(MemoryRegion *mr);

/* Rewind takes the tree back to the committed state, and replay forward again. No edit may come
 * between them. Rewind returns false if the tree is in the committed state already, because
 * nothing was edited; then there must be no replay. */
bool journal_rewind(MemoryContext *ctx);
void journal_replay(MemoryContext *ctx);

#endif
