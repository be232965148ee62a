/* SPDX-License-Identifier: MIT
 *
 * Writes the blocks in the exact form (sift.h). Takes off comments behind names, and replaces the
 * words of old formats by those of the present one.
 */
#include "sift/sift.h"

#include <string.h>

#include "mtree/words.h"

static void add(GPtrArray *to, unsigned number, char *text)
{
    MtreeText *line = g_new(MtreeText, 1);

    *line = (MtreeText){ number, text };
    g_ptr_array_add(to, line);
}

/* ---- One range -------------------------------------------------------------------------- */

/* Cuts a comment off the end of a name: what stands behind two blanks, or behind a mark that no
 * name has. */
static void cut_comment(Sift *sift, const SiftLine *line, char *name)
{
    static const char *const marks[] = { "  ", "\t", " \t", " <-", " <=", " // ", " /* ", " # " };
    char *begin = name + (g_str_has_prefix(name, "alias  @") ? strlen("alias  ") : 0);
    char *end = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        char *at = strstr(begin, marks[i]);
        if (at && at > name && (!end || at < end)) {
            end = at;
        }
    }
    if (end) {
        *end = '\0';
        sift_count(sift, SIFT_BEHIND, line->number);
    }
}

/* Old texts have addresses of 8 digits. */
static char *with_long_addresses(const char *text)
{
    size_t n = strspn(text, "0123456789abcdefABCDEF");

    if (n != 8 || text[8] != '-' || strspn(text + 9, "0123456789abcdefABCDEF") != 8) {
        return g_strdup(text);
    }
    return g_strdup_printf("00000000%.8s-00000000%s", text, text + 9);
}

static char *with_long_part(char *text)
{
    char *part = g_strrstr(text, " @");

    part = part ? strchr(part + 1, ' ') : NULL;
    if (!part) {
        return text;
    }
    g_autofree char *end = with_long_addresses(part + 1);
    char *all = g_strdup_printf("%.*s%s", (int)(part + 1 - text), text, end);
    g_free(text);
    return all;
}

/* Old monitors could not say 2^64 bytes, and printed one less. */
static char *with_whole_size(char *text)
{
    static const char less[] = "0000000000000000-fffffffffffffffe";
    char *at = text;

    while ((at = strstr(at, less))) {
        at += strlen(less);
        at[-1] = 'f';
    }
    return text;
}

/* Old texts say what a guest may do, RW or R-, and not whether it is memory. */
static char *with_new_kind(Sift *sift, const SiftLine *line, char *text)
{
    char *kind = strstr(text, ", RW): "), *rom = strstr(text, ", R-): ");
    char *name = sift_range_name(text);

    if (!name || !(kind || rom) || (kind ? kind : rom) + strlen(", RW): ") != name) {
        return text;
    }
    g_autofree char *lower = g_ascii_strdown(name, -1);
    const char *word = rom ? "rom" : strstr(lower, "ram") ? "ram" : "i/o";
    char *all =
        g_strdup_printf("%.*s, %s): %s", (int)((kind ? kind : rom) - text), text, word, name);
    sift_count(sift, SIFT_OLD_KIND, line->number);
    g_free(text);
    return with_whole_size(all);
}

/* "pc.r..." is no whole name. */
static void look_at_name(Sift *sift, const SiftLine *line, const char *name)
{
    if (g_str_has_suffix(name, "...") || g_str_has_suffix(name, "\xe2\x80\xa6")) {
        sift_count(sift, SIFT_CUT_NAME, line->number);
    }
}

static char *exact_range(Sift *sift, const SiftLine *line)
{
    char *text = with_long_addresses(line->text);
    char *name = sift_range_name(text);

    if (name) {
        cut_comment(sift, line, name);
        look_at_name(sift, line, name);
    }
    return with_new_kind(sift, line, with_long_part(text));
}

/* ---- Trees ------------------------------------------------------------------------------ */

static void write_range(Sift *sift, const SiftLine *line, unsigned level)
{
    g_autofree char *text = exact_range(sift, line);

    add(sift->tree, line->number,
        g_strdup_printf("%s%*s%s", line->overflow ? "[DETECTED OVERFLOW!] " : "", (int)(2 * level),
                        "", text));
}

static guint count_roots(const SiftBlock *block)
{
    const SiftLine *first = block->ranges->pdata[0];
    guint roots = 0;

    for (guint i = 0; i < block->ranges->len; i++) {
        roots += ((SiftLine *)block->ranges->pdata[i])->level <= first->level;
    }
    return roots;
}

/* Returns the name of the region in an exact line; NULL if it is an alias or has none. */
static char *region_name(const char *text)
{
    g_autofree char *whole = NULL, *self = NULL;
    const char *rest = sift_range_name(text + strspn(text, " "));
    char *name = rest && !g_str_has_prefix(rest, "alias ") ? g_strdup(rest) : NULL;

    if (name) {
        words_drop_owner(name, &whole, &self);
        words_drop_suffix(name, " [disabled]");
    }
    return name;
}

