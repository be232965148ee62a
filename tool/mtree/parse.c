/* SPDX-License-Identifier: MIT
 *
 * Parses the text of `info mtree` into lines and blocks. Takes what the monitor prints and nothing
 * else: anything that is not in the format is an error. It does not decide what the text means for
 * the guest (mtree.h).
 *
 * Without -D the monitor leaves out the lines of disabled regions, but not those of their
 * children. So if a line is indented by more than one level below the line above, the levels
 * between are hidden regions. They are added here, as disabled containers.
 */
#include "mtree/mtree.h"

#include <string.h>

#include "mtree/names.h"
#include "mtree/words.h"

typedef struct Parser {
    Mtree *t;
    unsigned number;                    /* of the current line */
    MtreeBlock *block;                  /* NULL: between blocks */
    MtreeLine *at[MTREE_MAX_LEVEL + 1]; /* the last line of each level, from 1 */
    unsigned level;                     /* of the last line; 0: none in this block yet */
    unsigned spaces;                    /* so far */
    bool first_seen;                    /* the first region's line was read: has_owners is set */
    GError **error;
} Parser;

G_GNUC_PRINTF(2, 3) static bool expected(Parser *p, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    return mtree_fail(p->error, p->t->file, p->number, "expected %s", what);
}

/* ---- A region's line -------------------------------------------------------------------- */

static bool parse_extent(Parser *p, const char **s, MtreeLine *line, bool wraps)
{
    hwaddr last;

    if (!words_take_extent(s, &line->start, &last)) {
        return expected(p,
                        "START-END, 16 hexadecimal digits each, then \" (prio P, KIND): NAME\"");
    }
    if (last < line->start && !wraps) {
        return expected(p, "an end that is not below the start");
    }
    hwaddr length = last - line->start;
    if (length == HWADDR_MAX - 1) {
        return expected(p, "a region of 2^64 bytes, or of less than 2^64 - 1");
    }
    line->size = (Int128)length + 1;
    return true;
}

static bool parse_attributes(Parser *p, const char **s, MtreeLine *line)
{
    if (!words_take(s, " (prio ") || !words_take_priority(s, &line->priority) ||
        !words_take(s, ", ")) {
        return expected(p, "\" (prio P, KIND): NAME\" after the addresses, P a 32-bit number");
    }
    if (!words_take_kind(s, &line->kind, &line->nonvolatile) || !words_take(s, "): ")) {
        return expected(p, "one of i/o, container, ram, rom, romd, ramd, then \"): NAME\"");
    }
    line->says_container = line->kind == MTREE_CONTAINER;
    line->kind = line->says_container ? MTREE_IO : line->kind;
    p->t->has_containers |= line->says_container;
    return true;
}

/* Takes "alias NAME @TARGET FROM-TO", from its right end. split_alias() finds the end of NAME
 * later, when all blocks are known. */
static bool parse_alias(Parser *p, char *rest, MtreeLine *line)
{
    enum { TAIL = 1 + 16 + 1 + 16 };
    size_t n = strlen(rest);
    hwaddr to;

    if (!g_str_has_prefix(rest, "alias ") || n < TAIL) {
        return true;
    }
    const char *tail = rest + n - TAIL;
    if (!words_take(&tail, " ") || !words_take_extent(&tail, &line->from, &to)) {
        line->from = 0;
        return true;
    }
    rest[n - TAIL] = '\0';
    if (!strstr(rest + strlen("alias "), " @")) {
        return expected(p, "\"alias NAME @TARGET FROM-TO\"");
    }
    if ((hwaddr)(to - line->from) != (hwaddr)(line->size - 1)) {
        return expected(p, "a part FROM-TO that is as long as the alias itself");
    }
    line->is_alias = true;
    line->name = g_strdup(rest + strlen("alias "));
    return true;
}

static bool parse_name(Parser *p, const char *s, MtreeLine *line)
{
    g_autofree char *rest = g_strdup(s);
    bool has_owner = words_drop_owner(rest, &line->owner, &line->owner_self);

    if (!p->first_seen) {
        p->first_seen = true;
        p->t->has_owners = has_owner;
    } else if (has_owner && !p->t->has_owners) {
        g_free(rest);
        rest = g_strdup(s); /* it only looks like an owner */
        g_clear_pointer(&line->owner, g_free);
        g_clear_pointer(&line->owner_self, g_free);
    } else if (!has_owner && p->t->has_owners) {
        return expected(p, "an owner at the end, as on the lines above");
    }
    line->disabled = words_drop_suffix(rest, " [disabled]");
    p->t->has_disabled |= line->disabled;
    if (!parse_alias(p, rest, line)) {
        return false;
    }
    if (!line->is_alias) {
        line->name = g_strdup(rest);
    }
    return true;
}

