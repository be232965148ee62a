/* SPDX-License-Identifier: MIT
 *
 * IOMMUs: two small page tables for each IOMMU (chosen by attrs.secure), nested through a second
 * space, and a third IOMMU of 2^64 bytes; accesses, translations, TLB entries, notifiers, replay.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - D1, D9, R16: the device takes 1 to 8 bytes, aligned, in one piece.
 *  - D8: the default replay is used only if all pages have the minimum size, for notifiers of the
 *    whole region that want MAP.
 *  - D10: each table has its own index.
 *  - D11: no event cuts the range of a notifier without the DEVIOTLB flag.
 *  - R1: only RAM is read-only. R5: loads and stores stay inside a page.
 *  - R11: no entry has 2^64 bytes.
 *  - R22: the permission of a TLB entry is printed as "none" or "some".
 *  - iommu_set_page_size_mask, which newer versions do not have.
 *  - Everything that is visible begins and ends at a guest page: below that size get_iotlb_entry
 *    of the recorded implementation sees neither holes nor IOMMUs.
 *  - The address and length of a translation that leads nowhere; the translated address of a cut
 *    MAP event; how often translate is called; a veto when a notifier goes.
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"

/* README.md describes these macros. */
#ifndef CONF_DRAIN
#define CONF_DRAIN() ((void)0)
#endif
#ifndef CONF_READ_LOCK
#define CONF_READ_LOCK() ((void)0)
#define CONF_READ_UNLOCK() ((void)0)
#endif
#ifndef CONF_CLASS_DATA
#define CONF_CLASS_DATA void *
#endif

#define TYPE_CONF_IOMMU "conformance-iommu"
#define TYPE_CONF_IOMMU_REPLAY "conformance-iommu-replay"
#define TYPE_CONF_IOMMU_PLAIN "conformance-iommu-plain"

enum {
    IOMMUS = 4,
    INDEXES = 2,
    ENTRIES = 12,
    NOTIFIERS = 6,
    RAMS = 3,
    SPACES = 4,
    REGION = 0x80000,
    RAM_SIZE = 0x8000
};

typedef struct Scene Scene;

typedef struct {
    hwaddr iova, mask, to;
    int space;
    MemTxAttrs attrs;
    IOMMUAccessFlags perm;
    bool used;
} Entry;

typedef struct {
    IOMMUMemoryRegion parent_obj;
    Scene *s;
    int id;
    bool plain, varied, no_map;
    Entry entry[INDEXES][ENTRIES];
    unsigned flags_seen, indexes_seen;
} ConfIommu;

typedef struct {
    IOMMUNotifier n;
    Scene *s;
    int id;
    ConfIommu *on;
    bool made;
} Hearer;

struct Scene {
    Conf *c;
    ConfIommu *iommu[IOMMUS];
    Hearer hearer[NOTIFIERS];
    MemoryRegion ram[RAMS], io, io2, root[SPACES], window, cover;
    uint8_t *host[RAMS + 1];
    AddressSpace *as[SPACES];
    hwaddr u1_at;
};

static const char *const perm_name[] = { "none", "ro", "wo", "rw" };

static Entry *entry_at(ConfIommu *u, hwaddr addr, int idx)
{
    for (int i = 0; i < ENTRIES; i++) {
        Entry *e = &u->entry[idx][i];
        if (e->used && (addr & ~e->mask) == e->iova) {
            return e;
        }
    }
    return NULL;
}

static IOMMUTLBEntry conf_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                    int idx)
{
    ConfIommu *u = (ConfIommu *)iommu;
    Entry *e = entry_at(u, addr, idx);
    IOMMUTLBEntry t = { .target_as = u->s->as[0],
                        .iova = addr & ~(hwaddr)0xfff,
                        .addr_mask = u->varied ? 0x3ff : 0xfff,
                        .perm = IOMMU_NONE };
    u->flags_seen |= 1u << flag;
    u->indexes_seen |= 1u << idx;
    if (e) {
        t.target_as = u->s->as[e->space];
        t.iova = e->iova;
        t.translated_addr = e->to;
        t.addr_mask = e->mask;
        t.perm = e->perm;
    } else {
        t.iova = addr & ~t.addr_mask;
    }
    return t;
}

static uint64_t conf_page_size(IOMMUMemoryRegion *iommu)
{
    return ((ConfIommu *)iommu)->varied ? 0x400 : 0x1000;
}

static int conf_flag_changed(IOMMUMemoryRegion *iommu, IOMMUNotifierFlag old_flags,
                             IOMMUNotifierFlag new_flags, Error **errp)
{
    ConfIommu *u = (ConfIommu *)iommu;
    (void)errp;
    bool veto = u->no_map && (new_flags & IOMMU_NOTIFIER_MAP) && !(old_flags & IOMMU_NOTIFIER_MAP);
    conf_say(u->s->c, "  u%d flags %d -> %d%s\n", u->id, (int)old_flags, (int)new_flags,
             veto ? " veto" : "");
    return veto ? -22 : 0;
}

