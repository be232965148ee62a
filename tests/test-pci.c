/* SPDX-License-Identifier: MIT
 *
 * The example machines' PCI bus (examples/devices): configuration space, BARs that move, pins, and
 * DMA of bus masters.
 */
#include "../examples/devices/pci.h"

#include "probe.h"

enum { BAR0 = PCI_BASE_ADDRESS_0, DEVFN = PCI_DEVFN(3, 0), ON = 7 };

/* BAR 0 has 32 bits of memory, BARs 1 and 2 have 64 bits, BAR 3 is for ports. */
typedef struct Stage {
    Machine *m;
    MemoryRegion *memory;
    AddressSpace *memory_space;
    AddressSpace *ports_space;
    PciBus bus;
    PciFunction function;
    int route;
    unsigned rerouted;
} Stage;

static void changed(void *opaque, PciFunction *function)
{
    Stage *s = opaque;

    g_string_append_printf(s->m->trace, "%s%u", s->m->trace->len ? " " : "",
                           pci_intx_level(function));
}

static int route(void *opaque, PciFunction *function)
{
    (void)function;
    return ((Stage *)opaque)->route;
}

static void heard(PciFunction *function)
{
    ((Stage *)function->opaque)->rerouted++;
}

static void stage_setup(Stage *s, Machine *m)
{
    MemoryRegion *ports = box_new(m, "ports", 0x10000);
    const PciWires wires = { .changed = changed, .route = route, .opaque = s };

    *s = (Stage){ .m = m, .memory = box_new(m, "memory", UINT64_MAX), .route = 11 };
    s->memory_space = space_new(m, s->memory, "memory");
    s->ports_space = space_new(m, ports, "ports");
    pci_bus_init(&s->bus, s->memory, ports, &wires);
    pci_function_init(&s->function, "card", 0x1234, 0x5678, 0x010203);
    pci_function_add_bar(&s->function, 0, io_new(m, "a", 0x1000), PCI_BASE_ADDRESS_MEM_PREFETCH);
    pci_function_add_bar(&s->function, 1, io_new(m, "b", 0x4000), PCI_BASE_ADDRESS_MEM_TYPE_64);
    pci_function_add_bar(&s->function, 3, io_new(m, "c", 0x20), PCI_BASE_ADDRESS_SPACE_IO);
    pci_function_set_pin(&s->function, 1);
    s->function.opaque = s;
    s->function.rerouted = heard;
    pci_bus_plug(&s->bus, DEVFN, &s->function);
}

static void stage_end(Stage *s)
{
    pci_function_end(&s->function);
    assert_map(s->memory_space, "");
    assert_map(s->ports_space, "");
}

static uint32_t get(Stage *s, unsigned offset, unsigned size)
{
    return pci_bus_read(&s->bus, DEVFN, offset, size);
}

static void put(Stage *s, unsigned offset, uint32_t value, unsigned size)
{
    pci_bus_write(&s->bus, DEVFN, offset, value, size);
}

/* ---- Configuration space ---------------------------------------------------------------- */

static void header(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    g_assert_cmphex(get(s, 0, 4), ==, 0x56781234);
    g_assert_cmphex(get(s, 2, 1), ==, 0x78);
    g_assert_cmphex(get(s, 8, 4), ==, 0x01020300);
    g_assert_cmphex(get(s, 0x3d, 1), ==, 1);
    put(s, 0, 0, 4);
    put(s, 8, 0xffffffff, 4);
    put(s, 0x3c, 0xffff, 2);
    g_assert_cmphex(get(s, 0, 4), ==, 0x56781234);
    g_assert_cmphex(get(s, 8, 4), ==, 0x01020300);
    g_assert_cmphex(get(s, 0x3c, 4), ==, 0x01ff);
    stage_end(s);
}

