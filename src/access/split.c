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
#include "access/split.h"

#include "access/accept.h"

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
        .max = stated_size(mr->ops->impl.max_access_size, ACCESS_USUAL_MAX),
        .unaligned = mr->ops->impl.unaligned || faithful,
        .cover = !faithful,
        .big_endian = region_is_big_endian(mr),
    };
}

/* Can every piece be aligned and none too small? If not, the access goes as it is. */
static Shape shape_for_write(const Request *r)
{
    Shape shape = shape_of(r->mr);
    shape.cover = false;
    if (r->size < shape.min || r->offset % shape.min) {
        shape.unaligned = true;
    }
    return shape;
}

/* A piece that covers is an aligned unit, so it lies in the region as far as the access does. */
unsigned access_split_width(const Request *r)
{
    Shape shape = r->is_write ? shape_for_write(r) : shape_of(r->mr);
    return r->size < shape.min && !shape.cover ? shape.min : r->size;
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

/* Where 'take' bytes, 'skip' bytes into a number of 'size' bytes, begin: in bits. */
static unsigned shift_of(const Shape *shape, unsigned size, unsigned skip, unsigned take)
{
    return 8 * (shape->big_endian ? size - skip - take : skip);
}

MemTxResult access_read_pieces(const Request *r, uint64_t *val)
{
    Shape shape = shape_of(r->mr);
    MemTxResult result = MEMTX_OK;
    uint64_t all = 0;
    for (unsigned done = 0; done < r->size;) {
        Piece p = next_piece(&shape, r->offset + done, r->size - done);
        uint64_t part;
        result |= access_callback_read(r, p.addr, p.size, &part);
        part = access_low_bytes(part >> shift_of(&shape, p.size, p.skip, p.take), p.take);
        all |= part << shift_of(&shape, r->size, done, p.take);
        done += p.take;
    }
    *val = all;
    return result;
}

__attribute__((cold, noinline)) static void tell_widened(const Request *r, unsigned width)
{
    MemoryContext *ctx = r->mr->context;
    if (!ctx || !log_guest_wanted(ctx) ||
        __atomic_exchange_n(&r->mr->widening_told, true, __ATOMIC_RELAXED)) {
        return;
    }
    log_say(ctx, MEMORY_LOG_GUEST,
            "write of %u bytes at 0x%" PRIx64 " of region '%s': its device is called with %u bytes "
            "(impl.min_access_size), of which the others are 0; later writes like this to the "
            "region are not reported",
            r->size, r->offset, region_label(r->mr), width);
}

MemTxResult access_write_pieces(const Request *r, uint64_t val)
{
    Shape shape = shape_for_write(r);
    MemTxResult result = MEMTX_OK;
    if (r->size < shape.min && !__atomic_load_n(&r->mr->widening_told, __ATOMIC_RELAXED)) {
        tell_widened(r, shape.min);
    }
    for (unsigned done = 0; done < r->size;) {
        Piece p = next_piece(&shape, r->offset + done, r->size - done);
        uint64_t part = access_low_bytes(val >> shift_of(&shape, r->size, done, p.take), p.take);
        part <<= shift_of(&shape, p.size, p.skip, p.take);
        result |= access_callback_write(r, p.addr, p.size, part);
        done += p.take;
    }
    return result;
}
