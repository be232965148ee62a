/* SPDX-License-Identifier: MIT
 *
 * The device tree, which tells the boot loader which devices there are and where.
 */
#ifndef RISCV_VIRT_DEVICE_TREE_H
#define RISCV_VIRT_DEVICE_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the board's tree into 'blob'. Returns false if 'size' bytes are not enough. */
bool device_tree_build(void *blob, size_t size);

#endif
