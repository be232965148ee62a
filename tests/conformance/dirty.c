/* SPDX-License-Identifier: MIT
 *
 * Dirty pages: which pages are marked for which client by which kind of write, masks, display
 * logging counts, snapshots, clearing, global logging, and the listener callbacks around all that.
 *
 * Two address spaces show the same memory through regions, boxes and windows. Printed: each
 * operation, the log callbacks of every listener in order, results, the masks, and after each
 * operation how the dirty bits of every client changed (page numbers within the region).
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - R1: read-only on leaves only. R2: roots have several children. R3: nothing runs over the end
 *    of a ROM device's section. R5: no store over the end of a section or of a guest page. R7: no
 *    stl_notdirty.
 *  - R10: logging counts stay between 0 and 6. R15: callbacks do not edit the map.
 *  - R13: a range that comes into view while it is logging has no log_start (section 9.2); that
 *    rule is played here, as it is to be kept.
 *  - global logging is started only while it is off, and stopped only while it is on (later
 *    versions count reasons); the machine counts as running, so a stop acts at once.
 *  - marking of no bytes at all (set_dirty of size 0, unmap with access_len 0).
 *  - the migratable flag of a block changes only while global logging is off.
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"

/* README.md describes these macros. */
#ifndef CONF_DRAIN
#define CONF_DRAIN() ((void)0)
#endif
/* The forms of the specification; later versions of the interface have more arguments. */
#ifndef CONF_GLOBAL_LOG_START
#define CONF_GLOBAL_LOG_START() memory_global_dirty_log_start()
#define CONF_GLOBAL_LOG_STOP() memory_global_dirty_log_stop()
#define CONF_GLOBAL_LOG_SYNC() memory_global_dirty_log_sync()
#define CONF_GLOBAL_LOG_ON() (global_dirty_log)
#define CONF_LOG_SYNC_GLOBAL_ARGS MemoryListener *listener
#define CONF_LOG_GLOBAL_START_RET void
#define CONF_LOG_GLOBAL_START_ARGS MemoryListener *listener
#define CONF_LOG_GLOBAL_START_DONE return
#endif

#define DRT_REGS 10
#define DRT_WINS 8
#define DRT_LIS 6
#define DRT_PAGES 200
#define DRT_PAGE 4096u
#define DRT_SPAN 0x800000u

typedef enum DrtKind { DRT_RAM, DRT_MIG, DRT_ROM, DRT_ROMD, DRT_PTR, DRT_RESIZE } DrtKind;

typedef struct DrtWorld DrtWorld;

typedef struct DrtReg {
    MemoryRegion mr;
    DrtWorld *w;
    DrtKind kind;
    char name[16];
    uint64_t size; /* at present */
    uint64_t max;
    uint8_t *host;
    int log_count;
    bool migratable, romd, placed;
    MemoryRegion *parent;
    uint8_t old[DRT_PAGES]; /* bits per client, as last printed */
} DrtReg;

typedef struct DrtLis {
    MemoryListener l;
    DrtWorld *w;
    char name[8];
    unsigned as, salt;
    bool on, reports;
} DrtLis;

struct DrtWorld {
    Conf *c;
    unsigned op;
    MemoryRegion root[2], box;
    AddressSpace as[2];
    DrtReg reg[DRT_REGS];
    MemoryRegion win[DRT_WINS];
    MemoryRegion *win_parent[DRT_WINS];
    int win_log[DRT_WINS];
    DrtLis lis[DRT_LIS];
    MemoryRegionOps romd_ops;
    uint8_t *ptr;
    uint8_t *buf;
};

static const char *const drt_client[] = { "vga", "code", "migration" };

static uint64_t drt_mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * 0x9E3779B97F4A7C15ull;
    a ^= a >> 29;
    a *= 0xBF58476D1CE4E5B9ull;
    return a ^ (a >> 32);
}

static unsigned drt_npages(DrtReg *r)
{
    return (unsigned)((r->size + DRT_PAGE - 1) / DRT_PAGE);
}

static DrtReg *drt_reg_of(DrtWorld *w, const MemoryRegion *mr)
{
    for (unsigned i = 0; i < DRT_REGS; i++) {
        if (&w->reg[i].mr == mr) {
            return &w->reg[i];
        }
    }
    return NULL;
}

/* ---- listener callbacks ---- */

static void drt_say_section(DrtLis *l, const char *what, MemoryRegionSection *s)
{
    conf_say(l->w->c, "    %s %s %" PRIx64 "+%" PRIx64 " %s @%" PRIx64, l->name, what,
             (uint64_t)s->offset_within_address_space, (uint64_t)int128_get64(s->size),
             memory_region_name(s->mr), (uint64_t)s->offset_within_region);
}

static void drt_add(MemoryListener *listener, MemoryRegionSection *s)
{
    DrtLis *l = (DrtLis *)listener;
    drt_say_section(l, "add", s);
    conf_say(l->w->c, " mask %x\n", memory_region_get_dirty_log_mask(s->mr));
}