static int conf_index(IOMMUMemoryRegion *iommu, MemTxAttrs attrs)
{
    (void)iommu;
    return attrs.secure ? 1 : 0;
}

static int conf_indexes(IOMMUMemoryRegion *iommu)
{
    (void)iommu;
    return INDEXES;
}

static int conf_attr(IOMMUMemoryRegion *iommu, enum IOMMUMemoryRegionAttr attr, void *data)
{
    if (((ConfIommu *)iommu)->id & 1) {
        return -22;
    }
    *(int *)data = 40 + (int)attr;
    return 0;
}

static IOMMUTLBEvent event_of(Scene *s, IOMMUNotifierFlag type, const Entry *e)
{
    IOMMUTLBEvent v = { .type = type };
    v.entry.target_as = s->as[e->space];
    v.entry.iova = e->iova;
    v.entry.translated_addr = e->to;
    v.entry.addr_mask = e->mask;
    v.entry.perm = type == IOMMU_NOTIFIER_MAP ? e->perm : IOMMU_NONE;
    return v;
}

/* Whether the event cuts the range of a notifier that takes no cut entries (D11). */
static bool cuts(const IOMMUNotifier *n, const IOMMUTLBEvent *v)
{
    hwaddr first = v->entry.iova, last = first + v->entry.addr_mask;
    if ((n->notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP) || n->start > last || n->end < first) {
        return false;
    }
    return first < n->start || last > n->end;
}

static void conf_replay(IOMMUMemoryRegion *iommu, IOMMUNotifier *n)
{
    ConfIommu *u = (ConfIommu *)iommu;
    for (int i = 0; i < ENTRIES; i++) {
        Entry *e = &u->entry[n->iommu_idx][i];
        IOMMUTLBEvent v = event_of(u->s, IOMMU_NOTIFIER_MAP, e);
        if (e->used && e->perm != IOMMU_NONE && !cuts(n, &v)) {
            memory_region_notify_iommu_one(n, &v);
        }
    }
}

static void plain_class_init(ObjectClass *klass, CONF_CLASS_DATA data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(klass)->translate = conf_translate;
}

static void full_class_init(ObjectClass *klass, CONF_CLASS_DATA data)
{
    IOMMUMemoryRegionClass *k = IOMMU_MEMORY_REGION_CLASS(klass);
    (void)data;
    k->translate = conf_translate;
    k->get_min_page_size = conf_page_size;
    k->notify_flag_changed = conf_flag_changed;
    k->attrs_to_index = conf_index;
    k->num_indexes = conf_indexes;
    k->get_attr = conf_attr;
}

static void replay_class_init(ObjectClass *klass, CONF_CLASS_DATA data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(klass)->replay = conf_replay;
}

static void register_types(void)
{
    static const TypeInfo types[] = {
        { .name = TYPE_CONF_IOMMU,
          .parent = TYPE_IOMMU_MEMORY_REGION,
          .instance_size = sizeof(ConfIommu),
          .class_init = full_class_init },
        { .name = TYPE_CONF_IOMMU_REPLAY,
          .parent = TYPE_CONF_IOMMU,
          .instance_size = sizeof(ConfIommu),
          .class_init = replay_class_init },
        { .name = TYPE_CONF_IOMMU_PLAIN,
          .parent = TYPE_IOMMU_MEMORY_REGION,
          .instance_size = sizeof(ConfIommu),
          .class_init = plain_class_init },
    };
    static bool done;
    for (int i = 0; i < 3 && !done; i++) {
        type_register_static(&types[i]);
    }
    done = true;
}

static MemTxResult dev_read(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                            MemTxAttrs attrs)
{
    Scene *s = opaque;
    conf_say(s->c, "  read 0x%" PRIx64 " %u%s\n", addr, size, attrs.secure ? " secure" : "");
    *data = addr * 0x9E3779B97F4A7C15ull >> (64 - 8 * size);
    return addr & 0x800 ? MEMTX_ERROR : MEMTX_OK;
}

static MemTxResult dev_write(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                             MemTxAttrs attrs)
{
    Scene *s = opaque;
    conf_say(s->c, "  write 0x%" PRIx64 " %u 0x%" PRIx64 "%s\n", addr, size, data,
             attrs.secure ? " secure" : "");
    return MEMTX_OK;
}

