/* SPDX-License-Identifier: MIT
 *
 * Calls: the guest's accesses to addresses that are not mapped as memory. They go through the
 * space. Called by the engine, on the thread that runs the guest.
 */
#include "memory.h"
#include "program-counter.h"

/* After this number of calls without code running from ROM, the ROM is not mapped any more. */
#define CALLS_AWAY 64

/* Stops mapping the blocks of ROM when code has run elsewhere for a while. Accesses to the ROM
 * become calls again, and so do not have the limits of copies (engine.h). */
static void notice_where_code_runs(UnicornMemory *um)
{
    memory_context_lock(um->context);
    if (piece_list_find(&um->run, program_counter_read(um->engine.uc))) {
        um->away = 0;
    } else if (++um->away == CALLS_AWAY) {
        um->away = 0;
        um->run.count = 0;
        um_set_behind(um, um_lay_out(um));
    }
    memory_context_unlock(um->context);
}

/* Each call begins here and ends with leave(). At both places the engine can catch up with the
 * map, except for the piece of this call itself. */
static UnicornMemory *enter(CallSite *site)
{
    UnicornMemory *um = site->owner;

    um->engine.active = site;
    if (um->run.count != 0) {
        notice_where_code_runs(um);
    }
    if (um_is_behind(um)) {
        um_catch_up(um);
    }
    return um;
}

/* Another thread may have changed the map during the access, and the guest may know that from what
 * it has just read. So the next access must see the change. */
static void leave(UnicornMemory *um)
{
    if (um_is_behind(um)) {
        um_catch_up(um);
    }
    um->engine.active = NULL;
}

static uint64_t load(AddressSpace *as, hwaddr addr, unsigned size)
{
    switch (size) {
    case 1:
        return address_space_ldub(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);
    case 2:
        return address_space_lduw(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);
    case 4:
        return address_space_ldl(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);
    default:
        return address_space_ldq(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

void um_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value)
{
    switch (size) {
    case 1:
        address_space_stb(as, addr, (uint8_t)value, MEMTXATTRS_UNSPECIFIED, NULL);
        break;
    case 2:
        address_space_stw(as, addr, (uint16_t)value, MEMTXATTRS_UNSPECIFIED, NULL);
        break;
    case 4:
        address_space_stl(as, addr, (uint32_t)value, MEMTXATTRS_UNSPECIFIED, NULL);
        break;
    default:
        address_space_stq(as, addr, value, MEMTXATTRS_UNSPECIFIED, NULL);
        break;
    }
}

uint64_t um_called_read(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    CallSite *site = opaque;
    UnicornMemory *um = enter(site);
    uint64_t value = load(um->as, site->base + offset, size);

    (void)uc;
    leave(um);
    return value;
}

void um_called_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *opaque)
{
    CallSite *site = opaque;
    UnicornMemory *um = enter(site);

    (void)uc;
    um_store(um->as, site->base + offset, size, value);
    leave(um);
}
