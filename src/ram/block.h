/* SPDX-License-Identifier: MIT
 *
 * RAM blocks: pieces of host memory, each with a place in the one linear space of RAM addresses of
 * its context. A block knows the region that shows it by pointer and name only.
 *
 *   RAM addresses   0          offset     offset + used_length   offset + max_length
 *                   |----------|==========|----------------------|------- next block
 *   host memory                host ..... readable, writable ....|  (reserved, never moves)
 *
 * Used lengths are multiples of the host page, offsets of 64 guest pages: in a bitmap of guest
 * pages no word belongs to two blocks. Without RAM_RESIZEABLE used_length == max_length.
 *
 * Writers hold the context's lock and, while they change a list, the room's lock inside it. Readers
 * walk the list 'next' and read 'used_length', 'flags', 'mr' and 'id' in a read section, so that a
 * block that is taken out keeps its links and its memory for a grace period.
 */
#ifndef RAM_BLOCK_H
#define RAM_BLOCK_H

#include <physmem/ram.h>

#include "base/context.h"
#include "base/name-table.h"
#include "ram/places.h"

/* The longest block: what a pointer difference can tell. */
#define RAM_LENGTH_MAX ((uint64_t)PTRDIFF_MAX)

enum { RAM_ID_MAX = 255 };

/* Immutable once published, so that readers see one id or none. */
typedef struct RAMBlockId {
    Deferred deferred;
    NameEntry entry; /* in the room's ids */
    char text[];
} RAMBlockId;

/* Open maps for writing (writers.h). */
enum { RAM_WRITERS_SLOTS = 8, RAM_WRITERS_MORE = 4 };
typedef struct RamWriters {
    uint64_t slots[RAM_WRITERS_SLOTS];
    uint64_t *more[RAM_WRITERS_MORE];
    unsigned tables;   /* how many of 'more' are there; atomic, as the rest */
    unsigned anywhere; /* maps that have no slot */
} RamWriters;

struct RAMBlock {
    Deferred deferred;
    MemoryContext *context;
    MemoryRegion *mr;
    uint8_t *host;
    ram_addr_t offset;
    ram_addr_t used_length;
    ram_addr_t max_length;
    uint32_t flags;    /* RAM_... */
    bool readonly;     /* mapped without the right to write */
    size_t page_size;  /* of the backing */
    uint64_t alignment; /* that a file's mapping needs; 0: none */

    int fd; /* -1: no file */
    uint64_t fd_offset;
    size_t reserved;   /* length of the mapping at host; 0: the caller's memory */
    size_t accessible; /* of the mapping, these first bytes have memory; never less than used */

    struct DirtyMap *dirty[DIRTY_MEMORY_NUM]; /* dirty.h; NULL: every page is dirty */

    RAMBlockId *id; /* NULL: none */
    void (*resized)(const char *id, uint64_t length, void *host);

    bool overlapped;   /* another block has memory in common with it, or had once */
    unsigned pins;     /* open maps for reading, without a record; atomic (pins.c) */
    RamWriters writers; /* open maps for writing, without a record */
    unsigned recorded; /* open maps with a record; atomic */

    RAMBlock *next;       /* the next smaller or equal one */
    RAMBlock *previous;   /* for writers */
    struct RAMRun *run;   /* room.c */
};

/* Who has taken what against discarding, and for it (discard-vetoes.c). */
typedef enum RamVetoKind {
    RAM_VETO_DISABLED,
    RAM_VETO_UNCOORDINATED_DISABLED,
    RAM_VETO_REQUIRED,
    RAM_VETO_COORDINATED_REQUIRED,
    RAM_VETO_KINDS,
} RamVetoKind;

typedef struct RamVetoes {
    InnerLock lock; /* of the counts */
    uint64_t count[RAM_VETO_KINDS];
} RamVetoes;

