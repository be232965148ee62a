/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the bitmaps that KVM keeps of its slots. Called by dirty.c, with the context's
 * lock, for slots that KVM logs.
 */
#ifndef ADAPTERS_KVM_DIRTY_BITMAP_H
#define ADAPTERS_KVM_DIRTY_BITMAP_H

#include "slots.h"

typedef struct KvmBitmaps {
    bool chosen; /* whether pages are cleared by hand was decided: 'manual' */
    bool manual;
} KvmBitmaps;

void kvm_dirty_bitmap_listen(KvmSpace *space);
void kvm_dirty_bitmap_take(KvmSpace *space, KvmSlot *slot);
void kvm_dirty_bitmap_settle(KvmSpace *space, KvmSlot *slot);

#endif
