/* SPDX-License-Identifier: MIT
 *
 * The access truth table: every kind of access to every kind of device, played through the library
 * and compared with a model (access-table/model.h). It covers all meaningful limits of valid and
 * impl, all sizes, alignments and byte orders, in the middle of a region and over its end, with
 * and without MEMORY_QUIRK_IMPL_UNALIGNED (specification 10.2, 14; D1, D9, R16).
 *
 * The last test renders docs/access-table.md from the same plays and compares it with the file.
 */
#include <string.h>

#include "access-table/device.h"
#include "access-table/document.h"

static const uint8_t data[MAX_BYTES] = { 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8 };

static const unsigned sizes[] = { 0, 1, 2, 4, 8 };

static void print_calls(GString *s, const char *who, const Outcome *out)
{
    g_string_append_printf(s, "\n%s: result %x, got ", who, out->result);
    for (unsigned i = 0; i < MAX_BYTES; i++) {
        g_string_append_printf(s, "%02x", out->got[i]);
    }
    for (unsigned i = 0; i < out->calls; i++) {
        g_string_append_printf(s, ", %u@%" PRIx64 "=%" PRIx64, out->call[i].size,
                               out->call[i].offset, out->call[i].value);
    }
}

G_NORETURN static void complain(const Device *d, const char *what, hwaddr offset, unsigned size,
                                bool is_write, const Outcome *want, const Outcome *got)
{
    const MemoryRegionOps *o = &d->rules.ops;
    GString *s = g_string_new(NULL);

    g_string_printf(s, "%s %s of %u at %" PRIx64 ": valid %u to %u%s, impl %u to %u%s", what,
                    is_write ? "write" : "read", size, offset, o->valid.min_access_size,
                    o->valid.max_access_size, o->valid.unaligned ? " unaligned" : "",
                    o->impl.min_access_size, o->impl.max_access_size,
                    o->impl.unaligned ? " unaligned" : "");
    print_calls(s, "model", want);
    print_calls(s, "library", got);
    g_error("%s", s->str);
}

static bool same(const Outcome *a, const Outcome *b)
{
    if (a->calls != b->calls || a->result != b->result ||
        memcmp(a->got, b->got, sizeof(a->got)) != 0) {
        return false;
    }
    for (unsigned i = 0; i < a->calls; i++) {
        if (!call_same(&a->call[i], &b->call[i])) {
            return false;
        }
    }
    return true;
}

static void check_singles(Device *d, hwaddr offset, bool is_write)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        Outcome want = model_single(&d->rules, offset, size, is_write, data);
        for (Order order = 0; order < ORDERS; order++) {
            Outcome got = play_single(d, order, offset, size, is_write, data);
            if (!same(&want, &got)) {
                complain(d, "single", offset, size, is_write, &want, &got);
            }
        }
    }
}

static void check_blocks(Device *d, hwaddr offset, bool is_write)
{
    for (unsigned len = 1; len <= MAX_BYTES; len++) {
        Outcome want = model_block(&d->rules, offset, len, is_write, data);
        Outcome got = play_block(d, offset, len, is_write, data);
        if (!same(&want, &got)) {
            complain(d, "block", offset, len, is_write, &want, &got);
        }
    }
}

static void check_device(Device *d)
{
    for (hwaddr align = 0; align < 8; align++) {
        for (unsigned is_write = 0; is_write < 2; is_write++) {
            check_singles(d, align, is_write);
            check_singles(d, DEVICE_BYTES - 8 + align, is_write);
            check_blocks(d, align, is_write);
            check_blocks(d, DEVICE_BYTES - 8 + align, is_write);
        }
    }
}

/* Whether a test of these limits says something new. A minimum of 0 counts as 1, a maximum of 0 as
 * 4. A minimum above the maximum is a mistake in the device. */
static bool makes_sense(unsigned min, unsigned max)
{
    return (min ? min : 1) <= (max ? max : 4);
}

static void check_impls(Device *d)
{
    MemoryRegionOps *o = &d->rules.ops;

    for (unsigned i = 0; i < 2 * 25; i++) {
        o->impl.unaligned = i >= 25;
        o->impl.min_access_size = sizes[i % 5];
        o->impl.max_access_size = sizes[i / 5 % 5];
        if (makes_sense(o->impl.min_access_size, o->impl.max_access_size)) {
            check_device(d);
        }
    }
}

static void check_valids(Device *d)
{
    MemoryRegionOps *o = &d->rules.ops;

    for (unsigned i = 0; i < 3 * 2 * 25; i++) {
        o->endianness = (enum device_endian)(i / 50);
        o->valid.unaligned = i / 25 % 2;
        o->valid.min_access_size = sizes[i % 5];
        o->valid.max_access_size = sizes[i / 5 % 5];
        check_impls(d);
    }
}

static void all_accesses(Machine *m, gconstpointer options)
{
    check_valids(device_on(m, options));
}

/* With the quirk for the region, the callbacks are the same as with the quirk for the context. */
static void all_accesses_by_region(Machine *m, gconstpointer options)
{
    Device *d = device_on(m, options);

    memory_region_set_quirks(&d->mr, MEMORY_QUIRK_IMPL_UNALIGNED);
    d->rules.faithful = true;
    check_valids(d);
}

int main(int argc, char **argv)
{
    static MemoryContextOptions machine[4];
    static const char *const paths[] = { "/access-table/little", "/access-table/big",
                                         "/access-table/quirk-little", "/access-table/quirk-big" };

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < 4; i++) {
        machine[i] = device_machine(i & 1, i & 2);
        TEST_WITH(paths[i], all_accesses, &machine[i]);
    }
    TEST_WITH("/access-table/quirk-of-region", all_accesses_by_region, &machine[1]);
    document_test_add("/access-table/document");
    return g_test_run();
}
