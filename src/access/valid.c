/* SPDX-License-Identifier: MIT
 *
 * address_space_access_valid(): whether a transfer would be accepted. It takes the steps of a
 * transfer and moves no data. A guest may choose the length, so the number of steps is limited:
 * steps that are alike are judged once, and after ACCESS_STEPS different ones the answer is "no"
 * (specification 10.2, R4).
 */
#include "access/dispatch.h"
#include "access/transfer.h"
#include "base/log.h"

/* Returns how many bytes the answer for this access holds for. The accesses that follow have the
 * same answer as long as they have the same size and alignment. If the device has a valid.accepts,
 * it may answer differently for each access. If the access is widened, the answer depends on how
 * near the end of the region is. In both cases the answer holds for this access only. */
static hwaddr run_of(const Target *t, hwaddr chunk, hwaddr len)
{
    const MemoryRegionOps *ops = t->mr->ops;
    bool largest = access_chunk_size(t->mr, t->offset + chunk, ACCESS_MAX) == chunk;
    hwaddr same = access_cut(len, t->rest) / chunk * chunk;
    bool alike = !ops->valid.accepts && chunk >= ops->impl.min_access_size;
    return alike && largest && same > chunk ? same : chunk;
}

/* Returns how many bytes from the target on are accepted; 0 if the next access is not. */
static hwaddr valid_step(const Access *a, const Target *t, hwaddr len, bool is_write)
{
    hwaddr step = access_step(t, len, is_write);
    if (access_is_direct(t, is_write)) {
        return step;
    }
    if (access_is_hole(t)) {
        return t->hole.result == MEMTX_OK ? step : 0;
    }
    Request r = access_target_request(t, size_memop((unsigned)step), a->attrs, is_write);
    if (!access_dispatch_valid(t, &r)) {
        return 0;
    }
    return run_of(t, step, len);
}

static bool give_up(MemoryContext *ctx, hwaddr addr, hwaddr len)
{
    if (log_guest_wanted(ctx)) {
        log_say(ctx, MEMORY_LOG_GUEST,
                "address_space_access_valid: gave up after %d steps, at address 0x%" PRIx64
                ", with %" PRIu64 " bytes to go",
                ACCESS_STEPS, addr, len);
    }
    return false;
}

bool address_space_access_valid(AddressSpace *as, hwaddr addr, hwaddr len, bool is_write,
                                MemTxAttrs attrs)
{
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    for (unsigned steps = 0; len; steps++) {
        if (steps == ACCESS_STEPS) {
            return give_up(as->context, addr, len);
        }
        Target t = access_translate(&a, addr, is_write);
        hwaddr step = valid_step(&a, &t, len, is_write);
        if (!step) {
            return false;
        }
        addr += step;
        len -= step;
    }
    return true;
}
