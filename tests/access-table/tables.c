/* SPDX-License-Identifier: MIT
 *
 * The tables of docs/access-table.md. They contain what the device recorded; equal rows become
 * one.
 */
#include <string.h>

#include "document.h"

enum { OFFSETS = 8, BASE = 8 }; /* offsets with the same alignment behave in the same way */

static const uint8_t data[MAX_BYTES] = { 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8 };

/* ---- Callbacks as text ------------------------------------------------------------------ */

/* Returns how many callbacks of one size follow each other from 'first' on. */
static unsigned run_of(const Outcome *out, unsigned first)
{
    unsigned n = first + 1;

    while (n < out->calls && out->call[n].size == out->call[first].size) {
        n++;
    }
    return n - first;
}

/* Appends the callbacks as "2x4@-1 1@7", with offsets from the access's own address. */
static void put_calls(GString *s, const Outcome *out, hwaddr offset)
{
    for (unsigned i = 0; i < out->calls; i += run_of(out, i)) {
        unsigned run = run_of(out, i);
        if (run > 1) {
            g_string_append_printf(s, " %ux", run);
        }
        g_string_append_printf(s, "%s%u@%d", run > 1 ? "" : " ", out->call[i].size,
                               (int)(out->call[i].offset - offset));
    }
}

/* Appends the callbacks with what is written, as "4@-1=00c10000". */
static void put_values(GString *s, const Outcome *out, hwaddr offset)
{
    for (unsigned i = 0; i < out->calls; i++) {
        const Call *c = &out->call[i];
        g_string_append_printf(s, " %u@%d=%0*" PRIx64, c->size, (int)(c->offset - offset),
                               (int)(2 * c->size), c->value);
    }
}

/* ---- Rows ------------------------------------------------------------------------------- */

/* The cells of each row, one for each offset. */
typedef struct Rows {
    GString *row[OFFSETS];
} Rows;

typedef void PutRow(GString *s, Device *d, hwaddr offset, bool is_write);

static Rows rows_of(Device *d, PutRow *put_row, bool is_write)
{
    Rows rows;

    for (unsigned i = 0; i < OFFSETS; i++) {
        rows.row[i] = g_string_new(NULL);
        put_row(rows.row[i], d, BASE + i, is_write);
    }
    return rows;
}

static void rows_clear(Rows *rows)
{
    for (unsigned i = 0; i < OFFSETS; i++) {
        g_string_free(rows->row[i], true);
    }
}

static bool rows_same(const Rows *a, const Rows *b)
{
    for (unsigned i = 0; i < OFFSETS; i++) {
        if (!g_string_equal(a->row[i], b->row[i])) {
            return false;
        }
    }
    return true;
}

/* Returns the rows that equal row i as bits; 0 if an earlier one does. */
static unsigned likes_of(const Rows *rows, unsigned i)
{
    unsigned likes = 0;

    for (unsigned k = 0; k < OFFSETS; k++) {
        likes |= (unsigned)g_string_equal(rows->row[i], rows->row[k]) << k;
    }
    return likes & ((1u << i) - 1) ? 0 : likes;
}

static void put_offsets(GString *s, unsigned offsets)
{
    const char *separator = "";

    if (offsets == 0xff || offsets == 0x55 || offsets == 0xaa) {
        g_string_append(s, offsets == 0xff ? "any" : offsets == 0x55 ? "even" : "odd");
        return;
    }
    for (unsigned i = 0; i < OFFSETS; i++) {
        if (offsets >> i & 1) {
            g_string_append_printf(s, "%s%u", separator, i);
            separator = ", ";
        }
    }
}

static void put_rows(GString *s, const char *prefix, const Rows *rows)
{
    for (unsigned i = 0; i < OFFSETS; i++) {
        unsigned offsets = likes_of(rows, i);
        if (offsets) {
            g_string_append_printf(s, "| %s | ", prefix);
            put_offsets(s, offsets);
            g_string_append_printf(s, " |%s\n", rows->row[i]->str);
        }
    }
}

/* Appends reads and writes, in one row if they behave alike. */
static void put_both(GString *s, Device *d, PutRow *put_row, const char *prefix)
{
    Rows reads = rows_of(d, put_row, false), writes = rows_of(d, put_row, true);
    g_autofree char *read = g_strdup_printf("%sread", prefix);
    g_autofree char *write = g_strdup_printf("%swrite", prefix);
    g_autofree char *both = g_strdup_printf("%sboth", prefix);

    if (rows_same(&reads, &writes)) {
        put_rows(s, both, &reads);
    } else {
        put_rows(s, read, &reads);
        put_rows(s, write, &writes);
    }
    rows_clear(&reads);
    rows_clear(&writes);
}

