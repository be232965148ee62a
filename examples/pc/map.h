/* SPDX-License-Identifier: MIT
 *
 * Where everything is in the PC, in memory and among the ports. These are the usual places in a PC
 * with Intel's 440FX host bridge and PIIX4 south bridge.
 */
#ifndef PC_MAP_H
#define PC_MAP_H

#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)

/* ---- Memory ----------------------------------------------------------------------------- */

#define MAP_VGA 0xa0000 /* or system management RAM */
#define MAP_VGA_SIZE 0x20000
#define MAP_OPTION_ROMS 0xc0000 /* up to 1 MiB: 13 segments that show RAM or the bus */
#define MAP_ISA_BIOS_END 0x100000
#define MAP_ISA_BIOS_SIZE 0x20000
#define MAP_RAM_LOW_END (3 * GiB) /* the rest of RAM is at 4 GiB */
#define MAP_KVM_TABLES 0xfeffc000 /* four pages that KVM needs on some processors */
#define MAP_BIOS_END (4 * GiB)
#define MAP_DEVICE_MEMORY_LOW GiB /* RAM can be plugged in here, if RAM ends below */
#define MAP_DEVICE_MEMORY_LOW_SIZE GiB
#define MAP_DEVICE_MEMORY_ALIGN GiB /* if not, RAM can be plugged in above RAM */
#define MAP_DEVICE_MEMORY_SIZE (4 * GiB)

/* ---- Ports ------------------------------------------------------------------------------ */

#define PORT_KEYBOARD_DATA 0x60
#define PORT_KEYBOARD_COMMAND 0x64
#define PORT_CMOS 0x70
#define PORT_POST_CODE 0x80
#define PORT_SYSTEM_CONTROL 0x92
#define PORT_SERIAL 0x3f8
#define PORT_DEBUG 0x402
#define PORT_FW_CFG 0x510
#define PORT_FW_CFG_DMA 0x514
#define PORT_CONFIG_ADDRESS 0xcf8
#define PORT_RESET_CONTROL 0xcf9
#define PORT_CONFIG_DATA 0xcfc

/* ---- PCI slots and interrupts ----------------------------------------------------------- */

#define DEVFN(slot, function) ((slot) << 3 | (function))
#define DEVFN_HOST_BRIDGE DEVFN(0, 0)
#define DEVFN_ISA_BRIDGE DEVFN(1, 0)
#define DEVFN_POWER DEVFN(1, 3)
#define DEVFN_DISK DEVFN(4, 0)

#define IRQ_SERIAL 4

#endif
