/* SPDX-License-Identifier: MIT
 *
 * Chooses the kind of a source by its name, and reads files itself (source.h).
 */
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mtree/mtree.h"

static const SourceKind *const kinds[] = { &source_qmp, &source_hmp, &source_sock };

static const SourceKind *find_kind(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(name, kinds[i]->prefix)) {
            return kinds[i];
        }
    }
    return NULL;
}

bool source_is_machine(const char *name)
{
    return find_kind(name) != NULL;
}

/* ---- Machines --------------------------------------------------------------------------- */

Source *source_open(const char *name, int stop, GError **error)
{
    Source *s = g_new0(Source, 1);

    s->kind = find_kind(name);
    s->name = g_strdup(name);
    s->channel = channel_open(s->name, name + strlen(s->kind->prefix), stop, error);
    if (!s->channel || !s->kind->start(s, error)) {
        source_close(s);
        return NULL;
    }
    return s;
}

void source_close(Source *s)
{
    g_clear_pointer(&s->channel, channel_close);
    g_free(s->name);
    g_free(s->seen);
    g_free(s);
}

char *source_fetch(Source *s, gsize *length, GError **error)
{
    return s->kind->fetch(s, length, error);
}

bool source_wait(Source *s, unsigned milliseconds, bool *changed, GError **error)
{
    return s->kind->wait(s, milliseconds, changed, error);
}

static char *read_machine(const char *name, gsize *length, GError **error)
{
    Source *s = source_open(name, -1, error);

    if (!s) {
        return NULL;
    }
    char *text = source_fetch(s, length, error);
    source_close(s);
    return text;
}

/* ---- Files ------------------------------------------------------------------------------ */

/* What the user may have meant by a name that cannot be opened. */
static const char *advice(const char *file)
{
    if (errno == ENXIO) {
        return "; for a socket, write qmp:, hmp: or sock: before its path";
    }
    return errno == ENOENT && g_str_has_prefix(file, "0x") ? "; the file comes before addresses"
                                                           : "";
}

static FILE *open_input(const char *file, GError **error)
{
    if (g_str_equal(file, "-")) {
        return stdin;
    }
    FILE *in = fopen(file, "rb");
    if (!in) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s%s", file, strerror(errno), advice(file));
    }
    return in;
}

/* Stops after a little more than MTREE_MAX_BYTES, because the parser refuses such a text
 * anyway. */
static bool read_all(FILE *in, const char *file, GString *all, GError **error)
{
    char piece[65536];
    size_t n;

    while (all->len <= MTREE_MAX_BYTES && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
        g_string_append_len(all, piece, (gssize)n);
    }
    if (ferror(in)) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", file, strerror(errno));
        return false;
    }
    return true;
}

static char *read_file(const char *file, gsize *length, GError **error)
{
    FILE *in = open_input(file, error);

    if (!in) {
        return NULL;
    }
    GString *all = g_string_new(NULL);
    bool ok = read_all(in, file, all, error);
    if (in != stdin) {
        fclose(in);
    }
    *length = all->len;
    return g_string_free(all, !ok);
}

bool source_read(const char *name, char **text, gsize *length, GError **error)
{
    *text = source_is_machine(name) ? read_machine(name, length, error)
                                    : read_file(name, length, error);
    return *text != NULL;
}
