/* SPDX-License-Identifier: MIT
 *
 * A PCI bus and the functions on it: configuration space, BARs, interrupt pins and DMA.
 *
 * The board decides how the guest reaches configuration space (ports, ECAM), and where the bus is
 * in the machine. It gives the bus two containers, for memory and for ports, and passes
 * configuration accesses on. A function's BARs are regions. As the guest programs them, they are
 * added to these containers, moved and removed. A function's DMA goes through an address space of
 * its own, which shows the machine's memory only while the guest lets the function be a bus
 * master.
 *
 * All functions are called with the context's lock held, as in device callbacks, unless one says
 * otherwise.
 */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H

#include <linux/pci_regs.h>
#include <physmem/physmem.h>

#define PCI_CONFIG_SIZE PCI_CFG_SPACE_SIZE
#define PCI_BARS 6
#define PCI_FUNCTIONS 256 /* of a bus; a devfn is 8 times the slot plus the function */
#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))

typedef struct PciBus PciBus;
typedef struct PciFunction PciFunction;

typedef struct PciBar {
    MemoryRegion *region; /* NULL: the function does not have this BAR */
    uint64_t size;        /* a power of two, at least 16 (memory) or 4 (ports) */
    uint32_t flags;       /* the lowest bits of the register */
    bool shown;           /* the region is in the bus's container */
} PciBar;

struct PciFunction {
    const char *name;
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE]; /* the bits that the guest may change */
    PciBar bars[PCI_BARS];
    PciBus *bus; /* NULL: not plugged */
    uint8_t devfn;
    uint8_t next_capability;  /* offset of the byte that is to point to the next capability */
    uint8_t capabilities_end; /* offset of the first byte after the capabilities */
    bool intx;                /* the level that the device gives to its pin */
    uint64_t moves;           /* how often a BAR was written */

    /* The device's hooks, each of which may be NULL. */
    /* Called before configuration space is read. */
    void (*before_read)(PciFunction *function, unsigned offset, unsigned size);
    /* Called after bytes may have changed: by a write, by a reset or by pci_function_load(). */
    void (*written)(PciFunction *function, unsigned offset, unsigned size);
    /* Called when the answer of pci_intx_route() may have changed. */
    void (*rerouted)(PciFunction *function);
    void *opaque; /* for the hooks */

    /* For DMA, if pci_function_enable_dma() was called. */
    MemoryRegion dma_root;
    MemoryRegion dma_window; /* an alias of the machine's memory; enabled for a bus master */
    AddressSpace dma;
    bool has_dma;
};

/* How the board has wired the interrupt pins. Each function may be NULL. */
typedef struct PciWires {
    /* Called when the level of a function's pin, pci_intx_level(), may have changed. */
    void (*changed)(void *opaque, PciFunction *function);
    /* Returns the input of the interrupt controllers that the pin is wired to now; -1: none. */
    int (*route)(void *opaque, PciFunction *function);
    /* Lets an accelerator raise that input when 'e' is signalled. When the guest ends the
     * interrupt, the input falls and 'resample' is signalled. Returns false if the accelerator
     * cannot. */
    bool (*add_irqfd)(void *opaque, int input, EventNotifier *e, EventNotifier *resample);
    void (*remove_irqfd)(void *opaque, int input, EventNotifier *e);
    void *opaque;
} PciWires;

struct PciBus {
    MemoryRegion *memory;
    MemoryRegion *ports;
    PciWires wires;
    PciFunction *functions[PCI_FUNCTIONS];
};

/* ---- The bus ---------------------------------------------------------------------------- */

/* Makes a bus whose BARs go into the board's containers 'memory' and 'ports'. 'wires' is copied;
 * NULL: the pins are not wired. */
void pci_bus_init(PciBus *bus, MemoryRegion *memory, MemoryRegion *ports, const PciWires *wires);

/* Puts a function on the bus, after its BARs and capabilities were added. The function must stay
 * until it is unplugged. */
void pci_bus_plug(PciBus *bus, unsigned devfn, PciFunction *function);

/* Removes a function and its BARs from its bus, if it is on one. */
void pci_bus_unplug(PciFunction *function);

/* Resets all functions as at power-on: the header's writable bits are clear, and no BAR is
 * shown. */
void pci_bus_reset(PciBus *bus);

/* Tells all functions that the board has wired pins to other inputs. */
void pci_bus_rerouted(PciBus *bus);

/* Configuration accesses of 1, 2 or 4 bytes that lie in one word. Reads give ones where there is
 * no function. */
uint32_t pci_bus_read(PciBus *bus, unsigned devfn, unsigned offset, unsigned size);
void pci_bus_write(PciBus *bus, unsigned devfn, unsigned offset, uint32_t value, unsigned size);

/* ---- Making a function ------------------------------------------------------------------ */

/* Makes a function with an empty header of this identity. 'class' has three bytes. The name is not
 * copied. */
void pci_function_init(PciFunction *function, const char *name, uint16_t vendor, uint16_t device,
                       uint32_t class);

/* Makes a region the BAR 'index'. 'flags' are those of the register: PCI_BASE_ADDRESS_SPACE_IO,
 * or PCI_BASE_ADDRESS_MEM_TYPE_64 (which takes the next BAR, too) and
 * PCI_BASE_ADDRESS_MEM_PREFETCH. */
void pci_function_add_bar(PciFunction *function, unsigned index, MemoryRegion *region,
                          uint32_t flags);

/* Adds a capability of 'length' bytes, of which the first two are for the list. Returns its
 * offset. There must be room. */
unsigned pci_function_add_capability(PciFunction *function, uint8_t id, const void *capability,
                                     unsigned length);

/* Gives the function an interrupt pin, A (1) to D (4). */
void pci_function_set_pin(PciFunction *function, unsigned pin);

/* Makes function->dma, an address space that shows 'memory' while the guest allows DMA. */
void pci_function_enable_dma(PciFunction *function, MemoryRegion *memory);

/* Removes the function from its bus, if it is on one, and ends its address space. The device ends
 * the regions of the BARs. The function's memory may be freed after a grace period. Without the
 * context's lock. */
void pci_function_end(PciFunction *function);

/* ---- In operation ----------------------------------------------------------------------- */

/* Read and write 1, 2 or 4 bytes of configuration space for the device, without any effects. */
uint32_t pci_get(const PciFunction *function, unsigned offset, unsigned size);
void pci_put(PciFunction *function, unsigned offset, uint32_t value, unsigned size);

/* Sets which bits of configuration space the guest may change. */
void pci_let_write(PciFunction *function, unsigned offset, uint32_t mask, unsigned size);

/* Whether the bytes [offset, offset + size) touch [first, first + length). */
bool pci_touches(unsigned offset, unsigned size, unsigned first, unsigned length);

/* Sets the level that the device gives to its pin. */
void pci_set_intx(PciFunction *function, bool level);

/* Sets only the bit in the status register, for a device whose interrupts go another way. */
void pci_show_intx(PciFunction *function, bool level);

/* The level of the pin: false while the guest forbids interrupts. */
bool pci_intx_level(const PciFunction *function);

/* The input that the pin is wired to; -1 if there is none or the guest forbids interrupts. */
int pci_intx_route(PciFunction *function);

/* Sets *address to the address of a BAR. Returns whether the BAR is shown there. */
bool pci_bar_address(const PciFunction *function, unsigned index, hwaddr *address);

/* Restores the bits that the guest may change from a saved configuration space. */
void pci_function_load(PciFunction *function, const uint8_t config[PCI_CONFIG_SIZE]);

#endif
