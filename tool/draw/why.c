/* SPDX-License-Identifier: MIT
 *
 * Finds the reason (why.h) where the ways to the two boxes part: there two regions of one
 * container meet.
 */
#include "draw/why.h"

/* Returns the box on the way to 'box' that is in 'container'; NULL if the way does not pass it. */
static const DrawBox *step_in(const DrawBox *box, const DrawBox *container)
{
    while (box && box->parent != container) {
        box = box->parent;
    }
    return box;
}

/* Returns the innermost box that is on both ways. */
static const DrawBox *common(const DrawBox *a, const DrawBox *b)
{
    for (; a; a = a->parent) {
        for (const DrawBox *box = b; box; box = box->parent) {
            if (box == a) {
                return a;
            }
        }
    }
    return NULL;
}

static char *rank(const DrawScene *scene, const DrawBox *low, const DrawBox *high)
{
    const char *container = low->parent ? low->parent->line->name : "the space";

    if (low->line->priority != high->line->priority) {
        return g_strdup_printf("lower priority in %s: %s has %d, %s has %d", container,
                               low->line->name, low->line->priority, high->line->name,
                               high->line->priority);
    }
    return g_strdup_printf("older at equal priority in %s: %s was added before %s%s", container,
                           low->line->name, high->line->name, scene->guessed ? " (a guess)" : "");
}

char *draw_why(const DrawScene *scene, const DrawBox *loser, const DrawBox *winner)
{
    const DrawBox *container = common(loser, winner);

    if (loser->shown == winner->shown && loser->zero == winner->zero) {
        return g_strdup("the same answer by a way of lower rank");
    }
    if (container == loser) {
        return g_strdup_printf("hidden by what it contains: %s",
                               step_in(winner, loser)->line->name);
    }
    return rank(scene, step_in(loser, container), step_in(winner, container));
}
