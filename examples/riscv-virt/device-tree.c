/* SPDX-License-Identifier: MIT
 *
 * Writing the device tree from front to back, with libfdt's sequential functions. These fail only
 * if there is no room, so a builder collects their results and tests them once at the end.
 */
#include "device-tree.h"

#include <libfdt.h>

#include "clint.h"
#include "map.h"
#include "plic.h"
#include "power.h"

/* libfdt's results are 0 or negative. 'failed' stays negative after the first failure. */
typedef struct Builder {
    void *fdt;
    int failed;
} Builder;

enum { PHANDLE_INTC = 1, PHANDLE_PLIC = 2, PHANDLE_POWER = 3 };

static void note(Builder *b, int result)
{
    b->failed |= result;
}

static void begin(Builder *b, const char *name)
{
    note(b, fdt_begin_node(b->fdt, name));
}

static void end(Builder *b)
{
    note(b, fdt_end_node(b->fdt));
}

static void text(Builder *b, const char *name, const char *value)
{
    note(b, fdt_property_string(b->fdt, name, value));
}

static void flag(Builder *b, const char *name)
{
    note(b, fdt_property(b->fdt, name, NULL, 0));
}

static void cells(Builder *b, const char *name, const uint32_t *values, size_t count)
{
    void *place;

    note(b, fdt_property_placeholder(b->fdt, name, (int)(count * 4), &place));
    for (size_t i = 0; b->failed == 0 && i < count; i++) {
        fdt32_st((uint8_t *)place + i * 4, values[i]);
    }
}

