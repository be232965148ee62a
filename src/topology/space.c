/* SPDX-License-Identifier: MIT
 *
 * Address spaces: how they begin and end (specification section 8), what they answer in holes, and
 * references on their view. slot.c decides which view a space shows.
 */
#include <stdlib.h>

#include <physmem/historic.h>

#include "base/alloc.h"
#include "base/log.h"
#include "region/iommu.h"
#include "region/journal.h"
#include "region/region.h"
#include "region/extras.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/holds.h"
#include "view/view.h"

/* Finds out anew which space is the oldest on a root. find.c reads it without the lock. */
static void set_first_space(MemoryContext *ctx, MemoryRegion *root)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->as->root == root) {
            break;
        }
    }
    rcu_assign_pointer(region_extras_made(root)->first_space, s ? s->as : NULL);
}

/* Adds a space to the context's list. */
static void space_link(AddressSpace *as)
{
    Topology *t = as->context->topology;
    SpacePrivate *s = as->priv;
    s->resolver.root = &as->root;
    s->root_owner = object_ref(memory_region_owner(as->root));
    TAILQ_INSERT_TAIL(&t->spaces, s, link);
    as->serial = ++t->latest_serial;
}

/* Makes the space the one that find.c asks, if it is the first on its root. The space has a view by
 * now. */
static void offer_to_searches(AddressSpace *as)
{
    if (!region_extras(as->root)->first_space) {
        rcu_assign_pointer(region_extras_made(as->root)->first_space, as);
    }
}

/* Publishes the first view of a space, which shows the tree as it is now. */
static void show_root(AddressSpace *as)
{
    space_find_slot(as->priv);
    as->priv->moved = false;
    slot_render_first(as->priv->slot);
    __atomic_store_n(&as->current_map, as->priv->slot->view, __ATOMIC_RELEASE);
}

/* A space that is made inside a transaction shows the committed state. The earlier edits of the
 * transaction have not marked its view, because it did not exist. So this makes the commit resolve
 * the root again and render all of the view. */
static void expect_commit(SpacePrivate *s)
{
    transaction_request(s->as->context);
    slot_mark_all(s->slot);
    root_queue(s->as->context, &s->resolver);
    for (size_t i = 0; i < s->resolver.watches; i++) {
        region_reconsider(s->resolver.watch[i].region);
    }
}

/* Edits of ioeventfds become visible at the commit, too. Those that the transaction has made
 * already could not mark the slot if the space is the first on it. */
static void expect_ioeventfds(SpacePrivate *s)
{
    if (s->as->context->topology->ioeventfds_edited) {
        view_slot_mark(s->slot, &s->slot->ioeventfds, (Window){ 0, HWADDR_MAX });
    }
}

/* ---- Beginning -------------------------------------------------------------------------- */

/* Whether the space shows a root: address_space_init() was not refused for it. */
static bool is_attached(const SpacePrivate *s)
{
    return s && s->slot;
}

/* Returns the space that the context has at this address, or NULL. */
static SpacePrivate *space_at(const MemoryContext *ctx, const AddressSpace *as)
{
    AddressEntry *entry = address_table_find(&ctx->topology->space_table, as);
    return entry ? caa_container_of(entry, SpacePrivate, entry) : NULL;
}

static char *init_refusal(const MemoryContext *ctx, const MemoryRegion *root)
{
    if (ctx->telling) {
        return alloc_string("must not be called from a listener's callback");
    }
    return root && region_is_live(root) ? NULL : region_absence(root);
}

static void begin(AddressSpace *as, MemoryContext *ctx, const char *name)
{
    *as = (AddressSpace){
        .context = ctx,
        .name = alloc_string(name ? name : "anonymous"),
        .hole_result = MEMTX_DECODE_ERROR,
        .priv = alloc_new(SpacePrivate),
    };
    as->priv->as = as;
    as->priv->name = as->name;
    TAILQ_INIT(&as->priv->listeners);
    address_table_add(&ctx->topology->space_table, &as->priv->entry, as);
}

static void attach(AddressSpace *as, MemoryRegion *root)
{
    MemoryContext *ctx = root->parent_obj.context;
    as->root = root;
    space_link(as);
    if (journal_rewind(ctx)) {
        show_root(as);
        journal_replay(ctx);
        expect_commit(as->priv);
    } else {
        show_root(as);
        expect_ioeventfds(as->priv);
    }
    offer_to_searches(as);
}

/* For a space that cannot be attached. It shows nothing, and the program can only destroy it or
 * initialise it again. */
static void leave_detached(AddressSpace *as)
{
    Topology *t = as->context->topology;
    TAILQ_INSERT_TAIL(&t->detached, as->priv, link);
    as->current_map = t->nowhere;
}

static void space_free(Deferred *d)
{
    SpacePrivate *s = (SpacePrivate *)((char *)d - offsetof(SpacePrivate, deferred));
    if (s->bounce) {
        d->context->topology->free_bounce_pool(s->bounce);
    }
    object_unref(s->root_owner);
    free(s->name);
    free(s->structure);
    free(s);
}

