/* SPDX-License-Identifier: MIT
 *
 * What is typed at the boot loader's prompt, and what it has to answer.
 */
#ifndef RISCV_VIRT_SCRIPT_H
#define RISCV_VIRT_SCRIPT_H

#include "../common/script.h"

extern const Step script[];
extern const size_t script_length;

#endif
