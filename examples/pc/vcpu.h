/* SPDX-License-Identifier: MIT
 *
 * A vCPU and the thread that runs it. It runs until it is paused, the guest switches the PC off, a
 * breakpoint is reached, or something goes wrong. Then it waits until it is resumed.
 */
#ifndef PC_VCPU_H
#define PC_VCPU_H

#include <physmem/kvm.h>
#include <pthread.h>

#include "cpu-state.h"
#include "vm.h"

typedef enum VcpuStop {
    VCPU_RUNS,
    VCPU_PAUSED, /* by vcpu_pause(), or because it has not run yet */
    VCPU_BREAKPOINT,
    VCPU_OFF,
    VCPU_FAILED, /* vcpu->failure says why */
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

    pthread_mutex_t lock;   /* protects the rest; no other lock of ours is taken inside it */
    pthread_cond_t changed; /* 'stop', 'wanted' or 'quit' has changed */
    VcpuStop stop;          /* why it does not run, or VCPU_RUNS */
    VcpuStop wanted;        /* what 'stop' becomes when it comes out of the guest */
    bool reset_wanted;
    bool quit; /* the thread is to end */
    char failure[160];

    /* Resets the whole PC. Called by the thread, outside the guest. */
    bool (*reset)(void *opaque, Error **errp);
    void *opaque;
} Vcpu;

/* Makes the vCPU and its thread, paused. The context of 'memory' must be the current one. Returns
 * false and an error that names the call that failed. */
bool vcpu_init(Vcpu *vcpu, const Vm *vm, KVMMemory *memory,
               bool (*reset)(void *opaque, Error **errp), void *opaque, Error **errp);
void vcpu_end(Vcpu *vcpu);

/* Stops the vCPU, and returns when it has stopped and has finished its last access. Any other
 * thread, without the context's lock. */
void vcpu_pause(Vcpu *vcpu);

/* Lets the vCPU run again. Any other thread. */
void vcpu_resume(Vcpu *vcpu);

/* Waits until the vCPU does not run any more, at most this time. Returns why it does not run, or
 * VCPU_RUNS if it still does. */
VcpuStop vcpu_wait(Vcpu *vcpu, unsigned milliseconds);

/* For devices, in an access of the guest: after this access the PC is switched off, or reset. */
void vcpu_want_off(Vcpu *vcpu);
void vcpu_want_reset(Vcpu *vcpu);

/* Restores the state that the vCPU had when it was made. It must not run. */
bool vcpu_power_on(Vcpu *vcpu, Error **errp);

#endif
