/* SPDX-License-Identifier: MIT
 *
 * The common part of the subcommands of `physmem`: options, files, and the machine that is built
 * from them. Each subcommand has one file cmd-*.c; main.c chooses it.
 */
#ifndef TOOL_INPUT_TOOL_H
#define TOOL_INPUT_TOOL_H

#include "machine/machine.h"
#include "mtree/flat.h"

/* A subcommand. argv[0] is its name. Returns the exit status: 0, or 1 after a message on standard
 * error and with nothing on standard output. */
typedef int ToolCommand(int argc, char **argv);
ToolCommand tool_bench, tool_diff, tool_draw, tool_tree, tool_flat, tool_who, tool_ram;
ToolCommand tool_get, tool_watch;
ToolCommand tool_check, tool_explain;
ToolCommand tool_json;

/* What a file has: a tree, views, or both. */
typedef struct LoadedMap {
    Mtree *tree;
    MtreeFlat *views;
    char *note;     /* what was left out and mended; NULL: nothing */
    bool converted; /* from no text of a monitor, so its lines are not those of the file */
} LoadedMap;

typedef struct ToolInput {
    bool quiet; /* print no notes and assumptions */
    bool two;   /* one of two files: messages name it, and there is neither --hints nor --flat */
    /* Options. */
    char *hints;
    char *flat;
    char *space; /* of --space, for tool_run(); NULL: not given */
    char **rest; /* the arguments that are not options, FILE first */
    /* Made from the files that the options name. */
    LoadedMap map;
    MtreeMachine *machine; /* NULL: FILE has views only */
    MtreeFlat *made;       /* by tool_views() */
} ToolInput;

/* Parses the common options and those of 'more' into 'in'. 'count' arguments must follow them. */
bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error);

/* Reads the files and builds the machine. Prints on standard error what was assumed. */
bool tool_open(ToolInput *in, GError **error);
/* The same for a map that was read already; in->rest[0] is its name. */
bool tool_open_text(ToolInput *in, const char *text, gsize length, GError **error);
/* The same for the second of two files. */
bool tool_open_second(const ToolInput *first, ToolInput *in, GError **error);
void tool_close(ToolInput *in);
/* Returns the views of the machine or, if there is none, those of FILE. They last until
 * tool_close(). */
const MtreeFlat *tool_views(ToolInput *in);

/* The error that --space names no space of FILE. True if there is such a space, or no --space. */
bool tool_check_space(ToolInput *in, GError **error);

/* A command about one FILE. */
typedef struct ToolPlan {
    const char *usage; /* the arguments, FILE first */
    const char *summary;
    guint least, most;        /* how many arguments */
    const char *space;        /* the help of --space; NULL: there is no such option */
    const GOptionEntry *more; /* NULL: no other options */
    /* Prints the answer. */
    bool (*answer)(ToolInput *in, gpointer options, GError **error);
    gpointer options;
} ToolPlan;

/* Parses the options and checks the number of arguments. Prints the help and ends the program if
 * the user asks for it. */
bool tool_take_options(ToolInput *in, const ToolPlan *plan, int *argc, char ***argv,
                       GError **error);
/* Parses the options, opens FILE, answers, cleans up. Returns the exit status. */
int tool_run(const ToolPlan *plan, int argc, char **argv);

/* Ends a command that failed: prints the error, cleans up, returns 1. */
int tool_give_up(ToolInput *in, GError *error);

/* ---- The steps, for tests (load.c) ------------------------------------------------------ */

/* Reads a file, standard input ("-") or a machine (source/source.h). The caller frees *text. */
bool load_text(const char *file, char **text, gsize *length, GError **error);

/* Turns a map in another form, such as a device tree, into the text of a monitor (format/format.h),
 * with a note on what was assumed. Other bytes stay as they are. */
bool load_as_text(const char *file, char **text, gsize *length, char **note, GError **error);
/* Finds the map in text. It may be anywhere, see sift.h. load_clear() also after an error. */
bool load_map(const char *file, const char *text, gsize length, LoadedMap *map, GError **error);
void load_clear(LoadedMap *map);
/* The error that a file has views only. */
GError *load_no_tree(const char *file);
/* The tree alone; the views alone, with the note. An error if there is none. */
Mtree *load_tree(const char *file, const char *text, gsize length, GError **error);
MtreeFlat *load_views(const char *file, const char *text, gsize length, char **note,
                      GError **error);

/* After load_tree(), one of these fills in what the text leaves open. */
bool load_hints(Mtree *t, const char *file, const char *text, gsize length, GError **error);
bool load_fit(Mtree *t, const MtreeFlat *views, GError **error);
/* Guesses what the text leaves open, without hints and views, and notes the guesses that could
 * change an answer. */
bool load_guesses(Mtree *t, GError **error);

#endif
