/* SPDX-License-Identifier: MIT
 *
 * What an inline access looks at before it calls the library. physmem/inline/access.h includes this
 * file, and so does the library, which uses the same functions for its own accesses. Nothing here
 * is for programs.
 *
 * A spot is a range of a view, prepared for access: it says where its bytes are in the host, and
 * which accesses may go there without a further question. Each thread has tables of the spots that
 * it used last. The library fills them (src/access/lookaside.h says how). Inline accesses only read
 * them.
 *
 * A program has these structures compiled in, so they must be those of the library that it runs
 * with. The name 'physmem_lookaside_1' stands for the fields below, for those of AddressSpace and
 * FlatView that these functions read, and for the rules by which they are read. If any of these
 * changes, the number in the name rises. The library then keeps the old name as a pointer that is
 * always NULL. So a program that was built with old headers goes on to work: each of its accesses
 * is a call.
 */
#ifndef PHYSMEM_INLINE_SPOT_H
#define PHYSMEM_INLINE_SPOT_H

#include <physmem/inline/section.h>
#include <physmem/inline/word.h>
#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* The beginning of a MemoryContext. */
typedef struct PhysmemAccessRules {
    bool reads_watched; /* somebody observes reads of memory; atomic */
    bool big_endian;    /* the byte order of the CPU */
} PhysmemAccessRules;

enum {
    PHYSMEM_DIRECT_READ = 1 << 0,
    PHYSMEM_DIRECT_WRITE = 1 << 1, /* writes of the guest and its devices */
    PHYSMEM_DIRECT_LOAD = 1 << 2,  /* writes of loaders and debuggers, which may write ROM */
};

/* A spot has the size of one line of the processor's cache. */
typedef struct PhysmemSpot {
    uint64_t view; /* id of the view; 0: the spot is invalid */
    hwaddr start;
    hwaddr span;      /* last address - start */
    hwaddr offset;    /* of start, in mr */
    MemoryRegion *mr; /* in a hole a region that rejects everything */
    __extension__ union {
        uintptr_t shift; /* from guest to host addresses (physmem_spot_host()) */
        /* if 'calls': ops->read when the spot was made */
        uint64_t (*read)(void *opaque, hwaddr addr, unsigned size);
    };
    uint8_t direct;  /* PHYSMEM_DIRECT_ bits: which accesses may go straight to host memory */
    bool readonly;   /* its memory must not be written by address (R1) */
    bool translates; /* mr is an IOMMU, so the access goes on in another space */
    bool calls;      /* a callback of mr answers every access */
    bool whole;      /* for the library only: access_spot_section() */
    __extension__ union {
        const bool *watched; /* while true, writes must be reported; NULL: no memory */
        /* if 'calls': ops->write when the spot was made */
        void (*write)(void *opaque, hwaddr addr, uint64_t val, unsigned size);
    };
} __attribute__((__aligned__(64))) PhysmemSpot;

enum {
    PHYSMEM_NARROW_BITS = 12, /* narrow spots are found by the page that is asked for */
    PHYSMEM_MIDDLE_BITS = 21, /* middle ones by the 2 MiB */
    PHYSMEM_WIDE_BITS = 30,   /* wide ones by the GiB */
    PHYSMEM_MIDDLE_PLACES = 512,
    PHYSMEM_WIDE_PLACES = 64,
};

/* The part of a thread's lookaside that inline accesses see. The table of narrow spots follows. */
typedef struct PhysmemLookaside {
    uint64_t mask; /* number of narrow places in use - 1, times sizeof(PhysmemSpot); atomic */
    PhysmemSpot wide[PHYSMEM_WIDE_PLACES];
    PhysmemSpot middle[PHYSMEM_MIDDLE_PLACES];
} PhysmemLookaside;

/* The calling thread's; NULL before its first access. It stays NULL if this host needs barriers in
 * read sections (physmem/inline/section.h). */
PHYSMEM_API extern __thread PhysmemLookaside *physmem_lookaside_1
    __attribute__((__tls_model__("initial-exec")));

/* ---- Places ----------------------------------------------------------------------------- *
 *
 * Each function returns the first place that a table has for the spot at addr in a view. The lower
 * bits of the view's id are mixed in, so that views which are used in turns have different places
 * for the same addresses. All versions of a view have the same places. Places are computed in
 * bytes. */

static inline PhysmemSpot *physmem_wide_place(PhysmemLookaside *l, uint64_t view, hwaddr addr)
{
    uint64_t at = (addr >> (PHYSMEM_WIDE_BITS - 6)) ^ view;
    return (PhysmemSpot *)((char *)l->wide + (at & (sizeof(l->wide) - sizeof(PhysmemSpot))));
}

