/* SPDX-License-Identifier: MIT
 *
 * Maps and caches: address_space_map and unmap of memory and, through the bounce buffer, of
 * everything else; MemoryRegionCache over memory, ROM, devices, holes and windows; mappings and
 * caches that outlive changes of the map.
 *
 * Printed: the length and place (region and offset) of what a map or a cache covers, all data
 * seen, every device callback (region, direction, offset, size, value), results, the visible
 * sections after each change of the map, and a checksum of all memory at the end of each scene.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - D2: one bounce buffer at a time, never more than a guest page.
 *  - D12: RAM devices are in the map, but no mapping starts on one.
 *  - D1, R16: devices take 1 to 8 bytes, aligned, and implement 1 to 8 or 1 to 4.
 *  - D9, R3: nothing runs over the end of a device's or ROM device's section; R5: no load or store
 *    over the end of a section of memory.
 *  - R1: read-only on leaves only. R2: roots have several children.
 *  - R6: results are preset to 0. R9: attributes of bounce transfers are not printed.
 *  - R20: caches made for reading are not written.
 *  - no cache runs over the end of a hole; what a cache without pointer covers, and a bounce
 *    buffer for writing ROM, lies in one guest page (the recorded
 *    implementation may cut its sections at pages).
 *  - the rest of a writer's bounce buffer (undefined): only what was filled in is written back.
 *  - cached accesses that need several pieces on a device stay inside it (D7 concerns the
 *    second piece, and the recorded implementation is without D7).
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"

/* README.md describes these macros. */
#ifndef CONF_DRAIN
#define CONF_DRAIN() ((void)0)
#endif
#ifndef CONF_INIT_ROM_DEVICE
#define CONF_INIT_ROM_DEVICE memory_region_init_rom_device_nomigrate
#endif

#define MAP_SPAN 0x8000u
#define MAP_DEVS 14
#define MAP_WINS 12
#define MAP_SECS 256
#define MAP_HELD 8
#define MAP_CACHES 6
#define MAP_MEM 0x2000u

typedef enum MapKind { MAP_IO, MAP_RAM, MAP_ROM, MAP_ROMD, MAP_RAMDEV } MapKind;

static const char *const map_kind_name[] = { "io", "ram", "rom", "romd", "ramdev" };

typedef struct MapWorld MapWorld;

typedef struct MapDev {
    MemoryRegion mr;
    MapWorld *w;
    MemoryRegion *parent;
    MapKind kind;
    unsigned id;
    char name[16];
    uint64_t size;
    uint8_t *host;
    bool romd, enabled;
} MapDev;

typedef struct MapSec {
    uint64_t start, end, off; /* end is exclusive */
    MapDev *dev;              /* NULL: hole */
} MapSec;

typedef struct MapHeld {
    uint8_t *p; /* NULL: free */
    hwaddr addr, len;
    bool is_write, bounced;
    unsigned no;
} MapHeld;

typedef struct MapCache {
    MemoryRegionCache cache;
    MapDev *dev; /* at init; NULL: hole */
    int64_t len;
    uint64_t off;
    bool on, is_write, direct;
    unsigned no;
} MapCache;

struct MapWorld {
    Conf *c;
    uint64_t salt;
    unsigned op, count;
    MemoryRegion root, box;
    AddressSpace as;
    MapDev dev[MAP_DEVS];
    MemoryRegion win[MAP_WINS];
    MapSec sec[MAP_SECS];
    unsigned nsec;
    MapHeld held[MAP_HELD];
    bool bouncing;
    MapCache cache[MAP_CACHES];
    MemoryRegionOps ops[4];
    uint8_t *mem;
};

static uint64_t map_mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * 0x9E3779B97F4A7C15ull;
    a ^= a >> 29;
    a *= 0xBF58476D1CE4E5B9ull;
    return a ^ (a >> 32);
}

/* ---- device callbacks ---- */

static uint64_t map_read(void *opaque, hwaddr addr, unsigned size)
{
    MapDev *d = opaque;
    uint64_t v = map_mix(d->w->salt + d->id, addr * 16 + size);
    conf_say(d->w->c, "    %s read +%" PRIx64 "/%u = %" PRIx64 "\n", d->name, (uint64_t)addr, size,
             v);
    return v;
}

