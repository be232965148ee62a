/* SPDX-License-Identifier: MIT
 *
 * A vCPU and the thread that runs it. It runs until somebody pauses it, the guest switches the PC
 * off, a breakpoint is hit or something goes wrong; then it waits to be resumed.
 */
#ifndef PC_VCPU_H
#define PC_VCPU_H

#include <physmem/kvm.h>
#include <pthread.h>

#include "cpu-state.h"
#include "vm.h"

typedef enum VcpuStop {
    VCPU_RUNS,
    VCPU_PAUSED, /* by vcpu_pause(); at first, too */
    VCPU_BREAKPOINT,
    VCPU_OFF,
    VCPU_FAILED, /* vcpu->failure says how */
} VcpuStop;

typedef struct Vcpu {
    const Vm *vm;
    MemoryContext *context;
    int fd;
    struct kvm_run *run;
    KVMMemoryVcpu *memory;
    CpuState power_on;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* the last one taken; of what follows */
    pthread_cond_t changed;
    VcpuStop stop;
    VcpuStop wanted; /* as soon as it comes out of the guest */
    bool reset_wanted;
    bool quit;
    char failure[160];

    /* Of the whole PC; called by the thread, outside the guest. */
    bool (*reset)(void *opaque, Error **errp);
    void *opaque;
} Vcpu;

/* Makes the vCPU and its thread, paused. The context of 'memory' must be the current one. */
bool vcpu_init(Vcpu *vcpu, const Vm *vm, KVMMemory *memory,
               bool (*reset)(void *opaque, Error **errp), void *opaque, Error **errp);
void vcpu_end(Vcpu *vcpu);

/* From any other thread, without the context's lock. vcpu_pause() returns when the vCPU has
 * stopped, and has finished the access it was at. */
void vcpu_pause(Vcpu *vcpu);
void vcpu_resume(Vcpu *vcpu);

/* Waits until it does not run any more, for so long at most, and tells why; VCPU_RUNS if it still
 * does. */
VcpuStop vcpu_wait(Vcpu *vcpu, unsigned milliseconds);

/* By devices, from within an access of the guest: what is to happen after it. */
void vcpu_want_off(Vcpu *vcpu);
void vcpu_want_reset(Vcpu *vcpu);

/* Puts the vCPU back to what it was when it was made. It must not run. */
bool vcpu_power_on(Vcpu *vcpu, Error **errp);

#endif
