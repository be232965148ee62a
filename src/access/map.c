/* SPDX-License-Identifier: MIT
 *
 * Host pointers to guest memory (specification 12): address_space_map() and address_space_unmap().
 * A pointer leads into the memory itself where that is possible, else to a bounce buffer. A bounce
 * buffer for reading is filled when it is mapped; one for writing is written back when it is
 * unmapped.
 *
 * As in ldst.c, the public functions hold the usual map and unmap themselves, and call nothing for
 * it: a map for reading, of memory that lies in one range of a region without an owner, which the
 * same thread unmaps. Everything else is a jump to a function that takes over the read section.
 */
#include <physmem/map.h>

#include <assert.h>

#include "access/bounce.h"
#include "access/memory.h"
#include "access/transfer.h"
#include "base/probes.h"
#include "ram/pins.h"

#define OUT_OF_LINE __attribute__((noinline)) /* memory in one range does not pay for the rest */

/* Returns whether the program may have a pointer to the memory itself. The memory of a RAM device
 * is mapped, too (D12): the program then keeps to the widths that the device can do. */
static bool is_mappable(const Target *t, bool is_write)
{
    if (t->mr->kind == MEMORY_KIND_RAM_DEVICE) {
        return t->memory && !(is_write && t->readonly);
    }
    return access_is_direct(t, is_write);
}

/* Returns how many of 'want' bytes from addr on are one piece of host memory. The piece goes on in
 * the next range if that is the same region at the next offset. Looks at ACCESS_STEPS ranges at
 * most. */
static hwaddr stretch(const Access *a, const Target *first, hwaddr addr, hwaddr want,
                      bool is_write)
{
    hwaddr got = access_cut(want, first->most);
    for (unsigned steps = 1; got < want && steps < ACCESS_STEPS; steps++) {
        Target t = access_translate(a, addr + got, is_write);
        if (t.mr != first->mr || t.offset != first->offset + got || !is_mappable(&t, is_write)) {
            break;
        }
        got += access_cut(want - got, t.most);
    }
    return got;
}

/* Pins the memory, and takes a reference on the region's owner. Returns false if the host has no
 * memory for the pin. */
static inline bool pin(AddressSpace *as, MemoryRegion *mr, const uint8_t *host, hwaddr len,
                       bool is_write)
{
    if (!ram_pin(mr->ram_block, as, host, len, is_write)) {
        return false;
    }
    if (mr->owner) {
        object_ref(mr->owner);
    }
    return true;
}

static void *map_memory(AddressSpace *as, const Access *a, const Target *t, hwaddr addr,
                        hwaddr *plen, bool is_write)
{
    *plen = stretch(a, t, addr, *plen, is_write);
    if (!pin(as, t->mr, t->memory, *plen, is_write)) {
        *plen = 0;
        return NULL;
    }
    if (!is_write) {
        access_observe_read(a, t, addr, *plen);
    }
    return t->memory;
}

/* A buffer that the program does not have: while it is filled the program does not have it yet, and
 * while it is written back the program has given it up. Both call devices. If the thread is
 * cancelled there, a cleanup frees the buffer. */
typedef struct Kept {
    AddressSpace *as;
    Bounce *buffer; /* NULL: the program has it */
} Kept;

static void give_back(const Kept *k)
{
    if (k->buffer) {
        access_bounce_put(k->as, access_bounce_take(k->as, k->buffer->data));
    }
}

static void put(const Kept *k)
{
    access_bounce_put(k->as, k->buffer);
}

static void fill(AddressSpace *as, const Access *a, hwaddr addr, Bounce *b)
{
    __attribute__((cleanup(give_back))) Kept fresh = { as, b };
    access_read(a, addr, b->data, b->len);
    fresh.buffer = NULL;
}

static void *map_bounce(AddressSpace *as, const Access *a, const Target *t, hwaddr addr,
                        hwaddr *plen, bool is_write)
{
    hwaddr page = (hwaddr)1 << as->context->page_bits;
    hwaddr len = access_cut(*plen, page - 1);
    if (region_is_ram(t->mr)) {
        len = access_cut(len, t->rest);
    }
    Bounce *b = access_bounce_get(as, addr, len, a->attrs);
    if (!b) {
        *plen = 0;
        return NULL;
    }
    if (!is_write) {
        fill(as, a, addr, b);
    }
    *plen = len;
    return b->data;
}

/* A map of memory in one range. */
static OUT_OF_LINE void *map_spot(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                                  MemTxAttrs attrs, const Spot *spot)
{
    READ_SECTION_UNLESS(true);
    uint8_t *host = physmem_spot_host(spot, addr);
    if (!pin(as, spot->mr, host, *plen, is_write)) {
        *plen = 0;
        return NULL;
    }
    if (!is_write) {
        access_observe_spot_read(as->context, spot, addr, *plen, attrs);
    }
    return host;
}