static void map_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    MapDev *d = opaque;
    conf_say(d->w->c, "    %s write +%" PRIx64 "/%u = %" PRIx64 "\n", d->name, (uint64_t)addr,
             size, data);
}

static MemTxResult map_read_attrs(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                                  MemTxAttrs attrs)
{
    MapDev *d = opaque;
    (void)attrs;
    *data = map_read(opaque, addr, size);
    return map_mix(d->w->salt, addr / 8) % 8 ? MEMTX_OK : MEMTX_ERROR;
}

static MemTxResult map_write_attrs(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                                   MemTxAttrs attrs)
{
    MapDev *d = opaque;
    (void)attrs;
    map_write(opaque, addr, data, size);
    return map_mix(d->w->salt, addr / 8) % 8 ? MEMTX_OK : MEMTX_ERROR;
}

/* ---- building ---- */

static void map_make_ops(MapWorld *w)
{
    for (unsigned i = 0; i < 4; i++) {
        MemoryRegionOps *o = &w->ops[i];
        memset(o, 0, sizeof(*o));
        if (i & 1) {
            o->read_with_attrs = map_read_attrs;
            o->write_with_attrs = map_write_attrs;
        } else {
            o->read = map_read;
            o->write = map_write;
        }
        o->endianness = i & 2 ? DEVICE_BIG_ENDIAN : DEVICE_LITTLE_ENDIAN;
        o->valid.min_access_size = 1;
        o->valid.max_access_size = 8;
        o->impl.min_access_size = 1;
        o->impl.max_access_size = i == 3 ? 4 : 8;
    }
}

static void map_make_dev(MapWorld *w, unsigned i)
{
    static const MapKind kinds[MAP_DEVS] = { MAP_RAM, MAP_RAM, MAP_RAM,  MAP_RAM,   MAP_RAM,
                                             MAP_ROM, MAP_ROM, MAP_ROMD, MAP_ROMD,  MAP_IO,
                                             MAP_IO,  MAP_IO,  MAP_IO,   MAP_RAMDEV };
    Conf *c = w->c;
    MapDev *d = &w->dev[i];

    d->w = w;
    d->id = i;
    d->kind = kinds[i];
    d->enabled = true;
    d->size = 8 * (4 + conf_below(c, conf_chance(c, 50) ? 0x80 : MAP_MEM / 8 - 4));
    d->host = w->mem + i * (size_t)MAP_MEM;
    sprintf(d->name, "%s%u", map_kind_name[d->kind], i);
    switch (d->kind) {
    case MAP_IO:
        memory_region_init_io(&d->mr, NULL, &w->ops[i % 4], d, d->name, d->size);
        break;
    case MAP_RAM:
    case MAP_ROM:
        memory_region_init_ram_ptr(&d->mr, NULL, d->name, d->size, d->host);
        memory_region_set_readonly(&d->mr, d->kind == MAP_ROM);
        break;
    case MAP_ROMD:
        CONF_INIT_ROM_DEVICE(&d->mr, NULL, &w->ops[i % 4], d, d->name, d->size, NULL);
        d->host = memory_region_get_ram_ptr(&d->mr);
        d->romd = true;
        break;
    case MAP_RAMDEV:
        memory_region_init_ram_device_ptr(&d->mr, NULL, d->name, d->size, d->host);
        break;
    }
    if (d->kind != MAP_IO) {
        for (uint64_t k = 0; k < d->size; k++) {
            d->host[k] = (uint8_t)map_mix(w->salt + i, k);
        }
    }
    conf_say(c, "%s size %" PRIx64 "\n", d->name, d->size);
}

static uint64_t map_place(Conf *c, uint64_t span)
{
    uint64_t a = conf_below(c, span);
    return conf_chance(c, 70) ? a & ~7ull : a;
}

static MapDev *map_dev_of(MapWorld *w, MemoryRegion *mr)
{
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        if (&w->dev[i].mr == mr) {
            return &w->dev[i];
        }
    }
    return NULL;
}

