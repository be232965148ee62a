/* SPDX-License-Identifier: MIT
 *
 * The ISA bridge, like that of Intel's PIIX. It connects the interrupt pins of the PCI slots with
 * four lines, and the lines with those inputs of the interrupt controllers that the guest chooses.
 *
 *     pin of a slot --(turned by one from slot to slot)--> PIRQ A-D --(registers 60-63)--> IRQ
 */
#ifndef PC_ISA_BRIDGE_H
#define PC_ISA_BRIDGE_H

#include "../devices/pci.h"

#define PIRQS 4
#define ISA_IRQS 16

/* Sets an input of the interrupt controllers. */
typedef void IsaIrqFunc(void *opaque, unsigned irq, bool level);

typedef struct IsaBridge {
    PciFunction function;
    PciBus *bus;
    IsaIrqFunc *irq;
    void *irq_opaque;
    uint16_t levels; /* of the inputs, as 'irq' was last told */
} IsaBridge;

/* Makes the bridge and puts it on the bus. */
void isa_bridge_init(IsaBridge *bridge, PciBus *bus, IsaIrqFunc *irq, void *opaque);
void isa_bridge_reset(IsaBridge *bridge);

/* For the wires of the bus: the level of a pin has changed. */
void isa_bridge_update(IsaBridge *bridge);

/* For the wires of the bus: the input that a function's pin is connected with now; -1: none. */
int isa_bridge_route(const IsaBridge *bridge, const PciFunction *function);

#endif
