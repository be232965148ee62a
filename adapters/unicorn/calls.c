/* SPDX-License-Identifier: MIT
 *
 * Accesses of the guest that go through the space: to all that is not mapped by pointer. Called by
 * the engine, on the thread that runs the guest.
 */
#include "memory.h"
#include "program-counter.h"

/* ROM that code has not run from for so many calls is called again. */
#define CALLS_AWAY 64

/* Forgets the blocks of ROM that code ran from when it has been elsewhere for a while: as calls
 * they are right in every respect. */
static void notice_where_code_runs(UnicornMemory *um)
{
    memory_context_lock(um->context);
    if (piece_list_find(&um->run, program_counter_read(um->engine.uc)) != NULL) {
        um->away = 0;
    } else if (++um->away == CALLS_AWAY) {
        um->away = 0;
        um->run.count = 0;
        um_set_behind(um, um_lay_out(um));
    }
    memory_context_unlock(um->context);
}

/* Every call passes here before and after its access: good moments to catch up, unless this very
 * piece is what the engine has been waiting for. */
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

/* Another thread's change may have come during the access; what the guest has just read may tell it
 * so. */
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
