/* SPDX-License-Identifier: MIT
 *
 * Mapping and unmapping pieces (engine.h). No other file changes an engine's memory. Called with
 * the context's lock held, on the thread that runs the guest or while it does not run.
 */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

/* The size and alignment of the blocks in which calls are mapped. If a guest touches so many places
 * that MAX_CALLS blocks are mapped, all of them are unmapped; they come back on demand. */
#define CALL_BLOCK ((hwaddr)0x10000)
#define MAX_CALLS 512
#define COPY_ALIGNMENT 4096

static void note_error(Engine *engine, uc_err error)
{
    if (engine->error == UC_ERR_OK) {
        engine->error = error;
    }
}

void engine_forget_code(Engine *engine, hwaddr first, hwaddr last)
{
    hwaddr end = last == HWADDR_MAX ? last : last + 1;

    uc_ctl_remove_cache(engine->uc, first, end);
}

static void unmap_piece(Engine *engine, const Piece *piece)
{
    uc_err error;

    if (piece->kind == MEMORY_SECTION_CALL) {
        engine->calls--;
    } else {
        engine_forget_code(engine, piece->first, piece->last);
    }
    error = uc_mem_unmap(engine->uc, piece->first, piece->last - piece->first + 1);
    if (error != UC_ERR_OK) {
        note_error(engine, error);
    }
    free(piece->site);
    free(piece->copy);
}

static uc_err map_by_call(Engine *engine, Piece *piece)
{
    uc_err error;

    piece->site = malloc(sizeof(*piece->site));
    if (!piece->site) {
        return UC_ERR_NOMEM;
    }
    *piece->site = (CallSite){ .owner = engine->owner, .base = piece->first };
    error = uc_mmio_map(engine->uc, piece->first, piece->last - piece->first + 1, engine->read,
                        piece->site, engine->write, piece->site);
    if (error != UC_ERR_OK) {
        free(piece->site);
        return error;
    }
    engine->calls++;
    return UC_ERR_OK;
}

static uc_err map_copy(Engine *engine, Piece *piece)
{
    size_t size = piece->last - piece->first + 1;
    uc_err error;

    piece->copy = aligned_alloc(COPY_ALIGNMENT, size);
    if (!piece->copy) {
        return UC_ERR_NOMEM;
    }
    memcpy(piece->copy, piece->host, size);
    error =
        uc_mem_map_ptr(engine->uc, piece->first, size, UC_PROT_READ | UC_PROT_EXEC, piece->copy);
    if (error != UC_ERR_OK) {
        free(piece->copy);
    }
    return error;
}

static bool map_piece(Engine *engine, Piece *piece)
{
    uc_err error;

    if (piece->kind == MEMORY_SECTION_CALL) {
        error = map_by_call(engine, piece);
    } else if (piece->kind == MEMORY_SECTION_ROM) {
        error = map_copy(engine, piece);
    } else {
        error = uc_mem_map_ptr(engine->uc, piece->first, piece->last - piece->first + 1,
                               UC_PROT_ALL, piece->host);
    }
    if (error != UC_ERR_OK) {
        note_error(engine, error);
    }
    return error == UC_ERR_OK;
}

static bool same(const Piece *a, const Piece *b)
{
    return a->first == b->first && a->last == b->last && a->kind == b->kind && a->host == b->host;
}

/* Whether a piece may stay mapped: memory if it is wanted as it is, calls if no memory is wanted in
 * their place. */
static bool may_stay(const PieceList *wanted, const Piece *piece)
{
    size_t place = piece_list_seek(wanted, piece->first);
    const Piece *there = &wanted->items[place];

    if (place == wanted->count || there->first > piece->last) {
        return piece->kind == MEMORY_SECTION_CALL;
    }
    return same(there, piece);
}

static bool is_active(const Engine *engine, const Piece *piece)
{
    return piece->site != NULL && piece->site == engine->active;
}

/* Returns false if a piece that is not wanted had to stay, because it is active. */
static bool unmap_unwanted(Engine *engine, const PieceList *wanted)
{
    PieceList *mapped = &engine->mapped;
    bool all = true;
    size_t kept = 0;

    for (size_t i = 0; i < mapped->count; i++) {
        Piece *piece = &mapped->items[i];
        bool keep = may_stay(wanted, piece);

        if (!keep && is_active(engine, piece)) {
            keep = true;
            all = false;
        }
        if (keep) {
            mapped->items[kept++] = *piece;
        } else {
            unmap_piece(engine, piece);
        }
    }
    mapped->count = kept;
    return all;
}

