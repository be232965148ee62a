/* SPDX-License-Identifier: MIT
 *
 * Dirty pages from the bitmaps that KVM keeps of its slots. dirty.c calls these functions, which
 * dirty.h describes, with the context's lock and for slots that KVM logs.
 */
#ifndef ADAPTERS_KVM_DIRTY_BITMAP_H
#define ADAPTERS_KVM_DIRTY_BITMAP_H

#include "slots.h"

typedef struct KvmBitmaps {
    bool chosen; /* 'manual' is known */
    bool manual; /* KVM clears pages only with KVM_CLEAR_DIRTY_LOG */
} KvmBitmaps;

void kvm_dirty_bitmap_listen(KvmSpace *space);
void kvm_dirty_bitmap_take(KvmSpace *space, KvmSlot *slot);
void kvm_dirty_bitmap_settle(KvmSpace *space, KvmSlot *slot);

#endif