static const MemoryRegionOps dev_ops = {
    .read_with_attrs = dev_read,
    .write_with_attrs = dev_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static const MemoryRegionOps dev_ops_be = {
    .read_with_attrs = dev_read,
    .write_with_attrs = dev_write,
    .endianness = DEVICE_BIG_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

static const char *region_name(Scene *s, MemoryRegion *mr)
{
    MemoryRegion *known[] = { &s->ram[0], &s->ram[1], &s->ram[2], &s->io, &s->io2, &s->cover };
    for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (mr == known[i]) {
            return memory_region_name(mr);
        }
    }
    return "unassigned";
}

static int space_number(Scene *s, AddressSpace *as)
{
    for (int i = 0; i < SPACES; i++) {
        if (s->as[i] == as) {
            return i;
        }
    }
    return -1;
}

static void show_asked(Scene *s)
{
    for (int i = 0; i < IOMMUS; i++) {
        ConfIommu *u = s->iommu[i];
        if (u->flags_seen) {
            conf_say(s->c, "  u%d asked flags %x indexes %x\n", i, u->flags_seen, u->indexes_seen);
        }
        u->flags_seen = u->indexes_seen = 0;
    }
}

static uint64_t sum(const uint8_t *p, size_t n)
{
    uint64_t h = 14695981039346656037ull;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * 1099511628211ull;
    }
    return h;
}

static void show_memory(Scene *s)
{
    conf_say(s->c, "memory");
    for (int i = 0; i < RAMS; i++) {
        conf_say(s->c, " %016" PRIx64, sum(s->host[i], RAM_SIZE));
    }
    conf_say(s->c, "\n");
}

/* A page of the third IOMMU: anywhere in 2^64 bytes. */
static hwaddr far_page(Conf *c)
{
    static const hwaddr base[] = { 0, 0x7fffffffffff0000ull, 0xfffffffffffe0000ull,
                                   0x100000000ull };
    hwaddr near = base[conf_below(c, 4)];
    return near + 0x1000 * conf_below(c, 32);
}

/* Returns mostly an address that table 'idx' maps. */
static hwaddr pick_iova(ConfIommu *u, Conf *c, int idx)
{
    bool mapped = conf_chance(c, 88);
    for (int tries = 0; tries < 6 && mapped; tries++) {
        Entry *e = &u->entry[u->plain ? 0 : idx][conf_below(c, ENTRIES)];
        if (!e->used || e->perm == IOMMU_NONE) {
            continue;
        }
        return e->iova +
               (conf_chance(c, 30) ? e->mask - conf_below(c, 32) : conf_below(c, e->mask + 1));
    }
    hwaddr page = u->plain ? far_page(c) : 0x400 * conf_below(c, REGION / 0x400);
    return page + conf_below(c, 0x400);
}

/* Returns an address in one of the spaces with IOMMUs. */
static hwaddr pick_address(Scene *s, int *space, MemTxAttrs *attrs)
{
    Conf *c = s->c;
    int idx = (int)conf_below(c, INDEXES);
    *attrs = MEMTXATTRS_UNSPECIFIED;
    if (idx) {
        *attrs = (MemTxAttrs){ .secure = 1, .requester_id = 7 };
    }
    *space = 1 + (int)conf_below(c, 3);
    if (conf_chance(c, 7)) {
        hwaddr page = 0x1000 * conf_below(c, 0x180);
        return page + conf_below(c, 0x1000);
    }
    switch (*space) {
    case 1:
        return s->u1_at + pick_iova(s->iommu[1], c, idx);
    case 2:
        if (conf_chance(c, 20)) {
            return 0x140000 + conf_below(c, 0x20000);
        }
        return conf_chance(c, 65) ? pick_iova(s->iommu[0], c, idx)
                                  : 0x100000 + pick_iova(s->iommu[3], c, idx);
    default:
        return pick_iova(s->iommu[2], c, 0);
    }
}

static void say_notify(Hearer *h, IOMMUTLBEntry *e)
{
    Scene *s = h->s;
    conf_say(s->c, "  n%d 0x%" PRIx64 " mask 0x%" PRIx64 " %s", h->id, e->iova, e->addr_mask,
             perm_name[e->perm & 3]);
    if (e->perm != IOMMU_NONE && !(h->n.notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP)) {
        conf_say(s->c, " space %d at 0x%" PRIx64, space_number(s, e->target_as),
                 e->translated_addr);
    }
    conf_say(s->c, "\n");
}

static void on_notify(IOMMUNotifier *n, IOMMUTLBEntry *e)
{
    say_notify((Hearer *)n, e);
}

/* Sends an event to all notifiers of an IOMMU's index. */
static void notify(ConfIommu *u, int idx, IOMMUTLBEvent v)
{
    Scene *s = u->s;
    for (int i = 0; i < NOTIFIERS; i++) {
        Hearer *h = &s->hearer[i];
        if (h->on == u && h->n.iommu_idx == idx && cuts(&h->n, &v)) {
            return;
        }
    }
    conf_say(s->c, "notify u%d index %d type %d 0x%" PRIx64 " mask 0x%" PRIx64 "\n", u->id, idx,
             (int)v.type, v.entry.iova, v.entry.addr_mask);
    memory_region_notify_iommu(IOMMU_MEMORY_REGION(u), idx, v);
}