static void drt_del(MemoryListener *listener, MemoryRegionSection *s)
{
    DrtLis *l = (DrtLis *)listener;
    drt_say_section(l, "del", s);
    conf_say(l->w->c, "\n");
}

static void drt_log_start(MemoryListener *listener, MemoryRegionSection *s, int was, int now)
{
    DrtLis *l = (DrtLis *)listener;
    drt_say_section(l, "log_start", s);
    conf_say(l->w->c, " %x->%x\n", was, now);
}

static void drt_log_stop(MemoryListener *listener, MemoryRegionSection *s, int was, int now)
{
    DrtLis *l = (DrtLis *)listener;
    drt_say_section(l, "log_stop", s);
    conf_say(l->w->c, " %x->%x\n", was, now);
}

/* Reports a page of this section, as if it had been written since the last sync. */
static void drt_log_sync(MemoryListener *listener, MemoryRegionSection *s)
{
    DrtLis *l = (DrtLis *)listener;
    uint64_t size = int128_get64(s->size);

    drt_say_section(l, "log_sync", s);
    if (l->reports && drt_reg_of(l->w, s->mr)) {
        uint64_t at = drt_mix(l->salt + l->w->op, s->offset_within_region) % size;
        uint64_t len = 1 + drt_mix(l->salt, at) % 0x2000;
        len = len < size - at ? len : size - at;
        conf_say(l->w->c, " reports %" PRIx64 "+%" PRIx64,
                 (uint64_t)(s->offset_within_region + at), len);
        memory_region_set_dirty(s->mr, s->offset_within_region + at, len);
    }
    conf_say(l->w->c, "\n");
}

static void drt_log_sync_global(CONF_LOG_SYNC_GLOBAL_ARGS)
{
    DrtLis *l = (DrtLis *)listener;
    conf_say(l->w->c, "    %s log_sync_global", l->name);
    if (l->reports) {
        DrtReg *r = &l->w->reg[drt_mix(l->salt, l->w->op) % DRT_REGS];
        uint64_t at = drt_mix(l->salt + 1, l->w->op) % r->size;
        conf_say(l->w->c, " reports %s %" PRIx64 "+1", r->name, at);
        memory_region_set_dirty(&r->mr, at, 1);
    }
    conf_say(l->w->c, "\n");
}

static void drt_log_clear(MemoryListener *listener, MemoryRegionSection *s)
{
    DrtLis *l = (DrtLis *)listener;
    drt_say_section(l, "log_clear", s);
    conf_say(l->w->c, "\n");
}

static CONF_LOG_GLOBAL_START_RET drt_global_start(CONF_LOG_GLOBAL_START_ARGS)
{
    DrtLis *l = (DrtLis *)listener;
    conf_say(l->w->c, "    %s log_global_start, on %d\n", l->name, CONF_GLOBAL_LOG_ON());
    CONF_LOG_GLOBAL_START_DONE;
}

static void drt_global_stop(MemoryListener *listener)
{
    DrtLis *l = (DrtLis *)listener;
    conf_say(l->w->c, "    %s log_global_stop, on %d\n", l->name, CONF_GLOBAL_LOG_ON());
}

static void drt_after_sync(MemoryListener *listener)
{
    DrtLis *l = (DrtLis *)listener;
    conf_say(l->w->c, "    %s log_global_after_sync\n", l->name);
}

static void drt_register(DrtWorld *w, unsigned i)
{
    Conf *c = w->c;
    DrtLis *l = &w->lis[i];
    unsigned sync = conf_below(c, 4);

    memset(l, 0, sizeof(*l));
    l->w = w;
    sprintf(l->name, "L%u", i);
    l->as = conf_below(c, 2);
    l->salt = (unsigned)conf_rand(c);
    l->reports = conf_chance(c, 50);
    l->on = true;
    l->l.name = l->name;
    l->l.priority = (unsigned)conf_below(c, 4) * 5;
    l->l.log_start = conf_chance(c, 80) ? drt_log_start : NULL;
    l->l.log_stop = conf_chance(c, 80) ? drt_log_stop : NULL;
    l->l.log_sync = sync < 2 ? drt_log_sync : NULL;
    l->l.log_sync_global = sync == 2 ? drt_log_sync_global : NULL;
    l->l.log_clear = conf_chance(c, 60) ? drt_log_clear : NULL;
    l->l.log_global_start = conf_chance(c, 70) ? drt_global_start : NULL;
    l->l.log_global_stop = conf_chance(c, 70) ? drt_global_stop : NULL;
    l->l.log_global_after_sync = conf_chance(c, 50) ? drt_after_sync : NULL;
    if (conf_chance(c, 30)) {
        l->l.region_add = drt_add;
        l->l.region_del = drt_del;
    }
    conf_say(c, "  register %s as%u priority %u%s%s%s%s%s%s%s%s%s%s\n", l->name, l->as,
             l->l.priority, l->l.region_add ? " add/del" : "", l->l.log_start ? " start" : "",
             l->l.log_stop ? " stop" : "", l->l.log_sync ? " sync" : "",
             l->l.log_sync_global ? " sync_global" : "", l->l.log_clear ? " clear" : "",
             l->l.log_global_start ? " global_start" : "",
             l->l.log_global_stop ? " global_stop" : "",
             l->l.log_global_after_sync ? " after_sync" : "", l->reports ? " reports" : "");
    memory_listener_register(&l->l, &w->as[l->as]);
}

