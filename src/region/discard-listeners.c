/* SPDX-License-Identifier: MIT
 *
 * The listeners of the library's own manager of discards: their registration, and which of them
 * are told of which event (specification section 20.1). A listener is told only of the part of an
 * event that lies in the section that it registered with.
 */
#include <string.h>

#include "base/log.h"
#include "region/discard-bitmap.h"
#include "region/region.h"
#include "region/section.h"

/* ---- Calls ------------------------------------------------------------------------------ */

static int populate(DiscardBitmap *b, RamDiscardListener *rdl, MemoryRegionSection *part)
{
    b->telling++;
    int result = rdl->notify_populate(rdl, part);
    b->telling--;
    return result;
}

static void discard(DiscardBitmap *b, RamDiscardListener *rdl, MemoryRegionSection *part)
{
    b->telling++;
    rdl->notify_discard(rdl, part);
    b->telling--;
}

/* Stores the listener's section, cut to [first, end) of the region, to *part. False if nothing is
 * left. */
static bool part_of(const RamDiscardListener *rdl, uint64_t first, uint64_t end,
                    MemoryRegionSection *part)
{
    *part = *rdl->section;
    return section_cut(part, first, end);
}

static void discard_part(DiscardBitmap *b, RamDiscardListener *rdl, uint64_t first, uint64_t end)
{
    MemoryRegionSection part;

    if (part_of(rdl, first, end, &part)) {
        discard(b, rdl, &part);
    }
}

/* ---- Events ----------------------------------------------------------------------------- */

/* Tells the listeners that agreed before 'refuser' was asked that the range is discarded again.
 * Each hears of its own part (R17). */
static void take_back(DiscardBitmap *b, const RamDiscardListener *refuser, uint64_t first,
                      uint64_t end)
{
    RamDiscardListener *rdl;

    LIST_FOREACH(rdl, &b->listeners, next) {
        if (rdl == refuser) {
            return;
        }
        discard_part(b, rdl, first, end);
    }
}

int discard_listeners_ask(DiscardBitmap *b, uint64_t first, uint64_t end)
{
    RamDiscardListener *rdl;

    LIST_FOREACH(rdl, &b->listeners, next) {
        MemoryRegionSection part;
        int result = part_of(rdl, first, end, &part) ? populate(b, rdl, &part) : 0;

        if (result) {
            take_back(b, rdl, first, end);
            return result;
        }
    }
    return 0;
}

/* Tells the listeners whose double_discard_supported is 'once' of a discard. */
static void tell_some(DiscardBitmap *b, bool once, uint64_t first, uint64_t end)
{
    RamDiscardListener *rdl;

    LIST_FOREACH(rdl, &b->listeners, next) {
        if (rdl->double_discard_supported == once) {
            discard_part(b, rdl, first, end);
        }
    }
}

void discard_listeners_tell_stretch(DiscardBitmap *b, uint64_t first, uint64_t end)
{
    tell_some(b, false, first, end);
}

void discard_listeners_tell_range(DiscardBitmap *b, uint64_t first, uint64_t end)
{
    tell_some(b, true, first, end);
}

/* ---- Registration ----------------------------------------------------------------------- */

typedef struct Introduction {
    DiscardBitmap *manager;
    RamDiscardListener *rdl;
} Introduction;

static int introduce(MemoryRegionSection *part, void *opaque)
{
    Introduction *to = opaque;

    return populate(to->manager, to->rdl, part);
}

static int dismiss(MemoryRegionSection *part, void *opaque)
{
    Introduction *to = opaque;

    discard(to->manager, to->rdl, part);
    return 0;
}

static int stop_at_first(MemoryRegionSection *part, void *opaque)
{
    (void)part, (void)opaque;
    return 1;
}

static bool is_registered(const DiscardBitmap *b, const RamDiscardListener *rdl)
{
    const RamDiscardListener *other = LIST_FIRST(&b->listeners);

    while (other && other != rdl) {
        other = LIST_NEXT(other, next);
    }
    return other != NULL;
}

/* Why a call must be refused that needs the listener to be 'registered', or not; NULL if it is
 * fine. */
static const char *refusal(const DiscardBitmap *b, const RamDiscardListener *rdl, bool registered)
{
    if (b->telling) {
        return "not allowed in a listener's callback";
    }
    if (is_registered(b, rdl) != registered) {
        return registered ? "the listener is not registered"
                          : "the listener is registered already";
    }
    return NULL;
}

void discard_listeners_register(RamDiscardManager *rdm, RamDiscardListener *rdl,
                                MemoryRegionSection *section)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);
    const char *why = refusal(b, rdl, false);

    if (!why && !discard_bitmap_holds(b, section)) {
        why = "the section is not a part of that region";
    }
    if (why) {
        misuse(b->context, "ram_discard_manager_register_listener: region '%s': %s",
               region_label(b->mr), why);
        return;
    }
    rdl->section = memory_region_section_new_copy(section);
    LIST_INSERT_HEAD(&b->listeners, rdl, next);

    Introduction to = { b, rdl };
    int result = discard_bitmap_replay(b, rdl->section, introduce, &to);
    if (result) {
        log_say(
            b->context, MEMORY_LOG_ERROR,
            "a new discard listener of region '%s' refuses memory that is populated already: %s",
            region_label(b->mr), strerror(-result));
    }
}

static void forget(RamDiscardListener *rdl)
{
    memory_region_section_free_copy(rdl->section);
    rdl->section = NULL;
    LIST_REMOVE(rdl, next);
}

void discard_listeners_unregister(RamDiscardManager *rdm, RamDiscardListener *rdl)
{
    DiscardBitmap *b = DISCARD_BITMAP(rdm);
    CONTEXT_LOCK(b->context);
    const char *why = refusal(b, rdl, true);
    Introduction to = { b, rdl };

    if (why) {
        misuse(b->context, "ram_discard_manager_unregister_listener: region '%s': %s",
               region_label(b->mr), why);
        return;
    }
    /* Everything that is populated goes for this listener: each stretch, or all at once. */
    if (!rdl->double_discard_supported) {
        discard_bitmap_replay(b, rdl->section, dismiss, &to);
    } else if (discard_bitmap_replay(b, rdl->section, stop_at_first, NULL)) {
        MemoryRegionSection all = *rdl->section;
        discard(b, rdl, &all);
    }
    forget(rdl);
}

void discard_listeners_abandon(DiscardBitmap *b)
{
    RamDiscardListener *rdl;

    if (!LIST_EMPTY(&b->listeners)) {
        misuse(b->context,
               "a manager of discards ends while it has listeners: unregister them first");
    }
    while ((rdl = LIST_FIRST(&b->listeners))) {
        forget(rdl);
    }
}
