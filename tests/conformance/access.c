/* SPDX-License-Identifier: MIT
 *
 * Block transfers, loads and stores, dispatch, loader writes and validity checks
 * over a dense map of devices, RAM, ROM, ROM devices, RAM devices, holes, windows and boxes.
 *
 * Printed: every device callback (region, direction, offset in the region, size, value and, where
 * the callback is given them, attributes), every result and all data, the visible sections after
 * each change of the map, and a checksum of all memory at the end of each scene.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - D1: valid.unaligned only together with impl.unaligned.
 *  - R16: no device accepts a size below its impl.min_access_size.
 *  - D9: no dispatched access may reach past the end of the region (past the visible section:
 *    yes).
 *  - R1: read-only is set on RAM without subregions only, never on containers, windows or devices.
 *  - R2: the root always has several children.
 *  - R3: nothing direct runs over the end of a ROM device's section.
 *  - R4: access_valid only where address and offset in the region are equal modulo 8.
 *  - R5: no load or store over the end of a section of RAM or ROM.
 *  - R7: no stl_notdirty.
 *  - R9: no loader write that touches a RAM device.
 *  - no block transfer runs over the end of a hole or reservation if that end is not a multiple of
 *    4 (chunks of unassigned space: "performance only").
 *  - dispatch on an alias (newer versions follow it, the specification's does not).
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

#define ACC_SPAN 0x1000u
#define ACC_DEVS 18
#define ACC_WINS 9
#define ACC_BOXES 3
#define ACC_MEM 0x400u
#define ACC_SECS 512

typedef enum AccKind {
    ACC_IO,
    ACC_RAM,
    ACC_ROM,
    ACC_ROMD,
    ACC_RAMDEV,
    ACC_VOID,
    ACC_ONES
} AccKind;

static const char *const acc_kind_name[] = {
    "io", "ram", "rom", "romd", "ramdev", "void", "ones"
};

typedef struct AccWorld AccWorld;

typedef struct AccDev {
    MemoryRegion mr;
    MemoryRegionOps ops;
    AccWorld *w;
    MemoryRegion *parent;
    AccKind kind;
    unsigned id;
    char name[16];
    uint64_t size;
    uint8_t *host;
    bool romd, keeps;
    unsigned accept_salt;
} AccDev;

typedef struct AccSec {
    uint64_t start, end; /* end is exclusive */
    uint64_t off;
    MemoryRegion *mr; /* NULL: hole */
    AccDev *dev;
} AccSec;

struct AccWorld {
    Conf *c;
    uint64_t salt;
    unsigned op;
    MemoryRegion root;
    AddressSpace as;
    AccDev dev[ACC_DEVS];
    MemoryRegion win[ACC_WINS];
    MemoryRegion *win_parent[ACC_WINS];
    MemoryRegion box[ACC_BOXES];
    AccSec sec[ACC_SECS];
    unsigned nsec;
    uint8_t *mem;
};

static uint64_t acc_mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * 0x9E3779B97F4A7C15ull;
    a ^= a >> 29;
    a *= 0xBF58476D1CE4E5B9ull;
    return a ^ (a >> 32);
}

static uint64_t acc_hash(AccDev *d, uint64_t addr, unsigned size, unsigned what)
{
    uint64_t h = acc_mix(d->w->salt, d->id * 64 + what);
    return acc_mix(acc_mix(h, addr * 16 + size), d->w->op);
}

static const char *acc_attrs(MemTxAttrs a, char *buf)
{
    sprintf(buf, "%s%s%s%x", a.unspecified ? "?" : "", a.secure ? "s" : "", a.user ? "u" : "",
            (unsigned)a.requester_id);
    return buf;
}

static MemTxResult acc_outcome(AccDev *d, uint64_t addr, unsigned size, unsigned what)
{
    unsigned r = acc_hash(d, addr, size, what) % 20;
    return r < 14   ? MEMTX_OK
           : r < 17 ? MEMTX_ERROR
           : r < 19 ? MEMTX_DECODE_ERROR
                    : (MEMTX_ERROR | MEMTX_DECODE_ERROR);
}

/* ---- device callbacks ---- */

static uint64_t acc_read(void *opaque, hwaddr addr, unsigned size)
{
    AccDev *d = opaque;
    uint64_t v = acc_hash(d, addr, size, 1);
    conf_say(d->w->c, "    %s read +%" PRIx64 "/%u = %" PRIx64 "\n", d->name, (uint64_t)addr, size,
             v);
    return v;
}

static void acc_keep(AccDev *d, hwaddr addr, uint64_t data, unsigned size)
{
    if (!d->keeps || addr + size > d->size) {
        return;
    }
    for (unsigned i = 0; i < size; i++) {
        d->host[addr + i] = (uint8_t)(data >> (8 * i));
    }
    if (d->romd) {
        memory_region_flush_rom_device(&d->mr, addr, size);
    }
}

