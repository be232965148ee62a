/* SPDX-License-Identifier: MIT
 *
 * ACPI's fixed registers, whose base is in configuration space, and the reset ports.
 */
#include "power.h"

#include <time.h>

#include "../devices/end-region.h"
#include "map.h"

#define CLASS_OTHER_BRIDGE 0x068000
#define CONFIG_BASE 0x40
#define BASE_BITS 0xffc0
#define BASE_IS_PORTS 1
#define CONFIG_SYSTEM_MANAGEMENT 0x58
#define SYSTEM_MANAGEMENT_SET_UP 0x02000000 /* tells firmware not to set it up */
#define CONFIG_ENABLE 0x80
#define ENABLE_PORTS 1

#define REGISTERS_SIZE 64
#define TIMER_HZ 3579545
#define TIMER_BITS 0xffffff

/* Offsets of words. The first one has status and enable, 16 bits each. */
enum { REG_STATUS_ENABLE = 0, REG_CONTROL = 4, REG_TIMER = 8 };

#define CONTROL_SLEEP 0x2000
#define CONTROL_SLEEP_TYPE 0x1c00 /* 0: off; the firmware offers no other */

#define SYSTEM_CONTROL_RESET 1
#define SYSTEM_CONTROL_A20 2 /* address line 20 is never masked */
#define RESET_CONTROL_NOW 4
#define RESET_CONTROL_BITS 6

/* ---- Timer ------------------------------------------------------------------------------ */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t ticks(const Power *power)
{
    return (uint64_t)((unsigned __int128)(now_ns() - power->started_ns) * TIMER_HZ / 1000000000);
}

static void set_ticks(Power *power, uint64_t value)
{
    power->started_ns = now_ns() - (uint64_t)((unsigned __int128)value * 1000000000 / TIMER_HZ);
}

/* ---- Registers -------------------------------------------------------------------------- */

static void wish(Power *power, PowerWish what)
{
    power->func(power->func_opaque, what);
}

static uint32_t word_at(const Power *power, hwaddr addr)
{
    switch (addr & ~(hwaddr)3) {
    case REG_STATUS_ENABLE:
        return (uint32_t)power->state.enable << 16;
    case REG_CONTROL:
        return power->state.control;
    case REG_TIMER:
        return ticks(power) & TIMER_BITS;
    default:
        return 0;
    }
}

static uint64_t registers_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)size;
    return word_at(opaque, addr) >> (8 * (addr & 3));
}

static void write_control(Power *power, uint16_t control)
{
    power->state.control = control & (uint16_t)~CONTROL_SLEEP;
    if ((control & CONTROL_SLEEP) && (control & CONTROL_SLEEP_TYPE) == 0) {
        wish(power, POWER_WISH_OFF);
    }
}

/* Writes bytes of a word of registers. Clearing status bits does nothing, because no event sets
 * one. */
static void registers_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Power *power = opaque;
    unsigned shift = 8 * (addr & 3);
    uint32_t mask = (uint32_t)(((uint64_t)1 << (8 * size)) - 1) << shift;
    uint32_t word = (word_at(power, addr) & ~mask) | ((uint32_t)(data << shift) & mask);

    switch (addr & ~(hwaddr)3) {
    case REG_STATUS_ENABLE:
        power->state.enable = (uint16_t)(word >> 16);
        break;
    case REG_CONTROL:
        write_control(power, (uint16_t)word);
        break;
    default:
        break;
    }
}

