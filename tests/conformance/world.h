/* SPDX-License-Identifier: MIT */
/*
 * A small random machine for the conformance topics: up to W_MAX regions of several kinds, a few
 * address spaces, and random edits on them. Uses the public interface only. A mirror of the tree
 * (parents, addresses, flags) is kept beside it, to avoid cycles and the corners that the
 * specification decides differently on purpose.
 *
 * CONF_DRAIN() waits until everything deferred has been freed, and what that deferred in turn: define
 * it to what your library has. CONF_READ_LOCK() and CONF_READ_UNLOCK() enter and leave a read section.
 */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#pragma GCC diagnostic ignored "-Wunused-function" /* each topic uses a part */

#include "conformance.h"

#ifndef CONF_DRAIN
#define CONF_DRAIN() ((void)0)
#endif
/* for implementations that have only the form with migration registration */
#ifndef CONF_INIT_ROM_DEVICE
#define CONF_INIT_ROM_DEVICE memory_region_init_rom_device_nomigrate
#endif
#ifndef CONF_READ_LOCK
#define CONF_READ_LOCK() ((void)0)
#define CONF_READ_UNLOCK() ((void)0)
#endif

enum { W_MAX = 40, W_SPACES = 3, W_RANGES = 512 };

typedef enum { K_CONT, K_IO, K_RAM, K_ROMD, K_ALIAS, K_KINDS } WKind;

typedef struct WNode {
    MemoryRegion mr;
    int id;
    WKind kind;
    bool live;
    bool pinned;             /* stays where it is, enabled, neutral */
    char name[24];
    struct WNode *parent;
    hwaddr addr;
    bool enabled, ro, nv, romd;
    uint64_t size;           /* UINT64_MAX: 2^64 */
    uint64_t full;           /* RAM: size of its memory */
    struct WNode *target;
    hwaddr offset;
    unsigned ops;            /* I/O: index in w_ops, or none */
    unsigned logs;
    unsigned busy;           /* something hangs on it: do not drop it */
    void *host;
    struct World *w;
} WNode;

typedef struct WRange {
    uint64_t start, last;
    const MemoryRegion *mr;
    hwaddr offset;
} WRange;

typedef struct WSpace {
    AddressSpace as;
    bool live;
    bool avoid;              /* its root's shortcuts are not neutral: print nothing of it */
    WNode *root;
    WRange range[W_RANGES];
    unsigned n;
} WSpace;

typedef struct World {
    Conf *c;
    WNode *node[W_MAX];
    unsigned n;
    WSpace *space[W_SPACES];
    hwaddr unit;             /* coordinates are multiples of it */
    bool attrs_any;          /* read-only and non-volatile also on containers, aliases, I/O */
    unsigned depth;          /* open transactions */
} World;

static uint64_t w_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    return addr * 0x0101010101010101ull + size;
}

static void w_write(void *opaque, hwaddr addr, uint64_t data, unsigned size);

static bool w_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    (void)opaque, (void)size;
    return attrs.secure || !(addr & (is_write ? 0x10 : 0x20));
}

static const MemoryRegionOps w_ops[] = {
    { .read = w_read, .write = w_write, .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 1, .max_access_size = 4 },
      .impl = { .min_access_size = 1, .max_access_size = 4 } },
    { .read = w_read, .write = w_write, .endianness = DEVICE_BIG_ENDIAN,
      .valid = { .min_access_size = 4, .max_access_size = 8 },
      .impl = { .min_access_size = 4, .max_access_size = 8 } },
    { .read = w_read, .write = w_write, .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 1, .max_access_size = 8, .accepts = w_accepts },
      .impl = { .min_access_size = 1, .max_access_size = 8 } },
    { .read = w_read, .write = w_write, .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 2, .max_access_size = 2, .unaligned = true },
      .impl = { .min_access_size = 1, .max_access_size = 4 } },
};

static void w_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    WNode *n = opaque;
    conf_say(n->w->c, "  write %s 0x%" PRIx64 " %u 0x%" PRIx64 "\n", n->name, addr, size, data);
}

static const char *const w_kind[] = { "container", "io", "ram", "romd", "alias" };

static bool w_is_leaf(const WNode *n)
{
    return n->kind == K_IO || n->kind == K_RAM || n->kind == K_ROMD;
}

static WNode *w_node_of(World *w, const MemoryRegion *mr)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && &w->node[i]->mr == mr) {
            return w->node[i];
        }
    }
    return NULL;
}

