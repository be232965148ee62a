/* SPDX-License-Identifier: MIT
 *
 * A bus that floats high: where nothing answers, reads give ones, and no access fails. Firmware
 * that looks for a card finds none.
 */
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

int main(void)
{
    MemoryRegion root = { 0 }, card = { 0 };
    AddressSpace bus = { 0 };
    MemTxResult result;

    memory_region_init(&root, NULL, "slots", 0x10000);
    memory_region_init_ram(&card, NULL, "card", 0x1000, &error_fatal);
    memory_region_add_subregion(&root, 0x2000, &card);
    address_space_init(&bus, &root, "expansion bus");
    address_space_set_hole(&bus, 0xff, MEMTX_OK);

    for (hwaddr slot = 0; slot < 0x4000; slot += 0x1000) {
        uint32_t id = address_space_ldl_le(&bus, slot, MEMTXATTRS_UNSPECIFIED, &result);
        printf("slot at 0x%04" PRIx64 ": 0x%08" PRIx32 "%s%s\n", slot, id,
               id == UINT32_MAX ? ", empty" : "", result == MEMTX_OK ? "" : ", an error");
    }
    address_space_destroy(&bus);
    memory_region_del_subregion(&root, &card);
    memory_region_wait_unused(&card, &error_fatal);
    memory_region_wait_unused(&root, &error_fatal);
    return 0;
}