/* A map that takes more than one range, or needs a translation or a buffer. */
static OUT_OF_LINE void *map_other(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                                   MemTxAttrs attrs, bool entered)
{
    read_enter_begun(entered);
    READ_SECTION_UNLESS(true);
    if (!*plen) {
        return NULL;
    }
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    Target t = access_translate(&a, addr, is_write);
    if (is_mappable(&t, is_write)) {
        return map_memory(as, &a, &t, addr, plen, is_write);
    }
    return map_bounce(as, &a, &t, addr, plen, is_write);
}

/* Returns whether a map for reading needs no more than a place in the thread's cell. */
static inline bool pin_quickly(const AddressSpace *as, const MemoryRegion *mr)
{
    return !mr->owner && !access_reads_watched(as->context) && ram_pin_quickly(mr->ram_block);
}

void *address_space_map(AddressSpace *as, hwaddr addr, hwaddr *plen, bool is_write,
                        MemTxAttrs attrs)
{
    PROBE(map, as->name, addr, *plen, (unsigned)is_write);
    unsigned long *entered;
    const Spot *spot = physmem_access_begin(as, addr, 1, &entered);
    unsigned how = is_write ? DIRECT_WRITE : DIRECT_READ;
    if (__builtin_expect(!spot || !access_spot_is_direct(spot, addr, *plen, how), 0)) {
        return map_other(as, addr, plen, is_write, attrs, entered != NULL);
    }
    if (is_write || !pin_quickly(as, spot->mr)) {
        return map_spot(as, addr, plen, is_write, attrs, spot);
    }
    uint8_t *host = physmem_spot_host(spot, addr);
    read_leave_quickly(entered);
    return host;
}

/* A pointer that is not in the memory of any block leads to a buffer. */
static void unmap_bounce(AddressSpace *as, const void *buffer, bool is_write, hwaddr access_len)
{
    Bounce *b = access_bounce_take(as, buffer);
    assert(b && access_len <= b->len);
    __attribute__((cleanup(put), unused)) const Kept used = { as, b };
    if (is_write && access_len) {
        address_space_write(as, b->addr, b->attrs, b->data, access_len);
    }
}

/* Marks the bytes that the program has written, and gives up the pin. Returns the region's owner,
 * or NULL: the caller drops the reference that pin() took. The region must not be used after the
 * pin is given up, because it may end then. */
static inline Object *unmap_pinned(RAMPin pin, const uint8_t *buffer, bool is_write,
                                   hwaddr access_len)
{
    MemoryRegion *mr = pin.block->mr;
    assert(mr);
    if (is_write && access_len) {
        access_observe_touched(mr, pin.start, buffer, access_len);
    }
    Object *owner = mr->owner;
    bool was_mapped = ram_pin_release(pin);
    assert(was_mapped);
    (void)was_mapped;
    return owner;
}

/* Returns false if the pointer is not in the memory of any block. */
static inline bool unmap_memory(AddressSpace *as, const uint8_t *buffer, hwaddr len, bool is_write,
                                hwaddr access_len, bool entered)
{
    Object *owner;
    {
        READ_SECTION_UNLESS(entered);
        RAMPin pin = ram_pin_take(as->context, as, buffer, len, is_write);
        if (!pin.block) {
            return false;
        }
        owner = unmap_pinned(pin, buffer, is_write, access_len);
    }
    if (owner) {
        object_unref(owner);
    }
    return true;
}

static OUT_OF_LINE void unmap_other(AddressSpace *as, void *buffer, hwaddr len, bool is_write,
                                    hwaddr access_len, bool entered)
{
    if (!unmap_memory(as, buffer, len, is_write, access_len, entered)) {
        unmap_bounce(as, buffer, is_write, access_len);
    }
}

/* Undoes pin_quickly(), if the pointer leads to the longest block, as most do. */
static inline bool unpin_quickly(const AddressSpace *as, const void *buffer)
{
    RAMBlock *rb = ram_pin_in_longest(as->context, buffer);
    return rb && rb->mr && !rb->mr->owner && ram_readers_remove_quickly(rb);
}

void address_space_unmap(AddressSpace *as, void *buffer, hwaddr len, bool is_write,
                         hwaddr access_len)
{
    PROBE(unmap, as->name, buffer, len, is_write, access_len);
    assert(access_len <= len);
    bool entered = cells_section_enter();
    if (!entered || is_write || !unpin_quickly(as, buffer)) {
        unmap_other(as, buffer, len, is_write, access_len, entered);
        return;
    }
    read_leave();
}