static void drt_unregister(DrtWorld *w, unsigned i)
{
    conf_say(w->c, "  unregister %s\n", w->lis[i].name);
    memory_listener_unregister(&w->lis[i].l);
    w->lis[i].on = false;
}

/* ---- printing what changed ---- */

static void drt_say_change(DrtWorld *w, DrtReg *r, unsigned client, bool to, const uint8_t *now,
                           unsigned n)
{
    Conf *c = w->c;
    bool any = false;

    for (unsigned p = 0; p < n; p++) {
        unsigned q = p;
        while (q < n && ((now[q] >> client) & 1) == to && ((r->old[q] >> client) & 1) != to) {
            q++;
        }
        if (q > p) {
            if (!any) {
                conf_say(c, "  %s %s %s", r->name, drt_client[client], to ? "dirty" : "clean");
                any = true;
            }
            if (q - p > 1) {
                conf_say(c, " %u-%u", p, q - 1);
            } else {
                conf_say(c, " %u", p);
            }
            p = q - 1;
        }
    }
    if (any) {
        conf_say(c, "\n");
    }
}

static void drt_changes(DrtWorld *w)
{
    for (unsigned i = 0; i < DRT_REGS; i++) {
        DrtReg *r = &w->reg[i];
        unsigned n = drt_npages(r);
        ram_addr_t base = memory_region_get_ram_addr(&r->mr);
        uint8_t now[DRT_PAGES] = { 0 };

        for (unsigned p = 0; p < n; p++) {
            for (unsigned k = 0; k < DIRTY_MEMORY_NUM; k++) {
                now[p] |= (uint8_t)(cpu_physical_memory_get_dirty(base + p * (ram_addr_t)DRT_PAGE,
                                                                  DRT_PAGE, k)
                                    << k);
            }
        }
        for (unsigned k = 0; k < DIRTY_MEMORY_NUM; k++) {
            drt_say_change(w, r, k, true, now, n);
            drt_say_change(w, r, k, false, now, n);
        }
        memcpy(r->old, now, sizeof(now));
    }
}

static void drt_masks(DrtWorld *w)
{
    conf_say(w->c, "  masks");
    for (unsigned i = 0; i < DRT_REGS; i++) {
        MemoryRegion *mr = &w->reg[i].mr;
        conf_say(w->c, " %s %x:%d%d%d", w->reg[i].name, memory_region_get_dirty_log_mask(mr),
                 memory_region_is_logging(mr, DIRTY_MEMORY_VGA),
                 memory_region_is_logging(mr, DIRTY_MEMORY_CODE),
                 memory_region_is_logging(mr, DIRTY_MEMORY_MIGRATION));
    }
    for (unsigned i = 0; i < DRT_WINS; i++) {
        conf_say(w->c, " w%u %x", i, memory_region_get_dirty_log_mask(&w->win[i]));
    }
    conf_say(w->c, " box %x\n", memory_region_get_dirty_log_mask(&w->box));
}

/* ---- building ---- */

static uint64_t drt_romd_read(void *opaque, hwaddr addr, unsigned size)
{
    DrtReg *r = opaque;
    conf_say(r->w->c, "    %s read +%" PRIx64 "/%u\n", r->name, (uint64_t)addr, size);
    return 0;
}

static void drt_romd_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    DrtReg *r = opaque;
    bool flush = r->romd && addr / 4 % 3;
    conf_say(r->w->c, "    %s write +%" PRIx64 "/%u = %" PRIx64 "%s\n", r->name, (uint64_t)addr,
             size, data, flush ? " flush" : "");
    if (flush) {
        memory_region_flush_rom_device(&r->mr, addr, size);
    }
}

static DrtWorld *drt_world; /* the callback has no other way to find it */

static void drt_resized(const char *id, uint64_t length, void *host)
{
    DrtReg *r = &drt_world->reg[9];
    (void)id;
    conf_say(drt_world->c, "    resized to %" PRIx64 ", same place %d, region size %" PRIx64 "\n",
             length, (uint8_t *)host == r->host, memory_region_size(&r->mr));
}

