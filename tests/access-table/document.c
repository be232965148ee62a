/* SPDX-License-Identifier: MIT
 *
 * The text of docs/access-table.md, and the test that compares it.
 */
#include <string.h>

#include "document.h"

static const char introduction[] =
    "# What a device sees of an access\n"
    "\n"
    "This page lists the callbacks of `MemoryRegionOps` that an access makes, for every size,\n"
    "alignment and limit. `tests/test-access-table.c` plays the tables through the library,\n"
    "compares every case with a model, renders this page, and fails if the page says something\n"
    "else. Do not edit it:\n"
    "\n"
    "    PHYSMEM_WRITE_DOCS=1 meson test -C build access-table\n"
    "\n"
    "An access goes through three steps.\n"
    "\n"
    "1. A *block* (`address_space_rw`, `..._read`, `..._write`, a bounce buffer) is cut into\n"
    "   accesses of 1, 2, 4 or 8 bytes. A load or store is one access, and is never cut here.\n"
    "2. `valid` lets each access through or rejects it as a whole. A rejected access calls\n"
    "   nothing, reads as 0, and gives `MEMTX_DECODE_ERROR`. The rest of a block goes on.\n"
    "3. `impl` says what the callbacks can do. An access is cut into several callbacks, or\n"
    "   widened to one.\n"
    "\n"
    "Offsets are offsets in the region, wherever it is mapped. Only their alignment counts: a\n"
    "row holds for all offsets with the same remainder modulo 8. A row for both reads and\n"
    "writes is headed *both*. `4@0` is a callback of 4 bytes at the access's own offset, `4@-1`\n"
    "one that begins one byte before it, and `2x4@0` stands for two of 4 bytes each, one after\n"
    "the other. A device states its limits as `min_access_size` and `max_access_size`, written\n"
    "here as `min-max`.\n";

static const char on_sizes[] =
    "\n"
    "## `valid`: what is let through\n"
    "\n"
    "If there is a `valid.accepts`, it is asked first. Without `valid.unaligned`, only accesses\n"
    "at multiples of their size are let through. If the largest size is 0, the smallest size\n"
    "has no effect. If the smallest size is above the largest, nothing is let through.\n"
    "\n";

static const char on_chunks[] =
    "\n"
    "## How a block is cut\n"
    "\n"
    "A cell has the sizes of the accesses into which a block of so many bytes is cut. Longer\n"
    "blocks go on in the same way. The smallest size of `valid` plays no role in the cut: an\n"
    "access below it is rejected. Accesses are aligned, unless `impl.unaligned` is set:\n"
    "\n";

static const char on_unaligned_chunks[] =
    "\n"
    "With `impl.unaligned` the offset does not matter. (Without `valid.unaligned`, those of\n"
    "these accesses that are not aligned are rejected.)\n"
    "\n";

static const char on_callbacks[] =
    "\n"
    "## `impl`: the callbacks of one access\n"
    "\n"
    "A smallest size of 0 means 1, and a largest size of 0 means 4: a device that can do 8\n"
    "bytes has to say so. Offsets at which an access is not aligned occur with\n"
    "`valid.unaligned` only.\n"
    "\n"
    "Reads consist of the largest aligned callbacks inside the access. Where a callback would\n"
    "be smaller than the smallest size, the device reads the aligned unit around it, and the\n"
    "access takes its bytes out of that. Writes are cut in the same way if no callback has to\n"
    "be widened. Otherwise the device gets the access as it is, at its own offset, with zeros\n"
    "for the bytes after it. Nothing is read first, because reading may have effects.\n";

static const char on_unaligned_callbacks[] =
    "\n"
    "### With `impl.unaligned`\n"
    "\n"
    "Callbacks may be at any offset. Only accesses below the smallest size are widened.\n"
    "\n";