static void map_scan(MapWorld *w)
{
    Conf *c = w->c;
    uint64_t pos = 0;

    w->nsec = 0;
    while (pos < MAP_SPAN && w->nsec + 2 < MAP_SECS) {
        MemoryRegionSection s = memory_region_find(&w->root, pos, MAP_SPAN - pos);
        uint64_t at = s.mr ? (uint64_t)s.offset_within_address_space : MAP_SPAN;
        if (at > pos) {
            w->sec[w->nsec++] = (MapSec){ .start = pos, .end = at };
        }
        if (!s.mr) {
            break;
        }
        uint64_t size = int128_get64(s.size);
        w->sec[w->nsec++] = (MapSec){ .start = at,
                                      .end = at + size,
                                      .off = s.offset_within_region,
                                      .dev = map_dev_of(w, s.mr) };
        conf_say(c, "  %" PRIx64 "-%" PRIx64 " %s +%" PRIx64 "%s\n", at, at + size - 1,
                 memory_region_name(s.mr), (uint64_t)s.offset_within_region,
                 s.nonvolatile ? " nonvolatile" : "");
        memory_region_unref(s.mr);
        pos = at + size;
    }
}

static void map_build(MapWorld *w)
{
    Conf *c = w->c;
    char name[16];

    map_make_ops(w);
    memory_region_init(&w->root, NULL, "root", MAP_SPAN);
    memory_region_init(&w->box, NULL, "box", 0x1800);
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        map_make_dev(w, i);
    }
    memory_region_transaction_begin();
    memory_region_add_subregion(&w->root, map_place(c, 0x6000), &w->box);
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        MapDev *d = &w->dev[i];
        bool boxed = conf_chance(c, 25);
        uint64_t at = map_place(c, boxed ? 0x1000 : 0x7000);
        int prio = d->size < 0x400 ? 2 : (int)conf_below(c, 4) - 1;
        d->parent = boxed ? &w->box : &w->root;
        conf_say(c, "%s into %s at %" PRIx64 " priority %d\n", d->name,
                 memory_region_name(d->parent), at, prio);
        memory_region_add_subregion_overlap(d->parent, at, &d->mr, prio);
    }
    /* Pairs of windows show neighbouring stretches of one region next to each other. */
    for (unsigned i = 0; i < MAP_WINS; i++) {
        MapDev *d = &w->dev[conf_chance(c, 50) ? conf_below(c, 7) : conf_below(c, MAP_DEVS)];
        uint64_t at = map_place(c, 0x7000), off = map_place(c, d->size / 2),
                 size = 16 + map_place(c, d->size / 2);
        int prio = (int)conf_below(c, 3);
        for (unsigned k = 0; k < 2 && i < MAP_WINS; k++, i++) {
            sprintf(name, "win%u", i);
            conf_say(c, "%s shows %s +%" PRIx64 " size %" PRIx64 " at %" PRIx64 " priority %d\n",
                     name, d->name, off, size, at, prio);
            memory_region_init_alias(&w->win[i], NULL, name, &d->mr, off, size);
            /* This keeps the two stretches apart as sections. */
            memory_region_set_nonvolatile(&w->win[i], k == 1 && conf_chance(c, 60));
            memory_region_add_subregion_overlap(&w->root, at, &w->win[i], prio);
            at += size;
            off += conf_chance(c, 75) ? size : size + 8;
        }
        i--;
    }
    memory_region_transaction_commit();
    address_space_init(&w->as, &w->root, "map");
    map_scan(w);
}

/* ---- helpers of the operations ---- */

static void map_hex(Conf *c, const uint8_t *p, uint64_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (uint64_t i = 0; i < n && i < 24; i++) {
        conf_say(c, "%02x", p[i]);
    }
    for (uint64_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * 0x100000001b3ull;
    }
    conf_say(c, "%s(%016" PRIx64 ")", n > 24 ? ".. " : " ", h);
}

static bool map_direct(MapDev *d, bool is_write)
{
    return d && (d->kind == MAP_RAM || (!is_write && d->kind == MAP_ROM) ||
                 (!is_write && d->kind == MAP_ROMD && d->romd));
}

