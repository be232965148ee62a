/* SPDX-License-Identifier: MIT
 *
 * The smallest KVM monitor: some RAM, a port that prints, and a guest of a dozen instructions.
 * docs/kvm.md shows this file.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <physmem/kvm.h>
#include <physmem/physmem.h>

enum { RAM_SIZE = 0x10000, CODE = 0x1000, RESULT = 0x2000, PORT = 0xe9 };

/* 16-bit code that runs at CODE. */
/* clang-format off */
static const uint8_t guest[] = {
    0xbe, 0x15, 0x10,                   /*         mov si, message        */
    0xba, 0xe9, 0x00,                   /*         mov dx, PORT           */
    0xac,                               /*   next: lodsb                  */
    0x84, 0xc0,                         /*         test al, al            */
    0x74, 0x03,                         /*         jz done                */
    0xee,                               /*         out dx, al             */
    0xeb, 0xf8,                         /*         jmp next               */
    0xc7, 0x06, 0x00, 0x20, 0x34, 0x12, /*   done: mov word [RESULT], 0x1234 */
    0xf4,                               /*         hlt                    */
    'h', 'e', 'l', 'l', 'o', '\n', 0,   /* message                        */
};
/* clang-format on */

static void port_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    putchar((int)data);
}

static const MemoryRegionOps port_ops = {
    .write = port_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

static MemoryRegion ram, port;

/* Puts RAM into memory, the port among the ports, and the guest into RAM. */
static void build_machine(AddressSpace *memory)
{
    memory_region_init_ram(&ram, NULL, "ram", RAM_SIZE, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    memory_region_init_io(&port, NULL, &port_ops, NULL, "port", 1);
    memory_region_add_subregion(get_system_io(), PORT, &port);
    address_space_write(memory, CODE, MEMTXATTRS_UNSPECIFIED, guest, sizeof(guest));
}

static int check(int result, const char *what)
{
    if (result < 0) {
        err(EXIT_FAILURE, "%s", what);
    }
    return result;
}

static struct kvm_run *map_run(int kvm, int vcpu)
{
    int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    void *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

    if (run == MAP_FAILED) {
        err(EXIT_FAILURE, "mapping the vCPU");
    }
    return run;
}

/* In real mode, with all segments at 0. */
static void set_entry(int vcpu, uint64_t address)
{
    struct kvm_regs regs = { .rip = address, .rflags = 2 };
    struct kvm_sregs sregs;

    check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = sregs.cs.selector = 0;
    check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

int main(void)
{
    AddressSpace *memory = memory_context_memory(memory_context_current());
    AddressSpace *ports = memory_context_io(memory_context_current());
    int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    struct kvm_run *run = map_run(kvm, vcpu);
    KVMMemoryOptions options = { .memory = memory, .io = ports };

    KVMMemory *km = kvm_memory_new(vm, &options, &error_fatal);
    KVMMemoryVcpu *cpu = kvm_memory_add_vcpu(km, vcpu, run, &error_fatal);
    build_machine(memory);
    set_entry(vcpu, CODE);
    do {
        check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
    } while (kvm_memory_handle_exit(cpu));

    printf("%s, and RAM says 0x%" PRIx32 "\n",
           run->exit_reason == KVM_EXIT_HLT ? "the guest halts" : "the guest failed",
           address_space_lduw_le(memory, RESULT, MEMTXATTRS_UNSPECIFIED, NULL));
    kvm_memory_remove_vcpu(cpu);
    kvm_memory_free(km);
    return run->exit_reason == KVM_EXIT_HLT ? EXIT_SUCCESS : EXIT_FAILURE;
}
