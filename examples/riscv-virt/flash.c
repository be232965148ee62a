/* SPDX-License-Identifier: MIT
 *
 * The flash bank: commands, programming and erasing, and what it shows. Commands take no time, so
 * the status always says that the bank is ready.
 */
#include "flash.h"

#include <string.h>

enum {
    COMMAND_PROGRAM_OLD = 0x10,
    COMMAND_ERASE = 0x20,
    COMMAND_PROGRAM = 0x40,
    COMMAND_CLEAR_STATUS = 0x50,
    COMMAND_LOCK = 0x60,
    COMMAND_STATUS = 0x70,
    COMMAND_IDENTITY = 0x90,
    COMMAND_QUERY = 0x98,
    COMMAND_CONFIRM = 0xd0,
    COMMAND_BUFFER = 0xe8,
};

#define STATUS_READY 0x80
#define STATUS_SEQUENCE_ERROR 0x30
#define IDENTITY_MANUFACTURER 0x89
#define IDENTITY_CHIP 0x18

/* ---- What reads answer ------------------------------------------------------------------ */

static unsigned log2_of(uint64_t value)
{
    return 63 - (unsigned)__builtin_clzll(value);
}

/* The entries 10h to 35h of the standard's query table, for one chip. */
static uint8_t query_entry(const Flash *flash, unsigned index)
{
    uint64_t chip = flash->size / FLASH_CHIPS;
    uint32_t block = FLASH_BLOCK_SIZE / FLASH_CHIPS;
    uint32_t last_block = (uint32_t)(chip / block) - 1;
    const uint8_t table[] = {
        /* clang-format off */
        'Q', 'R', 'Y',
        0x01, 0x00,             /* Intel command set */
        0x31, 0x00,             /* its extended table */
        0, 0, 0, 0,             /* no other command set */
        0x45, 0x55, 0x00, 0x00, /* supply voltages */
        0x07, 0x07, 0x0a, 0x00, /* typical times, as powers of two */
        0x04, 0x04, 0x04, 0x00, /* longest times, in typical ones */
        (uint8_t)log2_of(chip),
        0x01, 0x00,             /* 16 bits wide */
        (uint8_t)log2_of(FLASH_BUFFER_SIZE / FLASH_CHIPS), 0x00,
        1,                      /* one kind of block */
        (uint8_t)last_block, (uint8_t)(last_block >> 8),
        (uint8_t)(block >> 8), (uint8_t)(block >> 16),
        'P', 'R', 'I', '1', '0',
        /* clang-format on */
    };

    index -= 0x10;
    return index < sizeof(table) ? table[index] : 0;
}

static uint16_t identity_entry(unsigned index)
{
    switch (index) {
    case 0:
        return IDENTITY_MANUFACTURER;
    case 1:
        return IDENTITY_CHIP;
    default:
        return 0; /* one of these entries says that the block is not locked */
    }
}

/* The answer of each chip, on its 16 lines. */
static uint16_t chip_answer(const Flash *flash, hwaddr addr)
{
    unsigned index = (unsigned)((addr % FLASH_BLOCK_SIZE) / 4);

    switch (flash->shows) {
    case SHOWS_IDENTITY:
        return identity_entry(index);
    case SHOWS_QUERY:
        return query_entry(flash, index);
    default:
        return flash->status;
    }
}

static uint8_t *contents(Flash *flash)
{
    return memory_region_get_ram_ptr(&flash->region);
}

/* Called while the bank does not show its contents. Accesses that cannot read memory directly call
 * it in any mode. */
static uint64_t flash_read(void *opaque, hwaddr addr, unsigned size)
{
    Flash *flash = opaque;
    uint32_t word = 0;

    if (flash->shows == SHOWS_CONTENTS) {
        memcpy(&word, contents(flash) + addr, size);
        return word;
    }
    word = chip_answer(flash, addr) * 0x10001u;
    word >>= 8 * (addr & 3);
    return size == 4 ? word : word & ((1u << (8 * size)) - 1);
}

/* ---- What writes do --------------------------------------------------------------------- */

static void show(Flash *flash, FlashShows what)
{
    bool was_rom = flash->shows == SHOWS_CONTENTS;
    bool is_rom = what == SHOWS_CONTENTS;

    flash->shows = what;
    if (was_rom != is_rom) {
        flash->mode_switches++;
        memory_region_rom_device_set_romd(&flash->region, is_rom);
    }
}

static void expect(Flash *flash, FlashExpects what)
{
    flash->expects = what;
    show(flash, SHOWS_STATUS);
}

