/* SPDX-License-Identifier: MIT
 *
 * The board of examples/pc without a processor. Tests play the guest through the address spaces.
 */
#ifndef TESTS_PC_BOARD_H
#define TESTS_PC_BOARD_H

#include "../examples/pc/host-bridge.h"
#include "../examples/pc/isa-bridge.h"
#include "../examples/pc/map.h"
#include "../examples/pc/power.h"
#include "../examples/pc/shadow.h"
#include "support.h"

#define BOARD_RAM_SIZE 0x200000

/* RAM from address 0; on the bus a card from 640 KiB to 1 MiB that remembers what is written; idle
 * functions with pin A in slots 3 and 4. Interrupts and the guest's wishes are written to the
 * machine's trace: "irq5=1", "off", "reset". */
typedef struct Board {
    Machine *m;
    AddressSpace *memory;
    AddressSpace *io;
    MemoryRegion ram;
    MemoryRegion pci_memory;
    MemoryRegion card;
    PciBus bus;
    Shadow shadow;
    HostBridge host_bridge;
    IsaBridge isa_bridge;
    Power power;
    PciFunction slot3;
    PciFunction slot4;
} Board;

Board *board_new(Machine *m);
void board_free(Board *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Board, board_free)

/* Resets the host bridge and the other devices, as the PC does. */
void board_reset(Board *b);

/* Access ports. */
uint32_t port_in(Board *b, hwaddr port, unsigned size);
void port_out(Board *b, hwaddr port, uint32_t value, unsigned size);

/* Access configuration space through the ports. */
uint32_t config_in(Board *b, unsigned devfn, unsigned offset, unsigned size);
void config_out(Board *b, unsigned devfn, unsigned offset, uint32_t value, unsigned size);

#endif
