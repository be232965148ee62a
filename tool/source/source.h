/* SPDX-License-Identifier: MIT
 *
 * A source of maps: a file, "-" (standard input), or a machine that runs. The names of machines
 * have a prefix, such as "qmp:SOCKET". A source gives bytes; load_map() finds out what they are.
 *
 * To add a kind of machine, write source-NAME.c and enter its SourceKind in source.c.
 */
#ifndef TOOL_SOURCE_SOURCE_H
#define TOOL_SOURCE_SOURCE_H

#include "source/channel.h"

typedef struct Source Source;

typedef struct SourceKind {
    const char *prefix;
    /* Greets, after the connection is made. */
    bool (*start)(Source *s, GError **error);
    /* Returns the map of this moment, whole and with nothing left out. The caller frees it. */
    char *(*fetch)(Source *s, gsize *length, GError **error);
    /* Returns after so many milliseconds, or earlier if the map may have changed since fetch().
     * Then it sets the time limit anew. *changed: whether it is worth to fetch the map. */
    bool (*wait)(Source *s, unsigned milliseconds, bool *changed, GError **error);
} SourceKind;

struct Source {
    const SourceKind *kind;
    char *name; /* as the user gave it */
    Channel *channel;
    char *seen; /* for wait(): what the last fetch() saw */
};

extern const SourceKind source_qmp, source_hmp, source_sock;

/* Whether a name is that of a machine, not of a file. */
bool source_is_machine(const char *name);
/* Connects to a machine. 'stop' is a descriptor that ends all waiting when it becomes readable; -1:
 * none. NULL with an error. */
Source *source_open(const char *name, int stop, GError **error);
void source_close(Source *s);
char *source_fetch(Source *s, gsize *length, GError **error);
bool source_wait(Source *s, unsigned milliseconds, bool *changed, GError **error);

/* Reads any source once. The caller frees *text. */
bool source_read(const char *name, char **text, gsize *length, GError **error);

#endif