static void drt_make_reg(DrtWorld *w, unsigned i)
{
    static const DrtKind kinds[DRT_REGS] = { DRT_RAM, DRT_RAM, DRT_RAM,  DRT_MIG, DRT_MIG,
                                             DRT_MIG, DRT_ROM, DRT_ROMD, DRT_PTR, DRT_RESIZE };
    static const char *const names[] = { "vram", "mig", "rom", "romd", "ptr", "resize" };
    Conf *c = w->c;
    DrtReg *r = &w->reg[i];
    uint64_t pages = 1 + conf_below(c, i % 4 == 1 ? DRT_PAGES - 40 : 30);

    r->w = w;
    r->kind = kinds[i];
    r->size = pages * DRT_PAGE;
    if (conf_chance(c, 25) && r->kind != DRT_PTR && r->kind != DRT_RESIZE) {
        r->size -= 8 * conf_below(c, 500);
    }
    r->max = r->size;
    sprintf(r->name, "%s%u", names[r->kind], i);
    switch (r->kind) {
    case DRT_RAM:
        memory_region_init_ram_nomigrate(&r->mr, NULL, r->name, r->size, NULL);
        break;
    case DRT_MIG:
        memory_region_init_ram(&r->mr, NULL, r->name, r->size, NULL);
        r->migratable = true;
        break;
    case DRT_ROM:
        memory_region_init_rom_nomigrate(&r->mr, NULL, r->name, r->size, NULL);
        break;
    case DRT_ROMD:
        memory_region_init_rom_device(&r->mr, NULL, &w->romd_ops, r, r->name, r->size, NULL);
        r->migratable = true;
        r->romd = true;
        break;
    case DRT_PTR:
        memory_region_init_ram_ptr(&r->mr, NULL, r->name, r->size, w->ptr);
        break;
    case DRT_RESIZE:
        r->max = r->size + DRT_PAGE * conf_below(c, 40);
        memory_region_init_resizeable_ram(&r->mr, NULL, r->name, r->size, r->max, drt_resized,
                                          NULL);
        break;
    }
    r->host = memory_region_get_ram_ptr(&r->mr);
    conf_say(c, "%s size %" PRIx64 " max %" PRIx64 "\n", r->name, r->size, r->max);
}

static uint64_t drt_place(Conf *c, uint64_t span)
{
    uint64_t a = conf_below(c, span) & ~(uint64_t)(DRT_PAGE - 1);
    return conf_chance(c, 25) ? a + 8 * conf_below(c, 500) : a;
}

static void drt_put(DrtWorld *w, MemoryRegion **parent, MemoryRegion *mr, MemoryRegion *into,
                    uint64_t span)
{
    uint64_t at = drt_place(w->c, span);
    int prio = (int)conf_below(w->c, 4) - 1;
    *parent = into;
    conf_say(w->c, "%s into %s at %" PRIx64 " priority %d\n", memory_region_name(mr),
             memory_region_name(into), at, prio);
    memory_region_add_subregion_overlap(into, at, mr, prio);
}

static void drt_build(DrtWorld *w)
{
    Conf *c = w->c;
    char name[16];

    w->romd_ops.read = drt_romd_read;
    w->romd_ops.write = drt_romd_write;
    w->romd_ops.endianness = DEVICE_LITTLE_ENDIAN;
    w->romd_ops.valid.min_access_size = 1;
    w->romd_ops.valid.max_access_size = 8;
    w->romd_ops.impl.min_access_size = 1;
    w->romd_ops.impl.max_access_size = 8;
    memory_region_init(&w->root[0], NULL, "root0", UINT64_MAX);
    memory_region_init(&w->root[1], NULL, "root1", DRT_SPAN);
    memory_region_init(&w->box, NULL, "box", 0x60000 + DRT_PAGE * conf_below(c, 64));
    for (unsigned i = 0; i < DRT_REGS; i++) {
        drt_make_reg(w, i);
    }
    memory_region_transaction_begin();
    memory_region_add_subregion(&w->root[0], drt_place(c, 0x100000), &w->box);
    for (unsigned i = 0; i < DRT_REGS; i++) {
        DrtReg *r = &w->reg[i];
        r->placed = conf_chance(c, 90);
        if (r->placed) {
            bool boxed = conf_chance(c, 30);
            drt_put(w, &r->parent, &r->mr, boxed ? &w->box : &w->root[0],
                    boxed ? 0x80000 : 0x280000);
        }
    }
    for (unsigned i = 0; i < DRT_WINS; i++) {
        unsigned t = conf_below(c, 10);
        MemoryRegion *orig = t < 7   ? &w->reg[conf_below(c, DRT_REGS)].mr
                             : t < 9 ? &w->box
                                     : &w->root[0];
        bool second = orig == &w->root[0] || i < 2 || conf_chance(c, 60);
        uint64_t off = orig == &w->root[0]  ? drt_place(c, 0x100000)
                       : conf_chance(c, 50) ? 0
                                            : drt_place(c, 0x8000);
        uint64_t size = (1 + conf_below(c, 60)) * DRT_PAGE;
        sprintf(name, "w%u", i);
        conf_say(c, "%s shows %s +%" PRIx64 " size %" PRIx64 "\n", name, memory_region_name(orig),
                 off, size);
        memory_region_init_alias(&w->win[i], NULL, name, orig, off, size);
        drt_put(w, &w->win_parent[i], &w->win[i], second ? &w->root[1] : &w->root[0], 0x200000);
    }
    memory_region_transaction_commit();
    address_space_init(&w->as[0], &w->root[0], "as0");
    address_space_init(&w->as[1], &w->root[1], "as1");
    drt_changes(w);
    for (unsigned i = 0; i < DRT_LIS; i++) {
        if (conf_chance(c, 70)) {
            drt_register(w, i);
        }
    }
}

