/* SPDX-License-Identifier: MIT
 *
 * Memory regions: what lies where in a machine's memory, as a tree (specification 3, 4, 6).
 *
 * A region is the caller's memory, usually embedded in a device's structure. The constructors
 * initialise raw memory, whatever is in it. If a region of the current context lives at that
 * address, the constructor is refused with a MISUSE message that names the region, and that region
 * stays as it was. An edit is refused with a MISUSE message if no region lives at the address: it
 * was never initialised, it has ended, or its constructor failed.
 *
 * Unless its comment says otherwise, every function here is edit side: it may be called from any
 * thread, takes the context's lock itself, may call listeners, and must not be called in a read
 * section. In a read section and in a listener's callback, a change of the map is refused with a
 * MISUSE message. Each edit is a transaction of its own, unless the program has opened one
 * (space.h). An edit that would change nothing does nothing: there is no commit, and listeners are
 * not called.
 */
#ifndef PHYSMEM_REGION_H
#define PHYSMEM_REGION_H

#include <physmem/memop.h>
#include <physmem/object.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* The type of regions. */
#define TYPE_MEMORY_REGION "memory-region"

/* How a device answers. The structure is not copied and must outlive its regions.
 *
 * Each direction has two forms of the callback. The device sets one of them; if it sets both, the
 * plain form is called. A direction without a callback rejects its accesses. addr is the offset in
 * the region; size is 1, 2, 4 or 8 bytes. The value is a number, which the library converts from
 * and to the byte order that 'endianness' states. The _with_attrs forms return MEMTX_ bits.
 *
 * A callback runs in the thread that accesses, with the context's lock held unless the region does
 * without (memory_region_enable_lockless_io()). It may access memory and may edit. */
struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr addr, unsigned size);
    void (*write)(void *opaque, hwaddr addr, uint64_t data, unsigned size);
    MemTxResult (*read_with_attrs)(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                                   MemTxAttrs attrs);
    MemTxResult (*write_with_attrs)(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                                    MemTxAttrs attrs);

    /* Lends host memory from which a guest may execute the code at addr. The callback sets *offset
     * and *size to the part of the region that it lends, which must contain addr, and returns the
     * host address of that part's first byte. It returns NULL if there is nothing to lend
     * (memory_region_request_mmio_ptr()). */
    void *(*request_ptr)(void *opaque, hwaddr addr, unsigned *size, unsigned *offset);

    enum device_endian endianness; /* the byte order of the device's registers */

    /* The accesses that a guest may make. Every other access is rejected with MEMTX_DECODE_ERROR
     * and without a callback. Sizes are in bytes. max_access_size 0 allows any size, whatever
     * min_access_size says. unaligned allows addresses that are not a multiple of the size. accepts
     * may be NULL. It is asked before sizes and alignment are looked at, in the same thread and
     * with the same lock as the callbacks (specification 14.1). */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
        bool (*accepts)(void *opaque, hwaddr addr, unsigned size, bool is_write, MemTxAttrs attrs);
    } valid;
    /* The accesses that the callbacks can do. Other accesses are cut into several callbacks, or
     * widened to one; docs/access-table.md has all cases (specification 14.2). Sizes are in bytes.
     * min_access_size 0 means 1, max_access_size 0 means 4. unaligned allows callbacks at any
     * address. No callback goes beyond the region, whose size is rounded up to min_access_size for
     * this: with 4, a region of 6 bytes ends at 8 (D9). */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
    } impl;
};

/* The class of regions, which has nothing of its own. */
typedef struct MemoryRegionClass {
    ObjectClass parent_class;
} MemoryRegionClass;

/* The kind of a region. The constructor decides it. Only an alias can change: when its target ends,
 * it becomes a container. Read-only, non-volatile and so on are attributes, which edits change: ROM
 * is read-only RAM. */
