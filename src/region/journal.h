/* SPDX-License-Identifier: MIT
 *
 * The journal of an open transaction (journal.c). Under the context's lock.
 */
#ifndef REGION_JOURNAL_H
#define REGION_JOURNAL_H

#include "base/context.h"

/* Edits are noted from here on, until the outermost commit closes the journal. */
void journal_open(MemoryContext *ctx);
void journal_close(MemoryContext *ctx);

/* mr is about to be edited; mr ends. */
void journal_note(MemoryRegion *mr);
void journal_forget(MemoryRegion *mr);

/* Takes the tree back to the committed state (false: it is there), and forward again. No edit may
 * come between. */
bool journal_rewind(MemoryContext *ctx);
void journal_replay(MemoryContext *ctx);

#endif
