/* SPDX-License-Identifier: MIT
 *
 * Measures what things take in memory: a region, a range of a view, and the code of the libraries.
 */
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include <link.h>
#include <string.h>

#include "machine.h"
#include "parts.h"
#include "report.h"

enum { PAGES = 10000 };

static void report_bytes(const char *name, double bytes)
{
    report_add(report_series(name, "", "bytes"), 1, bytes);
}

typedef struct Code {
    const char *library; /* part of its file's name */
    double bytes;
} Code;

static int add_code(struct dl_phdr_info *info, size_t size, void *opaque)
{
    Code *code = opaque;

    (void)size;
    for (unsigned i = 0; strstr(info->dlpi_name, code->library) && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X) {
            code->bytes += (double)segment->p_memsz;
        }
    }
    return 0;
}

static void report_code(const char *name, const char *library)
{
    Code code = { .library = library };

    dl_iterate_phdr(add_code, &code);
    report_bytes(name, code.bytes);
}

void bench_bytes(void)
{
    Machine machine;

    machine_make(&machine, PAGES);
    const double heap = (double)machine.heap_of_pages / PAGES;
    report_bytes("a region: the structure", sizeof(MemoryRegion));
    report_bytes("a region: heap beside it", heap);
    report_bytes("a region: structure and heap", sizeof(MemoryRegion) + heap);
    report_bytes("a range of a view", (double)machine.heap_of_view / PAGES);
    machine_end(&machine);
    report_code("code of libphysmem", "/libphysmem.so");
    report_code("code of libunicorn", "/libunicorn.so");
}
