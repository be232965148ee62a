/* SPDX-License-Identifier: MIT
 *
 * Makes plain text of the bytes of a file (sift.h). Decodes UTF-16. Takes off invisible characters
 * that an editor or a terminal has added: byte order marks, carriage returns, terminal codes,
 * special blanks. Other control characters become U+FFFD. All other bytes stay as they are. Knows
 * nothing of maps.
 */
#include "sift/sift.h"

#include <string.h>

/* ---- UTF-16 ----------------------------------------------------------------------------- */

typedef enum Order { NO_UTF16, LITTLE, BIG } Order;

/* UTF-16 without a byte order mark is known by its zero bytes: nearly all of them are at odd
 * places, or nearly all at even places. */
static Order order_of(const guint8 *bytes, gsize length)
{
    gsize zeros[2] = { 0, 0 }, n = MIN(length, 4096) / 2;

    if (length >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
        return LITTLE;
    }
    if (length >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff) {
        return BIG;
    }
    for (gsize i = 0; i < 2 * n; i++) {
        zeros[i % 2] += !bytes[i];
    }
    if (n < 8 || MIN(zeros[0], zeros[1])) {
        return NO_UTF16;
    }
    return zeros[1] > n / 2 ? LITTLE : zeros[0] > n / 2 ? BIG : NO_UTF16;
}

static gunichar unit_at(const guint8 *at, Order order)
{
    return order == LITTLE ? at[0] | at[1] << 8 : at[1] | at[0] << 8;
}

static GString *from_utf16(const guint8 *bytes, gsize length, Order order)
{
    GString *text = g_string_sized_new(length / 2);

    for (gsize i = 0; i + 1 < length; i += 2) {
        gunichar c = unit_at(bytes + i, order);
        gunichar low = i + 3 < length ? unit_at(bytes + i + 2, order) : 0;
        if (c >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10) {
            c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
            i += 2;
        }
        g_string_append_unichar(text, c >> 11 == 0xd800 >> 11 ? 0xfffd : c);
    }
    return text;
}

/* ---- What nobody sees ------------------------------------------------------------------- */

/* Special characters, and what takes their place. */
static const struct {
    const char *bytes, *instead;
} specials[] = {
    { "\xef\xbb\xbf", "" },  /* byte order mark */
    { "\xc2\xa0", " " },     /* no-break space */
    { "\xe2\x80\x87", " " }, /* figure space */
    { "\xe2\x80\xaf", " " }, /* narrow no-break space */
    { "\xe2\x80\x8b", "" },  /* zero-width space */
    { "\f", "" },            /* means a break below (json.c) */
};

/* Returns the end of the terminal code that begins with ESC at s. */
static const char *behind_code(const char *s, const char *end)
{
    char type = ++s < end ? *s++ : '\0';

    if (type == '[') {
        while (s < end && *s >= 0x20 && *s < 0x40) {
            s++;
        }
        return s < end ? s + 1 : s;
    }
    while (type == ']' && s < end && *s != '\n') { /* a title, up to BEL or ESC \ */
        if (*s == '\a' || (*s == '\\' && s[-1] == '\033')) {
            return s + 1;
        }
        s++;
    }
    return s;
}

/* Returns where the current line of the output begins. */
static gsize line_start(const GString *out)
{
    gsize n = out->len;

    while (n && out->str[n - 1] != '\n') {
        n--;
    }
    return n;
}

/* A carriage return before a newline means nothing. Any other returns to the beginning of the line,
 * as on a terminal, or ends the line, if the text has no other ends. */
static const char *take_return(GString *out, const char *s, const char *end, bool has_newlines)
{
    while (s < end && *s == '\r') {
        s++;
    }
    if (s < end && *s != '\n') {
        if (has_newlines) {
            g_string_truncate(out, line_start(out));
        } else {
            g_string_append_c(out, '\n');
        }
    }
    return s;
}

/* Returns the end of a control character that a terminal might obey; NULL if s is none. */
static const char *behind_control(const char *s, const char *end)
{
    guchar c = (guchar)*s;

    if (c == 0xc2 && s + 1 < end && (guchar)s[1] >= 0x80 && (guchar)s[1] < 0xa0) {
        return s + 2;
    }
    return (c && c < ' ' && !strchr("\t\n\f", c)) || c == 0x7f ? s + 1 : NULL;
}

static const char *take_special(GString *out, const char *s, const char *end)
{
    const char *control = behind_control(s, end);
    bool plain = (guchar)*s < 0x80 && *s != '\f';

    if (control) {
        g_string_append(out, "\xef\xbf\xbd");
        return control;
    }
    for (size_t i = 0; !plain && i < G_N_ELEMENTS(specials); i++) {
        size_t n = strlen(specials[i].bytes);
        if ((size_t)(end - s) >= n && memcmp(s, specials[i].bytes, n) == 0) {
            g_string_append(out, specials[i].instead);
            return s + n;
        }
    }
    g_string_append_c(out, *s);
    return s + 1;
}

static GString *without_unseen(const char *s, gsize length)
{
    const char *end = s + length;
    bool has_newlines = memchr(s, '\n', length);
    bool utf8 = g_utf8_validate(s, (gssize)length, NULL);
    GString *out = g_string_sized_new(length);

    while (s < end) {
        if (*s == '\033') {
            s = behind_code(s, end);
        } else if (*s == '\b') {
            bool empty = !out->len || out->str[out->len - 1] == '\n';
            g_string_truncate(out, out->len - !empty);
            s++;
        } else if (*s == '\r') {
            s = take_return(out, s, end, has_newlines);
        } else if (*s == '\xa0' && !utf8) { /* a no-break space of Latin-1 */
            g_string_append_c(out, ' ');
            s++;
        } else {
            s = take_special(out, s, end);
        }
    }
    return out;
}

GString *sift_bytes(const char *bytes, gsize length)
{
    Order order = order_of((const guint8 *)bytes, length);

    if (order == NO_UTF16) {
        return without_unseen(bytes, length);
    }
    GString *text = from_utf16((const guint8 *)bytes, length, order);
    GString *plain = without_unseen(text->str, text->len);
    g_string_free(text, TRUE);
    return plain;
}
