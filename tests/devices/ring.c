/* SPDX-License-Identifier: MIT
 *
 * Rings in guest memory; see ring.h.
 */
#include "ring.h"

Ring ring_at(AddressSpace *as, hwaddr base, uint16_t size)
{
    hwaddr available = base + 16 * (hwaddr)size;
    hwaddr used = (available + 4 + 2 * (hwaddr)size + 3) & ~(hwaddr)3;

    return (Ring){
        .as = as, .descriptors = base, .available = available, .used = used, .size = size
    };
}

void ring_describe(Ring *r, uint16_t index, hwaddr address, uint32_t length, uint16_t flags,
                   uint16_t next)
{
    hwaddr at = r->descriptors + 16 * (hwaddr)index;

    stq_le_phys(r->as, at, address);
    stl_le_phys(r->as, at + 8, length);
    stw_le_phys(r->as, at + 12, flags);
    stw_le_phys(r->as, at + 14, next);
}

void ring_offer(Ring *r, uint16_t head)
{
    stw_le_phys(r->as, r->available + 4 + 2 * (hwaddr)(r->offered % r->size), head);
    stw_le_phys(r->as, r->available + 2, ++r->offered);
}

void ring_set_flags(Ring *r, uint16_t flags)
{
    stw_le_phys(r->as, r->available, flags);
}

char *ring_take(Ring *r)
{
    hwaddr at = r->used + 4 + 8 * (hwaddr)(r->taken % r->size);

    if (lduw_le_phys(r->as, r->used + 2) == r->taken) {
        return g_strdup("-");
    }
    r->taken++;
    return g_strdup_printf("%u:%u", ldl_le_phys(r->as, at), ldl_le_phys(r->as, at + 4));
}
