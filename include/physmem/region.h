/* SPDX-License-Identifier: MIT
 *
 * Memory regions: what lies where in a machine's memory, as a tree (specification sections 3, 4
 * and 6).
 *
 * A region is a caller-allocated object, usually embedded in a device's structure. The constructors
 * initialise raw memory, whatever is in it. A constructor is refused, with a MISUSE message that
 * names the region, if a region of the current context lives at that address; that region stays as
 * it was. Edits are refused, with a MISUSE message, if no region lives at the address: it was never
 * initialised, it has ended, or its constructor failed. So is an alias that has it as its target.
 *
 * Unless its comment says otherwise, every function here is edit side: it may be called from any
 * thread, takes the context's lock itself, may call listeners back, and must not be called in a
 * read section or from a listener's callback. A single edit is a transaction of its own.
 */
#ifndef PHYSMEM_REGION_H
#define PHYSMEM_REGION_H

#include <physmem/memop.h>
#include <physmem/object.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

#define TYPE_MEMORY_REGION "memory-region"

/* How a device answers. The structure is not copied and must outlive its regions. A direction may
 * have either form of the callback; without one, accesses in that direction are rejected. */
struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, hwaddr addr, unsigned size);
    void (*write)(void *opaque, hwaddr addr, uint64_t data, unsigned size);
    MemTxResult (*read_with_attrs)(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                                   MemTxAttrs attrs);
    MemTxResult (*write_with_attrs)(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                                    MemTxAttrs attrs);

    /* Lends host memory to execute from: a pointer to the bytes at *offset and *size of them, among
     * which addr is, or NULL (23; memory_region_request_mmio_ptr()). */
    void *(*request_ptr)(void *opaque, hwaddr addr, unsigned *size, unsigned *offset);

    enum device_endian endianness;

    /* What the guest may do; everything else is rejected (14.1). Sizes in bytes, 0: no bound. */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
        bool (*accepts)(void *opaque, hwaddr addr, unsigned size, bool is_write,
                        MemTxAttrs attrs);
    } valid;
    /* What the callbacks can do; other accesses are cut or widened (14.2). 0: 1 and 4 bytes.
     * Callbacks end in the region, whose size counts in full units of min_access_size (D9): with 4
     * of these, a region of 6 bytes ends at 8. */
    struct {
        unsigned min_access_size;
        unsigned max_access_size;
        bool unaligned;
    } impl;
};

typedef struct MemoryRegionClass {
    ObjectClass parent_class;
} MemoryRegionClass;

/* What a region is, from its constructor on. Read-only, non-volatile and so on are attributes, which
 * edits change: ROM is RAM that was made read-only. */
typedef enum MemoryRegionKind {
    MEMORY_KIND_CONTAINER,   /* answers nothing itself: places and clips its subregions */
    MEMORY_KIND_ALIAS,       /* shows a window of its target */
    MEMORY_KIND_RAM,         /* host memory; RAM and ROM */
    MEMORY_KIND_RAM_DEVICE,  /* host memory that is a device's registers: never copied in blocks */
    MEMORY_KIND_ROM_DEVICE,  /* reads come from host memory in ROM mode; callbacks do the rest */
    MEMORY_KIND_IO,          /* a device: its callbacks answer */
    MEMORY_KIND_RESERVATION, /* takes its place and rejects every access */
    MEMORY_KIND_IOMMU,       /* translates: the access goes on in another space */
} MemoryRegionKind;

/* The attributes of a region: all that edits change and a transaction can take back. They are listed
 * here once. MemoryRegionAttributes makes one value of them, so that a new attribute is saved and
 * restored like the others, and MemoryRegion has them as fields of its own. */