static void set_entry(ConfIommu *u)
{
    Scene *s = u->s;
    Conf *c = s->c;
    static const hwaddr masks[] = { 0xfff, 0x3ff, 0x3fff, 0xfff, 0x7fff };
    int idx = u->plain ? 0 : (int)conf_below(c, INDEXES), slot = (int)conf_below(c, ENTRIES);
    Entry *e = &u->entry[idx][slot], n = { .used = true };
    if (e->used && conf_chance(c, 15)) {
        conf_say(c, "unmap u%d index %d 0x%" PRIx64 "\n", u->id, idx, e->iova);
        Entry gone = *e;
        e->used = false;
        notify(u, idx,
               event_of(s,
                        conf_chance(c, 80) ? IOMMU_NOTIFIER_UNMAP : IOMMU_NOTIFIER_DEVIOTLB_UNMAP,
                        &gone));
        return;
    }
    n.mask = u->varied ? masks[conf_below(c, 5)] : 0xfff;
    n.iova = (u->plain ? far_page(c) : 0x400 * conf_below(c, REGION / 0x400)) & ~n.mask;
    if (e->used && conf_chance(c, 80)) {
        n.iova = e->iova;
        n.mask = e->mask;
    }
    /* u0 leads to the system or through u1; u1 only to the system; u2, u3 to either */
    n.space = u->id != 1 && conf_chance(c, 40) ? 1 : 0;
    if (n.space) {
        n.to = 0x400 * conf_below(c, (REGION + 0x10000) / 0x400);
    } else if (conf_chance(c, 15)) {
        n.to = 0x400 * conf_below(c, 0x28000 / 0x400);
    } else {
        n.to = 0xa000 * conf_below(c, 4);
        n.to += 0x400 * conf_below(c, 0x6000 / 0x400);
    }
    if (n.space && conf_chance(c, 70)) {
        n.to = s->u1_at + pick_iova(s->iommu[1], c, u->plain ? (int)conf_below(c, INDEXES) : idx);
    }
    n.to &= ~n.mask;
    n.perm = conf_chance(c, 82) ? IOMMU_RW : (IOMMUAccessFlags)conf_below(c, 4);
    for (int i = 0; i < ENTRIES; i++) {
        Entry *o = &u->entry[idx][i];
        if (o != e && o->used && o->iova <= n.iova + n.mask && n.iova <= o->iova + o->mask) {
            return;
        }
    }
    conf_say(c, "map u%d index %d 0x%" PRIx64 " mask 0x%" PRIx64 " -> space %d 0x%" PRIx64 " %s\n",
             u->id, idx, n.iova, n.mask, n.space, n.to, perm_name[n.perm]);
    Entry old = *e;
    *e = n;
    if (old.used) {
        notify(u, idx, event_of(s, IOMMU_NOTIFIER_UNMAP, &old));
    }
    if (n.perm != IOMMU_NONE) {
        notify(u, idx, event_of(s, IOMMU_NOTIFIER_MAP, &n));
    }
}

static void do_block(Scene *s)
{
    Conf *c = s->c;
    int space;
    MemTxAttrs attrs;
    uint8_t buf[0x1800];
    hwaddr addr = pick_address(s, &space, &attrs);
    unsigned len = 1 + (unsigned)conf_below(c, conf_chance(c, 70) ? 24 : sizeof(buf));
    bool is_write = conf_chance(c, 50);
    /* A long transfer to a device would fill the trace. */
    if (len > 64) {
        hwaddr at = addr;
        for (unsigned done = 0; done < len; done += 0x400, at += 0x400) {
            for (unsigned k = 0; k < 2; k++) {
                hwaddr xlat, l = 1;
                CONF_READ_LOCK();
                MemoryRegion *mr = address_space_translate(s->as[space], k ? addr + len - 1 : at,
                                                           &xlat, &l, is_write, attrs);
                CONF_READ_UNLOCK();
                if (mr == &s->io || mr == &s->io2) {
                    len = 16;
                }
            }
        }
        for (int i = 0; i < IOMMUS; i++) {
            s->iommu[i]->flags_seen = s->iommu[i]->indexes_seen = 0;
        }
    }
    for (unsigned i = 0; i < len; i++) {
        buf[i] = is_write ? (uint8_t)conf_rand(c) : 0xa5;
    }
    conf_say(c, "%s space %d 0x%" PRIx64 " %u%s\n", is_write ? "put" : "get", space, addr, len,
             attrs.secure ? " secure" : "");
    MemTxResult r = address_space_rw(s->as[space], addr, attrs, buf, len, is_write);
    conf_say(c, " = %u", r);
    if (!is_write) {
        conf_say(c, " %016" PRIx64, sum(buf, len));
        for (unsigned i = 0; i < len && i < 16; i++) {
            conf_say(c, " %02x", buf[i]);
        }
    }
    conf_say(c, "\n");
    show_asked(s);
    if (is_write) {
        show_memory(s);
    }
}

