/* SPDX-License-Identifier: MIT
 *
 * The state of a context's spaces, transactions and listeners, and the calls between the files of
 * this room. The functions that call listeners are declared in tell.h, change.h, introduce.h,
 * coalesce.h and ioeventfds.h. Everything here is under the context's lock.
 */
#ifndef TOPOLOGY_TOPOLOGY_H
#define TOPOLOGY_TOPOLOGY_H

#include <physmem/listener.h>
#include <physmem/space.h>

#include "base/address-table.h"
#include "base/context.h"
#include "region/above.h"
#include "region/slot.h"
#include "topology/ioeventfd-list.h"

TAILQ_HEAD(ListenerList, MemoryListener);

/* The part of a space that accesses never read. */
typedef struct SpacePrivate {
    AddressSpace *as;
    AddressEntry entry;    /* in topology->space_table */
    RootResolver resolver; /* the way from the root to the slot */
    ViewSlot *slot;        /* NULL: address_space_init() was refused for the space */
    bool affected;         /* on topology->affected */
    bool moved;            /* during a commit: 'slot' is another than before */
    TAILQ_ENTRY(SpacePrivate) affected_link;
    TAILQ_ENTRY(SpacePrivate) link; /* in topology->spaces or topology->detached */
    TAILQ_ENTRY(SpacePrivate) slot_link;
    struct ListenerList listeners; /* of this space, ascending priority */
    unsigned nop_listeners;        /* how many have region_nop */
    unsigned eventfd_listeners;    /* how many have eventfd_add or eventfd_del */
    unsigned coalescing_listeners; /* how many have coalesced_io_add or coalesced_io_del */
    IoeventfdList ioeventfds;      /* those that listeners know; empty if eventfd_listeners is 0 */
    unsigned shares;               /* users of a shareable space; 0: the space is the caller's */

    /* For space_free(), a grace period after the space has ended */
    Deferred deferred;
    Object *root_owner;        /* referenced */
    char *name;                /* AddressSpace.name */
    struct BouncePool *bounce; /* NULL until the space has ended */
    AddressSpace *structure;   /* to be freed, too; NULL: the caller frees it */
} SpacePrivate;

TAILQ_HEAD(SpaceList, SpacePrivate);

typedef struct Topology {
    /* Transactions */
    unsigned depth;         /* open transactions */
    int cancel_state;       /* of the thread that opened the outermost one */
    bool update_pending;    /* an edit of the open transaction is visible */
    bool ioeventfds_edited; /* by the open transaction */
    bool verify;            /* check every commit (verify.c) */

    /* Global dirty logging (logging.c) */
    unsigned log_reasons; /* GLOBAL_DIRTY_...: why it is on; 0: it is off */
    unsigned log_ending;  /* of log_reasons, those that end when the machine runs again */
    bool stopped;         /* the machine does not run */

    /* Spaces */
    struct SpaceList spaces;   /* in order of creation */
    struct SpaceList detached; /* address_space_init() was refused for them: they show nothing */
    struct SpaceList affected; /* during a commit: spaces to be updated, in order of creation */
    AddressTable space_table;  /* 'spaces' and 'detached', by address */
    FlatView *nowhere;         /* the empty view that only detached spaces show */
    uint64_t latest_serial;    /* AddressSpace.serial of the newest space */

    /* Listeners */
    struct ListenerList listeners; /* of all spaces, ascending priority */
    unsigned nop_spaces;           /* how many spaces have a listener with region_nop */

    /* Slots */
    ViewSlot *empty;            /* the slot of roots that show nothing */
    LIST_HEAD(, ViewSlot) left; /* slots without spaces, to be freed */

    /* The spaces that every context has (machine.c) */
    MemoryRegion system_memory, system_io;
    AddressSpace memory, own_io;
    AddressSpace *io; /* &own_io; in the default context &address_space_io */

    /* Frees AddressSpace.bounce of a space that has ended. Set by access_room_new(). */
    void (*free_bounce_pool)(struct BouncePool *pool);
} Topology;