#define PHYSMEM_REGION_ATTRIBUTES                                                                 \
    Int128 size;                                                                                  \
    hwaddr addr;             /* in the container */                                               \
    uint64_t rank;           /* ever larger: the newer of two equal priorities */                 \
    MemoryRegion *container; /* NULL: none */                                                     \
    hwaddr alias_offset;     /* of an alias's window in its target */                             \
    int32_t priority;                                                                             \
    bool enabled;                                                                                 \
    bool readonly;                                                                                \
    bool nonvolatile;                                                                             \
    bool romd_mode;                                                                               \
    bool unmergeable;                                                                             \
    uint8_t dirty_log_mask;  /* the region's own: only the VGA bit */

typedef struct MemoryRegionAttributes {
    PHYSMEM_REGION_ATTRIBUTES
} MemoryRegionAttributes;

struct MemoryRegion {
    Object parent_obj;
    /* Everything below is private. The first part is what an access needs. */
    const MemoryRegionOps *ops;
    void *opaque;
    RAMBlock *ram_block;
    uint8_t *host;          /* first byte of the RAM behind the region, or NULL */
    MemoryContext *context;
    Object *owner;
    MemoryRegionKind kind;
    bool ram;               /* kind is RAM or RAM_DEVICE */
    bool rom_device;        /* kind is ROM_DEVICE; for programs that read this field */
    bool flush_coalesced_mmio;
    bool lockless_io;
    bool reentrant;
    uint8_t vga_logging_count;
    bool skip_dump;
    bool lent;              /* memory that the container it is in lends for execution */
    uint8_t quirks;         /* MemoryQuirk bits: the context's, and the region's own */
    bool widening_told;     /* the guest log knows that writes of it are widened */
    uint8_t overlap_policy; /* MemoryOverlapPolicy */
    struct IoeventfdTable *ioeventfds;     /* published; NULL: none */
    struct MemoryRegionCounter *counter;   /* NULL: accesses are not counted */

    /* The tree. What a walk through a container's index reads lies together: the links, then the
     * size and the address. */
    MemoryRegion *index;    /* root of the index of this region's own enabled children */
    MemoryRegion *lower;    /* links in the container's index of enabled children */
    MemoryRegion *upper;
    hwaddr index_last;      /* the largest last address in this part of the index */
    __extension__ union {
        MemoryRegionAttributes attributes;
        __extension__ struct { PHYSMEM_REGION_ATTRIBUTES };
    };
    MemoryRegion *alias;    /* an alias's target; else NULL */
    unsigned enabled_children;
    LIST_HEAD(, MemoryRegion) aliases;     /* aliases on this region */
    struct ViewSlot *slot;                 /* the view keyed by this region */
    LIST_HEAD(, ViewWatch) watches;        /* spaces whose root resolves through this region */

    /* The rest is asked for less often. */
    TAILQ_HEAD(, MemoryRegion) subregions; /* all children, not by rank */
    TAILQ_ENTRY(MemoryRegion) siblings;
    LIST_ENTRY(MemoryRegion) alias_link;
    uint64_t visit;                        /* mark of the last walk that came by */

    AddressSpace *first_space;             /* the oldest space with this root */
    MemoryRegion *gives_way_to;            /* what it resolved to when last looked at */

    struct IoeventfdTable *ioeventfds_next;       /* of an open transaction; NULL: the same */
    TAILQ_HEAD(, CoalescedMemoryRange) coalesced; /* in the order they were added */
    RamDiscardManager *rdm;

    const char *name;
    uint64_t align;
    void (*destructor)(MemoryRegion *mr);
    struct RegionRecord *record;           /* the context's, which has the name */
    uintptr_t life;                        /* does a region live here? (region/region.h) */
    bool made;                             /* the last constructor with errp succeeded */
};

DECLARE_INSTANCE_CHECKER(MemoryRegion, MEMORY_REGION, TYPE_MEMORY_REGION)

