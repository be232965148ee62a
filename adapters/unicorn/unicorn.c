/* SPDX-License-Identifier: MIT
 *
 * The adapter: a listener that keeps the ranges of a space, the callbacks and hooks of an engine,
 * and the loop that runs the guest.
 *
 * Everything here is protected by the context's lock. The engine itself may only be touched by the
 * thread that runs the guest, or by any while it does not run. When another thread changes the
 * map, or when the piece whose callback is running is in the way, the engine is 'behind'; it
 * catches up at the guest's next call from elsewhere, at its next fault, and before and after each
 * run.
 */
#include <physmem/unicorn.h>

#include <pthread.h>
#include <stdlib.h>

#include "engine.h"
#include "layout.h"
#include "program-counter.h"

/* ROM that code has not run from for so many calls is called again. */
#define CALLS_AWAY 64

struct UnicornMemory {
    MemoryListener listener;
    MemoryContext *context;
    AddressSpace *as;
    Engine engine;
    hwaddr page_mask;
    PieceList ranges;  /* whole pages of memory that the space shows; each refers to its region */
    PieceList run;     /* blocks of ROM that code runs from */
    unsigned away;     /* calls since it last did */
    PieceList wanted;  /* the layout of 'ranges' */
    PieceList leaving; /* ranges that may still be mapped: references to be dropped */
    bool changed;      /* 'ranges' was, in this commit */
    bool behind;       /* the engine is not as wanted; atomic */
    CallSite *blocker; /* the active piece that was in the way at the last attempt */
    bool running;
    bool reporting;    /* the engine reports a write: it must not be touched */
    pthread_t runner;
    bool fetch_again; /* the engine caught up at a fetch */
    uc_hook hook;
};

/* ---- Bringing the engine up to date ----------------------------------------------------- */

static void set_behind(UnicornMemory *um, bool behind)
{
    __atomic_store_n(&um->behind, behind, __ATOMIC_RELEASE);
}

static bool is_behind(const UnicornMemory *um)
{
    return __atomic_load_n(&um->behind, __ATOMIC_ACQUIRE);
}

static void drop_leaving(UnicornMemory *um)
{
    for (size_t i = 0; i < um->leaving.count; i++) {
        memory_region_unref(um->leaving.items[i].mr);
    }
    um->leaving.count = 0;
}

/* Memory is never what stays mapped, so what leaves may go even if the active piece blocks. */
static void bring_up_to_date(UnicornMemory *um)
{
    bool done = engine_apply(&um->engine, &um->wanted);

    um->blocker = done ? NULL : um->engine.active;
    set_behind(um, !done);
    drop_leaving(um);
}

static void catch_up(UnicornMemory *um)
{
    CallSite *active = um->engine.active;

    memory_context_lock(um->context);
    if (is_behind(um) && (active == NULL || um->blocker != active)) {
        bring_up_to_date(um);
    }
    memory_context_unlock(um->context);
}

static bool engine_is_ours(const UnicornMemory *um)
{
    return !um->running || (pthread_equal(um->runner, pthread_self()) && !um->reporting);
}

/* ---- The listener ----------------------------------------------------------------------- */

static UnicornMemory *from_listener(MemoryListener *listener)
{
    return (UnicornMemory *)((char *)listener - offsetof(UnicornMemory, listener));
}

/* The engine's accesses are the program's own, so protected RAM is not for it. */
static MemorySectionKind kind_of(const MemoryRegionSection *section)
{
    return memory_region_is_protected(section->mr) ? MEMORY_SECTION_CALL
                                                   : memory_region_section_get_kind(section);
}

/* Cuts a range to the pages of the engine that it has for itself: it may begin or end within a
 * page, or share one with another range. False if there are none. */
static bool whole_pages(const UnicornMemory *um, MemoryRegionSection *section)
{
    return memory_region_section_intersect_pages(section, um->page_mask + 1);
}

static Piece range_of(const MemoryRegionSection *section, MemorySectionKind kind)
{
    return (Piece){ .first = section->offset_within_address_space,
                    .last = memory_region_section_get_last(section),
                    .kind = kind,
                    .host = memory_region_section_get_ram_ptr(section),
                    .mr = section->mr };
}

static void range_add(MemoryListener *listener, MemoryRegionSection *section)
{
    UnicornMemory *um = from_listener(listener);
    MemorySectionKind kind = kind_of(section);
    MemoryRegionSection part = *section;

    if (kind == MEMORY_SECTION_CALL || !memory_region_section_intersect_memory(&part) ||
        !whole_pages(um, &part)) {
        return;
    }
    if (!piece_list_insert(&um->ranges, range_of(&part, kind))) {
        um->engine.error = UC_ERR_NOMEM;
        return;
    }
    memory_region_ref(part.mr);
    um->changed = true;
}

/* The reference is dropped when the engine cannot reach the memory any more. */
static void range_del(MemoryListener *listener, MemoryRegionSection *section)
{
    UnicornMemory *um = from_listener(listener);
    MemoryRegionSection part = *section;
    const Piece *range = NULL;

    if (whole_pages(um, &part)) {
        range = piece_list_find(&um->ranges, part.offset_within_address_space);
    }
    if (range == NULL) {
        return;
    }
    if (piece_list_reserve(&um->leaving, um->leaving.count + 1)) {
        piece_list_push(&um->leaving, *range);
    }
    piece_list_remove(&um->ranges, range->first);
    um->changed = true;
}

