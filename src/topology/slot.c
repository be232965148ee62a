/* SPDX-License-Identifier: MIT
 *
 * Slots, which hold the views, and the spaces on each slot (region/slot.h). A space is on the slot
 * of the region that its root gives way to. A slot that no space is on any more is freed.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "region/extras.h"
#include "region/region.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/render.h"
#include "view/view.h"

ViewSlot *slot_new(MemoryContext *ctx, MemoryRegion *key)
{
    ViewSlot *slot = alloc_new(ViewSlot);
    slot->key = key;
    slot->context = ctx;
    TAILQ_INIT(&slot->spaces);
    if (key) {
        region_extras_made(key)->slot = slot;
    }
    return slot;
}

/* The key may have ended meanwhile. */
static void leave_key(ViewSlot *slot)
{
    if (slot->key && region_extras(slot->key)->slot == slot) {
        region_extras_made(slot->key)->slot = NULL;
    }
    slot->key = NULL;
}

/* Takes a slot off the queue, and forgets its marks. */
static void unqueue(ViewSlot *slot)
{
    if (slot->queued) {
        slot->queued = false;
        TAILQ_REMOVE(&slot->context->region->changed_views, slot, queue);
    }
    window_set_clear(&slot->changed);
    window_set_clear(&slot->ioeventfds);
}

void slot_free(ViewSlot *slot)
{
    unqueue(slot);
    leave_key(slot);
    if (slot->view) {
        FlatView *batch = NULL;
        view_retire(slot->view, &batch);
        view_retire_batch(batch);
    }
    free(slot);
}

void slot_mark_all(ViewSlot *slot)
{
    view_slot_mark(slot, &slot->changed, (Window){ 0, HWADDR_MAX });
}

void slot_render_first(ViewSlot *slot)
{
    if (!slot->view) {
        RangeTree tree = render_all(slot->key);
        slot->view = view_new(slot->context, slot->key, &tree);
        unqueue(slot);
    }
}

/* Returns the slot of a key, and makes it if there is none. */
static ViewSlot *slot_of(MemoryContext *ctx, MemoryRegion *key)
{
    if (!key) {
        return ctx->topology->empty;
    }
    ViewSlot *slot = region_extras(key)->slot;
    return slot ? slot : slot_new(ctx, key);
}

void space_find_slot(SpacePrivate *s)
{
    MemoryContext *ctx = s->as->context;
    ViewSlot *slot = slot_of(ctx, root_resolve(&s->resolver));
    if (slot == s->slot) {
        return;
    }
    s->moved = true;
    space_leave_slot(s);
    s->slot = slot;
    TAILQ_INSERT_TAIL(&slot->spaces, s, slot_link);
    if (!slot->view) {
        slot_mark_all(slot);
    }
}

/* During a commit, the space still shows the view of the slot that it leaves. So a slot without
 * spaces is kept until slots_sweep(). */
void space_leave_slot(SpacePrivate *s)
{
    ViewSlot *slot = s->slot;
    if (!slot) {
        return;
    }
    TAILQ_REMOVE(&slot->spaces, s, slot_link);
    s->slot = NULL;
    if (TAILQ_EMPTY(&slot->spaces) && slot->key) {
        leave_key(slot);
        LIST_INSERT_HEAD(&slot->context->topology->left, slot, link);
    }
}

void slots_sweep(Topology *t)
{
    ViewSlot *slot;
    while ((slot = LIST_FIRST(&t->left))) {
        LIST_REMOVE(slot, link);
        slot_free(slot);
    }
}
