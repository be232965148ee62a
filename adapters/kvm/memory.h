/* SPDX-License-Identifier: MIT
 *
 * The adapter from inside: one KVMMemory, and what its parts give each other.
 *
 *     host.c      capabilities, messages, the ioctl that changes a slot
 *     slots.c     the table of slots of one KVM address space; knows no listener
 *     range.c     what a range of a space is as a slot
 *     layout.c    the listener that notes which ranges come and go
 *     slot-update.c   makes KVM's slots of them at the end of a commit
 *     slot-logging.c  switches KVM's logging of slots
 *     slot-report.c   messages about slots
 *     attach.c    attach and detach; options.c checks the options
 *     claim.c     one adapter for a virtual machine
 *     vcpu.c      vCPUs: their list, their rings
 *     gate.c      stopping vCPUs: kick, pause
 *     run.c       running a vCPU, through the gate
 *     exit.c      exits of KVM_RUN
 *     explain.c   why KVM gave up
 *     coalesced.c coalesced writes: their ranges, their queue
 *     ioeventfds.c    which ioeventfds KVM has, in the order of ioeventfd-table.c
 *     ioeventfd.c     one ioeventfd and KVM
 *     irqfd.c     interrupts
 *     dirty.c     dirty pages, from dirty-bitmap.c or dirty-ring.c
 *     mark.c      marking them in the library's maps
 *     rings.c     the dirty rings of all vCPUs
 *     ring.c      the dirty ring of one vCPU
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
    KvmSlots slots;       /* what KVM has */
    KvmSlots waiting;     /* what it shall have, without ids */
    KvmSlotList leaving;  /* of 'slots': what it shall not have */
    KvmSlotList relogged; /* of 'slots': what it shall log, or not log any more */
    bool news;            /* 'waiting' has got some in this commit */
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
    bool flushing; /* writes of the queue are being done */
    KvmGate gate;
    TAILQ_HEAD(, KVMMemoryVcpu) vcpus;
};

/* Written with each run: in no line that others use. */
struct KVMMemoryVcpu {
    KVMMemory *km;
    int fd;
    struct kvm_run *run;
    struct kvm_coalesced_mmio_ring *queue; /* coalesced.h; NULL: the host has none */
    TAILQ_ENTRY(KVMMemoryVcpu) link;
    KvmGateVcpu gate;
    KvmRing ring;
} __attribute__((aligned(KVM_CACHE_LINE)));

/* The space does not show the slot any more, but KVM still has it. */
static inline bool kvm_space_is_leaving(const KvmSpace *space, const KvmSlot *slot)
{
    return slot->on == &space->leaving;
}

static inline KvmSpace *kvm_space_of(MemoryListener *listener)
{
    return (KvmSpace *)((char *)listener - offsetof(KvmSpace, listener));
}

/* Of a listener of ports, or of memory. */
static inline KVMMemory *kvm_owner_of(MemoryListener *listener, bool pio)
{
    if (pio) {
        return (KVMMemory *)((char *)listener - offsetof(KVMMemory, io_listener));
    }
    return kvm_space_of(listener)->km;
}

#endif
