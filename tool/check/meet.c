/* SPDX-License-Identifier: MIT
 *
 * Checks of regions that meet at one address (check.h): one of them answers, the other one is
 * hidden. ways.h says where they meet.
 */
#include "check/ways.h"

#include <string.h>

/* Calls func for each stretch at which something is hidden. */
typedef void MeetFunc(CheckRun *run, const CheckSpace *space, const CheckStretch *stretch);

static void each_meeting(CheckRun *run, MeetFunc *func)
{
    const GPtrArray *spaces = check_spaces(run);

    for (guint i = 0; i < spaces->len; i++) {
        const CheckSpace *space = spaces->pdata[i];
        for (guint j = 0; j < space->stretches->len; j++) {
            const CheckStretch *stretch = &g_array_index(space->stretches, CheckStretch, j);
            if (stretch->behind) {
                func(run, space, stretch);
            }
        }
    }
}

/* ---- The order of equals ---------------------------------------------------------------- */

/* A name, and the region that answers if that is another one. */
static const char *whole_name(CheckRun *run, const char *name, const CheckWay *part,
                              const CheckWay *way)
{
    if (part == way) {
        return name;
    }
    g_autofree char *text = g_strdup_printf("%s (with %s)", name, check_other(run, way->line));

    return g_string_chunk_insert(run->names, text);
}

/* Whether both ways lead to the same byte, so that nobody can tell them apart. */
static bool same_byte(const CheckStretch *stretch)
{
    return stretch->front->line == stretch->behind->line &&
           stretch->front->zero == stretch->behind->zero;
}

/* Tells of two regions of equal priority. A negative priority is for what stands in where nothing
 * else is, so it has a check of its own. */
static void tell_equals(CheckRun *run, const CheckSpace *space, const CheckStretch *stretch,
                        bool background)
{
    const CheckWay *front = stretch->front, *behind = stretch->behind;

    if (same_byte(stretch) || !check_ways_part(&front, &behind) ||
        front->line->priority != behind->line->priority ||
        (front->line->priority < 0) != background) {
        return;
    }
    check_tell(run, behind->line, front->line,
               "%s and %s overlap at " TARGET_FMT_plx "-" TARGET_FMT_plx
               " of %s, both with priority %d in '%s'; the second answers%s",
               whole_name(run, check_self(run, behind->line), behind, stretch->behind),
               whole_name(run, check_other(run, front->line), front, stretch->front),
               MAX(front->first, behind->first), MIN(front->last, behind->last), space->name,
               front->line->priority, behind->up->line->name,
               run->tree->guessed ? " (a guess)" : "");
}

static void tell_same_priority(CheckRun *run, const CheckSpace *space, const CheckStretch *stretch)
{
    tell_equals(run, space, stretch, false);
}

static void tell_background(CheckRun *run, const CheckSpace *space, const CheckStretch *stretch)
{
    tell_equals(run, space, stretch, true);
}

void check_same_priority_overlap(CheckRun *run)
{
    each_meeting(run, tell_same_priority);
}

void check_background_overlap(CheckRun *run)
{
    each_meeting(run, tell_background);
}

/* ---- Wholly hidden ---------------------------------------------------------------------- */

typedef enum Hiding {
    HIDDEN_BY_SLIP,    /* or so it looks */
    HIDDEN_BY_SHADOW,  /* memory is behind an alias of memory, as for shadowed firmware */
    HIDDEN_BACKGROUND, /* it stands in where nothing else is, which is nowhere */
    HIDDEN_BY_PARTS,   /* what is inside it covers all of it */
} Hiding;

/* Whether an alias is on the way, from 'part' down. */
static bool has_alias(const CheckWay *part, const CheckWay *way)
{
    for (; way != part; way = way->up) {
        if (way->line->is_alias) {
            return true;
        }
    }
    return part->line->is_alias;
}

static Hiding how_hidden(const CheckWay *hidden, const CheckWay *front)
{
    const CheckWay *a = front, *b = hidden;

    if (!check_ways_part(&a, &b)) {
        return HIDDEN_BY_PARTS;
    }
    if (hidden->line->priority < 0) {
        return HIDDEN_BACKGROUND;
    }
    bool is_memory = front->line->kind != MTREE_IO && hidden->line->kind != MTREE_IO;
    bool is_asked_for = a->line->priority > b->line->priority && has_alias(a, front);
    return is_memory && is_asked_for ? HIDDEN_BY_SHADOW : HIDDEN_BY_SLIP;
}