/* Whether the range touches two guest pages. */
static bool map_pages(uint64_t addr, uint64_t len)
{
    return len && addr / 4096 != (addr + len - 1) / 4096;
}

static void map_where(MapWorld *w, const uint8_t *p)
{
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        MapDev *d = &w->dev[i];
        if (d->kind != MAP_IO && p >= d->host && p < d->host + d->size) {
            conf_say(w->c, " in %s +%" PRIx64, d->name, (uint64_t)(p - d->host));
            return;
        }
    }
    conf_say(w->c, " elsewhere");
}

/* Whether a transfer of [addr, addr + len) meets nothing that is left out. */
static bool map_block_ok(MapWorld *w, uint64_t addr, uint64_t len, bool is_write)
{
    for (unsigned i = 0; i < w->nsec; i++) {
        MapSec *s = &w->sec[i];
        if (addr >= s->end || addr + len <= s->start || addr + len <= s->end) {
            continue;
        }
        if (!s->dev ? s->end % 4 != 0
                    : !map_direct(s->dev, is_write) || s->dev->kind == MAP_ROMD) {
            return false;
        }
    }
    return addr + len <= MAP_SPAN;
}

static MapSec *map_pick(MapWorld *w, uint64_t *addr, uint64_t *left)
{
    Conf *c = w->c;
    MapSec *s = &w->sec[conf_below(c, w->nsec)];
    uint64_t skip = conf_chance(c, 40) ? 0 : conf_below(c, s->end - s->start);

    *addr = s->start + skip;
    *left = s->end - *addr;
    return s;
}

/* ---- maps ---- */

static void map_op_map(MapWorld *w)
{
    Conf *c = w->c;
    MapHeld *h = NULL;
    MapSec *s;
    uint64_t addr, left, want;
    bool is_write = conf_chance(c, 50);
    unsigned tries = 0;

    for (unsigned i = 0; i < MAP_HELD; i++) {
        if (!w->held[i].p) {
            h = &w->held[i];
        }
    }
    if (!h) {
        conf_say(c, "#%u all held\n", w->op);
        return;
    }
    for (;;) {
        if (++tries > 60) {
            conf_say(c, "#%u nothing to map\n", w->op);
            return;
        }
        s = map_pick(w, &addr, &left);
        want = conf_chance(c, 30) ? left + conf_below(c, 0x400)
                                  : 1 + conf_below(c, conf_chance(c, 40) ? 64 : 0x1000);
        if (conf_chance(c, 3)) {
            want = 0;
        }
        if (s->dev && s->dev->kind == MAP_RAMDEV) {
            continue;
        }
        if (s->dev && s->dev->kind == MAP_ROMD && s->dev->romd && !is_write && want > left) {
            continue;
        }
        if (map_direct(s->dev, is_write)) {
            break;
        }
        if (s->dev && s->dev->kind == MAP_ROM && map_pages(addr, want)) {
            continue;
        }
        if (!w->bouncing && want <= 4096 && want > 0 && map_block_ok(w, addr, want, is_write)) {
            break;
        }
    }
    hwaddr got = want;
    conf_say(c, "#%u map %s %" PRIx64 "+%" PRIx64 " (%s)\n", w->op, is_write ? "write" : "read",
             addr, want, s->dev ? s->dev->name : "hole");
    uint8_t *p = address_space_map(&w->as, addr, &got, is_write, MEMTXATTRS_UNSPECIFIED);
    if (!p) {
        conf_say(c, "  none, length %" PRIx64 "\n", (uint64_t)got);
        return;
    }
    h->p = p;
    h->addr = addr;
    h->len = got;
    h->is_write = is_write;
    h->bounced = !map_direct(s->dev, is_write);
    h->no = w->count++;
    w->bouncing |= h->bounced;
    conf_say(c, "  map%u got %" PRIx64, h->no, (uint64_t)got);
    map_where(w, p);
    if (!is_write || !h->bounced) {
        conf_say(c, " ");
        map_hex(c, p, got);
    }
    conf_say(c, "\n");
}

