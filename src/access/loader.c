/* SPDX-License-Identifier: MIT
 *
 * The writes of loaders and debuggers (address_space_write_rom()), and flushing the instruction
 * cache for code that was written. These writes change memory even where the guest may only read
 * it. They leave devices alone.
 */
#include "access/memory.h"
#include "access/refuse.h"
#include "access/transfer.h"

/* A RAM device is written with accesses of its own widths (R9), also if it is read-only. */
static void load_device(const Access *a, const Target *t, hwaddr addr, const void *buf, hwaddr len)
{
    Target writable = *t;
    writable.readonly = false;
    access_write_step(a, &writable, addr, buf, len);
}

/* Makes one step and returns its length. It skips what is not memory: a hole in one step, a device
 * in the steps of a transfer. It reports an error where the host itself can only read the memory (a
 * file), and where an IOMMU refuses (R9). */
static hwaddr load_step(const Access *a, const Target *t, hwaddr addr, const void *buf, hwaddr len,
                        MemTxResult *result)
{
    if (t->direct & DIRECT_READ) {
        len = access_cut(len, t->rest);
        if (t->direct & DIRECT_LOAD) {
            access_memory_write(a, t, buf, len, DIRTY_CLIENTS_ALL);
        } else {
            *result |= MEMTX_DECODE_ERROR;
        }
        return len;
    }
    len = access_step(t, len, true);
    if (t->mr->kind == MEMORY_KIND_RAM_DEVICE) {
        load_device(a, t, addr, buf, len);
    } else if (t->fault) {
        access_log_hole(a, t, addr, len, true);
        *result |= MEMTX_DECODE_ERROR;
    }
    return len;
}

MemTxResult address_space_write_rom(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                    const void *buf, hwaddr len)
{
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    MemTxResult result = MEMTX_OK;
    const uint8_t *from = buf;
    while (len) {
        Target t = access_translate(&a, addr, true);
        hwaddr step = load_step(&a, &t, addr, from, len, &result);
        addr += step;
        from += step;
        len -= step;
    }
    return result;
}

void address_space_flush_icache_range(AddressSpace *as, hwaddr start, hwaddr len)
{
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), MEMTXATTRS_UNSPECIFIED);
    while (len) {
        Target t = access_translate(&a, start, true);
        hwaddr step = access_cut(len, t.rest);
        if (t.direct & DIRECT_READ) {
            __builtin___clear_cache((char *)t.memory, (char *)t.memory + step);
        }
        start += step;
        len -= step;
    }
}