static inline PhysmemSpot *physmem_middle_place(PhysmemLookaside *l, uint64_t view, hwaddr addr)
{
    uint64_t at = (addr >> (PHYSMEM_MIDDLE_BITS - 6)) ^ view;
    return (PhysmemSpot *)((char *)l->middle + (at & (sizeof(l->middle) - sizeof(PhysmemSpot))));
}

/* The factor was found by trial: it spreads pages at the usual equal distances (1, 16, 512, 2^18
 * and others) over all sizes of the table. */
static inline PhysmemSpot *physmem_narrow_place(PhysmemLookaside *l, uint64_t view, hwaddr addr)
{
    uint64_t hash = (addr >> PHYSMEM_NARROW_BITS) * 0x4179aba7 >> 20;
    uint64_t mask = __atomic_load_n(&l->mask, __ATOMIC_RELAXED);
    return (PhysmemSpot *)((char *)(l + 1) + ((hash ^ view) & mask));
}

/* Without this, compilers would make functions of some that several accesses share. */
#define PHYSMEM_ALWAYS_INLINE static inline __attribute__((__always_inline__))

/* ---- Spots ------------------------------------------------------------------------------ */

static inline bool physmem_spot_covers(const PhysmemSpot *s, uint64_t view, hwaddr addr)
{
    return s->view == view && addr - s->start <= s->span;
}

/* Returns whether an access of 'size' bytes at addr lies in the spot. The answer may be a wrong no
 * if the access is not aligned. */
static inline bool physmem_spot_holds(const PhysmemSpot *s, uint64_t view, hwaddr addr,
                                      unsigned size)
{
    hwaddr first = addr - s->start, last = first + (size - 1);
    return __builtin_expect(s->view == view, 1) && __builtin_expect((first | last) <= s->span, 1);
}

/* The spot that holds an access of 'size' bytes at addr, if it is at its first place in one of
 * the tables, else NULL. The access must have entered a read section. The result is good until the
 * section ends, the access looks up another address, or the access calls the program. */
PHYSMEM_ALWAYS_INLINE const PhysmemSpot *physmem_spot_recall(const FlatView *fv, hwaddr addr,
                                                             unsigned size)
{
    PhysmemLookaside *l = __atomic_load_n(&physmem_lookaside_1, __ATOMIC_RELAXED);
    if (__builtin_expect(!l, 0)) {
        return NULL; /* the section may protect nothing, not even fv */
    }
    const uint64_t view = fv->id;
    const PhysmemSpot *s = physmem_wide_place(l, view, addr);
    if (physmem_spot_holds(s, view, addr, size)) {
        return s;
    }
    s = physmem_narrow_place(l, view, addr);
    if (physmem_spot_holds(s, view, addr, size)) {
        return s;
    }
    s = physmem_middle_place(l, view, addr);
    return physmem_spot_holds(s, view, addr, size) ? s : NULL;
}

/* The host address of addr, which lies in a spot that has host memory. */
static inline uint8_t *physmem_spot_host(const PhysmemSpot *s, hwaddr addr)
{
    return (uint8_t *)(s->shift + (uintptr_t)addr);
}

static inline const PhysmemAccessRules *physmem_access_rules(const AddressSpace *as)
{
    return (const PhysmemAccessRules *)as->context;
}

/* Returns whether reads in the spot may be made inline: it is memory, and nobody observes reads. */
static inline bool physmem_spot_readable(const PhysmemSpot *s, const AddressSpace *as)
{
    return __builtin_expect(s->direct & PHYSMEM_DIRECT_READ, 1) &&
           __builtin_expect(!physmem_flag(&physmem_access_rules(as)->reads_watched), 1);
}

/* Returns whether a write that was made in the spot must be reported. The byte is read after the
 * data is written (region/watches.h). */
static inline bool physmem_spot_watched(const PhysmemSpot *s)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return __builtin_expect(physmem_flag(s->watched), 0);
}

/* Reports such a write, and ends the read section. */
PHYSMEM_API void physmem_spot_wrote_1(const PhysmemSpot *s, hwaddr addr, hwaddr len,
                                      MemTxAttrs attrs);

/* ---- Accesses --------------------------------------------------------------------------- */

/* Enters a read section and recalls the spot of an access. 'entered' is NULL if no section was
 * entered. */
PHYSMEM_ALWAYS_INLINE const PhysmemSpot *
physmem_access_begin(AddressSpace *as, hwaddr addr, unsigned size, unsigned long **entered)
{
    *entered = physmem_section_enter();
    return *entered ? physmem_spot_recall(address_space_to_flatview(as), addr, size) : NULL;
}

PHYSMEM_END_DECLS

#endif
