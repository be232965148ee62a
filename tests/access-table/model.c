/* SPDX-License-Identifier: MIT
 *
 * The model of accesses to devices; see model.h.
 */
#include "model.h"

#include <string.h>

typedef struct Span {
    hwaddr first;
    unsigned size;
} Span;

uint8_t register_byte(hwaddr offset)
{
    return (uint8_t)(0x1d * offset + 0x35);
}

uint64_t number_of(const uint8_t *byte, unsigned size, bool big_endian)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < size; i++) {
        number = number << 8 | byte[big_endian ? i : size - 1 - i];
    }
    return number;
}

bool rules_big_device(const Rules *r)
{
    return r->ops.endianness == DEVICE_BIG_ENDIAN ||
           (r->ops.endianness == DEVICE_NATIVE_ENDIAN && r->big_target);
}

/* Specification 14.1 and D9. */
static bool is_accepted(const Rules *r, Span access)
{
    if (access.first + access.size > DEVICE_BYTES) {
        return false;
    }
    if (!r->ops.valid.unaligned && access.first % access.size != 0) {
        return false;
    }
    if (r->ops.valid.max_access_size == 0) {
        return true;
    }
    return access.size >= r->ops.valid.min_access_size &&
           access.size <= r->ops.valid.max_access_size;
}

/* ---- Which callback a byte belongs to --------------------------------------------------- */

static unsigned least(const Rules *r)
{
    return r->ops.impl.min_access_size ? r->ops.impl.min_access_size : 1;
}

static unsigned most(const Rules *r)
{
    return r->ops.impl.max_access_size ? r->ops.impl.max_access_size : 4;
}

/* Specification 14.2 as written: equal pieces, counted from the access's own address. */
static Span counted_out(const Rules *r, Span access, hwaddr at)
{
    unsigned size = access.size < most(r) ? access.size : most(r);
    if (size < least(r)) {
        size = least(r);
    }
    return (Span){ access.first + (at - access.first) / size * size, size };
}

static Span unit_around(hwaddr at, unsigned size)
{
    return (Span){ at / size * size, size };
}

static bool contains(Span outer, Span inner)
{
    return inner.first >= outer.first && inner.first + inner.size <= outer.first + outer.size;
}

/* D1: the largest aligned unit inside the access that contains the byte. */
static Span largest_unit(const Rules *r, Span access, hwaddr at)
{
    unsigned size = most(r);
    while (!contains(access, unit_around(at, size))) {
        size /= 2;
    }
    return unit_around(at, size);
}

static bool has_too_small(const Rules *r, Span access)
{
    for (unsigned i = 0; i < access.size; i++) {
        if (largest_unit(r, access, access.first + i).size < least(r)) {
            return true;
        }
    }
    return false;
}

static Span read_by(const Rules *r, Span access, hwaddr at)
{
    if (r->faithful || (r->ops.impl.unaligned && access.size >= least(r))) {
        return counted_out(r, access, at);
    }
    Span unit = largest_unit(r, access, at);
    return unit.size < least(r) ? unit_around(at, least(r)) : unit;
}

/* The piece of a write. Nothing is read for a write, so a piece that would have to be widened is
 * passed as it is. */
static Span written_by(const Rules *r, Span access, hwaddr at)
{
    if (r->faithful || r->ops.impl.unaligned || has_too_small(r, access)) {
        return counted_out(r, access, at);
    }
    return largest_unit(r, access, at);
}

/* D9 for callbacks: the region ends where a unit of their size ends. */
static bool stays_inside(const Rules *r, Span access, bool is_write)
{
    Span last = is_write ? written_by(r, access, access.first + access.size - 1)
                         : read_by(r, access, access.first + access.size - 1);

    return last.first + last.size <= DEVICE_BYTES;
}

/* ---- Accesses --------------------------------------------------------------------------- */

/* The value of a piece: the bytes of the access, and zeros around them. */
static uint64_t value_of(const Rules *r, Span access, Span piece, const uint8_t *data)
{
    uint8_t byte[MAX_BYTES] = { 0 };

    for (unsigned i = 0; i < piece.size; i++) {
        hwaddr at = piece.first + i;
        if (at >= access.first && at < access.first + access.size) {
            byte[i] = data[at - access.first];
        }
    }
    return number_of(byte, piece.size, rules_big_device(r));
}

static void call(Outcome *out, Span piece, uint64_t value)
{
    out->call[out->calls++] = (Call){ piece.first, piece.size, value };
}

static void make_calls(const Rules *r, Span access, bool is_write, const uint8_t *data,
                       Outcome *out)
{
    hwaddr end = access.first;

    for (unsigned i = 0; i < access.size; i++) {
        hwaddr at = access.first + i;
        if (at >= end) {
            Span piece = is_write ? written_by(r, access, at) : read_by(r, access, at);
            call(out, piece, is_write ? value_of(r, access, piece, data) : 0);
            end = piece.first + piece.size;
        }
    }
}

static void add_single(const Rules *r, Span access, bool is_write, const uint8_t *data,
                       uint8_t *got, Outcome *out)
{
    if (!is_accepted(r, access) || !stays_inside(r, access, is_write)) {
        out->result |= MEMTX_DECODE_ERROR;
        return;
    }
    make_calls(r, access, is_write, data, out);
    for (unsigned i = 0; i < access.size && !is_write; i++) {
        got[i] = register_byte(access.first + i);
    }
}

Outcome model_single(const Rules *r, hwaddr offset, unsigned size, bool is_write,
                     const uint8_t *data)
{
    Outcome out = { 0 };

    add_single(r, (Span){ offset, size }, is_write, data, out.got, &out);
    return out;
}

/* Specification 10.2. */
static unsigned chunk_at(const Rules *r, hwaddr offset, unsigned left)
{
    unsigned limit = r->ops.valid.max_access_size ? r->ops.valid.max_access_size : 4;
    unsigned size = 8;

    while (size > left || size > limit || (!r->ops.impl.unaligned && offset % size != 0)) {
        size /= 2;
    }
    return size;
}

Outcome model_block(const Rules *r, hwaddr offset, unsigned len, bool is_write,
                    const uint8_t *data)
{
    Outcome out = { 0 };
    unsigned done = 0;

    while (done < len && offset + done < DEVICE_BYTES) {
        Span chunk = { offset + done, chunk_at(r, offset + done, len - done) };
        add_single(r, chunk, is_write, data + done, out.got + done, &out);
        done += chunk.size;
    }
    if (done < len) {
        out.result |= MEMTX_DECODE_ERROR; /* the hole */
    }
    return out;
}