static bool lay_out(UnicornMemory *um)
{
    bool done = layout_compute(&um->ranges, &um->run, um->page_mask, &um->wanted);

    if (!done) {
        um->engine.error = UC_ERR_NOMEM;
    }
    return done;
}

static void map_committed(MemoryListener *listener)
{
    UnicornMemory *um = from_listener(listener);

    if (!um->changed) {
        return;
    }
    um->changed = false;
    if (!lay_out(um)) {
        return;
    }
    if (engine_is_ours(um)) {
        bring_up_to_date(um);
    } else {
        um->blocker = NULL;
        set_behind(um, true);
    }
}

/* ---- What the guest does ---------------------------------------------------------------- */

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
        set_behind(um, lay_out(um));
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
    if (is_behind(um)) {
        catch_up(um);
    }
    return um;
}

/* Another thread's change may have come during the access; what the guest has just read may tell it
 * so. */
static void leave(UnicornMemory *um)
{
    if (is_behind(um)) {
        catch_up(um);
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

static void store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value)
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

static uint64_t called_read(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    CallSite *site = opaque;
    UnicornMemory *um = enter(site);
    uint64_t value = load(um->as, site->base + offset, size);

    (void)uc;
    leave(um);
    return value;
}

static void called_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value,
                         void *opaque)
{
    CallSite *site = opaque;
    UnicornMemory *um = enter(site);

    (void)uc;
    store(um->as, site->base + offset, size, value);
    leave(um);
}

/* A write to ROM that code runs from. It is made through the space; then the engine writes to its
 * copy, which therefore goes at the next opportunity, as does what the write changed in the map. */
static bool write_rom(UnicornMemory *um, hwaddr addr, unsigned size, uint64_t value)
{
    if (!engine_spoil_rom(&um->engine, addr, addr)) {
        return false;
    }
    um->reporting = true;
    store(um->as, addr, size, value);
    um->reporting = false;
    um->blocker = NULL;
    set_behind(um, true);
    return true;
}

/* Code wants to run at addr: if that is ROM, its block is mapped from now on. */
static void run_from(UnicornMemory *um, hwaddr addr)
{
    const Piece *range = piece_list_find(&um->ranges, addr);
    hwaddr first = addr & ~(ROM_BLOCK - 1);
    Piece block = { .first = first, .last = first + (ROM_BLOCK - 1), .kind = MEMORY_SECTION_ROM };

    if (range == NULL || range->kind != MEMORY_SECTION_ROM ||
        piece_list_find(&um->run, first) != NULL) {
        return;
    }
    if (!piece_list_insert(&um->run, block)) {
        um->engine.error = UC_ERR_NOMEM;
    } else if (lay_out(um)) {
        um->away = 0;
        bring_up_to_date(um);
    }
}

/* A fetch from calls, perhaps only because the engine was behind. It does not try again by itself:
 * the run ends and begins anew. */
static void look_again(UnicornMemory *um, hwaddr addr)
{
    const Piece *piece = piece_list_find(&um->engine.mapped, addr);

    um->fetch_again = piece != NULL && piece->kind != MEMORY_SECTION_CALL;
}

/* Nothing is mapped: there may be memory by now; for data there is always something to call. */
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

/* True lets the engine try again. No callback is running, so nothing keeps it from catching up,
 * except while it reports a write to ROM. */
static bool handle_fault(UnicornMemory *um, uc_mem_type type, hwaddr addr, unsigned size,
                         uint64_t value)
{
    if (type == UC_MEM_WRITE_PROT) {
        return write_rom(um, addr, size, value);
    }
    if (is_behind(um)) {
        bring_up_to_date(um);
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

/* ---- Life ------------------------------------------------------------------------------- */

static uc_err add_hook(UnicornMemory *um)
{
    const int faults = UC_HOOK_MEM_UNMAPPED | UC_HOOK_MEM_WRITE_PROT | UC_HOOK_MEM_FETCH_PROT;

    return uc_hook_add(um->engine.uc, &um->hook, faults, (void *)fault, um, 1, 0);
}

static void init(UnicornMemory *um, uc_engine *uc, AddressSpace *as, size_t page_size)
{
    um->context = memory_context_current();
    um->as = as;
    um->page_mask = page_size - 1;
    um->engine.uc = uc;
    um->engine.read = called_read;
    um->engine.write = called_write;
    um->engine.owner = um;
    um->listener.name = "unicorn";
    um->listener.priority = 10;
    um->listener.region_add = range_add;
    um->listener.region_del = range_del;
    um->listener.commit = map_committed;
}

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
        error_setg(errp, "the engine already has memory mapped");
        return NULL;
    }
    um = calloc(1, sizeof(*um));
    if (um != NULL) {
        uc_query(uc, UC_QUERY_PAGE_SIZE, &page_size);
        init(um, uc, as, page_size);
        error = add_hook(um);
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
    if (um == NULL) {
        return;
    }
    memory_listener_unregister(&um->listener);
    engine_clear(&um->engine);
    drop_leaving(um);
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
    catch_up(um);
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
        set_behind(um, true);
    }
    memory_context_unlock(um->context);
}