/* ---- What valid lets through ------------------------------------------------------------ */

static void put_accepted(GString *s, Device *d)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        Outcome out = play_single(d, ORDER_LITTLE, BASE, size, false, data);
        g_string_append(s, out.result == MEMTX_OK ? " yes |" : " no |");
    }
}

/* Adds a pair of limits to the row that equals it, or adds a row. */
static void add_limits(GPtrArray *cells, GPtrArray *labels, const char *label, const char *cell)
{
    for (unsigned i = 0; i < cells->len; i++) {
        if (strcmp(cells->pdata[i], cell) == 0) {
            g_string_append_printf(labels->pdata[i], ", %s", label);
            return;
        }
    }
    g_ptr_array_add(cells, g_strdup(cell));
    g_ptr_array_add(labels, g_string_new(label));
}

void table_of_sizes(GString *s, Device *d)
{
    static const unsigned sizes[] = { 0, 1, 2, 4, 8 };
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *labels = g_ptr_array_new();
    Rules before = d->rules;

    for (unsigned i = 0; i < 25; i++) {
        GString *cell = g_string_new(NULL);
        d->rules.ops.valid.max_access_size = sizes[i / 5];
        d->rules.ops.valid.min_access_size = sizes[i % 5];
        put_accepted(cell, d);
        g_autofree char *label = g_strdup_printf("%u-%u", sizes[i % 5], sizes[i / 5]);
        add_limits(cells, labels, label, cell->str);
        g_string_free(cell, true);
    }
    g_string_append(s, "| min-max | 1 byte | 2 bytes | 4 bytes | 8 bytes |\n"
                       "|---|---|---|---|---|\n");
    for (unsigned i = 0; i < cells->len; i++) {
        GString *label = labels->pdata[i];
        g_string_append_printf(s, "| %s |%s\n", label->str, (char *)cells->pdata[i]);
        g_string_free(label, true);
    }
    g_ptr_array_unref(labels);
    d->rules = before;
}

/* ---- How a block is cut ----------------------------------------------------------------- */

/* With callbacks of any size, each access of a block transfer is one callback. */
static void put_chunks(GString *s, Device *d, hwaddr offset, bool is_write)
{
    for (unsigned len = 1; len <= MAX_BYTES; len++) {
        Outcome out = play_block(d, offset, len, is_write, data);
        for (unsigned i = 0; i < out.calls; i += run_of(&out, i)) {
            unsigned run = run_of(&out, i);
            g_string_append_printf(s, run > 1 ? " %ux%u" : " %.0u%u", run > 1 ? run : 0,
                                   out.call[i].size);
        }
        g_string_append(s, " |");
    }
}

void table_of_chunks(GString *s, Device *d, bool unaligned)
{
    Rules before = d->rules;

    d->rules.ops.valid.unaligned = true;
    d->rules.ops.impl.unaligned = unaligned;
    g_string_append(s, "| `valid` max | offset | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |\n"
                       "|---|---|---|---|---|---|---|---|---|---|\n");
    for (unsigned max = 1; max <= 8; max *= 2) {
        d->rules.ops.valid.max_access_size = max;
        g_autofree char *label = g_strdup_printf(max == 4 ? "%u, 0" : "%u", max);
        Rows rows = rows_of(d, put_chunks, false), writes = rows_of(d, put_chunks, true);
        g_assert_true(rows_same(&rows, &writes));
        put_rows(s, label, &rows);
        rows_clear(&rows);
        rows_clear(&writes);
    }
    d->rules = before;
}

/* ---- How one access is cut -------------------------------------------------------------- */

static void put_callbacks(GString *s, Device *d, hwaddr offset, bool is_write)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        Outcome out = play_single(d, ORDER_LITTLE, offset, size, is_write, data);
        put_calls(s, &out, offset);
        g_string_append(s, " |");
    }
}

static const char callback_columns[] = " offset | 1 byte | 2 bytes | 4 bytes | 8 bytes |\n";

