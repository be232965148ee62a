/* SPDX-License-Identifier: MIT
 *
 * `physmem ram` on the maps of real machines: from the tree, and from the views alone, it must list
 * those lines of the machine's own view of "memory" that are of memory.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "maps.h"

/* As many lines of memory have the views of all dumps. */
enum { LINES = 894 };

static GPtrArray *dumps;

/* ---- What the machine says -------------------------------------------------------------- */

/* Returns the lines of the block that has the space "memory". */
static char *memory_block(const char *flat)
{
    g_auto(GStrv) blocks = g_strsplit(flat, "\n\n", -1);

    for (char **block = blocks; *block; block++) {
        if (strstr(*block, " AS \"memory\", ")) {
            return g_strdup(*block);
        }
    }
    return g_strdup("");
}

static void add_want(GString *want, const char *line)
{
    guint64 start, last, offset = 0;
    char kind[16] = "";
    int name = 0;
    const char *at = strrchr(line, '@');

    if (sscanf(line, "  %" SCNx64 "-%" SCNx64 " (prio %*d, %15[^)]): %n", &start, &last, kind,
               &name) != 3 ||
        !name || g_str_equal(kind, "i/o")) {
        return;
    }
    if (at) {
        sscanf(at, "@%" SCNx64, &offset);
    }
    int length = at ? (int)(at - 1 - (line + name)) : (int)strlen(line + name);
    g_autofree char *size = g_strdup_printf("0x%" PRIx64, last - start + 1);
    g_string_append_printf(want, "%016" PRIx64 "-%016" PRIx64 " %12s %-4s %.*s @%016" PRIx64 "\n",
                           start, last, size, kind, length, line + name, offset);
}

static char *wanted(const char *dump)
{
    g_autofree char *flat = maps_read(dump, "flat.txt", NULL);
    g_autofree char *block = memory_block(flat);
    g_auto(GStrv) lines = g_strsplit(block, "\n", -1);
    GString *want = g_string_new(NULL);

    for (char **line = lines; *line; line++) {
        add_want(want, *line);
    }
    return g_string_free(want, FALSE);
}

/* ---- What the command says -------------------------------------------------------------- */

/* Runs the command, and returns what it prints on standard output. */
static char *printed(const char **argv)
{
    FILE *file = tmpfile();
    int out;
    char *text;

    fflush(stdout);
    out = dup(STDOUT_FILENO);
    g_assert_true(out >= 0 && file && dup2(fileno(file), STDOUT_FILENO) >= 0);
    int status = tool_ram((int)g_strv_length((char **)argv), (char **)argv);
    fflush(stdout);
    g_assert_true(dup2(out, STDOUT_FILENO) >= 0);
    close(out);
    g_assert_cmpint(status, ==, 0);
    long length = lseek(fileno(file), 0, SEEK_END);
    text = g_malloc0((gsize)length + 1);
    g_assert_cmpint(pread(fileno(file), text, (size_t)length, 0), ==, length);
    fclose(file);
    return text;
}

static unsigned count_lines(const char *text)
{
    unsigned n = 0;

    for (; *text; text++) {
        n += *text == '\n';
    }
    return n;
}

static void from_trees(void)
{
    unsigned lines = 0;

    for (guint i = 0; i < dumps->len; i++) {
        g_autofree char *tree = maps_path(dumps->pdata[i], "tree.txt");
        g_autofree char *hints = maps_path(dumps->pdata[i], "hints.txt");
        g_autofree char *want = wanted(dumps->pdata[i]);
        g_autofree char *got = printed((const char *[]){ "ram", "--hints", hints, tree, NULL });
        g_assert_cmpstr(got, ==, want);
        lines += count_lines(got);
    }
    g_assert_cmpuint(lines, ==, LINES);
}

static void from_views(void)
{
    for (guint i = 0; i < dumps->len; i++) {
        g_autofree char *flat = maps_path(dumps->pdata[i], "flat.txt");
        g_autofree char *want = wanted(dumps->pdata[i]);
        g_autofree char *got = printed((const char *[]){ "ram", flat, NULL });
        g_assert_cmpstr(got, ==, want);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dumps = maps_unpack();
    g_test_add_func("/map-ram/from-trees", from_trees);
    g_test_add_func("/map-ram/from-views", from_views);
    int status = g_test_run();
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
