/* SPDX-License-Identifier: MIT
 *
 * Prints a machine in the two forms of `info mtree`. The library prints the text. Every context
 * has a space "memory" and a space "I/O"; if the user's tree does not have them, they are removed
 * from the text here.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/machine.h"

/* Returns the lines by which the library names the unused spaces. */
static GPtrArray *unused_titles(const MtreeMachine *m, bool views)
{
    GPtrArray *titles = g_ptr_array_new();

    if (!machine_line(m, m->system)) {
        const char *title = views ? " AS \"memory\", root: system" : "address-space: memory";
        g_ptr_array_add(titles, (gpointer)title);
    }
    if (!machine_line(m, m->io)) {
        const char *title = views ? " AS \"I/O\", root: io" : "address-space: I/O";
        g_ptr_array_add(titles, (gpointer)title);
    }
    return titles;
}

/* Whether the line names an unused space. The context's own spaces are its oldest, so their lines
 * come first; each is removed once, because a space of the tree may have the same title. */
static bool is_unused(GPtrArray *titles, const char *line)
{
    guint i;

    if (!g_ptr_array_find_with_equal_func(titles, line, g_str_equal, &i)) {
        return false;
    }
    g_ptr_array_remove_index(titles, i);
    return true;
}

static void print_tree_block(FILE *out, char *block, GPtrArray *unused)
{
    char *newline = strchr(block, '\n');
    g_autofree char *title = g_strndup(block, newline ? (size_t)(newline - block) : strlen(block));

    if (!is_unused(unused, title)) {
        fprintf(out, "%s\n\n", block);
    }
}

static void print_view_block(FILE *out, char *block, GPtrArray *unused, unsigned *number)
{
    g_auto(GStrv) lines = g_strsplit(block, "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    bool has_space = false;

    for (guint i = 1; lines[0] && lines[i]; i++) {
        if (!is_unused(unused, lines[i])) {
            has_space |= g_str_has_prefix(lines[i], " AS ");
            g_string_append_printf(text, "%s\n", lines[i]);
        }
    }
    if (has_space) {
        fprintf(out, "FlatView #%u\n%s\n", (*number)++, text->str);
    }
}

static void print_blocks(const MtreeMachine *m, FILE *out, const char *text, bool views)
{
    g_autoptr(GPtrArray) unused = unused_titles(m, views);
    g_auto(GStrv) blocks = g_strsplit(text, "\n\n", -1);
    unsigned number = 0;

    for (guint i = 0; blocks[i] && *blocks[i]; i++) {
        if (views) {
            print_view_block(out, blocks[i], unused, &number);
        } else {
            print_tree_block(out, blocks[i], unused);
        }
    }
}

void machine_print_tree(const MtreeMachine *m, FILE *out, bool disabled)
{
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);

    memory_context_print_tree(m->ctx, memory, false, disabled);
    fclose(memory);
    print_blocks(m, out, text, false);
    free(text);
}

void machine_print_views(const MtreeMachine *m, FILE *out, bool nodes)
{
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);

    memory_context_print_views(m->ctx, memory, nodes, false);
    fclose(memory);
    print_blocks(m, out, text, true);
    free(text);
}