void table_of_callbacks(GString *s, Device *d, unsigned min, unsigned max)
{
    Rules before = d->rules;

    d->rules.ops.valid.unaligned = true;
    d->rules.ops.impl.min_access_size = min;
    d->rules.ops.impl.max_access_size = max;
    g_string_append_printf(s, "| |%s|---|---|---|---|---|---|\n", callback_columns);
    put_both(s, d, put_callbacks, "");
    d->rules = before;
}

void table_of_unaligned_callbacks(GString *s, Device *d)
{
    Rules before = d->rules;

    d->rules.ops.valid.unaligned = true;
    d->rules.ops.impl.unaligned = true;
    g_string_append_printf(s, "| `impl` |%s|---|---|---|---|---|---|\n", callback_columns);
    for (unsigned min = 1; min <= 8; min *= 2) {
        for (unsigned max = min; max <= 8; max *= 2) {
            g_autofree char *label = g_strdup_printf("%u-%u ", min, max);
            d->rules.ops.impl.min_access_size = min;
            d->rules.ops.impl.max_access_size = max;
            put_both(s, d, put_callbacks, label);
        }
    }
    d->rules = before;
}

/* ---- Values ----------------------------------------------------------------------------- */

typedef struct Example {
    unsigned min, max; /* impl */
    unsigned size;
    unsigned offset;
} Example;

static void put_example(GString *s, Device *d, const Example *e)
{
    d->rules.ops.impl.min_access_size = e->min;
    d->rules.ops.impl.max_access_size = e->max;
    g_string_append_printf(s, "| %u-%u | %u at offset %u |", e->min, e->max, e->size, e->offset);
    for (unsigned big = 0; big < 2; big++) {
        d->rules.ops.endianness = big ? DEVICE_BIG_ENDIAN : DEVICE_LITTLE_ENDIAN;
        Outcome out = play_single(d, ORDER_BIG, BASE + e->offset, e->size, true, data);
        put_values(s, &out, BASE + e->offset);
        g_string_append(s, " |");
    }
    g_string_append(s, "\n");
}

void table_of_values(GString *s, Device *d)
{
    static const Example examples[] = {
        { 1, 4, 4, 0 }, { 1, 2, 4, 0 }, { 1, 4, 4, 1 }, { 4, 4, 8, 4 },
        { 4, 4, 1, 1 }, { 4, 4, 2, 3 }, { 2, 4, 4, 1 },
    };
    Rules before = d->rules;

    d->rules.ops.valid.unaligned = true;
    g_string_append(s, "| `impl` | bytes written | little-endian device | big-endian device |\n"
                       "|---|---|---|---|\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(examples); i++) {
        put_example(s, d, &examples[i]);
    }
    d->rules = before;
}

/* ---- The end of a region ---------------------------------------------------------------- */

static void put_end(GString *s, const char *what, const Outcome *out, hwaddr offset)
{
    g_string_append_printf(s, "| %s |", what);
    put_calls(s, out, offset);
    g_string_append_printf(s, " | %s |\n",
                           out->result == MEMTX_OK ? "`MEMTX_OK`" : "`MEMTX_DECODE_ERROR`");
}

void table_of_the_end(GString *s, Device *d)
{
    const hwaddr end = DEVICE_BYTES;
    Rules before = d->rules;
    Outcome out;

    d->rules.ops.valid.unaligned = true;
    g_string_append(s, "| access | callbacks | result |\n|---|---|---|\n");
    out = play_single(d, ORDER_LITTLE, end - 4, 4, true, data);
    put_end(s, "store of 4 bytes, 4 before the end", &out, end - 4);
    out = play_single(d, ORDER_LITTLE, end - 2, 4, true, data);
    put_end(s, "store of 4 bytes, 2 before the end", &out, end - 2);
    out = play_block(d, end - 4, 8, true, data);
    put_end(s, "block of 8 bytes, 4 before the end", &out, end - 4);
    d->rules.ops.impl.unaligned = true;
    out = play_block(d, end - 4, 8, true, data);
    put_end(s, "the same with `impl.unaligned`", &out, end - 4);
    d->rules.ops.impl.unaligned = false;
    d->rules.ops.impl.min_access_size = 4;
    out = play_single(d, ORDER_LITTLE, end - 1, 1, false, data);
    put_end(s, "`impl` 4-8, load of 1 byte, 1 before the end", &out, end - 1);
    out = play_single(d, ORDER_LITTLE, end - 1, 1, true, data);
    put_end(s, "`impl` 4-8, store of 1 byte, 1 before the end", &out, end - 1);
    d->rules = before;
}
