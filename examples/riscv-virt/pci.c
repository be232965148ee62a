/* SPDX-License-Identifier: MIT
 *
 * The PCI host: configuration accesses, and BARs as regions on the move.
 */
#include "pci.h"

enum {
    CONFIG_VENDOR = 0x00,
    CONFIG_DEVICE = 0x02,
    CONFIG_COMMAND = 0x04,
    CONFIG_CLASS = 0x08, /* with the revision in the lowest byte */
    CONFIG_BARS = 0x10,
    CONFIG_BARS_END = CONFIG_BARS + 4 * PCI_BARS,
    CONFIG_LATENCY = 0x0c,
    CONFIG_INTERRUPT_LINE = 0x3c,
};

#define COMMAND_PORTS 1
#define COMMAND_MEMORY 2
#define COMMAND_MASTER 4
#define BAR_IS_PORTS 1

/* ---- Bytes of configuration space ------------------------------------------------------- */

static uint32_t get(const PciFunction *function, unsigned offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value |= (uint32_t)function->config[offset + i] << (8 * i);
    }
    return value;
}

static void put(PciFunction *function, unsigned offset, uint32_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        function->config[offset + i] = (uint8_t)(value >> (8 * i));
    }
}

/* ---- BARs ------------------------------------------------------------------------------- */

static uint32_t bar_flags(const PciBar *bar)
{
    return bar->ports ? BAR_IS_PORTS : 0;
}

static hwaddr programmed_address(const PciFunction *function, unsigned index)
{
    uint32_t value = get(function, CONFIG_BARS + 4 * index, 4);

    return value & ~(uint32_t)(function->bars[index].size - 1);
}

/* A BAR answers if its space is switched on and the address is neither 0 nor the last one, which
 * is what it holds while a guest measures it. */
static bool should_be_shown(const PciFunction *function, unsigned index)
{
    const PciBar *bar = &function->bars[index];
    uint16_t needed = bar->ports ? COMMAND_PORTS : COMMAND_MEMORY;
    hwaddr address = programmed_address(function, index);
    hwaddr end = bar->ports ? PCI_PORTS : (hwaddr)1 << 32;

    return (get(function, CONFIG_COMMAND, 2) & needed) && address != 0 &&
           address + bar->size < end;
}

/* Called in the middle of the guest's store to configuration space. */
static void update_bar(PciFunction *function, unsigned index)
{
    PciBar *bar = &function->bars[index];
    MemoryRegion *bus = bar->ports ? &function->host->ports : &function->host->memory;
    hwaddr address = programmed_address(function, index);
    bool show = should_be_shown(function, index);

    if (bar->shown && !show) {
        memory_region_del_subregion(bus, bar->region);
    } else if (bar->shown) {
        memory_region_set_address(bar->region, address);
    } else if (show) {
        memory_region_add_subregion(bus, address, bar->region);
    }
    bar->shown = show;
}

/* All BARs of a function in one transaction: the guest sees all of it or nothing. */
static void update_bars(PciFunction *function)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (function->bars[i].region != NULL && function->host != NULL) {
            update_bar(function, i);
        }
    }
    memory_region_transaction_commit();
}

/* Only the address bits above the size can be written; so a guest finds out how large it is. */
static void write_bar(PciFunction *function, unsigned index, uint32_t value)
{
    const PciBar *bar = &function->bars[index];
    uint32_t address = value & ~(uint32_t)(bar->size - 1);

    if (bar->region != NULL) {
        put(function, CONFIG_BARS + 4 * index, address | bar_flags(bar), 4);
        function->moves++;
        update_bars(function);
    }
}

bool pci_bar_address(const PciFunction *function, unsigned index, hwaddr *address)
{
    *address = programmed_address(function, index);
    return function->bars[index].shown;
}

/* ---- Configuration accesses ------------------------------------------------------------- */

static void write_config(PciFunction *function, unsigned offset, uint32_t value, unsigned size)
{
    if (offset >= CONFIG_BARS && offset < CONFIG_BARS_END) {
        if (size == 4) {
            write_bar(function, (offset - CONFIG_BARS) / 4, value);
        }
    } else if (offset == CONFIG_COMMAND) {
        put(function, CONFIG_COMMAND, value & (COMMAND_PORTS | COMMAND_MEMORY | COMMAND_MASTER), 2);
        update_bars(function);
    } else if (offset == CONFIG_LATENCY || offset == CONFIG_LATENCY + 1 ||
               offset == CONFIG_INTERRUPT_LINE) {
        put(function, offset, value, 1);
    }
}

/* Bus in bits 20 and up, slot in 15 to 19, function in 12 to 14, register below. */
static PciFunction *function_at(PciHost *host, hwaddr addr)
{
    unsigned bus_and_function = (unsigned)(addr >> 12) & ~(31u << 3);

    return bus_and_function == 0 ? host->slots[(addr >> 15) & 31] : NULL;
}

/* Nobody there reads as all ones: that is how a guest looks for functions. */
static uint64_t ecam_read(void *opaque, hwaddr addr, unsigned size)
{
    const PciFunction *function = function_at(opaque, addr);
    unsigned offset = addr & 0xfff;

    if (function == NULL) {
        return UINT64_MAX;
    }
    return offset < PCI_CONFIG_SIZE ? get(function, offset, size) : 0;
}

static void ecam_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    PciFunction *function = function_at(opaque, addr);
    unsigned offset = addr & 0xfff;

    if (function != NULL && offset < PCI_CONFIG_SIZE) {
        write_config(function, offset, (uint32_t)data, size);
    }
}

static const MemoryRegionOps ecam_ops = {
    .read = ecam_read,
    .write = ecam_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- Building --------------------------------------------------------------------------- */

void pci_function_init(PciFunction *function, uint16_t vendor, uint16_t device, uint32_t class)
{
    *function = (PciFunction){ .host = NULL };
    put(function, CONFIG_VENDOR, vendor, 2);
    put(function, CONFIG_DEVICE, device, 2);
    put(function, CONFIG_CLASS, class << 8, 4);
}

void pci_function_add_bar(PciFunction *function, unsigned index, MemoryRegion *region, bool ports)
{
    function->bars[index] = (PciBar){ .region = region, .size = memory_region_size(region),
                                      .ports = ports };
    put(function, CONFIG_BARS + 4 * index, bar_flags(&function->bars[index]), 4);
}

void pci_host_plug(PciHost *host, unsigned slot, PciFunction *function)
{
    function->host = host;
    host->slots[slot] = function;
}

void pci_host_init(PciHost *host, uint64_t ecam_size)
{
    *host = (PciHost){ .slots = { NULL } };
    counted_init_io(&host->ecam, &ecam_ops, host, "pci-ecam", ecam_size);
    memory_region_init(&host->memory, NULL, "pci-memory", (uint64_t)1 << 32);
    memory_region_init(&host->ports, NULL, "pci-ports", PCI_PORTS);
    pci_function_init(&host->bridge, 0x1b36, 0x0008, 0x060000);
    pci_host_plug(host, 0, &host->bridge);
}

void pci_host_reset(PciHost *host)
{
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        if (host->slots[slot] != NULL) {
            put(host->slots[slot], CONFIG_COMMAND, 0, 2);
            update_bars(host->slots[slot]);
        }
    }
}
