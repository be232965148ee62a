/* SPDX-License-Identifier: MIT
 *
 * What the board tells the firmware: how much RAM, what to boot from, what not to wait for.
 */
#ifndef PC_FIRMWARE_H
#define PC_FIRMWARE_H

#include "fw-cfg.h"
#include "ram.h"

/* on_serial: the firmware shows on the serial port what it would show on a screen. */
void firmware_describe(FwCfg *fw, const Ram *ram, unsigned cpus, bool on_serial);

#endif
