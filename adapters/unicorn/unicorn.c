/* SPDX-License-Identifier: MIT
 *
 * Attaching a space to an engine, detaching it, and the loop that runs the guest. Called by the
 * program.
 */
#include <physmem/unicorn.h>

#include <stdlib.h>

#include "memory.h"
#include "program-counter.h"

/* ---- Life ------------------------------------------------------------------------------- */

static void init(UnicornMemory *um, uc_engine *uc, AddressSpace *as, size_t page_size)
{
    um->context = memory_context_current();
    um->as = as;
    um->page_mask = page_size - 1;
    um->engine.uc = uc;
    um->engine.read = um_called_read;
    um->engine.write = um_called_write;
    um->engine.owner = um;
    um_follow(um);
}

/* Whether the engine has nothing mapped. */
static bool is_blank(uc_engine *uc)
{
    uc_mem_region *regions = NULL;
    uint32_t count = 0;

    uc_mem_regions(uc, &regions, &count);
    uc_free(regions);
    return count == 0;
}

UnicornMemory *unicorn_memory_new(uc_engine *uc, AddressSpace *as, Error **errp)
{
    UnicornMemory *um;
    size_t page_size = 4096;
    uc_err error = UC_ERR_NOMEM;

    if (!is_blank(uc)) {
        error_setg(errp, "the engine has memory mapped already: unmap it first");
        return NULL;
    }
    um = calloc(1, sizeof(*um));
    if (um) {
        uc_query(uc, UC_QUERY_PAGE_SIZE, &page_size);
        init(um, uc, as, page_size);
        error = um_hook_faults(um);
    }
    if (error == UC_ERR_OK) {
        memory_listener_register(&um->listener, as);
        error = um->engine.error;
    }
    if (error != UC_ERR_OK) {
        error_setg(errp, "the engine refuses the address space: %s", uc_strerror(error));
        unicorn_memory_free(um);
        return NULL;
    }
    return um;
}

void unicorn_memory_free(UnicornMemory *um)
{
    if (!um) {
        return;
    }
    memory_listener_unregister(&um->listener);
    engine_clear(&um->engine);
    um_drop_leaving(um);
    if (um->hook != 0) {
        uc_hook_del(um->engine.uc, um->hook);
    }
    piece_list_free(&um->ranges);
    piece_list_free(&um->run);
    piece_list_free(&um->wanted);
    piece_list_free(&um->leaving);
    piece_list_free(&um->engine.mapped);
    piece_list_free(&um->engine.next);
    free(um);
}

/* ---- Running ---------------------------------------------------------------------------- */

static void set_running(UnicornMemory *um, bool running)
{
    memory_context_lock(um->context);
    um->running = running;
    um->runner = pthread_self();
    um->engine.active = NULL;
    um_catch_up(um);
    memory_context_unlock(um->context);
}

uc_err unicorn_memory_run(UnicornMemory *um, uint64_t begin, uint64_t until, uint64_t timeout_us,
                          size_t count)
{
    uc_err error;

    set_running(um, true);
    do {
        um->fetch_again = false;
        error = uc_emu_start(um->engine.uc, begin, until, timeout_us, count);
        begin = um->fetch_again ? program_counter_read(um->engine.uc) : begin;
    } while (error == UC_ERR_FETCH_PROT && um->fetch_again);
    set_running(um, false);
    return um->engine.error != UC_ERR_OK ? um->engine.error : error;
}

void unicorn_memory_forget_code(UnicornMemory *um, hwaddr addr, hwaddr len)
{
    if (len == 0) {
        return;
    }
    memory_context_lock(um->context);
    engine_forget_code(&um->engine, addr, addr + (len - 1));
    if (engine_spoil_rom(&um->engine, addr, addr + (len - 1))) {
        um_set_behind(um, true);
    }
    memory_context_unlock(um->context);
}
