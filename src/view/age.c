/* SPDX-License-Identifier: MIT
 *
 * The ids and the ages of views (age.h).
 */
#include "view/age.h"

#include "base/process.h"

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
    unsigned parts = view_parts_of(w->first, w->last);
    for (unsigned i = 0; i < parts; i++) {
        fv->age[view_part_at(w->first, i)] = 0;
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
