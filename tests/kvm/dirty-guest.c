/* SPDX-License-Identifier: MIT
 *
 * Guests that write; see dirty-guest.h.
 */
#include "dirty-guest.h"

#include <string.h>

const DirtySource dirty_sources[DIRTY_SOURCES] = {
    { .name = "manual" },
    { .name = "automatic", .automatic = true },
    { .name = "ring", .entries = DIRTY_RING_ENTRIES },
};

const DirtySource *dirty_source(const char *name)
{
    unsigned i = 0;

    while (strcmp(dirty_sources[i].name, name)) {
        i++;
        g_assert_cmpuint(i, <, DIRTY_SOURCES);
    }
    return &dirty_sources[i];
}

Guest *dirty_guest_new(Machine *m, gconstpointer data)
{
    const DirtySource *source = data;
    const KVMMemoryOptions options = { .dirty_ring_entries = source->entries };

    if (source->automatic) {
        ioctl_pretend(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, 0);
    }
    Guest *g = guest_new(m, &options);
    vcpu_new(g);
    return g;
}

MemoryRegion *logged_ram(Guest *g, uint64_t size)
{
    MemoryRegion *ram = guest_migratable_ram(g, "ram", RAM_AT, size);

    memory_region_set_log(ram, true, DIRTY_MEMORY_VGA);
    pages_clean_all(ram);
    if (ioctl_is_pretended(KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2)) {
        expect_report(g, "warning", "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", NULL);
    }
    return ram;
}

/* ---- Programs --------------------------------------------------------------------------- */

GUEST_CODE(store_1, 16, "incb (%edi); hlt");
GUEST_CODE(store_2, 16, "incw (%edi); hlt");
GUEST_CODE(store_4, 16, "incl (%edi); hlt");
GUEST_CODE(store_8, 64, "incq (%rdi); hlt");
GUEST_CODE(load, 16, "movl (%edi), %eax; hlt");
GUEST_CODE(fill, 16,
           "1: incl (%edi); add $0x1000, %edi; test $15, %cl; jnz 2f;"
           "out %al, $0x80; 2: dec %ecx; jnz 1b; hlt");
GUEST_CODE(scatter, 16,
           "1: imul $1664525, %eax, %eax; add $1013904223, %eax;"
           "mov %eax, %ebx; shr $8, %ebx; and %edx, %ebx; imul %esi, %ebx;"
           "mov %eax, (%edi, %ebx); test $15, %cl; jnz 2f; out %al, $0x80;"
           "2: dec %ecx; jnz 1b; hlt");

void guest_store(Guest *g, hwaddr addr, unsigned size)
{
    static const GuestCode *const stores[] = {
        [1] = &store_1, [2] = &store_2, [4] = &store_4, [8] = &store_8
    };

    g->vcpus[0]->regs.rdi = addr;
    vcpu_call(g->vcpus[0], stores[size]);
}

void guest_load(Guest *g, hwaddr addr)
{
    g->vcpus[0]->regs.rdi = addr;
    vcpu_call(g->vcpus[0], &load);
}

void guest_fill(Guest *g, uint64_t first, uint64_t count)
{
    Vcpu *v = g->vcpus[0];

    v->regs.rdi = RAM_AT + first * PAGE;
    v->regs.rcx = count;
    vcpu_call(v, &fill);
}

void vcpu_start_scatter(Vcpu *v, uint64_t first, uint64_t step, uint64_t pages, uint64_t count)
{
    v->regs.rax = v->id + 1;
    v->regs.rdi = RAM_AT + first * PAGE + 8 * v->id;
    v->regs.rsi = step * PAGE;
    v->regs.rdx = pages / step - 1;
    v->regs.rcx = count;
    vcpu_start(v, &scatter);
}