static void acc_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    AccDev *d = opaque;
    conf_say(d->w->c, "    %s write +%" PRIx64 "/%u = %" PRIx64 "\n", d->name, (uint64_t)addr,
             size, data);
    acc_keep(d, addr, data, size);
}

static MemTxResult acc_read_attrs(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                                  MemTxAttrs attrs)
{
    AccDev *d = opaque;
    char buf[32];
    MemTxResult r = acc_outcome(d, addr, size, 2);
    *data = acc_hash(d, addr, size, 1);
    conf_say(d->w->c, "    %s read +%" PRIx64 "/%u (%s) = %" PRIx64 " result %x\n", d->name,
             (uint64_t)addr, size, acc_attrs(attrs, buf), *data, (unsigned)r);
    return r;
}

static MemTxResult acc_write_attrs(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                                   MemTxAttrs attrs)
{
    AccDev *d = opaque;
    char buf[32];
    MemTxResult r = acc_outcome(d, addr, size, 3);
    conf_say(d->w->c, "    %s write +%" PRIx64 "/%u (%s) = %" PRIx64 " result %x\n", d->name,
             (uint64_t)addr, size, acc_attrs(attrs, buf), data, (unsigned)r);
    acc_keep(d, addr, data, size);
    return r;
}

static bool acc_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs)
{
    AccDev *d = opaque;
    char buf[32];
    bool ok = acc_mix(d->accept_salt, (addr >> 2) * 4 + is_write * 2 + attrs.secure) % 4 != 0;
    conf_say(d->w->c, "    %s accepts %s +%" PRIx64 "/%u (%s): %d\n", d->name,
             is_write ? "write" : "read", (uint64_t)addr, size, acc_attrs(attrs, buf), ok);
    return ok;
}

/* ---- building a scene ---- */

static void acc_make_ops(Conf *c, AccDev *d)
{
    static const unsigned sizes[] = { 0, 1, 2, 4, 8 };
    MemoryRegionOps *o = &d->ops;
    unsigned form = conf_below(c, 4);

    memset(o, 0, sizeof(*o));
    if (form & 1) {
        o->read_with_attrs = acc_read_attrs;
    } else {
        o->read = acc_read;
    }
    if (form & 2) {
        o->write_with_attrs = acc_write_attrs;
    } else {
        o->write = acc_write;
    }
    switch (conf_below(c, 3)) {
    case 0:
        o->endianness = DEVICE_NATIVE_ENDIAN;
        break;
    case 1:
        o->endianness = DEVICE_BIG_ENDIAN;
        break;
    default:
        o->endianness = DEVICE_LITTLE_ENDIAN;
        break;
    }
    o->valid.max_access_size = sizes[conf_below(c, 5)];
    do {
        o->valid.min_access_size = sizes[conf_below(c, 5)];
    } while (o->valid.max_access_size && o->valid.min_access_size > o->valid.max_access_size);
    if (conf_chance(c, 40)) {
        o->valid.min_access_size = 0;
    }
    o->valid.unaligned = conf_chance(c, 40);
    if (conf_chance(c, 25)) {
        o->valid.accepts = acc_accepts;
    }
    o->impl.max_access_size = sizes[conf_below(c, 5)];
    unsigned floor = o->valid.max_access_size ? o->valid.min_access_size : 1;
    do {
        o->impl.min_access_size = sizes[conf_below(c, 5)];
    } while (o->impl.min_access_size > (floor ? floor : 1) ||
             (o->impl.max_access_size && o->impl.min_access_size > o->impl.max_access_size));
    o->impl.unaligned = o->valid.unaligned || conf_chance(c, 40);
    d->accept_salt = (unsigned)conf_rand(c);
}

static void acc_say_ops(Conf *c, AccDev *d)
{
    MemoryRegionOps *o = &d->ops;
    conf_say(c, " %s valid %u..%u%s%s impl %u..%u%s%s%s",
             o->endianness == DEVICE_BIG_ENDIAN      ? "be"
             : o->endianness == DEVICE_LITTLE_ENDIAN ? "le"
                                                     : "native",
             o->valid.min_access_size, o->valid.max_access_size,
             o->valid.unaligned ? " unaligned" : "", o->valid.accepts ? " accepts" : "",
             o->impl.min_access_size, o->impl.max_access_size,
             o->impl.unaligned ? " unaligned" : "", o->read ? " read" : " read_with_attrs",
             o->write ? " write" : " write_with_attrs");
}

