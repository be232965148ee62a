/* SPDX-License-Identifier: MIT
 *
 * Dirty logging: which clients want to know that a range was written (specification section 17.1,
 * and the switch of 17.3).
 */
#ifndef PHYSMEM_DIRTY_H
#define PHYSMEM_DIRTY_H

#include <physmem/region.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Is logging for all clients of MIGRATION on in the current context? Read only. */
PHYSMEM_API bool *memory_context_global_dirty_log(MemoryContext *ctx);
#define global_dirty_log (*memory_context_global_dirty_log(memory_context_current()))

/* The clients (1 << DIRTY_MEMORY_...) that log the region now. Any thread. */
PHYSMEM_API uint8_t memory_region_get_dirty_log_mask(MemoryRegion *mr);

/* One bit of that mask. */
PHYSMEM_API bool memory_region_is_logging(MemoryRegion *mr, uint8_t client);

/* Counted switch of logging for display; client must be DIRTY_MEMORY_VGA. More offs than ons, or
 * more than 255 ons, are refused with a MISUSE message. Edit side. */
PHYSMEM_API void memory_region_set_log(MemoryRegion *mr, bool log, unsigned client);

/* Switches migration-wide logging of the current context on and off, telling all listeners (17.3).
 * Edit side. */
PHYSMEM_API void memory_global_dirty_log_start(void);
PHYSMEM_API void memory_global_dirty_log_stop(void);

PHYSMEM_END_DECLS

#endif