/* ---- Life (machine.c) ------------------------------------------------------------------- */

/* Makes the topology, with the two spaces that every context has. ctx must be the current context.
 * 'is_default' says that it will be the default context of the process. */
void topology_new(MemoryContext *ctx, bool is_default);
/* Whether the context has no spaces, regions and listeners except its own. If there is another,
 * returns false with an error that names it. */
bool topology_is_unused(MemoryContext *ctx, Error **errp);
/* Drains ctx. When it returns, the context's own spaces and their regions have ended. */
void topology_free(MemoryContext *ctx);

/* ---- Transactions (transaction.c) ------------------------------------------------------- */

/* Begin takes the context's lock and opens a transaction. Commit closes it, makes the edits
 * visible if it was the outermost one, and gives the lock back. Edits are refused in a callback of
 * a listener or of a walk over the tree, and in a read section of the program. Then begin returns
 * false, without the lock, and sends a message that begins with 'call'. */
bool transaction_begin(MemoryContext *ctx, const char *call);
void transaction_commit(MemoryContext *ctx);

/* The same for a caller that holds the lock and keeps it. */
bool transaction_open(MemoryContext *ctx, const char *call);
void transaction_close(MemoryContext *ctx);

/* Says that an edit of the open transaction is visible: the outermost commit must render views. */
static inline void transaction_request(MemoryContext *ctx)
{
    ctx->topology->update_pending = true;
}

/* Whether the view is the one that detached spaces show. */
static inline bool topology_shows_nowhere(const FlatView *fv)
{
    return fv == fv->context->topology->nowhere;
}

/* The calls that region/ makes to this room (region/above.h). */
extern const RegionAbove transaction_above;

/* ---- Commit (commit.c) ------------------------------------------------------------------ */

/* Makes the state of the tree visible: renders new views, tells listeners what changes, and
 * publishes the views. */
void topology_commit(MemoryContext *ctx);

/* The commit of a transaction that has edited ioeventfds and nothing else that is visible. Tells
 * listeners of these, without calling their 'begin' and 'commit' (specification 18). */
void topology_commit_ioeventfds(MemoryContext *ctx);

/* ---- Slots (slot.c) --------------------------------------------------------------------- */

/* 'key' NULL makes the slot of the empty view. */
ViewSlot *slot_new(MemoryContext *ctx, MemoryRegion *key);
void slot_free(ViewSlot *slot);
/* Makes the next commit render all of the slot's view. */
void slot_mark_all(ViewSlot *slot);
/* Renders the view of a slot now, if it has none yet. For a space that begins. */
void slot_render_first(ViewSlot *slot);
/* Frees the slots that no space is on any more. */
void slots_sweep(Topology *t);

/* Resolves the root of a space, and puts the space on the slot that results. Sets s->moved if that
 * is another slot than before. Does not render the view. */
void space_find_slot(SpacePrivate *s);
void space_leave_slot(SpacePrivate *s);

static inline SpacePrivate *space_of_resolver(RootResolver *resolver)
{
    return (SpacePrivate *)((char *)resolver - offsetof(SpacePrivate, resolver));
}

/* Returns whether the space exists. If not, sends a MISUSE message that begins with 'call'. A
 * space for which address_space_init() was refused exists, too. */
bool space_check(const AddressSpace *as, const char *call);

/* Compares all published views with what the oracle renders (verify.c). If one is different,
 * prints where and aborts. */
void topology_verify(MemoryContext *ctx);

/* ---- Dirty pages (dirty-sync.c) --------------------------------------------------------- */

/* Calls the callbacks log_sync, which mark the pages that the listeners know to be dirty. 'mr'
 * limits this to one region, 'as' to the listeners of one space; NULL means all. A listener that
 * has log_sync_global is called in any case. */
void dirty_sync(MemoryContext *ctx, const MemoryRegion *mr, const AddressSpace *as);
/* Tells listeners that the harvest is over (log_global_after_sync). */
void dirty_after_sync(MemoryContext *ctx);

#endif