static const char on_values[] =
    "\n"
    "## Values\n"
    "\n"
    "A callback's value has the device's byte order. The byte at the lowest offset is the least\n"
    "significant one of a little-endian device, and the most significant one of a big-endian\n"
    "device. A native device has the order of the machine's CPU. So bytes keep their places,\n"
    "however an access is cut. A load or store says with `_le`, with `_be` or with neither\n"
    "which number these bytes are. Bits above the size of a read callback are dropped. The\n"
    "table writes the bytes c1 c2 c3 ... in the order of their addresses.\n"
    "\n";

static const char on_the_end[] =
    "\n"
    "## The end of a region\n"
    "\n"
    "An access that begins in the region and ends beyond it is rejected. So is an access whose\n"
    "widened callback would end beyond it. (The region's size is rounded up to the smallest\n"
    "size for this. If part of the region is hidden, accesses go on under what hides it.) Here\n"
    "nothing follows the region. Where the table says nothing else, `valid` and `impl` allow 1\n"
    "to 8 bytes, and `valid.unaligned` is set.\n"
    "\n";

static const char on_quirk[] =
    "\n"
    "## With `MEMORY_QUIRK_IMPL_UNALIGNED`\n"
    "\n"
    "Nothing is aligned. An access is cut into callbacks of the largest size, or widened to one\n"
    "of the smallest size, from its own offset on, whether `impl.unaligned` is set or not.\n"
    "Steps 1 and 2 are the same. `memory_region_set_quirks()` sets the quirk for one region.\n"
    "\n";

static void put_callback_tables(GString *s, Device *d)
{
    for (unsigned min = 1; min <= 8; min *= 2) {
        for (unsigned max = min; max <= 8; max *= 2) {
            g_string_append_printf(s, "\n### `impl` %u-%u\n\n", min, max);
            table_of_callbacks(s, d, min, max);
        }
    }
}

static void put_quirk_table(GString *s)
{
    MemoryContextOptions options = device_machine(false, true);
    Machine m;

    machine_setup(&m, &options);
    table_of_unaligned_callbacks(s, device_on(&m, &options));
    machine_teardown(&m, &options);
}

static GString *render(Machine *m)
{
    MemoryContextOptions options = device_machine(false, false);
    Device *d = device_on(m, &options);
    GString *s = g_string_new(introduction);

    g_string_append(s, on_sizes);
    table_of_sizes(s, d);
    g_string_append(s, on_chunks);
    table_of_chunks(s, d, false);
    g_string_append(s, on_unaligned_chunks);
    table_of_chunks(s, d, true);
    g_string_append(s, on_callbacks);
    put_callback_tables(s, d);
    g_string_append(s, on_unaligned_callbacks);
    table_of_unaligned_callbacks(s, d);
    g_string_append(s, on_values);
    table_of_values(s, d);
    g_string_append(s, on_the_end);
    table_of_the_end(s, d);
    g_string_append(s, on_quirk);
    put_quirk_table(s);
    return s;
}

static void compare_lines(const char *path, const char *committed, const char *rendered)
{
    g_auto(GStrv) have = g_strsplit(committed, "\n", -1);
    g_auto(GStrv) want = g_strsplit(rendered, "\n", -1);

    for (unsigned i = 0; have[i] || want[i]; i++) {
        if (!have[i] || !want[i] || strcmp(have[i], want[i]) != 0) {
            g_test_message("%s:%u says: %s", path, i + 1, have[i] ? have[i] : "(the end)");
            g_test_message("the library does: %s", want[i] ? want[i] : "(the end)");
            g_test_fail();
            return;
        }
    }
}

static void document_is_true(Machine *m, gconstpointer options)
{
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "..", "docs", "access-table.md", NULL);
    g_autofree char *committed = NULL;
    g_autoptr(GError) err = NULL;
    GString *s = render(m);

    (void)options;
    if (g_getenv("PHYSMEM_WRITE_DOCS")) {
        g_file_set_contents(path, s->str, (gssize)s->len, &err);
        g_assert_no_error(err);
    }
    g_file_get_contents(path, &committed, NULL, &err);
    g_assert_no_error(err);
    compare_lines(path, committed, s->str);
    g_string_free(s, true);
}

void document_test_add(const char *path)
{
    TEST(path, document_is_true);
}