typedef enum MemoryRegionKind {
    MEMORY_KIND_CONTAINER,   /* answers nothing itself; it places and clips subregions */
    MEMORY_KIND_ALIAS,       /* shows a window of its target */
    MEMORY_KIND_RAM,         /* host memory; RAM and ROM */
    MEMORY_KIND_RAM_DEVICE,  /* host memory that is a device's registers: never copied in blocks */
    MEMORY_KIND_ROM_DEVICE,  /* reads come from host memory in ROM mode; callbacks do the rest */
    MEMORY_KIND_IO,          /* a device: its callbacks answer */
    MEMORY_KIND_RESERVATION, /* occupies its place and rejects every access */
    MEMORY_KIND_IOMMU,       /* translates: the access goes on in another space */
} MemoryRegionKind;

/* The attributes of a region: everything that edits change and a transaction can take back. They
 * are listed here once. MemoryRegionAttributes makes one value of them, so that a new attribute is
 * saved and restored like the others. MemoryRegion has them as fields of its own; "readable" is
 * explained there. */
#define PHYSMEM_REGION_ATTRIBUTES(ATTRIBUTE)                                                      \
    ATTRIBUTE(Int128, size)   /* readable */                                                      \
    ATTRIBUTE(hwaddr, addr)   /* readable: in the container */                                    \
    ATTRIBUTE(uint64_t, rank) /* of equal priorities, the larger rank wins: the newer */          \
    ATTRIBUTE(MemoryRegion *, container) /* readable; NULL: none */                               \
    ATTRIBUTE(hwaddr, alias_offset)      /* of an alias's window in its target */                 \
    ATTRIBUTE(int32_t, priority)                                                                  \
    ATTRIBUTE(bool, enabled)                                                                      \
    ATTRIBUTE(bool, readonly) /* readable */                                                      \
    ATTRIBUTE(bool, nonvolatile)                                                                  \
    ATTRIBUTE(bool, romd_mode) /* readable */                                                     \
    ATTRIBUTE(bool, unmergeable)                                                                  \
    ATTRIBUTE(uint8_t, dirty_log_mask) /* the region's own: only the VGA bit */

/* A field of a structure that has all of them. */
#define PHYSMEM_REGION_FIELD(type, name) type name;

/* All attributes of a region as one value. Private. */
typedef struct MemoryRegionAttributes {
    PHYSMEM_REGION_ATTRIBUTES(PHYSMEM_REGION_FIELD)
} MemoryRegionAttributes;

/* A region, in the caller's memory. */
struct MemoryRegion {
    Object parent_obj;
    /* Everything below is private. But existing programs read some of the fields. Those are marked
     * "readable": their names and meaning stay (docs/stability.md). A program may read them, never
     * write them, while no other thread edits the region, such as with the context's lock held. New
     * code calls the functions instead.
     *
     * The first part is what an access needs, together with the context. */
    const MemoryRegionOps *ops;
    MemoryRegionKind kind : 8;
    bool ram;        /* readable: RAM or a RAM device */
    bool rom_device; /* readable: a ROM device */
    bool flush_coalesced_mmio;
    bool lockless_io;
    bool reentrant;
    bool heeds_accesses; /* an access does more than call it (region/extras.h) */
    uint8_t vga_logging_count;
    bool skip_dump;
    bool lent;              /* memory that its container lends for execution */
    uint8_t quirks;         /* MemoryQuirk bits: the context's, and the region's own */
    bool widening_told;     /* the guest log was told that its writes are widened */
    uint8_t overlap_policy; /* MemoryOverlapPolicy */
    bool made;              /* the last constructor with errp succeeded */
    __extension__ union {
        /* Of all kinds but aliases: what answers. */
        __extension__ struct {
            void *opaque;           /* for the callbacks */
            uint8_t *host;          /* first byte of the RAM behind the region, or NULL */
            RamDiscardManager *rdm; /* of RAM; NULL: none */
        };
        /* Of an alias. */
        __extension__ struct {
            MemoryRegion *alias;                 /* its target */
            LIST_ENTRY(MemoryRegion) alias_link; /* in the target's list of aliases */
        };
    };
    RAMBlock *ram_block;         /* readable; NULL: the region has no RAM */
    struct RegionExtras *extras; /* what few regions have (region/extras.h); NULL: nothing */
    Object *owner;               /* readable; NULL: none */

