/* SPDX-License-Identifier: MIT
 *
 * Dispatch: may the access be made (specification 14.1, D9), is the device free to take it (D5),
 * in which byte order does it see it (14.3), and, for accesses by address, the lock around it. How
 * it is cut is in split.c.
 */
#include "access/dispatch.h"

#include <physmem/map.h>

#include "base/barrier.h"
#include "base/thread.h"
#include "region/coalesce.h"
#include "region/counting.h"
#include "region/ioeventfd.h"
#include "topology/topology.h"

/* ---- Validity (14.1) -------------------------------------------------------------------- */

static unsigned width_of(const MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write)
{
    bool narrow = size < mr->ops->impl.min_access_size;
    return narrow ? access_split_width(mr, addr, size, is_write) : size;
}

/* Where a region ends for callbacks of that width, which are all its device can do. */
static Int128 end_in_units(const MemoryRegion *mr, unsigned width)
{
    return (mr->size + width - 1) / width * width;
}

/* A RAM device ends with its memory, whatever the region's size was set to: behind it lies other
 * memory of the host, so no quirk allows that. What is in the visible range is in the region as it
 * was committed: the size that an open transaction gives it does not count yet (7). */
static __attribute__((noinline)) bool ends_behind_region(const MemoryRegion *mr, hwaddr addr,
                                                         unsigned size, bool is_write,
                                                         bool in_range)
{
    Int128 end = (Int128)addr + size;
    if (mr->kind == MEMORY_KIND_RAM_DEVICE && end > (Int128)access_memory_size(mr)) {
        return true;
    }
    unsigned width = width_of(mr, addr, size, is_write);
    bool leaves = (!in_range && end > mr->size) ||
                  (width > size && (Int128)addr + width > end_in_units(mr, width));
    return leaves && !access_has_quirk(mr, MEMORY_QUIRK_REGION_OVERRUN);
}

/* What is in the range, and not widened, usually needs no look. */
static bool leaves_region(const MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                          bool in_range)
{
    bool as_is = size >= mr->ops->impl.min_access_size;
    return !(in_range && as_is && mr->kind != MEMORY_KIND_RAM_DEVICE) &&
           ends_behind_region(mr, addr, size, is_write, in_range);
}

static bool has_callback(const MemoryRegionOps *ops, bool is_write)
{
    return is_write ? ops->write || ops->write_with_attrs : ops->read || ops->read_with_attrs;
}

static bool size_valid(const MemoryRegionOps *ops, unsigned size)
{
    unsigned max = ops->valid.max_access_size;
    return !max || (size <= max && size >= ops->valid.min_access_size);
}

/* All but the callback: a write may find an ioeventfd in place of one. */
static inline bool admits(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                          MemTxAttrs attrs, bool in_range)
{
    const MemoryRegionOps *ops = mr->ops;
    if (size > ACCESS_MAX || leaves_region(mr, addr, size, is_write, in_range)) {
        return false;
    }
    if (ops->valid.accepts && !ops->valid.accepts(mr->opaque, addr, size, is_write, attrs)) {
        return false;
    }
    return (ops->valid.unaligned || !(addr & (size - 1))) && size_valid(ops, size);
}

static inline bool accepts(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                           MemTxAttrs attrs, bool in_range)
{
    return has_callback(mr->ops, is_write) && admits(mr, addr, size, is_write, attrs, in_range);
}

/* An access to an alias is one to what it shows, if all of it is in the window (25), which ends at
 * 2^64 of its target. What is not stays with the alias, which rejects it. */
static MemoryRegion *follow_aliases(MemoryRegion *mr, hwaddr *addr, unsigned size)
{
    while (mr->alias && (Int128)*addr + size <= mr->size &&
           *addr <= HWADDR_MAX - mr->alias_offset) {
        *addr += mr->alias_offset;
        mr = mr->alias;
    }
    return mr;
}

bool memory_region_access_valid(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write,
                                MemTxAttrs attrs)
{
    mr = follow_aliases(mr, &addr, size);
    return accepts(mr, addr, size, is_write, attrs, false);
}

