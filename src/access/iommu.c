/* SPDX-License-Identifier: MIT
 *
 * The walk through IOMMUs (specification 10.4). It asks an IOMMU for the page around the offset and
 * goes on in the space that the entry names, until a region answers that is not an IOMMU.
 *
 *    space --> IOMMU --entry--> space --> IOMMU --entry--> space --> RAM
 *              offset           address   offset           address
 *
 * The entries come from tables that a guest writes. So each entry is checked before it is followed
 * (region/iommu.h), and a walk is limited in two ways:
 *
 *    - It makes at most LEVELS translations. A translate() callback may read its tables through an
 *      IOMMU: the walk inside counts on from the level of the walk outside.
 *    - It does not ask an IOMMU for an index that the IOMMU is translating on this thread already.
 *      A translation that needs itself would use up the host's stack.
 */
#include "access/iommu.h"

#include "access/arrival.h"
#include "access/target.h"
#include "base/barrier.h"
#include "region/iommu.h"

/* Machines stack a few IOMMUs. A walk that gets here goes in a circle. */
enum { LEVELS = 64 };

/* A call of translate() that is running on this thread; the chain lies on the stack. */
typedef struct TranslateFrame {
    const IOMMUMemoryRegion *iommu;
    int index;
    unsigned level;
    const struct TranslateFrame *outer;
} Frame;

_Thread_local const Frame *access_translating;

/* Where the walk is: at 'offset' of 'iommu'. 'rest' more bytes are visible there. */
typedef struct Walk {
    IOMMUMemoryRegion *iommu;
    hwaddr offset;
    uint64_t epoch; /* of the translation that was followed; 0: it must not be kept */
    hwaddr rest;
    hwaddr page; /* bytes after the first one that all levels so far translate alike */
    Trail trail;
    Hole hole; /* of the space that the walk has come to */
    MemTxAttrs attrs;
    bool is_write;
    bool readonly; /* an IOMMU on the way lies in a read-only range */
    unsigned level;
} Walk;

static hwaddr smaller(hwaddr a, hwaddr b)
{
    return a < b ? a : b;
}

static inline const Frame *frame_enter(const Frame *frame)
{
    barrier_compiler(); /* a signal handler sees whole frames */
    access_translating = frame;
    return frame;
}

static inline void frame_leave(const Frame *const *frame)
{
    access_translating = (*frame)->outer;
}

static IOMMUTLBEntry translate(const Walk *w, IOMMUMemoryRegionClass *class, int index)
{
    CALL_OUT;
    const Frame frame = { w->iommu, index, w->level, access_translating };
    __attribute__((cleanup(frame_leave), unused)) const Frame *const entered = frame_enter(&frame);
    return class->translate(w->iommu, w->offset, w->is_write ? IOMMU_WO : IOMMU_RO, index);
}

static bool is_running(const IOMMUMemoryRegion *iommu, int index)
{
    for (const Frame *f = access_translating; f; f = f->outer) {
        if (f->iommu == iommu && f->index == index) {
            return true;
        }
    }
    return false;
}

/* The walk has come to an IOMMU. */
static void enter(Walk *w, const Spot *s, hwaddr addr)
{
    hwaddr delta = addr - s->start;
    w->iommu = (IOMMUMemoryRegion *)s->mr;
    w->offset = s->offset + delta;
    w->rest = s->span - delta;
    w->readonly |= s->readonly;
}

static const char *entry_fault(const Walk *w, const IOMMUTLBEntry *entry)
{
    if (!(entry->perm & (w->is_write ? IOMMU_WO : IOMMU_RO))) {
        return "grants no such access";
    }
    return region_iommu_entry_defect(w->iommu, entry);
}

/* Goes on to where the entry leads. 'page' counts the bytes after the first one, so that a page of
 * 2^64 bytes has room (R11). */
static inline void follow(Walk *w, const IOMMUTLBEntry *entry)
{
    hwaddr mask = entry->addr_mask, in_page = w->offset & mask;
    w->page = smaller(smaller(w->page, w->rest), mask - in_page);
    w->trail.as = entry->target_as;
    w->trail.addr = (entry->translated_addr & ~mask) | in_page;
    w->trail.mask &= mask;
    w->trail.perm &= entry->perm;
    w->hole = (Hole){ entry->target_as->hole_byte, entry->target_as->hole_result };
    w->level++;
}

/* The thread's lookaside, if what the walk has found may be kept there. */
static Lookaside *keeper(const Walk *w)
{
    return w->epoch && access_lookaside && !access_interrupts() ? access_lookaside : NULL;
}