    /* The tree. The fields that a walk through a container's index reads lie together: the links,
     * then the size and the address. */
    MemoryRegion *lower; /* links in the container's index of enabled children */
    MemoryRegion *upper;
    hwaddr index_last; /* the largest last address in this part of the index */
    __extension__ union {
        MemoryRegionAttributes attributes;
        __extension__ struct {
            PHYSMEM_REGION_ATTRIBUTES(PHYSMEM_REGION_FIELD)
        };
    };

    /* The rest is asked for less often. */
    TAILQ_HEAD(, MemoryRegion) subregions; /* readable: all children, not by rank */
    TAILQ_ENTRY(MemoryRegion) siblings;    /* readable: links subregions */
    const char *name;                      /* readable; NULL: none */
    uint64_t align;                        /* readable */
    struct RegionRecord *record;           /* the context's, which has the name */
    uintptr_t life;                        /* whether a region lives here (region/region.h) */
};

DECLARE_INSTANCE_CHECKER(MemoryRegion, MEMORY_REGION, TYPE_MEMORY_REGION)

/* ---- Life (specification 3) ------------------------------------------------------------- *
 *
 * A region begins with a constructor. How it ends depends on its owner; the name plays no role.
 *
 *   - A region with an owner ends with its owner: with the last object_unref() of the device that
 *     it is embedded in. Views, containers and maps count references on the owner as long as they
 *     lead to the region, and a cache keeps its view. So the device may be given up at any time:
 *     take the region out of its container, then give up the device.
 *   - A region without an owner ends with memory_region_wait_unused():
 *
 *         memory_region_del_subregion(container, mr);
 *         if (!memory_region_wait_unused(mr, &err)) { ... }
 *         free(mr);
 *
 * object_unparent(OBJECT(mr)) ends a region that has a name at once, with and without an owner. It
 * waits for nobody, so it is only for a region that nothing can lead to any more: one that was in
 * no view since the last memory_drain(). It does nothing for a region that has ended already.
 *
 * Memory in which a region lives must not be freed or overwritten. */

/* Makes a pure container of 'size' bytes. A container answers nothing itself; it places and clips
 * its subregions.
 *
 * This holds for all constructors: size UINT64_MAX stands for 2^64. A region of size 0 shows
 * nothing; RAM cannot have size 0. 'name' is copied and may be NULL. With an owner and a name the
 * region becomes the owner's child. At first the region is in no container, enabled, and neither
 * read-only nor non-volatile. */
PHYSMEM_API void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size);

/* Takes a reference on the region's owner, which keeps the region alive. Does nothing for NULL and
 * for a region without an owner. Any thread. */
PHYSMEM_API void memory_region_ref(MemoryRegion *mr);

/* Gives the reference back. With it the owner may end in this thread, and the region with it: that
 * calls instance_finalize and may take the context's lock. Does nothing where memory_region_ref()
 * does nothing. Any thread. */
PHYSMEM_API void memory_region_unref(MemoryRegion *mr);

/* Returns the owner that the constructor got, or NULL. Borrowed. Any thread. */
PHYSMEM_API Object *memory_region_owner(MemoryRegion *mr);

