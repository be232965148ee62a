/* SPDX-License-Identifier: MIT
 *
 * Address spaces as the memory and the I/O ports of a KVM virtual machine.
 *
 * The adapter is a listener of the spaces: RAM and ROM become memory slots of KVM, ioeventfds and
 * coalesced ranges are handed to KVM, dirty pages come back from it. What reaches no slot comes
 * back as an exit of KVM_RUN, which one call takes and does through the spaces. The caller keeps
 * the descriptors of the virtual machine and its vCPUs and makes all other ioctls.
 *
 * RAM, RAM devices, ROM, and ROM devices in ROM mode become slots, each range rounded inwards to
 * pages of the host. Exits answer everything else; data is right there, but code does not run from
 * it:
 *   - the bytes around the whole pages;
 *   - ranges whose host address does not lie in its page as the guest address does;
 *   - ROM where the host knows no read-only slots;
 *   - ranges that KVM refuses or has no slot for.
 * All but the first are reported. The adapter tries refused ranges again with each commit. If KVM
 * refuses to remove a slot, the guest still reaches its memory. The adapter keeps the owner of the
 * region until KVM removes the slot. It cannot keep a region without an owner: the memory of such a
 * region must stay if the refusal was reported.
 *
 * What a host lacks is reported once, by the name of the capability, when it is first wanted, and
 * done in software. So are ioeventfds that KVM refuses: leave accelerates_ioeventfds of
 * MemoryContextHooks false, for then their writes are exits, which the library matches.
 *
 * Everything here is edit side, taking the context's lock, unless it says otherwise. The context of
 * the spaces must be the current one.
 */
#ifndef PHYSMEM_KVM_H
#define PHYSMEM_KVM_H

#include <linux/kvm.h>

#include <physmem/context.h>
#include <physmem/error.h>
#include <physmem/event_notifier.h>
#include <physmem/region.h>
#include <physmem/space.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

typedef struct KVMMemory KVMMemory;
typedef struct KVMMemoryVcpu KVMMemoryVcpu;

/* ---- Attaching -------------------------------------------------------------------------- */

typedef struct KVMMemoryOptions {
    AddressSpace *memory; /* what the guest's physical addresses mean; must be given */
    AddressSpace *io;     /* its I/O ports; NULL: port exits are the caller's */
    AddressSpace *smm;    /* what physical addresses mean in system management mode, perhaps
                           * 'memory', too; NULL: the guest does not enter it. Needs
                           * KVM_CAP_MULTI_ADDRESS_SPACE; without, 'memory' is shown there. */
    unsigned max_slots;   /* use so many slots at most of each address space of KVM; 0: as many as
                           * the host has */

    /* Dirty pages: 0, a bitmap for each slot; else the rings of the vCPUs, with so many entries (a
     * power of two). Rings must be chosen before the first vCPU is made. A host without rings gives
     * bitmaps. To collect dirty pages from rings, the vCPUs are stopped for a moment (below),
     * because processors keep some to themselves while a guest runs; without a way to stop them,
     * such pages are found with the next collection. If KVM lets a ring overflow, all logged memory
     * counts as dirty once. The first overflow is reported. */
    unsigned dirty_ring_entries;

    /* How vCPUs are stopped while slots change in a way that KVM cannot do at once: memory that a
     * guest has before and after a commit is in two pieces, in one, or of another kind, or it moves
     * while it is logged. One of three:
     *   - kick_signal: the vCPUs run in kvm_memory_run(), and the adapter stops them. The program
     *     has a handler for the signal that does nothing, set without SA_RESTART, and the signal is
     *     blocked in no thread that runs a vCPU.
     *   - stop_vcpus and resume_vcpus: the program's own way. When stop_vcpus returns, no vCPU is
     *     in KVM_RUN or enters it before resume_vcpus. Both are called with the context's lock
     *     held, by the thread that commits, which may be a vCPU's own between two runs; vCPUs that
     *     wait for the lock are stopped.
     *   - neither: no vCPU runs during such commits, or the guest may, for a moment, find nothing
     *     where memory is before and after; data accesses are right even then, but pages of logged
     *     memory that it writes to just then may not become dirty. */
    int kick_signal;
    void (*stop_vcpus)(void *opaque);
    void (*resume_vcpus)(void *opaque);

    /* Where messages go that no errp can take: one line, without a newline, valid during the call.
     * NULL: to standard error. Called with the context's lock held or not, from any thread; must
     * not call back into the library. */
    void (*report)(MemoryLogLevel level, const char *message, void *opaque);
    void *opaque; /* for the three functions above */
} KVMMemoryOptions;

/* Makes spaces the memory and ports of a virtual machine which has no slots so far. vm_fd and
 * the spaces must outlive it. NULL and an error: bad options, vm_fd is not a KVM virtual machine
 * or has a KVMMemory already (of any context; noticed only where the host has
 * KVM_CAP_IOEVENTFD), the host's KVM has no user memory or refuses the dirty rings, no memory
 * left, a call from a listener's callback. A slot that KVM refuses does not make the call fail
 * (see above). */
PHYSMEM_API KVMMemory *kvm_memory_new(int vm_fd, const KVMMemoryOptions *options, Error **errp);

/* Takes all slots, ioeventfds, coalesced ranges and the interrupts of kvm_memory_add_irqfd() from
 * the virtual machine, whose vCPUs must have been removed. NULL is fine. Ioeventfds and irqfds that
 * the caller gave to KVM without this library stay. Refused, with a MISUSE message: vCPUs that have
 * not been removed, a call from a listener's callback. */