/* The regions that hide a way. Long ways are not searched to their end. */
typedef struct Hiders {
    const CheckWay *first;
    bool several;
    bool may_be_container; /* one that contains others */
} Hiders;

static Hiders hiders_of(const CheckSpace *space, const CheckWay *hidden)
{
    enum { MAX_STEPS = 64 };
    const CheckStretch *at = check_stretch_at(space, hidden->first);
    Hiders hiders = { .first = at->front };

    for (unsigned i = 0; i < MAX_STEPS; i++, at++) {
        hiders.several |= at->front->line != hiders.first->line;
        hiders.may_be_container |= at->front->line->kind == MTREE_IO &&
                                   at->front->line->children->len;
        if (at->last >= hidden->last) {
            return hiders;
        }
    }
    hiders.several = true;
    return hiders;
}

/* What the answer rests on, if the text does not say it. */
static const char *guess_of(const CheckRun *run, const CheckWay *hidden, const Hiders *hiders)
{
    const CheckWay *a = hiders->first, *b = hidden;

    for (const CheckWay *way = hidden; way; way = way->up) {
        if (way->line->is_alias && way->line->guessed_target) {
            return " (a guess: an alias above it may show another region)";
        }
    }
    if (run->tree->guessed && check_ways_part(&a, &b) && a->line->priority == b->line->priority) {
        return " (a guess: both have one priority)";
    }
    if (run->tree->guessed && hiders->may_be_container) {
        return " (a guess: what is in front may be a container)";
    }
    return "";
}

static void tell_hidden(CheckRun *run, const CheckSpace *space, const CheckWay *hidden,
                        Hiding wanted)
{
    Hiders hiders = hiders_of(space, hidden);

    if (how_hidden(hidden, hiders.first) != wanted) {
        return;
    }
    check_tell(run, hidden->line, NULL,
               "%s is wholly hidden at " TARGET_FMT_plx "-" TARGET_FMT_plx " of %s: %s%s in "
               "front%s",
               check_self(run, hidden->line), hidden->first, hidden->last, space->name,
               check_other(run, hiders.first->line), hiders.several ? " and others are" : " is",
               guess_of(run, hidden, &hiders));
}

/* Returns the set of lines that answer somewhere. */
static GHashTable *visible_lines(const GPtrArray *spaces)
{
    GHashTable *visible = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < spaces->len; i++) {
        const CheckSpace *space = spaces->pdata[i];
        for (guint j = 0; j < space->stretches->len; j++) {
            g_hash_table_add(visible,
                             g_array_index(space->stretches, CheckStretch, j).front->line);
        }
    }
    return visible;
}

static void tell_all_hidden(CheckRun *run, Hiding wanted)
{
    const GPtrArray *spaces = check_spaces(run);
    g_autoptr(GHashTable) visible = visible_lines(spaces);

    for (guint i = 0; i < spaces->len; i++) {
        const CheckSpace *space = spaces->pdata[i];
        for (guint j = 0; j < space->ways->len; j++) {
            const CheckWay *way = space->ways->pdata[j];
            if (check_answers(way) && !way->line->unknown &&
                !g_hash_table_contains(visible, way->line)) {
                tell_hidden(run, space, way, wanted);
            }
        }
    }
}

void check_hidden(CheckRun *run)
{
    tell_all_hidden(run, HIDDEN_BY_SLIP);
}

void check_background_hidden(CheckRun *run)
{
    tell_all_hidden(run, HIDDEN_BACKGROUND);
}

void check_shadowed(CheckRun *run)
{
    tell_all_hidden(run, HIDDEN_BY_SHADOW);
}

/* ---- Devices over RAM ------------------------------------------------------------------- */

static void tell_io_over_ram(CheckRun *run, const CheckSpace *space, const CheckStretch *s)
{
    const MtreeLine *device = s->front->line, *ram = s->behind->line;

    if (device->kind == MTREE_IO && ram->kind == MTREE_RAM) {
        check_tell(run, device, ram,
                   "%s is in front of the RAM %s at " TARGET_FMT_plx "-" TARGET_FMT_plx " of %s",
                   check_self(run, device), check_other(run, ram), s->first, s->last, space->name);
    }
}

void check_io_over_ram(CheckRun *run)
{
    each_meeting(run, tell_io_over_ram);
}