/* Waits until no access, no view, no cache and no host pointer leads to the region any more. Then a
 * region without an owner ends: on return its memory may be freed or used again. A region with an
 * owner does not end by this call, but may be ended after it. The region must be out of the tree,
 * and no other thread may put it back. Returns false, with an error that names the reason:
 *   - the region is in a container, an address space or a mapped alias shows it, or it has
 *     subregions;
 *   - it has no owner, and object_ref() was called for the region itself;
 *   - no region was initialised there;
 *   - the wait would not end: in a read section, with a context's lock held (hence from most
 *     callbacks), from a deferred call.
 *
 * The call waits as long as others keep what leads to the region (address_space_get_flatview(),
 * copies of sections, caches, address_space_map()), so the caller must keep none of it. What
 * memory_region_find() has returned is not waited for if the region has no owner, because such a
 * region counts no references. The call also takes a region that has ended already
 * (object_unparent()); then no host pointer into its RAM may be out. The call looks at all ranges
 * of old views that are kept in this way, again and again, with pauses of up to 10 ms. Any thread,
 * not in a read section. */
PHYSMEM_API bool memory_region_wait_unused(MemoryRegion *mr, Error **errp);

/* Returns the size in bytes; UINT64_MAX for a region of 2^64 bytes. Inside a transaction it is the
 * size as edited so far. Any thread. */
PHYSMEM_API uint64_t memory_region_size(MemoryRegion *mr);

/* Returns the name that the constructor got. Without such a name it returns the component of the
 * object's path, or NULL. Valid as long as the region. Any thread. */
PHYSMEM_API const char *memory_region_name(const MemoryRegion *mr);

/* ---- Kinds (specification 4) ------------------------------------------------------------ *
 *
 * A constructor with an errp fails with an error if a region lives there, if the size is 0 or too
 * large, if a flag is not one of those named below, or if the host refuses. A region that lives
 * there stays as it was; otherwise the size is 0, and the region must not be used until a
 * constructor has succeeded. A call of such a constructor is an expression that is true on success.
 * Sizes and alignments are in bytes. */

/* Makes a device: accesses call ops with opaque. If ops is NULL, the region is a reservation: every
 * access is rejected with MEMTX_DECODE_ERROR. Subregions hide the region's own answer. */
PHYSMEM_API void memory_region_init_io(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                       void *opaque, const char *name, uint64_t size);

/* Make RAM from anonymous memory, which is zero at first. The memory is rounded up to the host
 * page; the region has the size that was asked for. ram_flags: RAM_SHARED, RAM_NORESERVE. The RAM
 * is not registered for migration. That holds for all constructors except the three at the end of
 * this section. */
PHYSMEM_API void memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size, Error **errp);
PHYSMEM_API void memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner,
                                                        const char *name, uint64_t size,
                                                        uint32_t ram_flags, Error **errp);

/* Makes RAM whose used length may change between 1 and max_size bytes (memory_region_ram_resize()).
 * Its host addresses never move. 'resized' is called after each change, with the lock held; it may
 * be NULL. A size above max_size is an error. */
PHYSMEM_API void memory_region_init_resizeable_ram(
    MemoryRegion *mr, Object *owner, const char *name, uint64_t size, uint64_t max_size,
    void (*resized)(const char *id, uint64_t length, void *host), Error **errp);

/* Makes RAM that is a mapped file.
 *   - If path names a file with content, it must have at least 'size' bytes. An empty file is
 *     extended.
 *   - If path names nothing, the file is created, and removed again if a later step fails.
 *   - If path is a directory, the file is an unlinked temporary one in it.
 *   - With readonly the file must exist. It is opened and mapped read-only, and the region is ROM.
 *
 * 'align' is 0 or a power of two that is a multiple of the file system's page. ram_flags:
 * RAM_SHARED, RAM_PMEM, RAM_NORESERVE, RAM_PROTECTED. Further errors: 'size' is below the page of
 * the file system, the file is too short, 'align' has another value. */
PHYSMEM_API void memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size, uint64_t align,
                                                  uint32_t ram_flags, const char *path,
                                                  bool readonly, Error **errp);

/* Does the same with an open descriptor of a file, from 'offset' on, which is a multiple of the
 * file system's page. ram_flags are those above. The memory is writable. On success the region owns
 * fd; on failure the caller keeps it. */
PHYSMEM_API void memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name,
                                                uint64_t size, uint32_t ram_flags, int fd,
                                                ram_addr_t offset, Error **errp);