static void do_single(Scene *s)
{
    Conf *c = s->c;
    int space;
    MemTxAttrs attrs;
    unsigned size = 1u << conf_below(c, 4);
    hwaddr addr = pick_address(s, &space, &attrs) & ~(hwaddr)(size - 1);
    MemTxResult r = 99;
    bool be = conf_chance(c, 50);
    AddressSpace *as = s->as[space];
    uint64_t v = conf_rand(c);
    if (conf_chance(c, 50)) {
        conf_say(c, "load%u%s space %d 0x%" PRIx64 "%s\n", size, be ? "be" : "le", space, addr,
                 attrs.secure ? " secure" : "");
        v = size == 1   ? address_space_ldub(as, addr, attrs, &r)
            : size == 2 ? be ? address_space_lduw_be(as, addr, attrs, &r)
                             : address_space_lduw_le(as, addr, attrs, &r)
            : size == 4 ? be ? address_space_ldl_be(as, addr, attrs, &r)
                             : address_space_ldl_le(as, addr, attrs, &r)
            : be ? address_space_ldq_be(as, addr, attrs, &r)
                        : address_space_ldq_le(as, addr, attrs, &r);
        conf_say(c, " = %u 0x%" PRIx64 "\n", r, v);
    } else {
        conf_say(c, "store%u%s space %d 0x%" PRIx64 " 0x%" PRIx64 "%s\n", size, be ? "be" : "le",
                 space, addr, v, attrs.secure ? " secure" : "");
        if (size == 1) {
            address_space_stb(as, addr, (uint8_t)v, attrs, &r);
        } else if (size == 2) {
            (be ? address_space_stw_be : address_space_stw_le)(as, addr, (uint16_t)v, attrs, &r);
        } else if (size == 4) {
            (be ? address_space_stl_be : address_space_stl_le)(as, addr, (uint32_t)v, attrs, &r);
        } else {
            (be ? address_space_stq_be : address_space_stq_le)(as, addr, v, attrs, &r);
        }
        conf_say(c, " = %u\n", r);
        show_memory(s);
    }
    show_asked(s);
}

static void do_translate(Scene *s)
{
    Conf *c = s->c;
    int space;
    MemTxAttrs attrs;
    hwaddr addr = pick_address(s, &space, &attrs), xlat = 0, len = 1 + conf_below(c, 0x6000);
    bool is_write = conf_chance(c, 50);
    conf_say(c, "translate space %d 0x%" PRIx64 " 0x%" PRIx64 " %c%s: ", space, addr, len,
             is_write ? 'w' : 'r', attrs.secure ? "s" : "");
    CONF_READ_LOCK();
    MemoryRegion *mr = address_space_translate(s->as[space], addr, &xlat, &len, is_write, attrs);
    const char *name = region_name(s, mr);
    if (!strcmp(name, "unassigned")) {
        conf_say(c, "%s\n", name);
    } else {
        conf_say(c, "%s 0x%" PRIx64 " 0x%" PRIx64 "\n", name, xlat, len);
    }
    CONF_READ_UNLOCK();
    show_asked(s);
}

static void do_tlb(Scene *s)
{
    Conf *c = s->c;
    int space;
    MemTxAttrs attrs;
    hwaddr addr = pick_address(s, &space, &attrs);
    bool is_write = conf_chance(c, 50);
    CONF_READ_LOCK();
    IOMMUTLBEntry e = address_space_get_iotlb_entry(s->as[space], addr, is_write, attrs);
    CONF_READ_UNLOCK();
    conf_say(c, "tlb space %d 0x%" PRIx64 " %c%s: ", space, addr, is_write ? 'w' : 'r',
             attrs.secure ? "s" : "");
    conf_say(c, "space %d 0x%" PRIx64 " -> 0x%" PRIx64 " mask 0x%" PRIx64 " %s\n",
             space_number(s, e.target_as), e.iova, e.translated_addr, e.addr_mask,
             e.perm == IOMMU_NONE ? "none" : "some");
    show_asked(s);
}