static void acc_make_dev(AccWorld *w, AccDev *d, unsigned id)
{
    static const AccKind kinds[] = { ACC_IO,   ACC_IO,     ACC_IO,   ACC_IO,  ACC_IO,
                                     ACC_RAM,  ACC_RAM,    ACC_RAM,  ACC_ROM, ACC_ROMD,
                                     ACC_ROMD, ACC_RAMDEV, ACC_VOID, ACC_ONES };
    Conf *c = w->c;

    d->w = w;
    d->id = id;
    d->kind = id == 0   ? ACC_RAM
              : id == 1 ? ACC_IO
                        : kinds[conf_below(c, sizeof(kinds) / sizeof(kinds[0]))];
    d->size = 8 * (2 + conf_below(c, 40));
    d->host = w->mem + 4096 * (size_t)id;
    sprintf(d->name, "%s%u", acc_kind_name[d->kind], id);
    conf_say(c, "%s size %" PRIx64, d->name, d->size);
    switch (d->kind) {
    case ACC_IO:
        acc_make_ops(c, d);
        acc_say_ops(c, d);
        memory_region_init_io(&d->mr, NULL, &d->ops, d, d->name, d->size);
        break;
    case ACC_RAM:
    case ACC_ROM:
        memory_region_init_ram_ptr(&d->mr, NULL, d->name, d->size, d->host);
        memory_region_set_readonly(&d->mr, d->kind == ACC_ROM);
        break;
    case ACC_ROMD:
        acc_make_ops(c, d);
        acc_say_ops(c, d);
        CONF_INIT_ROM_DEVICE(&d->mr, NULL, &d->ops, d, d->name, d->size, NULL);
        d->host = memory_region_get_ram_ptr(&d->mr);
        d->romd = true;
        d->keeps = conf_chance(c, 50);
        if (conf_chance(c, 40)) {
            d->romd = false;
            memory_region_rom_device_set_romd(&d->mr, false);
        }
        conf_say(c, "%s%s", d->romd ? " romd" : "", d->keeps ? " keeps" : "");
        break;
    case ACC_RAMDEV:
        memory_region_init_ram_device_ptr(&d->mr, NULL, d->name, d->size, d->host);
        break;
    case ACC_VOID:
        memory_region_init_io(&d->mr, NULL, NULL, d, d->name, d->size);
        break;
    case ACC_ONES:
        memory_region_init_io(&d->mr, NULL, &unassigned_io_ops, d, d->name, d->size);
        break;
    }
    if (d->kind != ACC_IO && d->kind != ACC_VOID && d->kind != ACC_ONES) {
        for (uint64_t i = 0; i < d->size; i++) {
            d->host[i] = (uint8_t)acc_mix(w->salt + id, i);
        }
    }
    conf_say(c, "\n");
}

static uint64_t acc_place(Conf *c, uint64_t span)
{
    static const unsigned grain[] = { 1, 2, 4, 4, 8, 8, 16, 16, 16, 64 };
    unsigned g = grain[conf_below(c, 10)];
    return conf_below(c, span) / g * g;
}

static void acc_put(AccWorld *w, MemoryRegion **parent, MemoryRegion *mr, MemoryRegion *into,
                    uint64_t span)
{
    Conf *c = w->c;
    uint64_t at = acc_place(c, span);
    int prio = (int)conf_below(c, 5) - 2;
    if (prio < 2 && conf_chance(c, 50)) {
        prio = 0;
    }
    *parent = into;
    conf_say(c, "%s into %s at %" PRIx64 " priority %d\n", memory_region_name(mr),
             memory_region_name(into), at, prio);
    memory_region_add_subregion_overlap(into, at, mr, prio);
}

static AccDev *acc_dev_of(AccWorld *w, MemoryRegion *mr)
{
    for (unsigned i = 0; i < ACC_DEVS; i++) {
        if (&w->dev[i].mr == mr) {
            return &w->dev[i];
        }
    }
    return NULL;
}

/* Finds all visible sections with memory_region_find() and prints them. */
static void acc_scan(AccWorld *w)
{
    Conf *c = w->c;
    uint64_t pos = 0;

    w->nsec = 0;
    while (pos < ACC_SPAN && w->nsec + 2 < ACC_SECS) {
        MemoryRegionSection s = memory_region_find(&w->root, pos, ACC_SPAN - pos);
        uint64_t at = s.mr ? (uint64_t)s.offset_within_address_space : ACC_SPAN;
        if (at > pos) {
            w->sec[w->nsec++] = (AccSec){ .start = pos, .end = at };
        }
        if (!s.mr) {
            break;
        }
        uint64_t size = int128_get64(s.size);
        AccDev *d = acc_dev_of(w, s.mr);
        w->sec[w->nsec++] = (AccSec){
            .start = at, .end = at + size, .off = s.offset_within_region, .mr = s.mr, .dev = d
        };
        conf_say(c, "  %" PRIx64 "-%" PRIx64 " %s +%" PRIx64 "%s\n", at, at + size - 1,
                 memory_region_name(s.mr), (uint64_t)s.offset_within_region,
                 s.readonly ? " read-only" : "");
        memory_region_unref(s.mr);
        pos = at + size;
    }
    /* What follows the span is a hole; it belongs to the last section if that is a hole, too. */
    AccSec *last = w->nsec ? &w->sec[w->nsec - 1] : NULL;
    if (last && !last->mr) {
        last->end = UINT64_MAX;
    } else {
        w->sec[w->nsec++] = (AccSec){ .start = last ? last->end : 0, .end = UINT64_MAX };
    }
}

