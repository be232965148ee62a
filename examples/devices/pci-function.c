/* SPDX-License-Identifier: MIT
 *
 * Making a PCI function: its header, BARs, capabilities and DMA. pci.c does what the guest then
 * asks of it.
 */
#include "pci.h"

#include <string.h>

#include "end-region.h"

#define COMMAND_BITS                                                                              \
    (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE)

void pci_function_init(PciFunction *function, const char *name, uint16_t vendor, uint16_t device,
                       uint32_t class)
{
    *function = (PciFunction){ .name = name,
                               .next_capability = PCI_CAPABILITY_LIST,
                               .capabilities_end = PCI_STD_HEADER_SIZEOF };
    pci_put(function, PCI_VENDOR_ID, vendor, 2);
    pci_put(function, PCI_DEVICE_ID, device, 2);
    pci_put(function, PCI_CLASS_REVISION, class << 8, 4);
    pci_let_write(function, PCI_COMMAND, COMMAND_BITS, 2);
    pci_let_write(function, PCI_CACHE_LINE_SIZE, 0xffff, 2); /* includes the latency timer */
    pci_let_write(function, PCI_INTERRUPT_LINE, 0xff, 1);
}

void pci_function_add_bar(PciFunction *function, unsigned index, MemoryRegion *region,
                          uint32_t flags)
{
    uint64_t size = memory_region_size(region);
    unsigned at = PCI_BASE_ADDRESS_0 + 4 * index;

    function->bars[index] = (PciBar){ .region = region, .size = size, .flags = flags };
    pci_put(function, at, flags, 4);
    pci_let_write(function, at, (uint32_t)-size, 4);
    if (flags & PCI_BASE_ADDRESS_MEM_TYPE_64) {
        pci_let_write(function, at + 4, (uint32_t)(-size >> 32), 4);
    }
}

unsigned pci_function_add_capability(PciFunction *function, uint8_t id, const void *capability,
                                     unsigned length)
{
    unsigned at = (function->capabilities_end + 3) & ~3u;

    function->config[function->next_capability] = (uint8_t)at;
    function->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    memcpy(function->config + at, capability, length);
    function->config[at + PCI_CAP_LIST_ID] = id;
    function->config[at + PCI_CAP_LIST_NEXT] = 0;
    function->next_capability = (uint8_t)(at + PCI_CAP_LIST_NEXT);
    function->capabilities_end = (uint8_t)(at + length);
    return at;
}

void pci_function_set_pin(PciFunction *function, unsigned pin)
{
    function->config[PCI_INTERRUPT_PIN] = (uint8_t)pin;
}

void pci_function_enable_dma(PciFunction *function, MemoryRegion *memory)
{
    memory_region_init(&function->dma_root, NULL, function->name, UINT64_MAX);
    memory_region_init_alias(&function->dma_window, NULL, "bus master", memory, 0, UINT64_MAX);
    memory_region_set_enabled(&function->dma_window, false);
    memory_region_add_subregion(&function->dma_root, 0, &function->dma_window);
    address_space_init(&function->dma, &function->dma_root, function->name);
    function->has_dma = true;
}

void pci_function_end(PciFunction *function)
{
    pci_bus_unplug(function);
    if (function->has_dma) {
        address_space_destroy(&function->dma);
        end_region(&function->dma_window);
        end_region(&function->dma_root);
        function->has_dma = false;
    }
}
