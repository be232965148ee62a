/* SPDX-License-Identifier: MIT
 *
 * Random edits of machines, checked after every commit against a model that knows nothing of the
 * library's code: a mirror of the tree that answers one address at a time.
 *
 *   world     a machine with spaces and watchers, and one random step of it
 *   making    its regions
 *   edits     what is done to them, in the library and in the model alike
 *   model     who answers an address, by walking the mirror
 *   watcher   a listener that rebuilds the view from what it is told, and minds the order (9.2)
 *   check     compares view, watchers and model
 *   signals   ioeventfds and coalesced ranges: edits, what watchers hear, what must be there
 *   walk      IOMMUs, and where a translation through them must end
 *   touch     stores and what they mark dirty; caches that are kept while everything changes
 *   journal   what was done, printed when something is wrong
 *
 * Everything follows from a seed.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <physmem/physmem.h>

enum { NODES = 40, SPACES = 4, WATCHERS = 3, RANGES = 1024, WEIGHT = 100, GRAVES = 4096 };
enum { SIGNALS = 6, QUEUES = 3, TOLD = 8192, BELLS = 3, KEPT = 4 };

/* ---- Chance ----------------------------------------------------------------------------- */

typedef struct Dice {
    uint64_t state;
} Dice;

static inline uint64_t dice_roll(Dice *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static inline unsigned dice_below(Dice *d, unsigned n)
{
    return (unsigned)(dice_roll(d) % n);
}

static inline bool dice_chance(Dice *d, unsigned percent)
{
    return dice_below(d, 100) < percent;
}

/* ---- Journal ---------------------------------------------------------------------------- */

void journal_start(uint64_t seed);
void journal_add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Reports that something is wrong: prints the message, the seed and the journal, and aborts. A
 * crash prints seed and journal, too. */
void journal_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- Model ------------------------------------------------------------------------------ */

typedef enum Kind { BOX, IO, RAM, ROMD, WINDOW, IOMMU } Kind;

/* An ioeventfd, as a region has it or as a listener was told, or a coalesced range. */
typedef struct Signal {
    hwaddr addr;
    unsigned size;
    bool match;
    uint64_t data;
    EventNotifier *bell;
} Signal;

typedef struct Queue {
    hwaddr start;
    uint64_t size;
} Queue;

typedef struct World World;
typedef struct Node Node;
struct Node {
    union { /* the library's region; the model never looks at it */
        MemoryRegion mr;
        IOMMUMemoryRegion iommu;
    };
    unsigned id;
    Kind kind;
    char name[16];
    bool live;
    Node *parent;
    hwaddr addr;
    int priority;
    uint64_t size; /* UINT64_MAX: 2^64 */
    uint64_t full; /* the size of the RAM's memory */
    bool enabled, readonly, nonvolatile, romd;
    Node *target;
    hwaddr offset;
    bool mirror; /* shows its own container, from above itself on: no way leads round twice */
    unsigned logs;
    bool migratable;
    void *host;
    Node *child[NODES]; /* in the order in which they are looked at */
    unsigned children;
    Signal signal[SIGNALS];
    unsigned signals;
    Queue queue[QUEUES];
    unsigned queues;
    World *world; /* the world of an IOMMU, for its translations */
    unsigned to_space;
    unsigned page_bits;
    hwaddr key;
};

typedef struct Answer {
    const Node *node; /* NULL: no region answers */
    hwaddr offset;
    bool readonly, nonvolatile;
} Answer;

/* Returns the region that answers at 'addr' in a space with that root. */
Answer model_answer(const Node *root, hwaddr addr);

void model_add(Node *parent, hwaddr addr, Node *n, int priority);
void model_del(Node *n);
void model_move(Node *n, hwaddr addr);

/* Returns whether 'from' contains or shows 'to', at any depth. Mirrors do not count. */
bool model_reaches(const Node *from, const Node *to);

/* Returns how many regions a walk from 'n' visits, at most 'most'. */
unsigned model_weight(const Node *n, unsigned most);

static inline bool model_is_leaf(const Node *n)
{
    return n->kind != BOX && n->kind != WINDOW;
}

static inline uint8_t model_mask(const Node *n, bool global_log)
{
    return (n->logs ? 1 << DIRTY_MEMORY_VGA : 0) |
           (global_log && (n->migratable || n->kind == IOMMU) ? 1 << DIRTY_MEMORY_MIGRATION : 0);
}

/* ---- Views as they are seen -------------------------------------------------------------- */

typedef struct Seen {
    hwaddr start, last;
    MemoryRegion *mr;
    hwaddr offset;
    bool readonly, nonvolatile, romd; /* only watchers know these */
    uint8_t mask;
    bool confirmed; /* the range was told again in this commit */
} Seen;

typedef struct Picture {
    Seen range[RANGES];
    unsigned count;
} Picture;

/* Returns the index of the first range that ends at or after 'addr'; 'count' if there is none. */
unsigned picture_seek(const Picture *p, hwaddr addr);

/* ---- Watchers --------------------------------------------------------------------------- */

typedef enum Phase { IDLE, REMOVING, ADDING, LEAVING } Phase;

typedef struct Watcher {
    MemoryListener listener;
    bool on;
    bool nops;
    unsigned space;
    Picture picture;
    Phase phase;
    bool arriving; /* the listener is being registered */
    hwaddr told;   /* the last address of the last range that was told in this pass */
    bool told_any;
    unsigned commits; /* commits that were heard since world.c looked */
    Seen *current;    /* the range of the last region_nop, which log_start and log_stop follow */
    bool log_stopped; /* log_stop of that range was told */
    FlatView *view;   /* the view that this commit's additions name; only compared */
    Signal signal[TOLD];
    unsigned signals;
    Queue queue[TOLD];
    unsigned queues;
} Watcher;

void watcher_register(Watcher *w, AddressSpace *as, unsigned priority, bool nops);
void watcher_unregister(Watcher *w);

/* Called before and after address_space_remove_listeners(), for the end of a space. */
void watcher_leaving(Watcher *w);
void watcher_left(Watcher *w);

/* ---- Worlds ----------------------------------------------------------------------------- */

/* A cache that is made once and used while everything changes. */
typedef struct Kept {
    MemoryRegionCache cache; /* if mrs.mr is NULL, there is no cache */
    Node *node;
    hwaddr offset; /* offset of the cache's first byte in the node */
} Kept;

struct World {
    unsigned id;
    Dice *dice;
    MemoryContext *ctx;
    hwaddr unit;
    Node *node[NODES];
    unsigned nodes;
    unsigned names; /* how many names were given so far */
    AddressSpace *space[SPACES];
    Node *root[SPACES];
    FlatView *shown[SPACES]; /* the views at the begin of the transaction */
    void *grave[GRAVES];     /* spaces that ended, to be freed after a drain */
    unsigned graves;
    Watcher *watcher[WATCHERS];
    unsigned depth; /* open transactions */
    bool requested; /* the outermost commit must take effect (specification 7) */
    bool permitted; /* it may take effect: what a root gives way to may have changed (R2) */
    bool global_log;
    EventNotifier bell[BELLS];
    Kept kept[KEPT];
};

World *world_new(unsigned id, Dice *dice);
void world_free(World *w);

/* Makes one random step, an edit or a whole transaction of edits, and returns the number of
 * edits. */
unsigned world_step(World *w);

#define WORLD_SAY(w, fmt, ...)                                                                    \
    journal_add("w%u %*s" fmt, (w)->id, (int)(w)->depth * 2, "", __VA_ARGS__)

hwaddr world_address(World *w);
uint64_t world_size(World *w, Kind kind);

/* Returns a random living region. */
Node *world_node(World *w);

/* Make a region; NULL if there are enough. world_make_any() also returns NULL if the dice ask for
 * too much. */
Node *world_make(World *w, Kind kind, uint64_t size, Node *target, hwaddr offset);
bool world_make_any(World *w);

/* world_make_mirror() makes a window that shows the root inside the root; the other function
 * returns a place for it, above what it shows. */
void world_make_mirror(World *w);
hwaddr world_mirror_address(World *w, const Node *n);

/* Ends a region that is in no container. */
void world_unmake(Node *n);

bool world_is_root(const World *w, const Node *n);
bool world_is_target(const World *w, const Node *n);

/* Puts every region into a container. */
void world_fill(World *w);

/* Tries several random edits and returns 1 for the first one that is possible; 0 if none is. */
unsigned world_edit(World *w);

/* Removes a region from its container. */
void world_take(World *w, Node *n);

/* ---- Beside the map --------------------------------------------------------------------- */

bool edit_signal(World *w, Node *n);
bool edit_queue(World *w, Node *n);

/* signals_watch() sets the callbacks of a watcher. The other function checks whether it was told
 * what exists. */
void signals_watch(MemoryListener *l);
void check_signals(World *w, const Watcher *l, const Picture *now);

/* Checks that a store to an ioeventfd signals its notifier, and no other one. */
void check_bell(World *w, const Picture *now);

void walk_make(World *w, Node *n);
bool edit_remap(World *w, Node *n);

/* Sets *end and *at to where an access to 'offset' of n ends, where n may be an IOMMU; *end is
 * NULL if it ends nowhere. Returns false if the way is so long that the library may give up. */
bool walk_from(World *w, const Node *n, hwaddr offset, bool is_write, const Node **end,
               hwaddr *at);

/* Checks translations through an IOMMU's range. */
void check_walk(World *w, unsigned space, const Seen *r);

/* Makes one store, or clears dirty bits once, and checks what that did to the dirty bits. */
void touch_memory(World *w, unsigned space);

/* Makes, uses or ends a cache. */
void keep_something(World *w, unsigned space);
void check_kept(World *w);
void keep_nothing_of(World *w,
                     const Node *n); /* ends the caches of a region; of all regions if n is NULL */

/* Reads the published view, and fails if it is not a valid one. */
void check_picture(AddressSpace *as, Picture *p);

/* Compares everything; called outside transactions. */
void check_world(World *w);

#endif