static void map_unmap(MapWorld *w, MapHeld *h)
{
    Conf *c = w->c;
    hwaddr used = conf_chance(c, 40) ? h->len : conf_below(c, h->len + 1);

    /* A bounce buffer is written through the view of this moment. */
    if (h->bounced && h->is_write && !map_block_ok(w, h->addr, used, true)) {
        used = 0;
    }
    conf_say(c, "  map%u ", h->no);
    if (!h->is_write) {
        map_hex(c, h->p, h->len);
    } else {
        for (hwaddr i = 0; i < used; i++) {
            h->p[i] = (uint8_t)conf_rand(c);
        }
        map_hex(c, h->p, used);
    }
    conf_say(c, " used %" PRIx64 " of %" PRIx64 "\n", (uint64_t)used, (uint64_t)h->len);
    address_space_unmap(&w->as, h->p, h->len, h->is_write, used);
    if (h->bounced) {
        w->bouncing = false;
    }
    h->p = NULL;
}

static void map_op_unmap(MapWorld *w, bool all)
{
    conf_say(w->c, "#%u unmap\n", w->op);
    for (unsigned i = 0; i < MAP_HELD; i++) {
        if (w->held[i].p && (all || conf_chance(w->c, 50))) {
            map_unmap(w, &w->held[i]);
        }
    }
}

/* Reads what an open map shows now, and writes to it. */
static void map_op_touch(MapWorld *w)
{
    Conf *c = w->c;
    MapHeld *h = &w->held[conf_below(c, MAP_HELD)];

    if (!h->p || (h->bounced && h->is_write)) {
        conf_say(c, "#%u no touch\n", w->op);
        return;
    }
    conf_say(c, "#%u touch map%u ", w->op, h->no);
    if (h->is_write) {
        h->p[conf_below(c, h->len)] ^= 0xff;
    }
    map_hex(c, h->p, h->len);
    conf_say(c, "\n");
}

/* ---- caches ---- */

static void map_cache_drop(MapWorld *w, MapCache *k)
{
    conf_say(w->c, "#%u destroy cache%u\n", w->op, k->no);
    address_space_cache_destroy(&k->cache);
    if (conf_chance(w->c, 30)) {
        address_space_cache_destroy(&k->cache);
    }
    k->on = false;
}

static void map_op_cache(MapWorld *w)
{
    Conf *c = w->c;
    MapCache *k = &w->cache[conf_below(c, MAP_CACHES)];
    uint64_t addr, left, want;
    bool is_write = conf_chance(c, 60);
    MapSec *s;

    if (k->on) {
        map_cache_drop(w, k);
        return;
    }
    bool slow = conf_chance(c, 50);
    unsigned tries = 0;
    do {
        s = map_pick(w, &addr, &left);
        want = conf_chance(c, 50) ? left + conf_below(c, 0x400) : 1 + conf_below(c, 0x1000);
    } while ((slow && map_direct(s->dev, is_write) && ++tries < 20) ||
             ((!s->dev || s->dev->kind == MAP_ROMD) && want > left) ||
             (!map_direct(s->dev, is_write) && map_pages(addr, want < left ? want : left)));
    memset(k, 0, sizeof(*k));
    k->cache = MEMORY_REGION_CACHE_INVALID;
    if (conf_chance(c, 20)) {
        address_space_cache_destroy(&k->cache);
    }
    k->no = w->count++;
    conf_say(c, "#%u cache%u %s %" PRIx64 "+%" PRIx64 " (%s)", w->op, k->no,
             is_write ? "write" : "read", addr, want, s->dev ? s->dev->name : "hole");
    k->len = address_space_cache_init(&k->cache, &w->as, addr, want, is_write);
    k->on = true;
    k->is_write = is_write;
    k->dev = s->dev;
    k->off = s->off + addr - s->start;
    k->direct = map_direct(s->dev, is_write);
    conf_say(c, " got %" PRIx64 ", cache length %" PRIx64 ", pointer %d", (uint64_t)k->len,
             (uint64_t)k->cache.len, k->cache.ptr != NULL);
    if (s->dev) {
        conf_say(c, ", %s +%" PRIx64, memory_region_name(k->cache.mrs.mr),
                 (uint64_t)k->cache.xlat);
    }
    conf_say(c, "\n");
}

