/* SPDX-License-Identifier: MIT
 *
 * Cached access: a range of a space resolved once for many small accesses, as for the rings of a
 * virtio device (specification sections 13 and 22.2).
 *
 * Addresses are relative to the one given to address_space_cache_init(). A cache keeps the region
 * and the view that it found: it stays safe, and goes on with that region, when the map changes, so
 * make it anew in a listener's commit. One cache may be used from several threads at once, but for
 * its making and end. Everything here is read side.
 */
#ifndef PHYSMEM_CACHE_H
#define PHYSMEM_CACHE_H

#include <physmem/access.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

struct MemoryRegionCache {
    void *ptr;   /* host address of cache address 0; NULL: not directly accessible */
    hwaddr xlat; /* offset of cache address 0 in mrs.mr */
    hwaddr len;
    FlatView *fv;
    MemoryRegionSection mrs;
    bool is_write;
};

/* A cache that address_space_cache_destroy() leaves alone. */
#ifdef __cplusplus
#define MEMORY_REGION_CACHE_INVALID (MemoryRegionCache())
#else
#define MEMORY_REGION_CACHE_INVALID ((MemoryRegionCache){ .mrs.mr = NULL })
#endif

PHYSMEM_END_DECLS

#endif