static void do_valid(Scene *s)
{
    Conf *c = s->c;
    int space;
    MemTxAttrs attrs;
    hwaddr addr = pick_address(s, &space, &attrs),
           len = conf_below(c, conf_chance(c, 50) ? 16 : 0x3000);
    bool is_write = conf_chance(c, 50);
    conf_say(c, "valid space %d 0x%" PRIx64 " 0x%" PRIx64 " %c%s: %d\n", space, addr, len,
             is_write ? 'w' : 'r', attrs.secure ? "s" : "",
             address_space_access_valid(s->as[space], addr, len, is_write, attrs));
    for (int i = 0; i < IOMMUS; i++) {
        s->iommu[i]->flags_seen = s->iommu[i]->indexes_seen = 0;
    }
}

static void do_hearer(Scene *s)
{
    Conf *c = s->c;
    Hearer *h = &s->hearer[conf_below(c, NOTIFIERS)];
    bool by_window;
    if (h->on) {
        by_window = h->on == s->iommu[0] && conf_chance(c, 50);
        conf_say(c, "unregister n%d%s\n", h->id, by_window ? " by window" : "");
        memory_region_unregister_iommu_notifier(by_window ? &s->window : MEMORY_REGION(h->on),
                                                &h->n);
        h->on = NULL;
        return;
    }
    ConfIommu *u = s->iommu[conf_below(c, IOMMUS)];
    IOMMUNotifierFlag flags = (IOMMUNotifierFlag)(1 + conf_below(c, 7));
    hwaddr start = 0, end = UINT64_MAX;
    if (conf_chance(c, 70)) {
        if (flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP) {
            start = conf_below(c, REGION);
            end = start + conf_below(c, REGION / 2);
        } else {
            start = conf_below(c, REGION) & ~(hwaddr)0x7fff;
            end = start + (conf_below(c, REGION) | 0x7fff);
        }
    }
    by_window = u == s->iommu[0] && conf_chance(c, 50);
    iommu_notifier_init(&h->n, on_notify, flags, start, end,
                        u->plain ? 0 : (int)conf_below(c, INDEXES));
    h->made = true;
    conf_say(c, "register n%d u%d flags %d 0x%" PRIx64 "..0x%" PRIx64 " index %d%s\n", h->id,
             u->id, (int)flags, start, end, h->n.iommu_idx, by_window ? " by window" : "");
    int r = memory_region_register_iommu_notifier(by_window ? &s->window : MEMORY_REGION(u), &h->n,
                                                  NULL);
    conf_say(c, " = %d\n", r);
    if (!r) {
        h->on = u;
    }
}

static void do_event(Scene *s)
{
    Conf *c = s->c;
    ConfIommu *u = s->iommu[conf_below(c, IOMMUS)];
    int idx = u->plain ? 0 : (int)conf_below(c, INDEXES);
    static const hwaddr masks[] = { 0xfff, 0x3fff, 0x7fff, 0x3ffff, 0x7ffff };
    Entry e = { .mask = masks[conf_below(c, 5)], .space = 0, .perm = IOMMU_RW };
    e.iova = 0x1000 * conf_below(c, REGION / 0x1000) & ~e.mask;
    e.to = e.iova;
    static const IOMMUNotifierFlag types[] = { IOMMU_NOTIFIER_UNMAP, IOMMU_NOTIFIER_MAP,
                                               IOMMU_NOTIFIER_DEVIOTLB_UNMAP,
                                               IOMMU_NOTIFIER_DEVIOTLB_UNMAP };
    IOMMUTLBEvent v = event_of(s, types[conf_below(c, 4)], &e);
    Hearer *h = &s->hearer[conf_below(c, NOTIFIERS)];
    if (conf_chance(c, 60)) {
        notify(u, idx, v);
    } else if (h->made && !cuts(&h->n, &v)) {
        conf_say(c, "notify n%d type %d 0x%" PRIx64 " mask 0x%" PRIx64 "\n", h->id, (int)v.type,
                 v.entry.iova, v.entry.addr_mask);
        memory_region_notify_iommu_one(&h->n, &v);
    }
}

static void do_replay(Scene *s)
{
    Conf *c = s->c;
    Hearer *h = &s->hearer[conf_below(c, NOTIFIERS)];
    if (!h->on || h->on->plain || !(h->n.notifier_flags & IOMMU_NOTIFIER_MAP)) {
        return;
    }
    if (!h->on->varied && (h->n.start || h->n.end < REGION - 1)) {
        return;
    }
    conf_say(c, "replay u%d n%d\n", h->on->id, h->id);
    memory_region_iommu_replay(IOMMU_MEMORY_REGION(h->on), &h->n);
    show_asked(s);
}

