/* SPDX-License-Identifier: MIT
 *
 * What the subcommands of `physmem` share: files, options, and the machine that both give. One
 * subcommand is one cmd-*.c; main.c chooses.
 */
#ifndef TOOL_TOOL_H
#define TOOL_TOOL_H

#include "machine.h"
#include "mtree-flat.h"

/* A subcommand: its own argv, argv[0] being its name. Returns the exit status: 0, or 1 after a
 * message on standard error and with nothing on standard output. */
typedef int ToolCommand(int argc, char **argv);
ToolCommand tool_tree, tool_flat, tool_who;

typedef struct ToolInput {
    /* Options. */
    char *hints;
    char *flat;
    char **rest; /* the arguments that are no options, FILE first */
    /* What they give. */
    Mtree *tree;
    MtreeMachine *machine;
} ToolInput;

/* Parses the common options and 'more', with 'count' arguments behind, into 'in'. */
bool tool_options(ToolInput *in, int *argc, char ***argv, const GOptionEntry *more,
                  const char *usage, const char *summary, guint count, GError **error);

/* Reads the files and builds the machine; says on standard error what was assumed. */
bool tool_open(ToolInput *in, GError **error);
void tool_close(ToolInput *in);

/* The last words of a command that failed: prints the error, cleans up, returns 1. */
int tool_give_up(ToolInput *in, GError *error);

/* ---- The steps, for tests (load.c) ------------------------------------------------------ */

/* The text of a file, "-" being standard input. */
bool load_text(const char *file, char **text, gsize *length, GError **error);

/* From text to a tree with nothing left open; hints or flat may be NULL. */
Mtree *load_tree(const char *file, const char *text, gsize length, GError **error);
bool load_hints(Mtree *t, const char *file, const char *text, gsize length, GError **error);
bool load_flat(Mtree *t, const char *file, const char *text, gsize length, GError **error);
/* Without either: guesses, and notes about them. */
bool load_guesses(Mtree *t, GError **error);

#endif
