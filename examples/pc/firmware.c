/* SPDX-License-Identifier: MIT
 *
 * The files that SeaBIOS looks for in the firmware configuration.
 */
#include "firmware.h"

#include <string.h>

#include "map.h"

/* An entry of the memory map in the firmware configuration: 20 bytes, little endian. */
typedef struct __attribute__((packed)) MapEntry {
    uint64_t start;
    uint64_t size;
    uint32_t type;
} MapEntry;

enum { MAP_ENTRY_RAM = 1, MAP_ENTRY_RESERVED = 2 };

#define KVM_TABLES_SIZE 0x4000
#define WAIT_FOR_EVER 0xffffffff

/* The PC boots from the disk only, not from a floppy disk or the network. */
static const char boot_order[] = "/pci@i0cf8/scsi@4/disk@0,0\nHALT";

static void describe_memory(FwCfg *fw, const Ram *ram)
{
    MapEntry map[] = {
        { MAP_KVM_TABLES, KVM_TABLES_SIZE, MAP_ENTRY_RESERVED },
        { 0, ram->low_size, MAP_ENTRY_RAM },
        { 4 * GiB, ram->high_size, MAP_ENTRY_RAM },
    };
    unsigned entries = ram->high_size > 0 ? 3 : 2;

    fw_cfg_add_file(fw, "etc/e820", map, entries * sizeof(map[0]));
    /* Places 64-bit BARs after the RAM that may be plugged in. */
    if (ram->devices_start > 4 * GiB) {
        fw_cfg_add_file_number(fw, "etc/reserved-memory-end",
                               ram->devices_start + ram->devices_size, 8);
    }
}

void firmware_describe(FwCfg *fw, const Ram *ram, unsigned cpus, bool on_serial)
{
    fw_cfg_add_number(fw, FW_CFG_CPUS, cpus, 2);
    fw_cfg_add_number(fw, FW_CFG_MAX_CPUS, cpus, 2);
    describe_memory(fw, ram);
    fw_cfg_add_file(fw, "bootorder", boot_order, sizeof(boot_order));
    fw_cfg_add_file_number(fw, "etc/show-boot-menu", 0, 2);
    fw_cfg_add_file_number(fw, "etc/boot-fail-wait", WAIT_FOR_EVER, 4);
    if (on_serial) {
        fw_cfg_add_file_number(fw, "etc/sercon-port", PORT_SERIAL, 2);
    }
}
