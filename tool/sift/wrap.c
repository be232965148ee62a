/* SPDX-License-Identifier: MIT
 *
 * Joins a range with the next lines if it goes on there (sift.h). A mail program breaks lines at a
 * blank, a terminal at its last column. A range that ends nowhere is cut, and becomes other text.
 */
#include "sift/sift.h"

#include <string.h>

#include "mtree/words.h"

enum { MAX_PIECES = 6, LEAST_WIDTH = 40 };

/* ---- Whole or not ----------------------------------------------------------------------- */

/* Takes a word. If the text ends inside the word, takes the beginning of the word. */
static bool take_beginning(const char **s, const char *word)
{
    size_t n = strlen(*s);

    if (n < strlen(word) && strncmp(*s, word, n) == 0) {
        *s += n;
        return true;
    }
    return words_take(s, word);
}

static bool take_digits(const char **s)
{
    size_t n = strspn(*s, "0123456789abcdefABCDEF");

    *s += n;
    return n <= 16 && (n || !**s);
}

static bool take_number(const char **s)
{
    *s += **s == '-';
    size_t n = strspn(*s, "0123456789");
    *s += n;
    return n || !**s;
}

/* "i/o", "nv-ram", "container", "RW", "R-": short, and not the end of the attributes. */
static bool take_kind(const char **s)
{
    size_t n = strcspn(*s, ") ");

    *s += n;
    return n <= 16;
}

/* Moves *s behind "): " of a range. False if the text is no beginning of a range. */
static bool take_attributes(const char **s)
{
    return take_digits(s) && take_beginning(s, "-") && take_digits(s) &&
           take_beginning(s, " (prio ") && take_number(s) && take_beginning(s, ", ") &&
           take_kind(s) && take_beginning(s, "): ");
}

/* Returns the last " FROM-TO" of an alias; NULL if there is none. */
static const char *alias_part(const char *name)
{
    const char *found = NULL;

    for (const char *at = name; (at = strchr(at + 1, ' '));) {
        const char *s = at + 1;
        size_t from = strspn(s, "0123456789abcdefABCDEF");
        size_t to = s[from] == '-' ? strspn(s + from + 1, "0123456789abcdefABCDEF") : 0;
        if (from == to && (to == 16 || to == 8)) {
            found = at;
        }
    }
    return found;
}

/* Whether a brace is open at the end: an owner is cut. */
static bool open_owner(const char *name)
{
    const char *owner = g_strrstr(name, " owner:{");
    const char *parent = g_strrstr(owner ? owner : name, " parent:{");
    const char *last = parent ? parent : owner;

    return last && !strchr(last, '}');
}

SiftWhole sift_whole(const char *text)
{
    const char *name = text;

    if (!take_attributes(&name)) {
        return SIFT_NOT_A_RANGE;
    }
    if (!*name || (words_take(&name, "alias ") && !alias_part(name)) || open_owner(name)) {
        return SIFT_BEGINNING;
    }
    return SIFT_WHOLE;
}

char *sift_range_name(const char *text)
{
    const char *name = text;

    return take_attributes(&name) && *name ? (char *)name : NULL;
}

/* ---- Joining ---------------------------------------------------------------------------- */

/* How lines were broken. Lines that cannot be whole tell it. */
typedef struct Breaks {
    bool any;
    unsigned terminal; /* the column where a terminal broke them; 0: no terminal did */
    unsigned longest;  /* columns of the longest range */
} Breaks;

/* A terminal breaks all lines at one column. If a blank was lost there, it is the column before. */
static Breaks find_breaks(const Sift *sift)
{
    unsigned least = UINT_MAX, most = 0, count = 0;
    Breaks breaks = { 0 };

    for (guint i = 0; i < sift->lines->len; i++) {
        const SiftLine *line = sift->lines->pdata[i];
        if (line->kind != SIFT_RANGE || !strchr(line->text, '(')) {
            continue;
        }
        breaks.longest = MAX(breaks.longest, line->width);
        if (sift_whole(line->text) == SIFT_BEGINNING) {
            count++;
            least = MIN(least, line->width);
            most = MAX(most, line->width);
        }
    }
    bool one_column = count > 1 ? most - least <= 1 : most % 20 == 0;
    breaks.any = count;
    breaks.terminal = one_column && most >= LEAST_WIDTH && most == breaks.longest ? most : 0;
    return breaks;
}