/* Maps the part [first, last] of a wanted piece. */
static void map_part(Engine *engine, const Piece *wanted, hwaddr first, hwaddr last)
{
    Piece part = *wanted;

    if (part.host) {
        part.host += first - wanted->first;
    }
    part.first = first;
    part.last = last;
    if (map_piece(engine, &part)) {
        piece_list_push(&engine->next, part);
    }
}

/* Maps the parts of a wanted piece that are not mapped yet, between the kept pieces that lie in it.
 * *kept is the index of the first of these, and is moved past those that end inside the wanted
 * piece. */
static void complete_piece(Engine *engine, const Piece *wanted, size_t *kept)
{
    const PieceList *mapped = &engine->mapped;
    hwaddr at = wanted->first;

    for (; *kept < mapped->count && mapped->items[*kept].first <= wanted->last; (*kept)++) {
        const Piece *piece = &mapped->items[*kept];

        if (piece->first > at) {
            map_part(engine, wanted, at, piece->first - 1);
        }
        if (piece->last >= wanted->last) {
            return;
        }
        at = piece->last + 1;
        piece_list_push(&engine->next, *piece);
    }
    map_part(engine, wanted, at, wanted->last);
}

static void map_missing(Engine *engine, const PieceList *wanted)
{
    const PieceList *mapped = &engine->mapped;
    size_t kept = 0;

    engine->next.count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        for (; kept < mapped->count && mapped->items[kept].last < wanted->items[i].first; kept++) {
            piece_list_push(&engine->next, mapped->items[kept]);
        }
        complete_piece(engine, &wanted->items[i], &kept);
    }
    for (; kept < mapped->count; kept++) {
        piece_list_push(&engine->next, mapped->items[kept]);
    }
}

bool engine_apply(Engine *engine, const PieceList *wanted)
{
    PieceList swap;
    bool all;

    /* The active piece may split a wanted one in two. */
    if (!piece_list_reserve(&engine->next, engine->mapped.count + wanted->count + 1)) {
        note_error(engine, UC_ERR_NOMEM);
        return true;
    }
    all = unmap_unwanted(engine, wanted);
    map_missing(engine, wanted);
    swap = engine->mapped;
    engine->mapped = engine->next;
    engine->next = swap;
    return all;
}

static void drop_calls(Engine *engine)
{
    PieceList *mapped = &engine->mapped;
    size_t kept = 0;

    for (size_t i = 0; i < mapped->count; i++) {
        if (mapped->items[i].kind == MEMORY_SECTION_CALL) {
            unmap_piece(engine, &mapped->items[i]);
        } else {
            mapped->items[kept++] = mapped->items[i];
        }
    }
    mapped->count = kept;
}

bool engine_map_calls(Engine *engine, hwaddr addr)
{
    hwaddr first = addr & ~(CALL_BLOCK - 1);
    Piece block = { .first = first, .last = first + (CALL_BLOCK - 1) };
    size_t place;

    if (engine->calls >= MAX_CALLS) {
        drop_calls(engine);
    }
    place = piece_list_seek(&engine->mapped, addr);
    if (place > 0 && engine->mapped.items[place - 1].last >= block.first) {
        block.first = engine->mapped.items[place - 1].last + 1;
    }
    if (place < engine->mapped.count && engine->mapped.items[place].first <= block.last) {
        block.last = engine->mapped.items[place].first - 1;
    }
    return map_piece(engine, &block) && piece_list_insert(&engine->mapped, block);
}

void engine_clear(Engine *engine)
{
    for (size_t i = 0; i < engine->mapped.count; i++) {
        unmap_piece(engine, &engine->mapped.items[i]);
    }
    engine->mapped.count = 0;
}

bool engine_spoil_rom(Engine *engine, hwaddr first, hwaddr last)
{
    PieceList *mapped = &engine->mapped;
    bool any = false;

    for (size_t i = piece_list_seek(mapped, first);
         i < mapped->count && mapped->items[i].first <= last; i++) {
        if (mapped->items[i].kind == MEMORY_SECTION_ROM) {
            mapped->items[i].host = NULL; /* differs from what is wanted */
            any = true;
        }
    }
    return any;
}