unsigned access_chunk_size(const MemoryRegion *mr, hwaddr offset, hwaddr len)
{
    hwaddr most = mr->ops->valid.max_access_size ? mr->ops->valid.max_access_size : 4;
    hwaddr align = offset & -offset;
    if (most > ACCESS_MAX) {
        most = ACCESS_MAX;
    }
    if (!mr->ops->impl.unaligned && align && align < most) {
        most = align;
    }
    if (len < most) {
        most = len;
    }
    return 1u << (63 - __builtin_clzll(most));
}

/* ---- The guest log ---------------------------------------------------------------------- */

__attribute__((cold, noinline)) static void log_refusal(MemoryRegion *mr, hwaddr addr,
                                                        unsigned size, bool is_write,
                                                        const char *why)
{
    region_count_refused(mr);
    if (mr->context && log_guest_wanted(mr->context)) {
        log_say(mr->context, MEMORY_LOG_GUEST, "%s of %u bytes at 0x%" PRIx64 " of region '%s': %s",
                is_write ? "write" : "read", size, addr, region_label(mr), why);
    }
}

void access_log_hole(const Access *a, const Target *t, hwaddr addr, hwaddr len, bool is_write)
{
    MemoryContext *ctx = a->fv->context;
    const char *what = is_write ? "write" : "read";
    if (a->fv == ctx->topology->nowhere) {
        misuse(ctx, "%s of %" PRIu64 " bytes at address 0x%" PRIx64 " of an address space "
               "whose address_space_init() was refused", what, len, addr);
        return;
    }
    if (!log_guest_wanted(ctx)) {
        return;
    }
    if (t->fault) {
        log_say(ctx, MEMORY_LOG_GUEST,
                "%s of %" PRIu64 " bytes at address 0x%" PRIx64 ": IOMMU '%s' %s", what, len, addr,
                region_label(t->faulted_by), t->fault);
    } else {
        log_say(ctx, MEMORY_LOG_GUEST,
                "%s of %" PRIu64 " bytes at address 0x%" PRIx64 ": nothing is there", what, len,
                addr);
    }
}

/* ---- The guard (D5) --------------------------------------------------------------------- */

/* A callback that is running on this thread; the chain lies on the stack. */
typedef struct CallbackFrame {
    const void *holder;
    const struct CallbackFrame *outer;
} Frame;

/* Whose callbacks exclude each other: those of one owner, or of a region that nobody owns. */
static const void *holder_of(const MemoryRegion *mr)
{
    return mr->owner ? (const void *)mr->owner : mr;
}

static bool is_busy(const void *holder)
{
    for (const Frame *f = thread_state.callback; f; f = f->outer) {
        if (f->holder == holder) {
            return true;
        }
    }
    return false;
}

static inline bool may_enter(const MemoryRegion *mr)
{
    return mr->reentrant || !is_busy(holder_of(mr));
}

static inline Frame frame_of(const MemoryRegion *mr)
{
    return (Frame){ holder_of(mr), thread_state.callback };
}

static inline const Frame *frame_enter(const Frame *frame)
{
    barrier_compiler(); /* a signal handler sees whole frames */
    thread_state.callback = frame;
    return frame;
}

static inline void frame_leave(const Frame *const *frame)
{
    thread_state.callback = (*frame)->outer;
}

/* Says that a callback of the region is running, until the end of the block, however it ends. */
#define IN_CALLBACK(mr)                                                                           \
    const Frame frame = frame_of(mr);                                                             \
    __attribute__((cleanup(frame_leave), unused)) const Frame *const frame_entered =              \
        frame_enter(&frame)

/* ---- Dispatch --------------------------------------------------------------------------- */

static MemTxResult not_accepted(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write)
{
    log_refusal(mr, addr, size, is_write, "not accepted");
    return MEMTX_DECODE_ERROR;
}

static MemTxResult is_being_accessed(MemoryRegion *mr, hwaddr addr, unsigned size, bool is_write)
{
    log_refusal(mr, addr, size, is_write, "the device is being accessed already");
    return MEMTX_ACCESS_ERROR;
}

static uint64_t swap_bytes(uint64_t val, unsigned size)
{
    return __builtin_bswap64(val) >> (64 - 8 * size);
}

/* Between the order of the device and the one that op says. */
static inline uint64_t reorder(const MemoryRegion *mr, uint64_t val, MemOp op)
{
    bool differ = region_is_big_endian(mr) != memop_big_endian(op);
    return differ ? swap_bytes(val, memop_size(op)) : val;
}

