/* SPDX-License-Identifier: MIT
 *
 * A parser of JSON (parse.h). Knows nothing of maps.
 */
#include "json/parse.h"

#include <string.h>

#include "mtree/mtree.h"

typedef struct JsonParser {
    const char *file;
    const char *at;
    const char *end; /* a byte 0 is there */
    unsigned line;
    unsigned items;
    GError **error;
} JsonParser;

G_GNUC_PRINTF(2, 3) static bool expected(JsonParser *p, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    return mtree_fail(p->error, p->file, p->line, "expected %s", what);
}

static void skip_blanks(JsonParser *p)
{
    for (; *p->at && strchr(" \t\r\n", *p->at); p->at++) {
        p->line += *p->at == '\n';
    }
}

static bool take(JsonParser *p, char c)
{
    skip_blanks(p);
    if (*p->at != c) {
        return false;
    }
    p->at++;
    return true;
}

/* ---- Strings ---------------------------------------------------------------------------- */

/* Takes the four digits behind \u. */
static bool take_unit(JsonParser *p, gunichar *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(p->at[i]);
        if (digit < 0) {
            return expected(p, "four hexadecimal digits after \\u");
        }
        *unit = *unit << 4 | (gunichar)digit;
    }
    p->at += 4;
    return true;
}

/* Takes the digits behind \u, and a second \u if the character needs two. */
static bool take_character(JsonParser *p, GString *out)
{
    gunichar high, low;

    if (!take_unit(p, &high)) {
        return false;
    }
    if (high >> 10 == 0xd800 >> 10) {
        if (p->at[0] != '\\' || p->at[1] != 'u') {
            return expected(p, "\\u and the second half of a character");
        }
        p->at += 2;
        if (!take_unit(p, &low)) {
            return false;
        }
        high = low >> 10 == 0xdc00 >> 10 ? 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff)) : 0;
    }
    if (high == 0 || high >> 11 == 0xd800 >> 11) {
        return expected(p, "a character other than U+0000 after \\u, and no half of one");
    }
    g_string_append_unichar(out, high);
    return true;
}

/* Takes what follows a backslash. */
static bool take_escape(JsonParser *p, GString *out)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *letter = *p->at ? strchr(letters, *p->at) : NULL;

    if (letter) {
        g_string_append_c(out, values[letter - letters]);
        p->at++;
        return true;
    }
    if (*p->at != 'u') {
        return expected(p, "one of \" \\ / b f n r t u after a backslash");
    }
    p->at++;
    return take_character(p, out);
}

/* Takes a string behind its first quote. NULL with an error. */
static char *take_string(JsonParser *p)
{
    GString *out = g_string_new(NULL);

    while (*p->at != '"') {
        bool ok = true;
        if ((unsigned char)*p->at < ' ') {
            ok = expected(p, "the quote that ends a string, on the same line");
        } else if (*p->at == '\\') {
            p->at++;
            ok = take_escape(p, out);
        } else {
            g_string_append_c(out, *p->at++);
        }
        if (!ok) {
            g_string_free(out, TRUE);
            return NULL;
        }
    }
    p->at++;
    return g_string_free(out, FALSE);
}

/* ---- Numbers and words ------------------------------------------------------------------ */

static bool take_digits(JsonParser *p)
{
    const char *begin = p->at;

    while (g_ascii_isdigit(*p->at)) {
        p->at++;
    }
    return p->at > begin || expected(p, "a digit");
}

/* Takes a fraction and an exponent, if they are there. */
static bool take_real(JsonParser *p)
{
    if (*p->at == '.') {
        p->at++;
        if (!take_digits(p)) {
            return false;
        }
    }
    if (*p->at == 'e' || *p->at == 'E') {
        p->at++;
        p->at += *p->at == '+' || *p->at == '-';
        return take_digits(p);
    }
    return true;
}

static bool take_number(JsonParser *p, JsonItem *item)
{
    const char *begin = p->at;

    p->at += *p->at == '-';
    if (p->at[0] == '0' && g_ascii_isdigit(p->at[1])) {
        return expected(p, "a number without zeros in front");
    }
    if (!take_digits(p)) {
        return false;
    }
    const char *end = p->at;
    if (!take_real(p)) {
        return false;
    }
    g_autofree char *digits = g_strndup(begin, (gsize)(end - begin));
    bool fits = g_ascii_string_to_signed(digits, 10, G_MININT64, G_MAXINT64, &item->number, NULL);
    if (p->at == end && !fits && !g_str_equal(digits, "-0")) {
        return expected(p, "a number of at most 64 bits");
    }
    item->type = p->at == end ? JSON_INT : JSON_REAL;
    return true;
}