static void do_edit(Scene *s)
{
    Conf *c = s->c;
    MemoryRegion *mr;
    hwaddr at;
    bool on = conf_chance(c, 75);
    switch (conf_below(c, 7)) {
    case 0:
        at = 0x1000 * conf_below(c, 0x40);
        conf_say(c, "move u1 0x%" PRIx64 "\n", at);
        s->u1_at = at;
        memory_region_set_address(MEMORY_REGION(s->iommu[1]), at);
        break;
    case 1:
        on = conf_chance(c, 85);
        mr = &s->ram[1 + conf_below(c, 2)];
        conf_say(c, "enable %s %d\n", memory_region_name(mr), on);
        memory_region_set_enabled(mr, on);
        break;
    case 2:
        conf_say(c, "readonly ram2 %d\n", !on);
        memory_region_set_readonly(&s->ram[2], !on);
        break;
    case 3:
        at = 0x1000 * conf_below(c, 0x60);
        conf_say(c, "window 0x%" PRIx64 "\n", at);
        memory_region_set_alias_offset(&s->window, at);
        break;
    case 4:
        at = 0x1000 * conf_below(c, 0x80);
        conf_say(c, "move cover 0x%" PRIx64 " enable %d\n", at, on);
        memory_region_transaction_begin();
        memory_region_set_address(&s->cover, at);
        memory_region_set_enabled(&s->cover, on);
        memory_region_transaction_commit();
        break;
    case 5:
        on = conf_chance(c, 92);
        mr = MEMORY_REGION(s->iommu[conf_below(c, 2) ? 1 : 3]);
        conf_say(c, "enable %s %d\n", memory_region_name(mr), on);
        memory_region_set_enabled(mr, on);
        break;
    default:
        at = 0x1000 * conf_below(c, 0x28);
        conf_say(c, "move io 0x%" PRIx64 "\n", at);
        memory_region_set_address(&s->io, at);
        break;
    }
}

static void space_new(Scene *s, int i, MemoryRegion *root)
{
    char name[16];
    snprintf(name, sizeof(name), "space%d", i);
    s->as[i] = calloc(1, sizeof(*s->as[i]));
    address_space_init(s->as[i], root, name);
}

static void build(Scene *s)
{
    Conf *c = s->c;
    char name[16];
    for (int i = 0; i <= RAMS; i++) {
        s->host[i] = calloc(1, RAM_SIZE);
        for (unsigned k = 0; k < RAM_SIZE; k++) {
            s->host[i][k] = (uint8_t)conf_rand(c);
        }
    }
    for (int i = 0; i < SPACES - 1; i++) {
        snprintf(name, sizeof(name), "root%d", i);
        memory_region_init(&s->root[i], NULL, name, UINT64_MAX);
    }
    for (int i = 0; i < RAMS; i++) {
        snprintf(name, sizeof(name), "ram%d", i);
        memory_region_init_ram_ptr(&s->ram[i], NULL, name, RAM_SIZE, s->host[i]);
        memory_region_add_subregion_overlap(&s->root[0], (hwaddr)i * 0xa000, &s->ram[i], i);
    }
    memory_region_init_io(&s->io, NULL, &dev_ops, s, "io", 0x4000);
    memory_region_add_subregion_overlap(&s->root[0], 0x1e000, &s->io, 5);
    memory_region_init_io(&s->io2, NULL, &dev_ops_be, s, "io2", 0x2000);
    memory_region_add_subregion_overlap(&s->root[0], 0x22000, &s->io2, 5);

    for (int i = 0; i < IOMMUS; i++) {
        ConfIommu *u = s->iommu[i] = calloc(1, sizeof(*u));
        bool plain = i == 2, varied = !plain && (i == 3 || conf_chance(c, 50));
        snprintf(name, sizeof(name), "u%d", i);
        memory_region_init_iommu(u, sizeof(*u),
                                 plain    ? TYPE_CONF_IOMMU_PLAIN
                                 : varied ? TYPE_CONF_IOMMU_REPLAY
                                          : TYPE_CONF_IOMMU,
                                 NULL, name, plain ? UINT64_MAX : REGION);
        u->s = s;
        u->id = i;
        u->plain = plain;
        u->varied = varied;
        u->no_map = conf_chance(c, 30);
        conf_say(c, "iommu %s%s%s\n", memory_region_name(MEMORY_REGION(u)), plain ? " plain" : "",
                 varied ? " varied" : "");
    }
    s->u1_at = 0x3000;
    memory_region_add_subregion(&s->root[1], s->u1_at, MEMORY_REGION(s->iommu[1]));
    memory_region_init_ram_ptr(&s->cover, NULL, "cover", 0x3000, s->host[RAMS]);
    memory_region_add_subregion_overlap(&s->root[2], 0x11000, &s->cover, 7);
    memory_region_add_subregion(&s->root[2], 0, MEMORY_REGION(s->iommu[0]));
    memory_region_add_subregion(&s->root[2], 0x100000, MEMORY_REGION(s->iommu[3]));
    memory_region_init_alias(&s->window, NULL, "window", MEMORY_REGION(s->iommu[0]), 0x2000,
                             0x20000);
    memory_region_add_subregion_overlap(&s->root[2], 0x140000, &s->window, 3);
    for (int i = 0; i < SPACES; i++) {
        space_new(s, i, i < 3 ? &s->root[i] : MEMORY_REGION(s->iommu[2]));
    }
    for (int i = 0; i < NOTIFIERS; i++) {
        s->hearer[i].s = s;
        s->hearer[i].id = i;
    }
}

