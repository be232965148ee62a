/* SPDX-License-Identifier: MIT
 *
 * Makes and ends what the random machine consists of: regions, address spaces, transactions.
 */
#include "world.h"

/* ---- The devices ------------------------------------------------------------------------ */

static uint64_t w_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    return addr * 0x0101010101010101ull + size;
}

static void w_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    WNode *n = opaque;
    conf_say(n->w->c, "  write %s 0x%" PRIx64 " %u 0x%" PRIx64 "\n", n->name, addr, size, data);
}

static bool w_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    (void)opaque, (void)size;
    return attrs.secure || !(addr & (is_write ? 0x10 : 0x20));
}

static const MemoryRegionOps w_ops[] = {
    { .read = w_read,
      .write = w_write,
      .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 1, .max_access_size = 4 },
      .impl = { .min_access_size = 1, .max_access_size = 4 } },
    { .read = w_read,
      .write = w_write,
      .endianness = DEVICE_BIG_ENDIAN,
      .valid = { .min_access_size = 4, .max_access_size = 8 },
      .impl = { .min_access_size = 4, .max_access_size = 8 } },
    { .read = w_read,
      .write = w_write,
      .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 1, .max_access_size = 8, .accepts = w_accepts },
      .impl = { .min_access_size = 1, .max_access_size = 8 } },
    { .read = w_read,
      .write = w_write,
      .endianness = DEVICE_LITTLE_ENDIAN,
      .valid = { .min_access_size = 2, .max_access_size = 2, .unaligned = true },
      .impl = { .min_access_size = 1, .max_access_size = 4 } },
};

/* ---- Regions ---------------------------------------------------------------------------- */

hwaddr w_addr(World *w)
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

uint64_t w_size(World *w, WKind kind)
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

/* The slot of a region that was dropped, or a new one; NULL if all are in use. */
static WNode *w_free_slot(World *w)
{
    unsigned i = 0;

    while (i < w->n && w->node[i]->live) {
        i++;
    }
    if (i == W_MAX) {
        return NULL;
    }
    if (i == w->n) {
        w->node[w->n++] = calloc(1, sizeof(WNode));
    }
    memset(w->node[i], 0, sizeof(WNode));
    w->node[i]->id = (int)i;
    return w->node[i];
}

static void w_construct(WNode *n)
{
    switch (n->kind) {
    case K_CONT:
        memory_region_init(&n->mr, NULL, n->name, n->size);
        break;
    case K_IO:
        n->ops = (unsigned)conf_below(n->w->c, 5);
        memory_region_init_io(&n->mr, NULL, n->ops < 4 ? &w_ops[n->ops] : NULL, n, n->name,
                              n->size);
        break;
    case K_RAM:
        n->host = calloc(1, n->size);
        memory_region_init_ram_ptr(&n->mr, NULL, n->name, n->size, n->host);
        break;
    case K_ROMD:
        CONF_INIT_ROM_DEVICE(&n->mr, NULL, &w_ops[0], n, n->name, n->size, NULL);
        break;
    default:
        memory_region_init_alias(&n->mr, NULL, n->name, &n->target->mr, n->offset, n->size);
        break;
    }
}

static void w_say_new(WNode *n)
{
    static const char *const kind[] = { "container", "io", "ram", "romd", "alias" };
    Conf *c = n->w->c;

    conf_say(c, "new %s %s size 0x%" PRIx64, n->name, kind[n->kind], memory_region_size(&n->mr));
    if (n->target) {
        conf_say(c, " of %s + 0x%" PRIx64, n->target->name, n->offset);
    }
    if (n->kind == K_IO) {
        conf_say(c, " ops %u", n->ops);
    }
    conf_say(c, "\n");
}

WNode *w_make(World *w, WKind kind, uint64_t size, WNode *target, hwaddr offset)
{
    WNode *n = w_free_slot(w);

    if (!n) {
        return NULL;
    }
    n->w = w;
    n->kind = kind;
    n->size = n->full = size;
    n->enabled = n->romd = true;
    n->target = target;
    n->offset = offset;
    /* Some names have characters that are special in a path. */
    snprintf(n->name, sizeof(n->name), n->id % 11 == 7 ? "%c%d/[x]\\" : "%c%d", "ciroa"[kind],
             n -> id);
    w_construct(n);
    n->live = true;
    w_say_new(n);
    return n;
}

