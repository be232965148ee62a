/* SPDX-License-Identifier: MIT
 *
 * Faults: accesses to addresses where nothing is mapped yet, fetches from pieces of calls, and
 * writes to ROM that code runs from. Called by the engine, on the thread that runs the guest.
 */
#include "layout.h"
#include "memory.h"

/* Makes a write to ROM that code runs from, through the space. When this returns, the engine
 * writes to its copy. So the copy counts as wrong, and is replaced as soon as the engine may be
 * touched. If the write has changed the map, the engine catches up then, too. */
static bool write_rom(UnicornMemory *um, hwaddr addr, unsigned size, uint64_t value)
{
    if (!engine_spoil_rom(&um->engine, addr, addr)) {
        return false;
    }
    um->reporting = true;
    um_store(um->as, addr, size, value);
    um->reporting = false;
    um->blocker = NULL;
    um_set_behind(um, true);
    return true;
}

/* Called when the guest fetches code at addr. If ROM is there, maps its block from now on. */
static void run_from(UnicornMemory *um, hwaddr addr)
{
    const Piece *range = piece_list_find(&um->ranges, addr);
    hwaddr first = addr & ~(ROM_BLOCK - 1);
    Piece block = { .first = first, .last = first + (ROM_BLOCK - 1), .kind = MEMORY_SECTION_ROM };

    if (!range || range->kind != MEMORY_SECTION_ROM || piece_list_find(&um->run, first)) {
        return;
    }
    if (!piece_list_insert(&um->run, block)) {
        um->engine.error = UC_ERR_NOMEM;
    } else if (um_lay_out(um)) {
        um->away = 0;
        um_bring_up_to_date(um);
    }
}

/* Called after a fetch from a piece of calls. If memory is mapped there by now, the fetch can be
 * tried again. The engine does not do that by itself: unicorn_memory_run() starts it again. */
static void look_again(UnicornMemory *um, hwaddr addr)
{
    const Piece *piece = piece_list_find(&um->engine.mapped, addr);

    um->fetch_again = piece != NULL && piece->kind != MEMORY_SECTION_CALL;
}

/* Called when nothing was mapped at addr. If there is still nothing, maps calls there for an
 * access to data. Returns whether the engine can try again. */
static bool fill_gap(UnicornMemory *um, hwaddr addr, bool for_data)
{
    const Piece *piece = piece_list_find(&um->engine.mapped, addr);

    return piece != NULL || (for_data && engine_map_calls(&um->engine, addr));
}

static bool handle_fetch(UnicornMemory *um, uc_mem_type type, hwaddr addr)
{
    run_from(um, addr);
    if (type == UC_MEM_FETCH_PROT) {
        look_again(um, addr);
        return false;
    }
    return fill_gap(um, addr, false);
}

/* Returns whether the engine can try again. No callback is running, so the engine can catch up,
 * except while it reports a write to ROM. */
static bool handle_fault(UnicornMemory *um, uc_mem_type type, hwaddr addr, unsigned size,
                         uint64_t value)
{
    if (type == UC_MEM_WRITE_PROT) {
        return write_rom(um, addr, size, value);
    }
    if (um_is_behind(um)) {
        um_bring_up_to_date(um);
    }
    if (type == UC_MEM_FETCH_PROT || type == UC_MEM_FETCH_UNMAPPED) {
        return handle_fetch(um, type, addr);
    }
    return fill_gap(um, addr, true);
}

static bool fault(uc_engine *uc, uc_mem_type type, uint64_t addr, int size, int64_t value,
                  void *opaque)
{
    UnicornMemory *um = opaque;
    bool again;

    (void)uc;
    memory_context_lock(um->context);
    again = handle_fault(um, type, addr, (unsigned)size, (uint64_t)value);
    memory_context_unlock(um->context);
    return again;
}

uc_err um_hook_faults(UnicornMemory *um)
{
    const int faults = UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_FETCH_PROT;

    return uc_hook_add(um->engine.uc, &um->hook, faults, (void *)fault, um, 1, 0);
}
