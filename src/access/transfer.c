/* SPDX-License-Identifier: MIT
 *
 * Block transfers (specification 10.2): translate, do one step, go on. In memory and in a hole a
 * step goes to the end of the range. At a device it is one access. All steps see one view.
 * Transfers that need no loop are in rw.c.
 */
#include "access/transfer.h"

#include "access/dispatch.h"
#include "access/memory.h"
#include "access/refuse.h"

/* The access must be aligned, unless the device takes unaligned ones. */
static hwaddr largest_chunk(const MemoryRegion *mr, hwaddr offset)
{
    hwaddr most = access_most(mr), align = offset & -offset;
    return !mr->ops->impl.unaligned && align && align < most ? align : most;
}

unsigned access_chunk_size(const MemoryRegion *mr, hwaddr offset, hwaddr len)
{
    hwaddr most = largest_chunk(mr, offset);
    return 1u << (63 - __builtin_clzll(len < most ? len : most));
}

hwaddr access_step(const Target *t, hwaddr len, bool is_write)
{
    len = access_cut(len, t->most);
    if (access_is_direct(t, is_write) || access_is_hole(t)) {
        return len;
    }
    return access_chunk_size(t->mr, t->offset, len);
}

/* ---- Reading ---------------------------------------------------------------------------- */

static MemTxResult read_device(const Access *a, const Target *t, void *buf, unsigned size)
{
    Request r = access_target_request(t, access_host_order(size), a->attrs, false);
    MemTxResult result = access_dispatch_at(t, &r);
    access_number_put(buf, r.val, size);
    return result;
}

static MemTxResult read_step(const Access *a, const Target *t, hwaddr addr, void *buf, hwaddr len)
{
    if (access_is_direct(t, false)) {
        access_memory_read(a, t, addr, buf, len);
        return MEMTX_OK;
    }
    if (access_is_hole(t)) {
        access_log_hole(a, t, addr, len, false);
        memset(buf, t->hole.byte, len);
        return t->hole.result;
    }
    return read_device(a, t, buf, (unsigned)len);
}

static MemTxResult read_from(const Access *a, Target *t, hwaddr addr, uint8_t *buf, hwaddr len)
{
    MemTxResult result = MEMTX_OK;
    for (;;) {
        hwaddr step = access_step(t, len, false);
        result |= read_step(a, t, addr, buf, step);
        len -= step;
        if (!len) {
            return result;
        }
        addr += step;
        buf += step;
        *t = access_translate(a, addr, false);
    }
}

MemTxResult access_read(const Access *a, hwaddr addr, void *buf, hwaddr len)
{
    if (!len) {
        return MEMTX_OK;
    }
    Target t = access_translate(a, addr, false);
    return read_from(a, &t, addr, buf, len);
}

/* The target that the caller of flatview_read_continue() has got from flatview_translate(). Of a
 * device the caller does not know how much is visible: the length of a translation may go beyond it
 * (specification 10.3). */
static Target continued(const Access *a, MemoryRegion *mr, hwaddr offset, hwaddr len)
{
    Target t = {
        .mr = mr,
        .offset = offset,
        .most = len - 1,
        .page = HWADDR_MAX,
        .hole = a->hole,
    };
    hwaddr size = access_memory_size(mr);
    if (memory_access_is_direct(mr, false) && offset < size) {
        t.memory = mr->host + offset;
        t.direct = DIRECT_READ;
        t.most = access_cut(len, size - offset - 1) - 1;
    }
    return t;
}

MemTxResult flatview_read_continue(FlatView *fv, hwaddr addr, MemTxAttrs attrs, void *buf,
                                   hwaddr len, hwaddr addr1, hwaddr l, MemoryRegion *mr)
{
    READ_SECTION;
    Access a = access_of_view(fv, attrs);
    if (!len || !l) {
        return access_read(&a, addr, buf, len);
    }
    Target t = continued(&a, mr, addr1, l);
    return read_from(&a, &t, addr, buf, len);
}

/* ---- Writing ---------------------------------------------------------------------------- */

static MemTxResult write_device(const Access *a, const Target *t, const void *buf, unsigned size)
{
    Request r = access_target_request(t, access_host_order(size), a->attrs, true);
    r.val = access_number_at(buf, size);
    return access_dispatch_at(t, &r);
}

MemTxResult access_write_step(const Access *a, const Target *t, hwaddr addr, const void *buf,
                              hwaddr len)
{
    if (access_is_direct(t, true)) {
        access_memory_write(a, t, buf, len, DIRTY_CLIENTS_ALL);
        return MEMTX_OK;
    }
    if (access_is_hole(t)) {
        access_log_hole(a, t, addr, len, true);
        return t->hole.result;
    }
    return write_device(a, t, buf, (unsigned)len);
}

MemTxResult access_write(const Access *a, hwaddr addr, const void *buf, hwaddr len)
{
    MemTxResult result = MEMTX_OK;
    const uint8_t *from = buf;
    while (len) {
        Target t = access_translate(a, addr, true);
        hwaddr step = access_step(&t, len, true);
        result |= access_write_step(a, &t, addr, from, step);
        addr += step;
        from += step;
        len -= step;
    }
    return result;
}
