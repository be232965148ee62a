/* SPDX-License-Identifier: MIT
 *
 * The thread that runs a vCPU, and how other threads stop it (vcpu.h).
 */
#include "vcpu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- The thread ------------------------------------------------------------------------- */

static void stop_as(Vcpu *vcpu, VcpuStop stop)
{
    pthread_mutex_lock(&vcpu->lock);
    vcpu->wanted = stop;
    pthread_mutex_unlock(&vcpu->lock);
}

static void fail(Vcpu *vcpu, const char *what, uint64_t detail)
{
    struct kvm_regs regs = { 0 };

    ioctl(vcpu->fd, KVM_GET_REGS, &regs);
    snprintf(vcpu->failure, sizeof(vcpu->failure), "%s (%" PRIu64 ") at instruction 0x%llx", what,
             detail, regs.rip);
    stop_as(vcpu, VCPU_FAILED);
}

/* Handles the result of a run. A shutdown exit means three faults in a row, which reset a PC. */
static void handle(Vcpu *vcpu, int result)
{
    if (result == -EINTR) {
        return;
    }
    if (result < 0) {
        fail(vcpu, strerror(-result), 0);
        return;
    }
    switch (vcpu->run->exit_reason) {
    case KVM_EXIT_SHUTDOWN:
        vcpu_want_reset(vcpu);
        break;
    case KVM_EXIT_DEBUG:
        stop_as(vcpu, VCPU_BREAKPOINT);
        break;
    case KVM_EXIT_INTERNAL_ERROR:
        fail(vcpu, "KVM has given up: internal error", vcpu->run->internal.suberror);
        break;
    case KVM_EXIT_FAIL_ENTRY:
        fail(vcpu, "the processor refuses the guest",
             vcpu->run->fail_entry.hardware_entry_failure_reason);
        break;
    default:
        fail(vcpu, "the PC does not handle this exit of KVM", vcpu->run->exit_reason);
        break;
    }
}

static bool take_reset(Vcpu *vcpu)
{
    bool wanted;

    pthread_mutex_lock(&vcpu->lock);
    wanted = vcpu->reset_wanted;
    vcpu->reset_wanted = false;
    pthread_mutex_unlock(&vcpu->lock);
    return wanted;
}

static void reset_if_wanted(Vcpu *vcpu)
{
    Error *error = NULL;

    if (take_reset(vcpu) && !vcpu->reset(vcpu->opaque, &error)) {
        fail(vcpu, error_get_pretty(error), 0);
        error_free(error);
    }
}

/* Waits while the vCPU is not to run. Returns false if the thread is to end. */
static bool may_run(Vcpu *vcpu)
{
    bool run;

    pthread_mutex_lock(&vcpu->lock);
    vcpu->stop = vcpu->wanted;
    while (vcpu->stop != VCPU_RUNS && !vcpu->quit) {
        pthread_cond_broadcast(&vcpu->changed);
        pthread_cond_wait(&vcpu->changed, &vcpu->lock);
        vcpu->stop = vcpu->wanted;
    }
    run = !vcpu->quit;
    pthread_mutex_unlock(&vcpu->lock);
    return run;
}

static void *run_vcpu(void *opaque)
{
    Vcpu *vcpu = opaque;

    memory_context_set_current(vcpu->context);
    while (may_run(vcpu)) {
        handle(vcpu, kvm_memory_run(vcpu->memory));
        reset_if_wanted(vcpu);
    }
    memory_context_set_current(NULL);
    return NULL;
}

/* ---- By other threads ------------------------------------------------------------------- */

/* A vCPU that has stopped for another reason keeps that reason. */
void vcpu_pause(Vcpu *vcpu)
{
    pthread_mutex_lock(&vcpu->lock);
    if (vcpu->wanted == VCPU_RUNS) {
        vcpu->wanted = VCPU_PAUSED;
        kvm_memory_kick(vcpu->memory);
    }
    while (vcpu->stop == VCPU_RUNS) {
        pthread_cond_wait(&vcpu->changed, &vcpu->lock);
    }
    pthread_mutex_unlock(&vcpu->lock);
}