static AccSec *acc_sec_at(AccWorld *w, uint64_t addr)
{
    for (unsigned i = 0; i < w->nsec; i++) {
        if (addr >= w->sec[i].start && addr < w->sec[i].end) {
            return &w->sec[i];
        }
    }
    return &w->sec[w->nsec - 1];
}

/* ---- the corners that are left out ---- */

static bool acc_direct(AccDev *d, bool is_write)
{
    return d && (d->kind == ACC_RAM || (!is_write && d->kind == ACC_ROM) ||
                 (!is_write && d->kind == ACC_ROMD && d->romd));
}

/* The address at which the region of a section would end. */
static uint64_t acc_region_end(AccSec *s)
{
    return s->start - s->off + memory_region_size(s->mr);
}

static bool acc_block_ok(AccWorld *w, uint64_t addr, uint64_t len, bool is_write, bool loader)
{
    for (unsigned i = 0; i < w->nsec; i++) {
        AccSec *s = &w->sec[i];
        bool over = addr + len > s->end;
        if (addr >= s->end || addr + len <= s->start) {
            continue;
        }
        if (!s->mr) {
            if (over && s->end % 4) {
                return false;
            }
            continue;
        }
        if (!s->dev) {
            return false;
        }
        if (s->dev->kind == ACC_ROMD && (!is_write || loader) && s->dev->romd && over) {
            return false;
        }
        if (loader && s->dev->kind == ACC_RAMDEV) {
            return false;
        }
        if ((s->dev->kind == ACC_IO ||
             (s->dev->kind == ACC_ROMD && !acc_direct(s->dev, is_write))) &&
            s->dev->ops.impl.unaligned && s->end + 8 > acc_region_end(s) &&
            addr + len > acc_region_end(s)) {
            return false;
        }
        if (over && s->dev->kind == ACC_VOID && (s->end - s->start + s->off) % 4) {
            return false;
        }
    }
    return true;
}

static bool acc_single_ok(AccWorld *w, uint64_t addr, unsigned size, bool is_write)
{
    AccSec *s = acc_sec_at(w, addr);
    if (addr + size <= s->end) {
        return true;
    }
    if (!s->mr) {
        return true;
    }
    if (!s->dev || s->dev->kind == ACC_RAM || s->dev->kind == ACC_ROM ||
        acc_direct(s->dev, is_write)) {
        return false;
    }
    return addr + size <= acc_region_end(s);
}

static bool acc_valid_ok(AccWorld *w, uint64_t addr, uint64_t len, bool is_write)
{
    for (unsigned i = 0; i < w->nsec; i++) {
        AccSec *s = &w->sec[i];
        if (addr < s->end && addr + len > s->start && s->mr && (s->start - s->off) % 8) {
            return false;
        }
    }
    return acc_block_ok(w, addr, len, is_write, false);
}

/* ---- operations ---- */

static uint64_t acc_pick(AccWorld *w)
{
    Conf *c = w->c;
    if (conf_chance(c, 60)) {
        AccSec *s = &w->sec[conf_below(c, w->nsec)];
        uint64_t back = conf_below(c, 24);
        return s->start > back ? s->start - back : s->start;
    }
    uint64_t a = conf_below(c, ACC_SPAN + 0x40);
    return conf_chance(c, 50) ? a & ~7ull : a;
}

static MemTxAttrs acc_pick_attrs(Conf *c)
{
    MemTxAttrs a = { 0 };
    if (conf_chance(c, 30)) {
        return MEMTXATTRS_UNSPECIFIED;
    }
    a.secure = conf_below(c, 2);
    a.user = conf_below(c, 2);
    a.requester_id = conf_chance(c, 50) ? conf_below(c, 0x10000) : 0;
    return a;
}

static void acc_hex(Conf *c, const uint8_t *p, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        conf_say(c, "%02x", p[i]);
    }
}

