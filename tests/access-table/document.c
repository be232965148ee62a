/* SPDX-License-Identifier: MIT
 *
 * The text of docs/access-table.md, and the test that keeps it true.
 */
#include <string.h>

#include "document.h"

static const char introduction[] =
    "# What a device sees of an access\n"
    "\n"
    "Which callbacks of `MemoryRegionOps` an access makes, for every size, alignment and\n"
    "limit. The tables are played through the library by `tests/test-access-table.c`, which\n"
    "compares every case with a model, renders this page and fails if the page says something\n"
    "else. Do not edit it:\n"
    "\n"
    "    PHYSMEM_WRITE_DOCS=1 meson test -C build access-table\n"
    "\n"
    "An access goes through three steps.\n"
    "\n"
    "1. A *block* (`address_space_rw`, `..._read`, `..._write`, a bounce buffer) is cut into\n"
    "   accesses of 1, 2, 4 or 8 bytes. A load or store is one access, and is never cut here.\n"
    "2. `valid` lets each access through or rejects it as a whole: no callback, it reads as\n"
    "   0, and the result has `MEMTX_DECODE_ERROR`. The rest of a block goes on.\n"
    "3. `impl` says what the callbacks can do. An access is cut into, or widened to,\n"
    "   callbacks.\n"
    "\n"
    "Offsets are those in the region, wherever it is mapped; only their alignment counts, so\n"
    "a row is for all offsets that leave its remainder modulo 8. Rows for which reads and\n"
    "writes are alike are headed *both*. `4@0` is a callback of 4 bytes at the access's own\n"
    "offset, `4@-1` one that begins one byte before it, `2x4@0` two of 4 bytes each, one\n"
    "behind the other. A device states its limits as `min_access_size` and `max_access_size`,\n"
    "here `min-max`.\n";

static const char on_sizes[] =
    "\n"
    "## `valid`: what is let through\n"
    "\n"
    "Without `valid.unaligned`, only accesses at multiples of their size; `valid.accepts`, if\n"
    "there is one, is asked first. With a largest size of 0 the least one has no effect, and\n"
    "a least size above the largest lets nothing through.\n"
    "\n";

static const char on_chunks[] =
    "\n"
    "## How a block is cut\n"
    "\n"
    "A cell has the sizes of the accesses that a block of so many bytes consists of. Longer\n"
    "blocks go on the same way. The cut does not look at the least size: what is smaller is\n"
    "rejected. Accesses are aligned, unless `impl.unaligned` is set:\n"
    "\n";

static const char on_unaligned_chunks[] =
    "\n"
    "With `impl.unaligned` the offset does not matter. (Without `valid.unaligned` the\n"
    "unaligned ones among these accesses are rejected.)\n"
    "\n";

static const char on_callbacks[] =
    "\n"
    "## `impl`: the callbacks of one access\n"
    "\n"
    "A least size of 0 is 1, a largest of 0 is 4: 8 must be said. Offsets at which an access\n"
    "is not aligned occur with `valid.unaligned` only.\n"
    "\n"
    "Reads consist of the largest aligned callbacks inside the access; what would be smaller\n"
    "than the least size is taken out of the aligned unit around it, and the bytes beside it\n"
    "are read along. Writes are cut in the same way where nothing has to be widened. Else the\n"
    "device gets the access as it is, at its own offset, with zeros for the bytes behind it:\n"
    "nothing is read first, because reading may have effects.\n";

static const char on_unaligned_callbacks[] =
    "\n"
    "### With `impl.unaligned`\n"
    "\n"
    "Callbacks may be anywhere. Only what is smaller than the least size is widened.\n"
    "\n";

static const char on_values[] =
    "\n"
    "## Values\n"
    "\n"
    "A callback's value has the device's byte order: of a little-endian device the byte at\n"
    "the lowest offset is the least significant, of a big-endian one the most significant. A\n"
    "native device has the order of the machine's CPU. So bytes keep their places, however an\n"
    "access is cut, and loads and stores say with `_le`, `_be` or nothing which number those\n"
    "bytes are. What a read callback returns above its size is dropped. Written here, in the\n"
    "order of addresses: c1 c2 c3 ...\n"
    "\n";

static const char on_the_end[] =
    "\n"
    "## The end of a region\n"
    "\n"
    "An access that begins in the region and ends behind it is rejected, and so is one whose\n"
    "widened callback would. (The region counts in full units of the least size. One that is\n"
    "hidden in part gets accesses that go on under what hides it.) Here nothing follows, and\n"
    "if nothing else is said `valid` and `impl` allow 1 to 8 bytes, `valid.unaligned`.\n"
    "\n";

static const char on_quirk[] =
    "\n"
    "## With `MEMORY_QUIRK_IMPL_UNALIGNED`\n"
    "\n"
    "Nothing is aligned. An access is cut into callbacks of the largest size, or widened to\n"
    "one of the least, from its own offset on, whether `impl.unaligned` is set or not. Steps\n"
    "1 and 2 are the same. The quirk can be set for one region: `memory_region_set_quirks()`.\n"
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
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "docs", "access-table.md",
                                                  NULL);
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