void vcpu_resume(Vcpu *vcpu)
{
    pthread_mutex_lock(&vcpu->lock);
    vcpu->wanted = VCPU_RUNS;
    vcpu->stop = VCPU_RUNS;
    vcpu->failure[0] = '\0';
    pthread_cond_broadcast(&vcpu->changed);
    pthread_mutex_unlock(&vcpu->lock);
}

static struct timespec deadline_in(unsigned milliseconds)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

VcpuStop vcpu_wait(Vcpu *vcpu, unsigned milliseconds)
{
    struct timespec deadline = deadline_in(milliseconds);
    VcpuStop stop;
    int error = 0;

    pthread_mutex_lock(&vcpu->lock);
    while (vcpu->stop == VCPU_RUNS && error == 0) {
        error = pthread_cond_timedwait(&vcpu->changed, &vcpu->lock, &deadline);
    }
    stop = vcpu->stop;
    pthread_mutex_unlock(&vcpu->lock);
    return stop;
}

/* ---- By devices ------------------------------------------------------------------------- */

void vcpu_want_off(Vcpu *vcpu)
{
    stop_as(vcpu, VCPU_OFF);
    kvm_memory_kick(vcpu->memory);
}

void vcpu_want_reset(Vcpu *vcpu)
{
    pthread_mutex_lock(&vcpu->lock);
    vcpu->reset_wanted = true;
    pthread_mutex_unlock(&vcpu->lock);
    kvm_memory_kick(vcpu->memory);
}

bool vcpu_power_on(Vcpu *vcpu, Error **errp)
{
    return cpu_state_set(vcpu->vm, vcpu->fd, &vcpu->power_on, errp);
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool failed(const char *call, Error **errp)
{
    error_setg_errno(errp, errno, "%s", call);
    return false;
}

static bool make(Vcpu *vcpu, KVMMemory *memory, Error **errp)
{
    vcpu->fd = ioctl(vcpu->vm->fd, KVM_CREATE_VCPU, 0);
    if (vcpu->fd < 0) {
        return failed("KVM_CREATE_VCPU", errp);
    }
    if (ioctl(vcpu->fd, KVM_SET_CPUID2, vcpu->vm->cpuid) != 0) {
        return failed("KVM_SET_CPUID2", errp);
    }
    vcpu->run = mmap(NULL, vcpu->vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) {
        return failed("mapping the vCPU", errp);
    }
    vcpu->memory = kvm_memory_add_vcpu(memory, vcpu->fd, vcpu->run, errp);
    return vcpu->memory != NULL && cpu_state_get(vcpu->vm, vcpu->fd, &vcpu->power_on, errp);
}

bool vcpu_init(Vcpu *vcpu, const Vm *vm, KVMMemory *memory,
               bool (*reset)(void *opaque, Error **errp), void *opaque, Error **errp)
{
    *vcpu = (Vcpu){ .vm = vm,
                    .context = memory_context_current(),
                    .fd = -1,
                    .run = MAP_FAILED,
                    .stop = VCPU_PAUSED,
                    .wanted = VCPU_PAUSED,
                    .reset = reset,
                    .opaque = opaque };
    pthread_mutex_init(&vcpu->lock, NULL);
    pthread_cond_init(&vcpu->changed, NULL);
    if (make(vcpu, memory, errp)) {
        errno = pthread_create(&vcpu->thread, NULL, run_vcpu, vcpu);
        vcpu->has_thread = errno == 0 || failed("making the vCPU's thread", errp);
    }
    if (!vcpu->has_thread) {
        vcpu_end(vcpu);
    }
    return vcpu->has_thread;
}

static void end_thread(Vcpu *vcpu)
{
    vcpu_pause(vcpu);
    pthread_mutex_lock(&vcpu->lock);
    vcpu->quit = true;
    pthread_cond_broadcast(&vcpu->changed);
    pthread_mutex_unlock(&vcpu->lock);
    pthread_join(vcpu->thread, NULL);
}

void vcpu_end(Vcpu *vcpu)
{
    if (vcpu->has_thread) {
        end_thread(vcpu);
    }
    kvm_memory_remove_vcpu(vcpu->memory);
    if (vcpu->run != MAP_FAILED) {
        munmap(vcpu->run, vcpu->vm->run_size);
    }
    if (vcpu->fd >= 0) {
        close(vcpu->fd);
    }
    pthread_cond_destroy(&vcpu->changed);
    pthread_mutex_destroy(&vcpu->lock);
}
