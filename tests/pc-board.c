/* SPDX-License-Identifier: MIT
 *
 * The PC's board without a processor; see pc-board.h.
 */
#include "pc-board.h"

static void note_irq(void *opaque, unsigned irq, bool level)
{
    Board *b = opaque;

    g_string_append_printf(b->m->trace, "%sirq%u=%d", b->m->trace->len > 0 ? " " : "", irq, level);
}

static void note_wish(void *opaque, PowerWish wish)
{
    Board *b = opaque;

    g_string_append_printf(b->m->trace, "%s%s", b->m->trace->len > 0 ? " " : "",
                           wish == POWER_WISH_OFF ? "off" : "reset");
}

static void pin_changed(void *opaque, PciFunction *function)
{
    Board *b = opaque;

    (void)function;
    isa_bridge_update(&b->isa_bridge);
}

static int route(void *opaque, PciFunction *function)
{
    Board *b = opaque;

    return isa_bridge_route(&b->isa_bridge, function);
}

static void make_memories(Board *b)
{
    memory_region_init_io(&b->pci_memory, NULL, &unassigned_io_ops, NULL, "pci", UINT64_MAX);
    memory_region_add_subregion_overlap(get_system_memory(), 0, &b->pci_memory, -1);
    g_assert_true(memory_region_init_ram(&b->ram, NULL, "ram", BOARD_RAM_SIZE, &error_abort));
    memory_region_add_subregion(get_system_memory(), 0, &b->ram);
    g_assert_true(memory_region_init_ram(&b->card, NULL, "card", MAP_ISA_BIOS_END - MAP_VGA,
                                         &error_abort));
    memory_region_add_subregion(&b->pci_memory, MAP_VGA, &b->card);
}

static void make_slot(Board *b, PciFunction *function, unsigned slot)
{
    pci_function_init(function, "card", 0x1234, 0x5678, 0xff0000);
    pci_function_set_pin(function, 1);
    pci_bus_plug(&b->bus, DEVFN(slot, 0), function);
}

Board *board_new(Machine *m)
{
    Board *b = g_new0(Board, 1);
    PciWires wires = { .changed = pin_changed, .route = route, .opaque = b };

    b->m = m;
    b->memory = memory_context_memory(m->ctx);
    b->io = memory_context_io(m->ctx);
    make_memories(b);
    pci_bus_init(&b->bus, &b->pci_memory, get_system_io(), &wires);
    shadow_init(&b->shadow, get_system_memory(), &b->ram, &b->pci_memory);
    host_bridge_init(&b->host_bridge, &b->bus, &b->shadow);
    isa_bridge_init(&b->isa_bridge, &b->bus, note_irq, b);
    power_init(&b->power, &b->bus, note_wish, b);
    make_slot(b, &b->slot3, 3);
    make_slot(b, &b->slot4, 4);
    memory_region_add_subregion(get_system_io(), PORT_CONFIG_ADDRESS,
                                &b->host_bridge.address_port);
    memory_region_add_subregion(get_system_io(), PORT_CONFIG_DATA, &b->host_bridge.data_port);
    memory_region_add_subregion(get_system_io(), PORT_SYSTEM_CONTROL, &b->power.system_control);
    memory_region_add_subregion_overlap(get_system_io(), PORT_RESET_CONTROL,
                                        &b->power.reset_control, 1);
    return b;
}

void board_reset(Board *b)
{
    memory_context_lock(b->m->ctx);
    pci_bus_reset(&b->bus);
    host_bridge_reset(&b->host_bridge);
    isa_bridge_reset(&b->isa_bridge);
    power_reset(&b->power);
    memory_context_unlock(b->m->ctx);
}

static void end(MemoryRegion *mr)
{
    memory_region_del_subregion(memory_region_container(mr), mr);
    object_unparent(OBJECT(mr));
}

void board_free(Board *b)
{
    pci_function_end(&b->slot4);
    pci_function_end(&b->slot3);
    power_end(&b->power);
    pci_function_end(&b->isa_bridge.function);
    pci_function_end(&b->host_bridge.function);
    end(&b->power.reset_control);
    end(&b->power.system_control);
    end(&b->host_bridge.data_port);
    end(&b->host_bridge.address_port);
    shadow_end(&b->shadow);
    end(&b->card);
    end(&b->ram);
    end(&b->pci_memory);
    memory_drain();
    g_free(b);
}

/* ---- What a guest can do ---------------------------------------------------------------- */

uint32_t port_in(Board *b, hwaddr port, unsigned size)
{
    uint8_t bytes[4] = { 0 };

    address_space_read(b->io, port, MEMTXATTRS_UNSPECIFIED, bytes, size);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

void port_out(Board *b, hwaddr port, uint32_t value, unsigned size)
{
    uint8_t bytes[4];

    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    address_space_write(b->io, port, MEMTXATTRS_UNSPECIFIED, bytes, size);
}

static void choose(Board *b, unsigned devfn, unsigned offset)
{
    port_out(b, PORT_CONFIG_ADDRESS, 0x80000000 | devfn << 8 | (offset & 0xfc), 4);
}

uint32_t config_in(Board *b, unsigned devfn, unsigned offset, unsigned size)
{
    choose(b, devfn, offset);
    return port_in(b, PORT_CONFIG_DATA + (offset & 3), size);
}

void config_out(Board *b, unsigned devfn, unsigned offset, uint32_t value, unsigned size)
{
    choose(b, devfn, offset);
    port_out(b, PORT_CONFIG_DATA + (offset & 3), value, size);
}
