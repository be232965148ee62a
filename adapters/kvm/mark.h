/* SPDX-License-Identifier: MIT
 *
 * Marks pages of slots as dirty in the library's maps. Both sources of dirty pages use this: the
 * bitmaps (dirty-bitmap.c) and the rings (ring.c, rings.c, dirty-ring.c). A page is marked for the
 * clients that logged its slot at the last commit.
 *
 * With the context's lock, and with the context of the adapter as the current one.
 */
#ifndef ADAPTERS_KVM_MARK_H
#define ADAPTERS_KVM_MARK_H

#include "memory.h"

/* Marks 'count' pages of the slot, from page 'first' on. Pages are those of the host. */
void kvm_mark_pages(const KvmSpace *space, const KvmSlot *slot, uint64_t first, uint64_t count);

/* Marks the pages of the slot that are set in a bitmap of KVM, which has a bit for each of them. */
void kvm_mark_bitmap(const KvmSpace *space, const KvmSlot *slot, const uint64_t *bitmap);

/* Marks all pages of the slot, because KVM cannot tell which ones were written. */
void kvm_mark_all(const KvmSpace *space, const KvmSlot *slot);

/* Marks all pages of a slot that is to be logged, but that KVM refused to log (which was reported):
 * every page of it may have been written. Returns whether KVM logs the slot, so that its dirty
 * pages are still to be taken. */
bool kvm_mark_unless_logged(const KvmSpace *space, const KvmSlot *slot);

/* The number of pages of a slot. */
static inline uint64_t kvm_mark_page_count(const KvmSpace *space, const KvmSlot *slot)
{
    return slot->info.size / space->km->host.page_size;
}

#endif