#define CELLS(b, name, ...)                                                                       \
    cells(b, name, (const uint32_t[]){ __VA_ARGS__ },                                             \
          sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* On this board all addresses and sizes have two cells and are below 4 GiB. */
static void place(Builder *b, uint32_t address, uint32_t size)
{
    CELLS(b, "reg", 0, address, 0, size);
}

static void add_chosen(Builder *b)
{
    begin(b, "chosen");
    text(b, "stdout-path", "/soc/serial@10000000");
    end(b);
}

static void add_memory(Builder *b)
{
    begin(b, "memory@80000000");
    text(b, "device_type", "memory");
    place(b, MAP_RAM, MAP_RAM_SIZE);
    end(b);
}

static void add_interrupt_controller(Builder *b, uint32_t phandle)
{
    CELLS(b, "#interrupt-cells", 1);
    flag(b, "interrupt-controller");
    CELLS(b, "phandle", phandle);
}

static void add_cpus(Builder *b)
{
    begin(b, "cpus");
    CELLS(b, "#address-cells", 1);
    CELLS(b, "#size-cells", 0);
    CELLS(b, "timebase-frequency", CLINT_HZ);
    begin(b, "cpu@0");
    text(b, "device_type", "cpu");
    CELLS(b, "reg", 0);
    text(b, "status", "okay");
    text(b, "compatible", "riscv");
    text(b, "riscv,isa", "rv64imafdc");
    text(b, "mmu-type", "riscv,sv39");
    begin(b, "interrupt-controller");
    text(b, "compatible", "riscv,cpu-intc");
    add_interrupt_controller(b, PHANDLE_INTC);
    end(b);
    end(b);
    end(b);
}

static void add_flash(Builder *b)
{
    begin(b, "flash@20000000");
    text(b, "compatible", "cfi-flash");
    CELLS(b, "reg", 0, MAP_FLASH, 0, MAP_FLASH_BANK_SIZE, 0, MAP_FLASH + MAP_FLASH_BANK_SIZE, 0,
          MAP_FLASH_BANK_SIZE);
    CELLS(b, "bank-width", 4);
    end(b);
}

static void add_clint(Builder *b)
{
    static const char compatible[] = "sifive,clint0\0riscv,clint0";

    begin(b, "clint@2000000");
    note(b, fdt_property(b->fdt, "compatible", compatible, sizeof(compatible)));
    place(b, MAP_CLINT, CLINT_SIZE);
    CELLS(b, "interrupts-extended", PHANDLE_INTC, 3, PHANDLE_INTC, 7);
    end(b);
}

static void add_plic(Builder *b)
{
    static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";

    begin(b, "plic@c000000");
    note(b, fdt_property(b->fdt, "compatible", compatible, sizeof(compatible)));
    place(b, MAP_PLIC, PLIC_SIZE);
    CELLS(b, "#address-cells", 0);
    CELLS(b, "riscv,ndev", PLIC_SOURCES);
    CELLS(b, "interrupts-extended", PHANDLE_INTC, 11);
    add_interrupt_controller(b, PHANDLE_PLIC);
    end(b);
}

static void add_serial(Builder *b)
{
    begin(b, "serial@10000000");
    text(b, "compatible", "ns16550a");
    place(b, MAP_UART, MAP_UART_SIZE);
    CELLS(b, "clock-frequency", 3686400);
    CELLS(b, "interrupt-parent", PHANDLE_PLIC);
    CELLS(b, "interrupts", IRQ_UART);
    end(b);
}

static void add_virtio(Builder *b)
{
    begin(b, "virtio_mmio@10001000");
    text(b, "compatible", "virtio,mmio");
    place(b, MAP_VIRTIO, MAP_VIRTIO_SIZE);
    CELLS(b, "interrupt-parent", PHANDLE_PLIC);
    CELLS(b, "interrupts", IRQ_VIRTIO);
    end(b);
}

static void add_power(Builder *b)
{
    static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";

    begin(b, "test@100000");
    note(b, fdt_property(b->fdt, "compatible", compatible, sizeof(compatible)));
    place(b, MAP_POWER, POWER_SIZE);
    CELLS(b, "phandle", PHANDLE_POWER);
    end(b);
}

/* Tells how to use the power device: which value to write to which of its registers. */
static void add_power_use(Builder *b, const char *name, const char *compatible, uint32_t value)
{
    begin(b, name);
    text(b, "compatible", compatible);
    CELLS(b, "regmap", PHANDLE_POWER);
    CELLS(b, "offset", 0);
    CELLS(b, "value", value);
    end(b);
}

/* Each range has a space code and PCI address (3 cells), a CPU address (2) and a size (2). */
static void add_pci(Builder *b)
{
    enum { SPACE_IO = 0x01000000, SPACE_MEM32 = 0x02000000 };

    begin(b, "pci@30000000");
    text(b, "compatible", "pci-host-ecam-generic");
    text(b, "device_type", "pci");
    CELLS(b, "#address-cells", 3);
    CELLS(b, "#size-cells", 2);
    CELLS(b, "#interrupt-cells", 1);
    place(b, MAP_PCI_ECAM, MAP_PCI_ECAM_SIZE);
    CELLS(b, "bus-range", 0, MAP_PCI_ECAM_SIZE / 0x100000 - 1);
    CELLS(b, "ranges", SPACE_IO, 0, 0, 0, MAP_PCI_IO, 0, MAP_PCI_IO_SIZE, SPACE_MEM32, 0,
          MAP_PCI_MEM, 0, MAP_PCI_MEM, 0, MAP_PCI_MEM_SIZE);
    end(b);
}

static void add_soc(Builder *b)
{
    begin(b, "soc");
    text(b, "compatible", "simple-bus");
    CELLS(b, "#address-cells", 2);
    CELLS(b, "#size-cells", 2);
    flag(b, "ranges");
    add_flash(b);
    add_clint(b);
    add_plic(b);
    add_serial(b);
    add_virtio(b);
    add_power(b);
    add_pci(b);
    end(b);
}

bool device_tree_build(void *blob, size_t size)
{
    Builder b = { .fdt = blob };

    note(&b, fdt_create(blob, (int)size));
    note(&b, fdt_finish_reservemap(blob));
    begin(&b, "");
    CELLS(&b, "#address-cells", 2);
    CELLS(&b, "#size-cells", 2);
    text(&b, "compatible", "riscv-virtio");
    text(&b, "model", "riscv-virt on libphysmem");
    add_chosen(&b);
    add_memory(&b);
    add_cpus(&b);
    add_soc(&b);
    add_power_use(&b, "poweroff", "syscon-poweroff", POWER_OFF);
    add_power_use(&b, "reboot", "syscon-reboot", POWER_RESET);
    end(&b);
    note(&b, fdt_finish(blob));
    return b.failed == 0;
}
