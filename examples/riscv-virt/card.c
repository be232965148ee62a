/* SPDX-License-Identifier: MIT
 *
 * The PCI card: three words of registers, seen as memory and as ports.
 */
#include "card.h"

enum { REG_MAGIC = 0, REG_SCRATCH = 4, REG_MOVES = 8 };

static uint64_t card_read(void *opaque, hwaddr addr, unsigned size)
{
    Card *card = opaque;

    (void)size;
    switch (addr) {
    case REG_MAGIC:
        return CARD_MAGIC;
    case REG_SCRATCH:
        return card->scratch;
    case REG_MOVES:
        return card->function.moves;
    default:
        return 0;
    }
}

static void card_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Card *card = opaque;

    (void)size;
    if (addr == REG_SCRATCH) {
        card->scratch = (uint32_t)data;
    }
}

static const MemoryRegionOps card_ops = {
    .read = card_read,
    .write = card_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

bool card_init(Card *card, Error **errp)
{
    *card = (Card){ .scratch = 0 };
    if (!memory_region_init_ram(&card->memory, NULL, "card-memory", CARD_MEMORY_SIZE, errp)) {
        return false;
    }
    memory_region_init_io(&card->registers, NULL, &card_ops, card, "card-registers",
                          CARD_REGISTERS_SIZE);
    memory_region_init_io(&card->ports, NULL, &card_ops, card, "card-ports", CARD_PORTS_SIZE);
    pci_function_init(&card->function, "card", CARD_VENDOR, CARD_DEVICE, 0xff0000);
    pci_function_add_bar(&card->function, CARD_BAR_MEMORY, &card->memory, 0);
    pci_function_add_bar(&card->function, CARD_BAR_REGISTERS, &card->registers, 0);
    pci_function_add_bar(&card->function, CARD_BAR_PORTS, &card->ports, PCI_BASE_ADDRESS_SPACE_IO);
    return true;
}
