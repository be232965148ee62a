/* SPDX-License-Identifier: MIT
 *
 * What `physmem who` answers. commands/who.c takes the questions from the arguments. tree.c and
 * ranges.c answer for addresses and ranges, names.c for names of regions, views.c for
 * all of them if there is no tree.
 */
#ifndef TOOL_WHO_WHO_H
#define TOOL_WHO_WHO_H

#include "machine/machine.h"
#include "mtree/flat.h"
#include "mtree/walk.h"

typedef struct WhoQuestion {
    const MtreeMachine *machine;
    bool guessed; /* no view and no hint settles what the text leaves open */
    enum { WHO_ADDRESS, WHO_RANGE, WHO_NAME } what;
    hwaddr address; /* WHO_RANGE: the first one */
    hwaddr last;    /* WHO_RANGE */
    const char *name;
    GHashTable *bounds; /* of who_bounds_new(); several questions can share it */
} WhoQuestion;

/* Returns an empty table of what was computed about the roots of spaces. The caller drops it. */
GHashTable *who_bounds_new(void);

/* Takes a question from an argument: an address, START-END, START+SIZE or the name of a region.
 * 'names' has the names of all regions. Notes how it was read on standard error if there is a
 * doubt. */
bool who_parse(const char *s, GHashTable *names, WhoQuestion *q, GError **error);
/* Returns the names of all regions, as keys. They belong to the tree and the views. */
GHashTable *who_names(const Mtree *tree, const MtreeFlat *views);

/* ---- Answers ---------------------------------------------------------------------------- */

/* Answers for the spaces (MachineSpace) of a tree, in their order, with ways and reasons. */
void who_tell_address(const WhoQuestion *q, const GPtrArray *spaces);
void who_tell_range(const WhoQuestion *q, const GPtrArray *spaces);
/* Says where the regions of that name are seen in the spaces. Those that are in none of them are
 * looked for in the other spaces; then it says why they are seen nowhere. */
void who_tell_name(const WhoQuestion *q, const Mtree *t, const GPtrArray *spaces,
                   const GPtrArray *others);

/* Answers from views that were printed without a tree: for the space of that name, or for all if
 * 'space' is NULL. */
void who_tell_views(const WhoQuestion *q, const MtreeFlat *views, const char *space);

/* Prints the text of each space, once for all spaces that have it. */
typedef char *WhoText(const WhoQuestion *q, const MachineSpace *space, gpointer data);
void who_tell_texts(const WhoQuestion *q, const GPtrArray *spaces, WhoText *text, gpointer data);

/* ---- Parts of an answer ----------------------------------------------------------------- */

/* Addresses with one answer. */
typedef struct WhoPiece {
    hwaddr first, last;
    const char *name; /* NULL: nothing answers */
    hwaddr offset;    /* of 'first', in the region */
    int32_t priority;
    const char *kind;
    bool nonvolatile;
    unsigned number; /* the region's line, or that of the range in a printed view */
    MtreeLine *line; /* of a tree */
    char *guesses;   /* NULL: none */
} WhoPiece;

/* Return the pieces (WhoPiece) of a range, ascending; who_parts() with their guesses. */
GArray *who_pieces_new(void);
GArray *who_parts(const WhoQuestion *q, const MachineSpace *space, hwaddr first, hwaddr last);
GArray *who_pieces_of_space(const MtreeMachine *machine, const MachineSpace *space, hwaddr first,
                            hwaddr last);
GArray *who_pieces_of_view(const FlatBlock *view, hwaddr first, hwaddr last);

const char *who_kind_word(const MtreeLine *line);
void who_add_winner(GString *out, const WhoPiece *piece);
/* Adds the guesses below a piece, further in than for a single address. */
void who_add_guesses(GString *out, const WhoPiece *piece);
void who_add_piece(GString *out, const WhoPiece *piece);

/* Returns the way to what answers in a piece, at its first address; NULL if there is none. */
const MtreeHit *who_winner(const GPtrArray *hits, const WhoPiece *piece);
/* Returns where two ways part: the index of the first step that differs. */
guint who_fork(const MtreeHit *a, const MtreeHit *b);
/* Whether it is a guess which of two siblings is in front. */
bool who_order_is_guess(const WhoQuestion *q, const MtreeLine *a, const MtreeLine *b);
/* Add why 'winner' hides 'loser', which would be visible there without the other; why a way does
 * not lead to the answer. */
void who_add_rank(GString *out, const WhoQuestion *q, const MtreeHit *loser,
                  const MtreeHit *winner);
void who_add_reason(GString *out, const WhoQuestion *q, const MtreeHit *hit,
                    const MtreeHit *winner);

/* Returns a line for each guess on which the answer at q->address depends, or "": those on the ways
 * from the root that rank up to the winner's; on all ways if nothing answers (NULL). The caller
 * frees it. */
char *who_guesses(const WhoQuestion *q, MtreeLine *root, const MtreeHit *winner);

#endif
