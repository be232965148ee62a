/* SPDX-License-Identifier: MIT
 *
 * Firmware configuration (fw-cfg.h): items, the two ports, and copies into memory by descriptor.
 */
#include "fw-cfg.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MASK 0xbfff /* without the bit that once asked for writing */
#define ID_PORTS 1
#define ID_DMA 2

/* A descriptor is 16 bytes, big endian: control, length, address. */
#define DMA_ERROR 1
#define DMA_READ 2
#define DMA_SKIP 4
#define DMA_SELECT 8
#define DMA_WRITE 16
#define DMA_SIGNATURE 0x51454d5520434647 /* what the address register reads as */

/* ---- Items ------------------------------------------------------------------------------ */

static FwCfgItem *find(FwCfg *fw, uint16_t key)
{
    for (unsigned i = 0; i < fw->count; i++) {
        if (fw->items[i].key == key) {
            return &fw->items[i];
        }
    }
    return NULL;
}

void fw_cfg_add(FwCfg *fw, uint16_t key, const void *data, uint32_t size)
{
    FwCfgItem *item = &fw->items[fw->count++];

    assert(fw->count <= FW_CFG_ITEMS);
    *item = (FwCfgItem){ .key = key, .data = malloc(size), .size = size };
    assert(item->data != NULL);
    memcpy(item->data, data, size);
}

static void put_be(uint8_t *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
}

static uint64_t get_be(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* Adds a file to the directory. That is the number of files, and for each file 4 bytes of size, 2
 * of key, 2 unused, and the name. */
static void list_file(FwCfg *fw, const char *name, uint16_t key, uint32_t size)
{
    FwCfgItem *directory = find(fw, FW_CFG_DIRECTORY);
    uint8_t *entry;

    directory->data = realloc(directory->data, directory->size + 8 + FW_CFG_NAME);
    assert(directory->data != NULL);
    entry = directory->data + directory->size;
    memset(entry, 0, 8 + FW_CFG_NAME);
    put_be(entry, size, 4);
    put_be(entry + 4, key, 2);
    memcpy(entry + 8, name, strnlen(name, FW_CFG_NAME - 1));
    directory->size += 8 + FW_CFG_NAME;
    put_be(directory->data, fw->files, 4);
}

void fw_cfg_add_file(FwCfg *fw, const char *name, const void *data, uint32_t size)
{
    uint16_t key = FW_CFG_FIRST_FILE + fw->files++;

    fw_cfg_add(fw, key, data, size);
    list_file(fw, name, key, size);
}

static void put_le(uint8_t *bytes, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

void fw_cfg_add_number(FwCfg *fw, uint16_t key, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    put_le(bytes, value, size);
    fw_cfg_add(fw, key, bytes, size);
}

void fw_cfg_add_file_number(FwCfg *fw, const char *name, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    put_le(bytes, value, size);
    fw_cfg_add_file(fw, name, bytes, size);
}

/* ---- Reading ---------------------------------------------------------------------------- */

static void choose(FwCfg *fw, uint16_t key)
{
    fw->selected = key & KEY_MASK;
    fw->offset = 0;
}

/* The rest of the selected item. *size is 0 if the item does not exist. */
static const uint8_t *rest(FwCfg *fw, uint32_t *size)
{
    FwCfgItem *item = find(fw, fw->selected);

    if (!item || fw->offset >= item->size) {
        *size = 0;
        return NULL;
    }
    *size = item->size - fw->offset;
    return item->data + fw->offset;
}

/* Moves on, but not past the end of the item, so that the offset never wraps. */
static void skip(FwCfg *fw, uint32_t length)
{
    uint32_t left;

    rest(fw, &left);
    fw->offset += length < left ? length : left;
}

/* After its end an item reads as zeros. */
static uint8_t next_byte(FwCfg *fw)
{
    uint32_t left;
    const uint8_t *byte = rest(fw, &left);

    skip(fw, 1);
    return left > 0 ? *byte : 0;
}

static uint64_t ports_read(void *opaque, hwaddr addr, unsigned size)
{
    FwCfg *fw = opaque;

    (void)size;
    return addr == 1 ? next_byte(fw) : 0;
}

static void ports_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    FwCfg *fw = opaque;

    if (addr == 0 && size == 2) {
        choose(fw, (uint16_t)data);
    }
}

static const MemoryRegionOps ports_ops = {
    .read = ports_read,
    .write = ports_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 2 },
    .impl = { .min_access_size = 1, .max_access_size = 2 },
};

