/* SPDX-License-Identifier: MIT
 *
 * memory_region_log_guest_error(), by which devices report mistakes of the guest to the guest log.
 * The library's own messages to that log come from access/, where an access is refused.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "region/region.h"

void memory_region_log_guest_error(MemoryRegion *mr, const char *fmt, ...)
{
    MemoryContext *ctx = mr ? mr->parent_obj.context : memory_context_current();
    char message[1024];
    va_list ap;
    if (!log_guest_wanted(ctx)) {
        return;
    }
    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    if (mr) {
        log_say(ctx, MEMORY_LOG_GUEST, "region '%s': %s", region_label(mr), message);
    } else {
        log_say(ctx, MEMORY_LOG_GUEST, "%s", message);
    }
}