/* Makes RAM in the caller's memory of at least 'size' bytes, which must outlive the region. The
 * library never frees it. A ptr of NULL and a size of 0 are refused with a MISUSE message; then the
 * region has no memory. */
PHYSMEM_API void memory_region_init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name,
                                            uint64_t size, void *ptr);

/* Makes a RAM device: RAM for the guest that consists of the registers of a physical device, for
 * example of one that is assigned to the guest. It is never copied in blocks: an access of 1, 2, 4
 * or 8 bytes is one host access of that width. The memory at ptr is the caller's, as above. */
PHYSMEM_API void memory_region_init_ram_device_ptr(MemoryRegion *mr, Object *owner,
                                                   const char *name, uint64_t size, void *ptr);

/* Makes an alias: a window of 'size' bytes onto orig, from 'offset' on. orig may be of any kind,
 * and the window may reach beyond it. The place of orig in its own container plays no role. If orig
 * is disabled, the alias shows nothing. orig must outlive the alias: no reference is taken. If orig
 * is not a region, is mr itself, or belongs to another context, it is refused with a MISUSE
 * message, and mr is an empty container. */
PHYSMEM_API void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                                          MemoryRegion *orig, hwaddr offset, uint64_t size);

/* Makes RAM that the guest cannot write. A write changes nothing and gives MEMTX_DECODE_ERROR. */
PHYSMEM_API void memory_region_init_rom_nomigrate(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size, Error **errp);

/* Makes a ROM device. Reads come from its RAM while the region is in ROM mode, as it is at first,
 * and otherwise call ops. Writes always call ops. It is an error if ops is NULL. */
PHYSMEM_API void memory_region_init_rom_device_nomigrate(MemoryRegion *mr, Object *owner,
                                                         const MemoryRegionOps *ops, void *opaque,
                                                         const char *name, uint64_t size,
                                                         Error **errp);

/* Do what the _nomigrate forms do, with the same parameters (ops, opaque), and register the RAM for
 * migration (vmstate_register_ram()). The block's id is "name", or "device/name" if the owner is a
 * device with an id. Further errors: the owner is neither NULL nor a device, another block of the
 * context has that id, the id is longer than 255 bytes. */
PHYSMEM_API void memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                                        uint64_t size, Error **errp);
PHYSMEM_API void memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                                        uint64_t size, Error **errp);
PHYSMEM_API void memory_region_init_rom_device(MemoryRegion *mr, Object *owner,
                                               const MemoryRegionOps *ops, void *opaque,
                                               const char *name, uint64_t size, Error **errp);

/* Returns whether the last constructor with an errp for this region succeeded. Returns false also
 * if it was refused because a region lives there. Any thread. */
PHYSMEM_INLINE bool memory_region_was_made(const MemoryRegion *mr)
{
    return mr->made;
}

/* Make a call of a constructor with an errp an expression that is true on success. The functions
 * themselves return nothing, as they always did, for programs that take their address. */
#define PHYSMEM_CONSTRUCT(init, region, ...)                                                      \
    __extension__({                                                                               \
        MemoryRegion *physmem_region = (region);                                                  \
        init(physmem_region, __VA_ARGS__);                                                        \
        memory_region_was_made(physmem_region);                                                   \
    })
#define memory_region_init_ram_nomigrate(mr, ...)                                                 \
    PHYSMEM_CONSTRUCT(memory_region_init_ram_nomigrate, mr, __VA_ARGS__)
#define memory_region_init_ram_flags_nomigrate(mr, ...)                                           \
    PHYSMEM_CONSTRUCT(memory_region_init_ram_flags_nomigrate, mr, __VA_ARGS__)
#define memory_region_init_resizeable_ram(mr, ...)                                                \
    PHYSMEM_CONSTRUCT(memory_region_init_resizeable_ram, mr, __VA_ARGS__)
#define memory_region_init_ram_from_file(mr, ...)                                                 \
    PHYSMEM_CONSTRUCT(memory_region_init_ram_from_file, mr, __VA_ARGS__)
