/* SPDX-License-Identifier: MIT
 *
 * address_space_read_full(), address_space_write() and address_space_rw(). Most of these transfers
 * need no loop: they are of memory and end in the range where they begin, or they are one access
 * of a device. Those are made here, straight from the spot. transfer.c makes all others.
 *
 * As in ldst.c, each public function holds the usual transfer of plain memory itself, and calls
 * nothing for it. Everything else is a jump to a function that takes over the read section and ends
 * it.
 */
#include "access/arrival.h"
#include "access/device.h"
#include "access/memory.h"
#include "access/transfer.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define OUT_OF_LINE __attribute__((noinline)) /* memory does not pay for the rest */

/* The transfer is made. Ends the read section. */
static ALWAYS_INLINE MemTxResult end(unsigned long *entered)
{
    read_leave_quickly(entered);
    return MEMTX_OK;
}

/* Returns whether a transfer is one aligned access of a device, all of which lies in the spot. A
 * transfer that is not of memory usually is. */
static ALWAYS_INLINE bool is_one_call(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    return access_spot_calls(s, attrs) && !((access_spot_offset(s, addr) | len) & (len - 1)) &&
           len - 1 < access_most(s->mr) && len - 1 <= s->span - (addr - s->start);
}

/* The bytes in a buffer are in the byte order of the host. */
#define CALLS(bits)                                                                               \
    static MemTxResult read_call##bits(const Spot *s, hwaddr addr, MemTxAttrs attrs, void *buf)   \
    {                                                                                             \
        const MemOp op = access_host_order(bits / 8);                                             \
        MemTxResult result;                                                                       \
        uint##bits##_t val = access_load_device##bits(s, addr, op, attrs, &result);               \
        memcpy(buf, &val, sizeof(val));                                                           \
        return result;                                                                            \
    }                                                                                             \
    static MemTxResult write_call##bits(const Spot *s, hwaddr addr, MemTxAttrs attrs,             \
                                        const void *buf)                                          \
    {                                                                                             \
        const MemOp op = access_host_order(bits / 8);                                             \
        MemTxResult result;                                                                       \
        uint##bits##_t val;                                                                       \
        memcpy(&val, buf, sizeof(val));                                                           \
        access_store_device##bits(s, addr, val, op, attrs, &result);                              \
        return result;                                                                            \
    }
CALLS(8)
CALLS(16)
CALLS(32)
CALLS(64)

/* ---- Reading ---------------------------------------------------------------------------- */

static OUT_OF_LINE MemTxResult read_call(const Spot *s, hwaddr addr, MemTxAttrs attrs, void *buf,
                                         hwaddr len)
{
    switch (len) {
    case 1:
        return read_call8(s, addr, attrs, buf);
    case 2:
        return read_call16(s, addr, attrs, buf);
    case 4:
        return read_call32(s, addr, attrs, buf);
    default:
        return read_call64(s, addr, attrs, buf);
    }
}

static OUT_OF_LINE MemTxResult read_steps(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                          void *buf, hwaddr len)
{
    READ_SECTION_UNLESS(true);
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    return access_read(&a, addr, buf, len);
}

static OUT_OF_LINE MemTxResult read_block(const uint8_t *host, void *buf, hwaddr len)
{
    access_memory_get(host, buf, len);
    read_leave();
    return MEMTX_OK;
}

/* While somebody observes reads, all of them are made in steps. */
static ALWAYS_INLINE bool is_readable(const AddressSpace *as, const Spot *spot, hwaddr addr,
                                      hwaddr len)
{
    return access_spot_is_direct(spot, addr, len, DIRECT_READ) &&
           !access_reads_watched(as->context);
}

/* The memory may lie behind an IOMMU, and the thread has kept where the access arrives. */
static OUT_OF_LINE MemTxResult read_behind(AddressSpace *as, const Spot *s, hwaddr addr,
                                           MemTxAttrs attrs, void *buf, hwaddr len)
{
    uint8_t *host;
    return s->translates && len && access_arrival_find(s, addr, len, attrs, false, &host) &&
                   !access_reads_watched(as->context)
               ? read_block(host, buf, len)
               : read_steps(as, addr, attrs, buf, len);
}

/* A transfer that does not begin in plain memory. */
static ALWAYS_INLINE MemTxResult read_at(AddressSpace *as, const Spot *s, hwaddr addr,
                                         MemTxAttrs attrs, void *buf, hwaddr len)
{
    return is_one_call(s, addr, len, attrs) ? read_call(s, addr, attrs, buf, len)
                                            : read_behind(as, s, addr, attrs, buf, len);
}

/* For a spot that is not at its first place in the lookaside. */
static OUT_OF_LINE MemTxResult read_other(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                          void *buf, hwaddr len, bool entered)
{
    read_enter_begun(entered);
    const Spot *spot = access_spot_find(address_space_to_flatview(as), addr);
    return read_at(as, spot, addr, attrs, buf, len);
}

MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf,
                                    hwaddr len)
{
    unsigned long *entered;
    const Spot *spot = physmem_access_begin(as, addr, 1, &entered);
    if (__builtin_expect(!spot, 0)) {
        return read_other(as, addr, attrs, buf, len, entered != NULL);
    }
    if (__builtin_expect(!is_readable(as, spot, addr, len), 0)) {
        return read_at(as, spot, addr, attrs, buf, len);
    }
    const uint8_t *host = physmem_spot_host(spot, addr);
    if (!access_memory_get_few(host, buf, len)) {
        return read_block(host, buf, len);
    }
    return end(entered);
}

/* ---- Writing ---------------------------------------------------------------------------- */

static OUT_OF_LINE MemTxResult write_call(const Spot *s, hwaddr addr, MemTxAttrs attrs,
                                          const void *buf, hwaddr len)
{
    switch (len) {
    case 1:
        return write_call8(s, addr, attrs, buf);
    case 2:
        return write_call16(s, addr, attrs, buf);
    case 4:
        return write_call32(s, addr, attrs, buf);
    default:
        return write_call64(s, addr, attrs, buf);
    }
}

static OUT_OF_LINE MemTxResult write_steps(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                           const void *buf, hwaddr len)
{
    READ_SECTION_UNLESS(true);
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    return access_write(&a, addr, buf, len);
}

static OUT_OF_LINE MemTxResult write_block(const Spot *spot, hwaddr addr, MemTxAttrs attrs,
                                           const void *buf, hwaddr len)
{
    READ_SECTION_UNLESS(true);
    access_memory_put(physmem_spot_host(spot, addr), buf, len);
    access_observe_spot_write(spot, addr, len, attrs, DIRTY_CLIENTS_ALL);
    return MEMTX_OK;
}

static OUT_OF_LINE MemTxResult write_arrived(MemoryRegion *mr, uint8_t *host, MemTxAttrs attrs,
                                             const void *buf, hwaddr len)
{
    READ_SECTION_UNLESS(true);
    access_memory_put(host, buf, len);
    access_observe_host_write(mr, host, len, attrs, DIRTY_CLIENTS_ALL);
    return MEMTX_OK;
}

/* The memory may lie behind an IOMMU, and the thread has kept where the access arrives. */
static OUT_OF_LINE MemTxResult write_behind(AddressSpace *as, const Spot *s, hwaddr addr,
                                            MemTxAttrs attrs, const void *buf, hwaddr len)
{
    uint8_t *host;
    const Arrival *a = s->translates && len ? access_arrival_find(s, addr, len, attrs, true, &host)
                                            : NULL;
    return a ? write_arrived(a->mr, host, attrs, buf, len)
             : write_steps(as, addr, attrs, buf, len);
}

/* A transfer that does not begin in plain memory. */
static ALWAYS_INLINE MemTxResult write_at(AddressSpace *as, const Spot *s, hwaddr addr,
                                          MemTxAttrs attrs, const void *buf, hwaddr len)
{
    return is_one_call(s, addr, len, attrs) ? write_call(s, addr, attrs, buf, len)
                                            : write_behind(as, s, addr, attrs, buf, len);
}

static OUT_OF_LINE MemTxResult write_other(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                           const void *buf, hwaddr len, bool entered)
{
    read_enter_begun(entered);
    const Spot *spot = access_spot_find(address_space_to_flatview(as), addr);
    return write_at(as, spot, addr, attrs, buf, len);
}

/* The data was written, and somebody observes it. */
static OUT_OF_LINE MemTxResult write_watched(const Spot *spot, hwaddr addr, MemTxAttrs attrs,
                                             hwaddr len)
{
    READ_SECTION_UNLESS(true);
    access_watch_spot_write(spot, addr, len, attrs, DIRTY_CLIENTS_ALL);
    return MEMTX_OK;
}

MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf,
                                hwaddr len)
{
    unsigned long *entered;
    const Spot *spot = physmem_access_begin(as, addr, 1, &entered);
    if (__builtin_expect(!spot, 0)) {
        return write_other(as, addr, attrs, buf, len, entered != NULL);
    }
    if (__builtin_expect(!access_spot_is_direct(spot, addr, len, DIRECT_WRITE), 0)) {
        return write_at(as, spot, addr, attrs, buf, len);
    }
    if (!access_memory_put_few(physmem_spot_host(spot, addr), buf, len)) {
        return write_block(spot, addr, attrs, buf, len);
    }
    if (physmem_spot_watched(spot)) {
        return write_watched(spot, addr, attrs, len);
    }
    return end(entered);
}

MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf,
                             hwaddr len, bool is_write)
{
    return is_write ? address_space_write(as, addr, attrs, buf, len)
                    : address_space_read_full(as, addr, attrs, buf, len);
}
