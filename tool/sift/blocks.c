/* SPDX-License-Identifier: MIT
 *
 * Groups lines into blocks (sift.h). A block is the tree of a space or of a region, or a view, with
 * its headers and ranges.
 */
#include "sift/sift.h"

#include <string.h>

typedef struct Grouping {
    Sift *sift;
    SiftBlock *block;  /* the one that is being filled; NULL: none */
    bool dispatch;     /* in the lookup structure of a view, which is skipped */
    bool has_headers;  /* some tree in the text has headers as they are now */
    GHashTable *shown; /* names that aliases show, if an old header asked */
    GHashTable *once;  /* headers in this section that an output has only once */
    unsigned section;  /* counts outputs of commands */
} Grouping;

void sift_block_free(gpointer data)
{
    SiftBlock *block = data;

    g_ptr_array_unref(block->heads);
    g_ptr_array_unref(block->ranges);
    g_free(block);
}

static void end_block(Grouping *g)
{
    g->block = NULL;
    g->dispatch = false;
}

static SiftBlock *begin_block(Grouping *g, bool view)
{
    end_block(g);
    g->block = g_new0(SiftBlock, 1);
    g->block->view = view;
    g->block->section = g->section;
    g->block->heads = g_ptr_array_new();
    g->block->ranges = g_ptr_array_new();
    g_ptr_array_add(g->sift->blocks, g->block);
    return g->block;
}

/* ---- Headers ---------------------------------------------------------------------------- */

/* An output has these headers only once. Others may come again: several devices have spaces of one
 * name. */
static bool comes_once(const SiftLine *line)
{
    if (line->kind == SIFT_VIEW) {
        return g_str_equal(line->text, "0");
    }
    return line->kind == SIFT_SPACE &&
           (g_str_equal(line->text, "memory") || g_str_equal(line->text, "I/O"));
}

/* Begins a section if this header begins one more output. */
static void look_for_repeat(Grouping *g, const SiftLine *line)
{
    if (comes_once(line) && !g_hash_table_add(g->once, line->text)) {
        g_hash_table_remove_all(g->once);
        g_hash_table_add(g->once, line->text);
        end_block(g);
        g->section++;
    }
}

/* Spaces that share a root have one block. */
static void take_head(Grouping *g, SiftLine *line)
{
    look_for_repeat(g, line);
    const SiftBlock *block = g->block;
    bool view = line->kind == SIFT_VIEW || line->kind == SIFT_OLD_VIEW;
    bool joins = block && !block->ended && !block->view && !block->ranges->len &&
                 block->heads->len && line->kind == SIFT_SPACE &&
                 ((SiftLine *)block->heads->pdata[0])->kind == SIFT_SPACE;

    if (!joins) {
        begin_block(g, view);
    }
    g_ptr_array_add(g->block->heads, line);
}

/* A view whose first lines are cut begins with the name of a space, or with its root above a
 * range. */
static bool take_view_head(Grouping *g, SiftLine *line, const SiftLine *next)
{
    bool inside = g->block && g->block->view && !g->block->ended && !g->block->ranges->len;

    if (!inside && line->kind != SIFT_VIEW_SPACE && !(next && next->kind == SIFT_RANGE)) {
        return false;
    }
    if (!inside) {
        begin_block(g, true)->headless = true;
        sift_count(g->sift, SIFT_HEADLESS, line->number);
    }
    g_ptr_array_add(g->block->heads, line);
    return true;
}

/* In the oldest texts, a name alone stands above its tree, at the same depth. */
static bool is_old_head(const Grouping *g, const SiftLine *line, const SiftLine *next)
{
    return !g->has_headers && next && next->kind == SIFT_RANGE && next->indent == line->indent &&
           strlen(line->text) < 40 && !strpbrk(line->text, " \t:;,?!");
}

/* Returns the names that aliases show. */
static GHashTable *names_shown(const Sift *sift)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < sift->lines->len; i++) {
        const SiftLine *line = sift->lines->pdata[i];
        const char *at = line->kind == SIFT_RANGE ? g_strrstr(line->text, " @") : NULL;
        if (at) {
            g_hash_table_add(names, g_strndup(at + 2, strcspn(at + 2, " ")));
        }
    }
    return names;
}

/* An old header does not say what it is about: a region, if some alias shows it. */
static void take_old_head(Grouping *g, SiftLine *line)
{
    if (!g->shown) {
        g->shown = names_shown(g->sift);
    }
    line->kind = g_hash_table_contains(g->shown, line->text) ? SIFT_REGION : SIFT_SPACE;
    take_head(g, line);
}

/* ---- Lines ------------------------------------------------------------------------------ */

static bool has_range(const char *text)
{
    const char *prio = strstr(text, " (prio ");

    return prio && sift_extent_before(text, prio);
}

