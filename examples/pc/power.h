/* SPDX-License-Identifier: MIT
 *
 * The power management function, as of Intel's PIIX4: 64 ports that the guest places where it
 * likes, with a timer that counts at 3.58 MHz and the register that switches the PC off. And the
 * ports that reset it.
 */
#ifndef PC_POWER_H
#define PC_POWER_H

#include "../devices/pci.h"

/* What the guest asks for. Called from its store: the board does it later. */
typedef enum PowerWish { POWER_WISH_OFF, POWER_WISH_RESET } PowerWish;
typedef void PowerFunc(void *opaque, PowerWish wish);

/* Plain data, for saving; configuration space is the function's. */
typedef struct PowerState {
    uint16_t enable;
    uint16_t control;
    uint8_t system_control;
    uint8_t reset_control;
    uint64_t timer; /* what it showed */
} PowerState;

typedef struct Power {
    PciFunction function;
    MemoryRegion registers;
    MemoryRegion system_control;
    MemoryRegion reset_control;
    bool shown;
    PowerState state;
    uint64_t started_ns; /* when the timer was 0 */
    PowerFunc *func;
    void *func_opaque;
} Power;

/* Plugs itself into the bus. The board places the two ports for resetting. */
void power_init(Power *power, PciBus *bus, PowerFunc *func, void *opaque);
void power_reset(Power *power);

/* Takes the function off the bus. The two ports are the board's to end. */
void power_end(Power *power);

/* The timer goes on from where it was when saved. */
void power_save(Power *power, PowerState *state);
void power_load(Power *power, const PowerState *state);

#endif
