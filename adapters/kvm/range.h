/* SPDX-License-Identifier: MIT
 *
 * What a range of a space is as a slot: whether it can be one, which pages of it, and where they
 * lie in the host. Changes nothing. Called by layout.c.
 *
 *     range          .......|##################|......     of RAM, ROM, flash
 *     pages          |      |      |      |      |
 *     slot                  .      |######|                and no more than there is host memory
 */
#ifndef ADAPTERS_KVM_RANGE_H
#define ADAPTERS_KVM_RANGE_H

#include "memory.h"

/* Cuts a range to its whole pages; false if there are none. The last page of the address space
 * is left out, because KVM takes no slot that ends at 2^64. */
bool kvm_range_pages(const KvmSpace *space, MemoryRegionSection *section);

/* The slot that a range is to be, without an id; false if it is none, which is reported where it
 * could surprise. */
bool kvm_range_slot(KvmSpace *space, const MemoryRegionSection *section, KVMMemorySlot *slot);

#endif
