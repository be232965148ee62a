/* SPDX-License-Identifier: MIT
 *
 * The power management function, like that of Intel's PIIX4: 64 ports that the guest can place,
 * with a timer that counts at 3.58 MHz and the register that switches the PC off. Also the ports
 * that reset the PC.
 */
#ifndef PC_POWER_H
#define PC_POWER_H

#include "../devices/pci.h"

/* What the guest asks for. The function is called in the guest's store; the board acts after
 * it. */
typedef enum PowerWish { POWER_WISH_OFF, POWER_WISH_RESET } PowerWish;
typedef void PowerFunc(void *opaque, PowerWish wish);

/* The state that the guest can change, without configuration space, as plain data. A snapshot
 * saves it. */
typedef struct PowerState {
    uint16_t enable;
    uint16_t control;
    uint8_t system_control;
    uint8_t reset_control;
    uint64_t timer; /* its count */
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

/* Makes the function and puts it on the bus. The board places the two ports for resetting. */
void power_init(Power *power, PciBus *bus, PowerFunc *func, void *opaque);
void power_reset(Power *power);

/* Removes the function from the bus and ends it. The board ends the two ports. */
void power_end(Power *power);

/* Save and restore. The timer goes on from its saved count. */
void power_save(Power *power, PowerState *state);
void power_load(Power *power, const PowerState *state);

#endif
