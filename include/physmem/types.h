/* SPDX-License-Identifier: MIT
 *
 * Scalars, attributes, results and the names of the structures that other headers define
 * (specification section 1).
 */
#ifndef PHYSMEM_TYPES_H
#define PHYSMEM_TYPES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <physmem/int128.h>

/* Stand around declarations, for C++. */
#ifdef __cplusplus
#define PHYSMEM_BEGIN_DECLS extern "C" {
#define PHYSMEM_END_DECLS }
#else
#define PHYSMEM_BEGIN_DECLS
#define PHYSMEM_END_DECLS
#endif

/* ---- Names that a program may have itself ----------------------------------------------- *
 *
 * A program may define these macros before it includes the headers. It does so in all of its files
 * alike.
 *
 *   PHYSMEM_NO_TARGET_PAGE         leaves out TARGET_PAGE_BITS, _SIZE, _MASK and _ALIGN.
 *   PHYSMEM_NO_DEVICE_STATE        leaves out DeviceState, TYPE_DEVICE and DEVICE(). The library's
 *                                  device is then called PhysmemDevice (object.h).
 *   PHYSMEM_IO_OF_CURRENT_CONTEXT  makes address_space_io follow the current context (space.h).
 *   PHYSMEM_INLINE_ACCESS          makes loads, stores and small transfers inline. The program then
 *                                  needs the library liburcu-bp, too (inline/access.h).
 *
 * They change no function and no structure, so files with and without them can be linked. */
#ifdef PHYSMEM_NO_DEVICE_STATE
typedef void PhysmemDeviceArgument; /* a pointer to the program's own device */
#else
#define PhysmemDevice DeviceState
#define PhysmemDeviceArgument DeviceState
#endif

/* Marks the functions and variables that the shared library exports. */
#define PHYSMEM_API __attribute__((visibility("default")))

/* Marks the public functions that are defined in a header. The shared library exports them, too,
 * for programs that do not read headers (binding.h). */
#ifndef PHYSMEM_INLINE
#define PHYSMEM_INLINE static inline
#endif

/* ---- Addresses -------------------------------------------------------------------------- */

/* A guest physical address. */
typedef uint64_t hwaddr;
#define HWADDR_BITS 64
#define HWADDR_MAX UINT64_MAX
#define HWADDR_PRId PRId64
#define HWADDR_PRIi PRIi64
#define HWADDR_PRIo PRIo64
#define HWADDR_PRIu PRIu64
#define HWADDR_PRIx PRIx64
#define HWADDR_PRIX PRIX64
#define TARGET_FMT_plx "%016" PRIx64

/* The widest guest physical address of the machines that the interface was made for. The library
 * does not use it: spaces have 64 bits. */
#define MAX_PHYS_ADDR_SPACE_BITS 62
#define MAX_PHYS_ADDR (((hwaddr)1 << MAX_PHYS_ADDR_SPACE_BITS) - 1)

/* An entry of a board's memory map. The library does not use it. */
typedef struct MemMapEntry {
    hwaddr base;
    hwaddr size;
} MemMapEntry;

/* An offset, in bytes, in the linear space in which all RAM blocks of a context are laid out. It
 * indexes dirty bitmaps and is not a guest address. */
typedef uintptr_t ram_addr_t;
#define RAM_ADDR_INVALID (~(ram_addr_t)0)
#define RAM_ADDR_MAX UINTPTR_MAX
#define RAM_ADDR_FMT "%" PRIxPTR /* for printf */

/* A range of addresses that must not be used for something else. Both bounds belong to it. The
 * library does not use it. */
typedef struct ReservedRegion {
    hwaddr low;
    hwaddr high;
    unsigned type;
} ReservedRegion;

/* ---- Structures of other headers -------------------------------------------------------- */

typedef struct AddressSpace AddressSpace;
typedef struct AddressSpaceDispatch AddressSpaceDispatch;
typedef struct CoalescedMemoryRange CoalescedMemoryRange;
typedef struct DirtyBitmapSnapshot DirtyBitmapSnapshot;
typedef struct Error Error;
typedef struct EventNotifier EventNotifier;
typedef struct FlatRange FlatRange;
typedef struct FlatView FlatView;
typedef struct IOMMUMemoryRegion IOMMUMemoryRegion;
typedef struct IOMMUMemoryRegionClass IOMMUMemoryRegionClass;
typedef struct IOMMUNotifier IOMMUNotifier;
typedef struct MemoryContext MemoryContext;
typedef struct MemoryListener MemoryListener;
typedef struct MemoryRegion MemoryRegion;
typedef struct MemoryRegionCache MemoryRegionCache;
typedef struct MemoryRegionIoeventfd MemoryRegionIoeventfd;
typedef struct MemoryRegionOps MemoryRegionOps;
typedef struct MemoryRegionSection MemoryRegionSection;
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef struct PhysmemDevice PhysmemDevice; /* DeviceState */
typedef struct QEMUBH QEMUBH;
typedef struct RAMBlock RAMBlock;
typedef struct RAMBlockNotifier RAMBlockNotifier;
typedef struct RamDiscardListener RamDiscardListener;
typedef struct RamDiscardManager RamDiscardManager;
typedef struct RamDiscardManagerClass RamDiscardManagerClass;

