/* SPDX-License-Identifier: MIT
 *
 * Cutting an access into pieces that a device's callbacks can do (specification 14.2, D1, R16).
 *
 *   access            |a a a a a a|            callbacks of 2 to 4 bytes, aligned
 *   pieces        |. a a a|a a a .|            '.': read along, not part of the access
 *                  skip 1          take 3
 *
 * A read touches as few bytes outside the access as it can. Each piece is the largest aligned one
 * inside the access. Only a piece that would be smaller than impl.min_access_size is widened. The
 * other bytes of a widened piece are thrown away. If reading them has an effect, the device has it.
 *
 * A write is cut in the same way if no piece has to be widened. Otherwise the device gets the whole
 * access, as the original does it: at its own address, aligned or not, with zeros in place of the
 * bytes that are added. These bytes are not read first, because a read may have effects that nobody
 * expects of a write.
 *
 * With MEMORY_QUIRK_IMPL_UNALIGNED reads are cut in the original's way, too.
 *
 * The first widened write to a region is reported to the guest log, because the device may put the
 * zeros into the registers next to it.
 */
#include "access/split.h"

#include "base/log.h"

/* The accesses that the callbacks of a device can do, and how a piece that is too small is
 * widened. */
typedef struct Shape {
    unsigned min;   /* bytes */
    unsigned max;   /* bytes */
    bool unaligned; /* the address of a piece need not be aligned to its size */
    bool cover;     /* widened to the aligned unit around it; else from its own address on */
    bool big_endian;
} Shape;

/* One callback, and which of its bytes belong to the access. */
typedef struct Piece {
    hwaddr addr;   /* in the region */
    unsigned size; /* of the callback */
    unsigned skip; /* how many of its bytes come before those of the access */
    unsigned take; /* how many of the bytes after them belong to the access */
} Piece;

static unsigned smaller(hwaddr a, hwaddr b)
{
    return (unsigned)(a < b ? a : b);
}

static unsigned power_below(unsigned value)
{
    return 1u << (31 - __builtin_clz(value));
}

/* The size that a device has stated, as a power of 2 of at most 8 bytes. 0 means 'usual'. */
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

/* The shape for a write. If a piece would have to be widened, pieces need not be aligned: the
 * device gets the access at its own address. */
static Shape shape_for_write(const Request *r)
{
    Shape shape = shape_of(r->mr);
    shape.cover = false;
    if (r->size < shape.min || r->offset % shape.min) {
        shape.unaligned = true;
    }
    return shape;
}

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

/* Returns by how many bits to shift a number of 'size' bytes to the right, so that the 'take' bytes
 * after the first 'skip' ones become its lowest bits. Bytes are counted in the order of their
 * addresses. */
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
        result |= access_callback_read(r, r->mr->ops->read, p.addr, p.size, &part);
        part = access_low_bytes(part >> shift_of(&shape, p.size, p.skip, p.take), p.take);
        all |= part << shift_of(&shape, r->size, done, p.take);
        done += p.take;
    }
    *val = all;
    return result;
}

/* Returns whether the calling thread is the first that asks. Later calls only read. */
static bool is_first_to_tell(MemoryRegion *mr)
{
    return !__atomic_load_n(&mr->widening_told, __ATOMIC_RELAXED) &&
           !__atomic_exchange_n(&mr->widening_told, true, __ATOMIC_RELAXED);
}

__attribute__((cold, noinline)) static void tell_widened(const Request *r, unsigned width)
{
    MemoryContext *ctx = r->mr->parent_obj.context;
    if (!ctx || !log_guest_wanted(ctx) || !is_first_to_tell(r->mr)) {
        return;
    }
    log_say(ctx, MEMORY_LOG_GUEST,
            "write of %u bytes at 0x%" PRIx64
            " of region '%s': the device is called with %u bytes "
            "(impl.min_access_size), and the added bytes are 0, so its next register may change; "
            "later writes like this to the region are not reported",
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
        result |= access_callback_write(r, r->mr->ops->write, p.addr, p.size, part);
        done += p.take;
    }
    return result;
}
