/* SPDX-License-Identifier: MIT
 *
 * /proc/iomem and /proc/ioports of Linux: lines "START-END : NAME", nested by indentation. Both may
 * be in one file, among other lines. Ports have four digits, addresses of memory eight or more.
 */
#include <string.h>

#include "format/format.h"

typedef struct Line {
    unsigned indent;
    unsigned digits;
    hwaddr start, last;
    const char *name; /* ends at a newline */
} Line;

/* ---- Lines ------------------------------------------------------------------------------ */

/* Takes a hexadecimal number. Returns how many digits it has; 0: none, or more than 16. */
static unsigned take_number(const char **s, hwaddr *value)
{
    unsigned digits = 0;

    for (*value = 0; g_ascii_isxdigit(**s) && digits <= 16; (*s)++, digits++) {
        *value = *value << 4 | (hwaddr)g_ascii_xdigit_value(**s);
    }
    return digits <= 16 ? digits : 0;
}

static bool take_line(const char *s, Line *line)
{
    hwaddr size;

    line->indent = (unsigned)strspn(s, " \t>|");
    s += line->indent;
    line->digits = take_number(&s, &line->start);
    if (line->digits < 4 || *s++ != '-' || take_number(&s, &line->last) < 4 ||
        !g_str_has_prefix(s, " : ")) {
        return false;
    }
    line->name = s + strlen(" : ");
    size = line->last - line->start + 1;
    return line->last >= line->start && size + 1 > 1;
}

static const char *next_line(const char *s)
{
    const char *newline = strchr(s, '\n');

    return newline ? newline + 1 : NULL;
}

static bool is_iomem(const char *bytes, gsize length)
{
    Line line;

    if (strlen(bytes) != length || strstr(bytes, "(prio ")) {
        return false;
    }
    for (const char *s = bytes; s; s = next_line(s)) {
        if (take_line(s, &line)) {
            return true;
        }
    }
    return false;
}

/* ---- Kinds ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
    const char *begins, *kind;
} kinds[] = {
    { "System RAM", "ram" }, { "System ROM", "rom" }, { "Video ROM", "rom" },
    { "Adapter ROM", "rom" }, { "Extension ROM", "rom" }, { "Persistent Memory", "nv-ram" },
    { "ACPI Tables", "ram" }, { "ACPI Non-volatile Storage", "ram" }, { "Soft Reserved", "ram" },
    { "PCI Bus ", "container" },
};
/* clang-format on */

/* What the kernel names inside RAM is in RAM. */
static const char *kind_of(const char *name, const char *outer)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(name, kinds[i].begins)) {
            return kinds[i].kind;
        }
    }
    return g_str_has_suffix(outer, "ram") ? outer : "i/o";
}

/* ---- The text --------------------------------------------------------------------------- */

typedef struct Nest {
    unsigned indent;
    FormatRegion *region;
} Nest;

/* The regions that the current line may be in: the root, then one for each level of it. */
typedef struct Writer {
    GArray *nests; /* Nest */
    bool any;      /* an address that is not 0 */
} Writer;

/* Returns the innermost region that a line with this indentation is in. */
static FormatRegion *leave_nests(Writer *w, unsigned indent)
{
    GArray *nests = w->nests;

    while (nests->len > 1 && g_array_index(nests, Nest, nests->len - 1).indent >= indent) {
        g_array_set_size(nests, nests->len - 1);
    }
    return g_array_index(nests, Nest, nests->len - 1).region;
}

static void add_line(Writer *w, const Line *line)
{
    FormatRegion *outer = leave_nests(w, line->indent);
    g_autofree char *name = g_strndup(line->name, strcspn(line->name, "\r\n"));
    Nest nest = { line->indent,
                  format_add(outer, line->start, (Int128)line->last - line->start + 1, 0,
                             kind_of(name, outer->kind), name) };

    w->any |= line->last > 0;
    g_array_append_val(w->nests, nest);
}

/* Adds the space of the ports or that of memory, if there is a line for it. */
static void add_space(Writer *w, GString *out, const char *bytes, bool ports)
{
    FormatRegion *root = format_add(NULL, 0, ports ? 0x10000 : int128_2_64(), 0, "container",
                                    ports ? "ports" : "system");
    Nest nest = { 0, root };
    Line line;

    g_array_set_size(w->nests, 0);
    g_array_append_val(w->nests, nest);
    for (const char *s = bytes; s; s = next_line(s)) {
        if (take_line(s, &line) && (line.digits == 4) == ports) {
            add_line(w, &line);
        }
    }
    if (root->children) {
        format_print(out, ports ? "I/O" : "memory", root);
    }
    format_free(root);
}

static char *note_of(const char *bytes)
{
    GString *note = g_string_new("took what is named RAM as ram, ROM as rom, PCI buses as "
                                 "containers, and everything else as i/o");
    FormatTally other = { 0 };
    Line line;

    for (const char *s = bytes; s; s = next_line(s)) {
        if (!take_line(s, &line) && *s && !strchr("\r\n", *s)) {
            g_autofree char *text = g_strndup(s, MIN(strcspn(s, "\r\n"), 40));
            format_tally(&other, text);
        }
    }
    format_add_tally(note, &other, "line% of other text");
    return g_string_free(note, FALSE);
}

static char *iomem_text(const char *file, const char *bytes, gsize length, char **note,
                        GError **error)
{
    Writer w = { g_array_new(FALSE, FALSE, sizeof(Nest)), false };
    GString *out = g_string_new(NULL);

    (void)length;
    add_space(&w, out, bytes, false);
    add_space(&w, out, bytes, true);
    g_array_unref(w.nests);
    if (w.any) {
        *note = note_of(bytes);
    } else {
        g_set_error(error, MTREE_ERROR, 0,
                    "%s: expected addresses, but all of them are 0: the kernel shows them to root "
                    "only, so read /proc/iomem as root, such as with sudo",
                    file);
    }
    return g_string_free(out, !w.any);
}

const Format format_iomem = { is_iomem, iomem_text };