#define memory_region_init_ram_from_fd(mr, ...)                                                   \
    PHYSMEM_CONSTRUCT(memory_region_init_ram_from_fd, mr, __VA_ARGS__)
#define memory_region_init_rom_nomigrate(mr, ...)                                                 \
    PHYSMEM_CONSTRUCT(memory_region_init_rom_nomigrate, mr, __VA_ARGS__)
#define memory_region_init_rom_device_nomigrate(mr, ...)                                          \
    PHYSMEM_CONSTRUCT(memory_region_init_rom_device_nomigrate, mr, __VA_ARGS__)
#define memory_region_init_ram(mr, ...) PHYSMEM_CONSTRUCT(memory_region_init_ram, mr, __VA_ARGS__)
#define memory_region_init_rom(mr, ...) PHYSMEM_CONSTRUCT(memory_region_init_rom, mr, __VA_ARGS__)
#define memory_region_init_rom_device(mr, ...)                                                    \
    PHYSMEM_CONSTRUCT(memory_region_init_rom_device, mr, __VA_ARGS__)

/* Queries about the kind. They do not follow aliases. Any thread.
 *
 * Returns whether the region is RAM: RAM, ROM and RAM devices are, ROM devices are not. */
PHYSMEM_INLINE bool memory_region_is_ram(MemoryRegion *mr)
{
    return mr->ram;
}

/* Returns whether the region is ROM: RAM that was made or set read-only. Any thread. */
PHYSMEM_INLINE bool memory_region_is_rom(MemoryRegion *mr)
{
    return mr->ram && mr->readonly;
}

/* Returns whether the region is a ROM device in ROM mode. Any thread. */
PHYSMEM_INLINE bool memory_region_is_romd(MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_ROM_DEVICE && mr->romd_mode;
}

/* Returns whether the region's own flag is set. The flags of containers and aliases do not count.
 * Any thread. */
PHYSMEM_INLINE bool memory_region_is_nonvolatile(MemoryRegion *mr)
{
    return mr->nonvolatile;
}

/* Returns whether the region is a RAM device. Any thread. */
PHYSMEM_API bool memory_region_is_ram_device(MemoryRegion *mr);
/* Returns whether the region is RAM whose block has RAM_PROTECTED. Any thread. */
PHYSMEM_API bool memory_region_is_protected(MemoryRegion *mr);

/* Returns whether an access to the region may be a plain access to host memory. RAM allows both,
 * ROM allows reads, and a ROM device allows reads in ROM mode; a RAM device allows neither. Only
 * the region's own attributes count. Any thread. */
PHYSMEM_INLINE bool memory_access_is_direct(MemoryRegion *mr, bool is_write)
{
    if (is_write) {
        return mr->kind == MEMORY_KIND_RAM && !mr->readonly;
    }
    return mr->kind == MEMORY_KIND_RAM || memory_region_is_romd(mr);
}

/* Set or clear an attribute: readonly, nonvolatile, romd_mode. Read-only and non-volatile also hold
 * for everything that is seen through the region, if it is a container or an alias. ROM mode
 * matters for ROM devices only. */
PHYSMEM_API void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
PHYSMEM_API void memory_region_set_nonvolatile(MemoryRegion *mr, bool nonvolatile);
PHYSMEM_API void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd_mode);

/* Marks [addr, addr + size) of the RAM of a ROM device dirty. The device's write callback calls it
 * after it has changed the RAM. Asserts that the region is in ROM mode and contains the range.
 * Calls MemoryContextHooks.invalidate_code as memory_region_set_dirty() does. Any thread. */