static void acc_op_block(AccWorld *w)
{
    Conf *c = w->c;
    uint8_t buf[72];
    char ab[32];
    uint64_t addr, len;
    unsigned form = conf_below(c, 5);
    bool is_write = form >= 3;
    bool use_rw = conf_chance(c, 40);
    MemTxAttrs attrs = acc_pick_attrs(c);
    unsigned tries = 0;
    MemTxResult r;

    do {
        addr = acc_pick(w);
        len = conf_chance(c, 60) ? conf_below(c, 17) : conf_below(c, 65);
        if (++tries > 40) {
            conf_say(c, "#%u nothing\n", w->op);
            return;
        }
    } while (!acc_block_ok(w, addr, len, is_write, false));
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = is_write ? (uint8_t)conf_rand(c) : 0xa5;
    }
    conf_say(c, "#%u %s%s %" PRIx64 "+%" PRIu64 " (%s)", w->op, use_rw ? "rw " : "",
             is_write ? "write" : "read", addr, len, acc_attrs(attrs, ab));
    if (is_write) {
        conf_say(c, " ");
        acc_hex(c, buf, len);
    }
    conf_say(c, "\n");
    if (use_rw) {
        r = address_space_rw(&w->as, addr, attrs, buf, len, is_write);
    } else if (is_write) {
        r = address_space_write(&w->as, addr, attrs, buf, len);
    } else if (len == 4) {
        r = address_space_read(&w->as, addr, attrs, buf, 4);
    } else if (len == 8) {
        r = address_space_read(&w->as, addr, attrs, buf, 8);
    } else if (conf_chance(c, 30)) {
        r = address_space_read_full(&w->as, addr, attrs, buf, len);
    } else {
        r = address_space_read(&w->as, addr, attrs, buf, len);
    }
    conf_say(c, "  result %x", (unsigned)r);
    if (!is_write) {
        conf_say(c, " ");
        acc_hex(c, buf, len + 2);
    }
    conf_say(c, "\n");
}

static void acc_op_load(AccWorld *w)
{
    Conf *c = w->c;
    AddressSpace *as = &w->as;
    static const unsigned size_of[] = { 1, 2, 2, 2, 4, 4, 4, 8, 8, 8 };
    static const char *const name[] = { "ldub",   "lduw_le", "lduw_be", "lduw",   "ldl_le",
                                        "ldl_be", "ldl",     "ldq_le",  "ldq_be", "ldq" };
    unsigned form = conf_below(c, 10), tries = 0;
    bool phys = conf_chance(c, 25), with_result = conf_chance(c, 85);
    MemTxAttrs attrs = acc_pick_attrs(c);
    MemTxResult r = 0xee, *rp = with_result ? &r : NULL;
    uint64_t addr, v = 0;
    char ab[32];

    do {
        addr = acc_pick(w);
        if (++tries > 40) {
            conf_say(c, "#%u nothing\n", w->op);
            return;
        }
    } while (!acc_single_ok(w, addr, size_of[form], false));
    conf_say(c, "#%u %s%s %" PRIx64 " (%s)\n", w->op, name[form], phys ? "_phys" : "", addr,
             phys ? "" : acc_attrs(attrs, ab));
    if (phys) {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: v = ldub_phys(as, addr); break;
        case 1: v = lduw_le_phys(as, addr); break;
        case 2: v = lduw_be_phys(as, addr); break;
        case 3: v = lduw_phys(as, addr); break;
        case 4: v = ldl_le_phys(as, addr); break;
        case 5: v = ldl_be_phys(as, addr); break;
        case 6: v = ldl_phys(as, addr); break;
        case 7: v = ldq_le_phys(as, addr); break;
        case 8: v = ldq_be_phys(as, addr); break;
        default: v = ldq_phys(as, addr); break;
            /* clang-format on */
            /* clang-format on */
        }
    } else {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: v = address_space_ldub(as, addr, attrs, rp); break;
        case 1: v = address_space_lduw_le(as, addr, attrs, rp); break;
        case 2: v = address_space_lduw_be(as, addr, attrs, rp); break;
        case 3: v = address_space_lduw(as, addr, attrs, rp); break;
        case 4: v = address_space_ldl_le(as, addr, attrs, rp); break;
        case 5: v = address_space_ldl_be(as, addr, attrs, rp); break;
        case 6: v = address_space_ldl(as, addr, attrs, rp); break;
        case 7: v = address_space_ldq_le(as, addr, attrs, rp); break;
        case 8: v = address_space_ldq_be(as, addr, attrs, rp); break;
        default: v = address_space_ldq(as, addr, attrs, rp); break;
            /* clang-format on */
            /* clang-format on */
        }
    }
    conf_say(c, "  value %" PRIx64, v);
    if (!phys && with_result) {
        conf_say(c, " result %x", (unsigned)r);
    }
    conf_say(c, "\n");
}