/* Counters that do not exist cost a look at the region, which is in the cache. */
static void count(const MemoryRegion *mr, unsigned size, bool is_write)
{
    if (__builtin_expect(__atomic_load_n(&mr->counter, __ATOMIC_RELAXED) != NULL, 0)) {
        (is_write ? region_count_write : region_count_read)(mr, size);
    }
}

static inline MemTxResult dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval, MemOp op,
                                        MemTxAttrs attrs, bool in_range)
{
    uint64_t val;
    unsigned size = memop_size(op);
    *pval = 0;
    if (!accepts(mr, addr, size, false, attrs, in_range)) {
        return not_accepted(mr, addr, size, false);
    }
    if (!may_enter(mr)) {
        return is_being_accessed(mr, addr, size, false);
    }
    IN_CALLBACK(mr);
    count(mr, size, false);
    MemTxResult result = access_split_read(mr, addr, size, &val, attrs);
    *pval = reorder(mr, val, op);
    return result;
}

MemTxResult memory_region_dispatch_read(MemoryRegion *mr, hwaddr addr, uint64_t *pval, MemOp op,
                                        MemTxAttrs attrs)
{
    mr = follow_aliases(mr, &addr, memop_size(op));
    return dispatch_read(mr, addr, pval, op, attrs, false);
}

/* The whole access is matched, in the device's order, and no callback is called: neither is one
 * needed, nor does the guard (D5) ask for one that is running (14.4, 18). */
static bool finds_ioeventfd(const MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val)
{
    return __atomic_load_n(&mr->ioeventfds, __ATOMIC_RELAXED) &&
           !mr->context->hooks.accelerates_ioeventfds && ioeventfd_signal(mr, addr, size, val);
}

static inline MemTxResult dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data, MemOp op,
                                         MemTxAttrs attrs, bool in_range)
{
    unsigned size = memop_size(op);
    if (!admits(mr, addr, size, true, attrs, in_range)) {
        return not_accepted(mr, addr, size, true);
    }
    uint64_t val = reorder(mr, data, op);
    if (finds_ioeventfd(mr, addr, size, val)) {
        count(mr, size, true);
        return MEMTX_OK;
    }
    if (!has_callback(mr->ops, true)) {
        return not_accepted(mr, addr, size, true);
    }
    if (!may_enter(mr)) {
        return is_being_accessed(mr, addr, size, true);
    }
    IN_CALLBACK(mr);
    count(mr, size, true);
    return access_split_write(mr, addr, size, val, attrs);
}

MemTxResult memory_region_dispatch_write(MemoryRegion *mr, hwaddr addr, uint64_t data, MemOp op,
                                         MemTxAttrs attrs)
{
    mr = follow_aliases(mr, &addr, memop_size(op));
    return dispatch_write(mr, addr, data, op, attrs, false);
}

/* ---- By address ------------------------------------------------------------------------- */

static void flush_coalesced(MemoryContext *ctx)
{
    CONTEXT_LOCK(ctx);
    coalesced_writes_flush(ctx);
}

/* Has the lock of the region's context to be taken for its callbacks? */
static bool needs_lock(const MemoryRegion *mr)
{
    return mr->context && !mr->lockless_io;
}

/* Takes the lock that the region's callbacks want; NULL if they want none. It may wait in a read
 * section, because the holder of the lock never waits for readers. */
static inline MemoryContext *lock_for_callbacks(const MemoryRegion *mr)
{
    MemoryContext *ctx = needs_lock(mr) ? mr->context : NULL;
    if (ctx) {
        memory_context_lock(ctx);
    }
    return ctx;
}

static inline void unlock_after_callbacks(MemoryContext *const *ctx)
{
    if (*ctx) {
        memory_context_unlock(*ctx);
    }
}

/* Holds the lock that the region's callbacks want, until the end of the block, however it ends: the
 * thread may be cancelled in a callback. */
#define CALLBACKS_LOCK(mr)                                                                        \
    __attribute__((cleanup(unlock_after_callbacks), unused)) MemoryContext *const locked =        \
        lock_for_callbacks(mr)

static inline void flush_before_callback(MemoryRegion *mr)
{
    if (__atomic_load_n(&mr->flush_coalesced_mmio, __ATOMIC_RELAXED)) {
        flush_coalesced(mr->context);
    }
}

static bool is_in_range(const Target *t, unsigned size)
{
    return size - 1 <= t->rest;
}