/* Whether the line only makes sense behind another one. */
static bool is_end(const SiftLine *line)
{
    static const char *const ends[] = { "[disabled]", "owner:{", "parent:{", "orphan", "KVM" };

    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (g_str_has_prefix(line->text, ends[i])) {
            return true;
        }
    }
    return *line->text == '@' &&
           (!strchr(line->text, ' ') || strspn(line->text + 1, "0123456789abcdef") == 16);
}

/* Whether a line that could be whole was broken: it fills the terminal, or the next word would have
 * made it longer than the longest. */
static bool is_broken(const SiftLine *line, const SiftLine *next, const Breaks *breaks)
{
    if (breaks->terminal) {
        return line->width == breaks->terminal;
    }
    return breaks->any && line->width + 1 + strcspn(next->text, " ") > breaks->longest;
}

static bool goes_on(const SiftLine *line, const SiftLine *next, const Breaks *breaks)
{
    SiftWhole whole = sift_whole(line->text);
    const char *name = sift_range_name(line->text);

    if (next->kind == SIFT_RANGE) { /* FROM-TO alone looks like the beginning of a range */
        return whole == SIFT_BEGINNING && !strstr(next->text, " (prio ") && name;
    }
    if (next->kind != SIFT_OTHER) {
        return false;
    }
    return whole == SIFT_BEGINNING || g_strcmp0(name, "alias") == 0 || is_end(next) ||
           is_broken(line, next, breaks);
}

/* How little a text is like a range: 0 is best. */
static int badness(const char *text)
{
    const char *name = sift_range_name(text);
    bool no_target = name && g_str_has_prefix(name, "alias ") && !strstr(name, " @");

    return 2 * (int)sift_whole(text) + no_target;
}

/* Joins with a blank or without: as it makes a range, else as lines are broken in this text. */
static void join(SiftLine *line, SiftLine *next, bool blank)
{
    char *with = g_strconcat(line->text, " ", next->text, NULL);
    char *without = g_strconcat(line->text, next->text, NULL);
    bool alias = g_str_has_suffix(line->text, "): alias");
    int better = alias ? -1 : badness(with) - badness(without);

    g_free(line->text);
    line->text = better < 0 || (!better && blank) ? with : without;
    g_free(line->text == with ? without : with);
    line->width = next->width;
    line->blank_end = next->blank_end;
    next->kind = SIFT_IGNORED;
}

static guint join_all(Sift *sift, guint i, const Breaks *breaks)
{
    SiftLine *line = sift->lines->pdata[i];
    guint pieces = 1;

    while (pieces < MAX_PIECES && i + pieces < sift->lines->len &&
           goes_on(line, sift->lines->pdata[i + pieces], breaks)) {
        SiftLine *next = sift->lines->pdata[i + pieces++];
        join(line, next, line->width != breaks->terminal || line->blank_end || next->indent);
    }
    if (pieces > 1) {
        sift_count(sift, SIFT_WRAPPED, line->number);
    }
    return pieces;
}

/* A region may have an empty name. Then its line ends with the blank before the name. */
static bool keep_nameless(SiftLine *line)
{
    if (!line->blank_end || !g_str_has_suffix(line->text, "):")) {
        return false;
    }
    char *text = g_strconcat(line->text, " ", NULL);
    g_free(line->text);
    line->text = text;
    return true;
}

void sift_wraps(Sift *sift)
{
    Breaks breaks = find_breaks(sift);

    for (guint i = 0; i < sift->lines->len;) {
        SiftLine *line = sift->lines->pdata[i];
        if (line->kind != SIFT_RANGE) {
            i++;
            continue;
        }
        i += join_all(sift, i, &breaks);
        if (sift_whole(line->text) == SIFT_BEGINNING && !keep_nameless(line)) {
            line->kind = SIFT_CUT_RANGE;
        }
    }
}
