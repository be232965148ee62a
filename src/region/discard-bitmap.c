/* SPDX-License-Identifier: MIT
 *
 * The library's own manager of discards (specification section 20.1). It divides a region into
 * blocks of one size, each populated or not. It is for memory that is hot-plugged in blocks, and
 * an example for authors of other managers. Its listeners are in discard-listeners.c.
 */
#include "region/discard-bitmap.h"

#include <errno.h>
#include <string.h>

#include <physmem/error.h>
#include <physmem/ram.h>

#include "base/log.h"
#include "base/wide.h"
#include "region/region.h"
#include "region/section.h"

static uint64_t managed_size(const DiscardBitmap *b)
{
    return b->populated.blocks * b->block_size;
}

/* The blocks that have a byte in [first, end), which must not be empty. */
static BlockRange blocks_of(const DiscardBitmap *b, uint64_t first, uint64_t end)
{
    return (BlockRange){ first / b->block_size, (end - 1) / b->block_size + 1 };
}

/* ---- Queries ---------------------------------------------------------------------------- */

bool discard_bitmap_holds(const DiscardBitmap *b, const MemoryRegionSection *section)
{
    Int128 end = wide_end(section->offset_within_region, section->size);

    return section->mr == b->mr && int128_gt(section->size, int128_zero()) &&
           int128_le(end, int128_make64(managed_size(b)));
}

static uint64_t get_min_granularity(const RamDiscardManager *rdm, const MemoryRegion *mr)
{
    (void)mr;
    return DISCARD_BITMAP(rdm)->block_size;
}

static bool is_populated(const RamDiscardManager *rdm, const MemoryRegionSection *section)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);

    if (!discard_bitmap_holds(b, section)) {
        return false;
    }
    BlockRange blocks = blocks_of(b, section_first(section), section_end(section));
    return block_map_find(&b->populated, blocks, false) == blocks.end;
}

int discard_bitmap_replay(const DiscardBitmap *b, const MemoryRegionSection *section,
                          ReplayRamPopulate fn, void *opaque)
{
    BlockRange rest = blocks_of(b, section_first(section), section_end(section));
    BlockRange stretch;
    int result = 0;

    while (!result && block_map_next(&b->populated, &rest, &stretch)) {
        MemoryRegionSection part = *section;

        section_cut(&part, stretch.first * b->block_size, stretch.end * b->block_size);
        result = fn(&part, opaque);
    }
    return result;
}

static int replay_populated(const RamDiscardManager *rdm, MemoryRegionSection *section,
                            ReplayRamPopulate fn, void *opaque)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);

    if (!discard_bitmap_holds(b, section)) {
        misuse(b->context,
               "ram_discard_manager_replay_populated: the section is not a part of region '%s'",
               region_label(b->mr));
        return 0;
    }
    b->telling++;
    int result = discard_bitmap_replay(b, section, fn, opaque);
    b->telling--;
    return result;
}

/* ---- Events ----------------------------------------------------------------------------- */

/* Whether the manager can change these bytes now. False with an error. */
static bool check(const DiscardBitmap *b, uint64_t offset, uint64_t size, Error **errp)
{
    if (b->telling) {
        error_setg(errp, "region '%s': a listener's callback must not populate or discard",
                   region_label(b->mr));
        return false;
    }
    if (!size || offset % b->block_size || size % b->block_size || offset > managed_size(b) ||
        size > managed_size(b) - offset) {
        error_setg(errp,
                   "region '%s': 0x%" PRIx64 " bytes at 0x%" PRIx64
                   " are not whole blocks of 0x%" PRIx64 " among its 0x%" PRIx64 " bytes",
                   region_label(b->mr), size, offset, b->block_size, managed_size(b));
        return false;
    }
    return true;
}

int ram_discard_bitmap_populate(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                                Error **errp)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);

    if (!check(b, offset, size, errp)) {
        return -EINVAL;
    }
    BlockRange blocks = blocks_of(b, offset, offset + size);
    uint64_t taken = block_map_find(&b->populated, blocks, true);
    if (taken < blocks.end) {
        error_setg(errp, "region '%s': the block at 0x%" PRIx64 " is populated already",
                   region_label(b->mr), taken * b->block_size);
        return -EBUSY;
    }
    int result = discard_listeners_ask(b, offset, offset + size);
    if (result) {
        error_setg_errno(errp, -result,
                         "region '%s': a listener refuses 0x%" PRIx64 " bytes at 0x%" PRIx64,
                         region_label(b->mr), size, offset);
        return result;
    }
    block_map_set(&b->populated, blocks, true);
    return 0;
}