static void map_cached_load(MapWorld *w, MapCache *k, uint64_t at, unsigned form, bool phys)
{
    Conf *c = w->c;
    MemoryRegionCache *m = &k->cache;
    MemTxAttrs a = MEMTXATTRS_UNSPECIFIED;
    MemTxResult r = MEMTX_OK;
    uint64_t v = 0;

    if (phys) {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: v = ldub_phys_cached(m, at); break;
        case 1: v = lduw_le_phys_cached(m, at); break;
        case 2: v = lduw_be_phys_cached(m, at); break;
        case 3: v = lduw_phys_cached(m, at); break;
        case 4: v = ldl_le_phys_cached(m, at); break;
        case 5: v = ldl_be_phys_cached(m, at); break;
        case 6: v = ldl_phys_cached(m, at); break;
        case 7: v = ldq_le_phys_cached(m, at); break;
        case 8: v = ldq_be_phys_cached(m, at); break;
        default: v = ldq_phys_cached(m, at); break;
            /* clang-format on */
            /* clang-format on */
        }
    } else {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: v = address_space_ldub_cached(m, at, a, &r); break;
        case 1: v = address_space_lduw_le_cached(m, at, a, &r); break;
        case 2: v = address_space_lduw_be_cached(m, at, a, &r); break;
        case 3: v = address_space_lduw_cached(m, at, a, &r); break;
        case 4: v = address_space_ldl_le_cached(m, at, a, &r); break;
        case 5: v = address_space_ldl_be_cached(m, at, a, &r); break;
        case 6: v = address_space_ldl_cached(m, at, a, &r); break;
        case 7: v = address_space_ldq_le_cached(m, at, a, &r); break;
        case 8: v = address_space_ldq_be_cached(m, at, a, &r); break;
        default: v = address_space_ldq_cached(m, at, a, &r); break;
            /* clang-format on */
            /* clang-format on */
        }
    }
    conf_say(c, "  value %" PRIx64 " result %x\n", v, (unsigned)r);
}

static void map_cached_store(MapWorld *w, MapCache *k, uint64_t at, unsigned form, bool phys,
                             uint64_t v)
{
    MemoryRegionCache *m = &k->cache;
    MemTxAttrs a = MEMTXATTRS_UNSPECIFIED;
    MemTxResult r = MEMTX_OK;

    if (phys) {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: stb_phys_cached(m, at, (uint8_t)v); break;
        case 1: stw_le_phys_cached(m, at, (uint16_t)v); break;
        case 2: stw_be_phys_cached(m, at, (uint16_t)v); break;
        case 3: stw_phys_cached(m, at, (uint16_t)v); break;
        case 4: stl_le_phys_cached(m, at, (uint32_t)v); break;
        case 5: stl_be_phys_cached(m, at, (uint32_t)v); break;
        case 6: stl_phys_cached(m, at, (uint32_t)v); break;
        case 7: stq_le_phys_cached(m, at, v); break;
        case 8: stq_be_phys_cached(m, at, v); break;
        default: stq_phys_cached(m, at, v); break;
            /* clang-format on */
            /* clang-format on */
        }
    } else {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: address_space_stb_cached(m, at, (uint8_t)v, a, &r); break;
        case 1: address_space_stw_le_cached(m, at, (uint16_t)v, a, &r); break;
        case 2: address_space_stw_be_cached(m, at, (uint16_t)v, a, &r); break;
        case 3: address_space_stw_cached(m, at, (uint16_t)v, a, &r); break;
        case 4: address_space_stl_le_cached(m, at, (uint32_t)v, a, &r); break;
        case 5: address_space_stl_be_cached(m, at, (uint32_t)v, a, &r); break;
        case 6: address_space_stl_cached(m, at, (uint32_t)v, a, &r); break;
        case 7: address_space_stq_le_cached(m, at, v, a, &r); break;
        case 8: address_space_stq_be_cached(m, at, v, a, &r); break;
        default: address_space_stq_cached(m, at, v, a, &r); break;
            /* clang-format on */
            /* clang-format on */
        }
    }
    conf_say(w->c, "  result %x\n", (unsigned)r);
}

