/* SPDX-License-Identifier: MIT
 *
 * Maps that are not the text of a monitor. Each kind is recognised by its content and turned into
 * that text, so that everything behind it is the same: `physmem get` prints the text, and lines are
 * counted in it.
 */
#ifndef TOOL_FORMAT_FORMAT_H
#define TOOL_FORMAT_FORMAT_H

#include "mtree/mtree.h"

typedef struct Format {
    bool (*is)(const char *bytes, gsize length);
    /* Returns the text, and what was assumed and left out as one sentence in *note. NULL with an
     * error that begins with the name of the file. The caller frees both. */
    char *(*text)(const char *file, const char *bytes, gsize length, char **note, GError **error);
} Format;

extern const Format format_dtb, format_iomem;

/* Returns the format of the bytes; NULL if they may be the text of a monitor. */
const Format *format_of(const char *bytes, gsize length);

/* ---- For the formats -------------------------------------------------------------------- */

/* A region of the text that a format writes. */
typedef struct FormatRegion {
    hwaddr start;
    Int128 size;
    int priority;
    const char *kind;
    bool disabled;
    char *name;
    GPtrArray *children; /* NULL: none */
} FormatRegion;

/* Adds a region to one that contains it; NULL: none does. What a name must not have is replaced. */
FormatRegion *format_add(FormatRegion *parent, hwaddr start, Int128 size, int priority,
                         const char *kind, const char *name);
void format_free(FormatRegion *region);
/* Adds an address space to the text, in the order in which a monitor prints it. */
void format_print(GString *out, const char *space, FormatRegion *root);

/* How many things of what kind were left out, and the first of them. */
typedef struct FormatTally {
    unsigned count;
    char *first;
} FormatTally;
void format_tally(FormatTally *tally, const char *name);
/* Adds a clause to a note, if something was counted, and frees the tally. 'what' has a '%' in the
 * place of the plural's s. */
void format_add_tally(GString *note, FormatTally *tally, const char *what);

#endif