/* ---- operations ---- */

/* Finds a visible section of memory at a random address. Returns false if there is none. */
static bool drt_find(DrtWorld *w, unsigned as, uint64_t *addr, uint64_t *left, uint64_t *off,
                     DrtReg **reg)
{
    for (unsigned tries = 0; tries < 40; tries++) {
        uint64_t at = conf_below(w->c, as ? 0x230000 : 0x300000);
        MemoryRegionSection s = memory_region_find(&w->root[as], at, 0x40000);
        if (!s.mr) {
            continue;
        }
        uint64_t size = int128_get64(s.size);
        uint64_t skip = conf_chance(w->c, 50) ? 0 : conf_below(w->c, size);
        *reg = drt_reg_of(w, s.mr);
        *addr = s.offset_within_address_space + skip;
        *left = size - skip;
        *off = s.offset_within_region + skip;
        memory_region_unref(s.mr);
        if (*reg) {
            return true;
        }
    }
    return false;
}

static uint64_t drt_len(Conf *c, uint64_t left, uint64_t max)
{
    uint64_t n = 1 + (conf_chance(c, 40) ? conf_below(c, 16) : conf_below(c, max));
    return n < left ? n : left;
}

static void drt_op_write(DrtWorld *w)
{
    Conf *c = w->c;
    unsigned as = conf_below(c, 2), how = conf_below(c, 8);
    uint64_t addr, left, len, off;
    DrtReg *r;

    if (!drt_find(w, as, &addr, &left, &off, &r)) {
        conf_say(c, "#%u nothing to write\n", w->op);
        return;
    }
    AddressSpace *sp = &w->as[as];
    bool direct = r->kind != DRT_ROM && r->kind != DRT_ROMD;
    switch (how) {
    case 0:
    case 1: {
        len = drt_len(c, left, r->kind == DRT_ROMD ? 32 : 0x3000);
        conf_say(c, "#%u as%u write %" PRIx64 "+%" PRIx64 " %s @%" PRIx64 "\n", w->op, as, addr,
                 len, r->name, off);
        MemTxResult res = address_space_write(sp, addr, MEMTXATTRS_UNSPECIFIED, w->buf, len);
        conf_say(c, "  result %x\n", (unsigned)res);
        break;
    }
    case 2:
    case 3: {
        unsigned size = 1u << conf_below(c, 4);
        MemTxResult res = 0;
        if (left < size || addr % DRT_PAGE + size > DRT_PAGE) {
            size = 1;
        }
        conf_say(c, "#%u as%u store %" PRIx64 "/%u %s @%" PRIx64 "\n", w->op, as, addr, size,
                 r->name, off);
        switch (size) {
        /* clang-format off */
        /* clang-format off */
        case 1: address_space_stb(sp, addr, 1, MEMTXATTRS_UNSPECIFIED, &res); break;
        case 2: address_space_stw_be(sp, addr, 2, MEMTXATTRS_UNSPECIFIED, &res); break;
        case 4: address_space_stl_le(sp, addr, 3, MEMTXATTRS_UNSPECIFIED, &res); break;
        default: address_space_stq(sp, addr, 4, MEMTXATTRS_UNSPECIFIED, &res); break;
            /* clang-format on */
            /* clang-format on */
        }
        conf_say(c, "  result %x\n", (unsigned)res);
        break;
    }
    case 4:
        len = drt_len(c, left, 0x2800);
        conf_say(c, "#%u as%u write_rom %" PRIx64 "+%" PRIx64 " %s @%" PRIx64 "\n", w->op, as,
                 addr, len, r->name, off);
        address_space_write_rom(sp, addr, MEMTXATTRS_UNSPECIFIED, w->buf, len);
        break;
    case 5:
    case 6: {
        hwaddr got = drt_len(c, left, 0x4000);
        if (!direct) {
            conf_say(c, "#%u nothing to map\n", w->op);
            break;
        }
        conf_say(c, "#%u as%u map %" PRIx64 "+%" PRIx64 " %s @%" PRIx64 "\n", w->op, as, addr,
                 (uint64_t)got, r->name, off);
        uint8_t *p = address_space_map(sp, addr, &got, true, MEMTXATTRS_UNSPECIFIED);
        hwaddr used = 1 + conf_below(c, got);
        memset(p, 0x77, used);
        drt_changes(w);
        conf_say(c, "  got %" PRIx64 " at +%" PRIx64 ", unmap after %" PRIx64 "\n", (uint64_t)got,
                 (uint64_t)(p - r->host), (uint64_t)used);
        address_space_unmap(sp, p, got, true, used);
        break;
    }
    default: {
        MemoryRegionCache cache = MEMORY_REGION_CACHE_INVALID;
        len = drt_len(c, left, 0x4000);
        if (!direct) {
            conf_say(c, "#%u nothing to cache\n", w->op);
            break;
        }
        conf_say(c, "#%u as%u cache %" PRIx64 "+%" PRIx64 " %s @%" PRIx64, w->op, as, addr, len,
                 r->name, off);
        int64_t got = address_space_cache_init(&cache, sp, addr, len, true);
        conf_say(c, " got %" PRIx64 "\n", (uint64_t)got);
        uint64_t at = conf_below(c, (uint64_t)got);
        address_space_stb_cached(&cache, at, 0x66, MEMTXATTRS_UNSPECIFIED, NULL);
        address_space_write_cached(&cache, at, w->buf, (uint64_t)got - at);
        drt_changes(w);
        uint64_t n = 1 + conf_below(c, (uint64_t)got - at);
        conf_say(c, "  invalidate %" PRIx64 "+%" PRIx64 "\n", at, n);
        address_space_cache_invalidate(&cache, at, n);
        address_space_cache_destroy(&cache);
        break;
    }
    }
}

