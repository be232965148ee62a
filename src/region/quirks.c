/* SPDX-License-Identifier: MIT
 *
 * memory_region_set_quirks(): behaviours of the original that a program can choose for a single
 * region (specification 24: D1, D9). access/ reads MemoryRegion.quirks.
 */
#include "base/log.h"
#include "region/region.h"

/* The quirks about how a device's callbacks are called. The others change how a whole context
 * works. */
enum { OF_A_DEVICE = MEMORY_QUIRK_IMPL_UNALIGNED | MEMORY_QUIRK_REGION_OVERRUN };

void memory_region_set_quirks(MemoryRegion *mr, unsigned quirks)
{
    CONTEXT_LOCK(mr->parent_obj.context);
    if (quirks & ~(unsigned)OF_A_DEVICE) {
        misuse(mr->parent_obj.context,
               "%s: region '%s': the quirks 0x%x are not for single regions: choose them when "
               "the context is made",
               __func__, region_label(mr), quirks & ~(unsigned)OF_A_DEVICE);
        return;
    }
    __atomic_store_n(&mr->quirks, (uint8_t)(mr->parent_obj.context->quirks | quirks),
                     __ATOMIC_RELAXED);
}
