/* SPDX-License-Identifier: MIT
 *
 * Interrupt routing. Several pins may share a line, and several lines an input. Each of them can
 * raise the input.
 */
#include "isa-bridge.h"

#include "map.h"

#define CLASS_ISA_BRIDGE 0x060100
#define CONFIG_ROUTES 0x60 /* one byte for each line */
#define ROUTE_OFF 0x80
#define ROUTE_BITS 0x8f

static unsigned line_of(const PciFunction *function)
{
    unsigned slot = function->devfn >> 3;
    unsigned pin = function->config[PCI_INTERRUPT_PIN]; /* A is 1 */

    return (slot + pin + 2) % PIRQS;
}

int isa_bridge_route(const IsaBridge *bridge, const PciFunction *function)
{
    uint8_t route = bridge->function.config[CONFIG_ROUTES + line_of(function)];

    return route & ROUTE_OFF ? -1 : route & (ISA_IRQS - 1);
}

/* The inputs that at least one pin raises. */
static uint16_t wanted_levels(const IsaBridge *bridge)
{
    uint16_t levels = 0;

    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        const PciFunction *function = bridge->bus->functions[i];

        if (function && pci_intx_level(function)) {
            int input = isa_bridge_route(bridge, function);

            levels |= input >= 0 ? (uint16_t)(1u << input) : 0;
        }
    }
    return levels;
}

void isa_bridge_update(IsaBridge *bridge)
{
    uint16_t levels = wanted_levels(bridge);
    uint16_t changed = levels ^ bridge->levels;

    bridge->levels = levels;
    for (unsigned irq = 0; irq < ISA_IRQS; irq++) {
        if (changed >> irq & 1) {
            bridge->irq(bridge->irq_opaque, irq, levels >> irq & 1);
        }
    }
}

static void rerouted(IsaBridge *bridge)
{
    isa_bridge_update(bridge);
    pci_bus_rerouted(bridge->bus);
}

static void written(PciFunction *function, unsigned offset, unsigned size)
{
    if (pci_touches(offset, size, CONFIG_ROUTES, PIRQS)) {
        rerouted(function->opaque);
    }
}

void isa_bridge_reset(IsaBridge *bridge)
{
    for (unsigned i = 0; i < PIRQS; i++) {
        pci_put(&bridge->function, CONFIG_ROUTES + i, ROUTE_OFF, 1);
    }
    rerouted(bridge);
}

void isa_bridge_init(IsaBridge *bridge, PciBus *bus, IsaIrqFunc *irq, void *opaque)
{
    PciFunction *function = &bridge->function;

    *bridge = (IsaBridge){ .bus = bus, .irq = irq, .irq_opaque = opaque };
    pci_function_init(function, "ISA bridge", 0x8086, 0x7000, CLASS_ISA_BRIDGE);
    for (unsigned i = 0; i < PIRQS; i++) {
        pci_let_write(function, CONFIG_ROUTES + i, ROUTE_BITS, 1);
    }
    function->written = written;
    function->opaque = bridge;
    pci_bus_plug(bus, DEVFN_ISA_BRIDGE, function);
    isa_bridge_reset(bridge);
}