/* ---- Life (3) --------------------------------------------------------------------------- *
 *
 * A region begins with a constructor. How it ends depends on its owner; the name plays no role.
 *
 *   - A region with an owner ends with its owner: with the last object_unref() of the device that
 *     it is embedded in. Views, containers, caches and maps count references on the owner as long
 *     as they lead to the region, so this is right at any time. Take the region out of its
 *     container, then give up the device.
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

/* A pure container of 'size' bytes (UINT64_MAX: 2^64): it answers nothing, it places and clips its
 * subregions. 'name' is copied, may be NULL. With an owner and a name the region becomes the
 * owner's child. */
PHYSMEM_API void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size);

/* A reference on what keeps the region alive, its owner. No-op for NULL or without an owner. Any
 * thread; unref may finalize the owner. */
PHYSMEM_API void memory_region_ref(MemoryRegion *mr);
PHYSMEM_API void memory_region_unref(MemoryRegion *mr);

/* The owner given at construction, or NULL. Borrowed. */
PHYSMEM_API Object *memory_region_owner(MemoryRegion *mr);

/* Waits until no access, no view, no cache and no host pointer leads to the region any more. A
 * region without an owner then ends; on return its memory may be freed or used again. A region with
 * an owner stays, and may be ended. A region that has ended already (object_unparent()) is waited
 * for in the same way, but no host pointer into its RAM may be out. The region must be out of the
 * tree, and no other thread may put it back. False, with an error that names the reason:
 *   - it is in a container, an address space or a mapped alias shows it, or it has subregions;
 *   - it has no owner, and object_ref() was called for the region itself;
 *   - no region was initialised there;
 *   - the wait would not end: in a read section, with a context's lock held (hence from most
 *     callbacks), from a deferred call.
 * It waits as long as others keep what leads to the region (address_space_get_flatview(), copies of
 * sections, caches, address_space_map()); the caller must keep none of it. What
 * memory_region_find() found is the finder's affair: without an owner there is nothing to count.
 * Looks at all ranges of old views that are kept so, again and again with pauses of up to 10 ms.
 * Any thread. */
PHYSMEM_API bool memory_region_wait_unused(MemoryRegion *mr, Error **errp);

/* Size in bytes; a region of 2^64 bytes reports UINT64_MAX. */
PHYSMEM_API uint64_t memory_region_size(MemoryRegion *mr);

/* The name given at construction; without one the component of the object's path, or NULL. */
PHYSMEM_API const char *memory_region_name(const MemoryRegion *mr);

/* ---- Kinds (4) -------------------------------------------------------------------------- *
 *
 * Constructors with errp can fail: then the error is stored, the size is 0 and the region must
 * not be used until a constructor has succeeded. memory_region_was_made() below says whether one
 * has. */

/* A device: accesses call ops with opaque. ops == NULL: a reservation, every access is rejected
 * with MEMTX_DECODE_ERROR. Subregions hide the region's own answer. */
PHYSMEM_API void memory_region_init_io(MemoryRegion *mr, Object *owner,
                                       const MemoryRegionOps *ops, void *opaque,
                                       const char *name, uint64_t size);

/* RAM from anonymous memory, zero at first, rounded up to the host page; size 0 is an error. Flags:
 * RAM_SHARED, RAM_NORESERVE. Not registered for migration. */
PHYSMEM_API void memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size,
                                                  Error **errp);
PHYSMEM_API void memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner,
                                                        const char *name, uint64_t size,
                                                        uint32_t ram_flags, Error **errp);

/* RAM whose used length may change between 1 and max_size bytes; host addresses never move.
 * 'resized' (may be NULL) is called after each change, with the lock held. */
PHYSMEM_API void memory_region_init_resizeable_ram(
    MemoryRegion *mr, Object *owner, const char *name, uint64_t size, uint64_t max_size,
    void (*resized)(const char *id, uint64_t length, void *host), Error **errp);

/* RAM backed by a file: an existing one of at least 'size' bytes (an empty one is extended), a new
 * one, or an unlinked temporary one if path is a directory. 'align': 0 or a power of two that is a
 * multiple of the file system's page. Flags: RAM_SHARED, RAM_PMEM, RAM_NORESERVE, RAM_PROTECTED.
 * readonly: the file must exist and the region is ROM. */
