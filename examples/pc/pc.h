/* SPDX-License-Identifier: MIT
 *
 * The whole PC: its memory map as a tree of regions, its devices, and the virtual machine that runs
 * the guest on it.
 *
 * Who makes a PC gets its context as the current one of the calling thread; other threads that call
 * functions of this header make pc->context current first. The vCPU has a thread of its own, which
 * calls the devices; whoever reads or changes them holds the context's lock or has paused the vCPU.
 */
#ifndef PC_PC_H
#define PC_PC_H

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
    uint64_t ram_size;           /* bytes, whole MiB */
    unsigned dirty_ring_entries; /* as of KVMMemoryOptions */
    bool firmware_on_serial;     /* the firmware's screen is the serial port */
    UartSink *serial;            /* what the guest sends; called from its store */
    DebugSink *debug;            /* what the firmware tells; NULL: nobody listens */
    void *opaque;                /* for the two */
} PcOptions;

typedef struct Pc {
    MemoryContext *context;
    AddressSpace *memory; /* the context's, and the ports */
    AddressSpace *io;

    Ram ram;
    MemoryRegion pci_memory; /* the bus: memory behind the RAM, and all ports */
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
} Pc;

/* Builds the PC, paused before its first instruction; pc_resume() starts it. NULL and an error that
 * says what is missing. pc_free ends a PC, from the thread that made it. */
Pc *pc_new(const PcOptions *options, Error **errp);
void pc_free(Pc *pc);

/* Stops the vCPU and the disk: then nothing of the guest changes. From any thread without the
 * context's lock. */
void pc_pause(Pc *pc);
bool pc_resume(Pc *pc, Error **errp);

/* Types on the serial line. Any thread. */
void pc_type(Pc *pc, const char *text);

/* RAM comes and goes while the guest runs. Without the context's lock. */
bool pc_plug_ram(Pc *pc, uint64_t size, hwaddr *address, Error **errp);
bool pc_unplug_ram(Pc *pc, Error **errp);

/* The region trees and what they show now. */
void pc_print_map(Pc *pc, FILE *out);

#endif