static const char *w_name(World *w, const MemoryRegion *mr)
{
    return mr && w_node_of(w, mr) ? memory_region_name(mr) : mr ? "unassigned" : "none";
}

static const char *w_128(char buf[40], Int128 v)
{
    uint64_t hi = (uint64_t)int128_gethi(v), lo = int128_getlo(v);
    if (hi) {
        snprintf(buf, 40, "0x%" PRIx64 "%016" PRIx64, hi, lo);
    } else {
        snprintf(buf, 40, "0x%" PRIx64, lo);
    }
    return buf;
}

/* is 'to' among what 'from' shows, at any depth? */
static bool w_reaches(World *w, const WNode *from, const WNode *to, bool *seen)
{
    if (from == to) {
        return true;
    }
    if (seen[from->id]) {
        return false;
    }
    seen[from->id] = true;
    if (from->target && w_reaches(w, from->target, to, seen)) {
        return true;
    }
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->parent == from && w_reaches(w, w->node[i], to, seen)) {
            return true;
        }
    }
    return false;
}

/* how many regions a rendering would visit, up to 'most' */
static unsigned w_weight(World *w, const WNode *n, unsigned most)
{
    unsigned sum = 1;
    if (n->target) {
        return sum + (most > 1 ? w_weight(w, n->target, most - 1) : 0);
    }
    for (unsigned i = 0; i < w->n && sum < most; i++) {
        if (w->node[i]->live && w->node[i]->parent == n) {
            sum += w_weight(w, w->node[i], most - sum);
        }
    }
    return sum;
}

static bool w_light(World *w)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w_weight(w, w->node[i], 120) >= 120) {
            return false;
        }
    }
    return true;
}

/* 6.1, last point: does every region skipped on the way from the root lose nothing by it? (R2) */
static bool w_root_neutral(World *w, const WNode *r)
{
    while (r->enabled) {
        if (r->kind == K_ALIAS) {
            if (r->offset || r->size < r->target->size) {
                return true;
            }
            if (r->ro || r->nv || r->addr != r->target->addr) {
                return false;
            }
            r = r->target;
        } else if (r->kind == K_CONT) {
            WNode *only = NULL;
            unsigned found = 0;
            for (unsigned i = 0; i < w->n; i++) {
                WNode *k = w->node[i];
                if (k->live && k->parent == r && k->enabled) {
                    found++;
                    only = k;
                }
            }
            if (found != 1 || only->addr || r->size < only->size) {
                return true;
            }
            if (r->ro || r->nv || r->addr) {
                return false;
            }
            r = only;
        } else {
            return true;
        }
    }
    return true;
}

/* the address of 'n' in its topmost container; false if it lies beyond 2^64 */
static bool w_absolute(const WNode *n, hwaddr *addr, WNode **top)
{
    *addr = n->addr;
    while (n->parent) {
        n = n->parent;
        if (*addr + n->addr < *addr) {
            return false;
        }
        *addr += n->addr;
    }
    *top = (WNode *)n;
    return true;
}

static WSpace *w_first_space(World *w, const WNode *root)
{
    WSpace *best = NULL;
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i] && w->space[i]->live && w->space[i]->root == root) {
            best = best ? best : w->space[i];
        }
    }
    return best;
}

static bool w_is_root(World *w, const WNode *n)
{
    return w_first_space(w, n) != NULL;
}

static bool w_is_target(World *w, const WNode *n)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->target == n) {
            return true;
        }
    }
    return false;
}

static bool w_has_children(World *w, const WNode *n)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->parent == n) {
            return true;
        }
    }
    return false;
}

static hwaddr w_addr(World *w)
{
    Conf *c = w->c;
    switch (conf_below(c, 20)) {
    case 0:
        return 0 - w->unit * (1 + conf_below(c, 24));
    case 1:
        return (1ull << 63) - w->unit * 8 + w->unit * conf_below(c, 16);
    case 2:
    case 3:
        return 0;
    default:
        return w->unit * conf_below(c, conf_chance(c, 50) ? 24 : 60);
    }
}