static void drt_range(Conf *c, DrtReg *r, uint64_t *addr, uint64_t *len)
{
    *addr = conf_chance(c, 30) ? 0 : conf_below(c, r->size);
    *len = conf_chance(c, 30) ? r->size - *addr : 1 + conf_below(c, r->size - *addr);
    if (conf_chance(c, 30)) {
        *len = drt_len(c, r->size - *addr, 0x1800);
    }
}

static void drt_op_region(DrtWorld *w)
{
    Conf *c = w->c;
    DrtReg *r = &w->reg[conf_below(c, DRT_REGS)];
    unsigned client = conf_chance(c, 50) ? DIRTY_MEMORY_VGA : conf_below(c, DIRTY_MEMORY_NUM);
    uint64_t addr, len;

    drt_range(c, r, &addr, &len);
    switch (conf_below(c, 8)) {
    case 0:
        conf_say(c, "#%u set_dirty %s %" PRIx64 "+%" PRIx64 "\n", w->op, r->name, addr, len);
        memory_region_set_dirty(&r->mr, addr, len);
        break;
    case 1:
    case 2:
        if (conf_chance(c, 5)) {
            len = 0;
        }
        conf_say(c, "#%u reset_dirty %s %" PRIx64 "+%" PRIx64 " %s\n", w->op, r->name, addr, len,
                 drt_client[client]);
        memory_region_reset_dirty(&r->mr, addr, len, client);
        break;
    case 3:
        conf_say(c, "#%u clear_dirty_bitmap %s %" PRIx64 "+%" PRIx64 "\n", w->op, r->name, addr,
                 len);
        memory_region_clear_dirty_bitmap(&r->mr, addr, len);
        break;
    default: {
        conf_say(c, "#%u snapshot %s %" PRIx64 "+%" PRIx64 " %s\n", w->op, r->name, addr, len,
                 drt_client[client]);
        DirtyBitmapSnapshot *snap =
            memory_region_snapshot_and_clear_dirty(&r->mr, addr, len, client);
        conf_say(c, "  taken");
        for (uint64_t p = addr / DRT_PAGE; p * DRT_PAGE < addr + len; p++) {
            uint64_t from = p * DRT_PAGE < addr ? addr : p * DRT_PAGE;
            conf_say(c, "%s",
                     memory_region_snapshot_get_dirty(&r->mr, snap, from, 1) ? " 1" : " 0");
        }
        uint64_t at = conf_below(c, len);
        uint64_t n = 1 + conf_below(c, len - at);
        conf_say(c, "; %" PRIx64 "+%" PRIx64 ": %d\n", addr + at, n,
                 memory_region_snapshot_get_dirty(&r->mr, snap, addr + at, n));
        free(snap);
        break;
    }
    }
}