static const MemoryRegionOps registers_ops = {
    .read = registers_read,
    .write = registers_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- Where the registers are ------------------------------------------------------------ */

static void update_place(Power *power)
{
    MemoryRegion *ports = power->function.bus->ports;
    hwaddr base = pci_get(&power->function, CONFIG_BASE, 2) & BASE_BITS;
    bool show = (power->function.config[CONFIG_ENABLE] & ENABLE_PORTS) && base != 0;

    if (power->shown && !show) {
        memory_region_del_subregion(ports, &power->registers);
    } else if (power->shown) {
        memory_region_set_address(&power->registers, base);
    } else if (show) {
        memory_region_add_subregion(ports, base, &power->registers);
    }
    power->shown = show;
}

static void written(PciFunction *function, unsigned offset, unsigned size)
{
    if (pci_touches(offset, size, CONFIG_BASE, 2) || pci_touches(offset, size, CONFIG_ENABLE, 1)) {
        update_place(function->opaque);
    }
}

/* ---- Resets ----------------------------------------------------------------------------- */

static uint64_t system_control_read(void *opaque, hwaddr addr, unsigned size)
{
    const Power *power = opaque;

    (void)addr;
    (void)size;
    return power->state.system_control;
}

static void system_control_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Power *power = opaque;
    uint8_t before = power->state.system_control;

    (void)addr;
    (void)size;
    power->state.system_control = (uint8_t)data | SYSTEM_CONTROL_A20;
    if (power->state.system_control & ~before & SYSTEM_CONTROL_RESET) {
        wish(power, POWER_WISH_RESET);
    }
}

static uint64_t reset_control_read(void *opaque, hwaddr addr, unsigned size)
{
    const Power *power = opaque;

    (void)addr;
    (void)size;
    return power->state.reset_control;
}

static void reset_control_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Power *power = opaque;
    uint8_t before = power->state.reset_control;

    (void)addr;
    (void)size;
    power->state.reset_control = data & RESET_CONTROL_BITS;
    if (power->state.reset_control & ~before & RESET_CONTROL_NOW) {
        wish(power, POWER_WISH_RESET);
    }
}

#define BYTE_WIDE                                                                                 \
    .endianness = DEVICE_LITTLE_ENDIAN, .valid = { .min_access_size = 1, .max_access_size = 1 },  \
    .impl = { .min_access_size = 1, .max_access_size = 1 }

static const MemoryRegionOps system_control_ops = { .read = system_control_read,
                                                    .write = system_control_write,
                                                    BYTE_WIDE };
static const MemoryRegionOps reset_control_ops = { .read = reset_control_read,
                                                   .write = reset_control_write,
                                                   BYTE_WIDE };

/* ---- Life ------------------------------------------------------------------------------- */

void power_save(Power *power, PowerState *state)
{
    *state = power->state;
    state->timer = ticks(power);
}

void power_load(Power *power, const PowerState *state)
{
    power->state = *state;
    set_ticks(power, state->timer);
}

void power_reset(Power *power)
{
    power_load(power, &(PowerState){ .system_control = SYSTEM_CONTROL_A20 });
    pci_put(&power->function, CONFIG_BASE, BASE_IS_PORTS, 2);
    pci_put(&power->function, CONFIG_ENABLE, 0, 1);
    update_place(power);
}

void power_init(Power *power, PciBus *bus, PowerFunc *func, void *opaque)
{
    PciFunction *function = &power->function;

    *power = (Power){ .func = func, .func_opaque = opaque };
    pci_function_init(function, "power management", 0x8086, 0x7113, CLASS_OTHER_BRIDGE);
    pci_put(function, PCI_REVISION_ID, 3, 1);
    pci_put(function, CONFIG_SYSTEM_MANAGEMENT, SYSTEM_MANAGEMENT_SET_UP, 4);
    pci_let_write(function, CONFIG_BASE, BASE_BITS, 2);
    pci_let_write(function, CONFIG_ENABLE, ENABLE_PORTS, 1);
    pci_function_set_pin(function, 1);
    function->written = written;
    function->opaque = power;
    memory_region_init_io(&power->registers, NULL, &registers_ops, power, "power-management",
                          REGISTERS_SIZE);
    memory_region_init_io(&power->system_control, NULL, &system_control_ops, power,
                          "system-control", 1);
    memory_region_init_io(&power->reset_control, NULL, &reset_control_ops, power, "reset-control",
                          1);
    pci_bus_plug(bus, DEVFN_POWER, function);
    power_reset(power);
}

void power_end(Power *power)
{
    power_reset(power);
    pci_function_end(&power->function);
    end_region(&power->registers);
}
