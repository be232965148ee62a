/* SPDX-License-Identifier: MIT
 *
 * What the board tells the firmware: how much RAM there is, what to boot from, and what not to
 * wait for.
 */
#ifndef PC_FIRMWARE_H
#define PC_FIRMWARE_H

#include "fw-cfg.h"
#include "ram.h"

/* Adds the items for the firmware. on_serial: the firmware writes its screen to the serial
 * port. */
void firmware_describe(FwCfg *fw, const Ram *ram, unsigned cpus, bool on_serial);

#endif
