/* SPDX-License-Identifier: MIT
 *
 * A printed memory map as the text describes it: blocks of lines. The text leaves some facts open:
 * which regions are pure containers, which aliases are read-only, and others. They are filled in
 * from hints (hints.c) or guessed (infer.c, fit.c). machine/machine.c then makes regions
 * from the lines.
 *
 * sift/sift.h finds the lines of the map in a file first.
 *
 *   mtree_parse -> mtree_infer -> mtree_fit -> mtree_check -> machine_new
 *             \--> mtree_hints_apply ---------/
 *
 * A region that is printed twice, in a container and as the target of an alias, is two lines. One
 * of them has the other as its 'twin', and is ignored otherwise.
 */
#ifndef TOOL_MTREE_MTREE_H
#define TOOL_MTREE_MTREE_H

#include <glib.h>

#include <physmem/types.h>

enum { MTREE_MAX_LEVEL = 128, MTREE_MAX_SPACES = 16384, MTREE_MAX_BYTES = 64 << 20 };

/* MTREE_CONTAINER is a word of the text only: what it is printed for is MTREE_IO here. */
typedef enum MtreeKind {
    MTREE_IO,
    MTREE_RAM,
    MTREE_ROM,
    MTREE_ROMD,
    MTREE_RAMD,
    MTREE_CONTAINER
} MtreeKind;

typedef struct MtreeBlock MtreeBlock;
typedef struct MtreeLine MtreeLine;
typedef struct MtreeRam MtreeRam;

struct MtreeLine {
    /* Facts of the text. */
    unsigned number; /* in the file, from 1; 0: a hidden region that only its children show */
    MtreeBlock *block;
    MtreeLine *parent;
    GPtrArray *children; /* in order of the listing */
    char *name;
    char *owner;      /* the whole suffix, or NULL */
    char *owner_self; /* its "owner:{...}", or NULL */
    MtreeKind kind;
    bool says_container; /* printed as a container, not as i/o */
    bool unknown;        /* an alias shows it, but its block is not in the text; number is 0 */
    bool nonvolatile;
    bool disabled;
    bool is_alias;
    int32_t priority;
    hwaddr start;  /* as printed */
    hwaddr offset; /* in the parent; of a root: as printed */
    Int128 size;   /* 1 to 2^64; 1 also if the region is empty */
    hwaddr from;   /* alias: offset in the target */
    char *target_name;

    /* Facts that the text leaves open. */
    MtreeBlock *target;  /* alias: the block of the region that it shows */
    bool guessed_target; /* several blocks have the name, and no owner tells which it is */
    MtreeLine *twin;     /* the same region, printed elsewhere; then this line is ignored */
    GPtrArray *order;    /* the children, front first */
    bool container;      /* i/o: has no handlers of its own */
    bool iommu;
    bool readonly;   /* makes all that it shows read-only */
    bool empty;      /* has size 0, not 1 */
    bool pinned;     /* mtree-fit: a view shows that it is not empty */
    bool writable;   /* mtree-fit: a view shows that it is not read-only */
    unsigned on_way; /* mtree-walk: how often it is on the way that is being walked */

    /* Facts that only JSON has (json/read.h). */
    bool reservation; /* i/o: rejects every access */
    bool romd_off;    /* i/o: a ROM device in the mode in which it is one */
    bool unmergeable; /* neighbouring ranges of the region stay apart */
    MtreeRam *ram;    /* its block; NULL: not known */
};

/* A block of RAM in the process that runs the machine. */
struct MtreeRam {
    char *id; /* NULL: none */
    hwaddr address, used, maximum, page_size, host;
    int fd; /* -1: no file */
    hwaddr fd_offset;
    bool shared;
};

struct MtreeBlock {
    bool is_space;    /* address-space, else memory-region */
    bool exact_root;  /* the root gives way only where nothing is lost: no collapsed root */
    bool has_space;   /* a space, or a region in a text without spaces, which gets one */
    unsigned number;  /* line of its first header */
    GPtrArray *names; /* of the spaces; of the one region */
    MtreeLine *root;
    unsigned index;      /* mtree-targets: among the blocks of regions */
    MtreeLine *shown_in; /* mtree-targets: the container of the first alias that shows it */
};

typedef struct Mtree {
    char *file;
    GPtrArray *blocks;
    GPtrArray *lines; /* all, with and without a number */
    GHashTable *numbered;
    bool has_owners;
    bool has_disabled;   /* some line is [disabled] */
    bool has_containers; /* the text says which regions are containers */
    unsigned page_bits;  /* 0: not said */
    bool complete;       /* from JSON: nothing is left open, and nothing is to be guessed */
    bool guessed;        /* what the text leaves open was guessed, and no view has settled it */
    GPtrArray *notes;    /* assumptions, one sentence each */
} Mtree;

/* Returns the word that the monitor prints. */
const char *mtree_kind_word(MtreeKind kind);

#define MTREE_ERROR (g_quark_from_static_string("mtree"))

/* FILE:LINE: message. Returns false. */
bool mtree_fail(GError **error, const char *file, unsigned line, const char *fmt, ...)
    G_GNUC_PRINTF(4, 5);

/* A line of text in the exact form of the monitor. */
typedef struct MtreeText {
    unsigned number; /* in the file */
    char *text;
} MtreeText;

/* Parses the text of `info mtree`, printed with or without -D and -o, from its lines (MtreeText).
 * NULL with an error that begins with FILE:LINE. For each alias there is a block with the name of
 * its target. */
Mtree *mtree_parse(const char *file, const GPtrArray *lines, GError **error);
Mtree *mtree_new(const char *file);
void mtree_free(Mtree *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mtree, mtree_free)

/* Returns the line with that number; NULL if it is not the line of a region. */
MtreeLine *mtree_line(const Mtree *t, unsigned number);
MtreeLine *mtree_line_new(Mtree *t, MtreeBlock *block, MtreeLine *parent, unsigned number);

/* Remembers an assumption for the user. */
void mtree_note(Mtree *t, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Returns the line that stands for the region of a line. */
static inline MtreeLine *mtree_real(MtreeLine *line)
{
    while (line->twin) {
        line = line->twin;
    }
    return line;
}

static inline MtreeLine *mtree_target(const MtreeLine *alias)
{
    return mtree_real(alias->target->root);
}

static inline Int128 mtree_size(const MtreeLine *line)
{
    return line->empty ? 0 : line->size;
}

/* Whether both lines have the same text, with all that is below them. One may be a root and the
 * other in a container. */
bool mtree_same_text(const MtreeLine *a, const MtreeLine *b);
/* Equal for lines of the same text. */
guint mtree_text_hash(const MtreeLine *line);
/* Makes the lines of b's tree the twins of the lines of a's tree, which has the same text. */
void mtree_make_twins(MtreeLine *a, MtreeLine *b);

/* ---- Filling in what the text leaves open ----------------------------------------------- */

/* Guesses from text and owners alone. Called again, it forgets what the views corrected. */
void mtree_infer(Mtree *t);

/* From a file of hints; see physmem(1). */
bool mtree_hints_apply(Mtree *t, const char *file, const char *text, gsize length, GError **error);

/* Corrects the guesses with the views that the machine itself printed. Returns false, and leaves
 * the guesses, if the tree explains no more of the views then, or if the views are of other
 * spaces. */
typedef struct MtreeFlat MtreeFlat;
bool mtree_fit(Mtree *t, const MtreeFlat *flat);

/* Checks that the tree, as filled in, is finite. Returns false and an error if an alias shows
 * itself without end, or there are too many ways to regions. */
bool mtree_check(const Mtree *t, GError **error);

#endif