static void acc_op_store(AccWorld *w)
{
    Conf *c = w->c;
    AddressSpace *as = &w->as;
    static const unsigned size_of[] = { 1, 2, 2, 2, 4, 4, 4, 8, 8, 8 };
    static const char *const name[] = { "stb",    "stw_le", "stw_be", "stw",    "stl_le",
                                        "stl_be", "stl",    "stq_le", "stq_be", "stq" };
    unsigned form = conf_below(c, 10), tries = 0;
    bool phys = conf_chance(c, 25), with_result = conf_chance(c, 85);
    MemTxAttrs attrs = acc_pick_attrs(c);
    MemTxResult r = 0xee, *rp = with_result ? &r : NULL;
    uint64_t addr, v = conf_rand(c);
    char ab[32];

    do {
        addr = acc_pick(w);
        if (++tries > 40) {
            conf_say(c, "#%u nothing\n", w->op);
            return;
        }
    } while (!acc_single_ok(w, addr, size_of[form], true));
    if (size_of[form] < 8) {
        v &= (1ull << (8 * size_of[form])) - 1;
    }
    conf_say(c, "#%u %s%s %" PRIx64 " (%s) = %" PRIx64 "\n", w->op, name[form],
             phys ? "_phys" : "", addr, phys ? "" : acc_attrs(attrs, ab), v);
    if (phys) {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: stb_phys(as, addr, (uint8_t)v); break;
        case 1: stw_le_phys(as, addr, (uint16_t)v); break;
        case 2: stw_be_phys(as, addr, (uint16_t)v); break;
        case 3: stw_phys(as, addr, (uint16_t)v); break;
        case 4: stl_le_phys(as, addr, (uint32_t)v); break;
        case 5: stl_be_phys(as, addr, (uint32_t)v); break;
        case 6: stl_phys(as, addr, (uint32_t)v); break;
        case 7: stq_le_phys(as, addr, v); break;
        case 8: stq_be_phys(as, addr, v); break;
        default: stq_phys(as, addr, v); break;
            /* clang-format on */
            /* clang-format on */
        }
    } else {
        switch (form) {
        /* clang-format off */
        /* clang-format off */
        case 0: address_space_stb(as, addr, (uint8_t)v, attrs, rp); break;
        case 1: address_space_stw_le(as, addr, (uint16_t)v, attrs, rp); break;
        case 2: address_space_stw_be(as, addr, (uint16_t)v, attrs, rp); break;
        case 3: address_space_stw(as, addr, (uint16_t)v, attrs, rp); break;
        case 4: address_space_stl_le(as, addr, (uint32_t)v, attrs, rp); break;
        case 5: address_space_stl_be(as, addr, (uint32_t)v, attrs, rp); break;
        case 6: address_space_stl(as, addr, (uint32_t)v, attrs, rp); break;
        case 7: address_space_stq_le(as, addr, v, attrs, rp); break;
        case 8: address_space_stq_be(as, addr, v, attrs, rp); break;
        default: address_space_stq(as, addr, v, attrs, rp); break;
            /* clang-format on */
            /* clang-format on */
        }
        if (with_result) {
            conf_say(c, "  result %x\n", (unsigned)r);
        }
    }
}

static void acc_op_dispatch(AccWorld *w)
{
    Conf *c = w->c;
    unsigned pick = conf_below(c, ACC_DEVS + 1);
    AccDev *d = pick < ACC_DEVS ? &w->dev[pick] : NULL;
    MemoryRegion *mr = d ? &d->mr : &w->box[0];
    unsigned size = 1u << conf_below(c, 4);
    bool be = conf_chance(c, 50), sign = conf_chance(c, 10);
    MemOp op = (MemOp)((unsigned)size_memop(size) | (be ? (unsigned)MO_BE : (unsigned)MO_LE) |
                       (sign ? (unsigned)MO_SIGN : 0u));
    uint64_t addr = conf_below(c, (d ? d->size : 64) - size + 1);
    uint64_t v = conf_rand(c);
    MemTxAttrs attrs = acc_pick_attrs(c);
    char ab[32];
    MemTxResult r;

    if (conf_chance(c, 60)) {
        addr &= ~(uint64_t)(size - 1);
    }
    if (size < 8) {
        v &= (1ull << (8 * size)) - 1;
    }
    conf_say(c, "#%u dispatch %s +%" PRIx64 "/%u %s%s (%s)", w->op, memory_region_name(mr), addr,
             size, be ? "be" : "le", sign ? " sign" : "", acc_attrs(attrs, ab));
    if (conf_chance(c, 50)) {
        conf_say(c, " read\n");
        v = 0x5a5a5a5a5a5a5a5aull;
        r = memory_region_dispatch_read(mr, addr, &v, op, attrs);
        conf_say(c, "  value %" PRIx64 " result %x\n", v, (unsigned)r);
    } else {
        conf_say(c, " write %" PRIx64 "\n", v);
        r = memory_region_dispatch_write(mr, addr, v, op, attrs);
        conf_say(c, "  result %x\n", (unsigned)r);
    }
}

