/* SPDX-License-Identifier: MIT
 *
 * Plugs RAM into the running PC, lets the guest use it, and removes it.
 */
#include "demo.h"
#include "map.h"

#define SIZE (64 * MiB)
#define HOST_SAYS 0x600df00du
#define GUEST_SAYS 0x1234abcdu

/* Types a command and expects a number in the answer. */
static void expect(Demo *demo, const char *what, const char *command, uint32_t number)
{
    char expected[20];
    Step step = { .what = what, .command = command, .expect = { expected } };

    snprintf(expected, sizeof(expected), "0x%" PRIx32, number);
    demo_play(demo, &step, 1);
}

static bool is_plugged_slot(const KVMMemorySlot *slot, void *opaque)
{
    Pc *pc = opaque;

    if (slot->mr == &pc->ram.plugged) {
        printf("      KVM's slot %u: 0x%" PRIx64 ", %" PRIu64 " MiB\n", slot->id, slot->guest_addr,
               slot->size >> 20);
    }
    return slot->mr == &pc->ram.plugged;
}

static void use(Demo *demo, hwaddr address)
{
    AddressSpace *memory = demo->pc->memory;
    hwaddr last_word = address + SIZE - 4;
    char command[80];

    kvm_memory_for_each_slot(demo->pc->kvm, is_plugged_slot, demo->pc);
    address_space_stl_le(memory, address, HOST_SAYS, MEMTXATTRS_UNSPECIFIED, NULL);
    snprintf(command, sizeof(command), "read_dword 0x%" PRIx64, address);
    expect(demo, "the guest reads what the host has put there", command, HOST_SAYS);
    snprintf(command, sizeof(command), "write_dword 0x%" PRIx64 " 0x%x", last_word, GUEST_SAYS);
    demo_ask(demo, command);
    demo_check(demo,
               address_space_ldl_le(memory, last_word, MEMTXATTRS_UNSPECIFIED, NULL) == GUEST_SAYS,
               "the host reads what the guest has put at its end");
}

void demo_hot_plug(Demo *demo)
{
    Error *error = NULL;
    char command[80];
    hwaddr address;
    bool done;

    demo_heading("RAM is plugged in and taken away");
    snprintf(command, sizeof(command), "read_dword 0x%" PRIx64, demo->pc->ram.devices_start);
    expect(demo, "nothing is there at first", command, UINT32_MAX);
    done = pc_plug_ram(demo->pc, SIZE, &address, &error);
    if (demo_check_call(demo, done, error, "64 MiB are plugged in")) {
        use(demo, address);
        error = NULL;
        done = pc_unplug_ram(demo->pc, &error);
        demo_check_call(demo, done, error, "they are taken away");
        expect(demo, "nothing is there any more", command, UINT32_MAX);
    }
}
