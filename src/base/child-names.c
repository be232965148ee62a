/* SPDX-License-Identifier: MIT
 *
 * Takes and gives back the names of children (child-names.h). Names are taken as they are;
 * region/region.c replaces the characters that a path must not contain.
 */
#include "base/child-names.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/index-heap.h"
#include "base/rcu.h"

typedef struct Stem {
    NameEntry entry;
    char *text;
    uint32_t next;
    IndexHeap free;
    size_t users; /* names that have an index of this stem */
} Stem;

typedef struct ChildName {
    NameEntry entry;
    char *text;
    Stem *stem; /* NULL: the name has no index of a stem */
    uint32_t index;
} ChildName;

static ChildName *find(const ChildNames *names, const char *text)
{
    NameEntry *entry = name_table_find(&names->names, text);

    return entry ? caa_container_of(entry, ChildName, entry) : NULL;
}

/* ---- Indexes ---------------------------------------------------------------------------- */

static Stem *stem_get(ChildNames *names, const char *name, size_t len)
{
    char *text = alloc_printf("%.*s", (int)len, name);
    NameEntry *entry = name_table_find(&names->stems, text);
    Stem *stem;

    if (entry) {
        free(text);
        return caa_container_of(entry, Stem, entry);
    }
    stem = alloc_new(Stem);
    stem->text = text;
    name_table_add(&names->stems, &stem->entry, text);
    return stem;
}

static void join_stem(ChildName *name, Stem *stem, uint32_t index)
{
    name->stem = stem;
    name->index = index;
    stem->users++;
}

static void leave_stem(ChildNames *names, ChildName *name)
{
    Stem *stem = name->stem;

    if (!stem) {
        return;
    }
    index_heap_push(&stem->free, name->index);
    if (--stem->users == 0) {
        name_table_remove(&names->stems, &stem->entry);
        index_heap_clear(&stem->free);
        free(stem->text);
        free(stem);
    }
}

/* Gives the name the first free index of a stem, and returns its text. */
static char *first_free(ChildNames *names, ChildName *name, Stem *stem)
{
    for (;;) {
        uint32_t index = stem->free.count ? index_heap_pop(&stem->free) : stem->next++;
        char *text = alloc_printf("%s[%" PRIu32 "]", stem->text, index);
        ChildName *taken = find(names, text);

        if (!taken) {
            join_stem(name, stem, index);
            return text;
        }
        join_stem(taken, stem, index);
        free(text);
    }
}

static bool wants_index(const char *text)
{
    size_t len = strlen(text);

    return len >= 3 && strcmp(text + len - 3, "[*]") == 0;
}

/* Returns the text of a new name, on the heap, or NULL if it is taken. */
static char *settle_text(ChildNames *names, ChildName *name, const char *text)
{
    if (wants_index(text)) {
        return first_free(names, name, stem_get(names, text, strlen(text) - 3));
    }
    return find(names, text) ? NULL : alloc_string(text);
}

/* ---- Names ------------------------------------------------------------------------------ */

char *child_names_take(ChildNames *names, const char *text)
{
    ChildName *name = alloc_new(ChildName);

    name->text = settle_text(names, name, text);
    if (!name->text) {
        free(name);
        return NULL;
    }
    name_table_add(&names->names, &name->entry, name->text);
    return name->text;
}

void child_names_give_back(ChildNames *names, const char *text)
{
    ChildName *name = find(names, text);

    name_table_remove(&names->names, &name->entry);
    leave_stem(names, name);
    free(name->text);
    free(name);
}

void child_names_clear(ChildNames *names)
{
    name_table_clear(&names->names);
    name_table_clear(&names->stems);
}