static void keep(const Walk *w, const IOMMUTLBEntry *entry)
{
    Lookaside *l = keeper(w);
    if (l) {
        access_iotlb_keep(&l->iotlb, w->iommu, w->epoch, iotlb_kind(w->attrs, w->is_write),
                          w->offset, entry);
    }
}

/* The walk has come to a spot of memory. The arrival is the part of the last IOMMU's page that lies
 * in the spot. */
static Arrival arrival_in(const Walk *w, const Spot *s)
{
    hwaddr page = w->trail.addr & ~w->trail.mask, apart = w->trail.addr - w->offset;
    hwaddr first = page > s->start ? page : s->start;
    hwaddr last = smaller(page + w->trail.mask, s->start + s->span);
    return (Arrival){
        .epoch = w->epoch,
        .kind = iotlb_kind(w->attrs, w->is_write),
        .start = first - apart,
        .span = last - first,
        .as = w->trail.as,
        .view = s->view,
        .shift = s->shift + (uintptr_t)apart,
        .mr = s->mr,
    };
}

static void keep_arrival(const Walk *w, const Spot *s)
{
    bool is_memory = s->direct & (w->is_write ? DIRECT_WRITE : DIRECT_READ);
    Lookaside *l = is_memory ? keeper(w) : NULL;
    if (l) {
        const Arrival arrival = arrival_in(w, s);
        access_arrival_keep(&l->arrivals, w->iommu, w->offset, &arrival);
    }
}

/* Asks one IOMMU. Returns what pass() returns. */
static const char *ask(Walk *w, IOMMUMemoryRegionClass *class, int index)
{
    IOMMUTLBEntry entry = translate(w, class, index);
    const char *fault = entry_fault(w, &entry);
    if (!fault) {
        keep(w, &entry);
        follow(w, &entry);
    }
    return fault;
}

/* Returns the translation that the thread keeps for the place where the walk is, or NULL. */
static const Translation *recall(const Walk *w)
{
    Lookaside *l = access_lookaside;
    return w->epoch && l ? access_iotlb_find(&l->iotlb, w->iommu, w->epoch,
                                             iotlb_kind(w->attrs, w->is_write), w->offset)
                         : NULL;
}

/* Passes one IOMMU. Returns NULL, or why it refuses, for a message that begins with its name. The
 * epoch is read before the IOMMU is asked. */
static const char *pass(Walk *w)
{
    IOMMUMemoryRegionClass *class = memory_region_get_iommu_class_nocheck(w->iommu);
    int index = region_iommu_index(class, w->iommu, w->attrs);
    if (w->level >= LEVELS) {
        return "is one of too many IOMMUs in a row";
    }
    if (is_running(w->iommu, index)) {
        return "needs this translation for itself: its tables lie behind it";
    }
    w->epoch = region_iommu_epoch(w->iommu);
    const Translation *known = recall(w);
    if (!known) {
        return ask(w, class, index);
    }
    follow(w, &known->entry);
    return NULL;
}

/* The target where an IOMMU refuses. The access fails up to the end of the IOMMU's smallest page,
 * because an entry that grants nothing has no size. */
static Target refused(const Walk *w, const char *fault)
{
    hwaddr mask = region_iommu_page_mask(w->iommu);
    hwaddr page = smaller(smaller(w->page, w->rest), mask - (w->offset & mask));
    return (Target){
        .mr = region_unassigned,
        .offset = w->offset,
        .rest = page,
        .most = page,
        .page = page,
        .hole = { 0, MEMTX_DECODE_ERROR },
        .fault = fault,
        .faulted_by = &w->iommu->parent_obj,
    };
}

Target access_iommu_walk(const Access *a, const Spot *s, hwaddr addr, bool is_write, Trail *trail)
{
    Walk w = {
        .page = HWADDR_MAX,
        .trail = { NULL, addr, HWADDR_MAX, IOMMU_RW },
        .attrs = a->attrs,
        .is_write = is_write,
        .level = access_translating ? access_translating->level + 1 : 0,
    };
    while (s->translates) {
        enter(&w, s, w.trail.addr);
        const char *fault = pass(&w);
        if (fault) {
            return refused(&w, fault);
        }
        s = access_spot_find(address_space_to_flatview(w.trail.as), w.trail.addr);
        keep_arrival(&w, s);
    }
    if (trail) {
        *trail = w.trail;
    }
    return access_target_at(s, w.trail.addr, is_write, w.hole, w.page, w.readonly);
}
