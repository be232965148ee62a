/* SPDX-License-Identifier: MIT
 *
 * Checks at compile time that the public headers declare the whole interface. One C11 file that
 * includes <physmem/physmem.h> and nothing else of the library:
 *   - it takes the address of every public function into a pointer of the right type, also of
 *     static inline functions;
 *   - it names every field of every public structure and checks its type with _Generic;
 *   - it checks the value of every public constant and uses every public macro.
 * It says nothing about behaviour. scripts/check-api compiles it in both ways:
 *
 *   cc -std=gnu11 -Wall -Wextra -Werror -Iinclude -c api-check.c
 *   cc -std=gnu11 -Wall -Wextra -Werror -Iinclude -DAPI_CHECK_MAIN \
 *      api-check.c -lphysmem -lpthread -o api-check && ./api-check
 *
 * The second form also shows that the library defines every function, and checks the few things
 * that need to run: string constants and small inline functions.
 *
 *   -DNO_HISTORIC    leaves out the names that the interface once had (specification 23)
 *   -DNO_COMPANION   leaves out what is beside regions and spaces (specification 22): RAM blocks,
 *                    default spaces, hooks for migration, accessors in guest order, objects,
 *                    128-bit integers and so on
 *
 * It was written from the inventory of names, types and constants of the specification.
 */

#include <physmem/physmem.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CHK_USED __attribute__((used))

/* A function: return type, name, parameter types. */
#define FN(ret, name, ...) static ret (*const chk_##name)(__VA_ARGS__) CHK_USED = name