static uint64_t w_size(World *w, WKind kind)
{
    Conf *c = w->c;
    if (kind == K_RAM || kind == K_ROMD) {
        return w->unit * (1 + conf_below(c, 10));
    }
    switch (conf_below(c, kind == K_IO ? 40 : 24)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return UINT64_MAX;
    case 3:
        return 1ull << 63;
    case 4:
        return 0 - w->unit * (1 + conf_below(c, 8)) - (w->unit == 1);
    default:
        return w->unit * (1 + conf_below(c, kind == K_IO ? 10 : 48));
    }
}

static WNode *w_make(World *w, WKind kind, uint64_t size, WNode *target, hwaddr offset)
{
    Conf *c = w->c;
    WNode *n = NULL;
    unsigned i;
    for (i = 0; i < w->n && w->node[i]->live; i++) {
    }
    if (i == w->n) {
        if (w->n == W_MAX) {
            return NULL;
        }
        w->node[w->n++] = calloc(1, sizeof *n);
    }
    n = w->node[i];
    memset(n, 0, sizeof *n);
    n->w = w;
    n->id = (int)i;
    n->kind = kind;
    n->size = n->full = size;
    n->enabled = n->romd = true;
    n->target = target;
    n->offset = offset;
    snprintf(n->name, sizeof n->name, i % 11 == 7 ? "%c%u/[x]\\" : "%c%u", "ciroa"[kind], i);
    switch (kind) {
    case K_CONT:
        memory_region_init(&n->mr, NULL, n->name, size);
        break;
    case K_IO:
        n->ops = (unsigned)conf_below(c, 5);
        memory_region_init_io(&n->mr, NULL, n->ops < 4 ? &w_ops[n->ops] : NULL, n, n->name, size);
        break;
    case K_RAM:
        n->host = calloc(1, size);
        memory_region_init_ram_ptr(&n->mr, NULL, n->name, size, n->host);
        break;
    case K_ROMD:
        CONF_INIT_ROM_DEVICE(&n->mr, NULL, &w_ops[0], n, n->name, size, NULL);
        break;
    default:
        memory_region_init_alias(&n->mr, NULL, n->name, &target->mr, offset, size);
        break;
    }
    n->live = true;
    conf_say(c, "new %s %s size 0x%" PRIx64, n->name, w_kind[kind], memory_region_size(&n->mr));
    if (target) {
        conf_say(c, " of %s + 0x%" PRIx64, target->name, offset);
    }
    if (kind == K_IO) {
        conf_say(c, " ops %u", n->ops);
    }
    conf_say(c, "\n");
    return n;
}

/* a region of a random kind; only containers until there is something to show */
static WNode *w_make_random(World *w)
{
    Conf *c = w->c;
    static const WKind kinds[] = { K_CONT, K_CONT, K_IO, K_IO, K_IO, K_RAM, K_RAM, K_RAM, K_ROMD,
                                   K_ALIAS, K_ALIAS, K_ALIAS };
    WKind kind = kinds[conf_below(c, 12)];
    WNode *target = NULL;
    hwaddr offset = 0;
    if (kind == K_ALIAS) {
        target = w->n ? w->node[conf_below(c, w->n)] : NULL;
        if (!target || !target->live || w_weight(w, target, 60) >= 60) {
            kind = K_CONT;
            target = NULL;
        } else {
            offset = conf_chance(c, 40) ? 0 : w->unit * conf_below(c, 20);
        }
    }
    uint64_t size = w_size(w, kind);
    if (kind == K_ALIAS && conf_chance(c, 25)) {
        size = target->size;
    }
    return w_make(w, kind, size, target, offset);
}

static void w_unmake(World *w, WNode *n)
{
    conf_say(w->c, "drop %s\n", n->name);
    object_unparent(OBJECT(&n->mr));
    n->live = false;
    free(n->host);
    n->host = NULL;
}

static WNode *w_pick(World *w)
{
    for (int tries = 0; tries < 8; tries++) {
        WNode *n = w->node[conf_below(w->c, w->n)];
        if (n->live && !n->pinned) {
            return n;
        }
    }
    return NULL;
}

static void w_add(World *w, WNode *parent, hwaddr addr, WNode *n)
{
    Conf *c = w->c;
    bool seen[W_MAX] = { false };
    if (n->parent || (!parent->enabled && w_is_root(w, n)) || w_reaches(w, n, parent, seen)) {
        return;
    }
    hwaddr old = n->addr;
    n->parent = parent;
    n->addr = addr;
    if (!w_light(w)) {
        n->parent = NULL;
        n->addr = old;
        return;
    }
    if (conf_chance(c, 35)) {
        conf_say(c, "add %s 0x%" PRIx64 " %s\n", parent->name, addr, n->name);
        memory_region_add_subregion(&parent->mr, addr, &n->mr);
    } else {
        int prio = (int)conf_below(c, 6) - 3;
        conf_say(c, "add %s 0x%" PRIx64 " %s priority %d\n", parent->name, addr, n->name, prio);
        memory_region_add_subregion_overlap(&parent->mr, addr, &n->mr, prio);
    }
}

