/* SPDX-License-Identifier: MIT
 *
 * Bringing the engine up to date (memory.h). Called by the other parts of the adapter.
 */
#include "memory.h"

#include "layout.h"

bool um_lay_out(UnicornMemory *um)
{
    bool done = layout_compute(&um->ranges, &um->run, um->page_mask, &um->wanted);

    if (!done) {
        um->engine.error = UC_ERR_NOMEM;
    }
    return done;
}

void um_drop_leaving(UnicornMemory *um)
{
    for (size_t i = 0; i < um->leaving.count; i++) {
        memory_region_unref(um->leaving.items[i].mr);
    }
    um->leaving.count = 0;
}

/* Only a piece of calls can be active and stay, never memory. So nothing of 'leaving' is mapped
 * any more, even if the active piece is in the way. */
void um_bring_up_to_date(UnicornMemory *um)
{
    bool done = engine_apply(&um->engine, &um->wanted);

    um->blocker = done ? NULL : um->engine.active;
    um_set_behind(um, !done);
    um_drop_leaving(um);
}

void um_catch_up(UnicornMemory *um)
{
    CallSite *active = um->engine.active;

    memory_context_lock(um->context);
    if (um_is_behind(um) && (!active || um->blocker != active)) {
        um_bring_up_to_date(um);
    }
    memory_context_unlock(um->context);
}
