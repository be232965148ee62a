/* SPDX-License-Identifier: MIT
 *
 * The ISA bridge, as of Intel's PIIX: leads the interrupt pins of the PCI slots to four lines, and
 * the lines to those inputs of the interrupt controllers that the guest chooses.
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
    uint16_t levels; /* of the inputs, as told last */
} IsaBridge;

/* Plugs itself into the bus. */
void isa_bridge_init(IsaBridge *bridge, PciBus *bus, IsaIrqFunc *irq, void *opaque);
void isa_bridge_reset(IsaBridge *bridge);

/* For the wires of the bus: a pin has changed; where one leads now, -1 for nowhere. */
void isa_bridge_update(IsaBridge *bridge);
int isa_bridge_route(const IsaBridge *bridge, const PciFunction *function);

#endif