/* The blocks of a context. */
struct RamRoom {
    InnerLock lock; /* of the list */
    RAMBlock *largest;
    TAILQ_HEAD(RAMRuns, RAMRun) runs; /* the longest first */
    struct RamTable *by_address; /* by-address.h */
    RamPlaces places;      /* under the context's lock, as are the ids */
    NameTable ids;         /* RAMBlockId by text */
    LIST_HEAD(, RAMBlockNotifier) notifiers; /* under the context's lock */
    InnerLock pins_lock;
    LIST_HEAD(, RAMPinRecord) pin_records; /* under pins_lock */
    unsigned pin_record_count;             /* atomic */
    RamVetoes vetoes;
};

void ram_room_new(MemoryContext *ctx);
/* There are no blocks any more. */
void ram_room_free(MemoryContext *ctx);
bool ram_room_is_empty(const MemoryContext *ctx);

/* Gives a block its place among the RAM addresses and lists it. */
bool ram_room_add(RAMBlock *rb, Error **errp);
void ram_room_remove(RAMBlock *rb);

/* For readers in a read section, or writers. */
static inline RAMBlock *ram_room_first(const MemoryContext *ctx)
{
    return __atomic_load_n(&ctx->ram->largest, __ATOMIC_ACQUIRE);
}

static inline RAMBlock *ram_block_next(const RAMBlock *rb)
{
    return __atomic_load_n(&rb->next, __ATOMIC_ACQUIRE);
}

/* The block that holds an address (anywhere in its maximum length), or NULL. Read section. */
RAMBlock *ram_block_of_host(const MemoryContext *ctx, const void *ptr);
RAMBlock *ram_block_of_ram_addr(const MemoryContext *ctx, ram_addr_t addr);

/* The same, or the first block behind that address; NULL if there is none (by-address.c). */
RAMBlock *ram_block_at_or_behind(const MemoryContext *ctx, ram_addr_t addr);

/* Is [start, start + length) inside the used length? */
bool ram_block_uses(const RAMBlock *rb, uint64_t start, uint64_t length);

/* Gives a block the id "device/name". False, with an error and nothing changed: 'dev' is not a
 * device, the block has an id already, the id is too long, or another block has it. */
bool ram_id_give(RAMBlock *rb, const char *name, const DeviceState *dev, Error **errp);

/* Others may have the block's id from now on; it stays readable. Under the context's lock. */
void ram_id_give_up(RAMBlock *rb);

/* The flag alone: region/vmstate.c knows who has to hear of it. */
void ram_block_set_migratable(RAMBlock *rb, bool on);

/* ---- Pins (pins.c) ---------------------------------------------------------------------- *
 *
 * A host pointer that was given out pins its block. It comes back as an address, which usually says
 * which block it was. Where blocks share memory of the caller's, it does not: then the pin has a
 * record, by holder (the space), pointer and length. As long as there is a pin for writing, each
 * harvest finds its pages dirty. */

typedef struct RAMPin {
    RAMBlock *block; /* NULL: there is none */
    uint64_t start;  /* of the block */
    uint64_t length;
    bool is_write;
    bool recorded;
} RAMPin;

/* Inside the read section in which the block was found. False: the pin needs a record, and the host
 * has no memory for it. */
bool ram_pin(RAMBlock *rb, const void *holder, const void *ptr, uint64_t length, bool is_write);
/* Read section. The pin that comes back with that pointer, to be released. */
RAMPin ram_pin_take(const MemoryContext *ctx, const void *holder, const void *ptr, uint64_t length,
                    bool is_write);
/* False if there was no such pin. After the call block and region may be gone: nothing keeps
 * them for the caller any more. */
bool ram_pin_release(const RAMPin *pin);
bool ram_block_is_pinned(const RAMBlock *rb);

/* Marks the pages of [start, start + length) that pins for writing have, for one client. Under the
 * context's lock. */
void ram_pins_mark(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* A new block in the list: finds out with which others it shares memory. Under the room's lock,
 * before readers see it. */
void ram_pins_note_block(RAMBlock *rb);

/* The name of the block's region for messages; mr may be NULL. */
const char *ram_label(MemoryRegion *mr);

size_t ram_host_page(void);

static inline uint64_t ram_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

#endif