PHYSMEM_API void kvm_memory_free(KVMMemory *km);

/* ---- vCPUs ------------------------------------------------------------------------------ */

/* Tells of a vCPU: its descriptor and its mapped kvm_run, which both must outlive it here. NULL and
 * an error if another vCPU was added with this descriptor or this kvm_run, if its dirty ring or the
 * queue of coalesced writes cannot be mapped, or if no memory is left. */
PHYSMEM_API KVMMemoryVcpu *kvm_memory_add_vcpu(KVMMemory *km, int vcpu_fd, struct kvm_run *run,
                                               Error **errp);

/* Forgets a vCPU, after taking the entries of its dirty ring. NULL is fine. The vCPU must not
 * run. The call is refused, with a MISUSE message, while the vCPU is in kvm_memory_run() or
 * kvm_memory_handle_exit(); so a device callback cannot remove the vCPU whose exit it serves. It
 * is not refused while a loop of the caller's is in KVM_RUN, which the adapter does not see. */
PHYSMEM_API void kvm_memory_remove_vcpu(KVMMemoryVcpu *vcpu);

/* To be called when KVM_RUN has returned 0: makes the guest's access to memory or ports, of any
 * size and count, and puts the answer where the next KVM_RUN finds it; empties full dirty rings.
 * True: done, run again. False: the exit is about something else, nothing was done. If KVM gave
 * up (KVM_EXIT_INTERNAL_ERROR) because the guest runs code where no slot is, a report says so.
 * An access that fails gives the guest what the space answers. By the thread that runs the vCPU,
 * without a lock; calls device callbacks. */
PHYSMEM_API bool kvm_memory_handle_exit(KVMMemoryVcpu *vcpu);

/* Runs the vCPU, for kick_signal: handles exits until one is about something else, and returns 0
 * with run->exit_reason; or -EINTR, after kvm_memory_kick() or a signal, or another negative
 * errno of KVM_RUN. Waits while slots change or kvm_memory_pause() holds; a signal that comes
 * together with these does not end it, so use kvm_memory_kick(). run->immediate_exit belongs to
 * the adapter. Any thread, but one at a time for a vCPU, without the context's lock. Refused,
 * with a MISUSE message: -EDEADLK if the calling thread has the context's lock, as in most
 * device callbacks; -EBUSY if the vCPU is in kvm_memory_run() or kvm_memory_handle_exit()
 * already. */
PHYSMEM_API int kvm_memory_run(KVMMemoryVcpu *vcpu);

/* For kick_signal: makes the running or, if it does not run, the next kvm_memory_run() return
 * -EINTR, with its last exit complete, so that its registers can be saved; only while the vCPUs
 * are paused it returns as it is. Any thread, without blocking, not from a handler of a signal. */
PHYSMEM_API void kvm_memory_kick(KVMMemoryVcpu *vcpu);

/* For kick_signal: stops the vCPUs in kvm_memory_run() as a change of slots does, until as many
 * kvm_memory_resume(). A vCPU whose exit is being handled counts as stopped: it does not enter the
 * guest, but its device callback may still run. Any thread, with or without the context's lock. */
PHYSMEM_API void kvm_memory_pause(KVMMemory *km);
PHYSMEM_API void kvm_memory_resume(KVMMemory *km);

/* ---- Beside memory ---------------------------------------------------------------------- */

/* Does the writes that KVM has queued for coalesced ranges, in their order. It fits the hook
 * flush_coalesced_mmio, where it belongs, with the KVMMemory as opaque; kvm_memory_handle_exit()
 * does it by itself. With or without the context's lock. */
PHYSMEM_API void kvm_memory_flush_coalesced(void *km);

/* A signal on e raises interrupt gsi of KVM's interrupt controllers without a thread in between.
 * Without 'resample' it is an edge. With it the line stays up until the guest ends the
 * interrupt; then 'resample' is signalled, and whoever still wants the interrupt signals e
 * again. False and an error if the host has no irqfd (KVM_CAP_IRQFD, KVM_CAP_IRQFD_RESAMPLE) or
 * refuses this one; use KVM_IRQ_LINE then. KVM refuses a notifier that raises an interrupt
 * already, this one or another (EBUSY). An interrupt may have several notifiers. Both notifiers
 * must stay until it is removed. */
PHYSMEM_API bool kvm_memory_add_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e,
                                      EventNotifier *resample, Error **errp);

/* Ends a connection that kvm_memory_add_irqfd() has made with the same gsi and notifier. False and
 * an error if they are not connected, or if KVM refuses. */
PHYSMEM_API bool kvm_memory_remove_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e,
                                         Error **errp);

/* ---- Looking ---------------------------------------------------------------------------- */

/* A slot that KVM has now. */
typedef struct KVMMemorySlot {
    unsigned address_space; /* 0: memory, 1: system management mode */
    unsigned id;
    hwaddr guest_addr;
    uint64_t size;
    void *host;
    int fd;             /* of the file behind it, -1 if there is none; the region's */
    uint64_t fd_offset; /* where in that file */
    MemoryRegion *mr; /* NULL: KVM did not let go of a slot whose region had no owner */
    hwaddr offset_within_region;
    bool readonly;
    bool logged;
} KVMMemorySlot;

/* Calls func for each slot by ascending address space and address, until it returns true. func must
 * not edit the topology. */
PHYSMEM_API void kvm_memory_for_each_slot(KVMMemory *km,
                                          bool (*func)(const KVMMemorySlot *slot, void *opaque),
                                          void *opaque);

PHYSMEM_END_DECLS

#endif