/* Adds a line for a disabled region that is not printed. */
static MtreeLine *hidden_line_new(Parser *p, MtreeLine *parent)
{
    MtreeLine *line = mtree_line_new(p->t, p->block, parent, 0);

    line->name =
        g_strdup(!parent && !p->block->is_space ? p->block->names->pdata[0] : "(not printed)");
    line->disabled = true;
    line->start = parent ? parent->start : 0;
    line->size = int128_2_64();
    return line;
}

/* Whether a line that begins at 'start' cannot be below the last line of the level above: that is
 * an alias, or has a child further behind, and the monitor sorts children. So the line that it is
 * below is not printed. */
static bool is_orphan(const Parser *p, unsigned level, hwaddr start)
{
    const MtreeLine *parent = p->at[level - 1];
    guint n = parent->children->len;
    const MtreeLine *last = n ? parent->children->pdata[n - 1] : NULL;

    return parent->is_alias || (last && start < last->start && last->number);
}

static MtreeLine *place_line(Parser *p, unsigned level, hwaddr start)
{
    for (unsigned l = p->level + 1; l < level; l++) {
        p->at[l] = hidden_line_new(p, l > 1 ? p->at[l - 1] : NULL);
    }
    if (level > 2 && !p->t->has_disabled && is_orphan(p, level, start)) {
        p->at[level - 1] = hidden_line_new(p, p->at[level - 2]);
    }
    p->at[level] = mtree_line_new(p->t, p->block, level > 1 ? p->at[level - 1] : NULL, p->number);
    p->level = level;
    return p->at[level];
}

static bool parse_region(Parser *p, const char *s)
{
    bool wraps = words_take(&s, "[DETECTED OVERFLOW!] ");
    size_t blanks = strspn(s, " ");
    unsigned level = (unsigned)MIN(blanks / 2, MTREE_MAX_LEVEL + 1);

    if (blanks == 0 || blanks % 2) {
        return expected(p, "a region's line, indented two blanks per level, or an empty line");
    }
    if (level > MTREE_MAX_LEVEL) {
        return expected(p, "at most %d levels of regions", MTREE_MAX_LEVEL);
    }
    if (level == 1 && p->level) {
        return expected(p, "only one region on the outermost level of a block; if the blanks in "
                           "front of the lines were lost, take a text that has them");
    }
    s += blanks;
    const char *extent = s;
    hwaddr start = HWADDR_MAX, last;
    words_take_extent(&extent, &start, &last);
    MtreeLine *line = place_line(p, level, start);
    if (!parse_extent(p, &s, line, wraps) || !parse_attributes(p, &s, line)) {
        return false;
    }
    line->offset = line->start - (line->parent ? line->parent->start : 0);
    return parse_name(p, s, line);
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* If a block has no line, its root is a disabled region that is not printed. */
static void end_block(Parser *p)
{
    if (p->block && !p->level) {
        hidden_line_new(p, NULL);
    }
    p->block = NULL;
    p->level = 0;
}

static bool parse_header(Parser *p, const char *s)
{
    bool space = words_take(&s, "address-space: ");

    if (!space && !words_take(&s, "memory-region: ")) {
        return expected(p, "\"address-space: NAME\" or \"memory-region: NAME\", as \"info mtree\" "
                           "prints them");
    }
    if (p->block && (!space || !p->block->is_space || p->level)) {
        return expected(p, "an empty line between two blocks");
    }
    if (!p->block) {
        p->block = g_new0(MtreeBlock, 1);
        p->block->is_space = space;
        p->block->number = p->number;
        p->block->names = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(p->t->blocks, p->block);
    }
    g_ptr_array_add(p->block->names, g_strdup(s));
    if (space && ++p->spaces > MTREE_MAX_SPACES) {
        return expected(p, "at most %d address spaces", MTREE_MAX_SPACES);
    }
    return true;
}

static bool parse_line(Parser *p, const char *s)
{
    if (!*s) {
        end_block(p);
        return true;
    }
    if (p->block && (*s == ' ' || *s == '[')) {
        return parse_region(p, s);
    }
    return parse_header(p, s);
}

static bool parse_lines(Parser *p, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++) {
        const MtreeText *line = lines->pdata[i];
        p->number = line->number ? line->number : p->number;
        if (!parse_line(p, line->text)) {
            return false;
        }
    }
    return true;
}

Mtree *mtree_parse(const char *file, const GPtrArray *lines, GError **error)
{
    g_autoptr(Mtree) t = mtree_new(file);
    Parser p = { .t = t, .number = 0, .error = error };

    if (!parse_lines(&p, lines)) {
        return NULL;
    }
    p.number++;
    if (p.block && !p.level) {
        expected(&p, "a region's line or an empty line");
        return NULL;
    }
    if (!t->blocks->len) {
        expected(&p, "\"address-space: NAME\", but there is no block at all");
        return NULL;
    }
    mtree_split_aliases(t);
    mtree_give_spaces(t);
    return g_steal_pointer(&t);
}
