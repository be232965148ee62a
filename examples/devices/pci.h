/* SPDX-License-Identifier: MIT
 *
 * A PCI bus and the functions on it: configuration space, BARs, interrupt pins and DMA.
 *
 * How the guest reaches configuration space (ports, ECAM) and where the bus shows in the machine
 * are the board's affair: it gives the bus two containers, for memory and for ports, and hands
 * configuration accesses over. A function's BARs are regions that come, move and go in these
 * containers as the guest programs them. Its DMA goes through an address space of its own, which
 * shows the machine's memory only while the guest lets the function be a bus master.
 *
 * Everything here runs with the context's lock held, as device callbacks do.
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
    MemoryRegion *region; /* NULL: no such BAR */
    uint64_t size;        /* a power of two, at least 16 (memory) or 4 (ports) */
    uint32_t flags;       /* the lowest bits of the register */
    bool shown;
} PciBar;

struct PciFunction {
    const char *name;
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t writable[PCI_CONFIG_SIZE]; /* the bits that the guest may change */
    PciBar bars[PCI_BARS];
    PciBus *bus; /* NULL: not plugged */
    uint8_t devfn;
    uint8_t next_capability; /* the byte that is to point to it */
    uint8_t capabilities_end;
    bool intx;      /* what the device puts on its pin */
    uint64_t moves; /* times that a BAR was written */

    /* A device's own. Any may be NULL; 'opaque' is theirs. */
    void (*before_read)(PciFunction *function, unsigned offset, unsigned size);
    /* Bytes may have changed, by a write, by a reset or by pci_function_load(). */
    void (*written)(PciFunction *function, unsigned offset, unsigned size);
    /* The answer of pci_intx_route() may have changed. */
    void (*rerouted)(PciFunction *function);
    void *opaque;

    /* DMA, if pci_function_enable_dma() was called. */
    MemoryRegion dma_root;
    MemoryRegion dma_window; /* onto the machine's memory; enabled for a bus master */
    AddressSpace dma;
    bool has_dma;
};

/* Where the board has led the interrupt pins. Any may be NULL. */
typedef struct PciWires {
    /* The level of a function's pin, pci_intx_level(), may have changed. */
    void (*changed)(void *opaque, PciFunction *function);
    /* The number of the interrupt controllers' input that the pin is wired to now; -1: none. */
    int (*route)(void *opaque, PciFunction *function);
    /* An accelerator's way of raising that input without a call: a signal on 'e' puts it up, and
     * when the guest has ended the interrupt it falls and 'resample' is signalled. False: it
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

/* The containers are the board's; 'wires' is copied, NULL: pins lead nowhere. */
void pci_bus_init(PciBus *bus, MemoryRegion *memory, MemoryRegion *ports, const PciWires *wires);

/* Puts a complete function on the bus; it must outlive it. */
void pci_bus_plug(PciBus *bus, unsigned devfn, PciFunction *function);

/* Takes it off again, if it is on a bus, with its BARs. */
void pci_bus_unplug(PciFunction *function);

/* As after power-on: the header's writable bits are clear, no BAR is on the bus. */
void pci_bus_reset(PciBus *bus);

/* Tells all functions that pins have been wired to other inputs. */
void pci_bus_rerouted(PciBus *bus);

/* Configuration accesses: 1, 2 or 4 bytes that lie in one word. Where there is no function reads
 * give ones. */
uint32_t pci_bus_read(PciBus *bus, unsigned devfn, unsigned offset, unsigned size);
void pci_bus_write(PciBus *bus, unsigned devfn, unsigned offset, uint32_t value, unsigned size);

/* ---- Making a function ------------------------------------------------------------------ */

/* An empty header of the given identity; 'class' has three bytes, the name is not copied. */
void pci_function_init(PciFunction *function, const char *name, uint16_t vendor, uint16_t device,
                       uint32_t class);

/* A region as BAR 'index'; 'flags' are those of the register: PCI_BASE_ADDRESS_SPACE_IO, or
 * PCI_BASE_ADDRESS_MEM_TYPE_64 (takes the next BAR, too) and PCI_BASE_ADDRESS_MEM_PREFETCH. */
void pci_function_add_bar(PciFunction *function, unsigned index, MemoryRegion *region,
                          uint32_t flags);

/* Adds a capability of 'length' bytes, of which the first two are for the list, and returns where
 * it lies. There must be room. */
unsigned pci_function_add_capability(PciFunction *function, uint8_t id, const void *capability,
                                     unsigned length);

/* Gives it the interrupt pin A (1) to D (4). */
void pci_function_set_pin(PciFunction *function, unsigned pin);

/* Makes function->dma, which shows 'memory' while the guest allows it. */
void pci_function_enable_dma(PciFunction *function, MemoryRegion *memory);

/* Takes it off its bus, if it is on one, and ends its address space. Its BARs' regions are the
 * device's. After a grace period its memory may be freed. */
void pci_function_end(PciFunction *function);

/* ---- In operation ----------------------------------------------------------------------- */

/* Bytes of configuration space for devices: size is 1, 2 or 4, nothing happens but that. */
uint32_t pci_get(const PciFunction *function, unsigned offset, unsigned size);
void pci_put(PciFunction *function, unsigned offset, uint32_t value, unsigned size);

/* The same for the bits that the guest may change. */
void pci_let_write(PciFunction *function, unsigned offset, uint32_t mask, unsigned size);

/* Do the bytes [offset, offset + size) touch [first, first + length)? */
bool pci_touches(unsigned offset, unsigned size, unsigned first, unsigned length);

/* The device's side of the pin, and what comes out: nothing while the guest forbids it. */
void pci_set_intx(PciFunction *function, bool level);
/* Only the bit in the status register, for a device whose interrupts take another way. */
void pci_show_intx(PciFunction *function, bool level);
bool pci_intx_level(const PciFunction *function);

/* The input that the pin is wired to; -1 if there is none or the guest forbids interrupts. */
int pci_intx_route(PciFunction *function);

/* Where a BAR lies now; false if nowhere. */
bool pci_bar_address(const PciFunction *function, unsigned index, hwaddr *address);

/* Replaces what the guest has written by what it had written when 'config' was saved. */
void pci_function_load(PciFunction *function, const uint8_t config[PCI_CONFIG_SIZE]);

#endif
