/* SPDX-License-Identifier: MIT
 *
 * Spaces, transactions and listeners of one context. All under the context's lock.
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

/* What the edit side knows of a space. */
typedef struct SpacePrivate {
    AddressSpace *as;
    AddressEntry entry;             /* in topology->space_table, by as */
    RootResolver resolver;
    ViewSlot *slot;                 /* NULL: its address_space_init() was refused */
    bool affected;                  /* on topology->affected */
    bool moved;                     /* during a commit: came from another slot */
    TAILQ_ENTRY(SpacePrivate) affected_link;
    TAILQ_ENTRY(SpacePrivate) link; /* topology->spaces or detached */
    TAILQ_ENTRY(SpacePrivate) slot_link;
    struct ListenerList listeners;  /* of this space, ascending priority */
    unsigned nop_listeners;         /* how many want region_nop */
    unsigned eventfd_listeners;     /* how many want to know of ioeventfds */
    unsigned coalescing_listeners;  /* how many want to know of coalesced ranges */
    IoeventfdList ioeventfds;       /* as listeners were told; empty if none wants to know */
    unsigned shares;                /* of a space that the library made; 0: the caller's */
    /* what goes a grace period after the space */
    Deferred deferred;
    Object *root_owner;             /* referenced */
    char *name;
    struct BouncePool *bounce;
    AddressSpace *structure;        /* to free; NULL: the caller's */
} SpacePrivate;

TAILQ_HEAD(SpaceList, SpacePrivate);

typedef struct Topology {
    unsigned depth;              /* open transactions */
    int cancel_state;            /* of the thread that opened the outermost one */
    bool update_pending;         /* the outermost commit has to act */
    bool ioeventfds_edited;      /* by the open transaction */
    bool verify;
    unsigned log_reasons;        /* GLOBAL_DIRTY_...: why logs_migration is on; 0: it is off */
    unsigned log_ending;         /* those of them that end when the machine runs again */
    bool stopped;                /* the machine does not run */
    struct SpaceList spaces;     /* in order of creation */
    struct SpaceList detached;   /* address_space_init() was refused: they show nothing */
    struct SpaceList affected;   /* during a commit */
    AddressTable space_table;    /* spaces and detached, by address */
    FlatView *nowhere;           /* empty; of detached spaces, which it tells apart */
    struct ListenerList listeners; /* of all spaces, ascending priority */
    unsigned nop_spaces;         /* how many have a listener for region_nop */
    ViewSlot *empty;             /* for roots that show nothing */
    LIST_HEAD(, ViewSlot) left;  /* slots without spaces, to be freed */
    uint64_t next_serial;
    MemoryRegion system_memory, system_io;
    AddressSpace memory, own_io;
    /* Frees AddressSpace.bounce of a space that has ended. Set by access_room_new(). */
    void (*free_bounce_pool)(struct BouncePool *pool);
    AddressSpace *io;            /* own_io; of the default context address_space_io */
} Topology;

/* ---- Life (machine.c) ------------------------------------------------------------------- */

/* With the spaces that every context has. ctx is the current context; 'is_default': it will be the
 * process's default one. */
void topology_new(MemoryContext *ctx, bool is_default);
/* Whether nothing is there but these spaces. If false, with an error that names what is in use. */
bool topology_is_unused(MemoryContext *ctx, Error **errp);
/* Drains ctx: the spaces and their regions have ended when it returns. */
void topology_free(MemoryContext *ctx);

/* ---- Transactions (transaction.c) ------------------------------------------------------- */

/* Takes the context's lock and opens a transaction; closes it, commits if it was the outermost, and
 * gives the lock back. Where edits are refused, begin returns false, without the lock, after a
 * message that names 'call': from a callback of a listener or of a walk over the tree, and in a
 * read section of the program. */
bool transaction_begin(MemoryContext *ctx, const char *call);
void transaction_commit(MemoryContext *ctx);

/* The same for a caller that holds the lock already, and keeps it. */
bool transaction_open(MemoryContext *ctx, const char *call);
void transaction_close(MemoryContext *ctx);

/* The open transaction changes what is visible. */
static inline void transaction_request(MemoryContext *ctx)
{
    ctx->topology->update_pending = true;
}

/* What region/ is given of these. */
extern const RegionAbove transaction_above;

/* ---- Commit (commit.c) ------------------------------------------------------------------ */

/* Makes the tree's state visible: views, callbacks, publication. */
void topology_commit(MemoryContext *ctx);

/* Tells of ioeventfds where nothing else has changed: no begin, no commit (18). */
void topology_commit_ioeventfds(MemoryContext *ctx);

/* ---- Slots (slot.c) --------------------------------------------------------------------- */

ViewSlot *slot_new(MemoryContext *ctx, MemoryRegion *key);
void slot_free(ViewSlot *slot);
void slot_mark_all(ViewSlot *slot);
/* Gives a slot that has no view one, outside a commit. */
void slot_render_first(ViewSlot *slot);
/* Frees the slots that the last space has left. */
void slots_sweep(Topology *t);

/* Puts a space on the slot that its root resolves to; the view is not rendered yet. */
void space_find_slot(SpacePrivate *s);
void space_leave_slot(SpacePrivate *s);

static inline SpacePrivate *space_of_resolver(RootResolver *resolver)
{
    return (SpacePrivate *)((char *)resolver - offsetof(SpacePrivate, resolver));
}

/* Whether the space exists; if not, with a MISUSE message that names 'call'. A space whose
 * address_space_init() was refused exists. */
bool space_check(const AddressSpace *as, const char *call);

/* Compares all views with the oracle's; aborts with both printed. */
void topology_verify(MemoryContext *ctx);

/* ---- Dirty pages (dirty-sync.c) --------------------------------------------------------- */

/* Has listeners put what they have pending into the maps: of a region, or (NULL) of all; from one
 * space only, or (NULL) from all. Under the lock. */
void dirty_sync(MemoryContext *ctx, const MemoryRegion *mr, const AddressSpace *as);
/* The maps were read. */
void dirty_after_sync(MemoryContext *ctx);

#endif