static void map_op_cached(MapWorld *w)
{
    Conf *c = w->c;
    static const char *const name[] = { "ub",   "w_le", "w_be", "w",    "l_le",
                                        "l_be", "l",    "q_le", "q_be", "q" };
    static const unsigned size_of[] = { 1, 2, 2, 2, 4, 4, 4, 8, 8, 8 };
    MapCache *k = &w->cache[conf_below(c, MAP_CACHES)];
    uint8_t buf[64];
    for (unsigned i = 0; i < MAP_CACHES && !k->on; i++) {
        k = &w->cache[i];
    }
    unsigned form = conf_below(c, 10);
    bool phys = conf_chance(c, 30), store = conf_chance(c, 50), block = conf_chance(c, 40);

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)conf_rand(c);
    }
    if (!k->on) {
        conf_say(c, "#%u no cached access\n", w->op);
        return;
    }
    store &= k->is_write;
    uint64_t at = conf_below(c, (uint64_t)k->len), left = (uint64_t)k->len - at;
    if (conf_chance(c, 50)) {
        at &= ~7ull;
        left = (uint64_t)k->len - at;
    }
    if (block) {
        uint64_t n = 1 + conf_below(c, left < 48 ? left : 48);
        n = n < left ? n : left;
        /* A piece that crosses the window's end may reach what the cache does not cover: avoid
         * it. */
        if (!k->direct && left < n + 8) {
            conf_say(c, "#%u no cached block\n", w->op);
            return;
        }
        conf_say(c, "#%u cache%u %s %" PRIx64 "+%" PRIx64 " ", w->op, k->no,
                 store ? "write" : "read", at, n);
        if (store) {
            map_hex(c, buf, n);
            conf_say(c, "\n");
            MemTxResult r = address_space_write_cached(&k->cache, at, buf, n);
            conf_say(c, "  result %x\n", (unsigned)r);
        } else {
            conf_say(c, "\n");
            MemTxResult r = address_space_read_cached(&k->cache, at, buf, n);
            conf_say(c, "  ");
            map_hex(c, buf, n);
            conf_say(c, " result %x\n", (unsigned)r);
        }
    } else if (left >= size_of[form]) {
        uint64_t v = conf_rand(c);
        if (size_of[form] < 8) {
            v &= (1ull << (8 * size_of[form])) - 1;
        }
        conf_say(c, "#%u cache%u %s%s%s %" PRIx64, w->op, k->no, store ? "st" : "ld", name[form],
                 phys ? "_phys" : "", at);
        if (store) {
            conf_say(c, " = %" PRIx64 "\n", v);
            map_cached_store(w, k, at, form, phys, v);
        } else {
            conf_say(c, "\n");
            map_cached_load(w, k, at, form, phys);
        }
    } else {
        conf_say(c, "#%u no room\n", w->op);
    }
    if (store && conf_chance(c, 60)) {
        uint64_t n = conf_below(c, left + 1);
        conf_say(c, "  invalidate %" PRIx64 "+%" PRIx64 "\n", at, n);
        if (n) {
            address_space_cache_invalidate(&k->cache, at, n);
        }
    }
}

/* ---- the rest ---- */

static void map_op_plain(MapWorld *w)
{
    Conf *c = w->c;
    uint8_t buf[32];
    uint64_t addr, left, len;
    bool is_write = conf_chance(c, 50);

    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)conf_rand(c);
    }
    map_pick(w, &addr, &left);
    len = 1 + conf_below(c, 32);
    if (!map_block_ok(w, addr, len, is_write)) {
        len = len < left ? len : left;
    }
    conf_say(c, "#%u %s %" PRIx64 "+%" PRIx64 "\n", w->op, is_write ? "write" : "read", addr, len);
    MemTxResult r = address_space_rw(&w->as, addr, MEMTXATTRS_UNSPECIFIED, buf, len, is_write);
    conf_say(c, "  ");
    map_hex(c, buf, len);
    conf_say(c, " result %x\n", (unsigned)r);
}

