/* SPDX-License-Identifier: MIT
 *
 * Address spaces as the memory and the I/O ports of a KVM virtual machine.
 *
 * The adapter is a listener of the spaces. It makes RAM and ROM memory slots of KVM, gives KVM
 * ioeventfds and coalesced ranges, and takes dirty pages from it. An access that has no slot comes
 * back as an exit of KVM_RUN, and the adapter makes it through the spaces. The program keeps the
 * descriptors of the virtual machine and its vCPUs, and makes all other ioctls.
 *
 * RAM, RAM devices, ROM, and ROM devices in ROM mode become slots. Each range is rounded inwards to
 * pages of the host. All other accesses exit. Their data is right, but a guest cannot run code
 * there. Such memory without a slot is:
 *   - the bytes before and after the whole pages of a range;
 *   - a range whose host address and guest address have different offsets in a page;
 *   - ROM, if the host has no read-only slots;
 *   - a range that KVM refuses or has no slot for.
 * All but the first are reported. Each commit tries refused ranges again. If KVM refuses to remove
 * a slot, the guest can still reach its memory, and the adapter keeps the owner of the region
 * until KVM removes the slot. It cannot keep a region without an owner: the program must then keep
 * the memory of the region that the report of the refusal names.
 *
 * A capability that the host lacks is reported once, by its name, when it is first wanted. The
 * library then does the work without it. The same holds for ioeventfds that KVM refuses. Leave
 * MemoryContextHooks.accelerates_ioeventfds false: the library signals an ioeventfd when its write
 * exits.
 *
 * Unless its comment says otherwise, every function here is edit side. The context of the spaces
 * must be the current one.
 *
 *   km         the KVMMemory
 *   vcpu       the vCPU
 *   gsi, e     an interrupt of KVM's interrupt controllers, and the notifier that raises it
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

/* The options of kvm_memory_new(). All zero, except 'memory', is the default. */
typedef struct KVMMemoryOptions {
    AddressSpace *memory; /* the guest's physical memory; required */
    AddressSpace *io;     /* its I/O ports; NULL: the program handles port exits */
    AddressSpace *smm;    /* its physical memory in system management mode, which may be 'memory';
                           * NULL: the guest does not use that mode. On a host without
                           * KVM_CAP_MULTI_ADDRESS_SPACE the mode shows 'memory'. */
    unsigned max_slots;   /* the most slots to use of each address space of KVM; 0: as many as the
                           * host has */

    /* The source of dirty pages. 0: KVM's bitmap of each slot. Otherwise each vCPU has a ring with
     * this number of entries, a power of two. For rings, attach before the first vCPU is made. A
     * host without rings uses bitmaps. Each harvest from rings stops the vCPUs for a moment,
     * because processors keep some pages to themselves while a guest runs. If there is no way to
     * stop vCPUs (see below), the next harvest finds these pages. If KVM lets a ring overflow, all
     * logged memory counts as dirty once. The first overflow is reported. */
    unsigned dirty_ring_entries;

    /* The way to stop vCPUs. KVM cannot make some changes of slots in one step, for example if a
     * commit splits memory, joins it, changes its kind, or moves it while it is logged. The guest
     * must not run meanwhile. There are three ways:
     *   - kick_signal: the vCPUs run in kvm_memory_run(), and the adapter stops them with this
     *     signal. The program sets a handler that does nothing, without SA_RESTART. No thread that
     *     runs a vCPU may block the signal.
     *   - stop_vcpus and resume_vcpus: the program stops the vCPUs. After stop_vcpus() has
     *     returned, no vCPU may be in KVM_RUN, and none may enter it until resume_vcpus(). The
     *     thread that commits calls both, with the context's lock held. That may be a vCPU's thread
     *     between two runs. A vCPU that waits for the lock is outside KVM_RUN and counts as
     *     stopped.
     *   - neither: right if no vCPU runs during such commits. Otherwise the guest may find, for a
     *     moment, no memory where there is memory before and after the commit. Data accesses are
     *     right even then, but a page of logged memory that the guest writes just then may not
     *     become dirty. */
    int kick_signal;
    void (*stop_vcpus)(void *opaque);
    void (*resume_vcpus)(void *opaque);

    /* Takes a message about a problem that no call can return as an error: one line without a
     * newline, valid during the call. NULL: messages go to standard error. Called from any thread,
     * with or without the context's lock. Must not call the library. */
    void (*report)(MemoryLogLevel level, const char *message, void *opaque);
    void *opaque; /* the last argument of the three functions above */
} KVMMemoryOptions;