PHYSMEM_API void memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size,
                                                  uint64_t align, uint32_t ram_flags,
                                                  const char *path, bool readonly,
                                                  Error **errp);

/* The same from an open descriptor, beginning at 'offset' bytes. On success the region owns fd, on
 * failure the caller keeps it. */
PHYSMEM_API void memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner,
                                                const char *name, uint64_t size,
                                                uint32_t ram_flags, int fd, ram_addr_t offset,
                                                Error **errp);

/* RAM in the caller's memory of at least 'size' bytes, not NULL, which must outlive the region and
 * is never freed by it. */
PHYSMEM_API void memory_region_init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name,
                                            uint64_t size, void *ptr);

/* RAM for the guest, registers of a physical device in truth: never copied in blocks; an access of
 * 1, 2, 4 or 8 bytes is one host access of that width. */
PHYSMEM_API void memory_region_init_ram_device_ptr(MemoryRegion *mr, Object *owner,
                                                   const char *name, uint64_t size, void *ptr);

/* A window of 'size' bytes onto orig from 'offset' on. orig may be of any kind; where it lies in
 * its own container plays no role. It must outlive the alias; no reference is taken. */
PHYSMEM_API void memory_region_init_alias(MemoryRegion *mr, Object *owner, const char *name,
                                          MemoryRegion *orig, hwaddr offset, uint64_t size);

/* RAM that the guest cannot write: writes give MEMTX_DECODE_ERROR. */
PHYSMEM_API void memory_region_init_rom_nomigrate(MemoryRegion *mr, Object *owner,
                                                  const char *name, uint64_t size,
                                                  Error **errp);

/* Reads come from RAM while the region is in ROM mode (as it is at first), else from ops; writes
 * always call ops, which must not be NULL. */
PHYSMEM_API void memory_region_init_rom_device_nomigrate(MemoryRegion *mr, Object *owner,
                                                         const MemoryRegionOps *ops,
                                                         void *opaque, const char *name,
                                                         uint64_t size, Error **errp);

/* The forms that also register the block for migration (vmstate_register_ram). The block's id is
 * "name", or "device/name" if the owner is a device with an id. Further errors, in which case no
 * region is made: the owner is neither NULL nor a device, another block of the context has that id,
 * the id is longer than 255 bytes. */
PHYSMEM_API void memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                                        uint64_t size, Error **errp);
PHYSMEM_API void memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                                        uint64_t size, Error **errp);
PHYSMEM_API void memory_region_init_rom_device(MemoryRegion *mr, Object *owner,
                                               const MemoryRegionOps *ops, void *opaque,
                                               const char *name, uint64_t size, Error **errp);

/* Whether the last call of a constructor of RAM, ROM or a ROM device for this region succeeded. It
 * is also false if the call was refused because a region lives there. */
static inline bool memory_region_was_made(const MemoryRegion *mr)
{
    return mr->made;
}

/* As functions these constructors have the type they always had, without a result; a call of one is
 * an expression that is true on success (25). */
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

/* Kind and switches. Any thread. */
static inline bool memory_region_is_ram(MemoryRegion *mr)
{
    return mr->ram;
}

static inline bool memory_region_is_rom(MemoryRegion *mr)
{
    return mr->ram && mr->readonly;
}

/* A ROM device in ROM mode. */
static inline bool memory_region_is_romd(MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_ROM_DEVICE && mr->romd_mode;
}

/* The region's own flag. */
static inline bool memory_region_is_nonvolatile(MemoryRegion *mr)
{
    return mr->nonvolatile;
}

PHYSMEM_API bool memory_region_is_ram_device(MemoryRegion *mr);
PHYSMEM_API bool memory_region_is_protected(MemoryRegion *mr);