static char *made_header(const char *name)
{
    return g_str_equal(name, "system") ? g_strdup("address-space: memory")
           : g_str_equal(name, "io")   ? g_strdup("address-space: I/O")
                                       : g_strdup_printf("memory-region: %s", name);
}

static void insert(Sift *sift, guint at, unsigned number, char *text)
{
    add(sift->tree, number, text);
    g_ptr_array_insert(sift->tree, (gint)at,
                       g_ptr_array_steal_index(sift->tree, sift->tree->len - 1));
}

/* Lines without a header: the tree of a space that is known by its root's name, or of a region. If
 * they have no common root, one is made for them. */
static void write_headless(Sift *sift, const SiftBlock *block)
{
    const SiftLine *first = block->ranges->pdata[0];
    guint at = sift->tree->len;
    bool many = count_roots(block) > 1 || g_strstr_len(first->text, -1, "): alias ");
    unsigned up = first->level - 1;

    for (guint i = 0; i < block->ranges->len; i++) {
        const SiftLine *line = block->ranges->pdata[i];
        write_range(sift, line, MAX(line->level, up + 1) - up + many);
    }
    if (many) {
        insert(sift, at, first->number,
               g_strdup("  0000000000000000-ffffffffffffffff (prio 0, i/o): (part)"));
    }
    g_autofree char *name = region_name(((MtreeText *)sift->tree->pdata[at])->text);
    insert(sift, at, first->number, made_header(name ? name : ""));
}

static void write_tree(Sift *sift, const SiftBlock *block)
{
    for (guint i = 0; i < block->heads->len; i++) {
        const SiftLine *head = block->heads->pdata[i];
        add(sift->tree, head->number,
            g_strdup_printf("%s: %s", head->kind == SIFT_SPACE ? "address-space" : "memory-region",
                            head->text));
    }
    for (guint i = 0; i < block->ranges->len; i++) {
        const SiftLine *line = block->ranges->pdata[i];
        write_range(sift, line, line->level);
    }
}

/* ---- Views ------------------------------------------------------------------------------ */

static void write_head_of_view(Sift *sift, const SiftLine *head)
{
    unsigned number = head->number;

    switch (head->kind) {
    case SIFT_VIEW_SPACE:
        add(sift->views, number, g_strdup_printf(" AS \"%s", head->text));
        break;
    case SIFT_VIEW_ROOT:
        add(sift->views, number, g_strdup_printf(" Root memory region: %s", head->text));
        break;
    case SIFT_OLD_VIEW: /* says the space only */
        add(sift->views, number, g_strdup("FlatView #0"));
        add(sift->views, number, g_strdup_printf(" AS \"%s\"", head->text));
        break;
    default:
        add(sift->views, number, g_strdup_printf("FlatView #%s", head->text));
    }
}

static bool says_space(const SiftBlock *block)
{
    for (guint i = 0; i < block->heads->len; i++) {
        if (((SiftLine *)block->heads->pdata[i])->kind == SIFT_VIEW_SPACE) {
            return true;
        }
    }
    return false;
}

static void write_view(Sift *sift, const SiftBlock *block)
{
    const GPtrArray *known = block->heads->len ? block->heads : block->ranges;

    if (block->headless) {
        add(sift->views, ((SiftLine *)known->pdata[0])->number, g_strdup("FlatView #0"));
    }
    if (block->headless && !says_space(block)) {
        add(sift->views, ((SiftLine *)known->pdata[0])->number, g_strdup(" AS \"(part)\""));
    }
    for (guint i = 0; i < block->heads->len; i++) {
        write_head_of_view(sift, block->heads->pdata[i]);
    }
    for (guint i = 0; i < block->ranges->len; i++) {
        const SiftLine *line = block->ranges->pdata[i];
        g_autofree char *text = exact_range(sift, line);
        add(sift->views, line->number, g_strdup_printf("  %s", text));
    }
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* A block without a region, but with the blank line that ends it, has a root that is disabled and
 * not printed. Without the blank line it is cut. */
static bool is_cut(const SiftBlock *block)
{
    return !block->view && !block->ended && !block->ranges->len;
}

static void write_block(Sift *sift, const SiftBlock *block)
{
    if (block->view) {
        write_view(sift, block);
    } else if (block->headless) {
        write_headless(sift, block);
    } else {
        write_tree(sift, block);
    }
    if (block->view || block->ended || block->ranges->len) {
        add(block->view ? sift->views : sift->tree, 0, g_strdup(""));
    }
}

void sift_write(Sift *sift)
{
    for (guint i = 0; i < sift->blocks->len; i++) {
        const SiftBlock *block = sift->blocks->pdata[i];
        if (is_cut(block)) {
            sift_count(sift, SIFT_CUT, ((SiftLine *)block->heads->pdata[0])->number);
        } else {
            write_block(sift, block);
        }
    }
}
