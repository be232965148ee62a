/* SPDX-License-Identifier: MIT
 *
 * The PCI bus: configuration accesses to its functions, and their effects on BARs, interrupts and
 * DMA. pci-function.c makes the functions.
 */
#include "pci.h"

#define BAR_PRIORITY 1 /* above what the board has in the background */

/* ---- Bytes of configuration space ------------------------------------------------------- */

uint32_t pci_get(const PciFunction *function, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)function->config[offset + i] << (8 * i);
    }
    return value;
}

static void put_bytes(uint8_t *bytes, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

void pci_put(PciFunction *function, unsigned offset, uint32_t value, unsigned size)
{
    put_bytes(function->config + offset, value, size);
}

void pci_let_write(PciFunction *function, unsigned offset, uint32_t mask, unsigned size)
{
    put_bytes(function->writable + offset, mask, size);
}

bool pci_touches(unsigned offset, unsigned size, unsigned first, unsigned length)
{
    return offset < first + length && first < offset + size;
}

/* ---- BARs ------------------------------------------------------------------------------- */

static unsigned bar_register(unsigned index)
{
    return PCI_BASE_ADDRESS_0 + 4 * index;
}

static bool is_ports(const PciBar *bar)
{
    return bar->flags & PCI_BASE_ADDRESS_SPACE_IO;
}

static bool is_64_bit(const PciBar *bar)
{
    return bar->flags & PCI_BASE_ADDRESS_MEM_TYPE_64;
}

static hwaddr programmed_address(const PciFunction *function, unsigned index)
{
    const PciBar *bar = &function->bars[index];
    hwaddr address = pci_get(function, bar_register(index), 4);

    if (is_64_bit(bar)) {
        address |= (hwaddr)pci_get(function, bar_register(index + 1), 4) << 32;
    }
    return address & ~(bar->size - 1);
}

/* Whether the guest has just written ones, to find the size of the BAR from those that stay. It
 * writes the halves of a 64-bit BAR one after the other. */
static bool is_measured(const PciBar *bar, hwaddr address)
{
    uint32_t ones = (uint32_t)-bar->size;
    uint32_t high = (uint32_t)(address >> 32);

    return (uint32_t)address == ones && (high == 0 || high == UINT32_MAX);
}

static bool fits(const MemoryRegion *container, hwaddr address, uint64_t size)
{
    uint64_t room = memory_region_size((MemoryRegion *)container);

    return size <= room && address <= room - size;
}

static MemoryRegion *bar_container(const PciFunction *function, const PciBar *bar)
{
    return is_ports(bar) ? function->bus->ports : function->bus->memory;
}

/* A BAR is shown if the command register enables its kind and it has an address. */
static bool should_be_shown(const PciFunction *function, unsigned index)
{
    const PciBar *bar = &function->bars[index];
    uint32_t needed = is_ports(bar) ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
    hwaddr address = programmed_address(function, index);

    return (pci_get(function, PCI_COMMAND, 2) & needed) && address != 0 &&
           !is_measured(bar, address) && fits(bar_container(function, bar), address, bar->size);
}

static void update_bar(PciFunction *function, unsigned index)
{
    PciBar *bar = &function->bars[index];
    MemoryRegion *container = bar_container(function, bar);
    hwaddr address = programmed_address(function, index);
    bool show = should_be_shown(function, index);

    if (bar->shown && !show) {
        memory_region_del_subregion(container, bar->region);
    } else if (bar->shown) {
        memory_region_set_address(bar->region, address);
    } else if (show) {
        memory_region_add_subregion_overlap(container, address, bar->region, BAR_PRIORITY);
    }
    bar->shown = show;
}

/* Makes the map what the command register and the BARs say. One transaction, so that no vCPU sees
 * only a part of the change. */
static void update_regions(PciFunction *function)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (function->bars[i].region) {
            update_bar(function, i);
        }
    }
    if (function->has_dma) {
        memory_region_set_enabled(&function->dma_window,
                                  pci_get(function, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
    }
    memory_region_transaction_commit();
}

bool pci_bar_address(const PciFunction *function, unsigned index, hwaddr *address)
{
    *address = programmed_address(function, index);
    return function->bars[index].shown;
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static bool intx_allowed(const PciFunction *function)
{
    return !(pci_get(function, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE);
}

bool pci_intx_level(const PciFunction *function)
{
    return function->intx && intx_allowed(function);
}

static void tell_level(PciFunction *function)
{
    const PciWires *wires = &function->bus->wires;

    if (wires->changed) {
        wires->changed(wires->opaque, function);
    }
}

void pci_show_intx(PciFunction *function, bool level)
{
    function->config[PCI_STATUS] = level ? function->config[PCI_STATUS] | PCI_STATUS_INTERRUPT
                                         : function->config[PCI_STATUS] & ~PCI_STATUS_INTERRUPT;
}

void pci_set_intx(PciFunction *function, bool level)
{
    function->intx = level;
    pci_show_intx(function, level);
    tell_level(function);
}

int pci_intx_route(PciFunction *function)
{
    const PciWires *wires = &function->bus->wires;
    bool has_pin = function->config[PCI_INTERRUPT_PIN] != 0;

    return has_pin && intx_allowed(function) && wires->route
               ? wires->route(wires->opaque, function)
               : -1;
}

static void tell_rerouted(PciFunction *function)
{
    if (function->rerouted) {
        function->rerouted(function);
    }
}

void pci_bus_rerouted(PciBus *bus)
{
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        if (bus->functions[i]) {
            tell_rerouted(bus->functions[i]);
        }
    }
}

/* ---- Configuration accesses ------------------------------------------------------------- */

/* Does what follows from a write of these bytes. */
static void take_effect(PciFunction *function, unsigned offset, unsigned size)
{
    bool command = pci_touches(offset, size, PCI_COMMAND, 2);
    bool bars = pci_touches(offset, size, PCI_BASE_ADDRESS_0, 4 * PCI_BARS);

    function->moves += bars;
    if (command || bars) {
        update_regions(function);
    }
    if (command) {
        tell_level(function);
        tell_rerouted(function);
    }
    if (function->written) {
        function->written(function, offset, size);
    }
}

/* Writes those bits of a byte that the guest may change. */
static void merge(PciFunction *function, unsigned offset, uint8_t byte)
{
    uint8_t mask = function->writable[offset];

    function->config[offset] = (uint8_t)((function->config[offset] & ~mask) | (byte & mask));
}

static bool access_fits(unsigned offset, unsigned size)
{
    return size <= 4 && offset < PCI_CONFIG_SIZE && size <= PCI_CONFIG_SIZE - offset;
}

static PciFunction *function_at(const PciBus *bus, unsigned devfn)
{
    return devfn < PCI_FUNCTIONS ? bus->functions[devfn] : NULL;
}

uint32_t pci_bus_read(PciBus *bus, unsigned devfn, unsigned offset, unsigned size)
{
    PciFunction *function = function_at(bus, devfn);

    if (!function) {
        return UINT32_MAX;
    }
    if (!access_fits(offset, size)) {
        return 0;
    }
    if (function->before_read) {
        function->before_read(function, offset, size);
    }
    return pci_get(function, offset, size);
}

void pci_bus_write(PciBus *bus, unsigned devfn, unsigned offset, uint32_t value, unsigned size)
{
    PciFunction *function = function_at(bus, devfn);

    if (!function || !access_fits(offset, size)) {
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        merge(function, offset + i, (uint8_t)(value >> (8 * i)));
    }
    take_effect(function, offset, size);
}

void pci_function_load(PciFunction *function, const uint8_t config[PCI_CONFIG_SIZE])
{
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++) {
        merge(function, i, config[i]);
    }
    take_effect(function, 0, PCI_CONFIG_SIZE);
}

/* ---- The bus ---------------------------------------------------------------------------- */

void pci_bus_init(PciBus *bus, MemoryRegion *memory, MemoryRegion *ports, const PciWires *wires)
{
    *bus = (PciBus){ .memory = memory, .ports = ports };
    if (wires) {
        bus->wires = *wires;
    }
}

/* If a slot has several functions, each header has to say so. */
static void mark_multifunction(PciBus *bus, unsigned slot)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 8; i++) {
        count += bus->functions[PCI_DEVFN(slot, i)] != NULL;
    }
    for (unsigned i = 0; i < 8 && count > 1; i++) {
        PciFunction *function = bus->functions[PCI_DEVFN(slot, i)];

        if (function) {
            function->config[PCI_HEADER_TYPE] |= 0x80;
        }
    }
}

void pci_bus_plug(PciBus *bus, unsigned devfn, PciFunction *function)
{
    function->bus = bus;
    function->devfn = (uint8_t)devfn;
    bus->functions[devfn] = function;
    mark_multifunction(bus, devfn >> 3);
}

static void reset_function(PciFunction *function)
{
    for (unsigned i = 0; i < PCI_STD_HEADER_SIZEOF; i++) {
        merge(function, i, 0);
    }
    take_effect(function, 0, PCI_STD_HEADER_SIZEOF);
}

/* The device's hooks are removed first, so that it is not told of its own end. */
void pci_bus_unplug(PciFunction *function)
{
    if (function->bus) {
        function->rerouted = NULL;
        function->written = NULL;
        reset_function(function);
        function->bus->functions[function->devfn] = NULL;
        function->bus = NULL;
    }
}

void pci_bus_reset(PciBus *bus)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        if (bus->functions[i]) {
            reset_function(bus->functions[i]);
        }
    }
    memory_region_transaction_commit();
}