/* Forgets a space; its memory is freed after a grace period. */
static void give_up(MemoryContext *ctx, SpacePrivate *s)
{
    address_table_remove(&ctx->topology->space_table, &s->entry);
    context_defer(ctx, &s->deferred, space_free);
}

/* Whether no attached space is at this address. Looks into space_table and not into the structure,
 * because the caller may have cleared that. Drops a detached space that is there. */
static bool may_begin(MemoryContext *ctx, AddressSpace *as)
{
    SpacePrivate *s = space_at(ctx, as);
    if (is_attached(s)) {
        return misuse(ctx, "address_space_init: address space '%s' exists at %p: destroy it first",
                      s->name, (void *)as);
    }
    if (s) {
        s->bounce = as->priv == s ? as->bounce : NULL;
        TAILQ_REMOVE(&ctx->topology->detached, s, link);
        give_up(ctx, s);
    }
    return true;
}

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name)
{
    MemoryContext *ctx = root && region_is_live(root) ? root->parent_obj.context
                                                      : memory_context_current();
    CONTEXT_LOCK(ctx);
    if (!may_begin(ctx, as)) {
        return;
    }
    char *why = init_refusal(ctx, root);
    begin(as, ctx, name);
    if (why) {
        leave_detached(as);
        misuse(ctx, "%s: address space '%s': %s", __func__, as->name, why);
        free(why);
    } else {
        attach(as, root);
    }
}

/* ---- End -------------------------------------------------------------------------------- */

bool space_check(const AddressSpace *as, const char *call)
{
    if (as && as->context && as->priv) {
        return true;
    }
    return misuse(NULL, "%s: the address space at %p %s", call, (const void *)as,
                  as && as->context ? "has been destroyed already" : "was never initialised");
}

static bool may_end(const AddressSpace *as)
{
    MemoryContext *ctx = as->context;
    if (is_attached(as->priv) && (ctx->telling || !TAILQ_EMPTY(&as->priv->listeners))) {
        return misuse(ctx, "address_space_destroy: address space '%s' %s", as->name,
                      ctx->telling ? "must not be destroyed from a listener's callback"
                                   : "still has listeners: unregister them first");
    }
    return true;
}

static void detach(SpacePrivate *s)
{
    AddressSpace *as = s->as;
    MemoryContext *ctx = as->context;
    TAILQ_REMOVE(&ctx->topology->spaces, s, link);
    if (as->root && region_extras(as->root)->first_space == as) {
        set_first_space(ctx, as->root);
    }
    if (s->resolver.queued) {
        TAILQ_REMOVE(&ctx->region->changed_roots, &s->resolver, queue);
    }
    root_unwatch(&s->resolver);
    space_leave_slot(s);
    slots_sweep(ctx->topology);
}

/* The structure still points to its last view, for readers that are in a read section. The program
 * may free the structure after a grace period, so space_free() does not touch it unless it frees
 * it. Threads forget translations that lead to the space. */
static void end(AddressSpace *as, AddressSpace *structure)
{
    SpacePrivate *s = as->priv;
    s->bounce = as->bounce;
    s->structure = s->shares ? as : structure;
    as->priv = NULL;
    region_iommus_forget(as->context);
    give_up(as->context, s);
}

static void destroy(AddressSpace *as, AddressSpace *structure)
{
    if (!space_check(as, "address_space_destroy")) {
        return;
    }
    CONTEXT_LOCK(as->context);
    SpacePrivate *s = as->priv;
    if (s->shares > 1) {
        s->shares--;
        return;
    }
    if (!may_end(as)) {
        return;
    }
    if (is_attached(s)) {
        detach(s);
    } else {
        TAILQ_REMOVE(&as->context->topology->detached, s, link);
    }
    end(as, structure);
}

void address_space_destroy(AddressSpace *as)
{
    destroy(as, NULL);
}

void address_space_destroy_free(AddressSpace *as)
{
    destroy(as, as);
}

/* ---- Shared spaces (specification 23) --------------------------------------------------- */

static SpacePrivate *shared_space_on(MemoryContext *ctx, const MemoryRegion *root)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        if (s->shares && s->as->root == root) {
            break;
        }
    }
    return s;
}

AddressSpace *address_space_init_shareable(MemoryRegion *root, const char *name)
{
    if (!region_check(root, __func__)) {
        return NULL;
    }
    MemoryContext *ctx = root->parent_obj.context;
    CONTEXT_LOCK(ctx);
    SpacePrivate *s = shared_space_on(ctx, root);
    if (s) {
        s->shares++;
        return s->as;
    }
    AddressSpace *as = alloc_new(AddressSpace);
    address_space_init(as, root, name);
    if (!is_attached(as->priv)) {
        address_space_destroy_free(as); /* refused */
        return NULL;
    }
    as->priv->shares = 1;
    return as;
}

/* ---- Holes and views -------------------------------------------------------------------- */

void address_space_set_hole(AddressSpace *as, uint8_t byte, MemTxResult result)
{
    if (!space_check(as, __func__)) {
        return;
    }
    CONTEXT_LOCK(as->context);
    as->hole_byte = byte;
    as->hole_result = result;
}

FlatView *address_space_get_flatview(AddressSpace *as)
{
    READ_SECTION;
    return view_hold_present(as);
}
