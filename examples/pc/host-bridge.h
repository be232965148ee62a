/* SPDX-License-Identifier: MIT
 *
 * The host bridge, like that of Intel's 440FX. It has the two ports through which the guest
 * reaches configuration space. In its own configuration space it has the registers of shadowing
 * (PAM) and of the RAM for system management (SMRAM).
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
    uint32_t address; /* the function and register that configuration accesses go to */
} HostBridge;

/* Makes the bridge and puts it on the bus. The board places the ports. */
void host_bridge_init(HostBridge *bridge, PciBus *bus, Shadow *shadow);
void host_bridge_reset(HostBridge *bridge);

#endif
