/* SPDX-License-Identifier: MIT
 *
 * The common part of the subcommands of `physmem`: options, files, and the machine that is built
 * from them. Each subcommand has one file cmd-*.c; main.c chooses it.
 */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

#include "machine.h"
#include "mtree-flat.h"

/* A subcommand. argv[0] is its name. Returns the exit status: 0, or 1 after a message on standard
 * error and with nothing on standard output. */
typedef int ToolCommand(int argc, char **argv);
ToolCommand tool_tree, tool_flat, tool_who;

typedef struct ToolInput {
    /* Options. */
    char *hints;
    char *flat;
    char **rest; /* the arguments that are not options, FILE first */
    /* Made from the files that the options name. */
    Mtree *tree;
    MtreeMachine *machine;
} ToolInput;

/* Parses the common options and those of 'more' into 'in'. 'count' arguments must follow them. */
bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error);

/* Reads the files and builds the machine. Prints on standard error what was assumed. */
bool tool_open(ToolInput *in, GError **error);
void tool_close(ToolInput *in);

/* Ends a command that failed: prints the error, cleans up, returns 1. */
int tool_give_up(ToolInput *in, GError *error);

/* ---- The steps, for tests (load.c) ------------------------------------------------------ */

/* Reads a file; "-" is standard input. The caller frees *text. */
bool load_text(const char *file, char **text, gsize *length, GError **error);

/* Parses text. One of the next three calls then fills in what the text leaves open. */
Mtree *load_tree(const char *file, const char *text, gsize length, GError **error);
bool load_hints(Mtree *t, const char *file, const char *text, gsize length, GError **error);
bool load_flat(Mtree *t, const char *file, const char *text, gsize length, GError **error);
/* Guesses what the text leaves open, without hints and views, and notes the guesses that could
 * change an answer. */
bool load_guesses(Mtree *t, GError **error);

#endif
