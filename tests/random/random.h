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

/* Something is wrong: says what, prints seed and journal, aborts. A crash prints them too. */
void journal_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- Model ------------------------------------------------------------------------------ */

typedef enum Kind { BOX, IO, RAM, ROMD, WINDOW, IOMMU } Kind;

/* An ioeventfd, of a region or as told, and a coalesced range. */
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
    union { /* the library's; the model never looks at it */
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
    uint64_t full; /* of the memory behind RAM */
    bool enabled, readonly, nonvolatile, romd;
    Node *target;
    hwaddr offset;
    bool mirror; /* lies in its target, above what it shows of it: no way leads round twice */
    unsigned logs;
    bool migratable;
    void *host;
    Node *child[NODES]; /* best rank first */
    unsigned children;
    Signal signal[SIGNALS];
    unsigned signals;
    Queue queue[QUEUES];
    unsigned queues;
    World *world; /* of an IOMMU: what it translates to */
    unsigned to_space;
    unsigned page_bits;
    hwaddr key;
};

typedef struct Answer {
    const Node *node; /* NULL: nobody */
    hwaddr offset;
    bool readonly, nonvolatile;
} Answer;

/* Who answers at addr in a space with that root? */
Answer model_answer(const Node *root, hwaddr addr);

void model_add(Node *parent, hwaddr addr, Node *n, int priority);
void model_del(Node *n);
void model_move(Node *n, hwaddr addr);

/* Is 'to' among what 'from' contains or shows, at any depth? Mirrors do not count. */
bool model_reaches(const Node *from, const Node *to);

/* How many regions a walk from n visits, at most 'most'. */
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
    bool readonly, nonvolatile, romd; /* watchers only */
    uint8_t mask;
    bool confirmed; /* told again in this commit */
} Seen;

typedef struct Picture {
    Seen range[RANGES];
    unsigned count;
} Picture;

/* The first range that ends at or after addr; may be the end. */
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
    bool arriving; /* the registration is being told */
    hwaddr told;   /* last address of the last range told in this pass */
    bool told_any;
    unsigned commits; /* heard since the world looked */
    Seen *current;    /* of the last nop: log_start and log_stop follow it */
    bool log_stopped; /* log_stop of the current range was told */
    FlatView *view;   /* of this commit's additions; only compared */
    Signal signal[TOLD];
    unsigned signals;
    Queue queue[TOLD];
    unsigned queues;
} Watcher;

void watcher_register(Watcher *w, AddressSpace *as, unsigned priority, bool nops);
void watcher_unregister(Watcher *w);

/* For the end of a space: before and after address_space_remove_listeners(). */
void watcher_leaving(Watcher *w);
void watcher_left(Watcher *w);

/* ---- Worlds ----------------------------------------------------------------------------- */

/* A cache that was made once and is used ever after. */
typedef struct Kept {
    MemoryRegionCache cache; /* of nothing, if mrs.mr is NULL */
    Node *node;
    hwaddr offset; /* of its first byte, in the node */
} Kept;

struct World {
    unsigned id;
    Dice *dice;
    MemoryContext *ctx;
    hwaddr unit;
    Node *node[NODES];
    unsigned nodes;
    unsigned names; /* ever given */
    AddressSpace *space[SPACES];
    Node *root[SPACES];
    FlatView *shown[SPACES]; /* at the begin of the transaction */
    void *grave[GRAVES];     /* spaces that are gone, to be freed after a drain */
    unsigned graves;
    Watcher *watcher[WATCHERS];
    unsigned depth; /* of transactions */
    bool requested; /* the outermost commit must take effect (7) */
    bool permitted; /* it may: what a root gives way to may have changed (R2) */
    bool global_log;
    EventNotifier bell[BELLS];
    Kept kept[KEPT];
};

World *world_new(unsigned id, Dice *dice);
void world_free(World *w);

/* One random step: an edit, or a whole transaction of them. Returns how many edits it was. */
unsigned world_step(World *w);

#define WORLD_SAY(w, fmt, ...)                                                                    \
    journal_add("w%u %*s" fmt, (w)->id, (int)(w)->depth * 2, "", __VA_ARGS__)

hwaddr world_address(World *w);
uint64_t world_size(World *w, Kind kind);

/* A live region. */
Node *world_node(World *w);

/* NULL if there are enough; world_make_any() also fails where chance asks for too much. */
Node *world_make(World *w, Kind kind, uint64_t size, Node *target, hwaddr offset);
bool world_make_any(World *w);

/* A window that shows the root inside the root; a place for it, above what it shows. */
void world_make_mirror(World *w);
hwaddr world_mirror_address(World *w, const Node *n);

/* Ends a region that is nowhere. */
void world_unmake(Node *n);

bool world_is_root(const World *w, const Node *n);
bool world_is_target(const World *w, const Node *n);

/* Puts every region somewhere. */
void world_fill(World *w);

/* One random edit; how many were done: 1, or 0 if none of several tries was possible. */
unsigned world_edit(World *w);

/* Takes a region out of its container. */
void world_take(World *w, Node *n);

/* ---- Beside the map --------------------------------------------------------------------- */

bool edit_signal(World *w, Node *n);
bool edit_queue(World *w, Node *n);

/* The callbacks of watchers, and whether they were told what there is. */
void signals_watch(MemoryListener *l);
void check_signals(World *w, const Watcher *l, const Picture *now);

/* A store to an ioeventfd rings, and nothing else does. */
void check_bell(World *w, const Picture *now);

void walk_make(World *w, Node *n);
bool edit_remap(World *w, Node *n);

/* Where an access ends that comes to offset of n, which may be an IOMMU; NULL: nowhere. False: the
 * way is so long that the library may give up. */
bool walk_from(World *w, const Node *n, hwaddr offset, bool is_write, const Node **end,
               hwaddr *at);

/* Translations through the IOMMU's range. */
void check_walk(World *w, unsigned space, const Seen *r);

/* One store or one clearing of dirty bits, and what it must do to them. */
void touch_memory(World *w, unsigned space);

/* Makes, uses or ends a cache. */
void keep_something(World *w, unsigned space);
void check_kept(World *w);
void keep_nothing_of(World *w, const Node *n); /* NULL: of anything */

/* The view as it is published; fails if it is no view. */
void check_picture(AddressSpace *as, Picture *p);

/* Compares everything; outside transactions. */
void check_world(World *w);

#endif