static void w_del(World *w, WNode *n)
{
    conf_say(w->c, "del %s %s\n", n->parent->name, n->name);
    memory_region_del_subregion(&n->parent->mr, &n->mr);
    n->parent = NULL;
}

/* One random edit; false if the dice asked for something impossible. */
static bool w_edit_one(World *w)
{
    Conf *c = w->c;
    WNode *n = w_pick(w), *p;
    if (!n) {
        return false;
    }
    unsigned what = (unsigned)conf_below(c, 100);
    if (what < 30) {
        if (n->parent) {
            if (what < 6) {
                w_del(w, n);
            }
            return what < 6;
        }
        p = w->node[conf_below(c, w->n)];
        if (!p->live || (p->kind != K_CONT && conf_chance(c, 60))) {
            p = w->node[0];
        }
        if (!p->live || (w_is_root(w, n) && conf_chance(c, 70))) {
            return false;
        }
        w_add(w, p, w_addr(w), n);
        return n->parent != NULL;
    } else if (what < 42) {
        bool e = n->enabled ? conf_chance(c, 65) : conf_chance(c, 90);
        n->enabled = e;
        conf_say(c, "enable %s %d\n", n->name, e);
        memory_region_set_enabled(&n->mr, e);
    } else if (what < 58) {
        if (!n->parent || (!n->parent->enabled && w_is_root(w, n))) {
            return false;
        }
        n->addr = w_addr(w);
        conf_say(c, "move %s 0x%" PRIx64 "\n", n->name, n->addr);
        memory_region_set_address(&n->mr, n->addr);
    } else if (what < 68) {
        uint64_t size = w_size(w, n->kind);
        if (n->kind == K_RAM || n->kind == K_ROMD) {
            size = conf_chance(c, 10) ? 0 : size < n->full ? size : n->full;
        }
        n->size = size;
        conf_say(c, "resize %s 0x%" PRIx64 "\n", n->name, size);
        memory_region_set_size(&n->mr, size);
        conf_say(c, "size %s 0x%" PRIx64 "\n", n->name, memory_region_size(&n->mr));
    } else if (what < 76) {
        if (n->kind != K_ALIAS) {
            return false;
        }
        n->offset = w_addr(w);
        conf_say(c, "window %s 0x%" PRIx64 "\n", n->name, n->offset);
        memory_region_set_alias_offset(&n->mr, n->offset);
    } else if (what < 83) {
        if (n->kind != K_RAM && !w->attrs_any) {
            return false;
        }
        n->ro = conf_chance(c, n->kind == K_RAM ? 50 : 30);
        conf_say(c, "readonly %s %d\n", n->name, n->ro);
        memory_region_set_readonly(&n->mr, n->ro);
        conf_say(c, "rom %s %d\n", n->name, memory_region_is_rom(&n->mr));
    } else if (what < 88) {
        if (!w_is_leaf(n) && !w->attrs_any) {
            return false;
        }
        n->nv = conf_chance(c, 50);
        conf_say(c, "nonvolatile %s %d\n", n->name, n->nv);
        memory_region_set_nonvolatile(&n->mr, n->nv);
        conf_say(c, "nv %s %d\n", n->name, memory_region_is_nonvolatile(&n->mr));
    } else if (what < 94) {
        if (n->kind != K_ROMD) {
            return false;
        }
        n->romd = conf_chance(c, 50);
        conf_say(c, "romd %s %d\n", n->name, n->romd);
        memory_region_rom_device_set_romd(&n->mr, n->romd);
        conf_say(c, "romd is %d\n", memory_region_is_romd(&n->mr));
    } else if (what < 97 && !w->depth) {
        if (n->busy || n->parent || w_is_target(w, n) || w_is_root(w, n) || w_has_children(w, n)) {
            return false;
        }
        CONF_DRAIN();
        w_unmake(w, n);
    } else {
        return w_make_random(w) != NULL;
    }
    return true;
}

