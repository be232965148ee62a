/* SPDX-License-Identifier: MIT
 *
 * Finds the output of `info mtree` in what people have: sessions, mails, logs, JSON, old formats.
 * The result is text in the exact form that mtree/parse.c and mtree/flat.c read, each line with its
 * number in the file. Lines that are exact stay as they are. What the map means is not decided
 * here.
 *
 *   sift-bytes -> sift-mail -> sift-json -> sift-html -> sift-ours -> sift-lines (sift-front) ->
 *   sift-wrap -> sift-blocks -> sift-repeated -> sift-levels -> sift-write
 *
 * note.c counts what was left out or mended, by cause, for one note to the user.
 */
#ifndef TOOL_SIFT_SIFT_H
#define TOOL_SIFT_SIFT_H

#include "mtree/mtree.h"

typedef enum SiftCause {
    SIFT_FROM_JSON,  /* a text inside JSON */
    SIFT_OTHER_TEXT, /* a line that is no part of a map */
    SIFT_FRONT,      /* something before the line: quotes, a time */
    SIFT_BEHIND,     /* a comment behind the name */
    SIFT_REPEATED,   /* a line of a space that was printed before */
    SIFT_CUT,        /* a line without its end */
    SIFT_GAP,        /* a mark that lines are missing */
    SIFT_NO_END,     /* the text stops inside its last line, or just behind it */
    SIFT_WRAPPED,    /* a line that goes on in the next one */
    SIFT_RESUMED,    /* a block that goes on after a blank line */
    SIFT_DEPTH,      /* a line whose level is known from other lines only */
    SIFT_HEADLESS,   /* lines without a header above them */
    SIFT_OLD_KIND,   /* RW, which is RAM or a device */
    SIFT_ODD,        /* a line with a region in it that is not taken */
    SIFT_CUT_NAME,   /* a name with an ellipsis at its end */
    SIFT_MAIL,       /* a text that is quoted-printable */
    SIFT_HTML,       /* tags and names of characters */
    SIFT_SIZE,       /* the size of a range, which physmem flat -h prints */
    SIFT_CAUSES
} SiftCause;

typedef struct SiftTally {
    unsigned count;
    unsigned first; /* number of the first line */
} SiftTally;

typedef enum SiftKind {
    SIFT_OTHER,
    SIFT_BLANK,
    SIFT_BREAK,      /* a command of the monitor, or an end of a text in JSON */
    SIFT_ELLIPSIS,   /* a mark that lines are missing */
    SIFT_SPACE,      /* address-space: NAME */
    SIFT_REGION,     /* memory-region: NAME */
    SIFT_VIEW,       /* FlatView #N */
    SIFT_OLD_VIEW,   /* address-space (flat view): NAME */
    SIFT_VIEW_SPACE, /* AS "NAME", root: ROOT */
    SIFT_VIEW_ROOT,  /* Root memory region: NAME */
    SIFT_VIEW_EMPTY, /* No rendered FlatView */
    SIFT_DISPATCH,   /* the lookup structure begins */
    SIFT_RANGE,      /* START-END (... */
    SIFT_CUT_RANGE,  /* the beginning of one */
    SIFT_IGNORED,    /* was joined with a line above */
} SiftKind;

typedef struct SiftLine {
    unsigned number; /* in the file; of the text in JSON, if there is some */
    SiftKind kind;
    unsigned indent; /* columns of blanks before the text */
    unsigned width;  /* columns of the whole line, as it was */
    unsigned level;  /* a tree's region: from 1 */
    bool overflow;   /* marked [DETECTED OVERFLOW!] */
    bool blank_end;  /* had a blank at its end */
    char *text;      /* without blanks at both ends; a header's: the name only */
} SiftLine;

typedef struct SiftBlock {
    bool view;
    bool headless; /* no line of the text says whose lines these are */
    bool ended;    /* a blank line follows */
    unsigned section;
    GPtrArray *heads;  /* SiftLine */
    GPtrArray *ranges; /* SiftLine */
} SiftBlock;

typedef struct Sift {
    const char *file;
    GPtrArray *lines; /* SiftLine, all */
    GPtrArray *blocks;
    SiftTally tallies[SIFT_CAUSES];
    char *front; /* what stood before the first of the lines counted as SIFT_FRONT */
    /* The result: lines (MtreeText) in the exact form. Empty: no such block. */
    GPtrArray *tree;
    GPtrArray *views;
} Sift;

/* NULL with an error that begins with FILE:LINE if the file is no text or too long. */
Sift *sift_new(const char *file, const char *bytes, gsize length, GError **error);
void sift_free(Sift *sift);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sift, sift_free)

/* Returns one sentence on what was left out and mended, or NULL; the caller frees it. */
char *sift_note(const Sift *sift);
/* Says what a file is that has no map; NULL if that is not known. */
const char *sift_looks_like(const char *bytes, gsize length);

/* ---- The steps, for each other ----------------------------------------------------------- */

void sift_count(Sift *sift, SiftCause cause, unsigned number);

/* Bytes to lines of text that end in \n: no UTF-16, terminal codes or special blanks. */
GString *sift_bytes(const char *bytes, gsize length);
/* Decodes the source of a mail. */
void sift_mail(Sift *sift, GString *text);
/* Puts the texts inside JSON in place of the lines that they are in, between lines "\f". */
void sift_json(Sift *sift, GString *text);
/* Takes tags and the names of characters out of the source of a web page. */
void sift_html(Sift *sift, GString *text);
/* Takes sizes out of ranges. */
void sift_ours(Sift *sift, GString *text);
/* Whether a line's text is that of a hole, which physmem flat --holes prints. */
bool sift_is_hole(const char *text);
/* Says by the form of its lines what a file without a map is; NULL if that is not known. */
const char *sift_form(const char *bytes, gsize length);
/* Fills sift->lines. */
bool sift_lines(Sift *sift, const GString *text, GError **error);
/* The form of what stands before a line, such as quotes and times: its text without blanks at the
 * ends, with '0' for each number and ' ' for each run of blanks. Returns the form that most ranges
 * have; the caller frees it. */
char *sift_common_front(char **lines);
/* Returns what follows a front of that form; NULL if the line does not begin with one. */
const char *sift_behind_front(const char *line, const char *form);
/* Whether a line has regions of several lines, because ends of lines were lost. */
bool sift_has_several(const char *line);
/* Returns where START-END begins if it ends at 'end'; NULL if it does not. */
const char *sift_extent_before(const char *line, const char *end);
/* Joins ranges that go on in the next line; those that do not end become SIFT_OTHER. */
void sift_wraps(Sift *sift);
/* Fills sift->blocks. */
void sift_blocks(Sift *sift);
void sift_block_free(gpointer block);
/* Drops the blocks of outputs that print a space again. */
void sift_repeated(Sift *sift);
/* Finds the levels of the regions in trees. */
void sift_levels(Sift *sift);
/* Fills sift->tree and sift->views. */
void sift_write(Sift *sift);

/* What a string is as the text of a SIFT_RANGE line. */
typedef enum SiftWhole { SIFT_WHOLE, SIFT_BEGINNING, SIFT_NOT_A_RANGE } SiftWhole;
SiftWhole sift_whole(const char *text);
/* Returns what follows "): " in the text of a range; NULL if nothing does. */
char *sift_range_name(const char *text);

#endif
