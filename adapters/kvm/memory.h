/* SPDX-License-Identifier: MIT
 *
 * The adapter from inside: the structure of one KVMMemory. Each part keeps its state in a struct of
 * its own header. The parts are:
 *
 *     attach.c          attaching and detaching; options.c checks the options
 *     claim.c           a virtual machine has one KVMMemory only
 *     host.c            capabilities, messages, the ioctl that changes a slot
 *
 *     layout.c          the listener: notes which ranges come and go
 *     range.c           what a range of a space is as a slot
 *     slot-update.c     changes KVM's slots at the end of a commit
 *     slot-logging.c    switches KVM's logging of slots
 *     slot-report.c     messages about slots
 *     slots.c           the table of slots of one KVM address space
 *
 *     vcpu.c            adding and removing vCPUs
 *     run.c             running a vCPU
 *     gate.c            stopping vCPUs
 *     exit.c            exits of KVM_RUN
 *     explain.c         why KVM gave up
 *
 *     coalesced.c       coalesced writes
 *     ioeventfds.c      which ioeventfds KVM has
 *     ioeventfd.c       giving one ioeventfd to KVM
 *     ioeventfd-table.c the table of ioeventfds
 *     irqfd.c           interrupts
 *
 *     dirty.c           dirty pages: which source the machine uses
 *     dirty-bitmap.c    source 1: the bitmaps of slots
 *     dirty-ring.c      source 2: the rings of vCPUs
 *     rings.c           taking all rings
 *     ring.c            taking one ring
 *     mark.c            marking pages in the library's maps
 *
 * The context's lock protects all state, except where exit.c, gate.h and run.c say otherwise.
 */
#ifndef ADAPTERS_KVM_MEMORY_H
#define ADAPTERS_KVM_MEMORY_H

#include <physmem/kvm.h>
#include <physmem/physmem.h>

#include "claim.h"
#include "dirty-bitmap.h"
#include "gate.h"
#include "host.h"
#include "ioeventfds.h"
#include "irqfd.h"
#include "ring.h"
#include "slots.h"

#define KVM_SPACES 2 /* memory, system management mode */
#define KVM_CACHE_LINE 64

/* One KVM address space: the listener of a space and the slots that show it. */
struct KvmSpace {
    MemoryListener listener;
    KVMMemory *km;
    unsigned id;
    KvmSlots slots;       /* those that KVM has */
    KvmSlots waiting;     /* those that KVM is to get; they have no ids yet */
    KvmSlotList leaving;  /* those of 'slots' that KVM is to remove */
    KvmSlotList relogged; /* those of 'slots' whose logging is to be switched on or off */
    bool news;            /* a slot was added to 'waiting' in this commit */
};

struct KVMMemory {
    int vm_fd;
    MemoryContext *context;
    KVMMemoryOptions options;
    KvmHost host;
    KvmSpace spaces[KVM_SPACES];
    MemoryListener io_listener;
    KvmClaim claim;
    KvmBitmaps bitmaps;
    KvmRings rings;
    KvmIoeventfds ioeventfds;
    KvmIrqfdList irqfds;
    bool flushing; /* a thread does the writes of the queue (coalesced.c) */
    KvmGate gate;
    TAILQ_HEAD(, KVMMemoryVcpu) vcpus;
};

/* A vCPU. Each run writes to the structure, so it shares no cache line with other data. The first
 * line has all fields that an exit needs, because the processor has to fetch lines again after an
 * exit. */
struct KVMMemoryVcpu {
    struct kvm_run *run;
    struct kvm_coalesced_mmio_ring *queue; /* NULL if the host has none (coalesced.h) */
    AddressSpace *memory;                  /* km->options.memory */
    KVMMemory *km;
    int fd;
    KvmGateVcpu gate;
    TAILQ_ENTRY(KVMMemoryVcpu) link;
    KvmRing ring;
} __attribute__((aligned(KVM_CACHE_LINE)));

/* Whether KVM still has the slot although the space does not show it any more. */
static inline bool kvm_space_is_leaving(const KvmSpace *space, const KvmSlot *slot)
{
    return slot->on == &space->leaving;
}

static inline KvmSpace *kvm_space_of(MemoryListener *listener)
{
    return (KvmSpace *)((char *)listener - offsetof(KvmSpace, listener));
}

/* The KVMMemory of its listener of ports (pio), or of one of its listeners of memory. */
static inline KVMMemory *kvm_owner_of(MemoryListener *listener, bool pio)
{
    if (pio) {
        return (KVMMemory *)((char *)listener - offsetof(KVMMemory, io_listener));
    }
    return kvm_space_of(listener)->km;
}

#endif
