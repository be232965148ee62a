/* SPDX-License-Identifier: MIT
 *
 * The names of an object's children, for object-tree.c. No two children have the same name. A child
 * that is added as "name[*]" gets the first free index in place of the star.
 *
 *   ChildNames: names   "ram[0]" -> ChildName
 *               stems   "ram" -> Stem: which ram[i] are free
 *
 * Each index of a stem below 'next' belongs to a name that has joined the stem, or is in the heap
 * 'free'. A name that was taken as "ram[7]" instead of "ram[*]" joins the stem when the stem comes
 * to index 7 and finds the name taken.
 *
 * The caller holds the context's lock.
 */
#ifndef BASE_CHILD_NAMES_H
#define BASE_CHILD_NAMES_H

#include "base/name-table.h"

typedef struct ChildNames {
    NameTable names;
    NameTable stems;
} ChildNames;

/* Takes a name, in which a star gets its index. Returns the full name, which lives until
 * child_names_give_back(), or NULL if another child has it. */
char *child_names_take(ChildNames *names, const char *name);

/* Gives back a name that was taken, and frees it. */
void child_names_give_back(ChildNames *names, const char *name);

/* Frees the tables. All names must have been given back. */
void child_names_clear(ChildNames *names);

#endif
