/* SPDX-License-Identifier: MIT
 *
 * RAM blocks: pieces of host memory. A context has one linear space of RAM addresses, and each
 * block has its own place in it. A block points to the region that shows it, but this room does not
 * know where that region is in a tree or a view.
 *
 *   RAM addresses   0          offset     offset + used_length   offset + max_length
 *                   |----------|==========|----------------------|------- next block
 *   host memory                |accessible| reserved, for growth |
 *                              host (never moves)
 *
 * Used lengths are multiples of the host page. Offsets are multiples of 64 guest pages, so no word
 * of a bitmap of guest pages belongs to two blocks. Without RAM_RESIZEABLE, used_length equals
 * max_length.
 *
 * A thread that changes blocks holds the context's lock. While it changes the lists, it also holds
 * RamRoom.lock. Readers need neither lock: in a read section they follow 'next' and 'lanes', and
 * read 'used_length', 'flags', 'mr' and 'id'. Therefore a block that was taken out of the lists
 * keeps its links and its memory for a grace period.
 */
#ifndef RAM_BLOCK_H
#define RAM_BLOCK_H

#include <physmem/ram.h>

#include "base/context.h"

/* The longest block: a difference of two pointers into it must fit a ptrdiff_t. */
#define RAM_LENGTH_MAX ((uint64_t)PTRDIFF_MAX)

enum { RAM_LANES = 8 }; /* of the list by host address (host-list.h) */

/* The open maps of a block for writing (writers.h). */
enum { RAM_WRITERS_SLOTS = 8, RAM_WRITERS_MORE = 4 };
typedef struct RamWriters {
    uint64_t slots[RAM_WRITERS_SLOTS];
    uint64_t *more[RAM_WRITERS_MORE];
    unsigned tables;   /* how many entries of 'more' are in use; atomic, like all members */
    unsigned anywhere; /* how many maps have no slot */
} RamWriters;

/* The open maps of a block for reading (readers.h). */
typedef struct RamReaders {
    uint64_t number; /* of the block; no other block of the process has had it */
    int64_t shared;  /* atomic */
    bool passed;     /* a map was closed by another thread; atomic */
} RamReaders;

struct RAMBlock {
    Deferred deferred;
    MemoryContext *context;
    MemoryRegion *mr;
    uint8_t *host;
    ram_addr_t offset;
    ram_addr_t used_length;
    ram_addr_t max_length;
    uint32_t flags;     /* RAM_... */
    bool readonly;      /* the host memory is mapped read-only */
    size_t page_size;   /* of the file system that backs the memory, or of the host */
    uint64_t alignment; /* of the host memory, for a file; 0: no file */

    int fd; /* -1: no file */
    uint64_t fd_offset;
    size_t reserved;   /* length of our mapping at 'host'; 0: the memory is the caller's */
    size_t accessible; /* how many bytes of our mapping have memory: used_length or more */

    struct DirtyMap *dirty[DIRTY_MEMORY_NUM]; /* dirty.h; NULL: every page is dirty */

    struct RAMBlockId *id; /* id.h; NULL: none */
    void (*resized)(const char *id, uint64_t length, void *host);

    bool overlapped;    /* the block shares memory with another block, or once did; atomic */
    RamReaders readers; /* open maps for reading that have no record */
    RamWriters writers; /* open maps for writing that have no record */
    unsigned recorded;  /* open maps that have a record; atomic */

    RAMBlock *next;             /* in the list, which has longer blocks first */
    RAMBlock *previous;         /* only for threads that change the list */
    struct RAMRun *run;         /* block-list.c */
    RAMBlock *lanes[RAM_LANES]; /* host-list.h */
};

/* Returns the block that has the host address anywhere in its maximum length, or NULL
 * (host-address.c). In a read section. block-table.h finds blocks by RAM address. */
RAMBlock *ram_block_of_host(const MemoryContext *ctx, const void *ptr);

/* Returns whether [start, start + length) lies inside the used length. */
static inline bool ram_block_uses(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    uint64_t used = __atomic_load_n(&rb->used_length, __ATOMIC_RELAXED);

    return start <= used && length <= used - start;
}

/* Returns a length or an offset as a number of RAM addresses. One that a 32-bit host cannot express
 * becomes RAM_ADDR_INVALID, which no block has. */
static inline ram_addr_t ram_addr_of(uint64_t value)
{
    ram_addr_t same = (ram_addr_t)value;
    return same == value ? same : RAM_ADDR_INVALID;
}

/* Changes the flag RAM_MIGRATABLE and nothing else. The caller, region/vmstate.c, makes writers and
 * views notice the change. */
void ram_block_set_migratable(RAMBlock *rb, bool on);

/* Returns the name of a block's region for messages: "(noname)" if it has none or mr is NULL. */
const char *ram_label(MemoryRegion *mr);

/* Returns the page size of the host, in bytes. */
size_t ram_host_page(void);

static inline uint64_t ram_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

#endif
