/* SPDX-License-Identifier: MIT
 *
 * The device that notes its callbacks; see device.h.
 */
#include "device.h"

#include <string.h>

/* An odd address: alignment counts by the offset in the region (specification 10.2). */
enum { PLACE = 0x1003 };

static void note(Device *d, hwaddr offset, unsigned size, uint64_t value)
{
    g_assert_cmpuint(d->heard.calls, <, MAX_CALLS);
    d->heard.call[d->heard.calls++] = (Call){ offset, size, value };
}

/* Bits above the size of a callback have no effect (R16). */
static uint64_t device_read(void *opaque, hwaddr offset, unsigned size)
{
    Device *d = opaque;
    uint8_t byte[MAX_BYTES] = { 0 };
    uint64_t noise = size < 8 ? ~UINT64_C(0) << (8 * size) : 0;

    note(d, offset, size, 0);
    for (unsigned i = 0; i < size; i++) {
        byte[i] = register_byte(offset + i);
    }
    return number_of(byte, size, rules_big_device(&d->rules)) | noise;
}

static void device_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
    note(opaque, offset, size, value);
}

MemoryContextOptions device_machine(bool big_target, bool faithful)
{
    return (MemoryContextOptions){ .target_big_endian = big_target,
                                   .quirks = faithful ? MEMORY_QUIRK_IMPL_UNALIGNED : 0 };
}

Device *device_on(Machine *m, const MemoryContextOptions *machine)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    Device *d = g_new0(Device, 1);

    d->rules.big_target = machine->target_big_endian;
    d->rules.faithful = machine->quirks & MEMORY_QUIRK_IMPL_UNALIGNED;
    d->rules.ops = (MemoryRegionOps){ .read = device_read,
                                      .write = device_write,
                                      .endianness = DEVICE_LITTLE_ENDIAN,
                                      .valid = { 1, 8, false, NULL },
                                      .impl = { 1, 8, false } };
    memory_region_init_io(&d->mr, NULL, &d->rules.ops, d, "device", DEVICE_BYTES);
    g_ptr_array_add(m->regions, &d->mr);
    memory_region_add_subregion(root, PLACE, &d->mr);
    d->as = space_new(m, root, "as");
    return d;
}

/* ---- Accesses --------------------------------------------------------------------------- */

static void begin(Device *d)
{
    memset(&d->heard, 0, sizeof(d->heard));
}

#define BY_ORDER(function, ...)                                                                   \
    (order == ORDER_CPU      ? function(d->as, PLACE + offset, __VA_ARGS__)                       \
     : order == ORDER_LITTLE ? function##_le(d->as, PLACE + offset, __VA_ARGS__)                  \
                             : function##_be(d->as, PLACE + offset, __VA_ARGS__))

static uint64_t load(Device *d, Order order, hwaddr offset, unsigned size)
{
    MemTxResult *result = &d->heard.result;

    switch (size) {
    case 1:
        return address_space_ldub(d->as, PLACE + offset, MEMTXATTRS_UNSPECIFIED, result);
    case 2:
        return BY_ORDER(address_space_lduw, MEMTXATTRS_UNSPECIFIED, result);
    case 4:
        return BY_ORDER(address_space_ldl, MEMTXATTRS_UNSPECIFIED, result);
    default:
        return BY_ORDER(address_space_ldq, MEMTXATTRS_UNSPECIFIED, result);
    }
}

static void store(Device *d, Order order, hwaddr offset, unsigned size, uint64_t value)
{
    MemTxResult *result = &d->heard.result;

    switch (size) {
    case 1:
        address_space_stb(d->as, PLACE + offset, (uint8_t)value, MEMTXATTRS_UNSPECIFIED, result);
        break;
    case 2:
        BY_ORDER(address_space_stw, (uint16_t)value, MEMTXATTRS_UNSPECIFIED, result);
        break;
    case 4:
        BY_ORDER(address_space_stl, (uint32_t)value, MEMTXATTRS_UNSPECIFIED, result);
        break;
    default:
        BY_ORDER(address_space_stq, value, MEMTXATTRS_UNSPECIFIED, result);
    }
}

static bool is_big(const Device *d, Order order)
{
    return order == ORDER_BIG || (order == ORDER_CPU && d->rules.big_target);
}

static void bytes_of(uint64_t number, unsigned size, bool big_endian, uint8_t *byte)
{
    for (unsigned i = 0; i < size; i++) {
        byte[big_endian ? size - 1 - i : i] = (uint8_t)(number >> 8 * i);
    }
}

Outcome play_single(Device *d, Order order, hwaddr offset, unsigned size, bool is_write,
                    const uint8_t *data)
{
    begin(d);
    if (is_write) {
        store(d, order, offset, size, number_of(data, size, is_big(d, order)));
    } else {
        uint64_t value = load(d, order, offset, size);
        bytes_of(value, size, is_big(d, order), d->heard.got);
    }
    return d->heard;
}

Outcome play_block(Device *d, hwaddr offset, unsigned len, bool is_write, const uint8_t *data)
{
    uint8_t buf[MAX_BYTES];

    begin(d);
    memcpy(buf, data, len);
    d->heard.result =
        address_space_rw(d->as, PLACE + offset, MEMTXATTRS_UNSPECIFIED, buf, len, is_write);
    if (!is_write) {
        memcpy(d->heard.got, buf, len);
    }
    return d->heard;
}
