/* SPDX-License-Identifier: MIT
 *
 * The whole PC: its memory map as a tree of regions, its devices, and the virtual machine that
 * runs the guest on it.
 *
 * pc_new() makes the PC's context the current one of the calling thread. Other threads must make
 * pc->context current before they call functions of this header. The vCPU has a thread of its own,
 * which calls the devices. A thread that reads or changes a device holds the context's lock or has
 * paused the vCPU.
 */
#ifndef PC_PC_H
#define PC_PC_H

#include <physmem/serve.h>

#include "../devices/uart.h"
#include "../devices/virtio-blk.h"
#include "../devices/virtio-pci.h"
#include "bios.h"
#include "cmos.h"
#include "debug-port.h"
#include "fw-cfg.h"
#include "host-bridge.h"
#include "isa-bridge.h"
#include "keyboard.h"
#include "power.h"
#include "ram.h"
#include "shadow.h"
#include "vcpu.h"
#include "vm.h"

typedef struct PcOptions {
    const char *bios;            /* path of the firmware */
    const char *disk;            /* path of an image to boot from; NULL: no disk */
    uint64_t ram_size;           /* in bytes, whole MiB */
    unsigned dirty_ring_entries; /* the same as in KVMMemoryOptions */
    bool firmware_on_serial;     /* the firmware writes its screen to the serial port */
    UartSink *serial;            /* takes what the guest sends; called in its store */
    DebugSink *debug;            /* takes the firmware's log; NULL: nobody listens */
    void *opaque;                /* for these two functions */
} PcOptions;

typedef struct Pc {
    MemoryContext *context;
    AddressSpace *memory; /* the context's memory */
    AddressSpace *io;     /* the context's ports */

    Ram ram;
    MemoryRegion pci_memory; /* the bus's memory, which the RAM covers */
    PciBus pci;
    Shadow shadow;
    Bios bios;
    HostBridge host_bridge;
    IsaBridge isa_bridge;
    Power power;
    FwCfg fw_cfg;
    Cmos cmos;
    Keyboard keyboard;
    Uart serial;
    DebugPort debug;

    bool has_disk;
    Disk image;
    VirtioBlk blk;
    VirtioPci disk;

    Vm vm;
    VmState chips_at_power_on;
    KVMMemory *kvm;
    Vcpu vcpu;

    PhysmemServer *monitor; /* NULL: none (monitor.h) */
} Pc;

/* Makes a PC, paused before its first instruction; pc_resume() starts it. Returns NULL and an
 * error that says what is missing. */
Pc *pc_new(const PcOptions *options, Error **errp);

/* Ends a PC. Call it from the thread that made the PC. */
void pc_free(Pc *pc);

/* Stops the vCPU and the disk, so that nothing changes the guest's memory any more. Any thread,
 * without the context's lock. */
void pc_pause(Pc *pc);

/* Starts them again. Returns false and an error if the host gives no thread for the disk. */
bool pc_resume(Pc *pc, Error **errp);

/* Types on the serial line. Any thread. */
void pc_type(Pc *pc, const char *text);

/* Plug and unplug RAM while the guest runs (ram.h). Without the context's lock. */
bool pc_plug_ram(Pc *pc, uint64_t size, hwaddr *address, Error **errp);
bool pc_unplug_ram(Pc *pc, Error **errp);

/* Prints the region trees and the flat views. */
void pc_print_map(Pc *pc, FILE *out);

#endif
