/* SPDX-License-Identifier: MIT
 *
 * What is typed at GRUB's prompt, and what it has to answer. Only a PC that works can give these
 * answers: contents that were written before, what the board has told the firmware, bytes of the
 * disk.
 */
#include "demo.h"

static const Step script[] = {
    { "the boot loader has the firmware's map of memory",
      "lsmmap",
      { "base_addr = 0x0, length = 0x9fc00, available RAM",
        "base_addr = 0xfeffc000, length = 0x4000, reserved RAM" },
      NULL },
    { "RAM keeps what is written",
      "write_dword 0x2000000 0xcafef00d; read_dword 0x2000000",
      { "0xcafef00d" },
      NULL },
    { "ROM, where the processor started, does not",
      "write_dword 0xfffffff0 0; "
      "read_dword 0xfffffff0",
      { "0xe05bea" },
      NULL },
    { "the firmware has copied itself into RAM, and has locked it",
      "write_dword 0xffff0 0; read_dword 0xffff0",
      { "0xe05bea" },
      NULL },
    { "where nothing is, the bus reads as ones", "read_dword 0xd0000000", { "0xffffffff" }, NULL },
    { "ports answer: the host bridge's identity",
      "outl 0xcf8 0x80000000; inl 0xcfc",
      { "0x12378086" },
      NULL },
    { "all functions of the PCI bus are found",
      "lspci",
      { "00:00.0 8086:1237", "00:01.0 8086:7000", "00:01.3 8086:7113", "00:04.0 1af4:1042" },
      NULL },
    { "the virtio disk has a partition", "ls", { "(hd0) (hd0,msdos1)" }, NULL },
    { "a file is read by DMA",
      "cat /hello.txt",
      { "Read from a virtio disk through SeaBIOS." },
      NULL },
    { "two equal files are equal",
      "cmp /pattern /copy",
      { "The files are identical." },
      "differ" },
    { "a changed letter is found",
      "cmp /pattern /other",
      { "Files differ at the offset 128008: 0x6c [/pattern], 0x4c [/other]" },
      NULL },
};

void demo_script(Demo *demo)
{
    demo_heading("Commands typed at its prompt, and what it answers");
    demo_play(demo, script, sizeof(script) / sizeof(script[0]));
}