/* The bitmap by RAM address (specification 22.6). */
static void drt_op_bitmap(DrtWorld *w)
{
    Conf *c = w->c;
    DrtReg *r = &w->reg[conf_below(c, DRT_REGS)];
    ram_addr_t base = memory_region_get_ram_addr(&r->mr);
    unsigned client = conf_below(c, DIRTY_MEMORY_NUM), mask = 1 + conf_below(c, 7),
             n = drt_npages(r);
    uint64_t addr, len;

    drt_range(c, r, &addr, &len);
    switch (conf_below(c, 7)) {
    case 0:
        conf_say(c, "#%u set_dirty_range %s %" PRIx64 "+%" PRIx64 " mask %x\n", w->op, r->name,
                 addr, len, mask);
        cpu_physical_memory_set_dirty_range(base + addr, len, (uint8_t)mask);
        break;
    case 1:
        conf_say(c, "#%u set_dirty_flag %s %" PRIx64 " %s\n", w->op, r->name, addr,
                 drt_client[client]);
        cpu_physical_memory_set_dirty_flag(base + addr, client);
        break;
    case 2:
        conf_say(c, "#%u test_and_clear %s %" PRIx64 "+%" PRIx64 " %s\n", w->op, r->name, addr,
                 len, drt_client[client]);
        conf_say(c, "  was dirty %d\n",
                 cpu_physical_memory_test_and_clear_dirty(base + addr, len, client) ? 1 : 0);
        break;
    case 3: {
        unsigned long map[DRT_PAGES / 32 + 2] = { 0 };
        unsigned char *bytes = (unsigned char *)map;
        unsigned first = conf_chance(c, 50) ? 0 : conf_below(c, n),
                 count = 1 + conf_below(c, n - first);
        for (unsigned p = 0; p < count; p++) {
            if (conf_chance(c, 30)) {
                bytes[p / 8] |= (unsigned char)(1u << (p % 8));
            }
        }
        conf_say(c, "#%u lebitmap %s page %u, %u pages ", w->op, r->name, first, count);
        for (unsigned p = 0; p < count; p += 8) {
            conf_say(c, "%02x", bytes[p / 8]);
        }
        conf_say(c, "\n");
        cpu_physical_memory_set_dirty_lebitmap(map, base + first * (ram_addr_t)DRT_PAGE, count);
        break;
    }
    default:
        conf_say(c, "#%u look %s %" PRIx64 "+%" PRIx64 ":", w->op, r->name, addr, len);
        for (unsigned k = 0; k < DIRTY_MEMORY_NUM; k++) {
            conf_say(c, " any %d all %d",
                     cpu_physical_memory_get_dirty(base + addr, len, k) ? 1 : 0,
                     cpu_physical_memory_all_dirty(base + addr, len, k) ? 1 : 0);
        }
        conf_say(c, " clean %d includes clean %x\n",
                 cpu_physical_memory_is_clean(base + addr) ? 1 : 0,
                 cpu_physical_memory_range_includes_clean(base + addr, len, (uint8_t)mask));
        break;
    }
}

static void drt_op_log(DrtWorld *w)
{
    Conf *c = w->c;
    unsigned i = conf_below(c, DRT_REGS + 1);
    unsigned k = conf_below(c, DRT_WINS);
    int *count = i < DRT_REGS ? &w->reg[i].log_count : &w->win_log[k];
    MemoryRegion *mr = i < DRT_REGS ? &w->reg[i].mr : &w->win[k];
    bool on = *count == 0 || (*count < 6 && conf_chance(c, 50));

    *count += on ? 1 : -1;
    conf_say(c, "#%u set_log %s %d\n", w->op, memory_region_name(mr), on);
    memory_region_set_log(mr, on, DIRTY_MEMORY_VGA);
    drt_masks(w);
}

static void drt_op_global(DrtWorld *w)
{
    Conf *c = w->c;
    switch (conf_below(c, 4)) {
    case 0:
        conf_say(c, "#%u sync\n", w->op);
        CONF_GLOBAL_LOG_SYNC();
        break;
    case 1:
        conf_say(c, "#%u after sync\n", w->op);
        memory_global_after_dirty_log_sync();
        break;
    default:
        if (CONF_GLOBAL_LOG_ON()) {
            conf_say(c, "#%u stop\n", w->op);
            CONF_GLOBAL_LOG_STOP();
        } else {
            conf_say(c, "#%u start\n", w->op);
            CONF_GLOBAL_LOG_START();
        }
        conf_say(c, "  on %d\n", CONF_GLOBAL_LOG_ON());
        drt_masks(w);
        break;
    }
}

