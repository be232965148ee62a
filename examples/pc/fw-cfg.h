/* SPDX-License-Identifier: MIT
 *
 * The firmware configuration device. The board puts numbered items into it for the firmware; some
 * are files with names. The firmware reads them byte by byte from a port, or lets the device copy
 * them into memory.
 */
#ifndef PC_FW_CFG_H
#define PC_FW_CFG_H

#include <physmem/physmem.h>

#define FW_CFG_ITEMS 24
#define FW_CFG_NAME 56
#define FW_CFG_MOST 0x100000 /* the most bytes of one copy; a longer one is refused */

/* Keys of the items that are not files, and of the first file. */
enum {
    FW_CFG_SIGNATURE = 0x00,
    FW_CFG_ID = 0x01,
    FW_CFG_CPUS = 0x05,
    FW_CFG_MAX_CPUS = 0x0f,
    FW_CFG_DIRECTORY = 0x19,
    FW_CFG_FIRST_FILE = 0x20,
};

typedef struct FwCfgItem {
    uint16_t key;
    uint8_t *data;
    uint32_t size;
} FwCfgItem;

typedef struct FwCfg {
    MemoryRegion ports; /* selector and data */
    MemoryRegion dma;   /* for the address of a descriptor */
    AddressSpace *memory;
    FwCfgItem items[FW_CFG_ITEMS];
    unsigned count;
    uint16_t files;
    uint16_t selected;
    uint32_t offset; /* in the selected item */
    uint32_t dma_high;
} FwCfg;

/* Makes the device. Descriptors are read from 'memory', and items are copied to it. */
void fw_cfg_init(FwCfg *fw, AddressSpace *memory);
void fw_cfg_end(FwCfg *fw);
void fw_cfg_reset(FwCfg *fw);

/* Add an item or a file, before the firmware runs. The data is copied. There can be
 * FW_CFG_ITEMS. */
void fw_cfg_add(FwCfg *fw, uint16_t key, const void *data, uint32_t size);
void fw_cfg_add_file(FwCfg *fw, const char *name, const void *data, uint32_t size);

/* Add a number of 1 to 8 bytes, little endian. */
void fw_cfg_add_number(FwCfg *fw, uint16_t key, uint64_t value, unsigned size);
void fw_cfg_add_file_number(FwCfg *fw, const char *name, uint64_t value, unsigned size);

#endif