/* ---- Copies into memory ----------------------------------------------------------------- */

/* Copies the rest of the item, and zeros after its end. */
static bool copy_out(FwCfg *fw, hwaddr address, uint32_t length)
{
    uint32_t left;
    const uint8_t *data = rest(fw, &left);
    uint32_t part = length < left ? length : left;
    MemTxResult result;

    result = address_space_write(fw->memory, address, MEMTXATTRS_UNSPECIFIED, data, part);
    result |=
        address_space_set(fw->memory, address + part, 0, length - part, MEMTXATTRS_UNSPECIFIED);
    skip(fw, length);
    return result == MEMTX_OK;
}

/* Does what a descriptor asks for. Writing items is refused. */
static bool perform(FwCfg *fw, uint32_t control, uint32_t length, hwaddr address)
{
    if (control & DMA_SELECT) {
        choose(fw, (uint16_t)(control >> 16));
    }
    if (control & DMA_READ) {
        return length <= FW_CFG_MOST && copy_out(fw, address, length);
    }
    if (control & DMA_SKIP) {
        skip(fw, length);
    }
    return !(control & DMA_WRITE);
}

/* Writes the result into the descriptor. A descriptor that cannot be read gets no answer. */
static void run_descriptor(FwCfg *fw, hwaddr at)
{
    uint8_t descriptor[16];
    bool good;

    if (address_space_read(fw->memory, at, MEMTXATTRS_UNSPECIFIED, descriptor,
                           sizeof(descriptor)) != MEMTX_OK) {
        return;
    }
    good = perform(fw, (uint32_t)get_be(descriptor, 4), (uint32_t)get_be(descriptor + 4, 4),
                   get_be(descriptor + 8, 8));
    put_be(descriptor, good ? 0 : DMA_ERROR, 4);
    address_space_write(fw->memory, at, MEMTXATTRS_UNSPECIFIED, descriptor, 4);
}

static uint64_t dma_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    return DMA_SIGNATURE >> (8 * (8 - addr - size));
}

/* A write of the high half is kept. A write of the low half starts the copy. */
static void dma_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    FwCfg *fw = opaque;

    if (size == 4 && addr == 0) {
        fw->dma_high = (uint32_t)data;
    } else if (size == 4 && addr == 4) {
        hwaddr at = (hwaddr)fw->dma_high << 32 | (uint32_t)data;

        fw->dma_high = 0;
        run_descriptor(fw, at);
    }
}

static const MemoryRegionOps dma_ops = {
    .read = dma_read,
    .write = dma_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

/* ---- Life ------------------------------------------------------------------------------- */

void fw_cfg_init(FwCfg *fw, AddressSpace *memory)
{
    *fw = (FwCfg){ .memory = memory };
    memory_region_init_io(&fw->ports, NULL, &ports_ops, fw, "fw-cfg", 2);
    memory_region_init_io(&fw->dma, NULL, &dma_ops, fw, "fw-cfg-dma", 8);
    fw_cfg_add(fw, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_number(fw, FW_CFG_ID, ID_PORTS | ID_DMA, 4);
    fw_cfg_add_number(fw, FW_CFG_DIRECTORY, 0, 4);
}

void fw_cfg_reset(FwCfg *fw)
{
    choose(fw, 0);
    fw->dma_high = 0;
}

void fw_cfg_end(FwCfg *fw)
{
    for (unsigned i = 0; i < fw->count; i++) {
        free(fw->items[i].data);
    }
    fw->count = 0;
}