/* May an access to the region itself be done by plain host memory access (10.1)? Any thread. */
static inline bool memory_access_is_direct(MemoryRegion *mr, bool is_write)
{
    if (is_write) {
        return mr->kind == MEMORY_KIND_RAM && !mr->readonly;
    }
    return mr->kind == MEMORY_KIND_RAM || memory_region_is_romd(mr);
}

/* Change an attribute. Read-only and non-volatile hold for everything below the region too. */
PHYSMEM_API void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
PHYSMEM_API void memory_region_set_nonvolatile(MemoryRegion *mr, bool nonvolatile);
PHYSMEM_API void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd_mode);

/* To be called by a ROM device's write callback after it changed [addr, addr + size) of the RAM
 * behind the region. Asserts ROM mode. Any thread. */
PHYSMEM_API void memory_region_flush_rom_device(MemoryRegion *mr, hwaddr addr, hwaddr size);

/* Callbacks of this region run without the context's lock being taken for them (25). To be called
 * before the region is visible. */
PHYSMEM_API void memory_region_enable_lockless_io(MemoryRegion *mr);

/* Lets accesses reach this region although a callback of its owner (of the region itself, if it has
 * none) is running further up on the same thread. Without it they are refused with
 * MEMTX_ACCESS_ERROR (D5). */
PHYSMEM_API void memory_region_disable_reentrancy_guard(MemoryRegion *mr);

/* Gives one region behaviours of the original (MemoryQuirk, context.h), in addition to those of its
 * context:
 *   - MEMORY_QUIRK_IMPL_UNALIGNED, for a device whose callbacks are wider than its registers and
 *     decode exact addresses: impl.min_access_size = 8 over registers of 4 bytes, say. Without it
 *     (D1) the device is called at the address of the aligned unit around the access, which is
 *     another register.
 *   - MEMORY_QUIRK_REGION_OVERRUN, which such a device needs for its last register.
 * 0 takes them back. Other bits are refused with a MISUSE message. Set it on the region with the
 * callbacks, not on an alias. It holds for the accesses that begin from now on. */
PHYSMEM_API void memory_region_set_quirks(MemoryRegion *mr, unsigned quirks);

/* Reports to the guest log (MEMORY_LOG_GUEST, memory_context_set_log()) what a guest did wrong
 * with a device. The message is a printf() format: one line without a newline, up to some 900
 * bytes. It goes to the region's context, behind the region's name. If mr is NULL, it goes to
 * the calling thread's current context, without a name. The message is not formatted if the
 * guest log is off. Any thread, also in callbacks and read sections, with or without the lock. */
PHYSMEM_API void memory_region_log_guest_error(MemoryRegion *mr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Counting accesses ------------------------------------------------------------------ */

/* What ended at a region since counting was switched on. A step of a block transfer is one access;
 * of a mapping for reading its length counts when it is made, of one for writing what was touched
 * when it is given back. What is stored through the pointer of a cache counts when, and as,
 * address_space_cache_invalidate() makes it known. Not seen are accesses of a CPU that runs on the
 * memory itself, and loads through the pointer of a cache that was made while nobody counted in the
 * context. */
typedef struct MemoryRegionCounts {
    uint64_t reads;
    uint64_t writes;
    uint64_t bytes_read;
    uint64_t bytes_written;
    uint64_t refused; /* size, alignment, read-only, re-entrance: in none of the above */
} MemoryRegionCounts;

/* Switches counting on, from zero, or off; at first it is off and costs nothing, on any region. An
 * alias or a pure container answers nothing itself, so it counts nothing. */
PHYSMEM_API void memory_region_set_counting(MemoryRegion *mr, bool on);

/* The counts as of now, each by itself; all zero and false while counting is off. Any thread. */
PHYSMEM_API bool memory_region_get_counts(MemoryRegion *mr, MemoryRegionCounts *counts);

/* ---- Places (6) ------------------------------------------------------------------------- */

/* Puts 'subregion' (in no container so far) at 'offset' into mr; without a priority, 0. The
 * higher priority wins, among equals the one added last. A second container is refused with a
 * MISUSE message, and so is what would contain itself, or show itself through aliases without
 * end; a window onto another part of the container that it lies in is allowed. A subregion of an
 * alias is not visible: a WARNING says so. */
PHYSMEM_API void memory_region_add_subregion(MemoryRegion *mr, hwaddr offset,
                                             MemoryRegion *subregion);
PHYSMEM_API void memory_region_add_subregion_overlap(MemoryRegion *mr, hwaddr offset,
                                                     MemoryRegion *subregion, int priority);

/* Takes it out again. Refused with a MISUSE message if it is not in mr. */
PHYSMEM_API void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *subregion);

