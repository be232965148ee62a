/* SPDX-License-Identifier: MIT
 *
 * Dirty pages by RAM address, for accelerators and migration (specification section 22.6). A range
 * of RAM addresses may touch several blocks and the gaps between them. Any thread may call these
 * functions. Calls that also tell listeners are in topology/harvest.c.
 */
#include "base/log.h"
#include "ram/block-table.h"
#include "ram/dirty.h"

/* Returns the part of [start, start + length) that the block has in use. It may be empty. */
static RamPart part_of(RAMBlock *rb, ram_addr_t start, ram_addr_t length)
{
    ram_addr_t used = __atomic_load_n(&rb->used_length, __ATOMIC_RELAXED);
    ram_addr_t skip = start < rb->offset ? rb->offset - start : 0;
    RamPart part = { rb, start > rb->offset ? start - rb->offset : 0, 0 };

    if (skip < length && part.offset < used) {
        part.length = length - skip < used - part.offset ? length - skip : used - part.offset;
    }
    return part;
}

/* The search goes on behind the block of the previous part, which may end beyond the range. */
bool ram_part_next(RamPart *part, const MemoryContext *ctx, ram_addr_t start, ram_addr_t length)
{
    ram_addr_t from = part->rb ? part->rb->offset + part->rb->max_length : start;

    while (from - start < length) {
        RAMBlock *rb = ram_block_at_or_behind(ctx, from);
        if (!rb) {
            return false;
        }
        *part = part_of(rb, start, length);
        if (part->length) {
            return true;
        }
        from = rb->offset + rb->max_length;
    }
    return false;
}

/* ---- Asking ----------------------------------------------------------------------------- */

bool cpu_physical_memory_get_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    READ_SECTION;
    MemoryContext *ctx = memory_context_current();

    if (!ram_dirty_check_client(ctx, client, __func__)) {
        return false;
    }
    for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) {
        if (ram_dirty_any(part.rb, part.offset, part.length, client)) {
            return true;
        }
    }
    return false;
}

bool cpu_physical_memory_all_dirty(ram_addr_t start, ram_addr_t length, unsigned client)
{
    READ_SECTION;
    MemoryContext *ctx = memory_context_current();
    ram_addr_t seen = 0;

    if (!ram_dirty_check_client(ctx, client, __func__)) {
        return false;
    }
    for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) {
        if (!ram_dirty_all(part.rb, part.offset, part.length, client)) {
            return false;
        }
        seen += part.length;
    }
    return seen == length;
}

bool cpu_physical_memory_get_dirty_flag(ram_addr_t addr, unsigned client)
{
    return cpu_physical_memory_get_dirty(addr, 1, client);
}

bool cpu_physical_memory_is_clean(ram_addr_t addr)
{
    return cpu_physical_memory_range_includes_clean(addr, 1, DIRTY_CLIENTS_ALL) != 0;
}

uint8_t cpu_physical_memory_range_includes_clean(ram_addr_t start, ram_addr_t length, uint8_t mask)
{
    uint8_t clients = 0;

    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        if (mask >> c & 1 && !cpu_physical_memory_all_dirty(start, length, c)) {
            clients |= 1 << c;
        }
    }
    return clients;
}

/* ---- Marking ---------------------------------------------------------------------------- */

void cpu_physical_memory_set_dirty_flag(ram_addr_t addr, unsigned client)
{
    if (ram_dirty_check_client(memory_context_current(), client, __func__)) {
        cpu_physical_memory_set_dirty_range(addr, 1, (uint8_t)(1 << client));
    }
}

void cpu_physical_memory_set_dirty_range(ram_addr_t start, ram_addr_t length, uint8_t mask)
{
    READ_SECTION;
    MemoryContext *ctx = memory_context_current();

    for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) {
        ram_dirty_mark(part.rb, part.offset, part.length, mask);
    }
}

/* ---- Bitmaps from an accelerator ---------------------------------------------------------- */

static unsigned long from_little_endian(unsigned long word)
{
    if (!PHYSMEM_HOST_BIG_ENDIAN) {
        return word;
    }
    return sizeof(word) == 8 ? __builtin_bswap64(word) : __builtin_bswap32((uint32_t)word);
}

/* Returns a word of a bitmap of 'pages' bits. Bits of the word beyond these are 0. */
static unsigned long delivered_word(const unsigned long *bitmap, ram_addr_t index,
                                    ram_addr_t pages)
{
    const unsigned bits = 8 * sizeof(*bitmap);
    unsigned long word = from_little_endian(bitmap[index]);
    ram_addr_t left = pages - index * bits;

    return left < bits ? word & ~(~0UL << left) : word;
}

/* Makes one call for each run of set bits. A bit stands for a page of the host. */
static void mark_delivered(ram_addr_t start, unsigned long word, uint8_t clients)
{
    const size_t page = ram_host_page();
    const unsigned bits = 8 * sizeof(word);
    unsigned at = 0;

    while (at < bits && word >> at) {
        at += (unsigned)__builtin_ctzl(word >> at);
        unsigned long clean = ~(word >> at);
        unsigned run = clean ? (unsigned)__builtin_ctzl(clean) : bits;
        cpu_physical_memory_set_dirty_range(start + at * page, run * page, clients);
        at += run;
    }
}

/* Returns whether each word of the bitmap is a word of the map of one block. */
static bool find_words(RamPart *part, const MemoryContext *ctx, ram_addr_t start,
                       ram_addr_t length)
{
    return !PHYSMEM_HOST_BIG_ENDIAN && sizeof(unsigned long) == sizeof(uint64_t) &&
           ram_host_page() == (size_t)1 << ctx->page_bits &&
           ram_part_next(part, ctx, start, length) && part->length == length &&
           (part->offset >> ctx->page_bits) % DIRTY_WORD_PAGES == 0;
}

/* The last word may have bits beyond the bitmap. */
static void mark_bitmap(const unsigned long *bitmap, ram_addr_t start, ram_addr_t pages,
                        uint8_t clients)
{
    READ_SECTION;
    const unsigned bits = 8 * sizeof(*bitmap);
    const size_t page = ram_host_page();
    const ram_addr_t count = (pages + bits - 1) / bits;
    RamPart part = { 0 };
    ram_addr_t i = 0;

    if (find_words(&part, memory_context_current(), start, pages * page)) {
        i = pages / bits;
        ram_dirty_mark_words(part.rb, part.offset / page / DIRTY_WORD_PAGES, bitmap, i, clients);
    }
    for (; (i = ram_dirty_skip_empty(bitmap, i, count)) < count; i++) {
        mark_delivered(start + i * bits * page, delivered_word(bitmap, i, pages), clients);
    }
}

static bool check_start(ram_addr_t start, const char *call)
{
    return start % ram_host_page() == 0 ||
           misuse(memory_context_current(),
                  "%s: RAM address 0x%" PRIxPTR " is inside a page of the host", call, start);
}

void cpu_physical_memory_set_dirty_bitmap(const unsigned long *bitmap, ram_addr_t start,
                                          ram_addr_t pages, uint8_t mask)
{
    if (check_start(start, __func__)) {
        mark_bitmap(bitmap, start, pages, mask);
    }
}

void cpu_physical_memory_set_dirty_lebitmap(unsigned long *bitmap, ram_addr_t start,
                                            ram_addr_t pages)
{
    const MemoryContext *ctx = memory_context_current();
    uint8_t clients = __atomic_load_n(&ctx->log_clients, __ATOMIC_RELAXED);

    if (check_start(start, __func__)) {
        mark_bitmap(bitmap, start, pages, clients | 1 << DIRTY_MEMORY_VGA);
    }
}