static bool take_word(JsonParser *p, JsonItem *item)
{
    static const struct {
        const char *word;
        JsonType type;
        gint64 number;
    } words[] = { { "null", JSON_NULL, 0 }, { "true", JSON_BOOL, 1 }, { "false", JSON_BOOL, 0 } };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_has_prefix(p->at, words[i].word)) {
            p->at += strlen(words[i].word);
            item->type = words[i].type;
            item->number = words[i].number;
            return true;
        }
    }
    return expected(p, "a value of JSON%s", p->at == p->end ? ", but the file ends" : "");
}

/* ---- Arrays and objects ----------------------------------------------------------------- */

static JsonItem *parse_value(JsonParser *p, unsigned depth);

/* Takes the name of a member and the colon. NULL with an error. */
static char *take_name(JsonParser *p, const JsonItem *object)
{
    if (!take(p, '"')) {
        expected(p, "the name of a member in quotes");
        return NULL;
    }
    g_autofree char *name = take_string(p);
    if (!name) {
        return NULL;
    }
    if (json_member(object, name)) {
        expected(p, "each member of an object once, not \"%s\" again", name);
        return NULL;
    }
    if (object->items->len >= JSON_MAX_MEMBERS) {
        expected(p, "at most %d members in an object", JSON_MAX_MEMBERS);
        return NULL;
    }
    if (!take(p, ':')) {
        expected(p, "a colon after \"%s\"", name);
        return NULL;
    }
    return g_steal_pointer(&name);
}

static bool take_item(JsonParser *p, JsonItem *list, unsigned depth)
{
    g_autofree char *name = list->type == JSON_OBJECT ? take_name(p, list) : NULL;

    if (list->type == JSON_OBJECT && !name) {
        return false;
    }
    JsonItem *item = parse_value(p, depth + 1);
    if (item) {
        item->name = g_steal_pointer(&name);
        g_ptr_array_add(list->items, item);
    }
    return item;
}

/* Takes an array or an object behind its first bracket. */
static bool take_list(JsonParser *p, JsonItem *list, unsigned depth)
{
    char end = list->type == JSON_OBJECT ? '}' : ']';

    list->items = g_ptr_array_new_with_free_func((GDestroyNotify)json_item_free);
    if (depth >= JSON_MAX_DEPTH) {
        return expected(p, "at most %d levels of brackets", JSON_MAX_DEPTH);
    }
    if (take(p, end)) {
        return true;
    }
    do {
        if (!take_item(p, list, depth)) {
            return false;
        }
    } while (take(p, ','));
    return take(p, end) || expected(p, "a comma or %c", end);
}

static bool take_value(JsonParser *p, JsonItem *item, unsigned depth)
{
    if (*p->at == '{' || *p->at == '[') {
        item->type = *p->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
        return take_list(p, item, depth);
    }
    if (*p->at == '"') {
        p->at++;
        item->type = JSON_STRING;
        item->string = take_string(p);
        return item->string;
    }
    return *p->at == '-' || g_ascii_isdigit(*p->at) ? take_number(p, item) : take_word(p, item);
}

static JsonItem *parse_value(JsonParser *p, unsigned depth)
{
    g_autoptr(JsonItem) item = g_new0(JsonItem, 1);

    skip_blanks(p);
    item->line = p->line;
    if (++p->items > JSON_MAX_ITEMS) {
        expected(p, "at most %d values", JSON_MAX_ITEMS);
        return NULL;
    }
    return take_value(p, item, depth) ? g_steal_pointer(&item) : NULL;
}

/* ---- The whole -------------------------------------------------------------------------- */

static unsigned line_of(const char *text, const char *place)
{
    unsigned line = 1;

    for (; text < place; text++) {
        line += *text == '\n';
    }
    return line;
}

JsonItem *json_parse(const char *file, const char *text, gsize length, GError **error)
{
    const char *bad;
    JsonParser p = { .file = file, .at = text, .end = text + length, .line = 1, .error = error };

    if (!g_utf8_validate(text, (gssize)length, &bad)) {
        p.line = line_of(text, bad);
        expected(&p, "JSON in UTF-8");
        return NULL;
    }
    g_autoptr(JsonItem) item = parse_value(&p, 0);
    if (!item) {
        return NULL;
    }
    skip_blanks(&p);
    if (p.at != p.end) {
        expected(&p, "the end of the file after the JSON");
        return NULL;
    }
    return g_steal_pointer(&item);
}

void json_item_free(JsonItem *item)
{
    g_free(item->name);
    g_free(item->string);
    g_clear_pointer(&item->items, g_ptr_array_unref);
    g_free(item);
}

const JsonItem *json_member(const JsonItem *object, const char *name)
{
    for (guint i = 0; i < object->items->len; i++) {
        const JsonItem *item = object->items->pdata[i];
        if (g_str_equal(item->name, name)) {
            return item;
        }
    }
    return NULL;
}