/* Shows or hides a region with everything inside. */
PHYSMEM_API void memory_region_set_enabled(MemoryRegion *mr, bool enabled);

/* Moves a region in its container, where it becomes the newest of its priority. */
PHYSMEM_API void memory_region_set_address(MemoryRegion *mr, hwaddr addr);

/* Changes the size, UINT64_MAX meaning 2^64; RAM blocks stay as they are. */
PHYSMEM_API void memory_region_set_size(MemoryRegion *mr, uint64_t size);

/* Moves an alias's window over its target. Asserts an alias. */
PHYSMEM_API void memory_region_set_alias_offset(MemoryRegion *mr, hwaddr offset);

/* Where the region is (the original's object properties container, addr and priority): the
 * container it is directly in, or NULL (borrowed); its address and priority there, or those it had
 * last. */
PHYSMEM_API MemoryRegion *memory_region_container(MemoryRegion *mr);
PHYSMEM_API hwaddr memory_region_address(MemoryRegion *mr);
PHYSMEM_API int memory_region_priority(MemoryRegion *mr);

/* Calls func for each direct subregion of 'container', in the order in which they were added or
 * last moved, disabled ones included. It ends when func returns non-zero and returns that; else
 * 0. Inside an open transaction the subregions are those of the tree as edited so far. func runs
 * with the context's lock held. It may call queries, access memory, and walk over other
 * containers. It must not edit: as in a listener's callback, edits are refused with a MISUSE
 * message and nothing is changed. Collect what is to be changed, and change it after the walk.
 * Any thread, not in a read section. */
typedef int(MemoryRegionIterFunc)(MemoryRegion *subregion, void *opaque);
PHYSMEM_API int memory_region_for_each_subregion(MemoryRegion *container,
                                                 MemoryRegionIterFunc func, void *opaque);

/* What happens to an edit that lets two enabled subregions of equal priority overlap, so that which
 * of them is visible depends on which came last. */
typedef enum MemoryOverlapPolicy {
    MEMORY_OVERLAP_ALLOW,  /* nothing; the default */
    MEMORY_OVERLAP_WARN,   /* it is made, and a WARNING names both and where they overlap */
    MEMORY_OVERLAP_REFUSE, /* it is not made, nothing changes, and an ERROR says the same */
} MemoryOverlapPolicy;

/* Sets the policy for the direct subregions of 'container': for adding, moving, resizing and
 * enabling them from now on. An edit is judged when it is made, also inside a transaction, whether
 * or not the container is large enough to show the overlap. Costs nothing where everything is
 * allowed. */
PHYSMEM_API void memory_region_set_overlap_policy(MemoryRegion *container,
                                                  MemoryOverlapPolicy policy);

/* Keeps ranges of this region apart that would otherwise become one because they continue each
 * other: two aliases side by side, say. Sections of it say so (25). Off at first. */
PHYSMEM_API void memory_region_set_unmergeable(MemoryRegion *mr, bool unmergeable);

/* Is the region in a container, itself or through an alias that leads to it (D14)? */
PHYSMEM_API bool memory_region_is_mapped(MemoryRegion *mr);

PHYSMEM_END_DECLS

#endif