static int drop_memory(DiscardBitmap *b, uint64_t offset, uint64_t size, Error **errp)
{
    int result = ram_block_discard_range(b->mr->ram_block, offset, size);

    if (result) {
        error_setg(errp, "region '%s': cannot discard 0x%" PRIx64 " bytes at 0x%" PRIx64 ": %s",
                   region_label(b->mr), size, offset, strerror(-result));
    }
    return result;
}

/* A stretch is marked as not populated before listeners are told: a callback that asks the manager
 * gets the new state. */
int ram_discard_bitmap_discard(RamDiscardManager *rdm, uint64_t offset, uint64_t size,
                               Error **errp)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);

    if (!check(b, offset, size, errp)) {
        return -EINVAL;
    }
    int result = drop_memory(b, offset, size, errp);
    if (result) {
        return result;
    }
    BlockRange rest = blocks_of(b, offset, offset + size), stretch;
    bool any = false;
    while (block_map_next(&b->populated, &rest, &stretch)) {
        any = true;
        block_map_set(&b->populated, stretch, false);
        discard_listeners_tell_stretch(b, stretch.first * b->block_size,
                                       stretch.end * b->block_size);
    }
    if (any) {
        discard_listeners_tell_range(b, offset, offset + size);
    }
    return 0;
}

/* ---- Life ------------------------------------------------------------------------------- */

static bool check_region(MemoryRegion *mr, uint64_t block_size, Error **errp)
{
    const char *why = NULL;

    if (mr->kind != MEMORY_KIND_RAM || !mr->ram_block || mr->readonly) {
        why = "it is not writable RAM";
    } else if (memory_region_is_mapped(mr)) {
        why = "it is mapped already: make the manager before that";
    } else if (!block_size || block_size % qemu_ram_pagesize(mr->ram_block)) {
        why = "the block size is not a multiple of its memory's page size";
    } else if (int128_get64(mr->size) % block_size) {
        why = "its size is not a multiple of the block size";
    }
    if (why) {
        error_setg(errp, "no manager of discards in blocks of 0x%" PRIx64 " for region '%s': %s",
                   block_size, region_label(mr), why);
    }
    return !why;
}

/* While the manager lives, ram_block_discard_disable() is refused. */
static bool take_veto(DiscardBitmap *b, Error **errp)
{
    b->holds_veto = !ram_block_coordinated_discard_require(true);
    if (!b->holds_veto) {
        error_setg(errp,
                   "no manager of discards for region '%s': discarding RAM was disabled with "
                   "ram_block_discard_disable()",
                   region_label(b->mr));
    }
    return b->holds_veto;
}

RamDiscardManager *ram_discard_bitmap_new(MemoryRegion *mr, uint64_t block_size, Error **errp)
{
    if (!region_check(mr, __func__)) {
        error_setg(errp, "no region lives at %p, so it cannot have a manager of discards",
                   (void *)mr);
        return NULL;
    }
    CONTEXT_LOCK(mr->parent_obj.context);
    if (!check_region(mr, block_size, errp)) {
        return NULL;
    }
    MemoryContext *current = context_switch(mr->parent_obj.context);
    DiscardBitmap *b = DISCARD_BITMAP(object_new(TYPE_RAM_DISCARD_BITMAP));
    b->context = mr->parent_obj.context;
    b->mr = mr;
    b->block_size = block_size;
    b->populated = block_map_new(int128_get64(mr->size) / block_size);
    LIST_INIT(&b->listeners);
    if (!take_veto(b, errp) || drop_memory(b, 0, managed_size(b), errp)) {
        object_unref(b);
        b = NULL;
    }
    context_switch(current);
    return b ? RAM_DISCARD_MANAGER(b) : NULL;
}

/* Does not read the region, which may have ended before its manager. */
static void finalize(Object *obj)
{
    DiscardBitmap *b = DISCARD_BITMAP(obj);
    CONTEXT_LOCK(obj->context);

    discard_listeners_abandon(b);
    block_map_free(&b->populated);
    if (b->holds_veto) {
        ram_block_coordinated_discard_require(false);
    }
}

static void class_init(ObjectClass *klass, void *data)
{
    RamDiscardManagerClass *methods = RAM_DISCARD_MANAGER_CLASS(klass);

    (void)data;
    methods->get_min_granularity = get_min_granularity;
    methods->is_populated = is_populated;
    methods->replay_populated = replay_populated;
    methods->register_listener = discard_listeners_register;
    methods->unregister_listener = discard_listeners_unregister;
}

static const InterfaceInfo interfaces[] = { { TYPE_RAM_DISCARD_MANAGER }, { NULL } };

static const TypeInfo bitmap_type = {
    .name = TYPE_RAM_DISCARD_BITMAP,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(DiscardBitmap),
    .instance_finalize = finalize,
    .class_init = class_init,
    .interfaces = (InterfaceInfo *)interfaces,
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&bitmap_type);
}
