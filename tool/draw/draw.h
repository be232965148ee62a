/* SPDX-License-Identifier: MIT
 *
 * A picture of one address space. On the left it has the tree as nested boxes, on the right the
 * view. Both share one vertical axis, which is cut into rows:
 *
 *      +-system-------------------+
 *      |      +-low ------+-------|   00000000  +- ram ------+  640K
 *      |      |           |       |             |            |
 *      |      |/ / / / / /| vga   |   000a0000  +- vga ------+  128K
 *      |      |/ / / / / /|       |             |            |
 *      |      |           |-------|   000c0000  +- ram ------+    1G
 *      +--------------------------+
 *
 * What stands further right ranks higher: whoever looks from the right sees the view. The hidden
 * part of a box is hatched.
 *
 *   draw_scene_new -> draw_layout -> draw_svg_write
 */
#ifndef TOOL_DRAW_DRAW_H
#define TOOL_DRAW_DRAW_H

#include "machine/machine.h"
#include "mtree/flat.h"

/* A region in one place. A region that is visible through several aliases has several boxes. */
typedef struct DrawBox DrawBox;
struct DrawBox {
    MtreeLine *line;
    MtreeLine *shown; /* 'line' or, if that is an alias, the region that it leads to in the end */
    DrawBox *parent;
    GPtrArray *children; /* DrawBox, those that rank highest first */
    Int128 start, end;   /* what the containers leave of it; 'end' is not included */
    Int128 from, to;     /* the part in which 'shown' is visible */
    Int128 zero;         /* the address of the offset 0 of 'shown' */
    bool answers;        /* 'shown' is not a pure container */
    bool visible;        /* it wins some row */
    MtreeKind kind;      /* ROM: read-only for whatever reason */
    guint first, after;  /* rows */
    /* Layout. */
    GPtrArray *text; /* lines of the name */
    char *note;      /* the priority, in the last of these lines; NULL: it is 0 */
    guint lane;      /* among the boxes of one container; a higher lane stands further right */
    int x, width;
    int own_width; /* of the label alone */
    int natural;   /* the smallest width with everything inside */
};

typedef struct DrawRow {
    Int128 start, end;
    const FlatLine *range; /* what answers; NULL: nothing */
    const DrawBox *winner; /* NULL also if the tree is not known */
    int y, height;
} DrawRow;

/* A range of the view or a hole between two, over one row or more. */
typedef struct DrawRange {
    Int128 start, end;
    const FlatLine *range; /* NULL: a hole */
    guint first, after;    /* rows */
    GPtrArray *text;       /* lines of the name */
    char *note;            /* the offset in the region, in the last line; NULL: it is 0 */
} DrawRange;

typedef struct DrawScene {
    char *title;  /* of the picture */
    char *name;   /* of the space; NULL: not said */
    char *spaces; /* a sentence that names the spaces that have this view */
    DrawBox *root;
    GPtrArray *boxes; /* all, those that rank highest first */
    GArray *rows;     /* DrawRow, ascending */
    GArray *ranges;   /* DrawRange, ascending */
    bool has_tree;
    bool guessed; /* the text leaves open what the tree shows */
    bool cut;     /* there are more boxes than a picture has */
    /* Regions (MtreeLine) that are not drawn because they are disabled or empty; because their
     * container does not reach them. */
    GHashTable *disabled, *clipped;
    bool whole; /* every row of a range has a winner */
    int tree_width, range_width, address_width;
} DrawScene;

enum { DRAW_MAX_BOXES = 4000 };

/* Makes the scene of a view. 'root' is the tree of the space; NULL if it is not known. Tree and
 * view must outlive the scene. */
DrawScene *draw_scene_new(const char *title, MtreeLine *root, const FlatBlock *view);
void draw_scene_free(DrawScene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DrawScene, draw_scene_free)

/* A step of draw_scene_new(): cuts the axis into rows, and finds the winner of each. */
void draw_rows_make(DrawScene *scene, const FlatBlock *view);

/* Gives each box its label, its lane, its horizontal place, and each row its height. */
void draw_layout(DrawScene *scene);
/* A step of draw_layout(). */
void draw_heights(DrawScene *scene);

typedef enum DrawScheme { DRAW_EITHER, DRAW_LIGHT, DRAW_DARK } DrawScheme;

/* Returns the whole picture. The caller frees it. */
char *draw_svg(const DrawScene *scene, DrawScheme scheme);

#endif