WNode *w_make_random(World *w)
{
    Conf *c = w->c;
    static const WKind kinds[] = { K_CONT, K_CONT, K_IO,   K_IO,    K_IO,    K_RAM,
                                   K_RAM,  K_RAM,  K_ROMD, K_ALIAS, K_ALIAS, K_ALIAS };
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

WNode *w_make_root(World *w)
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

WNode *w_make_window(World *w, WNode *target)
{
    /* Roll the dice in statements of their own: the order within an argument list is open. */
    hwaddr offset = w->unit * (1 + conf_below(w->c, 8));
    uint64_t size = w->unit * (8 + conf_below(w->c, 0x40));
    WNode *a = w_make(w, K_ALIAS, size, target, offset);
    a->pinned = true;
    return a;
}

void w_unmake(World *w, WNode *n)
{
    conf_say(w->c, "drop %s\n", n->name);
    object_unparent(OBJECT(&n->mr));
    n->live = false;
    free(n->host);
    n->host = NULL;
}

void w_del(World *w, WNode *n)
{
    conf_say(w->c, "del %s %s\n", n->parent->name, n->name);
    memory_region_del_subregion(&n->parent->mr, &n->mr);
    n->parent = NULL;
}

/* ---- Transactions ----------------------------------------------------------------------- */

void w_begin(World *w)
{
    conf_say(w->c, "begin %u\n", w->depth);
    memory_region_transaction_begin();
    w->depth++;
}

void w_commit(World *w)
{
    w->depth--;
    conf_say(w->c, "commit %u\n", w->depth);
    memory_region_transaction_commit();
}

/* A commit that takes effect but changes nothing lets go of the views of spaces that are gone. */
static void w_refresh(WNode *n)
{
    memory_region_transaction_begin();
    memory_region_set_enabled(&n->mr, !n->enabled);
    memory_region_set_enabled(&n->mr, n->enabled);
    memory_region_transaction_commit();
}

/* ---- Spaces ----------------------------------------------------------------------------- */

void w_space_init(World *w, unsigned i, WNode *root)
{
    char name[16];
    WSpace *s = w->space[i] = calloc(1, sizeof(*s));
    snprintf(name, sizeof(name), "as%u", i);
    s->root = root;
    s->live = true;
    conf_say(w->c, "space %u root %s\n", i, root->name);
    address_space_init(&s->as, root ? &root->mr : NULL, name);
}

void w_space_destroy(World *w, unsigned i)
{
    WSpace *s = w->space[i];
    conf_say(w->c, "space %u gone\n", i);
    address_space_destroy(&s->as);
    w_refresh(s->root);
    CONF_DRAIN();
    free(s);
    w->space[i] = NULL;
}

static bool w_keep_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset,
                         void *opaque)
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

void w_look(WSpace *s)
{
    s->n = 0;
    CONF_READ_LOCK();
    flatview_for_each_range(address_space_to_flatview(&s->as), w_keep_range, s);
    CONF_READ_UNLOCK();
}

/* ---- The world -------------------------------------------------------------------------- */

void w_init(World *w, Conf *c)
{
    static const hwaddr units[] = { 0x1000, 0x10, 0x1000, 1, 0x100 };
    memset(w, 0, sizeof(*w));
    w->c = c;
    w->unit = units[conf_below(c, 5)];
    w->attrs_any = conf_chance(c, 60);
}

/* Ends the regions that no alias shows; false if there were none. */
static bool w_unmake_some(World *w)
{
    bool any = false;

    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && !w_is_target(w, w->node[i])) {
            w_unmake(w, w->node[i]);
            any = true;
        }
    }
    return any;
}

void w_fini(World *w)
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
    while (w_unmake_some(w)) {
    }
    for (unsigned i = 0; i < w->n; i++) {
        free(w->node[i]);
    }
}