/* A typedef, or an expression, has exactly this type. */
#define TYPE_IS(expr, type)                                                                       \
    _Static_assert(_Generic((expr), type : 1, default : 0), #expr " is not of type " #type)

/* A field exists and has exactly this type. */
#define FIELD(st, field, type)                                                                    \
    _Static_assert(_Generic(((st *)0)->field, type : 1, default : 0),                             \
                   #st "." #field " is not of type " #type)

/* A field exists; its type is the library's own business. */
#define HAS_FIELD(st, field) _Static_assert(sizeof(((st *)0)->field) > 0, #st "." #field)

/* A structure is complete, so that users can embed it. */
#define COMPLETE(st) _Static_assert(sizeof(st) > 0, #st " is incomplete")

/* An integer constant has this value. */
#define CONST_IS(name, value) _Static_assert((name) == (value), #name " has the wrong value")

/* ===================================================================== */
/* A.1  Scalar types, attributes, results                                 */
/* ===================================================================== */

TYPE_IS((hwaddr)0, uint64_t);
CONST_IS(HWADDR_BITS, 64);
CONST_IS(HWADDR_MAX, UINT64_MAX);
_Static_assert(sizeof(ram_addr_t) >= sizeof(void *), "ram_addr_t too small");
_Static_assert((ram_addr_t)-1 > 0, "ram_addr_t must be unsigned");
CONST_IS(RAM_ADDR_INVALID, ~(ram_addr_t)0);
CONST_IS(MAX_PHYS_ADDR_SPACE_BITS, 62);
CONST_IS(MAX_PHYS_ADDR, ((hwaddr)1 << 62) - 1);

TYPE_IS((MemTxResult)0, uint32_t);
CONST_IS(MEMTX_OK, 0);
CONST_IS(MEMTX_ERROR, 1U);
CONST_IS(MEMTX_DECODE_ERROR, 2U);

static const MemTxAttrs chk_attrs CHK_USED = {
    .unspecified = 1,
    .secure = 1,
    .user = 1,
    .requester_id = 0xffff,
    .byte_swap = 1,
    .target_tlb_bit0 = 1,
    .target_tlb_bit1 = 1,
    .target_tlb_bit2 = 1,
};

CONST_IS(DEVICE_NATIVE_ENDIAN, 0);
CONST_IS(DEVICE_BIG_ENDIAN, 1);
CONST_IS(DEVICE_LITTLE_ENDIAN, 2);
_Static_assert(DEVICE_HOST_ENDIAN == DEVICE_BIG_ENDIAN ||
                   DEVICE_HOST_ENDIAN == DEVICE_LITTLE_ENDIAN,
               "DEVICE_HOST_ENDIAN");
TYPE_IS((enum device_endian)0, enum device_endian);

CONST_IS(MO_8, 0);
CONST_IS(MO_16, 1);
CONST_IS(MO_32, 2);
CONST_IS(MO_64, 3);
CONST_IS(MO_128, 4);
CONST_IS(MO_256, 5);
CONST_IS(MO_512, 6);
CONST_IS(MO_1024, 7);
CONST_IS(MO_SIZE, 0x07);
CONST_IS(MO_SIGN, 0x08);
CONST_IS(MO_BSWAP, 0x10);
_Static_assert((MO_LE | MO_BE) == MO_BSWAP && (MO_LE & MO_BE) == 0, "MO_LE / MO_BE");
/* MO_TE and the MO_TE* combinations may be run-time values (the target order of
 * the current context): they are checked in api_check_run(). */
CONST_IS(MO_ASHIFT, 5);
CONST_IS(MO_AMASK, 0xe0);
_Static_assert((MO_ALIGN | MO_UNALN) == MO_AMASK, "MO_ALIGN / MO_UNALN");
CONST_IS(MO_ALIGN_2, 0x20);
CONST_IS(MO_ALIGN_4, 0x40);
CONST_IS(MO_ALIGN_8, 0x60);
CONST_IS(MO_ALIGN_16, 0x80);
CONST_IS(MO_ALIGN_32, 0xa0);
CONST_IS(MO_ALIGN_64, 0xc0);
CONST_IS(MO_UB, MO_8);
CONST_IS(MO_UW, MO_16);
CONST_IS(MO_UL, MO_32);
CONST_IS(MO_SB, MO_SIGN | MO_8);
CONST_IS(MO_SW, MO_SIGN | MO_16);
CONST_IS(MO_SL, MO_SIGN | MO_32);
CONST_IS(MO_Q, MO_64);
CONST_IS(MO_LEUW, MO_LE | MO_UW);
CONST_IS(MO_LEUL, MO_LE | MO_UL);
CONST_IS(MO_LESW, MO_LE | MO_SW);
CONST_IS(MO_LESL, MO_LE | MO_SL);
CONST_IS(MO_LEQ, MO_LE | MO_Q);
CONST_IS(MO_BEUW, MO_BE | MO_UW);
CONST_IS(MO_BEUL, MO_BE | MO_UL);
CONST_IS(MO_BESW, MO_BE | MO_SW);
CONST_IS(MO_BESL, MO_BE | MO_SL);
CONST_IS(MO_BEQ, MO_BE | MO_Q);
CONST_IS(MO_SSIZE, MO_SIZE | MO_SIGN);

FN(unsigned, memop_size, MemOp);
FN(MemOp, size_memop, unsigned);
FN(bool, memop_big_endian, MemOp);
FN(MemOp, devend_memop, enum device_endian);

/* ===================================================================== */
/* A.2  Structures                                                        */
/* ===================================================================== */

COMPLETE(MemoryRegion);
COMPLETE(IOMMUMemoryRegion);
COMPLETE(AddressSpace);
COMPLETE(MemoryRegionCache);
COMPLETE(MemoryListener);
COMPLETE(MemoryRegionClass);
COMPLETE(IOMMUMemoryRegionClass);
COMPLETE(RamDiscardManagerClass);

FIELD(struct ReservedRegion, low, hwaddr);
FIELD(struct ReservedRegion, high, hwaddr);
FIELD(struct ReservedRegion, type, unsigned);

FIELD(MemoryRegionSection, size, Int128);
FIELD(MemoryRegionSection, mr, MemoryRegion *);
FIELD(MemoryRegionSection, fv, FlatView *);
FIELD(MemoryRegionSection, offset_within_region, hwaddr);
FIELD(MemoryRegionSection, offset_within_address_space, hwaddr);
FIELD(MemoryRegionSection, readonly, bool);
FIELD(MemoryRegionSection, nonvolatile, bool);

FIELD(IOMMUTLBEntry, target_as, AddressSpace *);
FIELD(IOMMUTLBEntry, iova, hwaddr);
FIELD(IOMMUTLBEntry, translated_addr, hwaddr);
FIELD(IOMMUTLBEntry, addr_mask, hwaddr);
FIELD(IOMMUTLBEntry, perm, IOMMUAccessFlags);

CONST_IS(IOMMU_NONE, 0);
CONST_IS(IOMMU_RO, 1);
CONST_IS(IOMMU_WO, 2);
CONST_IS(IOMMU_RW, 3);
CONST_IS(IOMMU_ACCESS_FLAG(0, 0), IOMMU_NONE);
CONST_IS(IOMMU_ACCESS_FLAG(1, 0), IOMMU_RO);
CONST_IS(IOMMU_ACCESS_FLAG(0, 1), IOMMU_WO);
CONST_IS(IOMMU_ACCESS_FLAG(1, 1), IOMMU_RW);

CONST_IS(IOMMU_NOTIFIER_NONE, 0);
CONST_IS(IOMMU_NOTIFIER_UNMAP, 1);
CONST_IS(IOMMU_NOTIFIER_MAP, 2);
CONST_IS(IOMMU_NOTIFIER_DEVIOTLB_UNMAP, 4);
CONST_IS(IOMMU_NOTIFIER_IOTLB_EVENTS, 3);
CONST_IS(IOMMU_NOTIFIER_DEVIOTLB_EVENTS, 4);
CONST_IS(IOMMU_NOTIFIER_ALL, 7);

TYPE_IS((IOMMUNotify)0, void (*)(struct IOMMUNotifier *, IOMMUTLBEntry *));
FIELD(IOMMUNotifier, notify, IOMMUNotify);
FIELD(IOMMUNotifier, notifier_flags, IOMMUNotifierFlag);
FIELD(IOMMUNotifier, start, hwaddr);
FIELD(IOMMUNotifier, end, hwaddr);
FIELD(IOMMUNotifier, iommu_idx, int);

FIELD(IOMMUTLBEvent, type, IOMMUNotifierFlag);
FIELD(IOMMUTLBEvent, entry, IOMMUTLBEntry);

CONST_IS(RAM_PREALLOC, 1 << 0);
CONST_IS(RAM_SHARED, 1 << 1);
CONST_IS(RAM_RESIZEABLE, 1 << 2);
CONST_IS(RAM_UF_ZEROPAGE, 1 << 3);
CONST_IS(RAM_MIGRATABLE, 1 << 4);
CONST_IS(RAM_PMEM, 1 << 5);
CONST_IS(RAM_UF_WRITEPROTECT, 1 << 6);
CONST_IS(RAM_NORESERVE, 1 << 7);
CONST_IS(RAM_PROTECTED, 1 << 8);

CONST_IS(DIRTY_MEMORY_VGA, 0);
CONST_IS(DIRTY_MEMORY_CODE, 1);
CONST_IS(DIRTY_MEMORY_MIGRATION, 2);
CONST_IS(DIRTY_MEMORY_NUM, 3);

FIELD(MemoryRegionOps, read, uint64_t (*)(void *, hwaddr, unsigned));
FIELD(MemoryRegionOps, write, void (*)(void *, hwaddr, uint64_t, unsigned));
FIELD(MemoryRegionOps, read_with_attrs,
      MemTxResult (*)(void *, hwaddr, uint64_t *, unsigned, MemTxAttrs));
FIELD(MemoryRegionOps, write_with_attrs,
      MemTxResult (*)(void *, hwaddr, uint64_t, unsigned, MemTxAttrs));
FIELD(MemoryRegionOps, endianness, enum device_endian);
FIELD(MemoryRegionOps, valid.min_access_size, unsigned);
FIELD(MemoryRegionOps, valid.max_access_size, unsigned);
FIELD(MemoryRegionOps, valid.unaligned, bool);
FIELD(MemoryRegionOps, valid.accepts, bool (*)(void *, hwaddr, unsigned, bool, MemTxAttrs));
FIELD(MemoryRegionOps, impl.min_access_size, unsigned);
FIELD(MemoryRegionOps, impl.max_access_size, unsigned);
FIELD(MemoryRegionOps, impl.unaligned, bool);

CONST_IS(IOMMU_ATTR_SPAPR_TCE_FD, 0);
TYPE_IS((enum IOMMUMemoryRegionAttr)0, enum IOMMUMemoryRegionAttr);

FIELD(MemoryRegionClass, parent_class, ObjectClass);
FIELD(IOMMUMemoryRegionClass, parent_class, MemoryRegionClass);
FIELD(IOMMUMemoryRegionClass, translate,
      IOMMUTLBEntry (*)(IOMMUMemoryRegion *, hwaddr, IOMMUAccessFlags, int));
FIELD(IOMMUMemoryRegionClass, get_min_page_size, uint64_t (*)(IOMMUMemoryRegion *));
FIELD(IOMMUMemoryRegionClass, notify_flag_changed,
      int (*)(IOMMUMemoryRegion *, IOMMUNotifierFlag, IOMMUNotifierFlag, Error **));
FIELD(IOMMUMemoryRegionClass, replay, void (*)(IOMMUMemoryRegion *, IOMMUNotifier *));
FIELD(IOMMUMemoryRegionClass, get_attr,
      int (*)(IOMMUMemoryRegion *, enum IOMMUMemoryRegionAttr, void *));
FIELD(IOMMUMemoryRegionClass, attrs_to_index, int (*)(IOMMUMemoryRegion *, MemTxAttrs));
FIELD(IOMMUMemoryRegionClass, num_indexes, int (*)(IOMMUMemoryRegion *));
FIELD(IOMMUMemoryRegionClass, iommu_set_page_size_mask,
      int (*)(IOMMUMemoryRegion *, uint64_t, Error **));
FIELD(IOMMUMemoryRegion, parent_obj, MemoryRegion);
FIELD(MemoryRegion, parent_obj, Object);

TYPE_IS((NotifyRamPopulate)0, int (*)(RamDiscardListener *, MemoryRegionSection *));
TYPE_IS((NotifyRamDiscard)0, void (*)(RamDiscardListener *, MemoryRegionSection *));
TYPE_IS((ReplayRamPopulate)0, int (*)(MemoryRegionSection *, void *));
FIELD(RamDiscardListener, notify_populate, NotifyRamPopulate);
FIELD(RamDiscardListener, notify_discard, NotifyRamDiscard);
FIELD(RamDiscardListener, double_discard_supported, bool);
FIELD(RamDiscardListener, section, MemoryRegionSection *);
HAS_FIELD(RamDiscardListener, next);

FIELD(RamDiscardManagerClass, parent_class, InterfaceClass);
FIELD(RamDiscardManagerClass, get_min_granularity,
      uint64_t (*)(const RamDiscardManager *, const MemoryRegion *));
FIELD(RamDiscardManagerClass, is_populated,
      bool (*)(const RamDiscardManager *, const MemoryRegionSection *));
FIELD(RamDiscardManagerClass, replay_populated,
      int (*)(const RamDiscardManager *, MemoryRegionSection *, ReplayRamPopulate, void *));
FIELD(RamDiscardManagerClass, register_listener,
      void (*)(RamDiscardManager *, RamDiscardListener *, MemoryRegionSection *));
FIELD(RamDiscardManagerClass, unregister_listener,
      void (*)(RamDiscardManager *, RamDiscardListener *));

FIELD(MemoryListener, begin, void (*)(MemoryListener *));
FIELD(MemoryListener, commit, void (*)(MemoryListener *));
FIELD(MemoryListener, region_add, void (*)(MemoryListener *, MemoryRegionSection *));
FIELD(MemoryListener, region_del, void (*)(MemoryListener *, MemoryRegionSection *));
FIELD(MemoryListener, region_nop, void (*)(MemoryListener *, MemoryRegionSection *));
FIELD(MemoryListener, log_start, void (*)(MemoryListener *, MemoryRegionSection *, int, int));
FIELD(MemoryListener, log_stop, void (*)(MemoryListener *, MemoryRegionSection *, int, int));
FIELD(MemoryListener, log_sync, void (*)(MemoryListener *, MemoryRegionSection *));
FIELD(MemoryListener, log_sync_global, void (*)(MemoryListener *));
FIELD(MemoryListener, log_clear, void (*)(MemoryListener *, MemoryRegionSection *));
FIELD(MemoryListener, log_global_start, void (*)(MemoryListener *));
FIELD(MemoryListener, log_global_stop, void (*)(MemoryListener *));
FIELD(MemoryListener, log_global_after_sync, void (*)(MemoryListener *));
FIELD(MemoryListener, eventfd_add,
      void (*)(MemoryListener *, MemoryRegionSection *, bool, uint64_t, EventNotifier *));
FIELD(MemoryListener, eventfd_del,
      void (*)(MemoryListener *, MemoryRegionSection *, bool, uint64_t, EventNotifier *));
FIELD(MemoryListener, coalesced_io_add,
      void (*)(MemoryListener *, MemoryRegionSection *, hwaddr, hwaddr));
FIELD(MemoryListener, coalesced_io_del,
      void (*)(MemoryListener *, MemoryRegionSection *, hwaddr, hwaddr));
FIELD(MemoryListener, priority, unsigned);
FIELD(MemoryListener, name, const char *);
FIELD(MemoryListener, address_space, AddressSpace *);

FIELD(MemoryRegionCache, ptr, void *);
FIELD(MemoryRegionCache, xlat, hwaddr);
FIELD(MemoryRegionCache, len, hwaddr);
FIELD(MemoryRegionCache, fv, FlatView *);
FIELD(MemoryRegionCache, mrs, MemoryRegionSection);
FIELD(MemoryRegionCache, is_write, bool);

TYPE_IS((flatview_cb)0, bool (*)(Int128, Int128, const MemoryRegion *, hwaddr, void *));

/* Declared, at least as incomplete types. */
static FlatView *chk_t_fv CHK_USED;
static AddressSpaceDispatch *chk_t_disp CHK_USED;
static FlatRange *chk_t_fr CHK_USED;
static CoalescedMemoryRange *chk_t_cmr CHK_USED;
static MemoryRegionIoeventfd *chk_t_ioefd CHK_USED;
static DirtyBitmapSnapshot *chk_t_snap CHK_USED;
static RAMBlock *chk_t_rb CHK_USED;
static RamDiscardManager *chk_t_rdm CHK_USED;
static Error *chk_t_err CHK_USED;
static EventNotifier *chk_t_en CHK_USED;
static Object *chk_t_obj CHK_USED;
static ReservedRegion *chk_t_resv CHK_USED;

/* Checked casts that go with the type names. */
FN(MemoryRegion *, MEMORY_REGION, const void *);
FN(IOMMUMemoryRegion *, IOMMU_MEMORY_REGION, const void *);
FN(IOMMUMemoryRegionClass *, IOMMU_MEMORY_REGION_GET_CLASS, const void *);
FN(IOMMUMemoryRegionClass *, IOMMU_MEMORY_REGION_CLASS, const void *);
FN(RamDiscardManager *, RAM_DISCARD_MANAGER, const void *);
FN(RamDiscardManagerClass *, RAM_DISCARD_MANAGER_GET_CLASS, const void *);
FN(RamDiscardManagerClass *, RAM_DISCARD_MANAGER_CLASS, const void *);

/* A global variable. */
/* global_dirty_log may be an lvalue macro (state of the current context): see api_check_run(). */

/* ===================================================================== */
/* A.3  Region lifecycle                                                  */
/* ===================================================================== */

FN(void, memory_region_init, MemoryRegion *, Object *, const char *, uint64_t);
FN(void, memory_region_ref, MemoryRegion *);
FN(void, memory_region_unref, MemoryRegion *);
FN(Object *, memory_region_owner, MemoryRegion *);
FN(uint64_t, memory_region_size, MemoryRegion *);
FN(const char *, memory_region_name, const MemoryRegion *);

/* ===================================================================== */
/* A.4  Region kinds                                                      */
/* ===================================================================== */

FN(void, memory_region_init_io, MemoryRegion *, Object *, const MemoryRegionOps *, void *,
   const char *, uint64_t);
FN(void, memory_region_init_ram_nomigrate, MemoryRegion *, Object *, const char *, uint64_t,
   Error **);
FN(void, memory_region_init_ram_flags_nomigrate, MemoryRegion *, Object *, const char *, uint64_t,
   uint32_t, Error **);
FN(void, memory_region_init_resizeable_ram, MemoryRegion *, Object *, const char *, uint64_t,
   uint64_t, void (*)(const char *, uint64_t, void *), Error **);
FN(void, memory_region_init_ram_from_file, MemoryRegion *, Object *, const char *, uint64_t,
   uint64_t, uint32_t, const char *, bool, Error **);
FN(void, memory_region_init_ram_from_fd, MemoryRegion *, Object *, const char *, uint64_t,
   uint32_t, int, ram_addr_t, Error **);
FN(void, memory_region_init_ram_ptr, MemoryRegion *, Object *, const char *, uint64_t, void *);
FN(void, memory_region_init_ram_device_ptr, MemoryRegion *, Object *, const char *, uint64_t,
   void *);
FN(void, memory_region_init_alias, MemoryRegion *, Object *, const char *, MemoryRegion *, hwaddr,
   uint64_t);
FN(void, memory_region_init_rom_nomigrate, MemoryRegion *, Object *, const char *, uint64_t,
   Error **);
FN(void, memory_region_init_rom_device_nomigrate, MemoryRegion *, Object *,
   const MemoryRegionOps *, void *, const char *, uint64_t, Error **);
FN(void, memory_region_init_iommu, void *, size_t, const char *, Object *, const char *, uint64_t);
FN(void, memory_region_init_ram, MemoryRegion *, Object *, const char *, uint64_t, Error **);
FN(void, memory_region_init_rom, MemoryRegion *, Object *, const char *, uint64_t, Error **);
FN(void, memory_region_init_rom_device, MemoryRegion *, Object *, const MemoryRegionOps *, void *,
   const char *, uint64_t, Error **);

FN(bool, memory_region_is_ram, MemoryRegion *);
FN(bool, memory_region_is_ram_device, MemoryRegion *);
FN(bool, memory_region_is_rom, MemoryRegion *);
FN(bool, memory_region_is_romd, MemoryRegion *);
FN(bool, memory_region_is_protected, MemoryRegion *);
FN(bool, memory_region_is_nonvolatile, MemoryRegion *);
FN(void, memory_region_set_readonly, MemoryRegion *, bool);
FN(void, memory_region_set_nonvolatile, MemoryRegion *, bool);
FN(void, memory_region_rom_device_set_romd, MemoryRegion *, bool);
FN(void, memory_region_flush_rom_device, MemoryRegion *, hwaddr, hwaddr);

/* ===================================================================== */
/* A.5  RAM behind a region                                               */
/* ===================================================================== */

FN(int, memory_region_get_fd, MemoryRegion *);
FN(MemoryRegion *, memory_region_from_host, void *, ram_addr_t *);
FN(void *, memory_region_get_ram_ptr, MemoryRegion *);
FN(ram_addr_t, memory_region_get_ram_addr, MemoryRegion *);
FN(uint64_t, memory_region_get_alignment, const MemoryRegion *);
FN(void, memory_region_ram_resize, MemoryRegion *, ram_addr_t, Error **);
FN(void, memory_region_msync, MemoryRegion *, hwaddr, hwaddr);
FN(void, memory_region_writeback, MemoryRegion *, hwaddr, hwaddr);
FN(void *, qemu_map_ram_ptr, RAMBlock *, ram_addr_t);

/* ===================================================================== */
/* A.6  Containers, aliases, priorities                                   */
/* ===================================================================== */

FN(void, memory_region_add_subregion, MemoryRegion *, hwaddr, MemoryRegion *);
FN(void, memory_region_add_subregion_overlap, MemoryRegion *, hwaddr, MemoryRegion *, int);
FN(void, memory_region_del_subregion, MemoryRegion *, MemoryRegion *);
FN(void, memory_region_set_enabled, MemoryRegion *, bool);
FN(void, memory_region_set_address, MemoryRegion *, hwaddr);
FN(void, memory_region_set_size, MemoryRegion *, uint64_t);
FN(void, memory_region_set_alias_offset, MemoryRegion *, hwaddr);
FN(bool, memory_region_present, MemoryRegion *, hwaddr);
FN(bool, memory_region_is_mapped, MemoryRegion *);
FN(MemoryRegionSection, memory_region_find, MemoryRegion *, hwaddr, uint64_t);

/* ===================================================================== */
/* A.7  Transactions                                                      */
/* ===================================================================== */

FN(void, memory_region_transaction_begin, void);
FN(void, memory_region_transaction_commit, void);

/* ===================================================================== */
/* A.8  Address spaces, flat views, sections                              */
/* ===================================================================== */

FN(void, address_space_init, AddressSpace *, MemoryRegion *, const char *);
FN(void, address_space_destroy, AddressSpace *);
FN(void, address_space_remove_listeners, AddressSpace *);
FN(FlatView *, address_space_to_flatview, AddressSpace *);
FN(void, flatview_for_each_range, FlatView *, flatview_cb, void *);
FN(bool, MemoryRegionSection_eq, MemoryRegionSection *, MemoryRegionSection *);
FN(MemoryRegionSection *, memory_region_section_new_copy, MemoryRegionSection *);
FN(void, memory_region_section_free_copy, MemoryRegionSection *);

/* ===================================================================== */
/* A.9  Listeners                                                         */
/* ===================================================================== */

FN(void, memory_listener_register, MemoryListener *, AddressSpace *);
FN(void, memory_listener_unregister, MemoryListener *);

/* ===================================================================== */
/* A.10 Access by address                                                 */
/* ===================================================================== */

FN(MemTxResult, address_space_rw, AddressSpace *, hwaddr, MemTxAttrs, void *, hwaddr, bool);
FN(MemTxResult, address_space_read, AddressSpace *, hwaddr, MemTxAttrs, void *, hwaddr);
FN(MemTxResult, address_space_read_full, AddressSpace *, hwaddr, MemTxAttrs, void *, hwaddr);
FN(MemTxResult, address_space_write, AddressSpace *, hwaddr, MemTxAttrs, const void *, hwaddr);
FN(MemTxResult, address_space_write_rom, AddressSpace *, hwaddr, MemTxAttrs, const void *, hwaddr);
FN(bool, address_space_access_valid, AddressSpace *, hwaddr, hwaddr, bool, MemTxAttrs);
FN(MemoryRegion *, flatview_translate, FlatView *, hwaddr, hwaddr *, hwaddr *, bool, MemTxAttrs);
FN(MemoryRegion *, address_space_translate, AddressSpace *, hwaddr, hwaddr *, hwaddr *, bool,
   MemTxAttrs);
FN(IOMMUTLBEntry, address_space_get_iotlb_entry, AddressSpace *, hwaddr, bool, MemTxAttrs);
FN(MemTxResult, flatview_read_continue, FlatView *, hwaddr, MemTxAttrs, void *, hwaddr, hwaddr,
   hwaddr, MemoryRegion *);
FN(bool, memory_access_is_direct, MemoryRegion *, bool);
FN(void, fuzz_dma_read_cb, size_t, size_t, MemoryRegion *);

/* ===================================================================== */
/* A.11 Loads and stores (explicit endianness)                            */
/* ===================================================================== */

#define LD_FN(type, name, first) FN(type, name, first *, hwaddr, MemTxAttrs, MemTxResult *)
#define ST_FN(type, name, first) FN(void, name, first *, hwaddr, type, MemTxAttrs, MemTxResult *)
#define LDP_FN(type, name, first) FN(type, name, first *, hwaddr)
#define STP_FN(type, name, first) FN(void, name, first *, hwaddr, type)

LD_FN(uint8_t, address_space_ldub, AddressSpace);
LD_FN(uint16_t, address_space_lduw_le, AddressSpace);
LD_FN(uint16_t, address_space_lduw_be, AddressSpace);
LD_FN(uint32_t, address_space_ldl_le, AddressSpace);
LD_FN(uint32_t, address_space_ldl_be, AddressSpace);
LD_FN(uint64_t, address_space_ldq_le, AddressSpace);
LD_FN(uint64_t, address_space_ldq_be, AddressSpace);
ST_FN(uint8_t, address_space_stb, AddressSpace);
ST_FN(uint16_t, address_space_stw_le, AddressSpace);
ST_FN(uint16_t, address_space_stw_be, AddressSpace);
ST_FN(uint32_t, address_space_stl_le, AddressSpace);
ST_FN(uint32_t, address_space_stl_be, AddressSpace);
ST_FN(uint64_t, address_space_stq_le, AddressSpace);
ST_FN(uint64_t, address_space_stq_be, AddressSpace);

LDP_FN(uint8_t, ldub_phys, AddressSpace);
LDP_FN(uint16_t, lduw_le_phys, AddressSpace);
LDP_FN(uint16_t, lduw_be_phys, AddressSpace);
LDP_FN(uint32_t, ldl_le_phys, AddressSpace);
LDP_FN(uint32_t, ldl_be_phys, AddressSpace);
LDP_FN(uint64_t, ldq_le_phys, AddressSpace);
LDP_FN(uint64_t, ldq_be_phys, AddressSpace);
STP_FN(uint8_t, stb_phys, AddressSpace);
STP_FN(uint16_t, stw_le_phys, AddressSpace);
STP_FN(uint16_t, stw_be_phys, AddressSpace);
STP_FN(uint32_t, stl_le_phys, AddressSpace);
STP_FN(uint32_t, stl_be_phys, AddressSpace);
STP_FN(uint64_t, stq_le_phys, AddressSpace);
STP_FN(uint64_t, stq_be_phys, AddressSpace);

/* ===================================================================== */
/* A.12 Mapping                                                           */
/* ===================================================================== */

FN(void *, address_space_map, AddressSpace *, hwaddr, hwaddr *, bool, MemTxAttrs);
FN(void, address_space_unmap, AddressSpace *, void *, hwaddr, bool, hwaddr);

/* ===================================================================== */
/* A.13 Cached access                                                     */
/* ===================================================================== */

FN(int64_t, address_space_cache_init, MemoryRegionCache *, AddressSpace *, hwaddr, hwaddr, bool);
FN(void, address_space_cache_invalidate, MemoryRegionCache *, hwaddr, hwaddr);
FN(void, address_space_cache_destroy, MemoryRegionCache *);
FN(MemTxResult, address_space_read_cached, MemoryRegionCache *, hwaddr, void *, hwaddr);
FN(MemTxResult, address_space_write_cached, MemoryRegionCache *, hwaddr, const void *, hwaddr);
FN(MemTxResult, address_space_read_cached_slow, MemoryRegionCache *, hwaddr, void *, hwaddr);
FN(MemTxResult, address_space_write_cached_slow, MemoryRegionCache *, hwaddr, const void *,
   hwaddr);

LD_FN(uint8_t, address_space_ldub_cached, MemoryRegionCache);
LD_FN(uint16_t, address_space_lduw_le_cached, MemoryRegionCache);
LD_FN(uint16_t, address_space_lduw_be_cached, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_le_cached, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_be_cached, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_le_cached, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_be_cached, MemoryRegionCache);
ST_FN(uint8_t, address_space_stb_cached, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_le_cached, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_be_cached, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_le_cached, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_be_cached, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_le_cached, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_be_cached, MemoryRegionCache);

LD_FN(uint8_t, address_space_ldub_cached_slow, MemoryRegionCache);
LD_FN(uint16_t, address_space_lduw_le_cached_slow, MemoryRegionCache);
LD_FN(uint16_t, address_space_lduw_be_cached_slow, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_le_cached_slow, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_be_cached_slow, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_le_cached_slow, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_be_cached_slow, MemoryRegionCache);
ST_FN(uint8_t, address_space_stb_cached_slow, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_le_cached_slow, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_be_cached_slow, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_le_cached_slow, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_be_cached_slow, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_le_cached_slow, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_be_cached_slow, MemoryRegionCache);

LDP_FN(uint8_t, ldub_phys_cached, MemoryRegionCache);
LDP_FN(uint16_t, lduw_le_phys_cached, MemoryRegionCache);
LDP_FN(uint16_t, lduw_be_phys_cached, MemoryRegionCache);
LDP_FN(uint32_t, ldl_le_phys_cached, MemoryRegionCache);
LDP_FN(uint32_t, ldl_be_phys_cached, MemoryRegionCache);
LDP_FN(uint64_t, ldq_le_phys_cached, MemoryRegionCache);
LDP_FN(uint64_t, ldq_be_phys_cached, MemoryRegionCache);
STP_FN(uint8_t, stb_phys_cached, MemoryRegionCache);
STP_FN(uint16_t, stw_le_phys_cached, MemoryRegionCache);
STP_FN(uint16_t, stw_be_phys_cached, MemoryRegionCache);
STP_FN(uint32_t, stl_le_phys_cached, MemoryRegionCache);
STP_FN(uint32_t, stl_be_phys_cached, MemoryRegionCache);
STP_FN(uint64_t, stq_le_phys_cached, MemoryRegionCache);
STP_FN(uint64_t, stq_be_phys_cached, MemoryRegionCache);

/* ===================================================================== */
/* A.14 Dispatch straight to a region                                     */
/* ===================================================================== */

FN(MemTxResult, memory_region_dispatch_read, MemoryRegion *, hwaddr, uint64_t *, MemOp,
   MemTxAttrs);
FN(MemTxResult, memory_region_dispatch_write, MemoryRegion *, hwaddr, uint64_t, MemOp, MemTxAttrs);

/* ===================================================================== */
/* A.15 IOMMU                                                             */
/* ===================================================================== */

FN(IOMMUMemoryRegion *, memory_region_get_iommu, MemoryRegion *);
FN(IOMMUMemoryRegionClass *, memory_region_get_iommu_class_nocheck, IOMMUMemoryRegion *);
FN(void, iommu_notifier_init, IOMMUNotifier *, IOMMUNotify, IOMMUNotifierFlag, hwaddr, hwaddr,
   int);
FN(uint64_t, memory_region_iommu_get_min_page_size, IOMMUMemoryRegion *);
FN(void, memory_region_notify_iommu, IOMMUMemoryRegion *, int, IOMMUTLBEvent);
FN(void, memory_region_notify_iommu_one, IOMMUNotifier *, IOMMUTLBEvent *);
FN(int, memory_region_register_iommu_notifier, MemoryRegion *, IOMMUNotifier *, Error **);
FN(void, memory_region_unregister_iommu_notifier, MemoryRegion *, IOMMUNotifier *);
FN(void, memory_region_iommu_replay, IOMMUMemoryRegion *, IOMMUNotifier *);
FN(void, memory_region_iommu_set_caching, IOMMUMemoryRegion *, bool);
FN(void, memory_region_iommu_forget, IOMMUMemoryRegion *);
FN(int, memory_region_iommu_get_attr, IOMMUMemoryRegion *, enum IOMMUMemoryRegionAttr, void *);
FN(int, memory_region_iommu_attrs_to_index, IOMMUMemoryRegion *, MemTxAttrs);
FN(int, memory_region_iommu_num_indexes, IOMMUMemoryRegion *);
FN(int, memory_region_iommu_set_page_size_mask, IOMMUMemoryRegion *, uint64_t, Error **);

/* ===================================================================== */
/* A.16 Dirty logging                                                     */
/* ===================================================================== */

FN(bool, memory_region_is_logging, MemoryRegion *, uint8_t);
FN(uint8_t, memory_region_get_dirty_log_mask, MemoryRegion *);
FN(void, memory_region_set_log, MemoryRegion *, bool, unsigned);
FN(void, memory_region_set_dirty, MemoryRegion *, hwaddr, hwaddr);
FN(void, memory_region_reset_dirty, MemoryRegion *, hwaddr, hwaddr, unsigned);
FN(void, memory_region_clear_dirty_bitmap, MemoryRegion *, hwaddr, hwaddr);
FN(DirtyBitmapSnapshot *, memory_region_snapshot_and_clear_dirty, MemoryRegion *, hwaddr, hwaddr,
   unsigned);
FN(bool, memory_region_snapshot_get_dirty, MemoryRegion *, DirtyBitmapSnapshot *, hwaddr, hwaddr);
FN(void, memory_global_dirty_log_sync, void);
FN(void, memory_global_after_dirty_log_sync, void);
FN(void, memory_global_dirty_log_start, void);
FN(void, memory_global_dirty_log_stop, void);

/* ===================================================================== */
/* A.17 Ioeventfds and coalesced MMIO                                     */
/* ===================================================================== */

FN(void, memory_region_add_eventfd, MemoryRegion *, hwaddr, unsigned, bool, uint64_t,
   EventNotifier *);
FN(void, memory_region_del_eventfd, MemoryRegion *, hwaddr, unsigned, bool, uint64_t,
   EventNotifier *);
FN(void, memory_region_set_coalescing, MemoryRegion *);
FN(void, memory_region_add_coalescing, MemoryRegion *, hwaddr, uint64_t);
FN(void, memory_region_clear_coalescing, MemoryRegion *);
FN(void, memory_region_set_flush_coalesced, MemoryRegion *);
FN(void, memory_region_clear_flush_coalesced, MemoryRegion *);

/* ===================================================================== */
/* A.18 RamDiscardManager                                                 */
/* ===================================================================== */

FN(RamDiscardManager *, memory_region_get_ram_discard_manager, MemoryRegion *);
FN(bool, memory_region_has_ram_discard_manager, MemoryRegion *);
FN(void, memory_region_set_ram_discard_manager, MemoryRegion *, RamDiscardManager *);
FN(void, ram_discard_listener_init, RamDiscardListener *, NotifyRamPopulate, NotifyRamDiscard,
   bool);
FN(uint64_t, ram_discard_manager_get_min_granularity, const RamDiscardManager *,
   const MemoryRegion *);
FN(bool, ram_discard_manager_is_populated, const RamDiscardManager *, const MemoryRegionSection *);
FN(int, ram_discard_manager_replay_populated, const RamDiscardManager *, MemoryRegionSection *,
   ReplayRamPopulate, void *);
FN(void, ram_discard_manager_register_listener, RamDiscardManager *, RamDiscardListener *,
   MemoryRegionSection *);
FN(void, ram_discard_manager_unregister_listener, RamDiscardManager *, RamDiscardListener *);

/* ===================================================================== */
/* A.19 Discard inhibition                                                */
/* ===================================================================== */

FN(int, ram_block_discard_disable, bool);
FN(int, ram_block_uncoordinated_discard_disable, bool);
FN(int, ram_block_discard_require, bool);
FN(int, ram_block_coordinated_discard_require, bool);
FN(bool, ram_block_discard_is_disabled, void);
FN(bool, ram_block_discard_is_required, void);

/* ===================================================================== */
/* A.20 Introspection                                                     */
/* ===================================================================== */

FN(void, mtree_info, bool, bool, bool, bool);

/* ===================================================================== */
/* A.21 Macros that need an expression context                            */
/* ===================================================================== */

static CHK_USED unsigned chk_macros(MemoryRegion *mr, IOMMUMemoryRegion *imr)
{
    MemoryRegionCache cache = MEMORY_REGION_CACHE_INVALID;
    MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;
    IOMMUNotifier *n;
    unsigned count = 0;

    IOMMU_NOTIFIER_FOREACH(n, imr) {
        count += n->notifier_flags;
    }
    if (memory_region_is_iommu(mr)) {
        count++;
    }
    if (cache.mrs.mr) {
        count++;
    }
    return count + attrs.unspecified;
}

/* String literals: gluing "" on proves that they are literals. */
static const char *const chk_strings[] CHK_USED = {
    TYPE_MEMORY_REGION "",
    TYPE_IOMMU_MEMORY_REGION "",
    TYPE_RAM_DISCARD_MANAGER "",
    TARGET_FMT_plx "",
    HWADDR_PRId HWADDR_PRIi HWADDR_PRIo HWADDR_PRIu HWADDR_PRIx HWADDR_PRIX "",
};

/* ===================================================================== */
/* B    Companion API                                                     */
/* ===================================================================== */

#ifndef NO_COMPANION

/* B.1 Guest page size */
_Static_assert(sizeof(TARGET_PAGE_BITS) > 0, "TARGET_PAGE_BITS");
_Static_assert(sizeof(TARGET_PAGE_SIZE) > 0, "TARGET_PAGE_SIZE");
_Static_assert(sizeof(TARGET_PAGE_MASK) > 0, "TARGET_PAGE_MASK");
_Static_assert(sizeof(TARGET_PAGE_ALIGN((hwaddr)1)) > 0, "TARGET_PAGE_ALIGN");
FN(size_t, qemu_target_page_size, void);
FN(int, qemu_target_page_bits, void);

/* B.2 Loads and stores in guest endianness */
LD_FN(uint16_t, address_space_lduw, AddressSpace);
LD_FN(uint32_t, address_space_ldl, AddressSpace);
LD_FN(uint64_t, address_space_ldq, AddressSpace);
ST_FN(uint16_t, address_space_stw, AddressSpace);
ST_FN(uint32_t, address_space_stl, AddressSpace);
ST_FN(uint64_t, address_space_stq, AddressSpace);
ST_FN(uint32_t, address_space_stl_notdirty, AddressSpace);

LDP_FN(uint16_t, lduw_phys, AddressSpace);
LDP_FN(uint32_t, ldl_phys, AddressSpace);
LDP_FN(uint64_t, ldq_phys, AddressSpace);
STP_FN(uint16_t, stw_phys, AddressSpace);
STP_FN(uint32_t, stl_phys, AddressSpace);
STP_FN(uint64_t, stq_phys, AddressSpace);

LD_FN(uint16_t, address_space_lduw_cached, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_cached, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_cached, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_cached, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_cached, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_cached, MemoryRegionCache);

LD_FN(uint16_t, address_space_lduw_cached_slow, MemoryRegionCache);
LD_FN(uint32_t, address_space_ldl_cached_slow, MemoryRegionCache);
LD_FN(uint64_t, address_space_ldq_cached_slow, MemoryRegionCache);
ST_FN(uint16_t, address_space_stw_cached_slow, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_cached_slow, MemoryRegionCache);
ST_FN(uint64_t, address_space_stq_cached_slow, MemoryRegionCache);
ST_FN(uint32_t, address_space_stl_notdirty_cached_slow, MemoryRegionCache);

LDP_FN(uint16_t, lduw_phys_cached, MemoryRegionCache);
LDP_FN(uint32_t, ldl_phys_cached, MemoryRegionCache);
LDP_FN(uint64_t, ldq_phys_cached, MemoryRegionCache);
STP_FN(uint16_t, stw_phys_cached, MemoryRegionCache);
STP_FN(uint32_t, stl_phys_cached, MemoryRegionCache);
STP_FN(uint64_t, stq_phys_cached, MemoryRegionCache);

/* B.3 Default address spaces and their shorthands */
/* address_space_memory and address_space_io may be lvalue macros: see api_check_run(). */
FN(MemoryRegion *, get_system_memory, void);
FN(MemoryRegion *, get_system_io, void);
FN(void, cpu_physical_memory_rw, hwaddr, void *, hwaddr, bool);
FN(void, cpu_physical_memory_read, hwaddr, void *, hwaddr);
FN(void, cpu_physical_memory_write, hwaddr, const void *, hwaddr);
FN(void *, cpu_physical_memory_map, hwaddr, hwaddr *, bool);
FN(void, cpu_physical_memory_unmap, void *, hwaddr, bool, hwaddr);
FN(bool, cpu_physical_memory_is_io, hwaddr);
FN(void, cpu_flush_icache_range, hwaddr, hwaddr);

/* B.4 Map clients and the coalesced buffer */
static QEMUBH *chk_t_bh CHK_USED;
FN(void, cpu_register_map_client, QEMUBH *);
FN(void, cpu_unregister_map_client, QEMUBH *);
FN(void, qemu_flush_coalesced_mmio_buffer, void);

/* B.5 RAM blocks */
FN(RAMBlock *, qemu_ram_alloc, ram_addr_t, uint32_t, MemoryRegion *, Error **);
FN(RAMBlock *, qemu_ram_alloc_from_ptr, ram_addr_t, void *, MemoryRegion *, Error **);
FN(RAMBlock *, qemu_ram_alloc_from_file, ram_addr_t, MemoryRegion *, uint32_t, const char *, bool,
   Error **);
FN(RAMBlock *, qemu_ram_alloc_from_fd, ram_addr_t, MemoryRegion *, uint32_t, int, off_t, bool,
   Error **);
FN(RAMBlock *, qemu_ram_alloc_resizeable, ram_addr_t, ram_addr_t,
   void (*)(const char *, uint64_t, void *), MemoryRegion *, Error **);
FN(void, qemu_ram_free, RAMBlock *);
FN(int, qemu_ram_resize, RAMBlock *, ram_addr_t, Error **);
FN(void, qemu_ram_msync, RAMBlock *, ram_addr_t, ram_addr_t);
FN(void, qemu_ram_block_writeback, RAMBlock *);
FN(bool, ramblock_is_pmem, RAMBlock *);
FN(void, qemu_ram_remap, ram_addr_t, ram_addr_t);
FN(ram_addr_t, qemu_ram_addr_from_host, void *);
FN(RAMBlock *, qemu_ram_block_by_name, const char *);
FN(RAMBlock *, qemu_ram_block_from_host, void *, bool, ram_addr_t *);
FN(ram_addr_t, qemu_ram_block_host_offset, RAMBlock *, void *);
FN(void, qemu_ram_set_idstr, RAMBlock *, const char *, DeviceState *);
FN(void, qemu_ram_unset_idstr, RAMBlock *);
FN(const char *, qemu_ram_get_idstr, RAMBlock *);
FN(void *, qemu_ram_get_host_addr, RAMBlock *);
FN(ram_addr_t, qemu_ram_get_offset, RAMBlock *);
FN(ram_addr_t, qemu_ram_get_used_length, RAMBlock *);
FN(ram_addr_t, qemu_ram_get_max_length, RAMBlock *);
FN(bool, qemu_ram_is_shared, RAMBlock *);
FN(bool, qemu_ram_is_noreserve, RAMBlock *);
FN(bool, qemu_ram_is_uf_zeroable, RAMBlock *);
FN(void, qemu_ram_set_uf_zeroable, RAMBlock *);
FN(bool, qemu_ram_is_migratable, RAMBlock *);
FN(void, qemu_ram_set_migratable, RAMBlock *);
FN(void, qemu_ram_unset_migratable, RAMBlock *);
FN(size_t, qemu_ram_pagesize, RAMBlock *);
FN(size_t, qemu_ram_pagesize_largest, void);
FN(int, qemu_ram_foreach_block, int (*)(RAMBlock *, void *), void *);
FN(int, ram_block_discard_range, RAMBlock *, uint64_t, size_t);
static RAMBlockIterFunc *chk_t_iter CHK_USED;

FIELD(RAMBlockNotifier, ram_block_added, void (*)(RAMBlockNotifier *, void *, size_t, size_t));
FIELD(RAMBlockNotifier, ram_block_removed, void (*)(RAMBlockNotifier *, void *, size_t, size_t));
FIELD(RAMBlockNotifier, ram_block_resized, void (*)(RAMBlockNotifier *, void *, size_t, size_t));
FN(void, ram_block_notifier_add, RAMBlockNotifier *);
FN(void, ram_block_notifier_remove, RAMBlockNotifier *);
FN(void, ram_block_notify_add, void *, size_t, size_t);
FN(void, ram_block_notify_remove, void *, size_t, size_t);
FN(void, ram_block_notify_resize, void *, size_t, size_t);
FN(void, qemu_mutex_lock_ramlist, void);
FN(void, qemu_mutex_unlock_ramlist, void);

/* B.6 Dirty bitmap by RAM address (for listeners and migration) */
CONST_IS(DIRTY_CLIENTS_ALL, 7);
CONST_IS(DIRTY_CLIENTS_NOCODE, 5);
FN(bool, cpu_physical_memory_get_dirty, ram_addr_t, ram_addr_t, unsigned);
FN(bool, cpu_physical_memory_all_dirty, ram_addr_t, ram_addr_t, unsigned);
FN(bool, cpu_physical_memory_get_dirty_flag, ram_addr_t, unsigned);
FN(bool, cpu_physical_memory_is_clean, ram_addr_t);
FN(uint8_t, cpu_physical_memory_range_includes_clean, ram_addr_t, ram_addr_t, uint8_t);
FN(void, cpu_physical_memory_set_dirty_flag, ram_addr_t, unsigned);
FN(void, cpu_physical_memory_set_dirty_range, ram_addr_t, ram_addr_t, uint8_t);
FN(void, cpu_physical_memory_set_dirty_bitmap, const unsigned long *, ram_addr_t, ram_addr_t,
   uint8_t);
FN(void, cpu_physical_memory_set_dirty_lebitmap, unsigned long *, ram_addr_t, ram_addr_t);
FN(bool, cpu_physical_memory_test_and_clear_dirty, ram_addr_t, ram_addr_t, unsigned);
FN(void, cpu_physical_memory_clear_dirty_range, ram_addr_t, ram_addr_t);
FN(DirtyBitmapSnapshot *, cpu_physical_memory_snapshot_and_clear_dirty, MemoryRegion *, hwaddr,
   hwaddr, unsigned);
FN(bool, cpu_physical_memory_snapshot_get_dirty, DirtyBitmapSnapshot *, ram_addr_t, ram_addr_t);

/* B.7 Flat views held across threads; the two catch-all ops */
FN(FlatView *, address_space_get_flatview, AddressSpace *);
FN(void, flatview_unref, FlatView *);
FN(bool, memory_region_access_valid, MemoryRegion *, hwaddr, unsigned, bool, MemTxAttrs);
static const MemoryRegionOps *const chk_uops CHK_USED = &unassigned_mem_ops;
static const MemoryRegionOps *const chk_uiops CHK_USED = &unassigned_io_ops;

/* B.8 Migration registration hooks */
FN(void, vmstate_register_ram, MemoryRegion *, DeviceState *);
FN(void, vmstate_unregister_ram, MemoryRegion *, DeviceState *);
FN(void, vmstate_register_ram_global, MemoryRegion *);

/* B.9 Event notifiers */
FIELD(EventNotifier, rfd, int);
FIELD(EventNotifier, wfd, int);
FIELD(EventNotifier, initialized, bool);
FN(int, event_notifier_init, EventNotifier *, int);
FN(void, event_notifier_cleanup, EventNotifier *);
FN(int, event_notifier_set, EventNotifier *);
FN(int, event_notifier_test_and_clear, EventNotifier *);
FN(void, event_notifier_init_fd, EventNotifier *, int);
FN(int, event_notifier_get_fd, const EventNotifier *);

/* B.10 Object model */
COMPLETE(Object);
COMPLETE(ObjectClass);
FIELD(Object, class, ObjectClass *);
FIELD(Object, ref, uint32_t);
FIELD(Object, parent, Object *);
FIELD(TypeInfo, name, const char *);
FIELD(TypeInfo, parent, const char *);
FIELD(TypeInfo, instance_size, size_t);
FIELD(TypeInfo, instance_align, size_t);
FIELD(TypeInfo, instance_init, void (*)(Object *));
FIELD(TypeInfo, instance_post_init, void (*)(Object *));
FIELD(TypeInfo, instance_finalize, void (*)(Object *));
FIELD(TypeInfo, abstract, bool);
FIELD(TypeInfo, class_size, size_t);
FIELD(TypeInfo, class_init, void (*)(ObjectClass *, void *));
FIELD(TypeInfo, class_base_init, void (*)(ObjectClass *, void *));
FIELD(TypeInfo, class_data, void *);
FIELD(TypeInfo, interfaces, InterfaceInfo *);
FIELD(InterfaceInfo, type, const char *);
FIELD(InterfaceClass, parent_class, ObjectClass);
FN(Type, type_register_static, const TypeInfo *);
FN(Type, type_register, const TypeInfo *);
FN(void, object_initialize, void *, size_t, const char *);
FN(Object *, object_new, const char *);
FN(Object *, object_ref, void *);
FN(void, object_unref, void *);
FN(void, object_unparent, Object *);
FN(Object *, object_dynamic_cast, Object *, const char *);
FN(Object *, object_dynamic_cast_assert, Object *, const char *, const char *, int, const char *);
FN(ObjectClass *, object_class_dynamic_cast, ObjectClass *, const char *);
FN(ObjectClass *, object_class_dynamic_cast_assert, ObjectClass *, const char *, const char *, int,
   const char *);
FN(ObjectClass *, object_get_class, Object *);
FN(ObjectClass *, object_class_by_name, const char *);
FN(ObjectClass *, object_class_get_parent, ObjectClass *);
FN(const char *, object_class_get_name, ObjectClass *);
FN(const char *, object_get_typename, const Object *);
FN(const char *, object_get_canonical_path_component, const Object *);
FN(char *, object_get_canonical_path, const Object *);

typedef struct ChkThing {
    Object parent_obj;
    int x;
} ChkThing;
typedef struct ChkThingClass {
    ObjectClass parent_class;
    int y;
} ChkThingClass;
#define TYPE_CHK_THING "api-check-thing"
DECLARE_OBJ_CHECKERS(ChkThing, ChkThingClass, CHK_THING, TYPE_CHK_THING)
FN(ChkThing *, CHK_THING, const void *);
FN(ChkThingClass *, CHK_THING_GET_CLASS, const void *);
FN(ChkThingClass *, CHK_THING_CLASS, const void *);
static CHK_USED Object *chk_casts(void *p, void *k)
{
    (void)OBJECT_CLASS(k);
    (void)OBJECT_CHECK(ChkThing, p, TYPE_CHK_THING);
    (void)OBJECT_CLASS_CHECK(ChkThingClass, k, TYPE_CHK_THING);
    (void)OBJECT_GET_CLASS(ChkThingClass, p, TYPE_CHK_THING);
    (void)INTERFACE_CLASS(k);
    (void)INTERFACE_CHECK(RamDiscardManager, p, TYPE_RAM_DISCARD_MANAGER);
    return OBJECT(p);
}
static const char *const chk_strings_b[] CHK_USED = {
    TYPE_OBJECT "",
    TYPE_INTERFACE "",
    TYPE_DEVICE "",
};
FN(DeviceState *, DEVICE, const void *);

/* B.11 Int128 */
FN(Int128, int128_make64, uint64_t);
FN(Int128, int128_makes64, int64_t);
FN(Int128, int128_make128, uint64_t, uint64_t);
FN(uint64_t, int128_get64, Int128);
FN(uint64_t, int128_getlo, Int128);
FN(int64_t, int128_gethi, Int128);
FN(Int128, int128_zero, void);
FN(Int128, int128_one, void);
FN(Int128, int128_2_64, void);
FN(Int128, int128_exts64, int64_t);
FN(Int128, int128_not, Int128);
FN(Int128, int128_and, Int128, Int128);
FN(Int128, int128_or, Int128, Int128);
FN(Int128, int128_xor, Int128, Int128);
FN(Int128, int128_rshift, Int128, int);
FN(Int128, int128_lshift, Int128, int);
FN(Int128, int128_add, Int128, Int128);
FN(Int128, int128_sub, Int128, Int128);
FN(Int128, int128_neg, Int128);
FN(bool, int128_nonneg, Int128);
FN(bool, int128_eq, Int128, Int128);
FN(bool, int128_ne, Int128, Int128);
FN(bool, int128_ge, Int128, Int128);
FN(bool, int128_lt, Int128, Int128);
FN(bool, int128_le, Int128, Int128);
FN(bool, int128_gt, Int128, Int128);
FN(bool, int128_nz, Int128);
FN(Int128, int128_min, Int128, Int128);
FN(Int128, int128_max, Int128, Int128);
FN(void, int128_addto, Int128 *, Int128);
FN(void, int128_subfrom, Int128 *, Int128);

/* B.12 Small things */
FIELD(MemMapEntry, base, hwaddr);
FIELD(MemMapEntry, size, hwaddr);

#endif /* NO_COMPANION */

/* ===================================================================== */
/* H    Historic API (specification 23)                                   */
/* ===================================================================== */

#ifndef NO_HISTORIC

/* 2017-2018: executing from MMIO through a borrowed pointer */
FIELD(MemoryRegionOps, request_ptr, void *(*)(void *, hwaddr, unsigned *, unsigned *));
FN(bool, memory_region_request_mmio_ptr, MemoryRegion *, hwaddr);
FN(void, memory_region_invalidate_mmio_ptr, MemoryRegion *, hwaddr, unsigned);

/* IOMMU notification */
FN(void, memory_region_iommu_replay_all, IOMMUMemoryRegion *);
FN(void, memory_region_notify_one, IOMMUNotifier *, IOMMUTLBEntry *);

/* Region kinds and flags */
FN(void, memory_region_init_ram_shared_nomigrate, MemoryRegion *, Object *, const char *, uint64_t,
   bool, Error **);
FN(void, memory_region_init_reservation, MemoryRegion *, Object *, const char *, uint64_t);
FN(bool, memory_region_is_skip_dump, MemoryRegion *);
FN(void, memory_region_set_skip_dump, MemoryRegion *);
FN(void, memory_region_set_global_locking, MemoryRegion *);
FN(void, memory_region_clear_global_locking, MemoryRegion *);

/* Dirty logging without snapshots */
FN(bool, memory_region_get_dirty, MemoryRegion *, hwaddr, hwaddr, unsigned);
FN(bool, memory_region_test_and_clear_dirty, MemoryRegion *, hwaddr, hwaddr, unsigned);
FN(void, memory_region_sync_dirty_bitmap, MemoryRegion *);
FN(void, address_space_sync_dirty_bitmap, AddressSpace *);

/* Address spaces */
FN(AddressSpace *, address_space_init_shareable, MemoryRegion *, const char *);

#endif /* NO_HISTORIC */

/* ===================================================================== */
/* What needs to run                                                      */
/* ===================================================================== */

int api_check_run(void);

int api_check_run(void)
{
    int bad = 0;
    MemoryRegionCache cache = MEMORY_REGION_CACHE_INVALID;
    IOMMUNotifier n;
    RamDiscardListener rdl;

    bad += strcmp(TYPE_MEMORY_REGION, "memory-region") != 0;
    bad += strcmp(TYPE_IOMMU_MEMORY_REGION, "iommu-memory-region") != 0;
    bad += strcmp(TYPE_RAM_DISCARD_MANAGER, "qemu:ram-discard-manager") != 0;
    bad += cache.mrs.mr != NULL;

    memset(&n, 0, sizeof(n));
    iommu_notifier_init(&n, (IOMMUNotify)0, IOMMU_NOTIFIER_UNMAP, 1, 2, 3);
    bad += n.notifier_flags != IOMMU_NOTIFIER_UNMAP;
    bad += n.start != 1 || n.end != 2 || n.iommu_idx != 3;

    memset(&rdl, 0, sizeof(rdl));
    ram_discard_listener_init(&rdl, (NotifyRamPopulate)0, (NotifyRamDiscard)0, true);
    bad += !rdl.double_discard_supported;

    bad += memop_size(MO_32) != 4;
    bad += size_memop(8) != MO_64;
    bad += memop_big_endian(MO_BE) != true || memop_big_endian(MO_LE) != false;
    bad += devend_memop(DEVICE_LITTLE_ENDIAN) != MO_LE;
    bad += devend_memop(DEVICE_BIG_ENDIAN) != MO_BE;
    bad += devend_memop(DEVICE_NATIVE_ENDIAN) != MO_TE;
    bad += MO_TE != MO_LE && MO_TE != MO_BE;
    bad += MO_TEUW != (MO_TE | MO_UW) || MO_TEUL != (MO_TE | MO_UL);
    bad += MO_TESW != (MO_TE | MO_SW) || MO_TESL != (MO_TE | MO_SL);
    bad += MO_TEQ != (MO_TE | MO_Q);
    {
        bool *dirty_log = &global_dirty_log;
        bad += *dirty_log;
    }
#ifndef NO_COMPANION
    {
        AddressSpace *mem = &address_space_memory, *io = &address_space_io;
        bad += !mem || !io || mem == io;
    }
    bad += strcmp(TYPE_OBJECT, "object") != 0;
    bad += strcmp(TYPE_INTERFACE, "interface") != 0;
    bad += !int128_eq(int128_2_64(), int128_lshift(int128_one(), 64));
    bad += (1ULL << TARGET_PAGE_BITS) != (unsigned long long)TARGET_PAGE_SIZE;
    bad += (uint64_t)TARGET_PAGE_MASK != ~((uint64_t)TARGET_PAGE_SIZE - 1);
#endif
    return bad;
}

#ifdef API_CHECK_MAIN
int main(void)
{
    return api_check_run() ? 1 : 0;
}
#endif