/* A RAM device takes every write: that the guest may not write here is known to the range only. */
static bool is_protected(const Target *t)
{
    return t->readonly && region_is_ram(t->mr);
}

/* Why the access must not get as far as the device; MEMTX_OK: it may. What an IOMMU grants ends
 * with the page, however wide the registers are, and the callbacks. */
static MemTxResult hindrance(const Target *t, unsigned size, bool is_write, MemTxAttrs attrs,
                             const char **why)
{
    if (!access_in_page(t, width_of(t->mr, t->offset, size, is_write))) {
        *why = "leaves the page of an IOMMU";
        return MEMTX_DECODE_ERROR;
    }
    if (is_write && is_protected(t)) {
        *why = "read-only";
        return MEMTX_DECODE_ERROR;
    }
    if (attrs.memory && !region_is_ram(t->mr)) {
        *why = "for memory only";
        return MEMTX_ACCESS_ERROR;
    }
    return MEMTX_OK;
}

/* The same, which the guest log hears of. */
static MemTxResult hinder(const Target *t, unsigned size, bool is_write, MemTxAttrs attrs)
{
    const char *why;
    MemTxResult refusal = hindrance(t, size, is_write, attrs, &why);
    if (refusal != MEMTX_OK) {
        log_refusal(t->mr, t->offset, size, is_write, why);
    }
    return refusal;
}

static inline MemTxResult locked_read(MemoryRegion *mr, hwaddr offset, uint64_t *val, MemOp op,
                                      MemTxAttrs attrs, bool in_range)
{
    CALL_OUT;
    CALLBACKS_LOCK(mr);
    flush_before_callback(mr);
    return dispatch_read(mr, offset, val, op, attrs, in_range);
}

static inline MemTxResult locked_write(MemoryRegion *mr, hwaddr offset, uint64_t val, MemOp op,
                                       MemTxAttrs attrs, bool in_range)
{
    CALL_OUT;
    CALLBACKS_LOCK(mr);
    flush_before_callback(mr);
    return dispatch_write(mr, offset, val, op, attrs, in_range);
}

MemTxResult access_dispatch_read(const Target *t, uint64_t *val, MemOp op, MemTxAttrs attrs)
{
    unsigned size = memop_size(op);
    MemTxResult result = hinder(t, size, false, attrs);
    if (result != MEMTX_OK) {
        *val = 0;
        return result;
    }
    return locked_read(t->mr, t->offset, val, op, attrs, is_in_range(t, size));
}

MemTxResult access_dispatch_write(const Target *t, uint64_t val, MemOp op, MemTxAttrs attrs)
{
    unsigned size = memop_size(op);
    MemTxResult result = hinder(t, size, true, attrs);
    if (result != MEMTX_OK) {
        return result;
    }
    return locked_write(t->mr, t->offset, val, op, attrs, is_in_range(t, size));
}

static bool is_in_spot(const Spot *s, hwaddr addr, unsigned size)
{
    return size - 1 <= s->span - (addr - s->start);
}

MemTxResult access_spot_read(const Spot *s, hwaddr addr, uint64_t *val, MemOp op, MemTxAttrs attrs)
{
    return locked_read(s->mr, s->offset + (addr - s->start), val, op, attrs,
                       is_in_spot(s, addr, memop_size(op)));
}

MemTxResult access_spot_write(const Spot *s, hwaddr addr, uint64_t val, MemOp op, MemTxAttrs attrs)
{
    return locked_write(s->mr, s->offset + (addr - s->start), val, op, attrs,
                        is_in_spot(s, addr, memop_size(op)));
}

bool access_dispatch_valid(const Target *t, unsigned size, bool is_write, MemTxAttrs attrs)
{
    const char *why;
    if (hindrance(t, size, is_write, attrs, &why) != MEMTX_OK) {
        return false;
    }
    bool in_range = is_in_range(t, size);
    if (!t->mr->ops->valid.accepts) {
        return accepts(t->mr, t->offset, size, is_write, attrs, in_range);
    }
    CALL_OUT;
    CALLBACKS_LOCK(t->mr);
    return accepts(t->mr, t->offset, size, is_write, attrs, in_range);
}

void qemu_flush_coalesced_mmio_buffer(void)
{
    flush_coalesced(memory_context_current());
}
