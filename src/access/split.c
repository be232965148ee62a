/* SPDX-License-Identifier: MIT
 *
 * Cutting an access into pieces that a device's callbacks can do (specification 14.2, D1, R16).
 *
 *   access            |a a a a a a|            callbacks of 2 to 4 bytes, aligned
 *   pieces        |. a a a|a a a .|            '.': read along, not part of the access
 *                  skip 1          take 3
 *
 * Reads touch as little as they can beside the access: a piece is the largest aligned one inside
 * it, and only what would be smaller than impl.min_access_size is widened. Bytes that a widened
 * piece reads along are thrown away; should reading them have an effect, the device has it.
 *
 * Writes are cut the same way as long as no piece has to be widened. Else the device gets the whole
 * access as the original hands it on: at its own address, aligned or not, with zeros for the bytes
 * beside it. They are not read first: a read may have effects that no write was meant to have.
 *
 * With MEMORY_QUIRK_IMPL_UNALIGNED reads are cut in the original's way, too.
 *
 * The first write to a region that is widened is reported to the guest log, because the device may
 * put the zeros into the registers beside it.
 */
#include "access/dispatch.h"

#define OUT_OF_LINE __attribute__((noinline)) /* the usual piece does not pay for the others */

enum { USUAL_MAX = 4 }; /* impl.max_access_size of who states none */

/* What the callbacks can do. */
typedef struct Shape {
    unsigned min;
    unsigned max;
    bool unaligned; /* addresses need not be aligned to the piece */
    bool cover;     /* a piece that is too small becomes the aligned one around it */
    bool big_endian;
} Shape;

/* One callback, and which of its bytes belong to the access. */
typedef struct Piece {
    hwaddr addr;
    unsigned size;
    unsigned skip;
    unsigned take;
} Piece;

static unsigned smaller(hwaddr a, hwaddr b)
{
    return (unsigned)(a < b ? a : b);
}

static unsigned power_below(unsigned value)
{
    return 1u << (31 - __builtin_clz(value));
}

/* A size that a device states: 0 means 'usual', and beyond 8 bytes there are no callbacks. */
static unsigned stated_size(unsigned size, unsigned usual)
{
    return size ? power_below(smaller(size, ACCESS_MAX)) : usual;
}

static Shape shape_of(const MemoryRegion *mr)
{
    bool faithful = access_has_quirk(mr, MEMORY_QUIRK_IMPL_UNALIGNED);
    return (Shape){
        .min = stated_size(mr->ops->impl.min_access_size, 1),
        .max = stated_size(mr->ops->impl.max_access_size, USUAL_MAX),
        .unaligned = mr->ops->impl.unaligned || faithful,
        .cover = !faithful,
        .big_endian = region_is_big_endian(mr),
    };
}

/* Can every piece be aligned and none too small? If not, the access goes as it is. */
static Shape shape_for_write(const MemoryRegion *mr, hwaddr addr, unsigned size)
{
    Shape shape = shape_of(mr);
    shape.cover = false;
    if (size < shape.min || addr % shape.min) {
        shape.unaligned = true;
    }
    return shape;
}

/* What covers is an aligned unit, of which no more than the access counts. */
unsigned access_split_width(const MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write)
{
    Shape shape = is_write ? shape_for_write(mr, addr, size) : shape_of(mr);
    return size < shape.min && !shape.cover ? shape.min : size;
}

static Piece widened(const Shape *shape, hwaddr addr, unsigned left)
{
    unsigned skip = shape->cover ? (unsigned)(addr % shape->min) : 0;
    return (Piece){ addr - skip, shape->min, skip, smaller(left, shape->min - skip) };
}

static Piece next_piece(const Shape *shape, hwaddr addr, unsigned left)
{
    unsigned size = power_below(smaller(left, shape->max));
    if (!shape->unaligned && addr % size) {
        size = (unsigned)(addr & -addr);
    }
    if (size < shape->min) {
        return widened(shape, addr, left);
    }
    return (Piece){ addr, size, 0, size };
}

static uint64_t low_bytes(uint64_t val, unsigned count)
{
    return val & (~UINT64_C(0) >> (64 - 8 * count));
}