static void show_queries(Scene *s)
{
    Conf *c = s->c;
    for (int i = 0; i < IOMMUS; i++) {
        IOMMUMemoryRegion *u = IOMMU_MEMORY_REGION(s->iommu[i]);
        int data = 0, r = memory_region_iommu_get_attr(u, IOMMU_ATTR_SPAPR_TCE_FD, &data);
        conf_say(c, "u%d page 0x%" PRIx64 " indexes %d secure %d attr %d %d iommu %d ram %d\n", i,
                 memory_region_iommu_get_min_page_size(u), memory_region_iommu_num_indexes(u),
                 memory_region_iommu_attrs_to_index(u, (MemTxAttrs){ .secure = 1 }), r, data,
                 memory_region_is_iommu(MEMORY_REGION(u)) ? 1 : 0,
                 memory_region_is_ram(MEMORY_REGION(u)));
    }
    conf_say(c, "window leads to u0: %d, io to an iommu: %d\n",
             memory_region_get_iommu(&s->window) == IOMMU_MEMORY_REGION(s->iommu[0]),
             memory_region_get_iommu(&s->io) != NULL);
}

static void tear_down(Scene *s)
{
    for (int i = 0; i < NOTIFIERS; i++) {
        Hearer *h = &s->hearer[i];
        if (h->on) {
            conf_say(s->c, "unregister n%d\n", i);
            memory_region_unregister_iommu_notifier(MEMORY_REGION(h->on), &h->n);
        }
    }
    for (int i = 0; i < SPACES; i++) {
        address_space_destroy(s->as[i]);
    }
    MemoryRegion *child[] = { &s->ram[0],
                              &s->ram[1],
                              &s->ram[2],
                              &s->io,
                              &s->io2,
                              MEMORY_REGION(s->iommu[1]),
                              &s->cover,
                              MEMORY_REGION(s->iommu[0]),
                              MEMORY_REGION(s->iommu[3]),
                              &s->window };
    static const int parent[] = { 0, 0, 0, 0, 0, 1, 2, 2, 2, 2 };
    memory_region_transaction_begin();
    memory_region_set_enabled(&s->root[0], false);
    for (int i = 0; i < 10; i++) {
        memory_region_del_subregion(&s->root[parent[i]], child[i]);
    }
    memory_region_transaction_commit();
    CONF_DRAIN();
    for (int i = 9; i >= 0; i--) {
        object_unparent(OBJECT(child[i]));
    }
    object_unparent(OBJECT(s->iommu[2]));
    for (int i = 0; i < 3; i++) {
        object_unparent(OBJECT(&s->root[i]));
    }
    CONF_DRAIN();
    for (int i = 0; i < SPACES; i++) {
        free(s->as[i]);
    }
    for (int i = 0; i < IOMMUS; i++) {
        free(s->iommu[i]);
    }
    for (int i = 0; i <= RAMS; i++) {
        free(s->host[i]);
    }
}

void conformance_iommu(Conf *c)
{
    Scene *s = calloc(1, sizeof(*s));
    s->c = c;
    register_types();
    build(s);
    show_queries(s);
    /* The inner table comes first, so that the outer ones can lead into it. */
    for (int k = 0; k < 150; k++) {
        set_entry(s->iommu[k < 60 ? 1 : k % 3 == 1 ? 3 : k % 3]);
    }
    unsigned steps = 420 + (unsigned)conf_below(c, 80);
    for (unsigned i = 0; i < steps; i++) {
        unsigned what = (unsigned)conf_below(c, 100);
        if (what < 18) {
            do_block(s);
        } else if (what < 33) {
            do_single(s);
        } else if (what < 45) {
            do_translate(s);
        } else if (what < 53) {
            do_tlb(s);
        } else if (what < 57) {
            do_valid(s);
        } else if (what < 70) {
            do_hearer(s);
        } else if (what < 79) {
            do_event(s);
        } else if (what < 85) {
            do_replay(s);
        } else if (what < 89) {
            do_edit(s);
        } else {
            static const int which[] = { 0, 0, 0, 1, 2, 2, 3, 3 };
            set_entry(s->iommu[which[conf_below(c, 8)]]);
        }
    }
    tear_down(s);
    free(s);
}
