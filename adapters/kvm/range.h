/* SPDX-License-Identifier: MIT
 *
 * From a range of a space to a slot: whether the range can be a slot, which of its pages are part
 * of it, and where they are in the host. Changes nothing. Called by layout.c.
 *
 *     range          .......|##################|......     of RAM, ROM, flash
 *     pages          |      |      |      |      |
 *     slot                  .      |######|
 *
 * A slot also ends where the region's host memory ends.
 */
#ifndef ADAPTERS_KVM_RANGE_H
#define ADAPTERS_KVM_RANGE_H

#include "memory.h"

/* Cuts a range to its whole pages. Returns false if there are none. Leaves out the last page of the
 * address space, because KVM refuses a slot that ends at 2^64. */
bool kvm_range_pages(const KvmSpace *space, MemoryRegionSection *section);

/* Sets *slot to the slot of a range, without an id. Returns false if the range has none. That is
 * reported if it is memory that the host cannot map. */
bool kvm_range_slot(KvmSpace *space, const MemoryRegionSection *section, KVMMemorySlot *slot);

#endif
