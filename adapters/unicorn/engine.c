/* SPDX-License-Identifier: MIT
 *
 * Mapping and unmapping pieces: the only file that changes an engine's memory. Called with the
 * context's lock held, on the thread that runs the guest or while it does not run.
 */
#include "engine.h"

#include <stdlib.h>

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
    if (piece->kind != PIECE_CALL) {
        engine_forget_code(engine, piece->first, piece->last);
    }
    uc_err error = uc_mem_unmap(engine->uc, piece->first, piece->last - piece->first + 1);
    if (error != UC_ERR_OK) {
        note_error(engine, error);
    }
    free(piece->site);
}

static uc_err map_calls(Engine *engine, Piece *piece)
{
    uc_err error;

    piece->site = malloc(sizeof(*piece->site));
    if (piece->site == NULL) {
        return UC_ERR_NOMEM;
    }
    *piece->site = (CallSite){ .owner = engine->owner, .base = piece->first };
    error = uc_mmio_map(engine->uc, piece->first, piece->last - piece->first + 1, engine->read,
                        piece->site, engine->write, piece->site);
    if (error != UC_ERR_OK) {
        free(piece->site);
    }
    return error;
}

static bool map_piece(Engine *engine, Piece *piece)
{
    uint32_t rights = UC_PROT_READ | UC_PROT_EXEC | (piece->kind == PIECE_RAM ? UC_PROT_WRITE : 0);
    uc_err error;

    if (piece->kind == PIECE_CALL) {
        error = map_calls(engine, piece);
    } else {
        error = uc_mem_map_ptr(engine->uc, piece->first, piece->last - piece->first + 1, rights,
                               piece->host);
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

static bool is_wanted(const PieceList *wanted, const Piece *piece)
{
    const Piece *there = piece_list_find(wanted, piece->first);

    return there != NULL && same(there, piece);
}

static bool is_active(const Engine *engine, const Piece *piece)
{
    return piece->site != NULL && piece->site == engine->active;
}

/* False if an unwanted piece had to stay. */
static bool unmap_unwanted(Engine *engine, const PieceList *wanted)
{
    PieceList *mapped = &engine->mapped;
    bool all = true;
    size_t kept = 0;

    for (size_t i = 0; i < mapped->count; i++) {
        Piece *piece = &mapped->items[i];
        bool keep = is_wanted(wanted, piece);

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

    part.host = wanted->host ? wanted->host + (first - wanted->first) : NULL;
    part.first = first;
    part.last = last;
    part.site = NULL;
    if (map_piece(engine, &part)) {
        piece_list_push(&engine->next, part);
    }
}

/* Fills the gaps between the pieces that were kept. A layout has no gaps of its own, and only the
 * active piece can cover more than one wanted piece, or parts of one. */
static void map_missing(Engine *engine, const PieceList *wanted)
{
    const Piece *kept = engine->mapped.items;
    const Piece *end = kept + engine->mapped.count;
    hwaddr next = 0; /* all below is done */

    engine->next.count = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        const Piece *piece = &wanted->items[i];

        while (next >= piece->first && next <= piece->last) {
            hwaddr last = piece->last;

            if (kept < end && kept->first == next) {
                last = kept->last;
                piece_list_push(&engine->next, *kept++);
            } else {
                if (kept < end && kept->first <= last) {
                    last = kept->first - 1;
                }
                map_part(engine, piece, next, last);
            }
            next = last + 1;
        }
    }
}

bool engine_apply(Engine *engine, const PieceList *wanted)
{
    PieceList swap;
    bool all;

    /* The active piece may split a wanted one in two, and comes itself. */
    if (!piece_list_reserve(&engine->next, wanted->count + 2)) {
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

bool engine_open_rom(Engine *engine, hwaddr addr)
{
    Piece *piece = piece_list_find(&engine->mapped, addr);

    if (piece == NULL || piece->kind != PIECE_ROM) {
        return false;
    }
    unmap_piece(engine, piece);
    piece->kind = PIECE_CALL;
    piece->host = NULL;
    return map_piece(engine, piece);
}