PHYSMEM_API void memory_region_flush_rom_device(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Lets the callbacks of this region run without the context's lock being taken for them. They do
 * their own locking. Call it before the region is visible. Any thread. */
PHYSMEM_API void memory_region_enable_lockless_io(MemoryRegion *mr);

/* Lets a device be called back while one of its callbacks is running further up on the same thread,
 * for example when it does DMA to its own registers. By default such an access to this region is
 * refused with MEMTX_ACCESS_ERROR (D5). Regions with the same owner are one device; a region
 * without an owner is a device of its own. Call it before the region is visible. Any thread. */
PHYSMEM_API void memory_region_disable_reentrancy_guard(MemoryRegion *mr);

/* Gives one region behaviours of the original (MemoryQuirk, context.h), in addition to those of its
 * context:
 *   - MEMORY_QUIRK_IMPL_UNALIGNED is for a device whose callbacks are wider than its registers and
 *     decode exact addresses, for example impl.min_access_size = 8 over registers of 4 bytes.
 *     Without the quirk the device is called at the address of the aligned unit around the access,
 *     which is another register (D1).
 *   - MEMORY_QUIRK_REGION_OVERRUN is needed for the last register of such a device.
 *
 * The call replaces what an earlier call has set; 0 leaves the quirks of the context. Other bits
 * are refused with a MISUSE message. Call it for the region with the callbacks, not for an alias.
 * It holds for accesses that begin from now on. */
PHYSMEM_API void memory_region_set_quirks(MemoryRegion *mr, unsigned quirks);

/* Reports to the guest log (MEMORY_LOG_GUEST, memory_context_set_log()) what a guest did wrong with
 * a device. The message is 'fmt' with the arguments after it, as for printf(): one line without a
 * newline, up to some 900 bytes. It goes to the log of the region's context, after the region's
 * name. If mr is NULL, it goes to the log of the current context, without a name. The message is
 * not formatted if the guest log is off. Any thread, also in callbacks and read sections, with or
 * without the lock. */
PHYSMEM_API void memory_region_log_guest_error(MemoryRegion *mr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Counting accesses ------------------------------------------------------------------ */

/* Numbers of accesses that ended at a region since counting was switched on.
 *   - A step of a block transfer is one access.
 *   - A map for reading counts with its length when it is made. A map for writing counts when it is
 *     given back, with the length that was touched.
 *   - Stores through the pointer of a cache count when address_space_cache_invalidate() makes them
 *     known, each call as one write.
 *   - Accesses of a CPU that runs on the memory itself are not counted. Neither are loads through
 *     the pointer of a cache that was made while no region of the context was counted. */
typedef struct MemoryRegionCounts {
    uint64_t reads;
    uint64_t writes;
    uint64_t bytes_read;
    uint64_t bytes_written;
    uint64_t refused; /* for size, alignment, read-only or re-entrance; not among the above */
} MemoryRegionCounts;

/* Switches counting on, from zero, or off, as 'on' says. It is off at first, and costs nothing
 * while it is off. The counts of an alias or a container stay 0, because another region answers. */
PHYSMEM_API void memory_region_set_counting(MemoryRegion *mr, bool on);

/* Stores the counts as of now. Each number is read by itself, so they need not fit together while
 * other threads access the region. Returns false, and stores zeros, while counting is off. Any
 * thread. */
PHYSMEM_API bool memory_region_get_counts(MemoryRegion *mr, MemoryRegionCounts *counts);

/* ---- Places (specification 6) ----------------------------------------------------------- */

/* Put 'subregion' into mr at 'offset' bytes, with a priority; memory_region_add_subregion() gives
 * it priority 0. Where subregions of mr overlap, the one with the higher priority is visible; of
 * two with the same priority, the one that was added last. Subregions hide mr's own answer whatever
 * their priority. mr holds a reference on the subregion, unless both have the same owner. Refused
 * with a MISUSE message:
 *   - a subregion that is in a container already, or of another context;
 *   - a region that would contain itself, or show itself through aliases without end. An alias onto
 *     another part of the container that it lies in is allowed.
 *
 * A subregion of an alias is not visible: a WARNING says so. */
PHYSMEM_API void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset,
                                             MemoryRegion *subregion);
PHYSMEM_API void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset,
                                                     MemoryRegion *subregion, int priority);

