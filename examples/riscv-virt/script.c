/* SPDX-License-Identifier: MIT
 *
 * The script, and the comparison of answers with it. Every expectation is something that only a
 * board that works can say: contents that were written before, addresses that the guest gave out.
 */
#include "script.h"

#include <string.h>

const Step script[] = {
    { "the boot loader answers", "version", { "U-Boot 2023.01" }, NULL },
    { "RAM holds the boot loader's own first instruction", "md.l 80000000 1",
      { "80000000: f1402573" }, NULL },
    { NULL, "mw.l 84000000 cafef00d 40", { NULL }, "Unknown command" },
    { "RAM keeps what is written", "md.l 84000000 2", { "84000000: cafef00d cafef00d" }, NULL },
    { "ROM does not", "mw.l 1000 0; md.l 1000 1", { "00001000: 00000297" }, NULL },
    { "a device register: the flag that the serial port can send", "md.b 10000005 1",
      { "10000005: 60" }, NULL },
    { NULL, "mw.l 2004000 11223344", { NULL }, "Unknown command" },
    { "a device register that keeps what is written: the timer's compare value",
      "md.l 2004000 1", { "02004000: 11223344" }, NULL },
    { "both flash banks are found", "flinfo",
      { "Bank # 1: CFI conformant flash (32 x 16)  Size: 32 MB in 128 Sectors",
        "Bank # 2: CFI conformant flash (32 x 16)  Size: 32 MB in 128 Sectors",
        "Intel Extended command set", "23FC0000" }, "missing or unknown" },
    { "a block of flash is erased", "erase 22040000 +40000", { "Erased 1 sectors" }, "rror" },
    { "an erased block reads as ones", "md.l 22040000 2", { "22040000: ffffffff ffffffff" },
      NULL },
    { "flash is programmed from RAM", "cp.b 84000000 22040000 100", { "Copy to Flash... done" },
      "rror" },
    { "and reads back", "cmp.b 84000000 22040000 100",
      { "Total of 256 byte(s) were the same" }, NULL },
    { "the rest of the block is still erased", "md.l 22040100 1", { "22040100: ffffffff" }, NULL },
    { NULL, "pci enum", { NULL }, "Unknown command" },
    { "the PCI bus is enumerated", "pci",
      { "00.00.00   0x1b36     0x0008", "00.01.00   0x1234     0x5678" }, NULL },
    { "the guest has given the card's BARs addresses", "pci bar 0.1.0",
      { "0   0x0000000040000000  0x0000000000010000  32     MEM",
        "1   0x0000000040010000  0x0000000000001000  32     MEM",
        "2   0x0000000000001000  0x0000000000000100  32     I/O" }, NULL },
    { "the card's registers answer there", "md.l 40010000 1", { "40010000: 64726163" }, NULL },
    { "BAR 2 answers in the window of the ports", "md.l 3001000 1", { "03001000: 64726163" },
      NULL },
    { NULL, "mw.l 40010004 12345678", { NULL }, "Unknown command" },
    { "the guest moves BAR 1", "pci write.l 0.1.0 14 50000000; pci display.l 0.1.0 14 1",
      { "00000014: 50000000" }, NULL },
    { "the registers answer at the new place, with what was in them", "md.l 50000000 2",
      { "50000000: 64726163 12345678" }, NULL },
    { "and not at the old one", "md.l 40010000 1", { "40010000: 00000000" }, NULL },
    { NULL, "virtio scan", { NULL }, "Unknown command" },
    { "the virtio disk is found", "virtio info", { "Capacity: 1.0 MB = 0.0 GB (2048 x 512)" },
      NULL },
    { "a sector is read by DMA", "virtio read 85000000 7d1 1", { "1 blocks read: OK" }, NULL },
    { "it is the right one", "md.b 85000000 16",
      { "This is sector 2", "001." }, NULL },
    { NULL, "mw.b 86000000 0 200; virtio read 86000000 7d1 1", { "1 blocks read: OK" }, NULL },
    { "read again, it is the same", "cmp.b 85000000 86000000 200",
      { "Total of 512 byte(s) were the same" }, NULL },
    { "the next sector is another", "virtio read 86000000 7d2 1; cmp.b 85000000 86000000 200",
      { "byte at 0x85000012 (0x31) != byte at 0x86000012 (0x32)" }, NULL },
};

const size_t script_length = sizeof(script) / sizeof(script[0]);

static bool says(const char *answer, const char *text)
{
    return strstr(answer, text) != NULL;
}

static bool is_right(const Step *step, const char *answer)
{
    for (size_t i = 0; i < SCRIPT_EXPECTATIONS && step->expect[i] != NULL; i++) {
        if (!says(answer, step->expect[i])) {
            return false;
        }
    }
    return step->never == NULL || !says(answer, step->never);
}

static void print_what_is_wrong(const Step *step, const char *answer, FILE *out)
{
    for (size_t i = 0; i < SCRIPT_EXPECTATIONS && step->expect[i] != NULL; i++) {
        if (!says(answer, step->expect[i])) {
            fprintf(out, "      expected \"%s\"\n", step->expect[i]);
        }
    }
    if (step->never != NULL && says(answer, step->never)) {
        fprintf(out, "      did not expect \"%s\"\n", step->never);
    }
}

bool script_judge(const Step *step, const char *answer, FILE *out)
{
    bool right = is_right(step, answer);

    if (step->what != NULL || !right) {
        fprintf(out, "%s  %s\n", right ? "PASS" : "FAIL",
                step->what != NULL ? step->what : step->command);
    }
    if (!right) {
        print_what_is_wrong(step, answer, out);
    }
    return right;
}