static void drt_op_edit(DrtWorld *w)
{
    Conf *c = w->c;
    DrtReg *r = &w->reg[conf_below(c, DRT_REGS)];
    unsigned i = conf_below(c, DRT_LIS);

    switch (conf_below(c, 7)) {
    case 0: {
        uint64_t at = drt_place(c, 0x200000);
        conf_say(c, "#%u move %s to %" PRIx64 "\n", w->op, r->name, at);
        memory_region_set_address(&r->mr, at);
        break;
    }
    case 1: {
        bool on = conf_chance(c, 60);
        conf_say(c, "#%u %s %s\n", w->op, on ? "enable" : "disable", r->name);
        memory_region_set_enabled(&r->mr, on);
        break;
    }
    case 2:
        r = &w->reg[7];
        r->romd = !r->romd;
        conf_say(c, "#%u %s romd %d\n", w->op, r->name, r->romd);
        memory_region_rom_device_set_romd(&r->mr, r->romd);
        break;
    case 3: {
        r = &w->reg[9];
        uint64_t size = DRT_PAGE * (1 + conf_below(c, r->max / DRT_PAGE));
        switch (conf_below(c, 5)) {
        case 0: /* the same pages, other bytes */
            size = (r->size + DRT_PAGE - 1) / DRT_PAGE * DRT_PAGE - 8 * conf_below(c, 100);
            break;
        case 1:
            size -= 8 * conf_below(c, 500);
            break;
        case 2: /* too much, or not resizeable: refused */
            if (conf_chance(c, 50)) {
                size = r->max + DRT_PAGE;
            } else {
                r = &w->reg[conf_below(c, 3)];
                size += (r->size + DRT_PAGE - 1) / DRT_PAGE * DRT_PAGE;
            }
            break;
        default:
            break;
        }
        conf_say(c, "#%u resize %s to %" PRIx64 "\n", w->op, r->name, size);
        memory_region_ram_resize(&r->mr, size, NULL);
        r->size = memory_region_size(&r->mr);
        conf_say(c, "  size %" PRIx64 "\n", r->size);
        break;
    }
    case 4: {
        ram_addr_t offset;
        RAMBlock *block = qemu_ram_block_from_host(r->host, false, &offset);
        if (CONF_GLOBAL_LOG_ON() || r->kind == DRT_MIG || r->kind == DRT_ROMD) {
            conf_say(c, "#%u %s migratable %d\n", w->op, r->name,
                     qemu_ram_is_migratable(block) ? 1 : 0);
            break;
        }
        r->migratable = !r->migratable;
        conf_say(c, "#%u %s becomes %smigratable\n", w->op, r->name, r->migratable ? "" : "not ");
        if (r->migratable) {
            qemu_ram_set_migratable(block);
        } else {
            qemu_ram_unset_migratable(block);
        }
        break;
    }
    default:
        conf_say(c, "#%u listeners\n", w->op);
        if (w->lis[i].on) {
            drt_unregister(w, i);
        } else {
            drt_register(w, i);
        }
        break;
    }
}

static void drt_finish(DrtWorld *w)
{
    Conf *c = w->c;

    conf_say(c, "finish\n");
    if (CONF_GLOBAL_LOG_ON()) {
        CONF_GLOBAL_LOG_STOP();
    }
    for (unsigned i = 0; i < DRT_LIS; i++) {
        if (w->lis[i].on) {
            drt_unregister(w, i);
        }
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < DRT_WINS; i++) {
        memory_region_del_subregion(w->win_parent[i], &w->win[i]);
    }
    for (unsigned i = 0; i < DRT_REGS; i++) {
        if (w->reg[i].placed) {
            memory_region_del_subregion(w->reg[i].parent, &w->reg[i].mr);
        }
    }
    memory_region_del_subregion(&w->root[0], &w->box);
    memory_region_transaction_commit();
    address_space_destroy(&w->as[0]);
    address_space_destroy(&w->as[1]);
    CONF_DRAIN();
    for (unsigned i = 0; i < DRT_WINS; i++) {
        object_unparent(OBJECT(&w->win[i]));
    }
    for (unsigned i = 0; i < DRT_REGS; i++) {
        object_unparent(OBJECT(&w->reg[i].mr));
    }
    object_unparent(OBJECT(&w->box));
    object_unparent(OBJECT(&w->root[0]));
    object_unparent(OBJECT(&w->root[1]));
    CONF_DRAIN();
}

void conformance_dirty(Conf *c)
{
    for (unsigned scene = 0; scene < 2; scene++) {
        DrtWorld *w = calloc(1, sizeof(*w));
        drt_world = w;
        w->c = c;
        w->ptr = aligned_alloc(DRT_PAGE, DRT_PAGES * DRT_PAGE);
        memset(w->ptr, 0, DRT_PAGES * DRT_PAGE);
        w->buf = malloc(0x8000);
        memset(w->buf, 0x5a, 0x8000);
        conf_say(c, "scene %u\n", scene);
        drt_build(w);
        for (unsigned i = 0; i < DRT_REGS; i++) { /* new memory is dirty for all clients */
            DrtReg *r = &w->reg[i];
            for (unsigned k = 0; k < DIRTY_MEMORY_NUM; k++) {
                if (conf_chance(c, 80)) {
                    memory_region_reset_dirty(&r->mr, 0, r->size, k);
                }
            }
            if (conf_chance(c, 50)) {
                r->log_count = 1;
                memory_region_set_log(&r->mr, true, DIRTY_MEMORY_VGA);
            }
        }
        drt_masks(w);
        drt_changes(w);
        for (w->op = 0; w->op < 260; w->op++) {
            unsigned what = conf_below(c, 100);
            if (what < 40) {
                drt_op_write(w);
            } else if (what < 62) {
                drt_op_region(w);
            } else if (what < 75) {
                drt_op_bitmap(w);
            } else if (what < 83) {
                drt_op_log(w);
            } else if (what < 91) {
                drt_op_global(w);
            } else {
                drt_op_edit(w);
            }
            drt_changes(w);
        }
        drt_finish(w);
        free(w->buf);
        free(w->ptr);
        free(w);
    }
}
