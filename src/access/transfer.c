/* SPDX-License-Identifier: MIT
 *
 * Block transfers (specification 10.2): translate, do one step, go on. Memory goes to the end of
 * its range in one step, a hole too, a device takes what it can in one access. All steps see one
 * view. Most transfers are of memory and end in the range where they begin, or are one access of a
 * device: those take no loop.
 */
#include "access/transfer.h"

#include "access/memory.h"

hwaddr access_step(const Target *t, hwaddr len, bool is_write)
{
    len = access_cut(len, t->most);
    if (access_is_direct(t, is_write) || access_is_hole(t)) {
        return len;
    }
    return access_chunk_size(t->mr, t->offset, len);
}

/* The bytes at the low addresses of a number in host order. */
static void *first_bytes(uint64_t *val, unsigned size)
{
    return (uint8_t *)val + (PHYSMEM_HOST_BIG_ENDIAN ? sizeof *val - size : 0);
}

/* 1, 2, 4 or 8 bytes: an instruction each. */
static void copy_chunk(void *to, const void *from, unsigned size)
{
    switch (size) {
    case 1:
        memcpy(to, from, 1);
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    default:
        memcpy(to, from, 8);
    }
}

static MemOp host_order(unsigned size)
{
    return (MemOp)(size_memop(size) | (PHYSMEM_HOST_BIG_ENDIAN ? MO_BE : MO_LE));
}

MemTxResult access_chunk_read(const Target *t, void *buf, unsigned size, MemTxAttrs attrs)
{
    uint64_t val;
    MemTxResult result = access_dispatch_read(t, &val, host_order(size), attrs);
    copy_chunk(buf, first_bytes(&val, size), size);
    return result;
}

MemTxResult access_chunk_write(const Target *t, const void *buf, unsigned size, MemTxAttrs attrs)
{
    uint64_t val = 0;
    copy_chunk(first_bytes(&val, size), buf, size);
    return access_dispatch_write(t, val, host_order(size), attrs);
}

/* ---- One access of a device -------------------------------------------------------------- */

static bool is_one_call(const Spot *s, hwaddr addr, hwaddr len, MemTxAttrs attrs)
{
    return access_spot_calls(s, attrs) && len &&
           access_chunk_size(s->mr, s->offset + (addr - s->start), len) == len;
}

static MemTxResult read_call(const Spot *s, hwaddr addr, void *buf, unsigned size,
                             MemTxAttrs attrs)
{
    uint64_t val;
    MemTxResult result = access_spot_read(s, addr, &val, host_order(size), attrs);
    copy_chunk(buf, first_bytes(&val, size), size);
    return result;
}

static MemTxResult write_call(const Spot *s, hwaddr addr, const void *buf, unsigned size,
                              MemTxAttrs attrs)
{
    uint64_t val = 0;
    copy_chunk(first_bytes(&val, size), buf, size);
    return access_spot_write(s, addr, val, host_order(size), attrs);
}

/* ---- Reading ---------------------------------------------------------------------------- */

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
    return access_chunk_read(t, buf, (unsigned)len, a->attrs);
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

MemTxResult address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf,
                                    hwaddr len)
{
    READ_SECTION;
    FlatView *fv = address_space_to_flatview(as);
    const Spot *spot = access_spot_find(fv, addr);
    const uint8_t *host = access_spot_direct(spot, addr, len, DIRECT_READ);
    if (host) {
        access_observe_spot_read(as->context, spot, addr, len, attrs);
        access_memory_get(host, buf, len);
        return MEMTX_OK;
    }
    if (is_one_call(spot, addr, len, attrs)) {
        return read_call(spot, addr, buf, (unsigned)len, attrs);
    }
    Access a = access_of_space(as, fv, attrs);
    return access_read(&a, addr, buf, len);
}

/* What the caller of flatview_read_continue() knows of the first step: not how much of it is
 * visible, for the length of a translation goes beyond a device (10.3). */
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
    return access_chunk_write(t, buf, (unsigned)len, a->attrs);
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

MemTxResult address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, const void *buf,
                                hwaddr len)
{
    READ_SECTION;
    FlatView *fv = address_space_to_flatview(as);
    const Spot *spot = access_spot_find(fv, addr);
    uint8_t *host = access_spot_direct(spot, addr, len, DIRECT_WRITE);
    if (host) {
        access_memory_put(host, buf, len);
        access_observe_spot_write(spot, addr, len, attrs, DIRTY_CLIENTS_ALL);
        return MEMTX_OK;
    }
    if (is_one_call(spot, addr, len, attrs)) {
        return write_call(spot, addr, buf, (unsigned)len, attrs);
    }
    Access a = access_of_space(as, fv, attrs);
    return access_write(&a, addr, buf, len);
}

MemTxResult address_space_rw(AddressSpace *as, hwaddr addr, MemTxAttrs attrs, void *buf, hwaddr len,
                             bool is_write)
{
    return is_write ? address_space_write(as, addr, attrs, buf, len)
                    : address_space_read_full(as, addr, attrs, buf, len);
}
