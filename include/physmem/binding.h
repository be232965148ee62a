/* SPDX-License-Identifier: MIT
 *
 * For bindings: programs in other languages, which load the library and do not read its headers.
 *
 *   - docs/physmem-api.json, installed in share/physmem, lists the interface: functions, types,
 *     enumerations, constants, and structures with the offset of each field.
 *   - The library exports the functions that the headers define inline (PHYSMEM_INLINE), under the
 *     same names. It does not export what such programs cannot use: the helpers of int128.h, casts
 *     such as MEMORY_REGION(), and macros that take arguments. Where a structure has an Int128, it
 *     is 16 bytes, aligned to 16, in the byte order of the host.
 *   - The functions below make the structures that a C program declares itself.
 *
 * A C program may use these functions, too.
 *
 * physmem-api.json also has, for each function, what its comment says:
 *
 *   thread     the class of threads that may call it (physmem.h)
 *   blocks     "no", "lock" (for a context's lock), "device" (for that lock, if a device answers)
 *              or "waits" (for readers, the host or vCPUs)
 *   calls      what it may call of the program: devices, hooks, listeners, methods of IOMMUs and
 *              managers, notifiers, initializers and finalizers of objects, or a parameter
 *   ownership  of the pointer that it returns: "borrowed", or "caller"
 *   release    the function by which the caller ends what that pointer leads to
 *   since      the version that it came with
 */
#ifndef PHYSMEM_BINDING_H
#define PHYSMEM_BINDING_H

#include <physmem/cache.h>
#include <physmem/error.h>
#include <physmem/listener.h>
#include <physmem/region.h>
#include <physmem/space.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Returns the size in bytes of a public structure, by its name, such as "MemoryRegionOps". A
 * binding compares it with the size that it was written for. Returns 0 for a name that is not one
 * of the core library's complete structures, and for NULL. Any thread. */
PHYSMEM_API size_t memory_sizeof(const char *structure);

/* Returns zeroed memory for a region, which a constructor makes into one (memory_region_init() and
 * others). Returns NULL if the host has no memory. The caller frees it with memory_region_free().
 * Any thread. */
PHYSMEM_API MemoryRegion *memory_region_new(void);

/* Ends a region from memory_region_new() and frees its memory. Waits as memory_region_wait_unused()
 * does, and fails as it does, with an error. A region that has an owner is refused likewise: it
 * ends with its owner. If the call fails, it returns false, and the region stays. Memory in which
 * no region was made is only freed. mr may be NULL. Any thread, not in a read section. */
PHYSMEM_API bool memory_region_free(MemoryRegion *mr, Error **errp);

/* Makes a space with that root and name as address_space_init() does, in memory of its own. Returns
 * NULL if the host has no memory or, with a MISUSE message, where address_space_init() is refused.
 * address_space_destroy_free() ends the space and frees it. Edit side. */
PHYSMEM_API AddressSpace *address_space_new(MemoryRegion *root, const char *name);

/* Makes a cache as address_space_cache_init() does, in memory of its own. *len is the wanted length
 * in bytes, and becomes the length that the cache covers. Returns NULL if the host has no memory
 * or, with a MISUSE message, if *len is 0. address_space_cache_free() ends the cache and frees it.
 * Any thread. */
PHYSMEM_API MemoryRegionCache *address_space_cache_new(AddressSpace *as, hwaddr addr, hwaddr *len,
                                                       bool is_write);

/* Destroys a cache from address_space_cache_new() and frees it. No other thread may use the cache.
 * It may be NULL. Any thread. */
PHYSMEM_API void address_space_cache_free(MemoryRegionCache *cache);

/* Returns a listener without callbacks. The caller sets the fields that it needs, registers the
 * listener and frees it with memory_listener_free(). Returns NULL if the host has no memory. Any
 * thread. */
PHYSMEM_API MemoryListener *memory_listener_new(void);

/* Unregisters a listener from memory_listener_new(), if it is registered, and frees it. If it
 * cannot be unregistered, as in a listener's callback, there is a MISUSE message and it stays. It
 * may be NULL. Edit side. */
PHYSMEM_API void memory_listener_free(MemoryListener *listener);

PHYSMEM_END_DECLS

#endif
