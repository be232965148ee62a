/* SPDX-License-Identifier: MIT
 *
 * What the files of this room share: the state of a context's spaces, transactions and listeners,
 * and the calls between the files. Everything is under the context's lock. Calls to listeners are
 * declared in tell.h, change.h, introduce.h, coalesce.h and ioeventfds.h.
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
    AddressEntry entry;             /* in topology->space_table */
    RootResolver resolver;
    ViewSlot *slot;                 /* NULL: its address_space_init() was refused */
    bool affected;                  /* on topology->affected */
    bool moved;                     /* during a commit: from another slot to this one */
    TAILQ_ENTRY(SpacePrivate) affected_link;
    TAILQ_ENTRY(SpacePrivate) link; /* in topology->spaces or detached */
    TAILQ_ENTRY(SpacePrivate) slot_link;
    struct ListenerList listeners;  /* of this space, ascending priority */
    unsigned nop_listeners;         /* how many have region_nop */
    unsigned eventfd_listeners;     /* how many have eventfd_add or eventfd_del */
    unsigned coalescing_listeners;  /* how many have coalesced_io_add or coalesced_io_del */
    IoeventfdList ioeventfds;       /* as listeners were told; empty if eventfd_listeners is 0 */
    unsigned shares;                /* users of a shareable space; 0: the space is the caller's */
    /* Freed a grace period after the space has ended: */
    Deferred deferred;
    Object *root_owner;             /* referenced */
    char *name;
    struct BouncePool *bounce;
    AddressSpace *structure;        /* NULL: the caller frees it */
} SpacePrivate;

TAILQ_HEAD(SpaceList, SpacePrivate);

typedef struct Topology {
    unsigned depth;              /* open transactions */
    int cancel_state;            /* of the thread that opened the outermost one */
    bool update_pending;         /* an edit of the open transaction can be seen */
    bool ioeventfds_edited;      /* by the open transaction */
    bool verify;                 /* check every commit (verify.c) */
    unsigned log_reasons;        /* GLOBAL_DIRTY_...: why global logging is on; 0: it is off */
    unsigned log_ending;         /* those of them that end when the machine runs again */
    bool stopped;                /* the machine does not run */
    struct SpaceList spaces;     /* in order of creation */
    struct SpaceList detached;   /* their address_space_init() was refused: they show nothing */
    struct SpaceList affected;   /* during a commit: those that it concerns, in order of creation */
    AddressTable space_table;    /* 'spaces' and 'detached', by address */
    FlatView *nowhere;           /* the empty view of detached spaces only */
    struct ListenerList listeners; /* of all spaces, ascending priority */
    unsigned nop_spaces;         /* how many spaces have a listener with region_nop */
    ViewSlot *empty;             /* the slot of roots that show nothing */
    LIST_HEAD(, ViewSlot) left;  /* slots without spaces, to be freed */
    uint64_t next_serial;
    MemoryRegion system_memory, system_io;
    AddressSpace memory, own_io;
    /* Frees AddressSpace.bounce of a space that has ended. Set by access_room_new(). */
    void (*free_bounce_pool)(struct BouncePool *pool);
    AddressSpace *io;            /* &own_io; in the default context &address_space_io */
} Topology;

/* ---- Life (machine.c) ------------------------------------------------------------------- */

/* Makes the topology, with the spaces that every context has. ctx is the current context.
 * is_default: it will be the default context of the process. */
void topology_new(MemoryContext *ctx, bool is_default);
/* Whether the context has no spaces, regions and listeners but its own. False with an error that
 * names one. */
bool topology_is_unused(MemoryContext *ctx, Error **errp);
/* Drains ctx. When it returns, the context's own spaces and their regions have ended. */
void topology_free(MemoryContext *ctx);

/* ---- Transactions (transaction.c) ------------------------------------------------------- */

/* Begin takes the context's lock and opens a transaction. Commit closes it, makes the edits visible
 * if it was the outermost, and gives the lock back. Begin returns false, without the lock and with
 * a message that names 'call', where edits are refused: in a callback of a listener or of a walk
 * over the tree, and in a read section of the program. */
bool transaction_begin(MemoryContext *ctx, const char *call);
void transaction_commit(MemoryContext *ctx);

/* The same for a caller that holds the lock and keeps it. */
bool transaction_open(MemoryContext *ctx, const char *call);
void transaction_close(MemoryContext *ctx);

/* Asks for a commit: an edit of the open transaction can be seen. */
static inline void transaction_request(MemoryContext *ctx)
{
    ctx->topology->update_pending = true;
}

/* Whether the view is the one that detached spaces show. */
static inline bool topology_shows_nowhere(const FlatView *fv)
{
    return fv == fv->context->topology->nowhere;
}

/* The calls that region/ may make. */
extern const RegionAbove transaction_above;

/* ---- Commit (commit.c) ------------------------------------------------------------------ */

/* Makes the state of the tree visible: renders views, tells listeners, publishes the views. */
void topology_commit(MemoryContext *ctx);

/* Tells listeners of ioeventfds where nothing else has changed. Their begin and commit are not
 * called (18). */
void topology_commit_ioeventfds(MemoryContext *ctx);

/* ---- Slots (slot.c) --------------------------------------------------------------------- */

ViewSlot *slot_new(MemoryContext *ctx, MemoryRegion *key);
void slot_free(ViewSlot *slot);
void slot_mark_all(ViewSlot *slot);
/* Renders the view of a slot that has none, outside a commit. */
void slot_render_first(ViewSlot *slot);
/* Frees the slots on which no space is any more. */
void slots_sweep(Topology *t);

/* Puts a space on the slot of the region that its root gives way to. Does not render the view. */
void space_find_slot(SpacePrivate *s);
void space_leave_slot(SpacePrivate *s);

static inline SpacePrivate *space_of_resolver(RootResolver *resolver)
{
    return (SpacePrivate *)((char *)resolver - offsetof(SpacePrivate, resolver));
}

/* Whether the space exists; if not, with a MISUSE message that names 'call'. A space whose
 * address_space_init() was refused exists. */
bool space_check(const AddressSpace *as, const char *call);

/* Compares all views with what the oracle renders. Prints a difference and aborts. */
void topology_verify(MemoryContext *ctx);

/* ---- Dirty pages (dirty-sync.c) --------------------------------------------------------- */

/* Has listeners mark the pages that they know to be dirty: of mr, or of all regions if it is NULL;
 * the listeners of one space, or of all spaces if 'as' is NULL. Under the lock. */
void dirty_sync(MemoryContext *ctx, const MemoryRegion *mr, const AddressSpace *as);
/* Tells listeners that the harvest is over. */
void dirty_after_sync(MemoryContext *ctx);

#endif