static void acc_op_loader(AccWorld *w)
{
    Conf *c = w->c;
    uint8_t buf[64];
    uint64_t addr, len;
    unsigned tries = 0;

    do {
        addr = acc_pick(w);
        len = conf_below(c, 65);
        if (++tries > 40) {
            conf_say(c, "#%u nothing\n", w->op);
            return;
        }
    } while (!acc_block_ok(w, addr, len, true, true));
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = (uint8_t)conf_rand(c);
    }
    conf_say(c, "#%u write_rom %" PRIx64 "+%" PRIu64 " ", w->op, addr, len);
    acc_hex(c, buf, len);
    MemTxResult r = address_space_write_rom(&w->as, addr, MEMTXATTRS_UNSPECIFIED, buf, len);
    conf_say(c, "\n  result %x\n", (unsigned)r);
}

static void acc_op_valid(AccWorld *w)
{
    Conf *c = w->c;
    uint64_t addr, len;
    bool is_write = conf_chance(c, 50);
    MemTxAttrs attrs = acc_pick_attrs(c);
    unsigned tries = 0;
    char ab[32];

    do {
        addr = acc_pick(w);
        len = conf_chance(c, 50) ? conf_below(c, 17) : conf_below(c, 65);
        if (++tries > 40) {
            conf_say(c, "#%u nothing\n", w->op);
            return;
        }
    } while (!acc_valid_ok(w, addr, len, is_write));
    conf_say(c, "#%u access_valid %s %" PRIx64 "+%" PRIu64 " (%s)\n", w->op,
             is_write ? "write" : "read", addr, len, acc_attrs(attrs, ab));
    bool ok = address_space_access_valid(&w->as, addr, len, is_write, attrs);
    conf_say(c, "  %s\n", ok ? "valid" : "not valid");
}

static void acc_edit(AccWorld *w)
{
    Conf *c = w->c;
    AccDev *d = &w->dev[conf_below(c, ACC_DEVS)];
    unsigned n = conf_below(c, ACC_WINS);

    switch (conf_below(c, 7)) {
    case 0:
    case 1: {
        uint64_t at = acc_place(c, 0xe00);
        conf_say(c, "#%u move %s to %" PRIx64 "\n", w->op, d->name, at);
        memory_region_set_address(&d->mr, at);
        break;
    }
    case 2:
        conf_say(c, "#%u move window %u\n", w->op, n);
        memory_region_set_address(&w->win[n], acc_place(c, 0xe00));
        break;
    case 3:
        conf_say(c, "#%u slide window %u\n", w->op, n);
        memory_region_set_alias_offset(&w->win[n], acc_place(c, 0x40));
        break;
    case 4: {
        bool on = conf_chance(c, 60);
        conf_say(c, "#%u %s %s\n", w->op, on ? "enable" : "disable", d->name);
        memory_region_set_enabled(&d->mr, on);
        break;
    }
    case 5:
        for (unsigned i = 0; i < ACC_DEVS; i++) {
            d = &w->dev[i];
            if (d->kind == ACC_ROMD && conf_chance(c, 70)) {
                d->romd = !d->romd;
                conf_say(c, "#%u %s romd %d\n", w->op, d->name, d->romd);
                memory_region_rom_device_set_romd(&d->mr, d->romd);
            }
        }
        break;
    default:
        for (unsigned i = 1; i < ACC_DEVS; i++) { /* the first one may contain others */
            d = &w->dev[i];
            if ((d->kind == ACC_RAM || d->kind == ACC_ROM) && conf_chance(c, 40)) {
                d->kind = d->kind == ACC_RAM ? ACC_ROM : ACC_RAM;
                conf_say(c, "#%u %s read-only %d\n", w->op, d->name, d->kind == ACC_ROM);
                memory_region_set_readonly(&d->mr, d->kind == ACC_ROM);
            }
        }
        break;
    }
    acc_scan(w);
}