/* ---- Outcome of an access --------------------------------------------------------------- */

/* The result of an access: the OR of the outcomes of all its pieces. 0 is success. A piece that
 * fails does not stop the pieces after it (specification 1.1).
 *
 * MEMTX_ACCESS_ERROR says that the device must not be called now: another of its callbacks is
 * running further up on this thread (memory_region_disable_reentrancy_guard()), or the access has
 * MemTxAttrs.memory. */
typedef uint32_t MemTxResult;
#define MEMTX_OK 0
#define MEMTX_ERROR (1U << 0)        /* the device reported a failure */
#define MEMTX_DECODE_ERROR (1U << 1) /* nothing at that address accepts the access */
#define MEMTX_ACCESS_ERROR (1U << 2) /* the device must not be called now */

/* Attributes of an access, which the bus master states. The library hands them on unchanged to the
 * device's callbacks and to IOMMUs. It looks at 'memory' and 'debug' only (specification 1.2). */
typedef struct MemTxAttrs {
    unsigned int unspecified : 1; /* the master gave none; 0: every clear bit is meant */
    unsigned int secure : 1;
    unsigned int user : 1;
    unsigned int requester_id : 16;
    unsigned int byte_swap : 1;
    unsigned int target_tlb_bit0 : 1;
    unsigned int target_tlb_bit1 : 1;
    unsigned int target_tlb_bit2 : 1;
    unsigned int memory : 1; /* for memory only: refused where a device answers */
    unsigned int debug : 1;  /* a debugger's access, which may write ROM */
} MemTxAttrs;

/* The attributes of an access whose master gives none. */
#ifdef __cplusplus
#define MEMTXATTRS_UNSPECIFIED (MemTxAttrs{ 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 })
#else
#define MEMTXATTRS_UNSPECIFIED ((MemTxAttrs){ .unspecified = 1 })
#endif

/* ---- IOMMU translations ----------------------------------------------------------------- */

/* The accesses that an IOMMU is asked for, or grants. */
typedef enum { IOMMU_NONE = 0, IOMMU_RO = 1, IOMMU_WO = 2, IOMMU_RW = 3 } IOMMUAccessFlags;
#define IOMMU_ACCESS_FLAG(r, w) ((IOMMUAccessFlags)(((r) ? IOMMU_RO : 0) | ((w) ? IOMMU_WO : 0)))

/* One translation: the addresses from iova to iova + addr_mask lie at translated_addr of target_as.
 * If nothing is granted there, perm is IOMMU_NONE. */
typedef struct IOMMUTLBEntry {
    AddressSpace *target_as;
    hwaddr iova;
    hwaddr translated_addr;
    hwaddr addr_mask; /* size in bytes - 1: 0xfff for 4 KiB */
    IOMMUAccessFlags perm;
} IOMMUTLBEntry;

/* ---- Flags of RAM (specification 1.4) --------------------------------------------------- */

#define RAM_PREALLOC (1 << 0)        /* memory of the caller, never freed by the library */
#define RAM_SHARED (1 << 1)          /* other processes see writes */
#define RAM_RESIZEABLE (1 << 2)      /* the used length may change */
#define RAM_UF_ZEROPAGE (1 << 3)     /* userfault zero page available */
#define RAM_MIGRATABLE (1 << 4)      /* contents belong in a migration stream */
#define RAM_PMEM (1 << 5)            /* persistent memory */
#define RAM_UF_WRITEPROTECT (1 << 6) /* userfault write protection in use */
#define RAM_NORESERVE (1 << 7)       /* reserve neither swap nor huge pages */
#define RAM_PROTECTED (1 << 8)       /* not accessible by ordinary means */

/* ---- Clients of dirty logging ----------------------------------------------------------- *
 *
 * VGA is a display, CODE the cache of a translator, MIGRATION a copy of the machine. A mask of
 * clients has the bit 1 << client (specification 1.5). */

#define DIRTY_MEMORY_VGA 0
#define DIRTY_MEMORY_CODE 1
#define DIRTY_MEMORY_MIGRATION 2
#define DIRTY_MEMORY_NUM 3
#define DIRTY_CLIENTS_ALL ((1 << DIRTY_MEMORY_NUM) - 1)
#define DIRTY_CLIENTS_NOCODE (DIRTY_CLIENTS_ALL & ~(1 << DIRTY_MEMORY_CODE))

#endif