static void take_other(Grouping *g, SiftLine *line, const SiftLine *next)
{
    if (is_old_head(g, line, next)) {
        take_old_head(g, line);
    } else if (!g->dispatch) {
        sift_count(g->sift, has_range(line->text) ? SIFT_ODD : SIFT_OTHER_TEXT, line->number);
    }
}

/* Whether a range after a blank line can belong to the block above: in a tree, below its root. */
static bool belongs(const SiftBlock *block, const SiftLine *line)
{
    if (!block->ended) {
        return true;
    }
    return block->ranges->len &&
           (block->view || ((SiftLine *)block->ranges->pdata[0])->indent < line->indent);
}

static void take_range(Grouping *g, SiftLine *line)
{
    if (g->dispatch) {
        return;
    }
    if (!g->block || !belongs(g->block, line)) {
        begin_block(g, false)->headless = true;
        sift_count(g->sift, SIFT_HEADLESS, line->number);
    }
    if (g->block->ended) {
        sift_count(g->sift, SIFT_RESUMED, line->number);
        g->block->ended = false;
    }
    g_ptr_array_add(g->block->ranges, line);
}

static void take_blank(Grouping *g)
{
    if (g->block) {
        g->block->ended = true;
    }
    g->dispatch = false;
}

static void take_break(Grouping *g, const SiftLine *line)
{
    if (*line->text) {
        sift_count(g->sift, SIFT_OTHER_TEXT, line->number);
    }
    end_block(g);
    g->section++;
}

static void take_line(Grouping *g, SiftLine *line, const SiftLine *next)
{
    switch (line->kind) {
    case SIFT_BLANK:
        take_blank(g);
        break;
    case SIFT_BREAK:
        take_break(g, line);
        break;
    case SIFT_SPACE:
    case SIFT_REGION:
    case SIFT_VIEW:
    case SIFT_OLD_VIEW:
        take_head(g, line);
        break;
    case SIFT_VIEW_SPACE:
    case SIFT_VIEW_ROOT:
        if (!take_view_head(g, line, next)) {
            sift_count(g->sift, SIFT_OTHER_TEXT, line->number);
        }
        break;
    case SIFT_RANGE:
        take_range(g, line);
        break;
    case SIFT_DISPATCH:
    case SIFT_VIEW_EMPTY:
        g->dispatch |= g->block && g->block->view;
        take_other(g, line, next);
        break;
    case SIFT_ELLIPSIS:
        if (!g->dispatch) {
            sift_count(g->sift, SIFT_GAP, line->number);
        }
        break;
    case SIFT_CUT_RANGE:
        sift_count(g->sift, SIFT_CUT, line->number);
        break;
    case SIFT_OTHER:
        take_other(g, line, next);
        break;
    case SIFT_IGNORED:
        break;
    }
}

static bool has_headers(const Sift *sift)
{
    for (guint i = 0; i < sift->lines->len; i++) {
        SiftKind kind = ((SiftLine *)sift->lines->pdata[i])->kind;
        if (kind == SIFT_SPACE || kind == SIFT_REGION) {
            return true;
        }
    }
    return false;
}

/* ---- Views without a header ------------------------------------------------------------- */

/* "NAME @OFFSET", which only views have. */
static bool has_offset(const SiftLine *line)
{
    const char *at = g_strrstr(line->text, " @");

    return at && strlen(at + 2) == 16 && strspn(at + 2, "0123456789abcdef") == 16 &&
           !strstr(line->text, "): alias ");
}

/* Whether ranges without a header are those of a view: all at one depth, some with an offset. */
static bool is_view(const SiftBlock *block)
{
    const SiftLine *first = block->ranges->len ? block->ranges->pdata[0] : NULL;
    bool offset = false;

    for (guint i = 0; i < block->ranges->len; i++) {
        const SiftLine *line = block->ranges->pdata[i];
        if (line->indent != first->indent) {
            return false;
        }
        offset |= has_offset(line);
    }
    return offset;
}

static void find_headless_views(Sift *sift)
{
    for (guint i = 0; i < sift->blocks->len; i++) {
        SiftBlock *block = sift->blocks->pdata[i];
        if (block->headless && !block->heads->len && is_view(block)) {
            block->view = true;
        }
    }
}

void sift_blocks(Sift *sift)
{
    g_autoptr(GHashTable) once = g_hash_table_new(g_str_hash, g_str_equal);
    Grouping g = { .sift = sift, .has_headers = has_headers(sift), .once = once };

    for (guint i = 0; i < sift->lines->len; i++) {
        bool last = i + 1 == sift->lines->len;
        take_line(&g, sift->lines->pdata[i], last ? NULL : sift->lines->pdata[i + 1]);
    }
    g_clear_pointer(&g.shown, g_hash_table_unref);
    find_headless_views(sift);
}
