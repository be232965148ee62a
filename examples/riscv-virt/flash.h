/* SPDX-License-Identifier: MIT
 *
 * A bank of CFI flash with the Intel command set. It has two 16-bit chips side by side, so each
 * command and each answer is twice in a 32-bit word.
 *
 * The bank is a ROM device. While it shows its contents, the guest reads memory. Each write is a
 * command. Most commands make the bank show something else (status, identity, query table), and
 * then reads are calls. The bank switches between the two modes in its write callback.
 */
#ifndef RISCV_VIRT_FLASH_H
#define RISCV_VIRT_FLASH_H

#include <physmem/physmem.h>

#define FLASH_CHIPS 2
#define FLASH_BLOCK_SIZE 0x40000 /* of both chips together */
#define FLASH_BUFFER_SIZE 0x400

typedef enum FlashShows { SHOWS_CONTENTS, SHOWS_STATUS, SHOWS_IDENTITY, SHOWS_QUERY } FlashShows;

/* What the next write means. */
typedef enum FlashExpects {
    EXPECTS_COMMAND,
    EXPECTS_WORD,
    EXPECTS_ERASE_CONFIRM,
    EXPECTS_LOCK_KIND,
    EXPECTS_BUFFER_COUNT,
    EXPECTS_BUFFER_DATA,
    EXPECTS_BUFFER_CONFIRM,
} FlashExpects;

typedef struct Flash {
    MemoryRegion region;
    uint64_t size;
    FlashShows shows;
    FlashExpects expects;
    uint8_t status;
    uint8_t buffer[FLASH_BUFFER_SIZE];
    hwaddr buffer_start; /* the offset of the first word */
    uint32_t words_left; /* the number of words that are still to come */
    bool buffer_started;
    uint64_t mode_switches;
    uint64_t erased_blocks;
} Flash;

/* Makes an erased bank of 'size' bytes, a power of two. Returns false and an error if memory is
 * exhausted. */
bool flash_init(Flash *flash, const char *name, uint64_t size, Error **errp);

#endif