/* Where 'take' bytes, 'skip' bytes into a number of 'size' bytes, begin: in bits. */
static unsigned shift_of(const Shape *shape, unsigned size, unsigned skip, unsigned take)
{
    return 8 * (shape->big_endian ? size - skip - take : skip);
}

static inline MemTxResult call_read(const MemoryRegion *mr, hwaddr addr, unsigned size,
                                    uint64_t *val, MemTxAttrs attrs)
{
    if (mr->ops->read) {
        *val = mr->ops->read(mr->opaque, addr, size);
        return MEMTX_OK;
    }
    *val = 0;
    return mr->ops->read_with_attrs(mr->opaque, addr, val, size, attrs);
}

static inline MemTxResult call_write(const MemoryRegion *mr, hwaddr addr, unsigned size,
                                     uint64_t val, MemTxAttrs attrs)
{
    if (mr->ops->write) {
        mr->ops->write(mr->opaque, addr, val, size);
        return MEMTX_OK;
    }
    return mr->ops->write_with_attrs(mr->opaque, addr, val, size, attrs);
}

/* Is it one piece, whatever the rest of the shape? Usually it is. */
static bool is_one_piece(const MemoryRegion *mr, hwaddr addr, unsigned size)
{
    unsigned max = mr->ops->impl.max_access_size;
    return size >= mr->ops->impl.min_access_size && size <= (max ? max : USUAL_MAX) &&
           !(addr & (size - 1));
}

static OUT_OF_LINE MemTxResult read_pieces(MemoryRegion *mr, hwaddr addr, unsigned size,
                                           uint64_t *val, MemTxAttrs attrs)
{
    Shape shape = shape_of(mr);
    MemTxResult result = MEMTX_OK;
    uint64_t whole = 0;
    for (unsigned done = 0; done < size;) {
        Piece p = next_piece(&shape, addr + done, size - done);
        uint64_t part;
        result |= call_read(mr, p.addr, p.size, &part, attrs);
        part = low_bytes(part >> shift_of(&shape, p.size, p.skip, p.take), p.take);
        whole |= part << shift_of(&shape, size, done, p.take);
        done += p.take;
    }
    *val = whole;
    return result;
}

__attribute__((cold, noinline)) static void tell_widened(MemoryRegion *mr, hwaddr addr,
                                                         unsigned size, unsigned width)
{
    if (!mr->context || !log_guest_wanted(mr->context) ||
        __atomic_exchange_n(&mr->widening_told, true, __ATOMIC_RELAXED)) {
        return;
    }
    log_say(mr->context, MEMORY_LOG_GUEST,
            "write of %u bytes at 0x%" PRIx64 " of region '%s': its device is called with %u bytes "
            "(impl.min_access_size), of which the others are 0; later writes like this to the "
            "region are not reported",
            size, addr, region_label(mr), width);
}

static OUT_OF_LINE MemTxResult write_pieces(MemoryRegion *mr, hwaddr addr, unsigned size,
                                            uint64_t val, MemTxAttrs attrs)
{
    Shape shape = shape_for_write(mr, addr, size);
    MemTxResult result = MEMTX_OK;
    if (size < shape.min && !__atomic_load_n(&mr->widening_told, __ATOMIC_RELAXED)) {
        tell_widened(mr, addr, size, shape.min);
    }
    for (unsigned done = 0; done < size;) {
        Piece p = next_piece(&shape, addr + done, size - done);
        uint64_t part = low_bytes(val >> shift_of(&shape, size, done, p.take), p.take);
        part <<= shift_of(&shape, p.size, p.skip, p.take);
        result |= call_write(mr, p.addr, p.size, part, attrs);
        done += p.take;
    }
    return result;
}

MemTxResult access_split_read(MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t *val,
                              MemTxAttrs attrs)
{
    if (!is_one_piece(mr, addr, size)) {
        return read_pieces(mr, addr, size, val, attrs);
    }
    MemTxResult result = call_read(mr, addr, size, val, attrs);
    *val = low_bytes(*val, size);
    return result;
}

MemTxResult access_split_write(MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val,
                               MemTxAttrs attrs)
{
    if (!is_one_piece(mr, addr, size)) {
        return write_pieces(mr, addr, size, val, attrs);
    }
    return call_write(mr, addr, size, low_bytes(val, size), attrs);
}