static void map_op_edit(MapWorld *w)
{
    Conf *c = w->c;
    MapDev *d = &w->dev[conf_below(c, MAP_DEVS)];

    switch (conf_below(c, 5)) {
    case 0: {
        uint64_t at = map_place(c, 0x7000);
        conf_say(c, "#%u move %s to %" PRIx64 "\n", w->op, d->name, at);
        memory_region_set_address(&d->mr, at);
        break;
    }
    case 1:
        d->enabled = !d->enabled;
        conf_say(c, "#%u %s %s\n", w->op, d->enabled ? "enable" : "disable", d->name);
        memory_region_set_enabled(&d->mr, d->enabled);
        break;
    case 2: {
        unsigned i = conf_below(c, MAP_WINS);
        conf_say(c, "#%u slide window %u\n", w->op, i);
        memory_region_set_alias_offset(&w->win[i], map_place(c, 0x80));
        break;
    }
    case 3: {
        unsigned i = conf_below(c, MAP_WINS);
        conf_say(c, "#%u move window %u\n", w->op, i);
        memory_region_set_address(&w->win[i], map_place(c, 0x7000));
        break;
    }
    default: {
        /* Removed and added again: what is mapped or cached stays alive meanwhile. */
        uint64_t at = map_place(c, 0x7000);
        conf_say(c, "#%u take out %s, put back at %" PRIx64 "\n", w->op, d->name, at);
        memory_region_del_subregion(d->parent, &d->mr);
        CONF_DRAIN();
        d->parent = &w->root;
        memory_region_add_subregion_overlap(&w->root, at, &d->mr, (int)conf_below(c, 3));
        break;
    }
    }
    map_scan(w);
}

static void map_finish(MapWorld *w)
{
    Conf *c = w->c;

    map_op_unmap(w, true);
    for (unsigned i = 0; i < MAP_CACHES; i++) {
        if (w->cache[i].on) {
            map_cache_drop(w, &w->cache[i]);
        }
    }
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        MapDev *d = &w->dev[i];
        if (d->kind != MAP_IO) {
            conf_say(c, "%s memory ", d->name);
            map_hex(c, d->host, d->size);
            conf_say(c, "\n");
        }
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < MAP_WINS; i++) {
        memory_region_del_subregion(&w->root, &w->win[i]);
    }
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        memory_region_del_subregion(w->dev[i].parent, &w->dev[i].mr);
    }
    memory_region_del_subregion(&w->root, &w->box);
    memory_region_transaction_commit();
    address_space_destroy(&w->as);
    CONF_DRAIN();
    for (unsigned i = 0; i < MAP_WINS; i++) {
        object_unparent(OBJECT(&w->win[i]));
    }
    for (unsigned i = 0; i < MAP_DEVS; i++) {
        object_unparent(OBJECT(&w->dev[i].mr));
    }
    object_unparent(OBJECT(&w->box));
    object_unparent(OBJECT(&w->root));
    CONF_DRAIN();
}

void conformance_map(Conf *c)
{
    for (unsigned scene = 0; scene < 3; scene++) {
        MapWorld *w = calloc(1, sizeof(*w));
        w->c = c;
        w->salt = conf_rand(c);
        w->mem = aligned_alloc(4096, (size_t)MAP_DEVS * MAP_MEM);
        memset(w->mem, 0, (size_t)MAP_DEVS * MAP_MEM);
        conf_say(c, "scene %u\n", scene);
        map_build(w);
        for (w->op = 0; w->op < 250; w->op++) {
            unsigned what = conf_below(c, 100);
            if (what < 20) {
                map_op_map(w);
            } else if (what < 30) {
                map_op_unmap(w, false);
            } else if (what < 36) {
                map_op_touch(w);
            } else if (what < 52) {
                map_op_cache(w);
            } else if (what < 86) {
                map_op_cached(w);
            } else if (what < 96) {
                map_op_plain(w);
            } else {
                map_op_edit(w);
            }
        }
        map_finish(w);
        free(w->mem);
        free(w);
    }
}
