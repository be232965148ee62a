/* SPDX-License-Identifier: MIT
 *
 * Behaviours of the original that a single region can have (specification 24: D1, D9). access/ asks
 * for them.
 */
#include "base/log.h"
#include "region/region.h"

/* The other quirks are about the way of an access to a device, so only a context has them. */
enum { OF_A_DEVICE = MEMORY_QUIRK_IMPL_UNALIGNED | MEMORY_QUIRK_REGION_OVERRUN };

void memory_region_set_quirks(MemoryRegion *mr, unsigned quirks)
{
    CONTEXT_LOCK(mr->context);
    if (quirks & ~(unsigned)OF_A_DEVICE) {
        misuse(mr->context, "%s: region '%s': the quirks 0x%x can only be chosen for a context",
               __func__, region_label(mr), quirks & ~(unsigned)OF_A_DEVICE);
        return;
    }
    __atomic_store_n(&mr->quirks, (uint8_t)(mr->context->quirks | quirks), __ATOMIC_RELAXED);
}