static void acc_build(AccWorld *w)
{
    Conf *c = w->c;
    char name[16];

    memory_region_init(&w->root, NULL, "root", ACC_SPAN);
    for (unsigned i = 0; i < ACC_BOXES; i++) {
        sprintf(name, "box%u", i);
        memory_region_init(&w->box[i], NULL, name, 0x40 + conf_below(c, 0x300));
    }
    for (unsigned i = 0; i < ACC_DEVS; i++) {
        acc_make_dev(w, &w->dev[i], i);
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < ACC_BOXES; i++) {
        MemoryRegion *p;
        acc_put(w, &p, &w->box[i], &w->root, 0xc00);
    }
    for (unsigned i = 0; i < ACC_DEVS; i++) {
        AccDev *d = &w->dev[i];
        unsigned how = conf_below(c, 10);
        if (how < 5 || i < 3) {
            acc_put(w, &d->parent, &d->mr, &w->root, 0xe00);
        } else if (how < 9) {
            acc_put(w, &d->parent, &d->mr, &w->box[conf_below(c, ACC_BOXES)], 0x200);
        } else {
            acc_put(w, &d->parent, &d->mr, &w->dev[conf_below(c, 2)].mr, 0x80);
        }
    }
    for (unsigned i = 0; i < ACC_WINS; i++) {
        unsigned t = conf_below(c, 10);
        MemoryRegion *orig = t < 7 || !i ? &w->dev[conf_below(c, ACC_DEVS)].mr
                             : t < 9     ? &w->box[conf_below(c, ACC_BOXES)]
                                         : &w->win[conf_below(c, i)];
        uint64_t off = acc_place(c, 0x60), size = 1 + conf_below(c, 0x180);
        if (conf_chance(c, 60)) {
            size = (size + 15) / 8 * 8;
        }
        sprintf(name, "win%u", i);
        conf_say(c, "%s shows %s +%" PRIx64 " size %" PRIx64 "\n", name, memory_region_name(orig),
                 off, size);
        memory_region_init_alias(&w->win[i], NULL, name, orig, off, size);
        acc_put(w, &w->win_parent[i], &w->win[i], &w->root, 0xe00);
    }
    memory_region_transaction_commit();
    address_space_init(&w->as, &w->root, "access");
}

static void acc_finish(AccWorld *w)
{
    Conf *c = w->c;

    for (unsigned i = 0; i < ACC_DEVS; i++) {
        AccDev *d = &w->dev[i];
        uint64_t h = 0xcbf29ce484222325ull;
        if (d->kind == ACC_IO || d->kind == ACC_VOID || d->kind == ACC_ONES) {
            continue;
        }
        for (uint64_t k = 0; k < d->size; k++) {
            h = (h ^ d->host[k]) * 0x100000001b3ull;
        }
        conf_say(c, "%s memory %016" PRIx64 "\n", d->name, h);
    }
    memory_region_transaction_begin();
    for (unsigned i = 0; i < ACC_WINS; i++) {
        memory_region_del_subregion(w->win_parent[i], &w->win[i]);
    }
    for (unsigned i = 0; i < ACC_DEVS; i++) {
        memory_region_del_subregion(w->dev[i].parent, &w->dev[i].mr);
    }
    for (unsigned i = 0; i < ACC_BOXES; i++) {
        memory_region_del_subregion(&w->root, &w->box[i]);
    }
    memory_region_transaction_commit();
    address_space_destroy(&w->as);
    CONF_DRAIN();
    for (unsigned i = 0; i < ACC_WINS; i++) {
        object_unparent(OBJECT(&w->win[i]));
    }
    for (unsigned i = 0; i < ACC_DEVS; i++) {
        object_unparent(OBJECT(&w->dev[i].mr));
    }
    for (unsigned i = 0; i < ACC_BOXES; i++) {
        object_unparent(OBJECT(&w->box[i]));
    }
    object_unparent(OBJECT(&w->root));
    CONF_DRAIN();
}

void conformance_access(Conf *c)
{
    for (unsigned scene = 0; scene < 3; scene++) {
        AccWorld *w = calloc(1, sizeof(*w));
        w->c = c;
        w->salt = conf_rand(c);
        w->mem = aligned_alloc(4096, 4096 * (size_t)ACC_DEVS);
        memset(w->mem, 0, 4096 * (size_t)ACC_DEVS);
        conf_say(c, "scene %u\n", scene);
        acc_build(w);
        acc_scan(w);
        for (w->op = 0; w->op < 260; w->op++) {
            unsigned what = conf_below(c, 100);
            if (what < 30) {
                acc_op_block(w);
            } else if (what < 52) {
                acc_op_load(w);
            } else if (what < 72) {
                acc_op_store(w);
            } else if (what < 84) {
                acc_op_dispatch(w);
            } else if (what < 90) {
                acc_op_loader(w);
            } else if (what < 98) {
                acc_op_valid(w);
            } else {
                acc_edit(w);
            }
        }
        acc_finish(w);
        free(w->mem);
        free(w);
    }
}
