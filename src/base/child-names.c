/* SPDX-License-Identifier: MIT
 *
 * Takes and gives back the names of children (child-names.h). Names are taken as they are;
 * region/region.c replaces the characters that a path must not contain.
 *
 * A machine begins by naming all its regions. So a name that gets an index is one allocation, and
 * no call of printf() writes it.
 */
#include "base/child-names.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/index-heap.h"
#include "base/rcu.h"

typedef struct Stem {
    uint32_t next;
    IndexHeap free;
    size_t users; /* names that have an index of this stem */
    NameEntry entry;
} Stem;

/* Each region with a name has one, so it is small: 48 bytes of heap if the name without its index
 * has up to 7 characters. */
typedef struct ChildName {
    Stem *stem; /* NULL: the name has no index of a stem */
    NameEntry entry;
} ChildName;

enum { INDEX_ROOM = sizeof("[4294967295]") }; /* for the largest index, with its brackets */

static ChildName *name_of(NameEntry *entry)
{
    return entry ? caa_container_of(entry, ChildName, entry) : NULL;
}

/* Adds a name to the table and returns NULL, or returns the child's name that is the same. */
static ChildName *add(ChildNames *names, ChildName *name)
{
    return name_of(name_table_add(&names->names, &name->entry));
}

/* Returns a name with the first 'len' characters of 'text', and room for an index behind them. */
static ChildName *name_new(const char *text, size_t len)
{
    ChildName *name = alloc_zero(offsetof(ChildName, entry.name) + len + INDEX_ROOM);

    memcpy(name->entry.name, text, len);
    return name;
}

/* ---- Indexes ---------------------------------------------------------------------------- */

/* Returns the stem that is called 'text', and makes it if there is none. */
static Stem *stem_get(ChildNames *names, const char *text)
{
    NameEntry *entry = name_table_find(&names->stems, text);
    Stem *stem;

    if (entry) {
        return caa_container_of(entry, Stem, entry);
    }
    stem = alloc_zero(offsetof(Stem, entry.name) + strlen(text) + 1);
    strcpy(stem->entry.name, text);
    name_table_add(&names->stems, &stem->entry);
    return stem;
}

static void join_stem(ChildName *name, Stem *stem)
{
    name->stem = stem;
    stem->users++;
}

/* Reads the index out of a name that has joined the stem: the digits behind "stem[". */
static uint32_t index_of(const ChildName *name, const Stem *stem)
{
    return (uint32_t)strtoul(name->entry.name + strlen(stem->entry.name) + 1, NULL, 10);
}

static void leave_stem(ChildNames *names, ChildName *name)
{
    Stem *stem = name->stem;

    if (!stem) {
        return;
    }
    index_heap_push(&stem->free, index_of(name, stem));
    if (--stem->users == 0) {
        name_table_remove(&names->stems, &stem->entry);
        index_heap_clear(&stem->free);
        free(stem);
    }
}

/* Writes "[index]" to 'at'. */
static void write_index(char *at, uint32_t index)
{
    char digits[INDEX_ROOM];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + index % 10);
    } while ((index /= 10));
    *at++ = '[';
    while (n) {
        *at++ = digits[--n];
    }
    strcpy(at, "]");
}

static uint32_t next_index(Stem *stem)
{
    return stem->free.count ? index_heap_pop(&stem->free) : stem->next++;
}

/* Adds a name, which is that of a stem so far, with the first free index of the stem. */
static void add_with_index(ChildNames *names, ChildName *name)
{
    Stem *stem = stem_get(names, name->entry.name);
    char *end = name->entry.name + strlen(name->entry.name);
    ChildName *taken;

    do {
        write_index(end, next_index(stem));
        taken = add(names, name);
        join_stem(taken ? taken : name, stem);
    } while (taken);
}

static bool wants_index(const char *text, size_t len)
{
    return len >= 3 && memcmp(text + len - 3, "[*]", 3) == 0;
}

/* ---- Names ------------------------------------------------------------------------------ */

char *child_names_take(ChildNames *names, const char *text)
{
    size_t len = strlen(text);
    bool indexed = wants_index(text, len);
    ChildName *name = name_new(text, indexed ? len - 3 : len);

    if (indexed) {
        add_with_index(names, name);
    } else if (add(names, name)) {
        free(name);
        return NULL;
    }
    return name->entry.name;
}

void child_names_give_back(ChildNames *names, const char *text)
{
    ChildName *name = name_of(name_table_find(&names->names, text));

    name_table_remove(&names->names, &name->entry);
    leave_stem(names, name);
    free(name);
}

void child_names_clear(ChildNames *names)
{
    name_table_clear(&names->names);
    name_table_clear(&names->stems);
}
