/* SPDX-License-Identifier: MIT
 *
 * The guest moves the disk's BAR to another address and back. The firmware's driver remembers the
 * first address, so the guest can read the disk only when the BAR is back.
 */
#include "demo.h"
#include "map.h"

#define NEW_ADDRESS 0xe0000000u
#define CAPACITY (VIRTIO_PCI_AT_DEVICE * VIRTIO_PCI_REGION_SIZE) /* the register for it */

static hwaddr bar_address(const Demo *demo)
{
    hwaddr address = 0;

    pci_bar_address(&demo->pc->disk.function, 0, &address);
    return address;
}

static void move_bar(Demo *demo, hwaddr address)
{
    char command[60];

    snprintf(command, sizeof(command), "setpci -s 0:4.0 10.l=%" PRIx64, address);
    demo_ask(demo, command);
    demo_note(demo, "    grub> %s\n", command);
}

/* Reads the disk's capacity register, as if the BAR were at this address, and checks the value. */
static void expect_capacity(Demo *demo, const char *what, hwaddr address, uint32_t value)
{
    char command[60];
    char expected[20];
    Step step = { .what = what, .command = command, .expect = { expected } };

    snprintf(command, sizeof(command), "read_dword 0x%" PRIx64, address + CAPACITY);
    snprintf(expected, sizeof(expected), "0x%" PRIx32, value);
    demo_play(demo, &step, 1);
}

void demo_move_bar(Demo *demo)
{
    static const Step read_again[] = {
        { "and the disk is read there", "cat /second.txt", { "The BAR is back." }, NULL },
    };
    uint32_t sectors = (uint32_t)(demo->pc->image.size / DISK_SECTOR);
    hwaddr home = bar_address(demo);

    demo_heading("The guest moves the disk's BAR");
    expect_capacity(demo, "the disk's registers are where the firmware put them", home, sectors);
    move_bar(demo, NEW_ADDRESS);
    demo_check(demo, bar_address(demo) == NEW_ADDRESS, "the guest moves them to 0x%x",
               NEW_ADDRESS);
    expect_capacity(demo, "they answer there", NEW_ADDRESS, sectors);
    expect_capacity(demo, "and not where they were", home, UINT32_MAX);
    move_bar(demo, home);
    expect_capacity(demo, "back again, they answer", home, sectors);
    demo_play(demo, read_again, 1);
}