/* Makes the address spaces of 'options' the memory and ports of the virtual machine vm_fd, which
 * must have no slots yet. vm_fd and the spaces must outlive the KVMMemory; 'options' is copied. The
 * caller ends it with kvm_memory_free(). Returns NULL and an error if
 *   - an option is missing or out of range, options contradict each other, or a space belongs to
 *     another context;
 *   - vm_fd is not a KVM virtual machine;
 *   - the virtual machine has a KVMMemory already, of any context (noticed only if the host has
 *     KVM_CAP_IOEVENTFD);
 *   - the host's KVM lacks KVM_CAP_USER_MEMORY, or refuses the dirty rings;
 *   - memory is exhausted;
 *   - it is called from a listener's callback.
 * The call does not fail if KVM refuses a slot (see above). */
PHYSMEM_API KVMMemory *kvm_memory_new(int vm_fd, const KVMMemoryOptions *options, Error **errp);

/* Removes all slots, ioeventfds, coalesced ranges, and connections of kvm_memory_add_irqfd() from
 * the virtual machine, and frees the KVMMemory. Ioeventfds and irqfds that the program gave to KVM
 * itself stay. km may be NULL. The call is refused, with a MISUSE message, if a vCPU has not been
 * removed, or in a listener's callback. */
PHYSMEM_API void kvm_memory_free(KVMMemory *km);

/* ---- vCPUs ------------------------------------------------------------------------------ */

/* Adds a vCPU, by its descriptor vcpu_fd and its mapped kvm_run. Both must stay valid until the
 * caller ends it with kvm_memory_remove_vcpu(). Returns NULL and an error if 'run' is NULL, if
 * another vCPU was added with this descriptor or this kvm_run, if the dirty ring or the queue of
 * coalesced writes cannot be mapped, or if memory is exhausted. */
PHYSMEM_API KVMMemoryVcpu *kvm_memory_add_vcpu(KVMMemory *km, int vcpu_fd, struct kvm_run *run,
                                               Error **errp);

/* Removes a vCPU that does not run. First makes the writes that KVM has queued, which calls device
 * callbacks, and takes the dirty pages from the vCPU's ring. vcpu may be NULL. The call is refused,
 * with a MISUSE message, while the vCPU is in kvm_memory_run() or kvm_memory_handle_exit(); so a
 * device callback cannot remove the vCPU whose exit it serves. If the program has its own loop, the
 * adapter cannot notice that the vCPU is in KVM_RUN. */
PHYSMEM_API void kvm_memory_remove_vcpu(KVMMemoryVcpu *vcpu);

/* Handles an exit, for a program with its own loop: call it when KVM_RUN has returned 0. Makes the
 * guest's access to memory or ports, of any size and count, and puts the answer into kvm_run for
 * the next KVM_RUN. Also empties full dirty rings. Returns true if the exit is handled: call
 * KVM_RUN again. Returns false if the exit is for the program: nothing was done. If the exit is
 * KVM_EXIT_INTERNAL_ERROR because the guest ran code that has no slot, a report says so. If the
 * access fails, the guest gets what the space answers. Any thread, not in a read section: the one
 * that runs the vCPU, without the context's lock; calls device callbacks. */
PHYSMEM_API bool kvm_memory_handle_exit(KVMMemoryVcpu *vcpu);

/* Runs the vCPU and handles its exits, until one is for the program. With kick_signal, use this in
 * place of a loop around KVM_RUN. Returns
 *   - 0 if an exit is for the program: see run->exit_reason;
 *   - -EINTR after kvm_memory_kick() or a signal;
 *   - -EDEADLK, with a MISUSE message, if the calling thread has the context's lock, as in most
 *     device callbacks;
 *   - -EBUSY, with a MISUSE message, if the vCPU is in kvm_memory_run() or
 *     kvm_memory_handle_exit() already;
 *   - another negative errno of KVM_RUN.
 * Waits while slots change and while the vCPUs are paused (kvm_memory_pause()). A signal that comes
 * during this wait does not end the run, but kvm_memory_kick() does. run->immediate_exit belongs to
 * the adapter. Any thread, not in a read section: one at a time for a vCPU, without the context's
 * lock; calls device callbacks. */
