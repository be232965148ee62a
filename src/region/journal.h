/* SPDX-License-Identifier: MIT
 *
 * The journal of an open transaction (journal.c). Everything is under the context's lock.
 */
#ifndef REGION_JOURNAL_H
#define REGION_JOURNAL_H

#include "base/context.h"

/* From journal_open() on edits are noted. The outermost commit closes the journal. */
void journal_open(MemoryContext *ctx);
void journal_close(MemoryContext *ctx);

/* Notes the attributes of a region. Raw edits call it first. */
void journal_note(MemoryRegion *mr);

/* Forgets a region that ends. */
void journal_forget(MemoryRegion *mr);

/* Take the tree back to the committed state, and forward again; no edit may come between. Returns
 * false if nothing was edited: the tree is in the committed state, and must not be replayed. */
bool journal_rewind(MemoryContext *ctx);
void journal_replay(MemoryContext *ctx);

#endif
