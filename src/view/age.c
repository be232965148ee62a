/* SPDX-License-Identifier: MIT
 *
 * The ids and the ages of views (age.h).
 */
#include "view/age.h"

#include "base/process.h"

/* Returns how many parts a window touches. They follow each other in turn. */
static unsigned parts_of(hwaddr first, hwaddr last)
{
    hwaddr more = (last >> VIEW_PIECE_BITS) - (first >> VIEW_PIECE_BITS);
    return more < VIEW_PARTS ? (unsigned)more + 1 : VIEW_PARTS;
}

/* Returns the part of the piece that lies 'more' pieces behind that of addr. */
static unsigned part_at(hwaddr addr, unsigned more)
{
    return (unsigned)((addr >> VIEW_PIECE_BITS) + more) % VIEW_PARTS;
}

void view_age_begin(FlatView *fv)
{
    fv->id = process_next_lineage() * VIEW_LINEAGES_APART;
    for (unsigned i = 0; i < VIEW_PARTS; i++) {
        fv->age[i] = 0;
    }
}

static void grow_older(FlatView *fv, const FlatView *before)
{
    for (unsigned i = 0; i < VIEW_PARTS; i++) {
        uint8_t age = before->age[i];
        fv->age[i] = age < VIEW_MOST_AGE ? (uint8_t)(age + 1) : age;
    }
}

static void change_parts(FlatView *fv, const Window *w)
{
    unsigned parts = parts_of(w->first, w->last);
    for (unsigned i = 0; i < parts; i++) {
        fv->age[part_at(w->first, i)] = 0;
    }
}

void view_age_next(FlatView *fv, const FlatView *before, const WindowSet *changed)
{
    fv->id = before->id + ((uint64_t)1 << VIEW_LINEAGE_BITS);
    if (fv->id < before->id) {
        view_age_begin(fv);
        return;
    }
    grow_older(fv, before);
    for (size_t i = 0; i < changed->count; i++) {
        change_parts(fv, &changed->window[i]);
    }
}

unsigned view_age(const FlatView *fv, hwaddr first, hwaddr last)
{
    unsigned parts = parts_of(first, last), youngest = VIEW_MOST_AGE;
    for (unsigned i = 0; i < parts; i++) {
        unsigned age = fv->age[part_at(first, i)];
        youngest = age < youngest ? age : youngest;
    }
    return youngest;
}