PHYSMEM_API int kvm_memory_run(KVMMemoryVcpu *vcpu);

/* Makes the current kvm_memory_run() of the vCPU, or the next one, return -EINTR. By then KVM has
 * completed the last exit, so that registers can be saved. Exception: a kick while the vCPUs are
 * paused ends the run at once, without completing the exit. Refused, with a MISUSE message,
 * without kick_signal. Any thread, with or without the context's lock; does not block. Not in a
 * signal handler. */
PHYSMEM_API void kvm_memory_kick(KVMMemoryVcpu *vcpu);

/* Stops the vCPUs in kvm_memory_run() as a change of slots does, until kvm_memory_resume(). Calls
 * nest. Waits until no vCPU is in the guest. A vCPU whose exit is being handled counts as stopped:
 * it does not enter the guest, but its device callback may still run. Refused, with a MISUSE
 * message, without kick_signal. Any thread, with or without the context's lock. */
PHYSMEM_API void kvm_memory_pause(KVMMemory *km);

/* Lets the vCPUs run again that kvm_memory_pause() has stopped. Refused, with a MISUSE message,
 * without a pause. Any thread, with or without the context's lock. */
PHYSMEM_API void kvm_memory_resume(KVMMemory *km);

/* ---- Coalesced writes and interrupts ---------------------------------------------------- */

/* Makes the writes that KVM has queued for coalesced ranges, in their order. Set it as the hook
 * flush_coalesced_mmio (MemoryContextHooks), with the KVMMemory as opaque. kvm_memory_handle_exit()
 * and kvm_memory_run() do the same before they handle an exit. Any thread, with or without the
 * context's lock; calls device callbacks, and takes the context's lock for that. */
PHYSMEM_API void kvm_memory_flush_coalesced(void *km);

/* Connects a notifier with an interrupt: KVM raises interrupt gsi of its interrupt controllers when
 * e is signalled. With resample NULL, the interrupt is an edge. Otherwise the line stays up until
 * the guest ends the interrupt. KVM then signals 'resample', and a device that still wants the
 * interrupt signals e again. An interrupt may have several notifiers. Both notifiers must stay
 * until kvm_memory_remove_irqfd(). Returns false and an error if
 *   - the host lacks KVM_CAP_IRQFD or KVM_CAP_IRQFD_RESAMPLE: use KVM_IRQ_LINE;
 *   - KVM refuses: with EBUSY, e raises an interrupt already, this one or another;
 *   - memory is exhausted. */
PHYSMEM_API bool kvm_memory_add_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e,
                                      EventNotifier *resample, Error **errp);

/* Ends a connection that kvm_memory_add_irqfd() has made with the same gsi and notifier. Returns
 * false and an error if they are not connected, or if KVM refuses. */
PHYSMEM_API bool kvm_memory_remove_irqfd(KVMMemory *km, uint32_t gsi, EventNotifier *e,
                                         Error **errp);

/* ---- Looking ---------------------------------------------------------------------------- */

/* A slot that KVM has now. */
typedef struct KVMMemorySlot {
    unsigned address_space; /* 0: memory, 1: system management mode */
    unsigned id;
    hwaddr guest_addr;
    uint64_t size;      /* in bytes */
    void *host;         /* the host address of its first byte */
    int fd;             /* the region's file, -1 if it has none */
    uint64_t fd_offset; /* where in that file the slot begins */
    MemoryRegion *mr;   /* NULL: KVM refused to remove the slot of a region without an owner */
    hwaddr offset_within_region;
    bool readonly;
    bool logged; /* KVM logs writes to it */
} KVMMemorySlot;

/* Calls func for each slot that KVM has, by ascending address space and address, until it returns
 * true. The slot is valid during the call. func is called with the context's lock held, and must
 * not edit the map. */
PHYSMEM_API void kvm_memory_for_each_slot(KVMMemory *km,
                                          bool (*func)(const KVMMemorySlot *slot, void *opaque),
                                          void *opaque);

PHYSMEM_END_DECLS

#endif
