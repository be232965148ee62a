/* SPDX-License-Identifier: MIT
 *
 * Stops the guest twice: where its firmware begins to read the disk, by a register of the
 * processor, and in GRUB's own code, by an instruction that is written over it.
 */
#include "debugger.h"
#include "demo.h"

#include <string.h>

#define DISK_VECTOR (0x13 * 4) /* offset and segment of the firmware's disk service */
#define WAIT_MS (DEMO_ANSWER_SECONDS * 1000)

static uint64_t disk_service(const Demo *demo)
{
    uint32_t vector =
        address_space_ldl_le(demo->pc->memory, DISK_VECTOR, MEMTXATTRS_UNSPECIFIED, NULL);

    return (vector >> 16) * 16 + (vector & 0xffff);
}

/* Checks that the guest stops there, and lets it go on. */
static void meet(Demo *demo, Debugger *debugger, uint64_t address, const char *what)
{
    bool stopped = debugger_wait(debugger, WAIT_MS) == VCPU_BREAKPOINT;
    Error *error = NULL;

    demo_check(demo, stopped && debugger_address(debugger) == address, "%s, at 0x%" PRIx64, what,
               address);
    vcpu_pause(&demo->pc->vcpu);
    debugger_clear(debugger, address);
    demo_check_call(demo, debugger_continue(debugger, WAIT_MS, &error), error, "it goes on");
}

static void stop_in_firmware(Demo *demo, Debugger *debugger)
{
    uint64_t address = disk_service(demo);
    Error *error = NULL;
    const char *answer;
    bool prompt, set;

    vcpu_pause(&demo->pc->vcpu);
    set = debugger_break_hardware(debugger, address, &error);
    vcpu_resume(&demo->pc->vcpu);
    if (!demo_check_call(demo, set, error, "a breakpoint is set on the firmware's disk service")) {
        return;
    }
    console_type(&demo->console, "cat /third.txt");
    meet(demo, debugger, address, "GRUB reads a file, and the guest stops there");
    answer = console_wait(&demo->console, DEMO_ANSWER_SECONDS, &prompt);
    demo_check(demo, prompt && strstr(answer, "has been stopped and goes on.") != NULL,
               "and GRUB has read the file");
}

/* At its prompt GRUB is in a loop. So it comes again to the instruction where it is paused. */
static void stop_in_loop(Demo *demo, Debugger *debugger)
{
    Error *error = NULL;
    uint64_t address;
    bool set;

    vcpu_pause(&demo->pc->vcpu);
    address = debugger_address(debugger);
    set = debugger_break_software(debugger, address, &error);
    vcpu_resume(&demo->pc->vcpu);
    if (demo_check_call(demo, set, error, "an instruction of GRUB's is written over")) {
        meet(demo, debugger, address, "the guest stops there");
    }
}

void demo_breakpoint(Demo *demo)
{
    static const Step answers[] = {
        { "and answers", "echo still here", { "still here" }, NULL },
    };
    Debugger debugger;

    demo_heading("A debugger stops the guest");
    debugger_init(&debugger, &demo->pc->vcpu, demo->pc->memory);
    stop_in_firmware(demo, &debugger);
    stop_in_loop(demo, &debugger);
    vcpu_pause(&demo->pc->vcpu);
    debugger_end(&debugger);
    vcpu_resume(&demo->pc->vcpu);
    demo_play(demo, answers, 1);
}