static void nobody_there(Machine *m, gconstpointer data)
{
    static const unsigned nobody[] = { 0, DEVFN - 1, DEVFN + 1, 255, 256, UINT_MAX };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    for (unsigned i = 0; i < G_N_ELEMENTS(nobody); i++) {
        g_assert_cmphex(pci_bus_read(&s->bus, nobody[i], 0, 4), ==, 0xffffffff);
        pci_bus_write(&s->bus, nobody[i], 4, 7, 2);
    }
    g_assert_cmphex(get(s, 4, 2), ==, 0);
    g_assert_cmphex(get(s, 256, 4), ==, 0);
    g_assert_cmphex(get(s, 254, 4), ==, 0);
    g_assert_cmphex(get(s, UINT_MAX, 1), ==, 0);
    pci_let_write(&s->function, 254, 0xffff, 2);
    put(s, 254, UINT_MAX, 4); /* is not inside the space */
    g_assert_cmphex(get(s, 254, 2), ==, 0);
    put(s, 256, 1, 1);
    put(s, UINT_MAX, 1, 4);
    stage_end(s);
}

static void capabilities(Machine *m, gconstpointer data)
{
    const uint8_t first[] = { 0, 0, 0x11, 0x22, 0x33 };
    const uint8_t second[] = { 0xff, 0xff, 0x44, 0x55 };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    g_assert_cmphex(get(s, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, ==, 0);
    g_assert_cmphex(pci_function_add_capability(&s->function, 9, first, sizeof(first)), ==, 0x40);
    g_assert_cmphex(pci_function_add_capability(&s->function, 5, second, sizeof(second)), ==,
                    0x48);
    g_assert_cmphex(get(s, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, !=, 0);
    g_assert_cmphex(get(s, PCI_CAPABILITY_LIST, 1), ==, 0x40);
    g_assert_cmphex(get(s, 0x40, 4), ==, 0x22114809);
    g_assert_cmphex(get(s, 0x44, 1), ==, 0x33);
    g_assert_cmphex(get(s, 0x48, 4), ==, 0x55440005);
    put(s, 0x40, 0, 4);
    g_assert_cmphex(get(s, 0x40, 4), ==, 0x22114809);
    pci_let_write(&s->function, 0x42, 0xf0ff, 2);
    put(s, 0x40, 0, 4);
    g_assert_cmphex(get(s, 0x40, 4), ==, 0x02004809);
    stage_end(s);
}

static void functions_of_a_slot(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    PciFunction other;

    (void)data;
    stage_setup(s, m);
    g_assert_cmphex(get(s, PCI_HEADER_TYPE, 1), ==, 0);
    pci_function_init(&other, "other", 1, 2, 3);
    pci_bus_plug(&s->bus, DEVFN + 2, &other);
    g_assert_cmphex(get(s, PCI_HEADER_TYPE, 1), ==, 0x80);
    g_assert_cmphex(pci_bus_read(&s->bus, DEVFN + 2, PCI_HEADER_TYPE, 1), ==, 0x80);
    pci_function_end(&other);
    g_assert_cmphex(pci_bus_read(&s->bus, DEVFN + 2, 0, 4), ==, 0xffffffff);
    stage_end(s);
}

/* ---- BARs ------------------------------------------------------------------------------- */

static void measured(Machine *m, gconstpointer data)
{
    static const uint32_t want[PCI_BARS] = { 0xfffff008, 0xffffc004, 0xffffffff, 0xffffffe1 };
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put(s, PCI_COMMAND, ON, 2);
    for (unsigned i = 0; i < PCI_BARS; i++) {
        put(s, BAR0 + 4 * i, 0xffffffff, 4);
        g_assert_cmphex(get(s, BAR0 + 4 * i, 4), ==, want[i]);
        assert_map(s->memory_space, "");
        assert_map(s->ports_space, "");
    }
    for (unsigned i = 0; i < PCI_BARS; i++) {
        put(s, BAR0 + 4 * i, 0, 4);
    }
    assert_map(s->memory_space, "");
    assert_map(s->ports_space, "");
    stage_end(s);
}

static void placed_and_moved(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    hwaddr address;

    (void)data;
    stage_setup(s, m);
    put(s, BAR0, 0xe0000000, 4);
    put(s, BAR0 + 4, 0x10000, 4);
    put(s, BAR0 + 8, 0x12, 4);
    put(s, BAR0 + 12, 0xc0fe, 4);
    assert_map(s->memory_space, "");
    put(s, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    assert_map(s->memory_space, "e0000000-e0000fff a@0, 1200010000-1200013fff b@0");
    assert_map(s->ports_space, "");
    put(s, PCI_COMMAND, PCI_COMMAND_IO, 1);
    assert_map(s->memory_space, "");
    assert_map(s->ports_space, "c0e0-c0ff c@0");
    put(s, PCI_COMMAND, ON, 2);
    put(s, BAR0 + 3, 0xd0, 1); /* one byte is enough */
    put(s, BAR0 + 8, 0, 4);
    put(s, BAR0 + 12, 0x10000, 4); /* there is no such port */
    assert_map(s->memory_space, "10000-13fff b@0, d0000000-d0000fff a@0");
    assert_map(s->ports_space, "");
    g_assert_true(pci_bar_address(&s->function, 1, &address));
    g_assert_cmphex(address, ==, 0x10000);
    g_assert_false(pci_bar_address(&s->function, 3, &address));
    put(s, BAR0, 0, 4);
    assert_map(s->memory_space, "10000-13fff b@0");
    put(s, BAR0 + 4, 0xffffffff, 4);
    put(s, BAR0 + 8, 0xffffffff, 4);
    assert_map(s->memory_space, "");
    g_assert_cmpuint(s->function.moves, ==, 10);
    stage_end(s);
}

/* Each write is one commit, of what it has changed. */
static void in_one_transaction(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    put(s, BAR0, 0x10000, 4);
    put(s, BAR0 + 4, 0x20000, 4);
    spy_on(m, "spy", 0, s->memory_space);
    put(s, PCI_COMMAND, ON, 2);
    assert_trace(m, "spy:begin spy:add(10000-10fff a@0) spy:add(20000-23fff b@0) spy:commit 0");
    put(s, BAR0, 0x30000, 4);
    assert_trace(m, "spy:begin spy:del(10000-10fff a@0) spy:add(30000-30fff a@0) spy:commit");
    put(s, BAR0, 0x30000, 4);
    assert_trace(m, "");
    stage_end(s);
    g_string_truncate(m->trace, 0);
}

/* A BAR is visible on top of the board's background. */
static void before_the_background(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion(s->memory, 0x10000, io_new(m, "board", 0x10000));
    put(s, BAR0, 0x11000, 4);
    put(s, PCI_COMMAND, ON, 2);
    assert_map(s->memory_space, "10000-10fff board@0, 11000-11fff a@0, 12000-1ffff board@2000");
    pci_function_end(&s->function);
    assert_map(s->memory_space, "10000-1ffff board@0");
}

static void reset_and_load(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    uint8_t saved[PCI_CONFIG_SIZE];

    (void)data;
    stage_setup(s, m);
    put(s, BAR0, 0x10000, 4);
    put(s, PCI_COMMAND, ON, 2);
    put(s, PCI_INTERRUPT_LINE, 11, 1);
    memcpy(saved, s->function.config, sizeof(saved));
    pci_bus_reset(&s->bus);
    assert_map(s->memory_space, "");
    g_assert_cmphex(get(s, BAR0, 4), ==, 8);
    g_assert_cmphex(get(s, PCI_INTERRUPT_LINE, 2), ==, 0x100);
    g_assert_cmphex(get(s, PCI_COMMAND, 2), ==, 0);
    saved[0] ^= 0xff; /* a file cannot turn it into another device */
    pci_function_load(&s->function, saved);
    assert_map(s->memory_space, "10000-10fff a@0");
    g_assert_cmphex(get(s, PCI_INTERRUPT_LINE, 1), ==, 11);
    g_assert_cmphex(get(s, 0, 4), ==, 0x56781234);
    stage_end(s);
}

/* ---- Interrupts ------------------------------------------------------------------------- */

static void pins(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;

    (void)data;
    stage_setup(s, m);
    pci_set_intx(&s->function, true);
    assert_trace(m, "1");
    g_assert_cmphex(get(s, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    g_assert_cmpint(pci_intx_route(&s->function), ==, 11);
    put(s, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE, 2);
    assert_trace(m, "0");
    g_assert_cmphex(get(s, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    g_assert_cmpint(pci_intx_route(&s->function), ==, -1);
    g_assert_cmpuint(s->rerouted, ==, 1);
    put(s, PCI_COMMAND, 0, 2);
    assert_trace(m, "1");
    pci_set_intx(&s->function, false);
    assert_trace(m, "0");
    g_assert_cmphex(get(s, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, ==, 0);
    pci_bus_rerouted(&s->bus);
    g_assert_cmpuint(s->rerouted, ==, 3);
    pci_function_set_pin(&s->function, 0);
    g_assert_cmpint(pci_intx_route(&s->function), ==, -1);
    stage_end(s);
    g_string_truncate(m->trace, 0);
}

/* ---- DMA -------------------------------------------------------------------------------- */

static void bus_masters(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    MemoryRegion *ram = ram_new(m, "ram", 0x1000);
    uint8_t byte = 0x5a;

    (void)data;
    stage_setup(s, m);
    memory_region_add_subregion(s->memory, 0x4000, ram);
    pci_function_enable_dma(&s->function, s->memory);
    assert_map(&s->function.dma, "");
    g_assert_cmpuint(address_space_write(&s->function.dma, 0x4000, ANY, &byte, 1), !=, MEMTX_OK);
    put(s, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    assert_map(&s->function.dma, "4000-4fff ram@0");
    g_assert_cmpuint(address_space_write(&s->function.dma, 0x4000, ANY, &byte, 1), ==, MEMTX_OK);
    g_assert_cmphex(*host_of(ram), ==, 0x5a);
    put(s, PCI_COMMAND, 0, 2);
    assert_map(&s->function.dma, "");
    memory_region_del_subregion(s->memory, ram);
    stage_end(s);
    memory_drain();
    g_string_truncate(m->trace, 0);
}

/* ---- Anything --------------------------------------------------------------------------- */

/* Whatever a guest writes, each visible BAR is where its registers say. */
static void random_writes(Machine *m, gconstpointer data)
{
    Stage st, *s = &st;
    hwaddr address;

    (void)data;
    stage_setup(s, m);
    pci_function_enable_dma(&s->function, s->memory);
    for (unsigned i = 0; i < 4000; i++) {
        unsigned size = 1u << g_test_rand_int_range(0, 3);
        unsigned offset = g_test_rand_int_range(0, g_test_rand_bit() ? 0x28 : 0x110);

        put(s, offset & ~(size - 1), (uint32_t)g_test_rand_int(), size);
        get(s, offset & ~(size - 1), size);
        for (unsigned bar = 0; bar < PCI_BARS; bar++) {
            if (pci_bar_address(&s->function, bar, &address)) {
                g_assert_cmphex(memory_region_address(s->function.bars[bar].region), ==, address);
                g_assert_cmphex(get(s, BAR0 + 4 * bar, 4) & ~0xfu, ==, (uint32_t)address & ~0xfu);
            }
        }
    }
    g_assert_cmphex(get(s, 0, 4), ==, 0x56781234);
    stage_end(s);
    memory_drain();
    g_string_truncate(m->trace, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pci/configuration/header", header);
    TEST("/pci/configuration/nobody-there", nobody_there);
    TEST("/pci/configuration/capabilities", capabilities);
    TEST("/pci/configuration/functions-of-a-slot", functions_of_a_slot);
    TEST("/pci/bars/measured", measured);
    TEST("/pci/bars/placed-and-moved", placed_and_moved);
    TEST("/pci/bars/in-one-transaction", in_one_transaction);
    TEST("/pci/bars/before-the-background", before_the_background);
    TEST("/pci/bars/reset-and-load", reset_and_load);
    TEST("/pci/interrupts/pins", pins);
    TEST("/pci/dma/bus-masters", bus_masters);
    TEST("/pci/hostile/random-writes", random_writes);
    return g_test_run();
}
