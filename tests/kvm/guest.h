/* SPDX-License-Identifier: MIT
 *
 * A guest for the tests of the KVM adapter: a virtual machine whose memory and ports are spaces of
 * a test's machine, and vCPUs that run small programs, each in a thread of its own.
 *
 *   0 - ffff          RAM "low": programs from CODE_AT on, stacks at its end
 *   10000 - ...       the test's
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
 * It begins with flat segments of 4 GiB, in 16 bits, too (addresses above 64 KiB lie in 32-bit
 * registers), 64-bit programs with an identity mapping of 2 MiB pages; with the registers in
 * Vcpu.regs; and it ends with HLT, its result being RAX, or with OUT to END_PORT.
 *
 * Each message that the adapter reports must be expected, and each exit that no one handles fails
 * the test.
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

/* text: AT&T syntax, position independent; labels are local ones (1: ... jmp 1b). */
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
    MemoryRegion *root; /* all of memory */
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
    GString *reports; /* what the adapter said, one line each: "error: ..." */
    GMutex lock;      /* of reports and of the ends of vCPUs */
    GCond ended;
};

/* A test with a machine of its own, skipped where there is no KVM. */
void kvm_test_add(const char *path, TestFunc *func, gconstpointer data);
#define KVM_TEST(path, func) kvm_test_add(path, func, NULL)
void kvm_test_add_with(const char *path, TestFunc *func, gconstpointer data,
                       const MemoryContextOptions *options);

/* A virtual machine, its spaces, low RAM and END_PORT. */
Guest *guest_bare_new(Machine *m);

/* Makes the spaces its memory. What options (may be NULL) do not say: memory, io, report, and
 * kick_signal unless there is a way to stop vCPUs or 'unstoppable' says that there is to be none.
 * guest_attach_error() is the one that fails: the text is to be freed. */
void guest_attach(Guest *g, const KVMMemoryOptions *options);
char *guest_attach_error(Guest *g, const KVMMemoryOptions *options);
extern void (*const unstoppable)(void *opaque); /* as options.resume_vcpus */

/* All of that. Ends with nothing expected left, all vCPUs stopped. */
Guest *guest_new(Machine *m, const KVMMemoryOptions *options);
void guest_free(Guest *g);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)

/* RAM that the test puts at addr. The second one migrates. */
MemoryRegion *guest_ram(Guest *g, const char *name, hwaddr addr, uint64_t size);
MemoryRegion *guest_migratable_ram(Guest *g, const char *name, hwaddr addr, uint64_t size);

/* Makes the page tables of 64-bit programs, which reach so many GiB (up to 512). The first such
 * program does it with 4. */
void guest_map(Guest *g, uint64_t gib);

/* The adapter has said that, before anything else that is still to be expected; the list of words
 * ends with NULL. */
void expect_report(Guest *g, const char *level, ...) G_GNUC_NULL_TERMINATED;

/* The slots as text: "0-ffff low@0, 20000-2ffff rom@0 ro, 40000-4ffff ram@10000 log". */
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
    struct kvm_regs regs; /* a program begins with these, but rip, rsp and rflags */
    hwaddr code_at;       /* where vcpu_start() puts its program; a page for each vCPU at first */
    bool stop;
    bool started; /* there is a thread to be joined */
    bool running;
    uint64_t result;
    bool in_guest;               /* in KVM_RUN; atomic */
    unsigned exits[GUEST_EXITS]; /* of KVM_RUN, by reason, since the program began */
    GString *failure;            /* what nobody handled */
    pthread_t thread;
};

/* Ends with the guest. */
Vcpu *vcpu_new(Guest *g);

/* Copies a program to code_at and starts it; waits for its end and gives the result; both. */
void vcpu_start(Vcpu *v, const GuestCode *code);
uint64_t vcpu_wait(Vcpu *v);
uint64_t vcpu_call(Vcpu *v, const GuestCode *code);

/* Starts what lies in memory already. */
void vcpu_start_at(Vcpu *v, unsigned bits, hwaddr addr);

/* Ends a program wherever it is. */
void vcpu_stop(Vcpu *v);

/* Waits for a program that ends with an exit that nobody handles, whose reason it gives. */
unsigned vcpu_wait_failed(Vcpu *v);

/* For ioctl.c: KVM_RUN, noted for the vCPU that runs in this thread. */
int guest_run(int fd);

#endif
