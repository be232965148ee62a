/* SPDX-License-Identifier: MIT
 *
 * The host bridge, as of Intel's 440FX: the two ports through which configuration space is reached,
 * and in its own configuration space the registers of shadowing (PAM) and of the RAM for system
 * management (SMRAM).
 */
#ifndef PC_HOST_BRIDGE_H
#define PC_HOST_BRIDGE_H

#include "../devices/pci.h"
#include "shadow.h"

typedef struct HostBridge {
    PciFunction function;
    PciBus *bus;
    Shadow *shadow;
    MemoryRegion address_port;
    MemoryRegion data_port;
    uint32_t address; /* what configuration accesses are about */
} HostBridge;

/* Plugs itself into the bus. The board places the ports. */
void host_bridge_init(HostBridge *bridge, PciBus *bus, Shadow *shadow);
void host_bridge_reset(HostBridge *bridge);

#endif