/* Programming can only clear bits. */
static void program(Flash *flash, hwaddr addr, const void *bytes, size_t size)
{
    uint8_t *place = contents(flash) + addr;

    for (size_t i = 0; i < size && addr + i < flash->size; i++) {
        place[i] &= ((const uint8_t *)bytes)[i];
    }
}

static void program_word(Flash *flash, hwaddr addr, uint32_t word)
{
    program(flash, addr, &word, sizeof(word));
}

static void erase_block(Flash *flash, hwaddr addr)
{
    memset(contents(flash) + addr / FLASH_BLOCK_SIZE * FLASH_BLOCK_SIZE, 0xff, FLASH_BLOCK_SIZE);
    flash->erased_blocks++;
}

static void begin_buffer(Flash *flash, uint32_t words)
{
    memset(flash->buffer, 0xff, sizeof(flash->buffer));
    flash->words_left = words;
    flash->buffer_started = false;
    expect(flash, words <= FLASH_BUFFER_SIZE / 4 ? EXPECTS_BUFFER_DATA : EXPECTS_COMMAND);
}

static void put_in_buffer(Flash *flash, hwaddr addr, uint32_t word)
{
    hwaddr offset;

    if (!flash->buffer_started) {
        flash->buffer_started = true;
        flash->buffer_start = addr;
    }
    offset = addr - flash->buffer_start;
    if (offset <= FLASH_BUFFER_SIZE - 4) {
        memcpy(flash->buffer + offset, &word, 4);
    } else {
        flash->status |= STATUS_SEQUENCE_ERROR;
    }
    if (--flash->words_left == 0) {
        flash->expects = EXPECTS_BUFFER_CONFIRM;
    }
}

static void run_command(Flash *flash, uint8_t command)
{
    switch (command) {
    case COMMAND_PROGRAM:
    case COMMAND_PROGRAM_OLD:
        expect(flash, EXPECTS_WORD);
        break;
    case COMMAND_ERASE:
        expect(flash, EXPECTS_ERASE_CONFIRM);
        break;
    case COMMAND_LOCK:
        expect(flash, EXPECTS_LOCK_KIND);
        break;
    case COMMAND_BUFFER:
        expect(flash, EXPECTS_BUFFER_COUNT);
        break;
    case COMMAND_CLEAR_STATUS:
        flash->status = STATUS_READY;
        break;
    case COMMAND_STATUS:
        show(flash, SHOWS_STATUS);
        break;
    case COMMAND_IDENTITY:
        show(flash, SHOWS_IDENTITY);
        break;
    case COMMAND_QUERY:
        show(flash, SHOWS_QUERY);
        break;
    default: /* "read array", and commands that the bank does not know */
        show(flash, SHOWS_CONTENTS);
        break;
    }
}

/* The second write when a block is erased or a buffer is programmed. */
static bool confirmed(Flash *flash, uint8_t command)
{
    if (command != COMMAND_CONFIRM) {
        flash->status |= STATUS_SEQUENCE_ERROR;
    }
    return command == COMMAND_CONFIRM;
}

/* A narrow write does nothing, because it does not reach both chips. */
static void flash_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Flash *flash = opaque;
    FlashExpects expects = flash->expects;
    uint8_t command = (uint8_t)data;

    if (size != 4) {
        return;
    }
    if (expects != EXPECTS_BUFFER_DATA) {
        flash->expects = EXPECTS_COMMAND;
    }
    switch (expects) {
    case EXPECTS_COMMAND:
        run_command(flash, command);
        break;
    case EXPECTS_WORD:
        program_word(flash, addr, (uint32_t)data);
        break;
    case EXPECTS_ERASE_CONFIRM:
        if (confirmed(flash, command)) {
            erase_block(flash, addr);
        }
        break;
    case EXPECTS_LOCK_KIND:
        break;
    case EXPECTS_BUFFER_COUNT:
        begin_buffer(flash, (uint32_t)(data & 0xffff) + 1);
        break;
    case EXPECTS_BUFFER_DATA:
        put_in_buffer(flash, addr, (uint32_t)data);
        break;
    case EXPECTS_BUFFER_CONFIRM:
        if (confirmed(flash, command)) {
            program(flash, flash->buffer_start, flash->buffer, sizeof(flash->buffer));
        }
        break;
    }
}

static const MemoryRegionOps flash_ops = {
    .read = flash_read,
    .write = flash_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

bool flash_init(Flash *flash, const char *name, uint64_t size, Error **errp)
{
    *flash = (Flash){ .size = size, .status = STATUS_READY };
    if (!memory_region_init_rom_device(&flash->region, NULL, &flash_ops, flash, name, size,
                                       errp)) {
        return false;
    }
    memset(contents(flash), 0xff, size);
    return true;
}