static void w_edit(World *w)
{
    for (int tries = 0; tries < 6 && !w_edit_one(w); tries++) {
    }
}


static void w_begin(World *w)
{
    conf_say(w->c, "begin %u\n", w->depth);
    memory_region_transaction_begin();
    w->depth++;
}

static void w_commit(World *w)
{
    w->depth--;
    conf_say(w->c, "commit %u\n", w->depth);
    memory_region_transaction_commit();
}

/* the spaces whose view differs from ours by intent, as of the last outermost commit */
static void w_settle(World *w)
{
    for (unsigned i = 0; i < W_SPACES; i++) {
        WSpace *s = w->space[i];
        if (s && s->live) {
            s->avoid = !w_root_neutral(w, s->root);
        }
    }
}

static void w_space_init(World *w, unsigned i, WNode *root)
{
    char name[16];
    WSpace *s = w->space[i] = calloc(1, sizeof *s);
    snprintf(name, sizeof name, "as%u", i);
    s->root = root;
    s->live = true;
    conf_say(w->c, "space %u root %s\n", i, root->name);
    address_space_init(&s->as, root ? &root->mr : NULL, name);
}

/* A commit that takes effect but changes nothing: views of spaces that are gone are let go. */
static void w_refresh(WNode *n)
{
    memory_region_transaction_begin();
    memory_region_set_enabled(&n->mr, !n->enabled);
    memory_region_set_enabled(&n->mr, n->enabled);
    memory_region_transaction_commit();
}

static void w_space_destroy(World *w, unsigned i)
{
    WSpace *s = w->space[i];
    conf_say(w->c, "space %u gone\n", i);
    address_space_destroy(&s->as);
    w_refresh(s->root);
    CONF_DRAIN();
    free(s);
    w->space[i] = NULL;
}

/* A container that always shows two small regions of its own, so that it is its own root. */
static WNode *w_make_root(World *w)
{
    WNode *r = w_make(w, K_CONT, conf_chance(w->c, 80) ? UINT64_MAX : w->unit * 0x80, NULL, 0);
    r->pinned = true;
    for (unsigned k = 0; k < 2; k++) {
        WNode *p = w_make(w, K_IO, w->unit, NULL, 0);
        p->pinned = true;
        p->parent = r;
        p->addr = w->unit * (0x60 + k * 2);
        memory_region_add_subregion_overlap(&r->mr, p->addr, &p->mr, -5);
    }
    return r;
}

/* A window that never begins at its target's start. */
static WNode *w_make_window(World *w, WNode *target)
{
    /* in this order: compilers differ in which argument they look at first */
    hwaddr offset = w->unit * (1 + conf_below(w->c, 8));
    uint64_t size = w->unit * (8 + conf_below(w->c, 0x40));
    WNode *a = w_make(w, K_ALIAS, size, target, offset);
    a->pinned = true;
    return a;
}

static bool w_keep_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset, void *opaque)
{
    WSpace *s = opaque;
    if (s->n < W_RANGES) {
        WRange *r = &s->range[s->n++];
        r->start = int128_getlo(start);
        r->last = int128_getlo(int128_sub(int128_add(start, len), int128_one()));
        r->mr = mr;
        r->offset = offset;
    }
    return false;
}

/* notes the space's current ranges */
static void w_look(WSpace *s)
{
    s->n = 0;
    CONF_READ_LOCK();
    flatview_for_each_range(address_space_to_flatview(&s->as), w_keep_range, s);
    CONF_READ_UNLOCK();
}

static void w_init(World *w, Conf *c)
{
    static const hwaddr units[] = { 0x1000, 0x10, 0x1000, 1, 0x100 };
    memset(w, 0, sizeof *w);
    w->c = c;
    w->unit = units[conf_below(c, 5)];
    w->attrs_any = conf_chance(c, 60);
}

static void w_fini(World *w)
{
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i]) {
            w_space_destroy(w, i);
        }
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->parent) {
            w_del(w, w->node[i]);
        }
    }
    memory_region_transaction_commit();
    CONF_DRAIN();
    /* aliases before what they show: an alias may be younger in time, but not in its slot */
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < w->n; i++) {
            if (w->node[i]->live && !w_is_target(w, w->node[i])) {
                w_unmake(w, w->node[i]);
                again = true;
            }
        }
    }
    for (unsigned i = 0; i < w->n; i++) {
        free(w->node[i]);
    }
}

#endif
