/* SPDX-License-Identifier: MIT
 *
 * Where everything is on the board, for the code that builds it and for the device tree. These are
 * the places of the well-known RISC-V "virt" machine, for which the boot loader is made.
 */
#ifndef RISCV_VIRT_MAP_H
#define RISCV_VIRT_MAP_H

#define MAP_BOOT_ROM 0x1000
#define MAP_BOOT_ROM_SIZE 0xf000
#define MAP_POWER 0x100000
#define MAP_CLINT 0x2000000
#define MAP_PCI_IO 0x3000000
#define MAP_PCI_IO_SIZE 0x10000
#define MAP_PLIC 0xc000000
#define MAP_UART 0x10000000
#define MAP_UART_SIZE 0x100
#define MAP_VIRTIO 0x10001000
#define MAP_VIRTIO_SIZE 0x1000
#define MAP_FLASH 0x20000000
#define MAP_FLASH_BANK_SIZE 0x2000000
#define MAP_FLASH_BANKS 2
#define MAP_PCI_ECAM 0x30000000
#define MAP_PCI_ECAM_SIZE 0x10000000
#define MAP_PCI_MEM 0x40000000
#define MAP_PCI_MEM_SIZE 0x40000000
#define MAP_RAM 0x80000000
#define MAP_RAM_SIZE 0x8000000

#define IRQ_VIRTIO 1
#define IRQ_UART 10

#endif
