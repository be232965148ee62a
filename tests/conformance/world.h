/* SPDX-License-Identifier: MIT
 *
 * A small random machine for the topics topology, listeners and notify: up to W_MAX regions of
 * several kinds, up to W_SPACES address spaces, and random edits of them. It uses the public
 * interface only. Beside the regions it keeps a mirror of the tree (parents, addresses, flags), so
 * that an edit can avoid cycles and the cases that the specification decides differently on
 * purpose.
 *
 * Every edit is printed. A function that rolls dice must roll the same ones in the same order as
 * when the traces were recorded, so a change here has to leave all traces as they are.
 *
 * A library that plays the topics may define: CONF_DRAIN(), which waits until everything that was
 * deferred is freed, and what that deferred in turn; CONF_READ_LOCK() and CONF_READ_UNLOCK(),
 * which enter and leave a read section; CONF_INIT_ROM_DEVICE, the constructor of a ROM device.
 */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"

#ifndef CONF_DRAIN
#define CONF_DRAIN() ((void)0)
#endif
#ifndef CONF_INIT_ROM_DEVICE
#define CONF_INIT_ROM_DEVICE memory_region_init_rom_device_nomigrate
#endif
#ifndef CONF_READ_LOCK
#define CONF_READ_LOCK() ((void)0)
#define CONF_READ_UNLOCK() ((void)0)
#endif

enum { W_MAX = 40, W_SPACES = 3, W_RANGES = 512 };

typedef enum { K_CONT, K_IO, K_RAM, K_ROMD, K_ALIAS, K_KINDS } WKind;

/* A region and its mirror. */
typedef struct WNode {
    MemoryRegion mr;
    int id;
    WKind kind;
    bool live;   /* false: the slot of a region that was dropped */
    bool pinned; /* no random edit: stays in its place, enabled, without attributes */
    char name[24];
    struct WNode *parent;
    hwaddr addr;
    bool enabled, ro, nv, romd;
    uint64_t size; /* UINT64_MAX: 2^64 */
    uint64_t full; /* RAM: the size of its memory */
    struct WNode *target;
    hwaddr offset;
    unsigned ops; /* I/O: which set of callbacks it has, or none */
    unsigned logs;
    unsigned busy; /* ioeventfds and the like that forbid to drop it */
    void *host;
    struct World *w;
} WNode;

/* A range of a view, as w_look() found it. */
typedef struct WRange {
    uint64_t start, last;
    const MemoryRegion *mr;
    hwaddr offset;
} WRange;

typedef struct WSpace {
    AddressSpace as;
    bool live;
    bool avoid; /* the specification decides its view differently: not printed */
    WNode *root;
    WRange range[W_RANGES];
    unsigned n;
} WSpace;

typedef struct World {
    Conf *c;
    WNode *node[W_MAX];
    unsigned n;
    WSpace *space[W_SPACES];
    hwaddr unit;    /* all coordinates are multiples of it */
    bool attrs_any; /* regions of all kinds become read-only and non-volatile, not only leaves */
    unsigned depth; /* open transactions */
} World;

/* ---- Making and ending (world.c) -------------------------------------------------------- */

void w_init(World *w, Conf *c);

/* Ends all spaces and regions. */
void w_fini(World *w);

/* NULL if there are W_MAX regions. 'target' and 'offset' are for aliases. */
WNode *w_make(World *w, WKind kind, uint64_t size, WNode *target, hwaddr offset);

/* Makes a region of a random kind; an alias only if it finds a region for it to show. */
WNode *w_make_random(World *w);

/* Makes a container that always shows two small regions of its own, so that a view of it is never
 * that of something below it. */
WNode *w_make_root(World *w);

/* Makes an alias that does not begin at its target's start. */
WNode *w_make_window(World *w, WNode *target);

/* Ends a region that is in no container. */
void w_unmake(World *w, WNode *n);

/* Removes a region from its container. */
void w_del(World *w, WNode *n);

void w_begin(World *w);
void w_commit(World *w);

void w_space_init(World *w, unsigned i, WNode *root);
void w_space_destroy(World *w, unsigned i);

/* Stores the ranges of the space's current view in s->range. */
void w_look(WSpace *s);

/* A random address or size; both are often 0 or near 2^63 and 2^64. */
hwaddr w_addr(World *w);
uint64_t w_size(World *w, WKind kind);

/* ---- Edits (world-edit.c) --------------------------------------------------------------- */

/* Makes one random edit; none if the dice ask for something impossible six times. */
void w_edit(World *w);

/* A random region that edits may change; NULL if none was found in eight tries. */
WNode *w_pick(World *w);

/* Adds a region to a container, at a random priority. Does nothing if that would make a cycle, too
 * large a tree, or if the region has a container already. */
void w_add(World *w, WNode *parent, hwaddr addr, WNode *n);

/* ---- The mirror (world-mirror.c) -------------------------------------------------------- */

bool w_is_leaf(const WNode *n);
bool w_is_root(World *w, const WNode *n);
bool w_is_target(World *w, const WNode *n);
bool w_has_children(World *w, const WNode *n);

/* The oldest space with this root; NULL if there is none. */
WSpace *w_first_space(World *w, const WNode *root);

WNode *w_node_of(World *w, const MemoryRegion *mr);

/* The region's name; "unassigned" for one that is not of this world, "none" for NULL. */
const char *w_name(World *w, const MemoryRegion *mr);

/* Whether 'from' shows 'to' at any depth. seen[] has W_MAX elements, all false. */
bool w_reaches(World *w, const WNode *from, const WNode *to, bool *seen);

/* The number of regions that a rendering of 'n' would visit; 'most' if there are more. */
unsigned w_weight(World *w, const WNode *n, unsigned most);

/* Whether every region can be rendered in few steps. */
bool w_light(World *w);

/* The address of 'n' in its topmost container; false if it is beyond 2^64. */
bool w_absolute(const WNode *n, hwaddr *addr, WNode **top);

/* Sets 'avoid' of each space; called after an outermost commit. */
void w_settle(World *w);

/* Writes a number of 128 bits in hexadecimal digits to buf and returns buf. */
const char *w_128(char buf[40], Int128 v);

#endif
