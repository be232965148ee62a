/* SPDX-License-Identifier: MIT
 *
 * A guest for the tests of the KVM adapter: a virtual machine whose memory and ports are spaces of
 * a test's machine, and vCPUs that run small programs, each in a thread of its own.
 *
 *   0 - ffff          RAM "low": programs from CODE_AT on, stacks at its end
 *   10000 - ...       for the test
 *   TABLES_AT - ...   RAM "tables": the page tables of 64-bit programs
 *   port END_PORT     ends a program; what is written is its result
 *
 * A program is written in place, in 16 or 64 bits:
 *
 *     GUEST_CODE(fill, 16, "rep stosb; hlt");
 *     ...
 *     Guest *g = guest_new(m, NULL);
 *     Vcpu *v = vcpu_new(g);
 *     v->regs.rdi = 0x8000;
 *     v->regs.rcx = 100;
 *     vcpu_call(v, &fill);
 *
 * A program begins with the registers in Vcpu.regs and with flat segments of 4 GiB, also in 16
 * bits, where addresses above 64 KiB are in 32-bit registers. A 64-bit program has page tables of
 * 2 MiB pages that map each address to itself. A program ends with HLT, and RAX is its result, or
 * with OUT to END_PORT.
 *
 * A test fails if the adapter reports a message that the test does not expect, or if an exit is
 * not handled.
 */
#ifndef TESTS_KVM_GUEST_H
#define TESTS_KVM_GUEST_H

#include <pthread.h>

#include <physmem/kvm.h>

#include "../support.h"
#include "ioctl.h"

enum { CODE_AT = 0x1000, LOW_SIZE = 0x10000, END_PORT = 0xf4, GUEST_VCPUS = 4, GUEST_EXITS = 64 };
enum { TABLES_AT = 0x7f000000 };

/* ---- Programs --------------------------------------------------------------------------- */

typedef struct GuestCode {
    const uint8_t *begin;
    const uint8_t *end;
    unsigned bits; /* 16 or 64 */
} GuestCode;

/* 'text' is position-independent AT&T syntax with local labels only (1: ... jmp 1b). */
#define GUEST_CODE(name, width, text)                                                             \
    __asm__(".pushsection .rodata\n"                                                              \
            ".code" #width "\n"                                                                   \
            "guest_code_" #name ":\n" text "\n"                                                   \
            "guest_code_" #name "_end:\n"                                                         \
            ".code64\n"                                                                           \
            ".popsection\n");                                                                     \
    extern const uint8_t guest_code_##name[] __attribute__((visibility("hidden")));               \
    extern const uint8_t guest_code_##name##_end[] __attribute__((visibility("hidden")));         \
    static const GuestCode name = { guest_code_##name, guest_code_##name##_end, width }

/* ---- Guests ----------------------------------------------------------------------------- */

typedef struct Guest Guest;
typedef struct Vcpu Vcpu;

struct Guest {
    Machine *m;
    MemoryRegion *root; /* the root of all memory */
    MemoryRegion *low;
    MemoryRegion *tables; /* NULL before guest_map() */
    MemoryRegion *ports;
    AddressSpace *as;
    AddressSpace *io;
    int kvm_fd;
    int vm_fd;
    KVMMemory *km; /* NULL before guest_attach() */
    KVMMemoryOptions options;
    Vcpu *vcpus[GUEST_VCPUS];
    unsigned count;
    GString *reports; /* what the adapter reported, one line each: "error: ..." */
    GMutex lock;      /* guards the reports and the ends of vCPUs */
    GCond ended;
};

/* Adds a test with a machine of its own. It is skipped on a host without KVM. */
void kvm_test_add(const char *path, TestFunc *func, gconstpointer data);
#define KVM_TEST(path, func) kvm_test_add(path, func, NULL)
void kvm_test_add_with(const char *path, TestFunc *func, gconstpointer data,
                       const MemoryContextOptions *options);

/* Makes a virtual machine, its spaces, low RAM and END_PORT, but attaches nothing. */
Guest *guest_bare_new(Machine *m);

/* Attaches the spaces to the virtual machine. Options that are not set (or all of them, if
 * 'options' is NULL) are filled in: memory, io and report. kick_signal is filled in unless the
 * options have another way to stop vCPUs or say that there is none ('unstoppable').
 * guest_attach_error() expects an error and returns its text, which the caller frees. */
void guest_attach(Guest *g, const KVMMemoryOptions *options);
char *guest_attach_error(Guest *g, const KVMMemoryOptions *options);
extern void (*const unstoppable)(void *opaque); /* a value of options.resume_vcpus */

/* Makes a guest and attaches it. */
Guest *guest_new(Machine *m, const KVMMemoryOptions *options);

/* Ends the guest. All vCPUs have stopped, and no report is left that the test did not expect. */
void guest_free(Guest *g);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)

/* Makes RAM and puts it at 'addr'. That of the second function is registered for migration. */
MemoryRegion *guest_ram(Guest *g, const char *name, hwaddr addr, uint64_t size);
MemoryRegion *guest_migratable_ram(Guest *g, const char *name, hwaddr addr, uint64_t size);

/* Makes page tables for 64-bit programs that map 'gib' GiB (at most 512). Without this call the
 * first such program maps 4 GiB. */
void guest_map(Guest *g, uint64_t gib);

/* Expects a report of that level in which all the words occur. It is the next one that is not
 * expected yet. The list of words ends with NULL. */
void expect_report(Guest *g, const char *level, ...) G_GNUC_NULL_TERMINATED;

/* Returns the slots as text: "0-ffff low@0, 20000-2ffff rom@0 ro, 40000-4ffff ram@10000 log". */
char *slots_text(Guest *g);
#define assert_slots(g, want)                                                                     \
    do {                                                                                          \
        g_autofree char *slots_now = slots_text(g);                                               \
        g_assert_cmpstr(slots_now, ==, want);                                                     \
    } while (0)

/* ---- vCPUs ------------------------------------------------------------------------------ */

struct Vcpu {
    Guest *g;
    unsigned id;
    int fd;
    struct kvm_run *run;
    size_t run_size;
    KVMMemoryVcpu *km;
    struct kvm_regs regs; /* a program begins with these, except rip, rsp and rflags */
    hwaddr code_at; /* where vcpu_start() puts its program; at first each vCPU has its own page */
    bool stop;
    bool started; /* a thread exists that has to be joined */
    bool running;
    uint64_t result;
    bool in_guest;               /* in KVM_RUN; atomic */
    unsigned exits[GUEST_EXITS]; /* exits of KVM_RUN by reason, since the program began */
    GString *failure;            /* an exit that nothing handled */
    pthread_t thread;
};

/* Makes a vCPU. It ends with the guest. */
Vcpu *vcpu_new(Guest *g);

/* vcpu_start() copies a program to code_at and starts it. vcpu_wait() waits for its end and
 * returns its result. vcpu_call() does both. */
void vcpu_start(Vcpu *v, const GuestCode *code);
uint64_t vcpu_wait(Vcpu *v);
uint64_t vcpu_call(Vcpu *v, const GuestCode *code);

/* Starts a program that is in memory already. */
void vcpu_start_at(Vcpu *v, unsigned bits, hwaddr addr);

/* Ends a program wherever it is. */
void vcpu_stop(Vcpu *v);

/* Waits for a program that ends with an exit that nothing handles, and returns the exit's
 * reason. */
unsigned vcpu_wait_failed(Vcpu *v);

/* Called by ioctl.c: runs KVM_RUN and marks the vCPU of this thread as in the guest. */
int guest_run(int fd);

#endif