/* Takes a subregion out of mr, and drops mr's reference, with which the subregion's owner may end.
 * The subregion keeps its address and priority. Refused with a MISUSE message if it is not in
 * mr. */
PHYSMEM_API void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *subregion);

/* Shows a region with everything inside it, wherever it is shown, or hides it if 'enabled' is
 * false. This edit, and the edits of size and address, can be refused by the container's policy
 * (memory_region_set_overlap_policy()). */
PHYSMEM_API void memory_region_set_enabled(MemoryRegion *mr, bool enabled);

/* Moves a region to another address in its container. There it counts as the last one that was
 * added with its priority. Refused with a MISUSE message if the region would show itself without
 * end; so are the next two edits. */
PHYSMEM_API void memory_region_set_address(MemoryRegion *mr, hwaddr addr);

/* Changes the size in bytes; UINT64_MAX stands for 2^64. RAM blocks stay as they are: see
 * memory_region_ram_resize(). */
PHYSMEM_API void memory_region_set_size(MemoryRegion *mr, uint64_t size);

/* Moves an alias's window over its target, to begin at 'offset' of it. Asserts an alias. */
PHYSMEM_API void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset);

/* Return the container that the region is directly in, or NULL (borrowed); its address in bytes and
 * its priority there, or those that it had last. Inside a transaction they are as edited so far.
 * Any thread. */
PHYSMEM_API MemoryRegion *memory_region_container(MemoryRegion *mr);
PHYSMEM_API hwaddr memory_region_address(MemoryRegion *mr);
PHYSMEM_API int memory_region_priority(MemoryRegion *mr);

/* Calls func for each direct subregion of 'container', disabled ones included, in the order in
 * which they were added or last moved. It ends when func returns non-zero, and returns that;
 * otherwise it returns 0. Inside a transaction the subregions are those of the tree as edited so
 * far.
 *
 * func runs with the context's lock held. It may call queries, access memory, and walk over other
 * containers. It must not edit: edits are refused with a MISUSE message, as in a listener's
 * callback. Note what is to be changed, and change it after the walk. Any thread, not in a read
 * section. */
typedef int(MemoryRegionIterFunc)(MemoryRegion *subregion, void *opaque);
PHYSMEM_API int memory_region_for_each_subregion(MemoryRegion *container,
                                                 MemoryRegionIterFunc func, void *opaque);

/* A container's policy for an edit by which two enabled subregions of equal priority overlap. The
 * one that was added last is visible then, which may not be what the program meant. */
typedef enum MemoryOverlapPolicy {
    MEMORY_OVERLAP_ALLOW,  /* the edit is made; the default */
    MEMORY_OVERLAP_WARN,   /* the edit is made, and a WARNING names both and the overlap */
    MEMORY_OVERLAP_REFUSE, /* the edit is not made, and an ERROR names the same */
} MemoryOverlapPolicy;

/* Sets the policy for the direct subregions of 'container': for adding, moving, resizing and
 * enabling them from now on. An edit is judged when it is made, also inside a transaction, and
 * whether or not the container is large enough to show the overlap. MEMORY_OVERLAP_ALLOW costs
 * nothing. */
PHYSMEM_API void memory_region_set_overlap_policy(MemoryRegion *container,
                                                  MemoryOverlapPolicy policy);

/* Keeps ranges of this region apart. Without it, ranges that continue each other become one, for
 * example where two aliases show neighbouring parts of the region side by side. Sections of the
 * region then have 'unmergeable' set. Off at first. */
PHYSMEM_API void memory_region_set_unmergeable(MemoryRegion *mr, bool unmergeable);

/* Returns whether the region is in a container, itself or through an alias that shows it. The alias
 * may show it through further aliases (D14). The region need not be visible in a space. Any thread,
 * not in a read section. */
PHYSMEM_API bool memory_region_is_mapped(MemoryRegion *mr);

PHYSMEM_END_DECLS

#endif
